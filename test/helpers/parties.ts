/**
 * Runs all roles of a component in one process, as a runner would, and keeps everything they did and said.
 * @module
 */
import type {
  Checkpoint,
  Checkpoints,
  Component,
  DataSlot,
  InputModel,
  InputTable,
  LogLevel,
  MetricSeries,
  Model,
  ModelSlot,
  Role,
  Scratch,
  TaskContext,
} from '../../src/component/define.ts'
import { randomBytes } from '../../src/compute/crypto/random.ts'
import type { Frame } from '../../src/compute/ml/frame.ts'
import { inline, type Parallel } from '../../src/compute/parallel.ts'
import {
  address,
  type Address,
  type Channel,
  type LedgerEntry,
} from '../../src/federation/channel.ts'
import { ledgered } from '../../src/federation/ledger.ts'
import { memoryHub } from '../../src/federation/memory.ts'
import { decodeValue, encodeValue } from '../../src/runner/data/model-store.ts'

/** One message as it crossed. */
export interface WireMessage {
  readonly from: Address
  readonly to: Address
  readonly tag: string
  readonly bytes: Uint8Array
}

/** What one party was left with, and what it sent. */
export interface PartyOutcome {
  readonly tables: Frame[]
  /** Tables that were written under a name. */
  readonly named: Record<string, Frame>
  readonly models: Model[]
  readonly metrics: MetricSeries[]
  readonly logs: { readonly level: LogLevel; readonly text: string }[]
  readonly warnings: string[]
  readonly progress: { readonly done: number; readonly total: number; readonly note?: string }[]
  readonly ledger: LedgerEntry[]
  readonly wire: WireMessage[]
}

/** What all parties did together. */
export interface ComponentRun {
  readonly parties: Readonly<Record<Address, PartyOutcome>>
  /** Every message in sending order. */
  readonly wire: readonly WireMessage[]
  readonly ledger: readonly LedgerEntry[]
  /** Messages that nobody received. */
  readonly unread: number
}

type Slots<S extends string, T> = Readonly<Partial<Record<S, T>>>

export interface RunOptions {
  readonly members: Readonly<Partial<Record<Role, readonly string[]>>>
  readonly params?: object
  /** Parameters of single parties, over `params`. */
  readonly paramsAt?: Readonly<Record<Address, object>>
  /** Tables by address and slot: one frame, or several with their sources. */
  readonly tables?: Readonly<Record<Address, Slots<DataSlot, Frame | readonly InputTable[]>>>
  readonly models?: Readonly<Record<Address, Slots<ModelSlot, Model | readonly InputModel[]>>>
  /** Connected slots; without it those that some party has something in. */
  readonly connected?: {
    readonly data?: readonly DataSlot[]
    readonly model?: readonly ModelSlot[]
  }
  readonly name?: string
  readonly parallel?: Parallel
  readonly signal?: AbortSignal
  readonly random?: (bytes: number) => Uint8Array
  /** Changes what a party receives: a peer that does not keep to the protocol. */
  readonly tamper?: (message: WireMessage) => Uint8Array
  /** Checkpoints of earlier runs by address, and of this one afterwards. */
  readonly checkpoints?: Record<Address, Map<number, string>>
  /** Where parties spill; without it into memory. */
  readonly scratch?: (self: Address) => Scratch
}

/**
 * Runs `component` at every member. When one party rejects, the others' channels close, all of them are awaited,
 * and the first error is thrown again.
 */
export async function runComponent(
  component: Component,
  options: RunOptions,
): Promise<ComponentRun> {
  const hub = memoryHub()
  const wire: WireMessage[] = []
  const ledger: LedgerEntry[] = []
  const parties: Record<Address, PartyOutcome> = {}
  let received = 0

  function channelOf(self: Address, outcome: PartyOutcome): Channel {
    const raw = hub.channel(self)
    const tapped: Channel = {
      self,
      async send(to, tag, bytes) {
        const message = { from: self, to, tag, bytes: bytes.slice() }
        wire.push(message)
        outcome.wire.push(message)
        await raw.send(to, tag, options.tamper?.(message) ?? bytes)
      },
      async receive(from, tag) {
        const message = await raw.receive(from, tag)
        received++
        return message
      },
    }
    return ledgered(tapped, {
      component: component.name,
      messages: component.messages,
      record(entry) {
        ledger.push(entry)
        outcome.ledger.push(entry)
      },
    })
  }

  let failed: { readonly error: unknown } | undefined
  const work = Object.entries(options.members).flatMap(([role, names]) =>
    names.map(async (party, position) => {
      const self = address(role, party)
      const outcome = emptyOutcome()
      parties[self] = outcome
      try {
        const context = contextOf(
          { component, options, channel: channelOf(self, outcome), outcome },
          { role: role as Role, party, position },
        )
        await component.run(context)
      } catch (error) {
        failed ??= { error }
        hub.close(`${self} stopped`)
      }
    }),
  )
  await Promise.all(work)
  if (failed) throw failed.error
  return { parties, wire, ledger, unread: wire.length - received }
}

function contextOf(
  run: { component: Component; options: RunOptions; channel: Channel; outcome: PartyOutcome },
  place: { role: Role; party: string; position: number },
): TaskContext {
  const { component, options, channel, outcome } = run
  const { self } = channel
  return {
    name: options.name ?? `${component.name.toLowerCase()}_0`,
    ...place,
    members: options.members,
    params: component.params.parse({ ...options.params, ...options.paramsAt?.[self] }),
    signal: options.signal ?? new AbortController().signal,
    channel,
    parallel: options.parallel ?? inline,
    random: options.random ?? randomBytes,
    connected: {
      data: options.connected?.data ?? slotsOf<DataSlot>(options.tables),
      model: options.connected?.model ?? slotsOf<ModelSlot>(options.models),
    },
    async tables(slot) {
      const found = options.tables?.[self]?.[slot] ?? []
      return 'ids' in found ? [{ source: `args.${slot}`, frame: found }] : found
    },
    async models(slot) {
      const found = options.models?.[self]?.[slot] ?? []
      return 'param' in found ? [{ source: slot, model: found }] : found
    },
    async writeTable(frame, output) {
      outcome.tables.push(frame)
      if (output !== undefined) outcome.named[output] = frame
    },
    async writeModel(model) {
      outcome.models.push(model)
    },
    checkpoints: memoryCheckpoints(((options.checkpoints ?? {})[self] ??= new Map())),
    scratch: options.scratch?.(self) ?? memoryScratch(),
    metric: (series) => void outcome.metrics.push(series),
    progress: (done, total, note) => void outcome.progress.push({ done, total, note }),
    log: (level, text) => void outcome.logs.push({ level, text }),
    warn: (text) => void outcome.warnings.push(text),
  }
}

/** Keeps the latest two as a runner does, in the form of its files. */
function memoryCheckpoints(kept: Map<number, string>): Checkpoints {
  const latest = () => [...kept.keys()].toSorted((a, b) => b - a)
  return {
    load: () =>
      Promise.resolve(
        latest().map((step): Checkpoint => ({ step, state: decodeValue(kept.get(step) ?? '') })),
      ),
    async save(step, state) {
      for (const other of latest()) if (other > step) kept.delete(other)
      kept.set(step, encodeValue(state, 'checkpoint'))
      for (const other of latest().slice(2)) kept.delete(other)
    },
  }
}

/** Scratch files in memory. */
export function memoryScratch(files: Map<string, Uint8Array[]> = new Map()): Scratch {
  return {
    async append(name, bytes) {
      files.set(name, [...(files.get(name) ?? []), bytes.slice()])
    },
    read: (name) => Promise.resolve(new Uint8Array(Buffer.concat(files.get(name) ?? []))),
    async drop(name) {
      files.delete(name)
    },
  }
}

function emptyOutcome(): PartyOutcome {
  return {
    tables: [],
    named: {},
    models: [],
    metrics: [],
    logs: [],
    warnings: [],
    progress: [],
    ledger: [],
    wire: [],
  }
}

function slotsOf<S extends string>(
  byAddress: Readonly<Record<Address, Slots<S, unknown>>> | undefined,
): S[] {
  const names = Object.values<Slots<S, unknown>>(byAddress ?? {}).flatMap((slots) =>
    Object.keys(slots),
  )
  return [...new Set(names)] as S[]
}
