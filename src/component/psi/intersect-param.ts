/**
 * The parameters of `Intersection`, in the names that callers use, and what the parties must agree on.
 * @module
 */
import { z } from 'zod'

import { ID_DIGESTS, type IdDigest } from '../../compute/crypto/id-digest.ts'

/** Parameters with their defaults. */
export const IntersectParam = z.object({
  intersect_method: z
    .enum(['rsa', 'ecdh', 'raw'])
    .default('rsa')
    .describe('rsa: blind signatures; ecdh: Curve25519, faster; raw: one side shows its ids'),
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
  only_output_key: z.boolean().default(false).describe('Output the ids without their columns'),
})

export type IntersectParam = z.output<typeof IntersectParam>

/** How `raw` writes the ids that it sends. */
export function digestOf({ with_encode, encode_params }: IntersectParam): IdDigest {
  if (!with_encode) return { method: 'none', salt: '', base64: false }
  const { encode_method: method, salt, base64 } = encode_params
  return { method, salt, base64 }
}

/** Whether the hosts find the common ids and not the guest. */
export function hostJoins(params: IntersectParam): boolean {
  return params.intersect_method === 'raw' && params.join_role === 'host'
}

/** What the user should know of a method that does not hide enough, or nothing. */
export function weaknessOf(params: IntersectParam): string | undefined {
  const { intersect_method: method, rsa_params } = params
  if (method === 'rsa' && rsa_params.key_length < 2048) {
    return `RSA keys of ${rsa_params.key_length} bits are too short for real data: use 2048`
  }
  if (method !== 'raw') return undefined
  const [sender, joiner] = hostJoins(params) ? ['guest', 'hosts'] : ['hosts', 'guest']
  const { method: digest } = digestOf(params)
  const form = digest === 'none' ? 'readable' : `as ${digest}, which can be reversed by trying`
  return `intersect_method raw shows all ids of the ${sender} to the ${joiner}, ${form}`
}

/** What both ends must have alike, or they would wait for each other's messages for ever. The salt stays at home. */
export type Terms = Readonly<Record<string, string | number | boolean>>

/** The terms that a party's parameters set. */
export function termsOf(params: IntersectParam): Terms {
  const { intersect_method } = params
  if (intersect_method === 'rsa') {
    return { intersect_method, key_length: params.rsa_params.key_length }
  }
  if (intersect_method === 'ecdh') return { intersect_method }
  const { method, base64 } = digestOf(params)
  return { intersect_method, join_role: params.join_role, encode_method: method, base64 }
}

/** Names the first term in which two parties differ, or nothing. */
export function difference(mine: Terms, theirs: Terms): string | undefined {
  const name = Object.keys({ ...mine, ...theirs }).find((key) => mine[key] !== theirs[key])
  return name && `${name} is ${mine[name] ?? 'not set'} here and ${theirs[name] ?? 'not set'} there`
}
