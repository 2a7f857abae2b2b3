/**
 * The parameters of HeteroSSHELR.
 * @module
 */
import { z } from 'zod'

import type { TaskContext } from '../define.ts'
import { laterNames, type LogisticParam, LogisticShape } from './logistic-param.ts'

/** Parameters of HeteroSSHELR: those of HeteroLR that make sense for weights that nobody sees. */
export const SsheParam = z.preprocess(
  laterNames,
  LogisticShape.omit({ party_weight: true, re_encrypt_batches: true })
    .extend({
      penalty: LogisticShape.shape.penalty.refine((penalty) => penalty !== 'L1', {
        error: 'penalty must be L2 or none: L1 needs to see the weights',
      }),
      optimizer: LogisticShape.shape.optimizer.refine(
        (name) => name === 'sgd' || name === 'nesterov_momentum_sgd',
        {
          error: 'optimizer must be sgd or nesterov_momentum_sgd: others need to see the gradient',
        },
      ),
      converge_func: LogisticShape.shape.converge_func.refine((rule) => rule !== 'weight_diff', {
        error: 'early_stop must be diff or abs: weight_diff needs to see the weights',
      }),
      one_vs_rest_param: z
        .looseObject({
          need_one_vs_rest: z
            .boolean()
            .default(false)
            .refine((need) => !need, {
              error: 'HeteroSSHELR tells two classes apart: leave need_one_vs_rest false',
            }),
        })
        .prefault({}),
      early_stopping_rounds: z
        .null({
          error: 'early_stopping_rounds must be null: no epoch but the last has a model',
        })
        .default(null),
      reveal_every_iter: z
        .boolean()
        .refine((reveal) => !reveal, {
          error: 'reveal_every_iter must be false: weights stay shared to the end',
        })
        .default(false),
      reveal_strategy: z
        .literal('respectively', { error: 'reveal_strategy must be respectively' })
        .default('respectively'),
    })
    .loose(),
)

/** Parsed parameters of HeteroSSHELR. */
export type SsheParam = z.output<typeof SsheParam>

/** The context as the parts that it shares with HeteroLR know it. */
export function linearContext(context: TaskContext<SsheParam>): TaskContext<LogisticParam> {
  const { one_vs_rest_param, ...params } = context.params
  const whole = LogisticShape.parse({ ...params, one_vs_rest_param: { ...one_vs_rest_param } })
  return { ...context, params: whole }
}
