import assert from 'node:assert/strict'
import { test } from 'node:test'

import { KKRT_SOURCE_SHA256, KKRT_WASM } from '../../../src/compute/kernel/kkrt-wasm.ts'
import { compileSources, hashSources, readSources } from './build-wasm.ts'

const skip = 'Deno' in globalThis && 'needs Node, where the kernel compiler runs'

test(
  'the generated set intersection module is that of the sources, byte for byte',
  { skip },
  async () => {
    const remedy = 'run node --import tsx test/compute/kernel/build-wasm.ts'
    const sources = readSources('assembly/kkrt')
    assert.equal(KKRT_SOURCE_SHA256, hashSources(sources), remedy)
    const binary = await compileSources(sources)
    assert.equal(Buffer.from(binary).toString('base64'), KKRT_WASM, remedy)
  },
)
