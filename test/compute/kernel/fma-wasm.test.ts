import assert from 'node:assert/strict'
import { test } from 'node:test'

import { EXTMUL_SOURCE_SHA256, EXTMUL_WASM } from '../../../src/compute/kernel/extmul-wasm.ts'
import { FMA_SOURCE_SHA256, FMA_WASM } from '../../../src/compute/kernel/fma-wasm.ts'
import { compileSources, type Folder, hashSources, readSources } from './build-wasm.ts'

const remedy = 'run node --import tsx test/compute/kernel/build-wasm.ts'
const generated: [Folder, string, string][] = [
  ['assembly', FMA_SOURCE_SHA256, FMA_WASM],
  ['assembly-extmul', EXTMUL_SOURCE_SHA256, EXTMUL_WASM],
]

// The compiler runs in a Node process.
const skip = 'Deno' in globalThis && 'needs Node, where the kernel compiler runs'

for (const [folder, hash, wasm] of generated) {
  test(`${folder}: the generated module names the sources as they are`, () => {
    assert.equal(hash, hashSources(readSources(folder)), remedy)
  })

  test(`${folder}: compiling gives the generated module, byte for byte`, { skip }, async () => {
    const binary = await compileSources(readSources(folder), folder)
    assert.equal(Buffer.from(binary).toString('base64'), wasm, remedy)
  })
}

test('the products of the fallback are 32-bit ones that widen, not slow 64-bit ones', () => {
  const text = Buffer.from(EXTMUL_WASM, 'base64').toString('latin1')
  const count = (opcode: number) => text.split(String.fromCharCode(0xfd, opcode, 0x01)).length - 1
  // i64x2.extmul_low_i32x4_u and i64x2.extmul_high_i32x4_u, then i64x2.mul.
  assert.ok(count(0xde) >= 8)
  assert.equal(count(0xde), count(0xdf))
  assert.equal(count(0xd5), 0)
})
