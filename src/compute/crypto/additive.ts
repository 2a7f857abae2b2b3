/**
 * Additive encryption behind one interface: Paillier and Okamoto–Uchiyama. Whoever has the public key can add what is
 * encrypted and multiply it by plain numbers; only the secret key opens it.
 *
 * Messages are integers, negative ones too. Every batch of ciphertexts carries a `bound` on the magnitude of its
 * messages, and every operation works out the bound of its result from the bounds of its inputs alone, never from data:
 * an operation whose result could run over is refused before it is done, so no wrong number ever comes out. A batch
 * names its key: one of another key is refused.
 *
 * Which scheme: Okamoto–Uchiyama has half as long ciphertexts and is 3 to 5 times as fast; its messages are short, below
 * 2^553 at 2048 bits, and what decrypts to more is refused, as showing it could give the key away
 * (`okamoto-uchiyama-key.ts`). Paillier has messages of nearly 2048 bits and the longer history.
 *
 * **Hazard.** Sums, products and compressed ciphertexts carry randomness that the maker of the inputs knows:
 * `rerandomise` what goes back to him (`compress` does it itself).
 * @module
 */
import type { KernelArguments, KernelName } from '../kernels.ts'
import { batchFromBytes, batchToBytes } from './additive-bytes.ts'
import {
  block,
  checkBatch,
  checkCompressed,
  checkGroups,
  checkLists,
  checkMatrix,
  checkRows,
  cut,
  fingerprintOf,
  groupBound,
  MOST_ROWS,
  ranges,
  shares,
  slot,
  within,
} from './additive-check.ts'
import { type PublicCore, publicCore } from './additive-core.ts'
import type {
  AdditiveScheme,
  AdditiveSecret,
  CipherBatch,
  SchemeOptions,
} from './additive-scheme.ts'
import { concatBytes } from './bytes.ts'
import { bitLength } from './modular.ts'
import {
  type OuPublicKey,
  ouPublicKeyToBytes,
  type OuSecretKey,
  ouSecretKeyToBytes,
} from './okamoto-uchiyama-key.ts'
import {
  type PublicKey,
  publicKeyToBytes,
  type SecretKey,
  secretKeyToBytes,
} from './paillier-key.ts'

export type {
  AdditiveScheme,
  AdditiveSecret,
  CipherBatch,
  CompressedBatch,
  IndexLists,
  SchemeOptions,
} from './additive-scheme.ts'
export { slot } from './additive-check.ts'

/** The public half of a key at work. */
export function openPublic(key: PublicKey | OuPublicKey, options: SchemeOptions): AdditiveScheme {
  const bytes = key.scheme === 'paillier' ? publicKeyToBytes(key) : ouPublicKeyToBytes(key)
  return createScheme({ name: key.scheme, bits: key.bits, bytes, secret: null }, options)
}

/** A whole key at work. */
export function openSecret(key: SecretKey | OuSecretKey, options: SchemeOptions): AdditiveSecret {
  const { publicKey } = key
  const ou = 'order' in key
  const identity = {
    name: publicKey.scheme,
    bits: publicKey.bits,
    bytes:
      publicKey.scheme === 'paillier' ? publicKeyToBytes(publicKey) : ouPublicKeyToBytes(publicKey),
    secret: ou ? ouSecretKeyToBytes(key) : secretKeyToBytes(key),
  }
  const scheme = createScheme(identity, options)
  const { secret } = identity
  async function decrypt(batch: CipherBatch): Promise<bigint[]> {
    checkBatch(scheme, batch, 'decrypt')
    const calls = ranges(batch.length, options.parallel.cores).map(([from, to]) => ({
      secret,
      rows: batch.data.slice(from * scheme.width, to * scheme.width),
    }))
    const parts = await options.parallel.map('additive.decrypt', calls, { signal: options.signal })
    const messages = parts.flat()
    const wrong = messages.findIndex((message) => !within(message, batch.bound))
    if (wrong >= 0) {
      throw new RangeError(
        `decrypt: message ${wrong} is beyond the bound of its batch, ${bitLength(batch.bound)} bits`,
      )
    }
    return messages
  }
  return {
    ...scheme,
    decrypt,
    async decompress(compressed) {
      const { batch, length, bound, group, shift } = compressed
      checkCompressed(compressed)
      const sums = await decrypt(batch)
      return Array.from({ length }, (_, i) => i)
        .map((i) => slot(sums[Math.floor(i / group)], { at: (i % group) * shift, bits: shift }))
        .map((message, i) => {
          if (within(message, bound)) return message
          throw new RangeError(`decompress: message ${i} is beyond its ${bitLength(bound)} bits`)
        })
    },
  }
}

interface Identity {
  readonly name: AdditiveScheme['name']
  readonly bits: number
  readonly bytes: Uint8Array
  readonly secret: Uint8Array | null
}

function createScheme(identity: Identity, { parallel, signal }: SchemeOptions): AdditiveScheme {
  const { bytes: key, secret } = identity
  const core: PublicCore = publicCore(key)
  const { limit, ring } = core
  const { width } = ring
  const fingerprint = fingerprintOf(key)

  function batchOf(data: Uint8Array, bound: bigint): CipherBatch {
    return { fingerprint, length: data.length / width, bound, data }
  }
  /** Throws unless a result of magnitude `bound` fits. */
  function fits(bound: bigint, verb: string): bigint {
    if (bound < 0n || bound >= limit) {
      throw new RangeError(
        `${verb}: a bound of ${bitLength(bound < 0n ? -bound : bound)} bits runs over the limit of ${bitLength(limit) - 1} bits`,
      )
    }
    return bound
  }
  async function each<K extends KernelName>(
    kernel: K,
    batch: CipherBatch,
    call: (rows: Uint8Array, range: [number, number]) => KernelArguments<K>,
  ): Promise<Uint8Array> {
    const calls = ranges(batch.length, parallel.cores).map((range) =>
      call(batch.data.subarray(range[0] * width, range[1] * width), range),
    )
    return concatBytes((await parallel.map(kernel, calls, { signal })) as Uint8Array[])
  }
  async function combine(a: CipherBatch, b: CipherBatch, minus: boolean): Promise<CipherBatch> {
    const verb = minus ? 'subtract' : 'add'
    checkBatch(scheme, a, verb)
    checkBatch(scheme, b, verb)
    if (a.length !== b.length) {
      throw new RangeError(`${verb}: the lengths differ: ${a.length} and ${b.length}`)
    }
    const bound = fits(a.bound + b.bound, verb)
    const data = await each('additive.add', a, (rows, [from, to]) => ({
      key,
      a: rows,
      b: b.data.subarray(from * width, to * width),
      minus,
    }))
    return batchOf(data, bound)
  }
  async function scale(batch: CipherBatch, scalar: bigint, verb: string): Promise<CipherBatch> {
    checkBatch(scheme, batch, verb)
    const bound = fits(batch.bound * (scalar < 0n ? -scalar : scalar), verb)
    return batchOf(await each('additive.scale', batch, (rows) => ({ key, rows, scalar })), bound)
  }

  const scheme: AdditiveScheme = {
    name: identity.name,
    bits: identity.bits,
    fingerprint,
    limit,
    width,
    async encrypt(messages, bound) {
      fits(bound, 'encrypt')
      const wrong = messages.findIndex((message) => !within(message, bound))
      if (wrong >= 0) {
        throw new RangeError(
          `encrypt: message ${wrong} is beyond the bound of ${bitLength(bound)} bits`,
        )
      }
      const calls = ranges(messages.length, parallel.cores).map(([from, to]) => ({
        key,
        secret,
        messages: messages.slice(from, to),
      }))
      return batchOf(concatBytes(await parallel.map('additive.encrypt', calls, { signal })), bound)
    },
    async rerandomise(batch) {
      checkBatch(scheme, batch, 'rerandomise')
      const data = await each('additive.rerandomise', batch, (rows) => ({ key, rows }))
      return batchOf(data, batch.bound)
    },
    add: (a, b) => combine(a, b, false),
    subtract: (a, b) => combine(a, b, true),
    negate: (batch) => scale(batch, -1n, 'negate'),
    scale: (batch, scalar) => scale(batch, scalar, 'scale'),
    async sumByIndex(batch, { order, start }, { terms = batch.length } = {}) {
      checkBatch(scheme, batch, 'sumByIndex')
      checkLists({ order, start }, { length: batch.length, terms })
      const bound = fits(batch.bound * BigInt(terms), 'sumByIndex')
      const calls = shares(start, parallel.cores).map(([from, to]) => {
        const [first, last] = [start[from], start[to]]
        return {
          key,
          rows: batch.data,
          order: order.slice(first, last),
          start: start.slice(from, to + 1).map((at) => at - first),
        }
      })
      return batchOf(concatBytes(await parallel.map('additive.sum', calls, { signal })), bound)
    },
    async transposeMultiply(batch, x, entryBound) {
      checkBatch(scheme, batch, 'transposeMultiply')
      checkMatrix(x, { rows: batch.length, entryBound })
      const bound = fits(
        batch.bound * BigInt(entryBound) * BigInt(Math.max(1, x.rows)),
        'transposeMultiply',
      )
      const bands = cut(x.rows, MOST_ROWS)
      const blocks = cut(x.cols, Math.max(1, Math.ceil(x.cols / parallel.cores)))
      const calls = bands.flatMap(([top, bottom]) =>
        blocks.map(([left, right]) => ({
          key,
          rows: batch.data.slice(top * width, bottom * width),
          scalars: block(x, { top, bottom, left, right }),
          columns: right - left,
        })),
      )
      const parts = await parallel.map('additive.weigh', calls, { signal })
      const sums = bands.map((_, i) =>
        concatBytes(parts.slice(i * blocks.length, (i + 1) * blocks.length)),
      )
      return batchOf(
        sums.reduce((a, b) => ring.multiply(a, b)),
        bound,
      )
    },
    async weighGroups(batch, scalars, { group, entryBound }) {
      checkBatch(scheme, batch, 'weighGroups')
      checkGroups(scalars, { length: batch.length, group, entryBound })
      const bound = fits(batch.bound * BigInt(entryBound) * BigInt(group), 'weighGroups')
      const calls = ranges(batch.length / group, parallel.cores).map(([from, to]) => ({
        key,
        rows: batch.data.slice(from * group * width, to * group * width),
        scalars: scalars.slice(from * group, to * group),
        group,
      }))
      return batchOf(
        concatBytes(await parallel.map('additive.weighGroups', calls, { signal })),
        bound,
      )
    },
    async compress(batch) {
      checkBatch(scheme, batch, 'compress')
      const shift = bitLength(batch.bound) + 1
      const total = (count: number) => groupBound(batch.bound, count, shift)
      let group = 1
      while (total(group + 1) < limit) group++
      group = Math.min(group, Math.max(1, batch.length))
      const groups = Math.ceil(batch.length / group)
      const calls = cut(groups, Math.max(8, Math.ceil(groups / (4 * parallel.cores)))).map(
        ([from, to]) => ({
          key,
          rows: batch.data.slice(from * group * width, Math.min(to * group, batch.length) * width),
          group,
          shift,
        }),
      )
      const data = concatBytes(await parallel.map('additive.compress', calls, { signal }))
      const { length, bound } = batch
      return { batch: batchOf(data, total(group)), length, bound, group, shift }
    },
    toBytes(batch) {
      checkBatch(scheme, batch, 'toBytes')
      return batchToBytes(batch)
    },
    fromBytes(bytes, most = limit - 1n) {
      const batch = batchFromBytes(bytes, { fingerprint, width })
      if (fits(batch.bound, 'fromBytes') > most) {
        throw new RangeError(
          `fromBytes: the bound has ${bitLength(batch.bound)} bits, more than the ${bitLength(most)} that are expected`,
        )
      }
      checkRows(batch.data, core)
      return batch
    },
  }
  return scheme
}
