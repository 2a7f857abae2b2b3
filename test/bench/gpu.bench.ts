/**
 * A GPU against all cores: sums of a histogram, fresh randomness and additions under Okamoto–Uchiyama encryption of 2048 bits,
 * bytes in and bytes out, with equal results. Where there is no GPU the only line says what is missing. WEFT_WEBGPU=on takes
 * a software adapter too, which shows that it runs and says nothing of speed. `rows=…` sets the size.
 * @module
 */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'

import {
  type AdditiveScheme,
  type CipherBatch,
  openPublic,
} from '../../src/compute/crypto/additive.ts'
import { generateOuKey } from '../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { randomBytes } from '../../src/compute/crypto/random.ts'
import { createGpuRing, type GpuRing } from '../../src/compute/gpu/gpu-ring.ts'
import { kernelName } from '../../src/compute/kernel/load.ts'
import { openGpu } from '../../src/runner/gpu.ts'
import { createPool } from '../../src/runner/pool.ts'
import { best, useNamedAccelerator } from './he-cases.ts'

/** What is timed: on the GPU, and on the cores. */
interface Pair {
  onGpu(): Promise<Uint8Array>
  onCores(): Promise<CipherBatch>
  /** Whether both give the same bytes. */
  readonly fixed: boolean
}

interface Given {
  readonly ring: GpuRing
  readonly scheme: AdditiveScheme
  readonly batch: CipherBatch
  /** The base of the key's randomness. */
  readonly h: bigint
}

export const histogram = benchOf('gpu-histogram', ({ ring, scheme, batch }) => {
  const [features, bins] = [10, 64]
  const order = Uint32Array.from(
    { length: batch.length * features },
    (_, k) => (7 * k) % batch.length,
  )
  const start = Uint32Array.from({ length: features * bins + 1 }, (_, list) =>
    Math.floor((list * order.length) / (features * bins)),
  )
  return {
    onGpu: () => ring.products(batch.data, { order, start }),
    onCores: () => scheme.sumByIndex(batch, { order, start }),
    fixed: true,
  }
})

export const rerandomise = benchOf('gpu-rerandomise', ({ ring, scheme, batch, h }) => {
  const base = ring.fixedBase(h, 40)
  return {
    onGpu: () => base.power(randomBytes(40 * batch.length), batch.data),
    onCores: () => scheme.rerandomise(batch),
    fixed: false,
  }
})

export const add = benchOf('gpu-add', ({ ring, scheme, batch }) => ({
  onGpu: () => ring.multiply(batch.data, batch.data),
  onCores: () => scheme.add(batch, batch),
  fixed: true,
}))

function benchOf(name: string, prepare: (given: Given) => Pair) {
  async function* run(params: Readonly<Record<string, string>> = {}) {
    const natives = useNamedAccelerator() ?? []
    const gpu = await openGpu({ natives, software: process.env['WEFT_WEBGPU'] === 'on' })
    if ('missing' in gpu) {
      yield { params: { absent: gpu.missing }, value: 0, unit: 'GPUs' }
      return
    }
    const rows = Number(params['rows'] ?? 30_000)
    const { publicKey } = generateOuKey({ bits: 2048 })
    const cores = availableParallelism()
    const pool = createPool({ cores, natives })
    const ring = await createGpuRing(gpu.device, publicKey.n)
    try {
      const scheme = openPublic(publicKey, { parallel: pool.client() })
      const batch = await repeated(scheme, rows)
      const { onGpu, onCores, fixed } = prepare({ ring, scheme, batch, h: publicKey.h })
      const [own, theirs] = [await onGpu(), await onCores()]
      if (fixed) assert.deepEqual(own, theirs.data)
      // The clock on the wall: the processor's stands still while the GPU works.
      const [fast, slow] = [await best(onGpu, { cores: 2 }), await best(onCores, { cores: 2 })]
      const shown = { rows, bits: 2048 }
      yield { params: { ...shown, on: gpu.adapter }, value: fast, unit: 's' }
      yield { params: { ...shown, on: `${cores} cores, ${kernelName()}` }, value: slow, unit: 's' }
      const figure = { ...shown, figure: 'times as fast as all cores' }
      yield { params: figure, value: slow / fast, unit: '' }
    } finally {
      ring.close()
      await pool.close()
      gpu.close()
    }
  }
  return { name, run }
}

/** `rows` ciphertexts, of which 256 are different. */
async function repeated(scheme: AdditiveScheme, rows: number): Promise<CipherBatch> {
  const few = await scheme.encrypt(
    Array.from({ length: 256 }, (_, i) => BigInt(i)),
    256n,
  )
  const data = new Uint8Array(rows * scheme.width)
  for (let at = 0; at < rows; at++) {
    const from = (at % few.length) * scheme.width
    data.set(few.data.subarray(from, from + scheme.width), at * scheme.width)
  }
  return { ...few, length: rows, data }
}
