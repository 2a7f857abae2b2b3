/**
 * What the parameters of both kinds of networks have in common.
 * @module
 */
import { z } from 'zod'

import { readDescent } from '../../compute/nn/descent.ts'
import { lossNamed } from '../../compute/nn/loss.ts'

/** A Keras optimiser: its name, or an object with the key `optimizer` and its settings. */
export const OptimizerParam = z
  .union([z.string(), z.looseObject({ optimizer: z.string() })])
  .default('SGD')
  .superRefine(refused((value) => readDescent(value)))

/** A loss by name; null until a job gives one. */
export const LossParam = z
  .string()
  .nullable()
  .default(null)
  .superRefine(refused((value) => value === null || lossNamed(value)))

/** Metrics: a name or a list. */
export const MetricsParam = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : (value ?? [])),
  z.array(z.string()).default([]),
)

/** When a chance counts as positive. */
export const PredictParam = z
  .looseObject({ threshold: z.number().min(0).max(1).default(0.5) })
  .prefault({})

/** What `check` throws as an issue of the parameter. */
function refused<T>(check: (value: T) => unknown) {
  return (value: T, context: z.RefinementCtx): void => {
    try {
      check(value)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      context.addIssue({ code: 'custom', message })
    }
  }
}
