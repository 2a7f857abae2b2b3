/**
 * What a party keeps of LinearRegression, and predictions: all parties know the ids that are asked for, each has some of
 * them, and puts in what its columns give where it is the one to say their values. Of several hosts the guest learns the
 * sum of what they give.
 * @module
 */
import {
  addRing,
  decodeRing,
  encodeRing,
  type RingCode,
  ringFromBytes,
  ringToBytes,
} from '../../compute/crypto/ring-mask.ts'
import { features, type Frame } from '../../compute/ml/frame.ts'
import { blob, uint32s } from '../../federation/codec.ts'
import type { Model, TaskContext } from '../define.ts'
import { LINEAR } from '../linear/family.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import { packBits, unpackBits } from '../tree/sbt-messages.ts'
import { type Centre, centred } from './mix-columns.ts'
import { MIX_BITS } from './mix-messages.ts'
import { sourceOf } from './mix-setup.ts'
import { maskRing, shareSeeds } from './pair-masks.ts'

/** A column of this party's. */
export interface MixWeight {
  readonly column: string
  /** Of the column by its centre. */
  readonly weight: number
  readonly centre: Centre
  /** Positions of the parties that have it, rising. */
  readonly holders: readonly number[]
}

/** One party's part. */
export interface MixLinearPart {
  readonly self: number
  /** Whether each party has labels, which decides whose value of a common column counts. */
  readonly labels: readonly boolean[]
  readonly weights: readonly MixWeight[]
  /** What is predicted where all columns are at their means; 0 but at the first party that has labels. */
  readonly constant: number
}

/** The name of the model. */
export const MIX_LINEAR = 'LinearRegression'

/** A weight of a column as it is. */
export function plainWeight({ weight, centre: { extent } }: MixWeight): number {
  return extent === 0 ? 0 : weight / extent
}

/** The part's intercept, with what means of columns that this party leads take off: over all parties it is the model's. */
export function interceptOf({ self, weights, constant }: MixLinearPart): number {
  return weights
    .filter(({ holders }) => holders[0] === self)
    .reduce((sum, each) => sum - plainWeight(each) * each.centre.mean, constant)
}

/** The part in a stored model. Throws for a model of another kind. */
export function readMixLinear(model: Model): MixLinearPart {
  const part = model.state as Partial<MixLinearPart> | undefined
  if (model.name === MIX_LINEAR && Array.isArray(part?.weights) && Array.isArray(part.labels)) {
    return part as MixLinearPart
  }
  throw new Error(`A prediction with ${MIX_LINEAR} cannot use a model of kind ${model.name}`)
}

/** Predictions of the ids that any party has, at the guest; undefined at a host, which puts in its part. */
export async function predictMixLinear(
  context: TaskContext,
  of: { part: MixLinearPart; frame: Frame; ids: readonly string[] },
): Promise<Frame | undefined> {
  const { channel, role } = context
  const { frame, ids } = of
  const [guest, hosts] = [guestOf(context), hostsOf(context)]
  const places = new Map(frame.ids.map((id, row) => [id, row]))
  const has = Uint8Array.from(ids, (id) => (places.has(id) ? 1 : 0))
  const code: RingCode = { ...SCORE_CODE, terms: Math.max(1, hosts.length) }
  if (role === 'host') {
    const have = { count: Int32Array.of(ids.length), bits: packBits(has) }
    await channel.send(guest, 'mix_have', MIX_BITS.encode(have))
    const held = uint32s.decode(await channel.receive(guest, 'mix_held'))
    if (held.length !== ids.length) throw new Error(`${guest} sent a malformed mix_held`)
    const ring = encodeRing(scoresOf(of, { places, held }), code)
    await maskRing(await shareSeeds(context, hosts), ring, { receiver: guest, number: 0 })
    await channel.send(guest, 'host_score', blob.encode(ringToBytes(ring)))
    return undefined
  }
  const all: Uint8Array[] = [has]
  for (const host of hosts) {
    const { count, bits } = MIX_BITS.decode(await channel.receive(host, 'mix_have'))
    if (count[0] !== ids.length) throw new Error(`${host} speaks of other ids than were asked for`)
    all.push(unpackBits(bits, ids.length))
  }
  const held = Uint32Array.from(ids, (_, row) =>
    all.reduce((bits, each, party) => bits | (each[row] << party), 0),
  )
  for (const [at, host] of hosts.entries()) {
    const theirs = held.map((bits) => ((bits >> (at + 1)) & 1 ? bits : 0))
    await channel.send(host, 'mix_held', uint32s.encode(theirs))
  }
  const sum = new BigUint64Array(ids.length)
  for (const host of hosts) {
    const ring = ringFromBytes(blob.decode(await channel.receive(host, 'host_score')))
    if (ring.length !== ids.length) throw new Error(`${host} sent a malformed host_score`)
    addRing(sum, ring)
  }
  const theirs = decodeRing(sum, code)
  const own = scoresOf(of, { places, held })
  const rows = [...ids.keys()].filter((row) => held[row] !== 0)
  return LINEAR.predictions({
    idName: frame.idName,
    ids: rows.map((row) => ids[row]),
    labels: undefined,
    classes: [],
    predictors: [Float64Array.from(rows, (row) => own[row] + theirs[row])],
    threshold: 0.5,
    type: 'test',
  })
}

/** What this party puts in for every id. */
function scoresOf(
  { part, frame, ids }: { part: MixLinearPart; frame: Frame; ids: readonly string[] },
  { places, held }: { places: ReadonlyMap<string, number>; held: Uint32Array },
): Float64Array {
  const { self, labels, weights, constant } = part
  const columns = new Map(features(frame).map(({ name, values }) => [name, values]))
  const list = weights.map((each) => {
    const values = columns.get(each.column)
    if (values) return { ...each, values }
    throw new Error(`The table has no numeric column "${each.column}"`)
  })
  return Float64Array.from(ids, (id, row) => {
    const place = places.get(id)
    if (place === undefined) return constant
    const owner = labels.findIndex((has, party) => has && ((held[row] >> party) & 1) === 1)
    return list.reduce(
      (sum, { holders, values, weight, centre }) =>
        sourceOf({ holders }, { held: held[row], owner }) === self
          ? sum + weight * centred(values[place], centre)
          : sum,
      constant,
    )
  })
}

/** Parts of predictions on their way to the guest; labels are below 2^20. */
const SCORE_CODE = { fraction: 32, bound: 2 ** 24 }
