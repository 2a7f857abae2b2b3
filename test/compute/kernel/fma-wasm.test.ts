import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FMA_SOURCE_SHA256, FMA_WASM } from '../../../src/compute/kernel/fma-wasm.ts'
import { compileSources, hashSources, readSources } from './build-wasm.ts'

const remedy = 'run node --import tsx test/compute/kernel/build-wasm.ts'

test('the generated module names the sources as they are', () => {
  assert.equal(FMA_SOURCE_SHA256, hashSources(readSources()), remedy)
})

// The compiler runs in a Node process.
const skip = 'Deno' in globalThis && 'needs Node, where the kernel compiler runs'

test('compiling the sources gives the generated module, byte for byte', { skip }, async () => {
  const binary = await compileSources(readSources())
  assert.equal(Buffer.from(binary).toString('base64'), FMA_WASM, remedy)
})
