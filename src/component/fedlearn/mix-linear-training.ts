/**
 * The training of LinearRegression: descent on one table of which parties have parts, rows and columns, some of them several
 * (`mix-columns.ts`). Written over all rows, with 0 where a party says nothing, the table is the sum of the parties' own, so
 * products of its columns are those of `shared-gram.ts`, of which no party has the whole, and no residual of a row is
 * ever computed. (Sharing XᵀX for a table parted in any way: A. Gascón et al., "Privacy-Preserving Distributed Linear
 * Regression on High-Dimensional Data", PoPETs 2017(4), section 3.) Every party adds up its shares of a column's gradient
 * over all who have that column and sends the sum to the column's lead, under masks that cancel: the lead learns the
 * gradient of the one table, and nobody what a single party's rows give for a common column.
 *
 * The original had a threshold key, and its coordinator learnt gradients and weights under random factors.
 * @module
 */
import { addShares, encodeShares, type Shares } from '../../compute/crypto/shared-real.ts'
import { column, features, type Frame } from '../../compute/ml/frame.ts'
import { floats } from '../../federation/codec.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { GRADIENT_FRACTION, ownProducts, productShares } from './gram-gradient.ts'
import { openWork } from './gram-work.ts'
import { type HostSum, openHostSum } from './host-sum.ts'
import {
  type Centre,
  centresOf,
  type JointLayout,
  jointMatrix,
  layoutOf,
  saidValues,
  sumAtLeads,
} from './mix-columns.ts'
import { MIX_LINEAR_ROLES } from './mix-linear-messages.ts'
import type { MixLinearPart } from './mix-linear-model.ts'
import type { LinearRegressionParam } from './mix-linear-param.ts'
import { learntNumbers, meet, type MixParties, rowsOf } from './mix-setup.ts'
import { TOTAL_COLUMN } from './mixed-match.ts'
import { type GramWork, malformed, type SharedGram, shareGram } from './shared-gram.ts'
import {
  type Descent,
  descend,
  type DescentState,
  type KeptDescent,
  readDescent,
  writeDescent,
} from './vertical-descent.ts'

type Context = TaskContext<LinearRegressionParam>

interface Kept {
  readonly epoch: number
  readonly state: DescentState
  readonly seen: readonly Seen[]
}

/** What all parties know after an epoch. */
interface Seen {
  /** The length of the gradient, of the rows that are learnt from and of those to validate with. */
  readonly lengths: readonly number[]
  /** The mean squared residual. */
  readonly square: number
}

/** Trains with the other parties; the part of this one. */
export async function trainMixLinear(
  context: Context,
  { frame, matched }: { frame: Frame; matched: Frame },
): Promise<{ part: MixLinearPart; epochs: number }> {
  const { params, channel } = context
  const { parties, headers } = await meet(context, frame)
  const rows = rowsOf(context, { frame, matched, parties, rule: params })
  const layout = layoutOf(headers, parties)
  const said = saidValues(frame, { parties, rows, layout })
  warnOfFewRows(context, { rows: rows.places.length, layout })
  const saved = await agreeOnStep(context, MIX_LINEAR_ROLES)
  const work = await openWork(context)
  const add = await openHostSum(context, SUM_FRACTION)
  const centres = await centresOf(work, said, { rows, layout, parties, number: 0 })
  const [total] =
    matched.ids.length === 0 ? [0] : (column(matched, TOTAL_COLUMN).values as number[])
  const train = learntNumbers(total, params)
  const every = [...Array(total).keys()]
  const counts = await add(
    Float64Array.from([1, 0], (learnt) => {
      const own = (_: number, row: number) =>
        rows.owner[row] === parties.self && rows.learnt[row] === learnt
      return rows.learnt.filter(own).length
    }),
    true,
  )
  if (counts[0] === 0) throw new Error('No row with a label is left to learn from')
  const grams: SharedGram[] = []
  for (const learnt of counts[1] > 0 ? [true, false] : [true]) {
    const numbers = every.filter((number) => train.has(number) === learnt)
    grams.push(await shareGram(work, jointMatrix(said, { centres, rows, parties, numbers })))
  }
  const scene = { work, add, grams, counts, layout, parties }
  const { epoch, state } = await descendTo(context, scene, saved?.state)
  const weights = await allWeights(work, { layout, parties, own: state.weights })
  const own = layout.places[parties.self]
  const constant = layout.columns.findIndex(({ label }) => label) - 1
  const leads = layout.columns[constant].holders[0] === parties.self
  const names = features(frame).map(({ name }) => name)
  const part: MixLinearPart = {
    self: parties.self,
    labels: parties.labels,
    weights: centres.map((centre: Centre, at) => ({
      column: names[at],
      weight: weights[at],
      centre,
      holders: layout.columns[own[at]].holders,
    })),
    constant: leads ? state.weights[trainable(layout).indexOf(constant)] : 0,
  }
  context.log(
    'info',
    `${channel.self} leads ${layout.led.length} of ${layout.columns.length} columns`,
  )
  return { part, epochs: epoch }
}

interface Scene {
  readonly work: GramWork
  readonly add: HostSum
  readonly grams: readonly SharedGram[]
  /** Rows with labels, by table. */
  readonly counts: Float64Array
  readonly layout: JointLayout
  readonly parties: MixParties
}

async function descendTo(context: Context, scene: Scene, saved: unknown): Promise<Kept> {
  const { params, role } = context
  const { add, layout } = scene
  const free = trainable(layout)
  const leadsLabel = free.length < layout.led.length
  let number = 1
  const look = async (weights: Float64Array) => {
    const sums = await jointGradients(scene, weights, number++)
    return sums.map((raw, at) => {
      const count = scene.counts[at]
      const gradient = raw.slice(0, free.length).map((sum) => sum / count)
      // The label is the last column, and has the weight −1.
      const square = weights.reduce((sum, weight, col) => sum + weight * raw[col], 0)
      return { gradient, square: (square - (leadsLabel ? raw[free.length] : 0)) / count }
    })
  }
  const descent: Descent = {
    rule: { ...params, regularization: 'L2', lambda: 0 },
    penalised: 0,
    gradientAt: async (weights) => (await look(weights))[0].gradient,
    sum: (values) => add(Float64Array.from(values), true),
  }
  let { epoch, state, seen }: Kept =
    saved === undefined
      ? { epoch: 0, state: { weights: new Float64Array(free.length), directions: [] }, seen: [] }
      : readKept(saved)
  const report = (at: number) => role === 'guest' && tell(context, at, seen[at])
  seen.forEach((_, at) => report(at))
  let { gradient } = (await look(state.weights))[0]
  while (epoch < params.maxEpoch) {
    const next = await descend(context, descent, { state, gradient })
    if (!next) break
    state = next
    const looks = await look(state.weights)
    ;({ gradient } = looks[0])
    const [square, ...lengths] = await add(
      Float64Array.of(
        looks[0].square,
        ...looks.map((each) => each.gradient.reduce((sum, value) => sum + value * value, 0)),
      ),
      true,
    )
    // What is rounded may leave a little less than nothing.
    const positive = (value: number) => Math.max(0, value)
    seen = [
      ...seen,
      { square: positive(square), lengths: lengths.map((sum) => Math.sqrt(positive(sum))) },
    ]
    report(epoch)
    epoch++
    context.progress(epoch, params.maxEpoch, `epoch ${epoch}`)
    await context.checkpoints.save(epoch, { epoch, seen, descent: writeDescent(state) })
    if (seen[epoch - 1].square <= params.minLoss) break
  }
  return { epoch, state, seen }
}

/** Sums over all rows for the columns that this party leads, by table, at its weights of them. */
async function jointGradients(
  { work, grams, layout, parties }: Scene,
  led: Float64Array,
  number: number,
): Promise<Float64Array[]> {
  const { self, addresses } = parties
  const { columns, places } = layout
  const own = await allWeights(work, { layout, parties, own: led })
  const shares = await productShares(work, grams, own)
  const lanes = grams.length
  const sums = columns.flatMap(() => grams.map(() => 0n))
  const put = (party: number, values: Shares) => {
    const width = places[party].length
    values.forEach((share, at) => {
      const place = places[party][at % width] * lanes + Math.floor(at / width)
      ;[sums[place]] = addShares([sums[place]], [share])
    })
  }
  put(self, shares.own)
  put(
    self,
    grams.flatMap((gram) => encodeShares(ownProducts(gram, own), GRADIENT_FRACTION)),
  )
  for (const [party, at] of addresses.entries()) {
    if (party !== self) put(party, shares.others.get(at) ?? [])
  }
  const mine = await sumAtLeads(work, sums, { layout, parties, number })
  return grams.map((_, table) =>
    Float64Array.from(
      layout.led,
      (_column, at) => Number(mine[at * lanes + table]) / 2 ** GRADIENT_FRACTION,
    ),
  )
}

/** The weights of this party's own columns, those of others' leads from them; of a label −1. */
async function allWeights(
  { context: { channel } }: GramWork,
  of: { layout: JointLayout; parties: MixParties; own: Float64Array },
): Promise<Float64Array> {
  const { layout, parties, own } = of
  const { columns, places } = layout
  const { self, addresses } = parties
  const known = new Map(trainable(layout).map((place, at) => [place, own[at]]))
  const between = (lead: number, party: number) =>
    [...columns.keys()].filter((place) => {
      const { label, holders } = columns[place]
      return !label && holders[0] === lead && holders.includes(party)
    })
  for (const [party, to] of addresses.entries()) {
    const list = party === self ? [] : between(self, party)
    if (list.length === 0) continue
    const values = Float64Array.from(list, (place) => known.get(place) ?? 0)
    await channel.send(to, 'shared_weights', floats.encode(values))
  }
  for (const [party, from] of addresses.entries()) {
    const list = party === self ? [] : between(party, self)
    if (list.length === 0) continue
    const told = floats.decode(await channel.receive(from, 'shared_weights'))
    if (told.length !== list.length || !told.every(Number.isFinite)) {
      throw malformed(from, 'shared_weights')
    }
    list.forEach((place, at) => known.set(place, told[at]))
  }
  return Float64Array.from(places[self], (place) =>
    columns[place].label ? -1 : (known.get(place) ?? 0),
  )
}

/** The columns that this party leads, but the label. */
function trainable({ columns, led }: JointLayout): number[] {
  return led.filter((place) => !columns[place].label)
}

function warnOfFewRows(
  context: Context,
  { rows, layout }: { rows: number; layout: JointLayout },
): void {
  if (rows > layout.led.length) return
  context.warn(
    `The ${rows} rows of ${context.channel.self} are no more than the ${layout.led.length} columns of which it learns ` +
      'the gradients: it could work out residuals of rows. Use more rows, or fewer columns',
  )
}

function tell(context: Context, epoch: number, { lengths }: Seen): void {
  for (const [at, value] of lengths.entries()) {
    const name = 'gL2Norm'
    context.metric({
      namespace: at === 0 ? 'train' : 'validate',
      name,
      points: [[epoch, value]],
      meta: { name, metric_type: 'LOSS', unit_name: 'iters', curve_name: name },
    })
  }
}

function readKept(value: unknown): Kept {
  // Written by an earlier attempt.
  const { epoch, seen, descent } = value as {
    epoch: number
    seen: Seen[]
    descent: KeptDescent
  }
  return { epoch, seen, state: readDescent(descent) }
}

/** Bits after the point of sums over parties: as directions are short where the lowest point is near. */
const SUM_FRACTION = 80
