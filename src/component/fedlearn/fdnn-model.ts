/**
 * What a party keeps of VerticalFDNN: its shares of all weights, which are worthless alone, and what its columns are
 * scaled by; and what all of them together predict.
 * @module
 */
import type { ShareMatrix } from '../../compute/crypto/share-product.ts'
import { SHARE_BITS } from '../../compute/crypto/shared-real.ts'
import { type Frame, label } from '../../compute/ml/frame.ts'
import { json } from '../../federation/codec.ts'
import type { Model, TaskContext } from '../define.ts'
import type { OpenTable } from '../linear/lr-inputs.ts'
import { predictionFrame, type PredictionType, regressionFrame } from '../linear/prediction.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { RunMode } from '../run-mode.ts'
import { openAligned } from './aligned-table.ts'
import { inputColumns, OUTPUT_FRACTION } from './fdnn-network.ts'
import { forward } from './fdnn-step.ts'
import { type FdnnWork, openAtGuest } from './fdnn-work.ts'
import { openWork } from './gram-work.ts'
import type { Norm } from './kernel-model.ts'

/** How labels are told apart: classes 0 and 1, or numbers in units of their spread. */
export interface LabelCode {
  readonly classes: boolean
  readonly mean: number
  readonly spread: number
}

/** One party's part. */
export interface FdnnPart {
  /** Drawn at the guest: parts of one training have the same. */
  readonly training: string
  readonly header: readonly string[]
  readonly norms: readonly Norm[]
  /** Own shares of every party's weights, the guest's first. */
  readonly weights: readonly ShareMatrix[]
  /** At the guest. */
  readonly label: LabelCode | null
}

/** The part in a stored model. Throws for a model of another kind. */
export function readFdnn(model: Model): FdnnPart {
  const part = model.state as Partial<FdnnPart> | undefined
  if (model.name !== 'VerticalFDNN') {
    throw new Error(`A prediction with VerticalFDNN cannot use a model of kind ${model.name}`)
  }
  if (typeof part?.training === 'string' && Array.isArray(part.weights)) return part as FdnnPart
  throw new Error(
    'This model of VerticalFDNN is of an earlier version, whose parties opened sums of rows to each other: train it anew',
  )
}

/** Predicts the rows in a slot, for the guest. */
export async function predictFdnn(
  context: TaskContext,
  { part, slot }: { part: FdnnPart; slot: Extract<RunMode, { type: 'predict' }>['slot'] },
): Promise<void> {
  const { channel } = context
  const table = await openAligned(context, slot, part.header)
  if (context.role === 'guest') {
    for (const host of hostsOf(context)) {
      await channel.send(host, 'plan', json.encode({ training: part.training }))
    }
  } else {
    const from = guestOf(context)
    const plan = json.decode(await channel.receive(from, 'plan')) as { training?: unknown } | null
    if (plan?.training !== part.training) {
      throw new Error(
        `The models of ${from} and ${channel.self} are not of one training: connect those of one job`,
      )
    }
  }
  const work: FdnnWork = { ...(await openWork(context)), count: 0 }
  const outputs = await outputsAtGuest(work, part, table)
  if (outputs) await context.writeTable(fdnnFrame(table, part, { outputs, type: 'test' }))
}

/** What comes out of every row of a table; undefined at a host. */
export async function outputsAtGuest(
  work: FdnnWork,
  part: FdnnPart,
  table: OpenTable,
): Promise<Float64Array | undefined> {
  const { context } = work
  const rows = table.ids.length
  const columns = inputColumns(table.matrix, { norms: part.norms, ones: context.role === 'guest' })
  const outputs = new Float64Array(rows)
  let opened = false
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    context.signal.throwIfAborted()
    const to = Math.min(rows, from + BLOCK_ROWS)
    const found = await forward(work, part.weights, { columns, from, to })
    const own = await openAtGuest(work, found.outputs, { drop: HIDDEN_BITS, tag: 'score_share' })
    own?.forEach((share, at) => {
      outputs[from + at] = Number(BigInt.asIntN(SHARE_BITS, share)) / 2 ** OUTPUT_FRACTION
    })
    opened = own !== undefined
    context.progress(to, rows, 'rows')
  }
  return opened ? outputs : undefined
}

/** The table of predictions, in the order of the rows that were asked for. */
export function fdnnFrame(
  { frame, order }: OpenTable,
  part: FdnnPart,
  { outputs, type }: { outputs: Float64Array; type: PredictionType },
): Frame {
  const { classes, mean, spread } = part.label ?? { classes: true, mean: 0, spread: 1 }
  const predictor = new Float64Array(outputs.length)
  order.forEach((row, at) => (predictor[row] = classes ? outputs[at] : mean + spread * outputs[at]))
  const table = {
    idName: frame.idName,
    ids: frame.ids,
    labels: label(frame),
    classes: classes ? [0, 1] : [],
    predictors: [predictor],
    threshold: 0.5,
    type,
  }
  return classes ? predictionFrame(table) : regressionFrame(table)
}

/** Rows that go through the network together where nothing is learnt from them. */
export const BLOCK_ROWS = 256
/** Bits of an output that are hidden: 16 are left after the point. */
const HIDDEN_BITS = OUTPUT_FRACTION - 16
