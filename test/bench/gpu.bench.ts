/**
 * A GPU against all cores: the same products and powers modulo 2048 bits, bytes in and bytes out, with equal results. Where
 * there is no GPU the only line says what is missing. WEFT_WEBGPU=on takes a software adapter too, which shows that it runs
 * and says nothing of speed.
 * @module
 */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'

import { openPublic } from '../../src/compute/crypto/additive.ts'
import { generateOuKey } from '../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { randomBytes } from '../../src/compute/crypto/random.ts'
import { createGpuRing } from '../../src/compute/gpu/gpu-ring.ts'
import { kernelName } from '../../src/compute/kernel/load.ts'
import { openGpu } from '../../src/runner/gpu.ts'
import { createPool } from '../../src/runner/pool.ts'
import { best, useNamedAccelerator } from './he-cases.ts'

export const bench = { name: 'gpu', run }

async function* run(params: Readonly<Record<string, string>> = {}) {
  const natives = useNamedAccelerator() ?? []
  const gpu = await openGpu({ natives, software: process.env['WEFT_WEBGPU'] === 'on' })
  if ('missing' in gpu) {
    yield { params: { absent: gpu.missing }, value: 0, unit: 'GPUs' }
    return
  }
  const [rows, features, bins] = [Number(params['rows'] ?? 30_000), 10, 64]
  const { publicKey } = generateOuKey({ bits: 2048 })
  const cores = availableParallelism()
  const pool = createPool({ cores, natives })
  const ring = await createGpuRing(gpu.device, publicKey.n)
  try {
    const scheme = openPublic(publicKey, { parallel: pool.client() })
    const few = await scheme.encrypt(
      Array.from({ length: 256 }, (_, i) => BigInt(i)),
      256n,
    )
    const data = new Uint8Array(rows * scheme.width)
    for (let at = 0; at < rows; at++) {
      const from = (at % few.length) * scheme.width
      data.set(few.data.subarray(from, from + scheme.width), at * scheme.width)
    }
    const batch = { ...few, length: rows, data }
    const order = Uint32Array.from({ length: rows * features }, (_, k) => (7 * k) % rows)
    const start = Uint32Array.from({ length: features * bins + 1 }, (_, list) =>
      Math.floor((list * order.length) / (features * bins)),
    )
    const lists = { order, start }
    assert.deepEqual(await ring.products(data, lists), (await scheme.sumByIndex(batch, lists)).data)
    const base = ring.fixedBase(publicKey.h, 40)
    const exponents = randomBytes(40 * rows)
    const cases: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
      ['histogram', () => ring.products(data, lists), () => scheme.sumByIndex(batch, lists)],
      ['rerandomise', () => base.power(exponents, data), () => scheme.rerandomise(batch)],
    ]
    for (const [op, onGpu, onCores] of cases) {
      const shown = { op, rows, bits: 2048 }
      const [fast, slow] = [await best(onGpu, { cores: 2 }), await best(onCores, { cores: 2 })]
      yield { params: { ...shown, on: gpu.adapter }, value: fast, unit: 's' }
      yield { params: { ...shown, on: `${cores} cores, ${kernelName()}` }, value: slow, unit: 's' }
      yield {
        params: { ...shown, figure: 'times as fast as all cores' },
        value: slow / fast,
        unit: '',
      }
    }
    base.close()
  } finally {
    ring.close()
    await pool.close()
    gpu.close()
  }
}
