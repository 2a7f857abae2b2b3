/**
 * WebAssembly units: a module in a worker thread, one instance for each stream where the unit has a memory of it.
 * @module
 */
import { resolve } from 'node:path'

import type { FlowUnit } from '../../flow/stream/unit.ts'
import { createRemote } from './remote.ts'
import { lackOfFile, startScript } from './script.ts'
import type { UnitFile } from './unit-file.ts'
import { WASM_GUEST } from './wasm-guest.ts'

const GUEST_URL = `data:text/javascript,${encodeURIComponent(WASM_GUEST)}`

/** The unit of a description with `type = "wasm"`. */
export function wasmUnit({ descriptor, folder, entry }: UnitFile): FlowUnit {
  const wasm = resolve(folder, entry)
  return {
    descriptor,
    missing: () => lackOfFile(wasm),
    create: () =>
      createRemote(descriptor, async (host) =>
        startScript(host, descriptor, { url: GUEST_URL, exported: 'default', wasm }),
      ),
  }
}
