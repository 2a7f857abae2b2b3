/**
 * A batched oblivious pseudorandom function from oblivious transfer extension: the receiver gets the value of one input
 * in each bin, the sender can compute the value of any input in any bin and learns none of the receiver's inputs.
 *
 * Source: Kolesnikov, Kumaresan, Rosulek, Trieu, "Efficient batched oblivious PRF with applications to private set
 * intersection", CCS 2016, against parties that follow the protocol. Parameters: computational security 128, code words
 * of 512 bits. Two random words of 512 bits differ in fewer than 128 places with a probability below 2^−97, so that even
 * 2^50 comparisons stay below 2^−40; the paper's narrower codes spare traffic and some of that margin.
 *
 * - The code is ChaCha20 (RFC 8439) under a key drawn for the run: an input of 128 bits is counter and nonce, the block
 *   the code word.
 * - Columns are key streams of ChaCha20 under the seeds of the base transfers (`base-ot.ts`).
 * - The value is SHA-256 of the row and the number of its bin, cut to `maskBytes`.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js'

import {
  type AnswerBlock,
  type AskBlock,
  BLOCK_BINS,
  COLUMNS,
  INPUT,
  kkrtKernel,
  kkrtOrNone,
} from '../kernel/kkrt.ts'
import { type PackedTexts, packTexts } from './texts.ts'

export { BLOCK_BINS, COLUMNS, INPUT }
export const CHOICE_BYTES = COLUMNS / 8

/** Texts and the salt of their digests. */
export interface DigestCall {
  readonly ids: readonly string[]
  /** 16 bytes. */
  readonly salt: Uint8Array
}

/** SHA-256 of salt and text: rows of 32 bytes; slower where there is no WebAssembly. */
export function digestTexts({ ids, salt }: DigestCall): Uint8Array {
  const size = 1 << 16
  const digests = new Uint8Array(32 * ids.length)
  for (let at = 0; at < ids.length; at += size) {
    digests.set(digestPacked(packTexts(ids.slice(at, at + size)), salt), 32 * at)
  }
  return digests
}

/** `digestTexts` of texts or other runs of bytes that are packed. */
export function digestPacked(texts: PackedTexts, salt: Uint8Array): Uint8Array {
  const kernel = kkrtOrNone()
  return kernel ? kernel.digest(texts, salt) : plainDigests(texts, salt)
}

/** `digestPacked` without WebAssembly. */
export function plainDigests({ bytes, ends }: PackedTexts, salt: Uint8Array): Uint8Array {
  const digests = new Uint8Array(32 * ends.length)
  const start = sha256.create().update(salt)
  for (const [i, end] of ends.entries()) {
    const text = bytes.subarray(ends[i - 1] ?? 0, end)
    digests.set(start.clone().update(text).digest(), 32 * i)
  }
  return digests
}

/** The receiver's side of a block of bins: what it sends, rows of 64 bytes, and the values of its inputs. */
export function askBlock(call: AskBlock): {
  readonly request: Uint8Array
  readonly masks: Uint8Array
} {
  return kkrtKernel().ask(call)
}

/** The sender's side of a block of bins: the values of its inputs. */
export function answerBlock(call: AnswerBlock): Uint8Array {
  return kkrtKernel().answer(call)
}

/**
 * Bytes of a value so that no two different ones of `asked` and `3 · listed` are equal but with a probability of 2^−40.
 * Throws a RangeError for sets that are too large for 16 bytes.
 */
export function maskBytes(asked: number, listed: number): number {
  const bits = 40 + Math.log2(Math.max(1, asked)) + Math.log2(Math.max(1, 3 * listed))
  const bytes = Math.ceil(bits / 8)
  if (bytes > 16) throw new RangeError(`maskBytes: ${asked} and ${listed} ids are too many`)
  return bytes
}
