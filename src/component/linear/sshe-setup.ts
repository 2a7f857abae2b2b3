/**
 * What the parties of HeteroSSHELR start from: plan, keys and first shares; and how they keep their shares.
 * @module
 */
import { type AdditiveScheme, openPublic, openSecret } from '../../compute/crypto/additive.ts'
import {
  cipherKeyFromBytes,
  cipherKeyToBytes,
  type CipherScheme,
  drawCipherKey,
} from '../../compute/crypto/cipher-vector.ts'
import { ouLimit } from '../../compute/crypto/okamoto-uchiyama-key.ts'
import { encodeShares, type Shares, splitShares } from '../../compute/crypto/shared-real.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { cutBatches } from './batches.ts'
import { createWeights, type WeightState } from './linear-weights.ts'
import type { OpenTable } from './lr-inputs.ts'
import { warnOfThinBatches } from './lr-warnings.ts'
import { alignGuest, alignHost, guestOf, hostsOf } from './row-alignment.ts'
import { firstState, type SharedState, WEIGHT_FRACTION } from './shared-weights.ts'
import type { SsheParam } from './sshe-param.ts'
import type { SharedWork } from './sshe-training.ts'

type Context = TaskContext<SsheParam>

/** What the guest tells the hosts before the training. */
export interface Plan {
  readonly sizes: readonly number[]
  /** How many weights of each peer this party has shares of, an intercept included. */
  readonly widths: readonly number[]
  /** Epochs of the model that the training goes on from. */
  readonly behind: number
}

/** Where a training is after an epoch. */
export interface Shared {
  readonly epoch: number
  readonly losses: readonly number[]
  /** One for each peer. */
  readonly pairs: readonly SharedPair[]
  /** Whether the losses have ended the training. */
  readonly converged: boolean
}

/** Shares of own weights that a peer has the others of, and of the peer's. */
export interface SharedPair {
  readonly own: SharedState
  readonly other: SharedState
}

/** The guest's plan, told the host. */
export async function sendPlan(context: Context, data: OpenTable, behind: number): Promise<Plan> {
  const { params, channel } = context
  const widths = await alignGuest(context, data.ids)
  const batches = cutBatches(data.ids.length, params.batch_size)
  warnOfThinBatches(context, { batches, widths })
  const sizes = batches.map(({ from, to }) => to - from)
  const width = data.header.length + (params.init_param.fit_intercept ? 1 : 0)
  for (const [at, host] of hostsOf(context).entries()) {
    // Only the first host has shares of the guest's weights.
    await channel.send(host, 'plan', json.encode({ sizes, width: at === 0 ? width : 0, behind }))
  }
  return { sizes, widths, behind }
}

/** The guest's plan, checked for its form. */
export async function receivePlan(
  context: Context,
  data: OpenTable,
  behind: number,
): Promise<Plan> {
  const from = guestOf(context)
  await alignHost(context, { ids: data.ids, columns: data.header.length })
  const plan = json.decode(await context.channel.receive(from, 'plan')) as
    | {
        readonly [key in 'sizes' | 'width' | 'behind']?: unknown
      }
    | null
  const { sizes, width, behind: theirs } = plan ?? {}
  const whole = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0
  const shared = isFirst(context) ? whole(width) : width === 0
  if (Array.isArray(sizes) && sizes.every(whole) && shared) {
    const rows = sizes.reduce((sum: number, size: number) => sum + size, 0)
    if (theirs !== behind) {
      throw new Error(
        `${from} goes on from a model of ${String(theirs)} epochs, ${context.channel.self} from one of ${behind}: ` +
          'give both the models of one job, or none',
      )
    }
    if (rows === data.ids.length) return { sizes, widths: [Number(width)], behind }
  }
  throw new Error(`${from} sent a malformed plan`)
}

/** Whether this host is the one that has shares of the guest's weights. */
export function isFirst(context: TaskContext): boolean {
  return hostsOf(context)[0] === context.channel.self
}

/** A fresh key of each party, of the scheme that the parameters name. */
export async function exchangeKeys(
  context: Context,
  peers: readonly Address[],
): Promise<Pick<SharedWork, 'own' | 'other' | 'peer'>[]> {
  const { channel, params, parallel, signal, random } = context
  const { key_length: bits } = params.encrypt_param
  const method = schemeOf(params)
  if (bits < 2048) {
    context.warn(
      `encrypt_param.key_length is ${bits}: below 2048 bits a key does not protect real data`,
    )
  }
  const secret = drawCipherKey(method, { bits, random })
  const own = openSecret(secret, { parallel, signal })
  for (const peer of peers) {
    await channel.send(peer, 'share_key', blob.encode(cipherKeyToBytes(secret.publicKey)))
  }
  const found = []
  for (const peer of peers) {
    const key = cipherKeyFromBytes(blob.decode(await channel.receive(peer, 'share_key')))
    if (key.scheme !== method || key.bits < bits) {
      throw new Error(
        `${peer} sent a key of ${key.bits} bits of ${key.scheme}, expected ${bits} of ${method}`,
      )
    }
    const other: AdditiveScheme = openPublic(key, { parallel, signal })
    found.push({ peer, own, other })
  }
  return found
}

/** Okamoto–Uchiyama unless Paillier is asked for, or the key is too short for products of shares under their masks. */
function schemeOf({ encrypt_param: { method, key_length } }: SsheParam): CipherScheme {
  return method === 'paillier' || ouLimit(key_length) < MOST_MASKED ? 'paillier' : method
}

/** Shares of 160 bits times entries of 40 for up to 2^32 rows, under a mask of 80 bits more, in whole bytes. */
const MOST_MASKED = 1n << 320n

/** Each party draws its own first weights and gives others a share of them: the guest its first host, hosts the guest. */
export async function firstShares(
  context: Context,
  of: {
    peers: readonly Address[]
    intercept: boolean
    width: number
    /** How many weights of each peer there are shares of. */
    others: readonly number[]
    /** Own weights to go on from. */
    start: WeightState | undefined
  },
): Promise<SharedPair[]> {
  const { channel, params, random, role, position } = context
  const stream = role === 'guest' ? 0 : 1 + position
  const shape = { features: of.width, intercept: of.intercept, stream, saved: of.start }
  const drawn = createWeights(params, shape)
  const values = [...drawn.weights, ...(of.intercept ? [drawn.intercept] : [])]
  const { own, other } = splitShares(encodeShares(values, WEIGHT_FRACTION), random)
  await channel.send(of.peers[0], 'first_share', json.encode(other.map(String)))
  const rate = of.start?.optimizer.rate ?? params.learning_rate
  const pairs: SharedPair[] = []
  for (const [at, peer] of of.peers.entries()) {
    const width = of.others[at]
    const theirs =
      width === 0 ? [] : readShares(json.decode(await channel.receive(peer, 'first_share')), width)
    pairs.push({ own: firstState(at === 0 ? own : [], rate), other: firstState(theirs, rate) })
  }
  return pairs
}

/** Shares in a message. Throws where they are none, or not so many. */
export function readShares(value: unknown, length: number): Shares {
  const fits =
    Array.isArray(value) &&
    value.length === length &&
    value.every((text) => typeof text === 'string' && /^-?\d{1,49}$/.test(text))
  if (fits) return value.map(BigInt)
  throw new Error(`The other party sent malformed shares, expected ${length}`)
}

/** Shares as texts, which a checkpoint can hold. */
export function keep({ pairs, ...rest }: Shared): unknown {
  const texts = ({ weights, speed, rate }: SharedState) => {
    return { weights: weights.map(String), speed: speed.map(String), rate }
  }
  return {
    ...rest,
    pairs: pairs.map(({ own, other }) => ({ own: texts(own), other: texts(other) })),
  }
}

/** The state in a checkpoint. */
export function readKept(state: unknown): Shared {
  // Its shares are texts, which BigInt reads.
  const kept = state as Shared
  const shares = ({ weights, speed, rate }: SharedState): SharedState => {
    return { weights: weights.map(BigInt), speed: speed.map(BigInt), rate }
  }
  const pairs = kept.pairs.map(({ own, other }) => ({ own: shares(own), other: shares(other) }))
  return { ...kept, pairs }
}
