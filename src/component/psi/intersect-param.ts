/**
 * The parameters of `Intersection`, in the names that callers use, and what the parties must agree on.
 * @module
 */
import { z } from 'zod'

import { ID_DIGESTS } from '../../compute/crypto/id-digest.ts'
import { renamed } from '../param.ts'
import { METHODS, protocolOf, SUMMARY } from './protocols.ts'

const Shape = z.looseObject({
  intersect_method: z.enum(METHODS).default('rsa').describe(SUMMARY),
  random_bit: z
    .int()
    .positive()
    .default(128)
    .describe('Accepted and not used: blinding factors are always as long as the key'),
  rsa_params: z
    .object({
      key_length: z
        .int()
        .min(1024)
        .max(8192)
        .multipleOf(8)
        .default(2048)
        .describe('Bits of the RSA key; below 2048 only for tests'),
    })
    .prefault({}),
  is_send_intersect_ids: z
    .boolean()
    .default(true)
    .describe('Whether the side that finds the common ids tells the other side'),
  is_get_intersect_ids: z
    .boolean()
    .default(true)
    .describe('Whether the other side keeps what it is told'),
  join_role: z
    .enum(['guest', 'host'])
    .default('guest')
    .describe('raw only: the side that sees the other’s ids and finds the common ones'),
  with_encode: z.boolean().default(false).describe('raw only: send hashes in place of ids'),
  encode_params: z
    .object({
      salt: z.string().default('').describe('Appended to every id before hashing'),
      encode_method: z.enum(ID_DIGESTS).default('none'),
      base64: z.boolean().default(false).describe('Base64 in place of hexadecimal digits'),
    })
    .prefault({}),
  cardinality_only: z
    .boolean()
    .default(false)
    .describe(
      'ecdh only: find how many ids are common, and not which; no output table; any number of hosts',
    ),
  sync_cardinality: z
    .boolean()
    .default(false)
    .describe('cardinality_only: whether the guest tells the host how many ids are common'),
  only_output_key: z.boolean().default(false).describe('Output the ids without their columns'),
  join_method: z
    .literal('inner_join', {
      error:
        'join_method must be inner_join: rows that one party lacks have nothing to be joined to',
    })
    .default('inner_join'),
})

/** Parameters with their defaults. */
export const IntersectParam = z.preprocess(laterNames, Shape)

export type IntersectParam = z.output<typeof IntersectParam>

/** What both ends must have alike, or they would wait for each other's messages for ever. The salt stays at home. */
export type Terms = Readonly<Record<string, string | number | boolean>>

/** The terms that a party's parameters set. */
export function termsOf(params: IntersectParam): Terms {
  const { intersect_method } = params
  return { intersect_method, ...protocolOf(intersect_method).terms?.(params) }
}

/** Names the first term in which two parties differ, or nothing. */
export function difference(mine: Terms, theirs: Terms): string | undefined {
  const name = Object.keys({ ...mine, ...theirs }).find((key) => mine[key] !== theirs[key])
  return name && `${name} is ${mine[name] ?? 'not set'} here and ${theirs[name] ?? 'not set'} there`
}

/**
 * Values under the names of later releases moved to those of the schema: `sync_intersect_ids`, the method of
 * `cardinality_only`, and what `raw_params` holds.
 */
function laterNames(value: unknown): unknown {
  const named = renamed({ sync_intersect_ids: 'is_send_intersect_ids' })(value)
  if (typeof named !== 'object' || named === null) return named
  const { raw_params, cardinality_method, ...outer } = named as Record<string, unknown>
  const method = outer['cardinality_only'] === true ? cardinality_method : undefined
  const chosen = method === undefined ? {} : { intersect_method: method }
  return { ...fromRaw(raw_params), ...outer, ...chosen }
}

function fromRaw(raw: unknown): Record<string, unknown> {
  if (typeof raw !== 'object' || raw === null) return {}
  const { use_hash, join_role, salt, hash_method, base64, ...rest } = raw as Record<string, unknown>
  const given = { with_encode: use_hash, join_role }
  const encode = { salt, encode_method: hash_method, base64 }
  const defined = (of: object): [string, unknown][] =>
    Object.entries(of).filter(([, each]) => each !== undefined)
  return {
    ...Object.fromEntries(defined(given)),
    ...(defined(encode).length > 0 && { encode_params: Object.fromEntries(defined(encode)) }),
    ...Object.fromEntries(Object.entries(rest).map(([key, each]) => [`raw_params.${key}`, each])),
  }
}
