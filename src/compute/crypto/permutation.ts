/**
 * Orders that nobody can predict.
 * @module
 */
import type { RandomBytes } from './random.ts'

/** A uniform permutation of 0 … count − 1 (Fisher–Yates; unbiased draws by rejection). `count` is below 2^32. */
export function randomPermutation(count: number, random: RandomBytes): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const next = words(random)
  for (let i = count - 1; i > 0; i--) {
    const range = i + 1
    // The largest multiple of the range: values above it would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % range)
    let draw = next()
    while (draw >= limit) draw = next()
    const other = draw % range
    const kept = order[i]
    order[i] = order[other]
    order[other] = kept
  }
  return order
}

/** Random 32-bit numbers, drawn from the source in blocks. */
function words(random: RandomBytes): () => number {
  let block: DataView = new DataView(new ArrayBuffer(0))
  let at = 0
  return () => {
    if (at >= block.byteLength) {
      const bytes = random(4096)
      block = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      at = 0
    }
    at += 4
    return block.getUint32(at - 4)
  }
}
