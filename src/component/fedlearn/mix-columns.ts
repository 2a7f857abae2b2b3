/**
 * The columns of LinearRegression's parties as those of one table: names that several have stand for one column, whose
 * value in a row is that of the party that says it (`mix-setup.ts`); where nobody does it is the mean. Beside them are a
 * column of ones and the label, which parties with labels have in the rows that they own.
 *
 * Every column has a lead, the first party that has it, which alone learns sums about it: of the parties' shares, under
 * masks that cancel.
 * @module
 */
import { addShares, encodeShares, type Shares } from '../../compute/crypto/shared-real.ts'
import { features, type Frame } from '../../compute/ml/frame.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import { floats, json } from '../../federation/codec.ts'
import { readShares } from './gram-gradient.ts'
import type { MixHeader, MixParties, MixRows } from './mix-setup.ts'
import { sourceOf } from './mix-setup.ts'
import { maskShares } from './pair-masks.ts'
import { type GramWork, malformed, roundColumns } from './shared-gram.ts'

/** A column of the one table. */
export interface JointColumn {
  /** Positions of the parties that have it, rising; the first leads. */
  readonly holders: readonly number[]
  readonly label: boolean
}

/** All columns, and where those of each party stand among them, in the party's own order. */
export interface JointLayout {
  readonly columns: readonly JointColumn[]
  readonly places: readonly (readonly number[])[]
  /** Columns that this party leads, rising. */
  readonly led: readonly number[]
}

/** How a column is made comparable: from its mean, in units of its extent. */
export interface Centre {
  readonly mean: number
  readonly extent: number
}

/** The columns of all parties; ones and labels come after a party's own. */
export function layoutOf(headers: readonly MixHeader[], { self, labels }: MixParties): JointLayout {
  // As they come, not by digest: those are others in every attempt, and what was kept has this order.
  const ids = [...new Set(headers.flatMap((header) => header.columns))]
  const at = new Map(ids.map((id, place) => [id, place]))
  const owners = labels.flatMap((has, party) => (has ? [party] : []))
  const columns: JointColumn[] = [
    ...ids.map((id) => ({
      holders: headers.flatMap((header, party) => (header.columns.includes(id) ? [party] : [])),
      label: false,
    })),
    { holders: owners, label: false },
    { holders: owners, label: true },
  ]
  const ends = [ids.length, ids.length + 1]
  return {
    columns,
    places: headers.map((header) => [
      ...header.columns.map((id) => at.get(id) ?? 0),
      ...(header.labels ? ends : []),
    ]),
    led: columns.flatMap(({ holders }, place) => (holders[0] === self ? [place] : [])),
  }
}

/** What this party says of its own features: the values of its rows, NaN where it is not the one to say. */
export function saidValues(
  frame: Frame,
  of: { parties: MixParties; rows: MixRows; layout: JointLayout },
): Float64Array[] {
  const { parties, rows, layout } = of
  const { self, addresses } = parties
  return features(frame).map(({ name, values }, own) => {
    const joint = layout.columns[layout.places[self][own]]
    return Float64Array.from(rows.places, (place, row) => {
      if (Math.abs(values[place]) === Infinity) {
        throw new Error(`Column "${name}" of ${addresses[self]} has a value that is not finite`)
      }
      const source = sourceOf(joint, { held: rows.held[row], owner: rows.owner[row] })
      return source === self ? values[place] : Number.NaN
    })
  })
}

/**
 * Sums over all parties of what each has for every column, at the columns' leads: in the order of `led`, of as many numbers
 * a column as `values` has. `number` is another one at each call.
 */
export async function sumAtLeads(
  { context, masks }: Pick<GramWork, 'context' | 'masks'>,
  values: Shares,
  of: { layout: JointLayout; parties: MixParties; number: number },
): Promise<Shares> {
  const { channel } = context
  const { layout, parties, number } = of
  const { self, addresses } = parties
  const lanes = values.length / layout.columns.length
  const pick = (party: number): Shares =>
    values.filter((_, at) => layout.columns[Math.floor(at / lanes)].holders[0] === party)
  for (const [party, receiver] of addresses.entries()) {
    const part = party === self ? [] : pick(party)
    if (part.length === 0) continue
    const masked = await maskShares(masks, part, { receiver, number })
    await channel.send(receiver, 'column_part', json.encode(masked.map(String)))
  }
  let sum: Shares = pick(self)
  for (const [party, from] of addresses.entries()) {
    if (party === self || sum.length === 0) continue
    const part = readShares(json.decode(await channel.receive(from, 'column_part')), sum.length)
    if (!part) throw malformed(from, 'column_part')
    sum = addShares(sum, part)
  }
  return sum
}

/** The centres of this party's features, by the values of all who have them in rows that are learnt from. */
export async function centresOf(
  work: GramWork,
  said: readonly Float64Array[],
  of: { rows: MixRows; layout: JointLayout; parties: MixParties; number: number },
): Promise<Centre[]> {
  const { channel } = work.context
  const { rows, layout, parties } = of
  const { self, addresses } = parties
  const { columns, places } = layout
  const known = said.map((values) =>
    values.filter((value, row) => rows.learnt[row] === 1 && !Number.isNaN(value)),
  )
  const sums = new Float64Array(2 * columns.length)
  known.forEach((values, own) => {
    sums[2 * places[self][own]] = values.length
    sums[2 * places[self][own] + 1] = values.reduce((sum, value) => sum + value, 0)
  })
  if (sums.some((sum) => !(Math.abs(sum) < 2 ** 80))) {
    throw new Error(`A column of ${addresses[self]} has values too large to be added up: scale it`)
  }
  const totals = await sumAtLeads(work, encodeShares(sums, SUM_FRACTION), of)
  const ends = known.map((values) => [
    values.reduce((least, value) => Math.min(least, value), Infinity),
    values.reduce((most, value) => Math.max(most, value), -Infinity),
  ])
  for (const [own, place] of ownFeatures(places[self], said)) {
    const [lead] = columns[place].holders
    if (lead !== self) {
      await channel.send(addresses[lead], 'mix_range', floats.encode(Float64Array.from(ends[own])))
    }
  }
  const centres = said.map((): Centre => ({ mean: 0, extent: 0 }))
  for (const [own, place] of ownFeatures(places[self], said)) {
    const [lead, ...rest] = columns[place].holders
    if (lead !== self) {
      const told = floats.decode(await channel.receive(addresses[lead], 'mix_centre'))
      if (told.length !== 2 || !told.every(Number.isFinite))
        throw malformed(addresses[lead], 'mix_centre')
      centres[own] = { mean: told[0], extent: told[1] }
      continue
    }
    let [low, high] = ends[own]
    for (const party of rest) {
      const theirs = floats.decode(await channel.receive(addresses[party], 'mix_range'))
      if (theirs.length !== 2) throw malformed(addresses[party], 'mix_range')
      low = Math.min(low, theirs[0])
      high = Math.max(high, theirs[1])
    }
    const at = 2 * layout.led.indexOf(place)
    const [count, sum] = [0, 1].map((lane) => Number(totals[at + lane]) / 2 ** SUM_FRACTION)
    const centre = { mean: count > 0 ? sum / count : 0, extent: high > low ? high - low : 0 }
    for (const party of rest) {
      const told = floats.encode(Float64Array.of(centre.mean, centre.extent))
      await channel.send(addresses[party], 'mix_centre', told)
    }
    centres[own] = centre
  }
  return centres
}

/** Own columns over the rows with `numbers`, rising, of which this party has some; the others are 0, as gaps are. */
export function jointMatrix(
  said: readonly Float64Array[],
  of: {
    centres: readonly Centre[]
    rows: MixRows
    parties: MixParties
    numbers: readonly number[]
  },
): Matrix {
  const { centres, rows, parties, numbers } = of
  const { self, addresses } = parties
  const at = new Map(numbers.map((number, row) => [number, row]))
  const spread = (value: (row: number) => number) => {
    const column = new Float64Array(numbers.length)
    rows.numbers.forEach((number, row) => {
      const place = at.get(number)
      if (place !== undefined) column[place] = value(row)
    })
    return column
  }
  const owner = addresses[self]
  const columns = said.map((values, own) => spread((row) => centred(values[row], centres[own])))
  if (!parties.labels[self]) return roundColumns(columns, { owner })
  const ones = spread((row) => (rows.owner[row] === self ? 1 : 0))
  return roundColumns([...columns, ones], { owner, label: spread((row) => rows.labels[row]) })
}

/** A value by its column's centre; a gap, as a column that is the same everywhere, is 0. */
export function centred(value: number, { mean, extent }: Centre): number {
  return Number.isNaN(value) || extent === 0 ? 0 : (value - mean) / extent
}

function ownFeatures(
  places: readonly number[],
  said: readonly Float64Array[],
): [own: number, place: number][] {
  // In the order of the joint columns, as the leads expect.
  return said
    .map((_, own): [number, number] => [own, places[own]])
    .toSorted(([, a], [, b]) => a - b)
}

/** Bits after the point of sums of values, which are below 2^80. */
const SUM_FRACTION = 64
