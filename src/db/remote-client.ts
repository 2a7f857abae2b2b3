/**
 * The reference client of libSQL over HTTP, for databases that are not Weft's own.
 * @module
 */
import { type Client, createClient, type InValue } from '@libsql/client/web'

/** A value of a row, or one that stands for a parameter. */
export type ClientValue = InValue

/** Opens a client; it asks nothing before its first statement. Integers come as bigint, of whatever size. */
export function openClient(options: {
  readonly url: string
  readonly authToken?: string
  readonly fetch?: typeof fetch
}): Client {
  return createClient({ ...options, intMode: 'bigint' })
}
