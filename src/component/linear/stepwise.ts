/**
 * Stepwise selection of columns (FATE's `stepwise_param`): the arbiter, who knows the loss, has models of changing columns
 * trained and orders the one with the best criterion in the end. The search is `compute/ml/stepwise.ts`.
 *
 * Every model is the same training as any other, without predictions: nothing else crosses than its messages and the
 * arbiter's orders. Columns of a party are known to the others by their number only. After every epoch of every model
 * all keep their state; a later attempt goes on from there.
 * @module
 */
import { z } from 'zod'

import { label, type Frame } from '../../compute/ml/frame.ts'
import {
  chooseStepwise,
  countIn,
  type Mask,
  type StepwiseModel,
} from '../../compute/ml/stepwise.ts'
import type { Address, Disclosure } from '../../federation/channel.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { DataSlot, InputTable, Model, TaskContext } from '../define.ts'
import { headerOf } from '../input.ts'
import { word } from '../param.ts'
import { runLinear } from './arbiter-training.ts'
import type { Family } from './family.ts'
import type { LogisticParam } from './logistic-param.ts'
import { LR_ROLES } from './lr-messages.ts'
import { arbiterOf, guestOf, hostsOf } from './row-alignment.ts'

/** Parameters of stepwise selection. */
export const StepwiseParam = z
  .looseObject({
    need_stepwise: z.boolean().default(false),
    score_name: word(['AIC', 'BIC'], 'upper').default('AIC'),
    direction: word(['forward', 'backward', 'both']).default('both'),
    max_step: z.int().positive().default(10),
    /** No model has fewer columns, nor more than `nvmax`; the first one of `forward` has none. */
    nvmin: z.int().nonnegative().default(2),
    nvmax: z.int().positive().nullable().default(null),
  })
  .prefault({})

type Context = TaskContext<LogisticParam & { stepwise_param: z.output<typeof StepwiseParam> }>

/** The messages of the search, by tag. */
export const STEPWISE_MESSAGES: Readonly<Record<string, Disclosure>> = {
  stepwise_size: {
    kind: 'plain',
    from: ['guest', 'host'],
    to: ['arbiter'],
    reveals: 'How many rows and columns the sender has.',
  },
  stepwise_order: {
    kind: 'plain',
    from: ['arbiter'],
    to: ['guest', 'host'],
    reveals:
      "Which of the receiver's own columns the next model has, and whether it is the final one.",
  },
}

/** Runs the component as it is, or selects columns first where the parameters ask for that and there is something to train. */
export async function stepwiseLinear(
  context: Context,
  family: Family,
  otherwise: () => Promise<void>,
): Promise<void> {
  const { connected, params } = context
  const train = (['train_data', 'data'] as const).find((slot) => connected.data.includes(slot))
  const learns = train !== undefined && !connected.model.includes('model')
  if (
    params.stepwise_param.need_stepwise &&
    connected.model.includes('model') &&
    connected.data.includes('train_data')
  ) {
    throw new Error(
      'stepwise_param selects columns anew: connect no model, or set need_stepwise to false',
    )
  }
  if (!params.stepwise_param.need_stepwise || !learns) return otherwise()
  if (params.one_vs_rest_param.need_one_vs_rest) {
    throw new Error('stepwise_param selects columns of one model: set need_one_vs_rest to false')
  }
  if (params.cv_param.need_cv)
    context.warn('cv_param has no effect: stepwise_param selects columns')
  const saved = await agreeOnStep({ ...context, log: () => {} }, LR_ROLES)
  const first = saved === undefined ? 0 : Math.floor(saved.step / STRIDE)
  const losses = saved === undefined ? [] : readLosses(saved)
  if (context.role === 'arbiter') await search(context, { family, first, losses })
  else await follow(context, { family, slot: train })
}

/** Steps of one model that may be kept; those of the next one follow. */
const STRIDE = 2 ** 24

interface Order {
  /** Counts the models of the search. */
  readonly index: number
  /** Places of the receiver's own columns. */
  readonly columns: readonly number[]
  readonly final: boolean
}

async function search(
  context: Context,
  { family, first, losses }: { family: Family; first: number; losses: number[] },
): Promise<void> {
  const { channel, params } = context
  const parties = [guestOf(context), ...hostsOf(context)]
  const sizes: Size[] = []
  for (const party of parties) sizes.push(await receiveSize(context, party))
  const columns = sizes.reduce((sum, size) => sum + size.columns, 0)
  const known = losses.slice(0, first)
  let index = 0

  async function order(mask: Mask, final: boolean): Promise<void> {
    let from = 0
    for (const [at, party] of parties.entries()) {
      const own = mask.slice(from, (from += sizes[at].columns))
      const places = own.flatMap((inside, place) => (inside ? [place] : []))
      const next: Order = { index, columns: places, final }
      await channel.send(party, 'stepwise_order', json.encode(next))
    }
  }
  async function lossOf(mask: Mask): Promise<number> {
    if (index < first) return known[index++]
    await order(mask, false)
    const models: Model[] = []
    context.log('info', `Model ${index + 1} of the search has ${countIn(mask)} columns`)
    const inner = contextOf(context, { index, models, kept: known })
    await runLinear(inner, family, { bare: true, predicts: false })
    const history = models[0]?.param['lossHistory']
    const loss = Array.isArray(history) ? Number(history.at(-1)) : Number.NaN
    if (!Number.isFinite(loss)) throw new Error('A model of the stepwise search has no finite loss')
    known.push(loss)
    index++
    return loss
  }

  const { score_name, direction, max_step, nvmin, nvmax } = params.stepwise_param
  const rule = {
    criterion: score_name,
    direction,
    maxSteps: max_step,
    least: nvmin,
    most: nvmax,
    intercept: params.init_param.fit_intercept,
    squares: !family.classes && !family.rates,
  }
  const steps = await chooseStepwise(rule, { columns, rows: sizes[0].rows }, lossOf)
  steps.forEach((model, step) => tellStep(context, { model, step, rows: sizes[0].rows }))
  const { mask } = steps[steps.length - 1]
  await order(mask, true)
  await runLinear(contextOf(context, { index, kept: known }), family, { bare: true })
}

/** A data party's side: trains what the arbiter orders. */
async function follow(
  context: Context,
  { family, slot }: { family: Family; slot: DataSlot },
): Promise<void> {
  const { channel } = context
  const tables = await context.tables(slot)
  const [frame] = tables.map((table) => table.frame)
  if (!frame || tables.length !== 1) {
    throw new Error(`${context.name} needs one table in ${slot} at ${channel.self}`)
  }
  const header = headerOf(frame).filter((name) => name !== family.exposure)
  const size = { rows: frame.ids.length, columns: header.length }
  await channel.send(arbiterOf(context), 'stepwise_size', json.encode(size))
  for (;;) {
    const order = await receiveOrder(context, header.length)
    const chosen = new Set(order.columns.map((place) => header[place]))
    const keep = (name: string): boolean => !header.includes(name) || chosen.has(name)
    const options = { index: order.index, keep, kept: [] }
    if (order.final) {
      context.log('info', `The model has ${[...chosen].join(', ') || 'none of the columns'}`)
      return runLinear(contextOf(context, options), family, { bare: true })
    }
    const inner = contextOf(context, { ...options, models: [] })
    await runLinear(inner, family, { bare: true, predicts: false })
  }
}

/** The context of one model: chosen columns, steps of its own; with `models` nothing of it is seen outside. */
function contextOf(
  context: Context,
  work: {
    index: number
    kept: readonly number[]
    keep?: (name: string) => boolean
    models?: Model[]
  },
): Context {
  const { index, kept, keep, models } = work
  const { checkpoints, params } = context
  const tables = async (slot: DataSlot): Promise<readonly InputTable[]> => {
    const found = await context.tables(slot)
    if (!keep) return found
    return found.map(({ source, frame }) => ({ source, frame: pick(frame, keep) }))
  }
  const own: Context = {
    ...context,
    tables,
    checkpoints: {
      async load() {
        const all = await checkpoints.load()
        return all
          .filter(({ step }) => Math.floor(step / STRIDE) === index)
          .map(({ step, state }) => ({ step: step % STRIDE, state: (state as Kept).state }))
      },
      save: (step, state) =>
        checkpoints.save(index * STRIDE + step, { losses: [...kept], state } satisfies Kept),
    },
  }
  if (!models) return own
  const { connected } = context
  const train = connected.data.filter((slot) => slot === 'train_data' || slot === 'data')
  return {
    ...own,
    params: { ...params, validation_freqs: null, early_stopping_rounds: null },
    connected: { ...connected, data: train },
    async writeModel(model) {
      models.push(model)
    },
    metric() {},
    progress: (done, total, note) => {
      context.progress(done, total, `model ${index + 1} of a search, ${note ?? ''}`)
    },
    log() {},
    warn: (text) => {
      // What is said of the first model is true of most.
      if (index === 0) context.warn(text)
    },
  }
}

/** What is kept after a step: losses of models before, at the arbiter, and the training's own state. */
interface Kept {
  readonly losses: readonly number[]
  readonly state: unknown
}

function readLosses({ state }: { state: unknown }): number[] {
  const { losses } = state as Partial<Kept>
  if (Array.isArray(losses)) return [...(losses as number[])]
  throw new Error('The state that was kept is of another version: submit the job again')
}

/** The frame with its label, weights and those features that `keep` says. */
function pick(frame: Frame, keep: (name: string) => boolean): Frame {
  const special = [label(frame) ? frame.labelName : undefined, frame.weightName]
  const columns = frame.columns.filter(({ name }) => special.includes(name) || keep(name))
  return { ...frame, columns }
}

function tellStep(
  context: Context,
  { model, step, rows }: { model: StepwiseModel; step: number; rows: number },
): void {
  const { score_name, direction } = context.params.stepwise_param
  context.metric({
    namespace: 'train',
    name: `stepwise_${step}`,
    points: [[`stepwise_${step}`, step]],
    meta: {
      name: `stepwise_${step}`,
      metric_type: 'STEPWISE',
      score_name,
      direction,
      loss: model.loss,
      current_ic_val: model.score,
      number_in: countIn(model.mask),
      n_count: rows,
      fit_intercept: context.params.init_param.fit_intercept,
    },
  })
}

interface Size {
  readonly rows: number
  readonly columns: number
}

async function receiveSize({ channel }: Context, from: Address): Promise<Size> {
  const size = json.decode(await channel.receive(from, 'stepwise_size'))
  const { rows, columns } = (size ?? {}) as Partial<Size>
  if (isCount(rows) && isCount(columns) && columns <= 1e6) return { rows, columns }
  throw new Error(`${from} sent a malformed stepwise_size`)
}

async function receiveOrder(context: Context, width: number): Promise<Order> {
  const from = arbiterOf(context)
  const order = json.decode(await context.channel.receive(from, 'stepwise_order'))
  if (isOrder(order) && order.columns.every((place) => isCount(place) && place < width))
    return order
  throw new Error(`${from} sent a malformed stepwise_order`)
}

function isOrder(value: unknown): value is Order {
  if (typeof value !== 'object' || value === null) return false
  const { index, columns, final } = value as Partial<Order>
  return isCount(index) && Array.isArray(columns) && typeof final === 'boolean'
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
