/**
 * Which calls have a form for a GPU, and how large they are for it.
 * @module
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  generateOuKey,
  ouPublicKeyToBytes,
} from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { publicKeyToBytes } from '../../../src/compute/crypto/paillier-key.ts'
import { gpuWork, runOnGpu } from '../../../src/compute/gpu/gpu-kernels.ts'
import { cases } from '../crypto/fixture.ts'

const { key } = cases[0]
const paillier = publicKeyToBytes(key.publicKey)
const ou = ouPublicKeyToBytes(generateOuKey({ bits: 1536, allowSmall: true }).publicKey)

test('calls are as large as all of them together, modulo what their ciphertexts are numbers of', () => {
  const rows = new Uint8Array(3 * 256)
  assert.deepEqual(
    gpuWork('additive.rerandomise', [
      { key: paillier, rows },
      { key: paillier.slice(), rows },
    ]),
    {
      operation: 'fixedBase',
      bits: 2048,
      rows: 6,
    },
  )
  const order = Uint32Array.of(0, 1, 1, 0, 1)
  const start = Uint32Array.of(0, 2, 5)
  const sum = { key: ou, rows: new Uint8Array(2 * 192), order, start }
  assert.deepEqual(gpuWork('additive.sum', [sum, sum]), {
    operation: 'products',
    bits: 1536,
    rows: 10,
  })
  const values = Float64Array.of(1, 2)
  assert.equal(gpuWork('vector.encrypt', [{ key: paillier, values, fraction: 3 }])?.rows, 2)
})

test('what needs a secret key, or an inverse, has no form for a GPU', () => {
  const secret = Uint8Array.of(1)
  assert.equal(gpuWork('additive.encrypt', [{ key: ou, secret, messages: [1n] }]), null)
  assert.equal(gpuWork('additive.encrypt', [{ key: ou, secret: null, messages: [1n] }])?.rows, 1)
  assert.equal(gpuWork('additive.decrypt', [{ secret, rows: secret }]), null)
  const a = new Uint8Array(192)
  assert.equal(gpuWork('additive.add', [{ key: ou, a, b: a, minus: false }])?.rows, 1)
  assert.equal(gpuWork('additive.add', [{ key: ou, a, b: a, minus: true }]), null)
  const sum = { key: paillier, a, b: a, doublingsA: 0 }
  assert.equal(gpuWork('vector.add', [{ ...sum, doublingsB: 1 }]), null)
  assert.equal(gpuWork('square', [Float64Array.of(2)]), null)
  const none = { of: () => Promise.reject(new Error('unused')), close() {} }
  assert.throws(() => runOnGpu('square', [Float64Array.of(2)], none), /"square" has no form/)
})

test('calls under several keys, and no calls, stay with the cores', () => {
  const rows = new Uint8Array(256)
  const calls = [paillier, ou].map((one) => ({ key: one, rows }))
  assert.equal(gpuWork('additive.rerandomise', calls), null)
  assert.equal(gpuWork('additive.rerandomise', []), null)
})
