/**
 * A seeded random number generator for everything that must come out the same again: first weights, samples,
 * shuffles. It is no source of secrets.
 * @module
 */

/** A stream of numbers that depends on its seed only. */
export interface Rng {
  /** Uniform in [0, 1), a multiple of 2^-53. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** A whole number in [0, `below`). */
  integer(below: number): number
  /** `values` in random order, as a new array. */
  shuffle<T>(values: readonly T[]): T[]
}

/**
 * Opens the stream number `stream` of `seed`; both are whole numbers, of which the low 53 bits count.
 *
 * The generator is xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018); its
 * four words of state are drawn from `seed` and `stream` by SplitMix32, so that neighbouring seeds have nothing in
 * common. Normal numbers come in pairs by Box and Muller's method.
 */
export function createRng(seed: number, stream = 0): Rng {
  const state = seedState(seed, stream)
  let spare: number | undefined

  function next(): number {
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0
    const shifted = state[1] << 9
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= shifted
    state[3] = rotate(state[3], 11)
    return result
  }

  const rng: Rng = {
    uniform() {
      const high = next() >>> 5
      const low = next() >>> 6
      return (high * 0x4000000 + low) * 2 ** -53
    },
    normal() {
      if (spare !== undefined) {
        const kept = spare
        spare = undefined
        return kept
      }
      // 1 - u lies in (0, 1], where the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - rng.uniform()))
      const angle = 2 * Math.PI * rng.uniform()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    integer(below) {
      if (!Number.isSafeInteger(below) || below < 1) {
        throw new RangeError(`integer: expected a whole number of at least 1, got ${below}`)
      }
      return Math.floor(rng.uniform() * below)
    },
    shuffle(values) {
      const shuffled = [...values]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = rng.integer(last + 1)
        const kept = shuffled[last]
        shuffled[last] = shuffled[other]
        shuffled[other] = kept
      }
      return shuffled
    },
  }
  return rng
}

function seedState(seed: number, stream: number): Uint32Array {
  for (const value of [seed, stream]) {
    if (!Number.isSafeInteger(value)) {
      throw new RangeError(`createRng: expected a whole number as seed, got ${value}`)
    }
  }
  let mixed = 0
  for (const word of [seed, Math.floor(seed / 2 ** 32), stream, Math.floor(stream / 2 ** 32)]) {
    mixed = splitMix((mixed ^ word) >>> 0)
  }
  const state = new Uint32Array(4)
  for (let word = 0; word < state.length; word++) {
    state[word] = splitMix((mixed + Math.imul(word, 0x9e3779b9)) >>> 0)
  }
  // The one state from which the generator never moves.
  if (state.every((word) => word === 0)) state[0] = 1
  return state
}

/** One step of SplitMix32: a bijection of 32-bit words with good avalanche. */
function splitMix(word: number): number {
  let mixed = (word + 0x9e3779b9) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
