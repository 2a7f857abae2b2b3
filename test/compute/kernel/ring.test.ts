import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { fromRows, toRows } from '../../../src/compute/crypto/bytes.ts'
import { modPow, modulo } from '../../../src/compute/crypto/modular.ts'
import { createBigintRing } from '../../../src/compute/kernel/bigint-ring.ts'
import { compileExtmul, createExtmulRing } from '../../../src/compute/kernel/extmul-ring.ts'
import { compileFma, createFmaRing } from '../../../src/compute/kernel/fma-ring.ts'
import { kernelName } from '../../../src/compute/kernel/load.ts'
import type { Ring } from '../../../src/compute/kernel/ring.ts'

const extmul = compileExtmul()
const kernels: Record<string, (modulus: bigint) => Ring> = {
  bigint: createBigintRing,
  'wasm-extmul': (modulus) => createExtmulRing(extmul, modulus),
}
// Not everywhere is relaxed SIMD.
if (kernelName() === 'wasm-fma') {
  const module = compileFma()
  kernels['wasm-fma'] = (modulus) => createFmaRing(module, modulus)
}

/** A modulus of 128 to 700 bits, which gives 4 to 15 limbs: every remainder of the blocks of four. */
const modulus = fc.oneof(
  fc.bigInt((1n << 127n) + 1n, 1n << 700n),
  fc.integer({ min: 128, max: 700 }).map((bits) => (1n << BigInt(bits)) - 1n),
  fc.integer({ min: 127, max: 700 }).map((bits) => (1n << BigInt(bits)) + 1n),
  // The lowest limb is all ones or all zeros but the last bit: factors k of 1 and of 2^51 − 1.
  fc.bigInt(1n << 100n, 1n << 600n).map((x) => (x << 51n) + (1n << 51n) - 1n),
  fc.bigInt(1n << 100n, 1n << 600n).map((x) => (x << 51n) + 1n),
)
const odd = modulus.map((value) => value | 1n)

/** A number whose limbs of 51 bits tend to be extreme. */
const limbs = fc
  .array(
    fc.oneof(
      fc.constantFrom(0n, 1n, (1n << 50n) - 1n, 1n << 50n, (1n << 50n) + 1n, (1n << 51n) - 1n),
      fc.bigInt(0n, (1n << 51n) - 1n),
    ),
    { minLength: 1, maxLength: 16 },
  )
  .map((parts) => parts.reduce((value, limb) => (value << 51n) | limb, 0n))
const numbers = fc.array(
  fc.oneof(
    limbs,
    limbs.map((value) => -value - 1n),
  ),
  { minLength: 1, maxLength: 7 },
)
const runs = { numRuns: 40 }

for (const [name, create] of Object.entries(kernels)) {
  const check = (
    n: bigint,
    values: readonly bigint[],
    act: (ring: Ring, rows: Uint8Array, residues: bigint[]) => [Uint8Array, readonly bigint[]],
  ) => {
    const ring = create(n)
    const residues = values.map((value) => modulo(value, n))
    const [found, expected] = act(ring, toRows(residues, ring.width), residues)
    assert.deepEqual(fromRows(found, ring.width), expected)
  }

  test(`${name}: multiply is multiplication mod n`, () => {
    fc.assert(
      fc.property(odd, numbers, (n, values) => {
        check(n, values, (ring, rows, residues) => {
          const others = residues.toReversed()
          return [
            ring.multiply(rows, toRows(others, ring.width)),
            residues.map((x, i) => (x * others[i]) % n),
          ]
        })
      }),
      runs,
    )
  })

  test(`${name}: power is exponentiation mod n, for 0 and 1 too`, () => {
    const exponent = fc.oneof(fc.constantFrom(0n, 1n, 2n, 3n, 65537n), fc.bigInt(0n, 1n << 80n))
    fc.assert(
      fc.property(odd, numbers, exponent, (n, values, e) => {
        check(n, values, (ring, rows, residues) => [
          ring.power(rows, e),
          residues.map((x) => modPow(x, e, n)),
        ])
      }),
      runs,
    )
  })

  test(`${name}: a chain squares and multiplies in turn`, () => {
    const squarings = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(
        odd,
        numbers,
        fc.integer({ min: 1, max: 5 }),
        squarings,
        (n, values, count, k) => {
          const used = values.slice(0, values.length - (values.length % count))
          check(n, used, (ring, rows, residues) => [
            ring.chain(rows, count, k),
            residues.slice(0, count).map((first, i) => {
              let value = first
              for (let at = i + count; at < residues.length; at += count) {
                value = (modPow(value, 1n << BigInt(k), n) * residues[at]) % n
              }
              return value
            }),
          ])
        },
      ),
      runs,
    )
  })

  test(`${name}: an exponent longer than 512 bits works`, () => {
    const n = (1n << 521n) - 1n
    // Fermat: n is prime.
    check(n, [2n, 3n, n - 5n], (ring, rows) => [ring.power(rows, n - 1n), [1n, 1n, 1n]])
    check(n, [7n], (ring, rows) => [ring.power(rows, n << 9n), [modPow(7n, 512n, n)]])
  })

  test(`${name}: product multiplies everything`, () => {
    fc.assert(
      fc.property(odd, numbers, (n, values) => {
        check(n, values, (ring, rows, residues) => [
          ring.product(rows),
          [residues.reduce((x, y) => (x * y) % n, 1n)],
        ])
      }),
      runs,
    )
    check(1000003n ** 9n, [], (ring, rows) => [ring.product(rows), [1n]])
  })

  test(`${name}: products of listed rows, empty and very long lists too`, () => {
    const list = fc.array(fc.nat(6), { maxLength: 9 })
    fc.assert(
      fc.property(
        odd,
        numbers,
        fc.array(list, { minLength: 1, maxLength: 20 }),
        (n, values, all) => {
          const lists = [...all, Array.from({ length: 1300 }, (_, i) => i % 7)].map((entries) =>
            entries.map((i) => i % values.length),
          )
          const start = [0]
          for (const entries of lists) start.push((start.at(-1) ?? 0) + entries.length)
          check(n, values, (ring, rows, residues) => [
            ring.products(rows, Uint32Array.from(lists.flat()), Uint32Array.from(start)),
            lists.map((entries) => entries.reduce((x, i) => (x * residues[i]) % n, 1n)),
          ])
        },
      ),
      { numRuns: 25 },
    )
  })

  test(`${name}: a fixed base is raised to every exponent and multiplied by its factor`, () => {
    fc.assert(
      fc.property(
        odd,
        limbs,
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        numbers,
        (n, base, bytes, values) => {
          check(n, values.slice(0, 4), (ring, rows, residues) => {
            const exponents = bytes.slice(0, 3 * residues.length)
            const power = (i: number) =>
              modPow(
                base,
                BigInt((bytes[3 * i] << 16) | (bytes[3 * i + 1] << 8) | bytes[3 * i + 2]),
                n,
              )
            const fixed = ring.fixedBase(base, 3)
            assert.deepEqual(
              fromRows(fixed.power(exponents), ring.width),
              residues.map((_, i) => power(i)),
            )
            return [fixed.power(exponents, rows), residues.map((x, i) => (x * power(i)) % n)]
          })
        },
      ),
      { numRuns: 12 },
    )
  })

  test(`${name}: products of powers keep the signs apart`, () => {
    fc.assert(
      fc.property(
        odd,
        numbers,
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(
          fc.oneof(
            fc.maxSafeInteger(),
            fc.integer({ min: -9, max: 9 }),
            fc.constantFrom(0, 2 ** 52, 2 ** 53 - 1, 1 - 2 ** 53),
          ),
        ),
        (n, values, columns, stream) => {
          const scalars = Float64Array.from(
            { length: values.length * columns },
            () => stream.next().value ?? 0,
          )
          check(n, values, (ring, rows, residues) => {
            const expected: bigint[] = []
            for (let column = 0; column < columns; column++) {
              for (const sign of [1, -1]) {
                expected.push(
                  residues.reduce((product, x, i) => {
                    const s = sign * scalars[i * columns + column]
                    return s > 0 ? (product * modPow(x, BigInt(s), n)) % n : product
                  }, 1n),
                )
              }
            }
            const found = fromRows(ring.powerProducts(rows, scalars, columns), ring.width)
            // Signed digits move powers between the two rows of a column: their quotient counts.
            const cross = expected.map((_, i) => {
              const [own, other] = [found[i], expected[i ^ 1]]
              return (own * other) % n
            })
            return [
              toRows(
                cross.filter((_, i) => i % 2 === 0),
                ring.width,
              ),
              cross.filter((_, i) => i % 2 === 1),
            ]
          })
        },
      ),
      { numRuns: 25 },
    )
  })
}

test('all kernels give the same bytes for moduli of all the sizes that are used', () => {
  for (const bits of [512, 683, 1024, 1366, 2048, 3072, 4096, 6144, 13_000]) {
    const n = (1n << BigInt(bits)) - 1n - (1n << 70n)
    const values = Array.from({ length: 5 }, (_, i) => modPow(3n, (1n << 99n) + BigInt(i * i), n))
    const rows = toRows(values, Math.ceil(bits / 8))
    const scalars = Float64Array.of(3, -5, 2 ** 20, -(2 ** 19) + 1, 0, 12, 7, -7, 1, 0)
    const order = Uint32Array.from({ length: 700 }, (_, i) => i % 5)
    const results = Object.values(kernels).map((create) => {
      const ring = create(n)
      return [
        ring.multiply(rows, rows),
        ring.power(rows, 0xf00dn),
        ring.products(rows, order, Uint32Array.of(0, 1, 1, 690, 700)),
        ring.fixedBase(values[0], 5).power(rows.subarray(0, 25)),
        ring.powerProducts(rows, scalars, 2),
      ]
    })
    for (const result of results) assert.deepEqual(result, results[0])
  }
})

test('bytes go in and come out whole at every length, whatever is left of a word or a limb', () => {
  for (let bits = 129; bits <= 800; bits += 7) {
    const n = (1n << BigInt(bits)) - 1n
    const ramp = BigInt(`0x${'0123456789abcdef'.repeat(13)}`) & n
    const values = [n - 1n, 1n, 0n, ramp, n >> 1n, 1n << BigInt(bits - 1)]
    for (const create of Object.values(kernels)) {
      const ring = create(n)
      const rows = toRows(values, ring.width)
      const ones = toRows(
        values.map(() => 1n),
        ring.width,
      )
      assert.deepEqual(ring.multiply(rows, ones), rows, `${ring.kernel}, ${bits} bits`)
    }
  }
})

test('an even or tiny modulus is refused', () => {
  for (const create of Object.values(kernels)) {
    assert.throws(() => create((1n << 200n) + 2n), RangeError)
    assert.throws(() => create(1n), RangeError)
  }
})
