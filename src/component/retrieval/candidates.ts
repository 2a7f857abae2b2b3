/**
 * The rows among which a wanted one hides.
 * @module
 */
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import { randomBelow, type RandomBytes } from '../../compute/crypto/random.ts'

/** Places in ascending order, and which of them is wanted. */
export interface Candidates {
  readonly places: Uint32Array
  readonly choice: number
}

/**
 * `target` among `count` different places of a list of `length`, `2 ≤ count ≤ length`. The others are drawn uniformly, so
 * every set is as likely for one of its members as for another, whichever was wanted.
 */
export function drawCandidates(
  target: number,
  options: { readonly count: number; readonly length: number; readonly random: RandomBytes },
): Candidates {
  const { count, length, random } = options
  const places = new Set([target])
  if (2 * count > length) {
    for (const place of randomPermutation(length, random)) {
      if (places.size === count) break
      places.add(place)
    }
  } else {
    const bound = BigInt(length)
    while (places.size < count) places.add(Number(randomBelow(bound, random)))
  }
  const sorted = Uint32Array.from(places).sort()
  return { places: sorted, choice: sorted.indexOf(target) }
}

/** Throws a RangeError unless every `count` of `places` ascend and are below `length`. */
export function checkCandidates(
  places: Uint32Array,
  { count, length }: { readonly count: number; readonly length: number },
): void {
  for (let i = 0; i < places.length; i++) {
    const ascends = i % count === 0 || places[i] > places[i - 1]
    if (!ascends || places[i] >= length) {
      throw new RangeError(`Candidates must be ${count} different places below ${length}, in order`)
    }
  }
}
