/**
 * The nouns of additive encryption (`additive.ts`): keys at work, batches of ciphertexts, lists of them.
 * @module
 */
import type { Parallel } from '../parallel.ts'

/** Ciphertexts under one key. Made by `AdditiveScheme` only. */
export interface CipherBatch {
  /** Of the public key: 32 hexadecimal digits. */
  readonly fingerprint: string
  readonly length: number
  /** No message is larger in magnitude. */
  readonly bound: bigint
  /** Rows of `AdditiveScheme.width` big-endian bytes. */
  readonly data: Uint8Array
}

/** A public key at work. All methods throw RangeError that names the method and the bound. */
export interface AdditiveScheme {
  readonly name: 'paillier' | 'okamoto-uchiyama'
  readonly bits: number
  readonly fingerprint: string
  /** Bounds of batches are below this: n/3, or 2^(bits(p) − 2). */
  readonly limit: bigint
  /** Bytes of a ciphertext. */
  readonly width: number
  /** Encrypts messages of at most `bound` in magnitude. */
  encrypt(messages: readonly bigint[], bound: bigint): Promise<CipherBatch>
  /** Other ciphertexts of the same messages. */
  rerandomise(batch: CipherBatch): Promise<CipherBatch>
  /** `a[i] + b[i]`. */
  add(a: CipherBatch, b: CipherBatch): Promise<CipherBatch>
  /** `a[i] − b[i]`. */
  subtract(a: CipherBatch, b: CipherBatch): Promise<CipherBatch>
  /** `−batch[i]`. */
  negate(batch: CipherBatch): Promise<CipherBatch>
  /** `scalar · batch[i]`. */
  scale(batch: CipherBatch, scalar: bigint): Promise<CipherBatch>
  /**
   * `Σ batch[order[k]]` for k in `start[i] … start[i + 1] − 1`, for every i. No list is longer than `terms`, by default
   * the length of the batch, from which the bound follows.
   */
  sumByIndex(
    batch: CipherBatch,
    lists: IndexLists,
    options?: { terms?: number },
  ): Promise<CipherBatch>
  /**
   * `Xᵀ·batch`: one sum for each column of `x` (row-major, a row for each ciphertext), whose entries are integers of at
   * most `entryBound` in magnitude, below 2^53.
   */
  transposeMultiply(
    batch: CipherBatch,
    x: { rows: number; cols: number; data: Float64Array },
    entryBound: number,
  ): Promise<CipherBatch>
  /**
   * For every `group` ciphertexts that stand together one of `Σ scalars[i] · batch[i]`; a scalar for each, integers of at
   * most `entryBound` in magnitude, below 2^53.
   */
  weighGroups(
    batch: CipherBatch,
    scalars: Float64Array,
    options: { group: number; entryBound: number },
  ): Promise<CipherBatch>
  /** Fewer ciphertexts with the same messages side by side (`CompressedBatch`). */
  compress(batch: CipherBatch): Promise<CompressedBatch>
  /** Version 1, kind 6, the fingerprint (16 bytes), the length (4), the bytes of the bound (2), the bound, the rows. */
  toBytes(batch: CipherBatch): Uint8Array
  /**
   * The batch in `bytes`. Checks the key, that the bound is at most `bound` (below `limit` unless given), and that every
   * ciphertext is in range and has no common factor with the modulus.
   */
  fromBytes(bytes: Uint8Array, bound?: bigint): CipherBatch
}

/** A secret key at work: encrypts in about half the time, and decrypts. */
export interface AdditiveSecret extends AdditiveScheme {
  /** The messages. Throws RangeError when one is beyond the bound of its batch. */
  decrypt(batch: CipherBatch): Promise<bigint[]>
  /** The messages of the batch that was compressed. */
  decompress(batch: CompressedBatch): Promise<bigint[]>
}

/** Lists of ciphertexts: list i is `order[start[i]] … order[start[i + 1] − 1]`. */
export interface IndexLists {
  readonly order: Uint32Array
  readonly start: Uint32Array
}

/** `length` messages, of at most `bound`, in groups of `group`: each ciphertext holds `Σ message[i] · 2^(shift·i)`. */
export interface CompressedBatch {
  readonly batch: CipherBatch
  readonly length: number
  readonly bound: bigint
  readonly group: number
  readonly shift: number
}

/** Where bulk work runs, and what stops it. */
export interface SchemeOptions {
  readonly parallel: Parallel
  readonly signal?: AbortSignal
}
