/**
 * How a listener shows a client that it is the one that its runner has told of.
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto'

/** Paths below it ask for a proof; see `ListenAddress`. */
export const PROOF = '/.well-known/weft-flow/'

/** A key that only the runner and its server hear of. */
export function newProof(): { readonly id: string; readonly key: string } {
  return { id: randomBytes(8).toString('hex'), key: randomBytes(32).toString('hex') }
}

/** The answer to a path below `PROOF` by the key of its id; undefined where there is none. */
export function answerProof(keys: ReadonlyMap<string, string>, uri: string): string | undefined {
  const [id, nonce = ''] = uri.slice(PROOF.length).split('/')
  const key = keys.get(id)
  if (key === undefined || !/^[0-9a-f]{32}$/.test(nonce)) return undefined
  return createHmac('sha256', Buffer.from(key, 'hex')).update(nonce).digest('hex')
}
