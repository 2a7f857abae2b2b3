/**
 * Script units: JavaScript or TypeScript in a worker thread of its own, with the interface of `Unit`.
 *
 * `entry = "file.ts@Name"` names an export: a class, a function that makes a unit, or a unit; without a name `default`.
 * The thread is no prison: a script is code of whoever may write into the folder of units.
 * @module
 */
import { accessSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

import type { FlowUnit, UnitDescriptor, UnitHost } from '../../flow/stream/unit.ts'
import { createCalls } from './calls.ts'
import { createRemote, type Peer, type RemoteReply } from './remote.ts'
import { SCRIPT_GUEST } from './script-guest.ts'
import type { UnitFile } from './unit-file.ts'

const MEMORY_MB = 1024

/** The unit of a description with `type = "javascript"` or `"typescript"`. */
export function scriptUnit(file: UnitFile): FlowUnit {
  const { descriptor, folder, entry } = file
  const [name, exported = 'default'] = entry.split('@')
  const path = resolve(folder, name)
  return {
    descriptor,
    missing: () => lackOfFile(path),
    create: () =>
      createRemote(descriptor, async (host) =>
        startScript(host, descriptor, { url: pathToFileURL(path).href, exported }),
      ),
  }
}

/** Why a unit cannot be here, where the file with its code is not. */
export function lackOfFile(path: string): string | undefined {
  try {
    accessSync(path)
    return undefined
  } catch {
    return `its code ${path} is not there`
  }
}

type FromScript =
  | { readonly id: number; readonly reply: RemoteReply }
  | { readonly log: 'debug' | 'info' | 'warning' | 'error'; readonly text: string }

/** Starts the thread of a unit whose code is the export of a module. */
export function startScript(
  host: UnitHost,
  descriptor: UnitDescriptor,
  {
    url,
    exported,
    wasm,
  }: { readonly url: string; readonly exported: string; readonly wasm?: string },
): Peer {
  const worker = new Worker(SCRIPT_GUEST, {
    eval: true,
    // Nothing of the runner's own settings.
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    workerData: {
      url,
      name: exported,
      wasm,
      inputs: descriptor.inputs.map(({ name }) => name),
      outputs: descriptor.outputs.map(({ name }) => name),
      stream: descriptor.kind === 'stream',
    },
  })
  const calls = createCalls(`The script of ${descriptor.name}`)
  worker.on('message', (message: FromScript) => {
    if ('log' in message) host.log(message.log, message.text)
    else calls.answer(message.id, message.reply)
  })
  worker.on('error', (error) => calls.lose(error.message))
  worker.on('exit', (code) => calls.lose(`its thread ended with code ${code}`))
  return {
    get lost() {
      return calls.lost
    },
    call: (call) => calls.ask((id) => worker.postMessage({ id, call })),
    inOrder: true,
    kill(reason) {
      calls.lose(reason)
      void worker.terminate()
    },
    async close() {
      await worker.terminate()
    },
  }
}
