/**
 * WebAssembly modules as machines of `machine.ts`.
 * @module
 */
import type { Loops, Machine } from './machine.ts'

/** Compiles a module in base64. Throws where the runtime lacks an instruction or does not allow compiling. */
export function compileBase64(text: string): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)))
}

/** An instance of a compiled kernel with a memory of its own. */
export function instantiate(module: WebAssembly.Module): Machine {
  const { exports } = new WebAssembly.Instance(module, {
    env: {
      abort: () => {
        throw new Error('the big-number kernel stopped itself')
      },
    },
  })
  const loops = exports as unknown as Loops & { readonly memory: WebAssembly.Memory }
  return {
    ...loops,
    buffer: () => loops.memory.buffer,
    grow: (bytes) => void loops.memory.grow(Math.ceil(bytes / 65536)),
  }
}
