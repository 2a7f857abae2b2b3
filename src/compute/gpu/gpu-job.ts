/**
 * Runs one entry of a shader over buffers and reads the result back.
 * @module
 */
import { type Entry, GROUP } from './montgomery-shader.ts'

/** The flags of WebGPU's specification; the global objects are not everywhere. */
const USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 }
const MAP_READ = 0x1
const COMPUTE = 0x4

/** What a call brings; what is missing is an empty buffer. */
export interface GpuCall {
  readonly entry: Entry
  readonly count: number
  readonly steps?: number
  readonly given?: boolean
  readonly x?: GPUBuffer
  readonly y?: GPUBuffer
  readonly info?: Uint32Array
  /** 32-bit words of the result. */
  readonly resultWords: number
  /** 32-bit words of the scratch table. */
  readonly tableWords?: number
}

/** A compiled shader with the numbers of its modulus. */
export interface GpuProgram {
  /** Puts words on the GPU. */
  upload(words: Uint32Array): GPUBuffer
  /** Runs an entry; the result stays on the GPU. The caller destroys it. */
  run(call: GpuCall): GPUBuffer
  read(buffer: GPUBuffer): Promise<Uint32Array>
  close(): void
}

/** Compiles `code` on `device`; throws with the compiler's words when it is refused. */
export async function createProgram(
  device: GPUDevice,
  { code, field, limbs }: { code: string; field: Uint32Array; limbs: number },
): Promise<GpuProgram> {
  const module = device.createShaderModule({ code })
  const wrong = (await module.getCompilationInfo()).messages.filter(({ type }) => type === 'error')
  if (wrong.length > 0) throw new Error(`The GPU refused a shader: ${wrong[0].message}`)
  const storage = (binding: number, type: GPUBufferBindingType): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: COMPUTE,
    buffer: { type },
  })
  const layout = device.createBindGroupLayout({
    entries: [
      ...[0, 1, 2, 3].map((binding) => storage(binding, 'read-only-storage')),
      storage(4, 'storage'),
      storage(5, 'storage'),
      storage(6, 'uniform'),
    ],
  })
  const shared = device.createPipelineLayout({ bindGroupLayouts: [layout] })
  const compiled = new Map<Entry, GPUComputePipeline>()
  /** Compiled at its first use, as that may take a second. */
  const pipelineOf = (entryPoint: Entry): GPUComputePipeline => {
    const known = compiled.get(entryPoint)
    if (known) return known
    const pipeline = device.createComputePipeline({
      layout: shared,
      compute: { module, entryPoint },
    })
    compiled.set(entryPoint, pipeline)
    return pipeline
  }
  const upload = (words: Uint32Array, usage = USAGE.storage): GPUBuffer => {
    const size = Math.max(16, words.byteLength)
    const buffer = device.createBuffer({ size, usage: usage | USAGE.copyTarget })
    device.queue.writeBuffer(buffer, 0, words.slice())
    return buffer
  }
  const numbers = upload(field)
  const empty = upload(new Uint32Array(4))

  return {
    upload: (words) => upload(words),
    run(call) {
      const result = device.createBuffer({
        size: 4 * Math.max(4, call.resultWords),
        usage: USAGE.storage | USAGE.copySource,
      })
      const table = device.createBuffer({
        size: 4 * Math.max(4, call.tableWords ?? 0),
        usage: USAGE.storage,
      })
      const info = call.info ? upload(call.info) : empty
      const job = upload(
        Uint32Array.of(call.count, call.steps ?? 0, call.given ? 1 : 0, limbs),
        USAGE.uniform,
      )
      const buffers = [numbers, call.x ?? empty, call.y ?? empty, info, result, table, job]
      const bindings = device.createBindGroup({
        layout,
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      })
      const commands = device.createCommandEncoder()
      const pass = commands.beginComputePass()
      pass.setPipeline(pipelineOf(call.entry))
      pass.setBindGroup(0, bindings)
      pass.dispatchWorkgroups(Math.ceil(call.count / GROUP))
      pass.end()
      device.queue.submit([commands.finish()])
      // Destroyed once the GPU has done with them.
      for (const buffer of [table, job]) buffer.destroy()
      if (info !== empty) info.destroy()
      return result
    },
    async read(buffer) {
      const staging = device.createBuffer({
        size: buffer.size,
        usage: USAGE.mapRead | USAGE.copyTarget,
      })
      const commands = device.createCommandEncoder()
      commands.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size)
      device.queue.submit([commands.finish()])
      await staging.mapAsync(MAP_READ)
      const words = new Uint32Array(staging.getMappedRange().slice(0))
      staging.destroy()
      return words
    },
    close() {
      numbers.destroy()
      empty.destroy()
    },
  }
}
