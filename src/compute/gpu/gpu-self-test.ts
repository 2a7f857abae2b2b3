/**
 * Whether a device calculates right: asked before it is used.
 * @module
 */
import { concatBytes, bytesToBigint, readRow, toRows } from '../crypto/bytes.ts'
import { randomBelow, type RandomBytes, randomBytes } from '../crypto/random.ts'
import { createBigintRing } from '../kernel/bigint-ring.ts'
import { createGpuRing } from './gpu-ring.ts'

/**
 * The first operation in which `device` differs from `bigint`, or null when there is none. Drivers can be wrong: one for
 * OpenGL was, in two of these.
 */
export async function gpuSelfTest(
  device: GPUDevice,
  random: RandomBytes = randomBytes,
): Promise<string | null> {
  const modulus = randomBelow(1n << 255n, random) | (1n << 254n) | 1n
  const [ring, oracle] = [await createGpuRing(device, modulus), createBigintRing(modulus)]
  try {
    const values = Array.from({ length: 80 }, () => randomBelow(modulus, random))
    const rows = toRows([0n, 1n, modulus - 1n, ...values], ring.width)
    const turned = toRows([0n, 1n, modulus - 1n, ...values].toReversed(), ring.width)
    const count = values.length + 3
    const order = Uint32Array.from({ length: count }, (_, i) => (i * 7) % count)
    const lists = { order, start: Uint32Array.of(0, 0, 1, 3, count) }
    const product = (from: number, to: number): Uint8Array =>
      oracle.product(
        toRows(
          [...order.subarray(from, to)].map((i) => readRow(rows, ring.width, i)),
          ring.width,
        ),
      )
    const base = ring.fixedBase(values[0], 3)
    const exponents = random(3 * count)
    const exponent = bytesToBigint(random(5))
    const checks: [string, Promise<Uint8Array>, Uint8Array][] = [
      ['product', ring.multiply(rows, turned), oracle.multiply(rows, turned)],
      ['power', ring.power(rows, exponent), oracle.power(rows, exponent)],
      [
        'power of a fixed base',
        base.power(exponents, rows),
        oracle.fixedBase(values[0], 3).power(exponents, rows),
      ],
      [
        'product of many',
        ring.products(rows, lists),
        concatBytes([product(0, 0), product(0, 1), product(1, 3), product(3, count)]),
      ],
    ]
    let wrong: string | null = null
    for (const [name, own, expected] of checks) {
      const bytes = await own
      if (bytes.length !== expected.length || bytes.some((byte, i) => byte !== expected[i])) {
        wrong ??= name
      }
    }
    base.close()
    return wrong
  } finally {
    ring.close()
  }
}
