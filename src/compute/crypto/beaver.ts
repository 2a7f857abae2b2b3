/**
 * Additive shares of ring elements between two parties, and products of them by Beaver triples.
 *
 * A number x mod 2^64 is x₀ + x₁, of which each party has one; either alone is uniform. Sums are taken share by share.
 * For products the parties have triples c = a·b that nobody knows: each opens x − a and y − b, which are uniform, and
 * x·y = c + (x − a)·b + (y − b)·a + (x − a)(y − b). Source: D. Beaver, "Efficient multiparty protocols using circuit
 * randomization", CRYPTO 1991.
 *
 * Triples come from additive encryption: with a = a₀ + a₁ and b = b₀ + b₁, party 0 sends [a₀] and [b₀]; party 1 answers
 * [a₀·b₁ + b₀·a₁ + r] with a random r, and keeps a₁·b₁ − r. Over the integers the cross terms stay below 2^129; r has
 * 40 bits more, so that what party 0 decrypts says nothing of a₁ and b₁ but for 2^-40 (the statistical distance). For
 * parties that follow the protocol.
 * @module
 */
import type { AdditiveScheme, AdditiveSecret, CipherBatch } from './additive.ts'
import { randomBits, type RandomBytes, randomBytes } from './random.ts'
import { addRing, ringFromBytes } from './ring-mask.ts'

/** One party's shares of triples: `c[i]` is its share of a[i]·b[i]. */
export interface TripleShares {
  readonly a: BigUint64Array
  readonly b: BigUint64Array
  readonly c: BigUint64Array
}

/** Splits ring elements: both shares are uniform. */
export function shareRing(
  values: BigUint64Array,
  random: RandomBytes = randomBytes,
): [BigUint64Array, BigUint64Array] {
  const first = randomRing(values.length, random)
  const second = values.slice()
  addRing(second, first, -1)
  return [first, second]
}

/** The elements that two shares stand for. */
export function openRing(first: BigUint64Array, second: BigUint64Array): BigUint64Array {
  const sum = first.slice()
  addRing(sum, second)
  return sum
}

/** Uniform ring elements. */
export function randomRing(length: number, random: RandomBytes = randomBytes): BigUint64Array {
  return ringFromBytes(random(8 * length))
}

/** Party 0's side of making triples. */
export interface TripleAsker {
  /** [a₀] and [b₀], to be sent to party 1. */
  readonly question: { readonly a: CipherBatch; readonly b: CipherBatch }
  /** From party 1's answer: this party's shares. */
  finish(answer: CipherBatch): Promise<TripleShares>
}

/** Starts `count` triples at party 0, which has the key. */
export async function askTriples(
  scheme: AdditiveSecret,
  { count, random = randomBytes }: { count: number; random?: RandomBytes },
): Promise<TripleAsker> {
  const [a, b] = [randomRing(count, random), randomRing(count, random)]
  const question = {
    a: await scheme.encrypt([...a], ELEMENT),
    b: await scheme.encrypt([...b], ELEMENT),
  }
  let finished = false
  return {
    question,
    async finish(answer) {
      if (finished) throw new RangeError('finish: the answer to these triples was taken before')
      if (answer.length !== count) {
        throw new RangeError(`finish: expected ${count} answers, got ${answer.length}`)
      }
      finished = true
      const cross = await scheme.decrypt(answer)
      // The array takes its entries mod 2^64.
      const c = BigUint64Array.from(cross, (value, at) => BigInt.asUintN(64, value + a[at] * b[at]))
      return { a, b, c }
    },
  }
}

/** Party 1's side: the answer, freshly randomised, and its shares. */
export async function answerTriples(
  scheme: AdditiveScheme,
  question: { a: CipherBatch; b: CipherBatch },
  random: RandomBytes = randomBytes,
): Promise<{ answer: CipherBatch; shares: TripleShares }> {
  const count = question.a.length
  if (question.b.length !== count) {
    throw new RangeError(`answerTriples: ${count} and ${question.b.length} ciphertexts`)
  }
  const [a, b] = [randomRing(count, random), randomRing(count, random)]
  const masks = Array.from({ length: count }, () => randomBits(MASK_BITS, random))
  const products: CipherBatch[] = []
  for (let at = 0; at < count; at++) {
    const one = (batch: CipherBatch): CipherBatch => ({
      ...batch,
      length: 1,
      data: batch.data.slice(at * scheme.width, (at + 1) * scheme.width),
    })
    const left = await scheme.scale(one(question.a), b[at])
    const right = await scheme.scale(one(question.b), a[at])
    products.push(await scheme.add(left, right))
  }
  const data = new Uint8Array(count * scheme.width)
  products.forEach((product, at) => data.set(product.data, at * scheme.width))
  // Each product is below its own bound, and all of them below the largest that any could have.
  const joined = { fingerprint: scheme.fingerprint, length: count, bound: CROSS, data }
  const hidden = await scheme.encrypt(masks, MASK)
  const answer = await scheme.rerandomise(await scheme.add(joined, hidden))
  const c = BigUint64Array.from(masks, (mask, at) => BigInt.asUintN(64, a[at] * b[at] - mask))
  return { answer, shares: { a, b, c } }
}

/**
 * What a party opens to the other to multiply its shares of x and y: uniform differences. Throws RangeError for triples that
 * were used before: a second use would show the difference of two secrets.
 */
export function maskFactors(
  x: BigUint64Array,
  y: BigUint64Array,
  { a, b }: TripleShares,
): { x: BigUint64Array; y: BigUint64Array } {
  if (x.length !== a.length || y.length !== a.length) {
    throw new RangeError(`maskFactors: lengths ${x.length} and ${a.length} differ`)
  }
  if (used.has(a)) throw new RangeError('maskFactors: these triples were used before')
  used.add(a)
  const masked = { x: x.slice(), y: y.slice() }
  addRing(masked.x, a, -1)
  addRing(masked.y, b, -1)
  return masked
}

/** A party's share of the products, from its triples and both opened differences. */
export function multiplyShares(
  party: 0 | 1,
  { a, b, c }: TripleShares,
  opened: { x: BigUint64Array; y: BigUint64Array },
): BigUint64Array {
  const { x, y } = opened
  if (x.length !== a.length || y.length !== a.length) {
    throw new RangeError(`multiplyShares: ${a.length} triples for ${x.length} products`)
  }
  return c.map((share, at) =>
    BigInt.asUintN(64, share + x[at] * b[at] + y[at] * a[at] + (party === 0 ? x[at] * y[at] : 0n)),
  )
}

/** Triples whose masks have been shown. */
const used = new WeakSet<BigUint64Array>()
/** Bounds: of a ring element, of two products of such, and of the mask that hides those. */
const ELEMENT = (1n << 64n) - 1n
const CROSS = 2n * ELEMENT * ELEMENT
const MASK_BITS = 169
const MASK = (1n << BigInt(MASK_BITS)) - 1n
