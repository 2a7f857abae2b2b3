/**
 * Gives every row a weight (FATE's SampleWeight): by its class, or from a column. Components that learn from weighted rows
 * say so; the column is no feature from here on.
 * @module
 */
import { z } from 'zod'

import { type Frame, label, rowWeights } from '../../compute/ml/frame.ts'
import { component, type TaskContext } from '../define.ts'
import { DATA_SLOTS, dataInput, featureValues, requireColumns } from '../input.ts'
import { warnOfUnknown } from '../param.ts'
import { PrivateFault } from '../private-fault.ts'

/** Parameters of SampleWeight. */
export const SampleWeightParam = z.looseObject({
  /** `balanced`, or the weight of each label; labels that are not named weigh 1. */
  class_weight: z
    .union([
      z.preprocess(
        (value) => (typeof value === 'string' ? value.toLowerCase() : value),
        z.literal('balanced'),
      ),
      z.record(
        z.string().refine((text) => Number.isFinite(Number(text)) && text.trim() !== '', {
          error: 'class_weight: its keys are labels, which are numbers',
        }),
        z.number().nonnegative(),
      ),
    ])
    .nullable()
    .default(null),
  /** The column that holds the weights; it wins over `class_weight`. */
  sample_weight_name: z.string().nullable().default(null),
  /** Whether the weights of a column are divided by their mean. */
  normalize: z.boolean().default(false),
  need_run: z.boolean().default(true),
})

type Param = z.output<typeof SampleWeightParam>

/** What the weights are called in a table that had no column of them. */
const COLUMN = 'sample_weight'

/** Works on the party's own table; nothing is sent. */
export const sampleWeight = component({
  name: 'SampleWeight',
  summary: 'Gives every row a weight, by its class or from a column',
  roles: ['guest', 'host'],
  requires: [],
  params: SampleWeightParam,
  paramsName: 'SampleWeightParam',
  inputs: { data: DATA_SLOTS, model: [] },
  outputs: { data: true, model: false },
  deployed: false,
  online: 'pass',
  messages: {},
  async run(context) {
    warnOfUnknown(context, SampleWeightParam)
    const { frame } = await dataInput(context)
    await context.writeTable(weigh(context, frame))
    context.progress(1, 1)
  },
})

function weigh(context: TaskContext<Param>, frame: Frame): Frame {
  const { class_weight, sample_weight_name, normalize } = context.params
  if (sample_weight_name === null && class_weight === null) {
    context.log(
      'info',
      'Neither class_weight nor sample_weight_name is set: the table stays as it is',
    )
    return frame
  }
  if (sample_weight_name !== null) {
    if (class_weight !== null) {
      context.warn(
        'class_weight has no effect: sample_weight_name says which column has the weights',
      )
    }
    return byColumn(context, frame, { name: sample_weight_name, normalize })
  }
  if (label(frame) === undefined) {
    context.log('info', `${context.channel.self} has no labels: its table stays as it is`)
    return frame
  }
  if (normalize)
    context.warn('normalize has no effect on class_weight: it is for a column of weights')
  return byClass(context, frame, class_weight ?? 'balanced')
}

function byColumn(
  context: TaskContext,
  frame: Frame,
  { name, normalize }: { name: string; normalize: boolean },
): Frame {
  requireColumns(frame, [name])
  const values = featureValues(frame).get(name) ?? new Float64Array()
  const bad = values.findIndex((value) => !(value >= 0 && value < Infinity))
  if (bad >= 0) {
    throw new PrivateFault(
      `Column "${name}" of weights holds ${values[bad]} in row "${frame.ids[bad]}": weights are numbers of at least 0`,
      'A weight is no number of at least 0',
    )
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (!(mean > 0)) throw new Error(`Column "${name}" holds no weight above 0`)
  const weights = normalize ? values.map((value) => value / mean) : values
  publish(context, { weight_mode: 'sample weight name', sample_weight_name: name })
  const columns = frame.columns.flatMap((column) => {
    if (column.name === frame.weightName) return []
    return column.name === name ? [{ name, type: 'number' as const, values: weights }] : [column]
  })
  return { ...frame, weightName: name, columns }
}

function byClass(
  context: TaskContext,
  frame: Frame,
  choice: 'balanced' | Readonly<Record<string, number>>,
): Frame {
  const labels = label(frame) ?? new Float64Array()
  const named = choice === 'balanced' ? balanced(labels) : fromRecord(choice)
  const weights = labels.map((value) => named.get(value) ?? 1)
  if (weights.every((weight) => weight === 0)) {
    throw new Error('class_weight gives every row the weight 0: nothing would be learnt')
  }
  const classes = [...named.keys()].toSorted((a, b) => a - b)
  publish(context, {
    weight_mode: choice === 'balanced' ? 'balanced' : 'class weight',
    class_weight: Object.fromEntries(classes.map((value) => [String(value), named.get(value)])),
    classes: classes.map(String),
  })
  const before = rowWeights(frame) === undefined ? undefined : frame.weightName
  const kept = frame.columns.filter(({ name }) => name !== before)
  const taken = new Set(kept.map(({ name }) => name))
  let name = COLUMN
  while (taken.has(name)) name += '_'
  return {
    ...frame,
    weightName: name,
    columns: [...kept, { name, type: 'number', values: weights }],
  }
}

/** Rows of every class weigh as much together as those of any other, and 1 on average. */
function balanced(labels: Float64Array): Map<number, number> {
  const counts = new Map<number, number>()
  for (const value of labels) counts.set(value, (counts.get(value) ?? 0) + 1)
  return new Map(
    [...counts].map(([value, count]) => [value, labels.length / (counts.size * count)]),
  )
}

function fromRecord(record: Readonly<Record<string, number>>): Map<number, number> {
  return new Map(Object.entries(record).map(([text, weight]) => [Number(text), weight]))
}

function publish(context: TaskContext, extra: Record<string, unknown>): void {
  context.metric({
    namespace: 'train',
    name: 'sample_weight',
    points: [['sample_weight', 0]],
    meta: { name: 'train', metric_type: 'SAMPLE_WEIGHT', ...extra },
  })
}
