import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { join } from 'node:path'
import { before, test } from 'node:test'

import fc from 'fast-check'

import { toRows } from '../../../src/compute/crypto/bytes.ts'
import { hashByBigint } from '../../../src/compute/crypto/hash-to-curve25519.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { compileCurve, createCurve } from '../../../src/compute/kernel/curve25519.ts'
import { ifmaCurve } from '../../../src/compute/kernel/ifma-curve.ts'
import type { IfmaAddon } from '../../../src/compute/kernel/ifma-ring.ts'
import { IFMA_FILE, loadAddon } from '../../../src/runner/accelerator.ts'
import { buildAddon, missingForAddon } from '../../helpers/addon.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import vectors from '../../vectors/hash-to-curve25519.json' with { type: 'json' }

const skip = missingForAddon()
let folder = ''
let addon: IfmaAddon

before(async () => {
  folder = await temporaryFolder()
  if (skip !== false) return
  await buildAddon(folder)
  addon = loadAddon(join(folder, IFMA_FILE))
})
test('X25519 of the addon is that of node:crypto for every number of points', { skip }, () => {
  const { multiply } = ifmaCurve(addon)
  const scalar = randomBytes(32)
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), scalar]),
    format: 'der',
    type: 'pkcs8',
  })
  const prefix = Buffer.from('302a300506032b656e032100', 'hex')
  const shared = (point: Uint8Array) =>
    diffieHellman({
      privateKey: key,
      publicKey: createPublicKey({
        key: Buffer.concat([prefix, point]),
        format: 'der',
        type: 'spki',
      }),
    })
  // Around a vector, around those that share an inversion, and more than one call.
  for (const count of [0, 1, 7, 8, 9, 255, 256, 257, 4097]) {
    const points = randomBytes(32 * count)
    const products = multiply(points, scalar)
    for (let at = 0; at < points.length; at += 32) {
      assert.deepEqual(
        Buffer.from(products.subarray(at, at + 32)),
        shared(points.subarray(at, at + 32)),
      )
    }
  }
})

test('hashing to the curve in the addon gives the points of RFC 9380 J.4.1', { skip }, () => {
  const encoder = new TextEncoder()
  const messages = vectors.vectors.map(({ message, repeat }) =>
    encoder.encode(message + (repeat ? repeat.text.repeat(repeat.times) : '')),
  )
  const points = ifmaCurve(addon).hash(messages, encoder.encode(vectors.dst))
  assert.deepEqual(
    messages.map((_, i) =>
      Buffer.from(points.slice(32 * i, 32 * i + 32).reverse()).toString('hex'),
    ),
    vectors.vectors.map(({ x }) => x),
  )
})

test(
  'it gives the bytes of bigint for messages and tags of any length side by side',
  { skip },
  () => {
    const { hash } = ifmaCurve(addon)
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 11 }),
        fc.string({ minLength: 1, maxLength: 255, unit: 'grapheme-ascii' }),
        (messages, dst) => {
          assert.deepEqual(
            hash(messages, new TextEncoder().encode(dst)),
            hashByBigint(messages, dst),
          )
        },
      ),
      { numRuns: 40 },
    )
    // Around the blocks of SHA-512, with a tag that makes three of them.
    const lengths = [0, 1, 63, 64, 65, 107, 108, 109, 110, 127, 128, 129, 255, 256, 1000]
    for (const dst of ['x', 'y'.repeat(46), 'y'.repeat(47), 'z'.repeat(255)]) {
      const messages = lengths.map((length) => randomBytes(length))
      assert.deepEqual(hash(messages, new TextEncoder().encode(dst)), hashByBigint(messages, dst))
    }
  },
)

test('hashes of the addon are those of WebAssembly in batches of any size', { skip }, () => {
  const [native, wasm] = [ifmaCurve(addon), createCurve(compileCurve())]
  const tag = new TextEncoder().encode('batches')
  const messages = Array.from({ length: 4100 }, (_, i) => randomBytes(i % 70))
  for (const count of [0, 1, 7, 8, 9, 255, 256, 257, 4100]) {
    const part = messages.slice(0, count)
    assert.deepEqual(native.hash(part, tag), wasm.hash(part, tag))
    const uniform = randomBytes(96 * count)
    assert.deepEqual(native.map(uniform), wasm.map(uniform))
  }
  assert.throws(() => native.hash([tag], new Uint8Array(256)), RangeError)
  assert.throws(() => native.map(new Uint8Array(95)), RangeError)
  assert.throws(() => native.multiply(new Uint8Array(33), new Uint8Array(32)), RangeError)
})

test('it leaves messages whose two points share their u-coordinate to the caller', { skip }, () => {
  const p = (1n << 255n) - 19n
  const pair = (a: bigint, b: bigint) => toRows([a, b], 48)
  const rows = [pair(5n, 5n), pair(5n, p - 5n), pair(5n, 6n), pair(0n, 0n), pair(0n, 7n)]
  const uniform = Uint8Array.from(rows.flatMap((row) => [...row]))
  const found = ifmaCurve(addon).map(uniform)
  assert.deepEqual(found, createCurve(compileCurve()).map(uniform))
  const zero = [0, 1, 2, 3, 4].map((i) =>
    found.subarray(32 * i, 32 * i + 32).every((byte) => byte === 0),
  )
  assert.deepEqual(zero, [true, true, false, true, false])
})

test('messages that lie outside the memory are refused by the addon', { skip }, () => {
  const memory = new ArrayBuffer(4096)
  const ends = new Uint32Array(memory, 128, 2)
  for (const [first, second] of [
    [8, 5000],
    [9, 8],
  ]) {
    ends.set([first, second])
    assert.throws(() => addon.call(11, memory, 1024, 64, 128, 512, 5, 2), /do not lie within/)
  }
  assert.throws(() => addon.call(12, memory, 1024, 64, 100), /do not lie within/)
})

test('points of small order give 0 in the addon and harm no other', { skip }, () => {
  const { multiply } = ifmaCurve(addon)
  const scalar = randomBytes(32)
  const small = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    `ec${'ff'.repeat(30)}7f`,
    `ed${'ff'.repeat(30)}7f`,
    `ee${'ff'.repeat(30)}ff`,
  ]
  for (const [at, hex] of small.entries()) {
    const points = randomBytes(32 * 20)
    const clean = multiply(points, scalar)
    points.set(Buffer.from(hex, 'hex'), 32 * at)
    clean.fill(0, 32 * at, 32 * at + 32)
    assert.deepEqual(multiply(points, scalar), clean)
  }
})

test('the addon reads and writes no points outside its memory', { skip }, () => {
  const memory = new ArrayBuffer(1024)
  const call = (...numbers: number[]) => addon.call(10, memory, ...numbers)
  for (const numbers of [
    [64, 512, 0, 17],
    [520, 64, 0, 16],
    [64, 512, 1000, 1],
    [64, 64, 0, 1000],
  ]) {
    assert.throws(() => call(...numbers), /points do not lie within the memory/)
  }
  call(64, 512, 0, 8)
})
