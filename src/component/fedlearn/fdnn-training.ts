/**
 * The training of VerticalFDNN. Columns stay with their parties, weights, what units get, residuals and derivatives are
 * shared among all, and nobody sees one of them: the guest learns a loss after every epoch.
 * @module
 */
import { type ShareMatrix } from '../../compute/crypto/share-product.ts'
import { addShares, SHARE_BITS, type Shares } from '../../compute/crypto/shared-real.ts'
import { json } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { type Batch as Rows, cutBatches } from '../linear/batches.ts'
import { labelsOf, type OpenTable } from '../linear/lr-inputs.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { RunMode } from '../run-mode.ts'
import { openAligned } from './aligned-table.ts'
import { BLOCK_ROWS, type FdnnPart, type LabelCode } from './fdnn-model.ts'
import { firstWeights, inputColumns, SQUARE_FRACTION, targetsOf, UNITS } from './fdnn-network.ts'
import { forward, learn, type NetworkShares, residualsOf } from './fdnn-step.ts'
import { type FdnnWork, openAtGuest } from './fdnn-work.ts'
import { openWork } from './gram-work.ts'
import { normsOf } from './kernel-model.ts'
import { malformed } from './shared-gram.ts'
import { VERTICAL_ROLES } from './vertical-messages.ts'

/** How a training goes. */
export interface FdnnRule {
  readonly batchRows: number
  readonly epochs: number
  /** Of the first weights. */
  readonly seed: number
}

/** Mean squares of the residuals after an epoch, by table. */
export type Losses = readonly number[]

interface Kept extends NetworkShares {
  readonly epoch: number
  readonly losses: readonly Losses[]
}

/** What came of a training. */
export interface FdnnTraining {
  readonly work: FdnnWork
  readonly part: FdnnPart
  readonly tables: readonly OpenTable[]
}

/** A table as its rows pass through the network. */
interface Table {
  readonly columns: readonly Float64Array[]
  readonly rows: number
  /** At the guest. */
  readonly targets: Shares | undefined
}

/** Trains; `tell` is called after every epoch, at every party, of what it knows. */
export async function trainFdnn(
  context: TaskContext,
  of: {
    rule: FdnnRule
    mode: Extract<RunMode, { type: 'fit' }>
    tell(epoch: number, losses: Losses, code: LabelCode): void
  },
): Promise<FdnnTraining> {
  const { rule, mode, tell } = of
  if (hostsOf(context).length === 0) throw new Error('VerticalFDNN needs at least one host')
  const tables = [await openAligned(context, mode.train)]
  if (mode.validate !== undefined) {
    tables.push(await openAligned(context, mode.validate, tables[0].header))
  }
  const label = context.role === 'guest' ? codeOf(labelsOf(tables[0])) : null
  const { training, classes } = await agree(context, { label, validated: tables.length > 1 })
  const saved = await agreeOnStep(context, VERTICAL_ROLES)
  const work: FdnnWork = { ...(await openWork(context)), count: 0 }
  const ones = context.role === 'guest'
  const norms = normsOf(tables[0].matrix, 'STANDARD')
  const widths = await exchangeWidths(work, norms.length + Number(ones))
  // Written by an earlier attempt.
  const first = (saved?.state as Kept | undefined) ?? firstShares(work, widths, rule)
  const inputs = tables.map((table): Table => {
    const targets = label ? targetsOf(coded(table, label), classes) : undefined
    const columns = inputColumns(table.matrix, { norms, ones })
    return { columns, rows: table.ids.length, targets }
  })
  const last = await epochs(work, {
    rule,
    tables: inputs,
    classes,
    first,
    tell: (epoch, losses) => {
      if (label) tell(epoch, losses, label)
    },
  })
  const { header } = tables[0]
  return { work, tables, part: { training, header, norms, weights: last.weights, label } }
}

/** Labels 0 and 1 are classes; others count in units of their spread. */
function codeOf(labels: Float64Array): LabelCode {
  if (labels.every((value) => value === 0 || value === 1)) {
    return { classes: true, mean: 0, spread: 1 }
  }
  const mean = labels.reduce((sum, value) => sum + value, 0) / labels.length
  const square = labels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / labels.length
  return { classes: false, mean, spread: Math.sqrt(square) || 1 }
}

function coded(table: OpenTable, { classes, mean, spread }: LabelCode): Float64Array {
  const labels = labelsOf(table)
  if (!classes) return labels.map((value) => (value - mean) / spread)
  if (labels.every((value) => value === 0 || value === 1)) return labels
  throw new Error('Labels to learn from are 0 and 1, and rows to validate with have others')
}

interface Plan {
  readonly training: string
  readonly classes: boolean
}

/** What the guest says of the training. */
async function agree(
  context: TaskContext,
  { label, validated }: { label: LabelCode | null; validated: boolean },
): Promise<Plan> {
  const { channel, random } = context
  if (label) {
    const training = Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
    const plan = { training, classes: label.classes, validated }
    for (const host of hostsOf(context)) await channel.send(host, 'plan', json.encode(plan))
    return plan
  }
  const from = guestOf(context)
  const plan = json.decode(await channel.receive(from, 'plan')) as
    | { readonly [key in keyof Plan | 'validated']?: unknown }
    | null
  const { training, classes } = plan ?? {}
  if (typeof training !== 'string' || typeof classes !== 'boolean') throw malformed(from, 'plan')
  if (plan?.validated === validated) return { training, classes }
  throw new Error(`${from} and ${channel.self} do not both have rows to validate with`)
}

async function exchangeWidths(
  { context, parties }: FdnnWork,
  own: number,
): Promise<readonly number[]> {
  const { channel } = context
  const peers = parties.filter((party) => party !== channel.self)
  for (const to of peers) await channel.send(to, 'width', json.encode(own))
  const widths: number[] = []
  for (const party of parties) {
    const width = party === channel.self ? own : json.decode(await channel.receive(party, 'width'))
    if (!Number.isSafeInteger(width) || !(Number(width) >= 1 && Number(width) <= MOST_COLUMNS)) {
      throw malformed(party, 'width')
    }
    widths.push(Number(width))
  }
  return widths
}

/** Every party draws the weights of its own columns, of which the others' shares are 0; a step later nobody knows them. */
function firstShares(work: FdnnWork, widths: readonly number[], { seed }: FdnnRule): Kept {
  const { context, parties } = work
  const place = parties.indexOf(context.channel.self)
  const columns = widths.reduce((sum, width) => sum + width, 0)
  const zeros = (width: number): ShareMatrix => {
    const data = Array.from({ length: width * UNITS }, () => 0n)
    return { rows: width, cols: UNITS, data }
  }
  const weights = widths.map((width, at) => {
    if (at !== place) return zeros(width)
    return firstWeights({ seed, stream: place, width, columns, ones: place === 0 })
  })
  return { epoch: 0, losses: [], weights, momentum: widths.map(zeros) }
}

async function epochs(
  work: FdnnWork,
  course: {
    rule: FdnnRule
    tables: readonly Table[]
    classes: boolean
    first: Kept
    tell: (epoch: number, losses: Losses) => void
  },
): Promise<Kept> {
  const { context } = work
  const { rule, tables, classes, first, tell } = course
  const [train, ...others] = tables
  const batches = cutBatches(train.rows, rule.batchRows)
  const losses = [...first.losses]
  let network: NetworkShares = first
  let { epoch } = first
  losses.forEach((each, at) => tell(at, each))
  while (epoch < rule.epochs) {
    let squares = 0n
    for (const [at, rows] of batches.entries()) {
      context.signal.throwIfAborted()
      const seen = await pass(work, network, { table: train, rows, classes })
      network = await learn(work, network, seen)
      squares += seen.residuals.squares
      context.progress(epoch * batches.length + at + 1, rule.epochs * batches.length, 'batches')
    }
    const found = [await meanAtGuest(work, squares, train.rows)]
    for (const table of others) {
      let sum = 0n
      for (const rows of cutBatches(table.rows, BLOCK_ROWS)) {
        sum += (await pass(work, network, { table, rows, classes })).residuals.squares
      }
      found.push(await meanAtGuest(work, sum, table.rows))
    }
    losses.push(found)
    tell(epoch, found)
    epoch++
    const { weights, momentum } = network
    await context.checkpoints.save(epoch, { epoch, losses: [...losses], weights, momentum })
  }
  return { epoch, losses, ...network }
}

async function pass(
  work: FdnnWork,
  { weights }: NetworkShares,
  { table, rows, classes }: { table: Table; rows: Rows; classes: boolean },
) {
  const batch = { columns: table.columns, ...rows }
  const found = await forward(work, weights, batch)
  const targets = table.targets?.slice(rows.from, rows.to)
  const residuals = await residualsOf(work, found.outputs, { targets, classes })
  return { batch, forward: found, residuals }
}

/** The mean of squared residuals, at the guest; nothing to go by elsewhere. */
async function meanAtGuest(work: FdnnWork, squares: bigint, rows: number): Promise<number> {
  const shares = addShares([squares], [0n])
  const opened = await openAtGuest(work, shares, { drop: HIDDEN_BITS, tag: 'loss_sum' })
  if (!opened) return Number.NaN
  return Math.max(0, Number(BigInt.asIntN(SHARE_BITS, opened[0])) / 2 ** SQUARE_FRACTION / rows)
}

/** Bits of a sum of squares that are hidden: 20 are left after the point. */
const HIDDEN_BITS = SQUARE_FRACTION - 20
/** Columns of a party. */
const MOST_COLUMNS = 2 ** 14
