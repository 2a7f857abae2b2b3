/**
 * What a pool does with a thread that says it has a GPU.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { concatBytes } from '../../src/compute/crypto/bytes.ts'
import { generateOuKey, ouPublicKeyToBytes } from '../../src/compute/crypto/okamoto-uchiyama-key.ts'
import type { KernelArguments } from '../../src/compute/kernels.ts'
import { inline } from '../../src/compute/parallel.ts'
import { gpuWords } from '../../src/runner/gpu-thread.ts'
import { kernelFacts } from '../../src/runner/kernel-facts.ts'
import { createPool, type Pool } from '../../src/runner/pool.ts'
import { temporaryFolder } from '../helpers/folder.ts'

describe('a pool with a GPU', { skip: 'Deno' in globalThis && 'needs Node: its threads' }, () => {
  const source = new URL('./fixtures/gpu-worker.ts', import.meta.url)
  const key = ouPublicKeyToBytes(generateOuKey({ bits: 1536, allowSmall: true }).publicKey)
  const pools: Pool[] = []
  let folder = ''
  before(async () => {
    folder = await temporaryFolder()
    await mkdir(join(folder, 'webgpu'))
    const manifest = JSON.stringify({ name: 'webgpu', version: '1.0.0' })
    await writeFile(join(folder, 'webgpu/package.json'), manifest)
  })
  after(() => Promise.all(pools.map((pool) => pool.close())))

  function open(how: string, mode: 'auto' | 'on' = 'auto') {
    const said: string[] = []
    const onTrouble = (reason: string) => void said.push(reason)
    const pool = createPool({ cores: 2, source, natives: [folder, how], gpu: mode, onTrouble })
    pools.push(pool)
    return { pool, said }
  }
  /** Two calls of so many sums each. */
  function calls(rows: number): KernelArguments<'additive.add'>[] {
    const a = new Uint8Array(192 * rows).map((_, i) => (i % 192 === 191 ? 3 : 0))
    return [1, 2].map(() => ({ key, a, b: a, minus: false }))
  }
  const onCores = async (given: KernelArguments<'additive.add'>[]) =>
    concatBytes(await inline.map('additive.add', given))
  const byGpu = (given: KernelArguments<'additive.add'>[]) =>
    concatBytes(given.map(({ a }) => a.map((byte) => byte ^ 255)))

  it('sends it what is large enough, all calls together', async () => {
    const { pool, said } = open('works')
    assert.equal(
      gpuWords((await pool.gpu) ?? { missing: '' }),
      'for 2 cores: products of 4096 bits from 8 rows',
    )
    const client = pool.client()
    assert.deepEqual(
      concatBytes(await client.map('additive.add', calls(3))),
      await onCores(calls(3)),
    )
    assert.deepEqual(concatBytes(await client.map('additive.add', calls(4))), byGpu(calls(4)))
    const moved = await client.mapMoving('additive.add', calls(4))
    assert.deepEqual(concatBytes(moved), byGpu(calls(4)))
    assert.deepEqual(said, [])
  })

  it('sends it everything that it can where it is forced to', async () => {
    const { pool } = open('works', 'on')
    assert.match(
      gpuWords((await pool.gpu) ?? { missing: '' }),
      /everything it can, as WEFT_WEBGPU says/,
    )
    assert.deepEqual(
      concatBytes(await pool.client().map('additive.add', calls(1))),
      byGpu(calls(1)),
    )
  })

  it('has the cores do what it fails at, and says so', async () => {
    const { pool, said } = open('fails')
    await pool.gpu
    const done = await pool.client().mapMoving('additive.add', calls(9))
    assert.deepEqual(concatBytes(done), await onCores(calls(9)))
    assert.match(said.join(), /failed at additive\.add, the cores do it: out of memory/)
  })

  it('goes on without it when its thread is lost', async () => {
    const { pool, said } = open('dies at work')
    await pool.gpu
    for (let i = 0; i < 2; i++) {
      const done = await pool.client().map('additive.add', calls(9))
      assert.deepEqual(concatBytes(done), await onCores(calls(9)))
    }
    assert.equal(said.length, 1)
    const { pool: never } = open('dies at once')
    assert.match(
      gpuWords((await never.gpu) ?? { missing: '' }),
      /^none: it needs a thread that lives/,
    )
    assert.deepEqual(
      concatBytes(await never.client().map('additive.add', calls(9))),
      await onCores(calls(9)),
    )
  })

  it('stops waiting for it when the task is stopped', async () => {
    const { pool } = open('works')
    await pool.gpu
    const controller = new AbortController()
    const done = pool.client().map('additive.add', calls(9), { signal: controller.signal })
    controller.abort(new Error('enough'))
    await assert.rejects(done, /enough/)
  })

  it('is told to whoever looks at the runner, and not looked for where it is forbidden', async () => {
    const forbidden = createPool({ cores: 1 })
    const none = createPool({ cores: 1, natives: ['/nowhere'], gpu: 'auto' })
    pools.push(forbidden, none)
    const facts = await kernelFacts(forbidden)
    assert.match(facts.kernel, /^(ifma|wasm-fma|wasm-extmul|bigint)$/)
    assert.equal(facts.gpu, 'not used, as WEFT_WEBGPU says')
    assert.match((await kernelFacts(none)).gpu, /^none: it needs WebGPU: install the package/)
  })
})
