import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type GpuOptions, openGpu } from '../../src/runner/gpu.ts'

/** A WebGPU with one adapter, whose device counts how often it was destroyed. */
function fake(info: Partial<GPUAdapterInfo> | null) {
  const seen = { destroyed: 0, asked: {} as object }
  let lose: (info: { reason: string; message: string }) => void = () => {}
  const device = {
    lost: new Promise((resolve) => (lose = resolve)),
    destroy: () => void seen.destroyed++,
  }
  const adapter = info && {
    info: { vendor: '', architecture: '', device: '', description: '', ...info },
    limits: { maxStorageBufferBindingSize: 77, maxBufferSize: 99 },
    requestDevice(asked: object) {
      seen.asked = asked
      return Promise.resolve(device)
    },
  }
  const entry = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU
  return { entry, seen, lose: (message: string) => lose({ reason: 'unknown', message }) }
}

const RIGHT = { natives: [], test: () => Promise.resolve(null) } satisfies GpuOptions

test('a GPU that passes the self-test is opened with the room it has', async () => {
  const { entry, seen, lose } = fake({ description: 'Some GPU 9000', vendor: 'some' })
  const gpu = await openGpu({ ...RIGHT, entry })
  assert.ok('device' in gpu)
  assert.deepEqual([gpu.adapter, gpu.software, gpu.lost()], ['Some GPU 9000', false, undefined])
  assert.deepEqual(seen.asked, {
    requiredLimits: { maxStorageBufferBindingSize: 77, maxBufferSize: 99 },
  })
  lose('the driver was reset')
  await gpu.device.lost
  assert.equal(gpu.lost(), 'the driver was reset')
  gpu.close()
  assert.equal(seen.destroyed, 1)
  assert.equal(gpu.lost(), 'the driver was reset')
})

test('software that imitates a GPU is taken only where that was asked for', async () => {
  for (const info of [
    { description: 'SwiftShader Device (Subzero)' },
    { device: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    { description: 'Any', isFallbackAdapter: true },
  ]) {
    const refused = await openGpu({ ...RIGHT, entry: fake(info).entry })
    assert.match('missing' in refused ? refused.missing : '', /a real GPU: .* is software/)
    const taken = await openGpu({ ...RIGHT, entry: fake(info).entry, software: true })
    assert.ok('device' in taken && taken.software)
  }
})

test('a GPU that calculates wrong, or not at all, is named and left alone', async () => {
  const wrong = fake({ description: 'Some GPU' })
  const found = await openGpu({ ...RIGHT, entry: wrong.entry, test: async () => 'power' })
  assert.deepEqual(found, {
    missing: 'a GPU that calculates right: Some GPU gave a wrong power',
  })
  assert.equal(wrong.seen.destroyed, 1)
  const broken = fake({ vendor: 'some' })
  const failing = () => Promise.reject(new Error('shader refused'))
  assert.deepEqual(await openGpu({ ...RIGHT, entry: broken.entry, test: failing }), {
    missing: 'a GPU that works: shader refused',
  })
  assert.equal(broken.seen.destroyed, 1)
})

test('without an adapter, the driver is asked for', async () => {
  const none = await openGpu({ ...RIGHT, entry: fake(null).entry })
  assert.match('missing' in none ? none.missing : '', /an adapter: the GPU's Vulkan driver/)
})
