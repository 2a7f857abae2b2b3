/**
 * The GPU gives the same bytes as `bigint`.
 * @module
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { toRows } from '../../src/compute/crypto/bytes.ts'
import { randomBelow, randomBytes } from '../../src/compute/crypto/random.ts'
import { createGpuRing, type GpuRing } from '../../src/compute/gpu/gpu-ring.ts'
import { gpuSelfTest } from '../../src/compute/gpu/gpu-self-test.ts'
import { layoutOf, LAZY_ROWS, LIMB_BITS } from '../../src/compute/gpu/montgomery-shader.ts'
import { createBigintRing } from '../../src/compute/kernel/bigint-ring.ts'
import { openGpu } from '../../src/runner/gpu.ts'
import { openTestGpu } from './open.ts'

const NATIVES = process.env['WEFT_NATIVES'] === undefined ? [] : [process.env['WEFT_NATIVES']]

const gpu = await openTestGpu()
if ('missing' in gpu) console.log(`GPU tests are skipped, as this is missing: ${gpu.missing}`)
else console.log(`GPU: ${gpu.adapter}`)

/** Odd moduli: 65 bits, a limb's border, full words, and sizes that are used. */
const MODULI = [65, 104, 255, 256, 683, 1024, 2048].map(
  (bits) => randomBelow(1n << BigInt(bits), randomBytes) | (1n << BigInt(bits - 1)) | 1n,
)

describe('the bounds of the shader', () => {
  it('no column of 30 lazy rows reaches 2^32', () => {
    const limb = 2n ** BigInt(LIMB_BITS) - 1n
    // The carry of the lowest column is shifted down by a limb and goes on top of the next one, each row.
    const carry = ((2n ** 32n) >> BigInt(LIMB_BITS)) + 1n
    const start = limb + carry
    assert.ok(BigInt(LAZY_ROWS) * (2n * limb * limb + carry) + start < 2n ** 32n)
    assert.ok(BigInt(LAZY_ROWS + 3) * 2n * limb * limb > 2n ** 32n, 'and not many more would do')
  })

  it('R is at least four times the modulus, and twice the modulus fits into the words', () => {
    for (const modulus of MODULI.flatMap((m) => [m, (1n << BigInt(m.toString(2).length)) - 1n])) {
      const { limbs, words } = layoutOf(modulus)
      assert.ok(1n << BigInt(LIMB_BITS * limbs) >= 4n * modulus)
      assert.ok(1n << BigInt(32 * words) >= 2n * modulus)
    }
  })
})

describe('arithmetic on a GPU', { skip: 'missing' in gpu ? gpu.missing : false }, () => {
  if ('missing' in gpu) return
  const { device } = gpu
  const open: GpuRing[] = []
  after(() => {
    for (const ring of open) ring.close()
    gpu.close()
  })
  const create = async (modulus: bigint): Promise<GpuRing> => {
    const ring = await createGpuRing(device, modulus)
    open.push(ring)
    return ring
  }

  it('passes the test that stands before every use', async () => {
    assert.equal(await gpuSelfTest(device), null)
  })

  for (const modulus of MODULI) {
    const bits = modulus.toString(2).length
    it(`multiplies modulo ${bits} bits`, async () => {
      const [ring, oracle] = [await create(modulus), createBigintRing(modulus)]
      const values = edges(modulus)
      while (values.length < 70) values.push(randomBelow(modulus, randomBytes))
      const a = toRows(values, ring.width)
      const b = toRows(values.toReversed(), ring.width)
      assert.deepEqual(await ring.multiply(a, b), oracle.multiply(a, b))
      assert.deepEqual(await ring.multiply(a, a), oracle.multiply(a, a))
    })
  }

  it('multiplies modulo numbers whose bits are all ones', async () => {
    for (const bits of [128n, 1023n]) {
      const modulus = (1n << bits) - 1n
      const [ring, oracle] = [await create(modulus), createBigintRing(modulus)]
      const rows = toRows(edges(modulus), ring.width)
      assert.deepEqual(await ring.multiply(rows, rows), oracle.multiply(rows, rows))
    }
  })

  it('raises many numbers to one exponent', async () => {
    const modulus = MODULI[3]
    const [ring, oracle] = [await create(modulus), createBigintRing(modulus)]
    const rows = toRows(edges(modulus), ring.width)
    for (const exponent of [0n, 1n, 2n, 16n, 65_537n, randomBelow(1n << 200n, randomBytes)]) {
      assert.deepEqual(await ring.power(rows, exponent), oracle.power(rows, exponent))
    }
    await assert.rejects(ring.power(rows, -1n), RangeError)
  })

  it('raises one base to many exponents, times factors', async () => {
    const modulus = MODULI[4]
    const [ring, oracle] = [await create(modulus), createBigintRing(modulus)]
    const base = randomBelow(modulus, randomBytes)
    for (const bytes of [1, 5, 40]) {
      const exponents = randomBytes(33 * bytes)
      exponents.fill(0, 0, bytes)
      const factors = toRows(
        Array.from({ length: 33 }, () => randomBelow(modulus, randomBytes)),
        ring.width,
      )
      const [own, theirs] = [ring.fixedBase(base, bytes), oracle.fixedBase(base, bytes)]
      assert.deepEqual(await own.power(exponents), theirs.power(exponents))
      assert.deepEqual(await own.power(exponents, factors), theirs.power(exponents, factors))
      own.close()
    }
  })

  it('multiplies rows into products: none, one, and more than a thread takes', async () => {
    const modulus = MODULI[4]
    const [ring, oracle] = [await create(modulus), createBigintRing(modulus)]
    const values = Array.from({ length: 90 }, () => randomBelow(modulus, randomBytes))
    const rows = toRows(values, ring.width)
    const lists = [
      [],
      [7],
      values.map((_, i) => i),
      [3, 3, 3],
      [...values.keys(), ...values.keys()],
    ]
    // Three passes: more rows than the square of what a thread takes.
    lists.push(Array.from({ length: 1100 }, (_, i) => (i * 7) % 90))
    const start = new Uint32Array(lists.length + 1)
    for (const [p, list] of lists.entries()) start[p + 1] = start[p] + list.length
    const products = await ring.products(rows, { order: Uint32Array.from(lists.flat()), start })
    const expected = lists.flatMap((list) => [
      ...oracle.product(
        toRows(
          list.map((row) => values[row]),
          ring.width,
        ),
      ),
    ])
    assert.deepEqual([...products], expected)
  })

  it('refuses rows cut short, lists that point nowhere, and even or small moduli', async () => {
    const ring = await create(MODULI[0])
    await assert.rejects(
      ring.multiply(new Uint8Array(5), new Uint8Array(5)),
      /whole number of rows/,
    )
    const lists = { order: Uint32Array.of(2), start: Uint32Array.of(0, 1) }
    await assert.rejects(ring.products(new Uint8Array(2 * ring.width), lists), /beyond the 2/)
    const cut = { order: Uint32Array.of(0), start: Uint32Array.of(0, 2) }
    await assert.rejects(ring.products(new Uint8Array(2 * ring.width), cut), /offsets/)
    await assert.rejects(createGpuRing(device, 1n << 80n), RangeError)
    await assert.rejects(createGpuRing(device, 97n), RangeError)
  })
})

/** Numbers below the modulus whose limbs are extreme. */
function edges(modulus: bigint): bigint[] {
  const limbs = (limb: bigint) => {
    let value = 0n
    while (value <= modulus) value = (value << BigInt(LIMB_BITS)) | limb
    return value % modulus
  }
  const full = (1n << BigInt(LIMB_BITS)) - 1n
  return [0n, 1n, 2n, modulus - 1n, modulus - 2n, modulus >> 1n].concat(
    [full, full - 1n, 1n, 1n << BigInt(LIMB_BITS - 1)].map(limbs),
  )
}

describe('the runner', { skip: 'missing' in gpu ? gpu.missing : false }, () => {
  it('opens this adapter, software only where that was asked for, and computes on it', async () => {
    const opened = await openGpu({ natives: NATIVES, software: true })
    assert.ok('device' in opened, JSON.stringify(opened))
    const ring = await createGpuRing(opened.device, MODULI[3])
    const rows = toRows([2n, 3n], ring.width)
    assert.deepEqual(await ring.multiply(rows, rows), toRows([4n, 9n], ring.width))
    ring.close()
    const strict = await openGpu({ natives: NATIVES })
    assert.equal('missing' in strict, opened.software)
    if ('device' in strict) strict.close()
    opened.close()
    await opened.device.lost
    assert.equal(typeof opened.lost(), 'string')
  })
})
