/**
 * A GPU to compute with: the runtime's own WebGPU, or the package `webgpu` where the operator put it beside the program.
 * One that calculates wrong in the self-test, or is a program that imitates a GPU, is named with the reason instead.
 * @module
 */
import { gpuSelfTest } from '../compute/gpu/gpu-self-test.ts'
import { findNative, loadNative } from './natives.ts'

/** A device that passed the self-test. */
export interface OpenGpu {
  readonly device: GPUDevice
  /** What the driver calls it. */
  readonly adapter: string
  /** Whether a program imitates it: right, but slower than the cores it runs on. */
  readonly software: boolean
  /** Why it can no longer be used; undefined while it can. What was under way then rejects. */
  lost(): string | undefined
  close(): void
}

/** Why there is no device. */
export interface NoGpu {
  readonly missing: string
}

/** Where to look, and what to accept. */
export interface GpuOptions {
  /** Folders that may hold the package `webgpu`. */
  readonly natives: readonly string[]
  /** Takes software adapters too, for tests. */
  readonly software?: boolean
  /** The WebGPU to ask, instead of looking for one. */
  readonly entry?: GPU
  /** The self-test: what was calculated wrong, or null. */
  readonly test?: (device: GPUDevice) => Promise<string | null>
}

/** Whether there is a WebGPU to ask: loading a driver only to find none would cost every start. */
export function hasWebGpu(natives: readonly string[]): boolean {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  return own !== undefined || findNative('webgpu', natives) !== undefined
}

/** Opens the fastest GPU there is and tests it, or says what is missing. */
export async function openGpu(options: GpuOptions): Promise<OpenGpu | NoGpu> {
  const { natives, software = false, test = gpuSelfTest } = options
  let device: GPUDevice | undefined
  try {
    const gpu = options.entry ?? findEntry(natives)
    if (!gpu) return { missing: NO_WEBGPU }
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
    if (!adapter) return { missing: "an adapter: the GPU's Vulkan driver" }
    const { info, limits } = adapter
    const name = info.description || info.device || info.vendor || 'a GPU without a name'
    const imitated =
      info.isFallbackAdapter === true || SOFTWARE.test(`${name} ${info.architecture}`)
    if (imitated && !software) return { missing: `a real GPU: ${name} is software` }
    const { maxStorageBufferBindingSize, maxBufferSize } = limits
    device = await adapter.requestDevice({
      requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
    })
    const wrong = await test(device)
    if (wrong === null) return keep(gpu, { device, adapter: name, software: imitated })
    device.destroy()
    return { missing: `a GPU that calculates right: ${name} gave a wrong ${wrong}` }
  } catch (error) {
    // A driver that is there but does not work is a reason, not a failure: everything runs without one.
    device?.destroy()
    return {
      missing: `a GPU that works: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}

/** What is missing where there is no WebGPU. */
export const NO_WEBGPU = 'WebGPU: install the package "webgpu" into a folder of WEFT_NATIVES'

/** Names under which software adapters are known. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i

/** Dawn ends the process when its entry is collected while a device is in use. */
const entries = new Set<GPU>()

function keep(gpu: GPU, found: { device: GPUDevice; adapter: string; software: boolean }): OpenGpu {
  const { device } = found
  let reason: string | undefined
  entries.add(gpu)
  void device.lost.then((info) => {
    reason ??= info.message || info.reason
    entries.delete(gpu)
  })
  return {
    ...found,
    lost: () => reason,
    close() {
      reason ??= 'it was closed'
      device.destroy()
    },
  }
}

function findEntry(natives: readonly string[]): GPU | undefined {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu
  if (own || !findNative('webgpu', natives)) return own
  const { create } = loadNative('webgpu', natives) as { create(flags: string[]): GPU }
  return create([])
}
