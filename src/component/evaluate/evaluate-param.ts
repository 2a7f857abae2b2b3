/**
 * The parameters of Evaluation, EvaluateParam, with FATE 1.0's names and defaults and later additions.
 * @module
 */
import { z } from 'zod'

/** Parameters of Evaluation. */
export const EvaluateParam = z.looseObject({
  eval_type: z.enum(['binary', 'multi', 'regression', 'clustering']).default('binary'),
  /** The label that counts as positive. */
  pos_label: z
    .union([z.number(), z.string().trim().nonempty().pipe(z.coerce.number())], {
      error: 'pos_label must be a number, as labels are',
    })
    .default(1),
  /** Names of the metrics wanted (FATE 1.4 and later); null for all that FATE 1.0 has. */
  metrics: z.string().array().nullable().default(null),
  need_run: z.boolean().default(true),
})

/** Parsed parameters of Evaluation. */
export type EvaluateParam = z.output<typeof EvaluateParam>
