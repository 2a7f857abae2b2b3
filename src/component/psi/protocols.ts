/**
 * Every method of `Intersection`, one line each.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { dh } from './dh.ts'
import { ecdh } from './ecdh.ts'
import { kkrt } from './kkrt.ts'
import type { Protocol } from './protocol.ts'
import { raw } from './raw.ts'
import { rsa } from './rsa.ts'
import { unbalanced } from './unbalanced.ts'

const LIST = [rsa, ecdh, kkrt, unbalanced, dh, raw] as const

/** What `intersect_method` may say. */
export const METHODS = LIST.map(({ name }) => name)
/** A few words on each of them. */
export const SUMMARY = LIST.map(({ name, summary }) => `${name}: ${summary}`).join('; ')
/** The messages of all of them. */
export const METHOD_MESSAGES: Readonly<Record<string, Disclosure>> = Object.assign(
  {},
  ...LIST.map(({ messages }) => messages),
)

/** The method of that name. */
export function protocolOf(name: (typeof METHODS)[number]): Protocol {
  const found = LIST.find((protocol) => protocol.name === name)
  if (!found) throw new RangeError(`There is no method ${name} of set intersection`)
  return found
}
