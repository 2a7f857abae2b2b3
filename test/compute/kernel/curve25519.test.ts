import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'

import { x25519 } from '@noble/curves/ed25519.js'
import fc from 'fast-check'

import { hashByBigint } from '../../../src/compute/crypto/hash-to-curve25519.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { chooseCurve, curveChoice, testCurve } from '../../../src/compute/kernel/curve25519-load.ts'
import { CURVE_SOURCE_SHA256, CURVE_WASM } from '../../../src/compute/kernel/curve25519-wasm.ts'
import {
  compileCurve,
  createCurve,
  type CurveKernel,
} from '../../../src/compute/kernel/curve25519.ts'
import { compileSources, hashSources, readSources } from './build-wasm.ts'

const { kernel: chosen } = curveChoice()
const without = chosen === null && 'needs a runtime with WASM relaxed SIMD'
const P = (1n << 255n) - 19n

function kernel(): CurveKernel {
  assert.ok(chosen)
  return chosen
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0')).reverse()
}

function join(rows: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(rows.flatMap((row) => [...row]))
}

function rowsOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.slice(32 * i, 32 * i + 32))
}

/** Points that a clamped scalar takes to the identity: on the curve 0, 1 and two of order 8, on its
 * twist −1; p and p + 1 are 0 and 1 again. */
const SMALL_ORDER = [
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
].map(fromHex)

describe('Curve25519 in WebAssembly', { skip: without }, () => {
  it('solves the test vectors of RFC 7748 §5.2', () => {
    const vectors = [
      [
        'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
        'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
        'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
      ],
      [
        '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
        'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
        '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
      ],
    ]
    for (const [scalar, point, product] of vectors) {
      assert.deepEqual(kernel().multiply(fromHex(point), fromHex(scalar)), fromHex(product))
    }
  })

  it('comes to the value of RFC 7748 §5.2 after 1,000 iterations', () => {
    let scalar = littleEndian(9n)
    let point = littleEndian(9n)
    for (let i = 1; i <= 1000; i++) {
      const product = kernel().multiply(point, scalar)
      point = scalar
      scalar = product
      if (i > 1) continue
      assert.deepEqual(
        product,
        fromHex('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079'),
      )
    }
    assert.deepEqual(
      scalar,
      fromHex('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51'),
    )
  })

  it('gives the bits of the reference for random points, on the curve or its twist', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 9 }), bytes, (points, scalar) => {
        assert.deepEqual(
          rowsOf(kernel().multiply(join(points), scalar)),
          points.map((point) => reference(point, scalar)),
        )
      }),
      { numRuns: 25 },
    )
  })

  it('gives them for points and scalars whose limbs are extreme', () => {
    const limb = fc.constantFrom(
      0n,
      1n,
      (1n << 50n) - 1n,
      1n << 50n,
      (1n << 50n) + 1n,
      (1n << 51n) - 1n,
    )
    const number = fc
      .array(limb, { minLength: 5, maxLength: 5 })
      .map((limbs) => littleEndian(limbs.reduceRight((sum, value) => (sum << 51n) | value, 0n)))
    fc.assert(
      fc.property(fc.array(number, { minLength: 2, maxLength: 4 }), number, (points, scalar) => {
        assert.deepEqual(
          rowsOf(kernel().multiply(join(points), scalar)),
          points.map((point) => reference(point, scalar)),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('takes u-coordinates mod p and without their top bit', () => {
    const scalar = randomBytes(32)
    const top = 1n << 255n
    for (const value of [2n, 9n, 18n]) {
      const [plain, above, marked, both] = rowsOf(
        kernel().multiply(
          join([value, P + value, top + value, top + P + value].map(littleEndian)),
          scalar,
        ),
      )
      assert.deepEqual([above, marked, both], [plain, plain, plain])
      assert.notDeepEqual(plain, new Uint8Array(32))
    }
  })

  it('gives 0 for a point of small order, and every neighbour what it gets without it', () => {
    const scalar = randomBytes(32)
    const good = Array.from({ length: 67 }, () => randomBytes(32))
    const alone = rowsOf(kernel().multiply(join(good), scalar))
    for (const [i, bad] of SMALL_ORDER.entries()) {
      const at = 9 * i
      const mixed = rowsOf(kernel().multiply(join(good.toSpliced(at, 1, bad)), scalar))
      assert.deepEqual(mixed, alone.toSpliced(at, 1, new Uint8Array(32)))
    }
    const zeros = rowsOf(kernel().multiply(join(SMALL_ORDER), scalar))
    assert.deepEqual(
      zeros,
      SMALL_ORDER.map(() => new Uint8Array(32)),
    )
  })

  it('gives a row the same in a batch of any size', () => {
    const scalar = randomBytes(32)
    const points = randomBytes(32 * 131)
    const all = kernel().multiply(points, scalar)
    for (const count of [0, 1, 2, 3, 63, 64, 65, 127, 128, 129]) {
      assert.deepEqual(
        kernel().multiply(points.slice(0, 32 * count), scalar),
        all.slice(0, 32 * count),
      )
    }
  })

  it('works on more points than fit into one call of the module', () => {
    const scalar = randomBytes(32)
    const point = randomBytes(32)
    const points = new Uint8Array(32 * 4099)
    for (let at = 0; at < points.length; at += 32) points.set(point, at)
    const products = rowsOf(kernel().multiply(points, scalar))
    assert.deepEqual(new Set(products.map((row) => row.join())), new Set([products[0].join()]))
    assert.deepEqual(products[0], reference(point, scalar))
  })

  it('refuses scalars, points and tags of another size', () => {
    assert.throws(() => kernel().multiply(new Uint8Array(32), new Uint8Array(31)), RangeError)
    assert.throws(() => kernel().multiply(new Uint8Array(33), new Uint8Array(32)), RangeError)
    assert.throws(() => kernel().hash([new Uint8Array(1)], new Uint8Array(0)), RangeError)
    assert.throws(() => kernel().hash([new Uint8Array(1)], new Uint8Array(256)), RangeError)
  })

  it('hashes texts of every length around the blocks of SHA-512 as bigint does', () => {
    const dst = 'test_with-curve25519_XMD:SHA-512_ELL2_RO_'
    const messages = [0, 1, 80, 81, 82, 83, 84, 111, 112, 127, 128, 129, 255, 256, 1000].map(
      randomBytes,
    )
    assert.deepEqual(
      kernel().hash(messages, new TextEncoder().encode(dst)),
      hashByBigint(messages, dst),
    )
  })

  it('leaves messages whose two points share their u-coordinate to the caller', () => {
    const twice = (a: bigint, b: bigint) =>
      fromHex([a, b].map((value) => value.toString(16).padStart(96, '0')).join(''))
    const [same, opposite, other] = rowsOf(
      kernel().map(join([twice(5n, 5n), twice(5n, P - 5n), twice(5n, 6n)])),
    )
    assert.deepEqual([same, opposite], [new Uint8Array(32), new Uint8Array(32)])
    assert.notDeepEqual(other, new Uint8Array(32))
    // Uniform bytes count mod p, whatever lies above.
    const wide = (1n << 384n) - 1n
    assert.deepEqual(kernel().map(twice(wide, 6n)), kernel().map(twice(wide % P, 6n)))
  })
})

const skip = ('Deno' in globalThis && 'needs Node, where the kernel compiler runs') || without

test(
  'the generated Curve25519 module is that of the sources, byte for byte',
  { skip },
  async () => {
    const remedy = 'run node --import tsx test/compute/kernel/build-wasm.ts'
    const sources = readSources('assembly/curve25519')
    assert.equal(CURVE_SOURCE_SHA256, hashSources(sources), remedy)
    const binary = await compileSources(sources)
    assert.equal(Buffer.from(binary).toString('base64'), CURVE_WASM, remedy)
  },
)

test(
  'a multiply-add that rounds twice is noticed, and the curve left to others',
  { skip },
  async () => {
    const sources = readSources('assembly/curve25519')
    const field = sources.get('field.ts') ?? ''
    const unfused = field.replaceAll(
      /f64x2\.relaxed_madd\(x, y, (.*)\)$/gm,
      'f64x2.add(f64x2.mul(x, y), $1)',
    )
    assert.equal(unfused.includes('relaxed_madd('), false)
    const binary = await compileSources(new Map(sources).set('field.ts', unfused))
    const { kernel: found, reason } = chooseCurve(() => new WebAssembly.Module(binary.slice()))
    assert.equal(found, null)
    assert.match(reason ?? '', /wrong product/)
  },
)

test('a runtime that cannot compile the curve says why', () => {
  const { kernel: found, reason } = chooseCurve(() => {
    throw new WebAssembly.CompileError('no such instruction')
  })
  assert.equal(found, null)
  assert.match(reason ?? '', /no such instruction/)
})

test('a kernel that gets one thing wrong fails its test by name', { skip: without }, () => {
  const sound = createCurve(compileCurve())
  const flip = (rows: Uint8Array) => rows.with(rows.length - 1, rows[rows.length - 1] ^ 1)
  assert.equal(testCurve(sound), null)
  assert.equal(
    testCurve({ ...sound, multiply: (points, scalar) => flip(sound.multiply(points, scalar)) }),
    'product',
  )
  assert.equal(
    testCurve({ ...sound, hash: (messages, dst) => flip(sound.hash(messages, dst)) }),
    'hash',
  )
})

function reference(point: Uint8Array, scalar: Uint8Array): Uint8Array {
  try {
    return x25519.scalarMult(scalar, point)
  } catch {
    // @noble/curves refuses a product that is the identity.
    return new Uint8Array(32)
  }
}
