/**
 * A runner's pool that is forced to use the GPU, with the real thread.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { openSecret } from '../../src/compute/crypto/additive.ts'
import { generateOuKey } from '../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { inline } from '../../src/compute/parallel.ts'
import { gpuWords } from '../../src/runner/gpu-thread.ts'
import { hasWebGpu } from '../../src/runner/gpu.ts'
import { createPool } from '../../src/runner/pool.ts'

const folder = process.env['WEFT_NATIVES']
const natives = folder === undefined ? [] : [folder]
const skip =
  ('Deno' in globalThis && 'needs Node: its threads') ||
  (!hasWebGpu(natives) && 'needs the package "webgpu" in WEFT_NATIVES')

describe('a pool that is forced to use a GPU', { skip }, () => {
  it('adds up there what the cores would', async () => {
    const said: string[] = []
    const onTrouble = (reason: string) => void said.push(reason)
    const pool = createPool({ cores: 2, natives, gpu: 'on', onTrouble })
    try {
      assert.match(gpuWords((await pool.gpu) ?? { missing: '' }), /everything it can/)
      const key = generateOuKey({ bits: 1536, allowSmall: true })
      const [onGpu, onCores] = [pool.client(), inline].map((parallel) =>
        openSecret(key, { parallel }),
      )
      const batch = await onGpu.encrypt([1n, 2n, 3n, -4n], 4n)
      const lists = { order: Uint32Array.of(0, 3, 1, 2, 1), start: Uint32Array.of(0, 2, 2, 5) }
      const sums = await onGpu.sumByIndex(batch, lists)
      assert.deepEqual(sums, await onCores.sumByIndex(batch, lists))
      assert.deepEqual(await onCores.decrypt(sums), [-3n, 0n, 7n])
      const again = await onGpu.rerandomise(batch)
      assert.notDeepEqual(again.data, batch.data)
      assert.deepEqual(await onCores.decrypt(again), [1n, 2n, 3n, -4n])
      assert.deepEqual(said, [])
    } finally {
      await pool.close()
    }
  })

  it('leaves a software adapter alone where it is not forced to', async () => {
    const pool = createPool({ cores: 2, natives, gpu: 'auto' })
    try {
      const report = await pool.gpu
      const software = report !== null && 'missing' in report && /is software/.test(report.missing)
      assert.ok(software || (report !== null && 'plan' in report && report.plan !== null))
    } finally {
      await pool.close()
    }
  })
})
