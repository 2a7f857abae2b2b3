/**
 * Training of logistic regression between a guest and hosts without an arbiter: weights, predictors, residuals and
 * gradients are shared between the guest and one host all the time (`compute/crypto/shared-real.ts`), and each learns its own weights in
 * the end, nothing else. After C. Chen et al., "When homomorphic encryption marries secret sharing", KDD 2021 (arXiv
 * 2008.08753), with the residual d = wx/4 - y/2 of the Taylor loss, as HeteroLR has it. A batch:
 *
 * 1. each party sends its shares of the other's weights under its own key and gets back its shares of the other's part of wx;
 * 2. wx + wx and the labels make shares of d;
 * 3. each party sends its shares of d under its own key and gets back its shares of the other's gradient; the guest has Σd²
 *    made in the same way, from its shares of d in four parts of 40 bits, and opens it;
 * 4. both take the optimiser's step on their shares of all weights.
 *
 * With several hosts the guest does so with each, so that every number is shared between two and cutting off its last bits
 * needs nobody else: a host's weights between it and the guest, the guest's between it and the first host. The shares of d
 * add up over all, and the guest and each host need d between the two of them: every other host splits its share at random,
 * one part for the guest, one for the hosts. So a guest and a host that put their shares together see d of every row.
 * @module
 */
import { type AdditiveScheme, type AdditiveSecret } from '../../compute/crypto/additive.ts'
import {
  addShares,
  type IntegerMatrix,
  multiplyOther,
  multiplyOwn,
  SHARE_BOUND,
  scaleShares,
  type Shares,
  shortenShares,
  wrapShare,
} from '../../compute/crypto/shared-real.ts'
import type { Matrix } from '../../compute/ml/matrix.ts'
import type { Address } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { Batch } from './batches.ts'
import { WEIGHT_FRACTION } from './shared-weights.ts'
import { shareSlopes } from './sshe-residual.ts'

/** What a party works with. */
export interface SharedWork {
  readonly context: TaskContext
  readonly peer: Address
  /** Whether the guest's columns take part in what it shares with this peer: its first host. */
  readonly first: boolean
  /** This party's key, and the other one's. */
  readonly own: AdditiveSecret
  readonly other: AdditiveScheme
  /** Own columns as integers; the guest's with one of ones at the end where there is an intercept. */
  readonly features: IntegerMatrix
  /** Half of the labels of all rows, ±1, at the guest. */
  readonly halves: Float64Array | undefined
}

/** Shares of what a batch gives. */
export interface SharedBatch {
  /** Sums over the rows, of `SUM_FRACTION` fractional bits, of own columns and of the other party's. */
  readonly own: Shares
  readonly other: Shares
  /** Σd², at the guest. */
  readonly squares: number
}

/** Fractional bits of features and of d. */
const FEATURE_FRACTION = 28
const SLOPE_FRACTION = WEIGHT_FRACTION + 2
/** Fractional bits of gradients. */
export const SUM_FRACTION = FEATURE_FRACTION + SLOPE_FRACTION
/** Features are below this in magnitude. */
const FEATURE_LIMIT = 2 ** 12
const ENTRY_BOUND = FEATURE_LIMIT * 2 ** FEATURE_FRACTION
const LIMB_BITS = 40
const LIMBS = 4

/** Features as integers, with a column of ones at the end for an intercept. Throws for one that is too large. */
export function integerFeatures(matrix: Matrix, intercept: boolean, owner: string): IntegerMatrix {
  const { rows } = matrix
  const cols = matrix.cols + (intercept ? 1 : 0)
  const data = new Float64Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const value = col < matrix.cols ? matrix.data[row * matrix.cols + col] : 1
      if (!(Math.abs(value) < FEATURE_LIMIT)) {
        throw new Error(
          `A column of ${owner} is not below ${FEATURE_LIMIT} in magnitude: scale the features (FeatureScale)`,
        )
      }
      data[row * cols + col] = Math.round(value * 2 ** FEATURE_FRACTION)
    }
  }
  return { rows, cols, data, bound: ENTRY_BOUND }
}

/** Shares of own weights and of the peer's. */
export interface WeightShares {
  readonly own: Shares
  readonly other: Shares
}

/** One batch with every peer: shares of all gradients. `weights` are by peer. */
export async function sharedBatch(
  works: readonly SharedWork[],
  weights: readonly WeightShares[],
  batch: Batch,
): Promise<SharedBatch[]> {
  const parts = await Promise.all(works.map((work, at) => predictorOf(work, weights[at], batch)))
  const [{ context, halves }] = works
  const sum = parts.reduce((some, part) => addShares(some, part))
  // Of 40 fractional bits; a quarter of it has two more and the same shares.
  const slopes = halves
    ? sum.map((share, row) =>
        wrapShare(share - BigInt(Math.round(halves[batch.from + row] * 2 ** SLOPE_FRACTION))),
      )
    : sum
  const between = await shareSlopes(context, slopes)
  return Promise.all(
    works.map((work, at) => gradientOf(work, { weights: weights[at], slopes: between[at], batch })),
  )
}

/** This party's share of what the guest and the peer add to wx between them. */
async function predictorOf(
  work: SharedWork,
  weights: WeightShares,
  { from, to }: Batch,
): Promise<Shares> {
  const features = rowsOf(work.features, from, to)
  const wx = await exchange(work, {
    matrix: transposed(features),
    shares: weights.own,
    question: weights.other,
    tags: ['weight_share', 'predictor_share'],
    width: to - from,
    asked: features.cols,
  })
  const { mine, theirs } = wx
  const both = mine && theirs ? addShares(mine, theirs) : (mine ?? theirs ?? [])
  return shortenShares(both, FEATURE_FRACTION, partyOf(work.context))
}

/** Shares of the gradients of own columns and of the peer's. */
async function gradientOf(
  work: SharedWork,
  of: { weights: WeightShares; slopes: Shares; batch: Batch },
): Promise<SharedBatch> {
  const { weights, slopes, batch } = of
  const { from, to } = batch
  const { halves, first } = work
  const features = rowsOf(work.features, from, to)
  const limbs = halves && first ? limbsOf(slopes) : undefined
  const { mine, theirs, crossed } = await exchange(work, {
    matrix: limbs ? beside(features, limbs) : features,
    shares: slopes,
    question: slopes,
    tags: ['slope_share', 'gradient_share'],
    width: weights.other.length + (halves ? 0 : LIMBS),
    asked: to - from,
  })
  const squares =
    first && crossed && theirs ? await openSquares(work, { slopes, crossed, theirs }) : Number.NaN
  return {
    own: (mine ?? []).slice(0, weights.own.length),
    other: (theirs ?? []).slice(0, weights.other.length),
    squares,
  }
}

/**
 * Both parties at once multiply their plain matrix with a shared vector: shares of own products, and of the other's. The
 * product with the own share is left out of what the limbs give: they are for the cross terms only. Between the guest and
 * a host that is not its first only the host multiplies.
 */
async function exchange(
  work: SharedWork,
  what: {
    matrix: IntegerMatrix
    /** Own shares of what the own matrix is multiplied with. */
    shares: Shares
    /** Own shares of what the other's is multiplied with. */
    question: Shares
    tags: readonly [question: string, answer: string]
    /** How many products the other party makes, and how many numbers it asks with. */
    width: number
    asked: number
  },
): Promise<{ mine?: Shares; theirs?: Shares; crossed?: Shares }> {
  const { context, peer, own, other, first } = work
  const { channel, random } = context
  const guest = context.role === 'guest'
  const [asks, answers] = what.tags
  if (guest || first) {
    const question = await own.encrypt(what.question, SHARE_BOUND)
    await channel.send(peer, asks, blob.encode(own.toBytes(question)))
  }
  let mine: Shares | undefined
  let crossed: Shares | undefined
  if (!guest || first) {
    const shares = other.fromBytes(blob.decode(await channel.receive(peer, asks)), SHARE_BOUND)
    if (shares.length !== what.asked) throw new Error(`${peer} sent a malformed ${asks}`)
    const reply = await multiplyOther(other, { matrix: what.matrix, shares }, (length) =>
      random(length),
    )
    await channel.send(peer, answers, blob.encode(other.toBytes(reply.answer)))
    crossed = reply.own
    mine = addShares(multiplyOwn(what.matrix, what.shares), reply.own)
  }
  if (!guest && !first) return { mine, crossed }
  const answer = own.fromBytes(blob.decode(await channel.receive(peer, answers)))
  if (answer.length !== what.width) throw new Error(`${peer} sent a malformed ${answers}`)
  return { mine, crossed, theirs: (await own.decrypt(answer)).map(wrapShare) }
}

/** Σd² = Σ(d₀ + d₁)², opened at the guest. */
async function openSquares(
  { context, peer, halves }: SharedWork,
  of: { slopes: Shares; crossed: Shares; theirs: Shares },
): Promise<number> {
  const { channel } = context
  const tail = (halves ? of.crossed : of.theirs).slice(-LIMBS)
  const cross = tail.reduce(
    (sum, share, limb) => sum + scaleShares([share], 1n << BigInt(limb * LIMB_BITS))[0],
    0n,
  )
  const squares = of.slopes.reduce((sum, share) => sum + share * share, 2n * cross)
  if (!halves) {
    await channel.send(peer, 'loss_share', json.encode(wrapShare(squares).toString()))
    return Number.NaN
  }
  const theirs = json.decode(await channel.receive(peer, 'loss_share'))
  if (typeof theirs !== 'string' || !/^-?\d{1,49}$/.test(theirs)) {
    throw new Error(`${peer} sent a malformed loss_share`)
  }
  const sum = Number(wrapShare(squares + BigInt(theirs))) * 2 ** (-2 * SLOPE_FRACTION)
  // Sums of squares that are too large come out as any number: far below that, numbers are still right.
  if (sum >= 0 && sum < 2 ** 60 * of.slopes.length) return sum
  throw new Error(
    `The training diverges: the mean squared residual reached ${sum / of.slopes.length}. ` +
      'Scale the features (FeatureScale) or lower learning_rate',
  )
}

/** The guest is party 0, the host party 1. */
export function partyOf({ role }: TaskContext): 0 | 1 {
  return role === 'guest' ? 0 : 1
}

function rowsOf({ cols, data, bound }: IntegerMatrix, from: number, to: number): IntegerMatrix {
  return { rows: to - from, cols, data: data.subarray(from * cols, to * cols), bound }
}

function transposed({ rows, cols, data, bound }: IntegerMatrix): IntegerMatrix {
  const turned = new Float64Array(data.length)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) turned[col * rows + row] = data[row * cols + col]
  }
  return { rows: cols, cols: rows, data: turned, bound }
}

/** Numbers below 2^159 as four columns: `Σ limb[k] · 2^(40k)`, the last one signed. */
function limbsOf(shares: Shares): Float64Array {
  const limbs = new Float64Array(shares.length * LIMBS)
  shares.forEach((share, row) => {
    let rest = share
    for (let limb = 0; limb < LIMBS; limb++) {
      const last = limb === LIMBS - 1
      const part = last ? rest : BigInt.asUintN(LIMB_BITS, rest)
      limbs[row * LIMBS + limb] = Number(part)
      rest = (rest - part) >> BigInt(LIMB_BITS)
    }
  })
  return limbs
}

function beside({ rows, cols, data, bound }: IntegerMatrix, limbs: Float64Array): IntegerMatrix {
  const wide = new Float64Array(rows * (cols + LIMBS))
  for (let row = 0; row < rows; row++) {
    wide.set(data.subarray(row * cols, (row + 1) * cols), row * (cols + LIMBS))
    wide.set(limbs.subarray(row * LIMBS, (row + 1) * LIMBS), row * (cols + LIMBS) + cols)
  }
  return { rows, cols: cols + LIMBS, data: wide, bound: Math.max(bound, 2 ** LIMB_BITS) }
}
