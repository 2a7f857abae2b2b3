/**
 * Parameters of SecureInformationRetrieval, and what both sides must have alike.
 * @module
 */
import { z } from 'zod'

import { word } from '../param.ts'

/** The longest modulus whose strength, 128 bits, the curve has. */
const MOST_BITS = 3072
const TOO_LONG = `at most ${MOST_BITS}: Curve25519 is as strong as that, not stronger`

/** Parameters with their defaults. */
export const RetrievalParam = z.looseObject({
  security_level: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Among how many rows the wanted one hides, 2 · 500^level; 0 hides nothing'),
  oblivious_transfer_protocol: word(['ot_hauck']).default('ot_hauck'),
  commutative_encryption: word(['commutativeencryptionpohlighellman'])
    .default('commutativeencryptionpohlighellman')
    .describe('Exponents that commute, as Pohlig and Hellman have them, on Curve25519'),
  non_committing_encryption: word(['aes']).default('aes'),
  key_size: z
    .int()
    .min(1024)
    .max(MOST_BITS, TOO_LONG)
    .default(2048)
    .describe('Accepted and without effect: Curve25519 is used, which is stronger than 2048 bits'),
  dh_params: z
    .object({
      salt: z.string().default(''),
      hash_method: z.string().default('sha256'),
      key_length: z.int().min(1024).max(MOST_BITS, TOO_LONG).default(2048),
    })
    .prefault({})
    .describe('Accepted and without effect, as key_size'),
  raw_retrieval: z
    .boolean()
    .default(false)
    .describe('Ask for ids in plain; the host sees which rows the guest wants'),
  target_cols: z
    .preprocess(
      (value) => (typeof value === 'string' ? [value] : (value ?? [])),
      z.string().min(1).array().max(1000),
    )
    .default([])
    .describe('Columns of the host that are retrieved; none for its label'),
  need_run: z.boolean().default(true),
})

export type RetrievalParam = z.output<typeof RetrievalParam>

/** What both sides must have alike: a host gives away what its own parameters say. */
export interface Terms {
  readonly blocks: number
  readonly columns: readonly string[]
}

/** The terms that a party's parameters set. */
export function termsOf(params: RetrievalParam): Terms {
  return {
    blocks: isRaw(params) ? 0 : blocksOf(params.security_level),
    columns: params.target_cols,
  }
}

/** Names the first term in which two parties differ, or nothing. */
export function difference(mine: Terms, theirs: Terms): string | undefined {
  if (mine.blocks !== theirs.blocks) {
    return `its values hide among ${theirs.blocks} rows, here it is ${mine.blocks}; security_level and raw_retrieval must be the same`
  }
  const [ours, asked] = [mine.columns, theirs.columns].map((names) => JSON.stringify(names))
  return ours === asked ? undefined : `target_cols is ${ours} here and ${asked} there`
}

/** Whether nothing is hidden. */
export function isRaw(params: RetrievalParam): boolean {
  return params.raw_retrieval || params.security_level === 0
}

/** Candidates for each value, from 2 to 1000. */
export function blocksOf(level: number): number {
  // 500^level in FATE's own steps, so that rounding up gives the same number.
  return Math.ceil(2 * Math.exp(Math.log(500) * level))
}

/** How parties call the retrieved label. */
export const LABEL_NAME = 'retrieved_value'
