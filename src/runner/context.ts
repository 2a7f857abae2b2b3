/**
 * The context of a component's run: every way out leads over the line to the main thread.
 * @module
 */
import type { Component, LogLevel, TaskContext } from '../component/define.ts'
import type { KernelResult } from '../compute/kernels.ts'
import type { Parallel } from '../compute/parallel.ts'
import { address, type Channel } from '../federation/channel.ts'
import { ledgered } from '../federation/ledger.ts'
import type { Line } from './line.ts'

/** Characters of one log line; longer ones are cut. */
const LONGEST_LOG = 20_000

type Ports = 'tables' | 'models' | 'writeTable' | 'writeModel' | 'checkpoints' | 'scratch'
type Places = 'name' | 'role' | 'party' | 'position' | 'members'

export interface ContextOptions extends Pick<TaskContext, Ports | 'params' | 'connected'> {
  readonly line: Line
  readonly cores: number
  readonly component: Component
  readonly place: Pick<TaskContext, Places>
}

/** The context in which `component` runs. */
export function createContext(options: ContextOptions): TaskContext {
  const { line, component, place, params, connected } = options
  const { tables, models } = options
  return {
    ...place,
    params,
    connected,
    signal: line.signal,
    channel: channelOf(options),
    parallel: parallelOf(line, options.cores),
    random: (bytes) => randomBytes(bytes),
    tables,
    models,
    async writeTable(frame, output) {
      await options.writeTable(frame, output)
      await line.ask({ ask: 'room' })
    },
    async writeModel(model) {
      await options.writeModel(model)
      await line.ask({ ask: 'room' })
    },
    checkpoints: options.checkpoints,
    scratch: options.scratch,
    metric({ namespace, name, points, meta }) {
      const finite = points.filter(([, y]) => Number.isFinite(y))
      if (finite.length < points.length) {
        warn(
          line,
          `${component.name}: ${points.length - finite.length} points of metric ${namespace}/${name} are not numbers and are left out`,
        )
      }
      line.report({ type: 'metric', namespace, name, points: finite, meta })
    },
    progress(done, total, note) {
      const fraction = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0
      line.report({ type: 'progress', fraction: Number.isFinite(fraction) ? fraction : 0, note })
    },
    log: (level, text) => log(line, level, text),
    warn: (text) => warn(line, text),
  }
}

function channelOf({ line, component, place }: ContextOptions): Channel {
  const bare: Channel = {
    self: address(place.role, place.party),
    async send(to, tag, bytes) {
      // A copy of its own, because a view would drag its whole buffer along.
      const copy = bytes.slice()
      await line.ask({ ask: 'send', to, tag, bytes: copy }, { moving: [copy.buffer] })
    },
    receive: async (from, tag) => (await line.ask({ ask: 'receive', from, tag })) as Uint8Array,
  }
  return ledgered(bare, {
    component: place.name,
    messages: component.messages,
    record({ receiver, tag, kind, reveals, messages, bytes }) {
      line.report({ type: 'ledger', receiver, tag, kind, reveals, messages, bytes })
    },
  })
}

/** The compute pool as a task's thread sees it. */
export function parallelOf(line: Line, cores: number): Parallel {
  return {
    cores,
    async map(kernel, calls, { signal } = {}) {
      if (calls.length === 0) return []
      const results = await line.ask({ ask: 'map', kernel, calls }, { signal })
      return results as KernelResult<typeof kernel>[]
    },
  }
}

/** Cryptographic randomness; WebCrypto gives at most 64 KiB of it at once. */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count)
  for (let start = 0; start < count; start += 65_536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65_536))
  }
  return bytes
}

function log(line: Line, level: LogLevel, text: string): void {
  const kept = text.length > LONGEST_LOG ? `${text.slice(0, LONGEST_LOG)}…` : text
  line.report({ type: 'log', level, text: kept })
}

function warn(line: Line, text: string): void {
  line.report({ type: 'event', level: 'warning', message: text })
  log(line, 'warn', text)
}
