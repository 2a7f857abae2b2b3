/**
 * The message that names common identifiers by their places in a list that sender and receiver both know.
 * @module
 */
import type { Address } from '../../federation/channel.ts'
import { json, parts, uint32s } from '../../federation/codec.ts'

const POSITIONS = parts<{ shared: unknown; positions: Uint32Array }>({
  shared: json,
  positions: uint32s,
})

/**
 * The places, or only the word that they are kept back. They go in ascending order: the order of the sender's own
 * rows stays unknown.
 */
export function encodePositions(shared: boolean, positions: Int32Array): Uint8Array {
  return POSITIONS.encode({ shared, positions: Uint32Array.from(positions).sort() })
}

/** Reads distinct places in a list of length `below`; throws a RangeError for any other. */
export function readPositions(
  bytes: Uint8Array,
  { peer, below }: { readonly peer: Address; readonly below: number },
): { readonly shared: boolean; readonly positions: Int32Array } {
  const { shared, positions } = POSITIONS.decode(bytes)
  if (positions.some((position) => position >= below)) {
    throw new RangeError(`${peer} names a place that the list does not have`)
  }
  return { shared: shared === true, positions: Int32Array.from(new Set(positions)) }
}
