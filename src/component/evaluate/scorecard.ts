/**
 * Turns probabilities into credit scores (FATE's Scorecard).
 * @module
 */
import { z } from 'zod'

import { column } from '../../compute/ml/frame.ts'
import { component } from '../define.ts'
import { DATA_SLOTS } from '../input.ts'
import { warnOfUnknown, word } from '../param.ts'
import { PrivateFault } from '../private-fault.ts'

/** Parameters of Scorecard. */
export const ScorecardParam = z.looseObject({
  method: word(['credit']).default('credit'),
  /** The score at even odds. */
  offset: z.number().default(500),
  /** Points by which the score rises when the odds of the negative class grow `factor_base` times. */
  factor: z.number().default(20),
  factor_base: z.number().gt(1).default(2),
  /** The highest score, as a multiple of `offset`. */
  upper_limit_ratio: z.number().default(3),
  lower_limit_value: z.number().default(0),
  need_run: z.boolean().default(true),
})

/** Reads the party's own predictions; nothing is sent. */
export const scorecard = component({
  name: 'Scorecard',
  summary: 'Turns probabilities into credit scores',
  roles: ['guest', 'host'],
  requires: [],
  params: ScorecardParam,
  paramsName: 'ScorecardParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: true, model: false },
  deployed: true,
  online: 'alone',
  messages: {},
  async run(context) {
    warnOfUnknown(context, ScorecardParam)
    const { params } = context
    const slot = context.connected.data[0] ?? 'data'
    const [input] = await context.tables(slot)
    if (!input) {
      context.log('info', `${context.channel.self} has no predictions: nothing to score`)
      return
    }
    const { frame, source } = input
    if (frame.kind !== 'prediction') {
      throw new Error(
        `${source} gives ${context.name} a ${frame.kind} table, expected predictions: connect a model's output`,
      )
    }
    const chances = Float64Array.from<unknown>(column(frame, 'predict_score').values, Number)
    const wrong = chances.findIndex((chance) => !(chance >= 0 && chance <= 1))
    if (wrong >= 0) {
      throw new PrivateFault(
        `The predict_score of row "${frame.ids[wrong]}" is ${chances[wrong]}, no probability: scores are of two classes`,
        'A predict_score is no probability: scores are of two classes',
      )
    }
    const points = params.factor / Math.log(params.factor_base)
    const top = params.upper_limit_ratio * params.offset
    const values = chances.map((chance) => {
      const score = params.offset + points * Math.log((1 - chance) / chance)
      return Math.min(Math.max(score, params.lower_limit_value), top)
    })
    context.metric({
      namespace: 'train',
      name: 'scorecard',
      points: [],
      meta: {
        name: 'scorecard',
        metric_type: 'SCORECARD',
        method: params.method,
        offset: params.offset,
        factor: params.factor,
        factor_base: params.factor_base,
        upper_limit_ratio: params.upper_limit_ratio,
        lower_limit_value: params.lower_limit_value,
      },
    })
    await context.writeTable({
      ...frame,
      columns: [...frame.columns, { name: 'credit_score', type: 'number', values }],
    })
    context.progress(1, 1)
  },
})
