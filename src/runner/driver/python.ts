/**
 * Python units: a process each, with the original's interface (`_flowunit`), fed through pipes.
 *
 * `entry = "module@Class"` is looked up beside the description. A process is no prison: a unit is code of whoever may write
 * into the folder of units.
 * @module
 */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { promisify } from 'node:util'

import type { FlowUnit, UnitHost } from '../../flow/stream/unit.ts'
import { createCalls } from './calls.ts'
import { encodeCall, encodeRoom, frameReader } from './frame.ts'
import { PYTHON_GUEST } from './python-guest.ts'
import { createRemote, type Peer } from './remote.ts'
import { createSources } from './sources.ts'
import type { UnitFile } from './unit-file.ts'

/** How long a process may take to end when its pipe is closed. */
const END_MS = 3000
/** What of the runner's environment a unit sees. */
const KEPT = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'VIRTUAL_ENV',
  'LD_LIBRARY_PATH',
  'CUDA_VISIBLE_DEVICES',
]

/** The unit of a description with `type = "python"`. */
export function pythonUnit(file: UnitFile): FlowUnit {
  const { descriptor, entry, interpreter } = file
  const [module, name] = entry.split('@')
  if (!/^[A-Za-z_][\w.]*$/.test(module) || !/^[A-Za-z_]\w*$/.test(name ?? ''))
    throw new Error(`its entry is "${entry}": write module@Class`)
  return {
    descriptor,
    missing: () => lackOf(interpreter),
    create: () => createRemote(descriptor, async (host) => startPython(host, file, [module, name])),
  }
}

/** One look for each interpreter: many units share it. */
const looks = new Map<string, Promise<string | undefined>>()

function lackOf(interpreter: string): Promise<string | undefined> {
  const known = looks.get(interpreter) ?? look(interpreter)
  looks.set(interpreter, known)
  return known
}

async function look(interpreter: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(interpreter, ['-c', 'import sys; assert sys.version_info >= (3, 8)'])
    return undefined
  } catch {
    return `it needs Python 3.8 or later, and "${interpreter}" is none`
  }
}

function startPython(host: UnitHost, file: UnitFile, [module, name]: readonly string[]): Peer {
  const { descriptor, folder, interpreter } = file
  const ports = JSON.stringify(descriptor.outputs.map((port) => port.name))
  const kind = descriptor.inputs.length === 0 ? 'source' : 'unit'
  const child = spawn(interpreter, ['-u', '-c', PYTHON_GUEST, folder, module, name, ports, kind], {
    cwd: folder,
    env: Object.fromEntries(KEPT.map((key) => [key, process.env[key]])),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  const calls = createCalls(`The process of ${descriptor.name}`)
  const [, out, err, to, from] = child.stdio as unknown as [
    null,
    Readable,
    Readable,
    Writable,
    Readable,
  ]
  const sources = createSources(host, (source) => {
    if (to.writable) to.write(encodeRoom(source))
  })
  const lastWords: string[] = []
  createInterface({ input: out }).on('line', (line) => host.log('info', line))
  createInterface({ input: err }).on('line', (line) => {
    host.log('warning', line)
    lastWords.push(line)
    if (lastWords.length > 3) lastWords.shift()
  })
  const read = frameReader()
  from.on('data', (piece: Uint8Array) => {
    try {
      for (const message of read(piece))
        if ('log' in message) host.log(message.log, message.text)
        else if ('busy' in message) sources.stay(message.busy)
        else if ('source' in message) sources.take(message)
        else calls.answer(message.id, message.reply)
    } catch (error) {
      calls.lose(error instanceof Error ? error.message : String(error))
      child.kill('SIGKILL')
    }
  })
  // A pipe that breaks does so because the process has ended, which says more.
  to.on('error', () => undefined)
  child.on('error', (error) => calls.lose(error.message))
  const ended = once(child, 'close').then(([code, signal]) => {
    const how = signal === null ? `with code ${code}` : `by ${signal}`
    calls.lose([`it ended ${how}`, ...lastWords.slice(-1)].join(': '))
    sources.lose(calls.lost ?? how)
  })
  return {
    get lost() {
      return calls.lost
    },
    call: (call) =>
      calls.ask((id) => {
        to.cork()
        for (const piece of encodeCall(id, call)) to.write(piece)
        to.uncork()
      }),
    inOrder: true,
    sourceOf: sources.numberOf,
    kill(reason) {
      calls.lose(reason)
      child.kill('SIGKILL')
    },
    async close() {
      to.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), END_MS)
      await ended.catch(() => undefined)
      clearTimeout(timer)
    },
  }
}
