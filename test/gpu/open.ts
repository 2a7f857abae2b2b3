/**
 * A GPU for tests: a real one, or Chromium's software adapter where it is installed.
 * @module
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const SOFTWARE = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** The device of all tests. */
export interface TestGpu {
  readonly device: GPUDevice
  readonly adapter: string
  /** Destroys it when all who opened it have closed it. */
  close(): void
}

/** A device, or why there is none; the same one for all, as Dawn on Node does not stand two at a time. */
export async function openTestGpu(): Promise<TestGpu | { missing: string }> {
  users++
  opening ??= open()
  const found = await opening
  if ('missing' in found) return found
  const close = () => {
    if (--users === 0) found.device.destroy()
  }
  return { ...found, close }
}

let opening: ReturnType<typeof open> | undefined
let users = 0

async function open(): Promise<{ device: GPUDevice; adapter: string } | { missing: string }> {
  // Read when the driver loads, which is at the first request.
  if (process.env['VK_ICD_FILENAMES'] === undefined && existsSync(SOFTWARE)) {
    process.env['VK_ICD_FILENAMES'] = SOFTWARE
  }
  const gpu = await entry()
  if (!gpu)
    return { missing: 'WebGPU: run it on Deno, or name the folder with "webgpu" in WEFT_NATIVES' }
  const adapter = await gpu.requestAdapter()
  if (!adapter)
    return { missing: "an adapter: a GPU's Vulkan driver, or Debian's package chromium" }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
  })
  const { description, device: name, vendor } = adapter.info
  return { device, adapter: description || name || vendor }
}

async function entry(): Promise<GPU | undefined> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  if (own) return own
  const folder = process.env['WEFT_NATIVES']
  if (folder === undefined) return undefined
  const path = createRequire(join(folder, 'package.json')).resolve('webgpu')
  const { create } = (await import(pathToFileURL(path).href)) as { create(flags: string[]): GPU }
  kept = create([])
  return kept
}

/** Dawn ends the process when its entry is collected while a device is in use. */
let kept: GPU | undefined
