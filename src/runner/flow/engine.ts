/**
 * Runs the graph of a flow: opens its units, moves what sessions send through the stages, closes everything again.
 *
 * One stage works at a time, that nearest to the end first; a unit that waits for something lets the others go on. A
 * stage pauses while a queue behind it is full, so what a flow holds is bounded by its queues.
 * @module
 */
import type { BufferError, FlowBuffer } from '../../flow/stream/buffer.ts'
import { unitConfig } from '../../flow/stream/config.ts'
import { followerOf } from '../../flow/stream/follower.ts'
import type { FlowGraph, FlowNode } from '../../flow/stream/graph.ts'
import type {
  FlowUnit,
  ListenAddress,
  SessionInput,
  SessionOptions,
  Unit,
  UnitHost,
} from '../../flow/stream/unit.ts'
import { CollapseStage, LoopStage } from './collect.ts'
import { NormalStage } from './normal.ts'
import { FlowSession } from './session.ts'
import {
  messageOf,
  type Stage,
  type StageCount,
  type StageHost,
  type StageOptions,
} from './stage.ts'
import { StreamStage } from './stream.ts'
import { virtualUnit } from './virtual.ts'

/** What a flow may ask of where it runs. */
export interface FlowPlace {
  readable(path: string): Promise<string>
  writable(path: string): Promise<string>
  log(node: string, level: 'debug' | 'info' | 'warning' | 'error', text: string): void
}

export interface FlowOptions {
  readonly place: FlowPlace
  readonly signal?: AbortSignal
}

/** How a flow came to its end. */
export interface FlowEnd {
  /** Why it stopped before all of its sessions were over; undefined at a normal end. */
  readonly stopped?: string
  readonly sessions: number
  readonly failed: number
  /** The first failure of a session. */
  readonly error?: BufferError
}

/** What a node is doing. */
export interface NodeFigures extends Readonly<StageCount> {
  readonly node: string
  readonly unit: string
  /** Buffers that wait in front of it. */
  readonly waiting: number
  /** The same by in-port. */
  readonly queues: Readonly<Record<string, number>>
  readonly inFlight: number
  /** Where it takes requests. */
  readonly listens: ListenAddress | undefined
}

export interface Flow {
  /** Opens a session through the virtual inputs. */
  open(
    options?: SessionOptions & { readonly onOutput?: (node: string, buffer: FlowBuffer) => void },
  ): VirtualInput
  /** No more sessions are opened from outside: it ends when those there are have ended. */
  close(): void
  /** Resolves when nothing is left to do, or the flow was stopped; units are closed then. */
  readonly done: Promise<FlowEnd>
  stop(reason: string): Promise<FlowEnd>
  figures(): NodeFigures[]
  /** Sessions under way. */
  readonly alive: number
}

/** The way in of a session through virtual inputs, by their nodes' names. */
export interface VirtualInput extends Omit<SessionInput, 'send' | 'room' | 'waiting'> {
  send(node: string, buffers: readonly FlowBuffer[]): void
  room(node: string): Promise<void>
}

/** Longest time without a look at what else the thread has to do, in milliseconds. */
const SLICE_MS = 8

/** Opens every unit and starts the flow; where one fails, those that are open are closed. */
export async function openFlow(
  graph: FlowGraph,
  units: readonly FlowUnit[],
  options: FlowOptions,
): Promise<Flow> {
  const { place, signal } = options
  const stopping = new AbortController()
  const done = Promise.withResolvers<FlowEnd>()
  const sessions = new Set<FlowSession>()
  const counts = { sessions: 0, failed: 0 }
  const addresses = new Map<string, ListenAddress>()
  let firstError: BufferError | undefined
  let stopped: string | undefined
  let listening = 0
  let opening = true
  let looping = false
  let lowest = 0
  let last = 0
  let ended = false

  const host: StageHost = {
    mark(stage) {
      stage.dirty = true
      if (stage.rank < lowest) lowest = stage.rank
    },
    wake,
    stop: (reason) => void stop(reason),
    log: place.log,
  }
  const stages = buildStages(graph, units, host)
  const byDistance = [...stages.values()].toSorted((a, b) => a.rank - b.rank)
  byDistance.forEach((stage, index) => (stage.rank = index))

  /** Works until nothing can be done without waiting. */
  function wake(): void {
    if (looping || opening || ended) return
    looping = true
    const began = performance.now()
    try {
      for (let steps = 0; ; steps++) {
        if (!work()) break
        if (steps % 64 === 63 && performance.now() - began > SLICE_MS) {
          setImmediate(wake)
          return
        }
      }
    } catch (error) {
      // A fault of a stage itself: no session can be trusted any more.
      void stop(`The flow failed: ${messageOf(error)}`)
    } finally {
      looping = false
    }
    settle()
  }

  function work(): boolean {
    for (let index = lowest; index < byDistance.length; index++) {
      const stage = byDistance[index]
      if (!stage.dirty) continue
      lowest = index
      if (stage.step(false)) return true
      stage.dirty = false
    }
    lowest = byDistance.length
    return relax()
  }

  /** All stand still though something waits: a queue is too small for the graph, and one stage may go beyond it. */
  function relax(): boolean {
    if (byDistance.some(({ inFlight }) => inFlight > 0)) return false
    return byDistance.some((stage) => stage.blocked && stage.ready.length > 0 && stage.step(true))
  }

  function settle(): void {
    if (!opening && sessions.size === 0 && listening === 0 && !ended) void finish()
  }

  function begin(options: SessionOptions & { onOutput?: VirtualOutput } = {}): FlowSession {
    const id = String(++last)
    counts.sessions++
    const session = new FlowSession(id, {
      ...options,
      over(over) {
        sessions.delete(over)
        if (over.error) {
          counts.failed++
          firstError ??= over.error
        }
        if (sessions.size === 0) queueMicrotask(settle)
      },
    })
    sessions.add(session)
    // Its way in holds it until that is closed.
    session.hold()
    return session
  }

  function wayIn(
    session: FlowSession,
    targets: readonly Stage[],
  ): Omit<SessionInput, 'send' | 'room' | 'waiting'> {
    let open = true
    return {
      session,
      close() {
        if (!open) return
        open = false
        for (const stage of targets) stage.putEnd(0, session.root)
        session.release()
        wake()
      },
      fail(error) {
        open = false
        session.kill(error)
        for (const stage of byDistance) stage.purge(session)
        wake()
      },
    }
  }

  function send(stage: Stage, session: FlowSession, buffers: readonly FlowBuffer[]): void {
    for (const buffer of buffers) stage.put(0, session.root, { buffer, tag: undefined })
    wake()
  }

  async function room(stage: Stage): Promise<void> {
    while (stage.waiting[0] >= stage.node.externalQueueSize && !stopping.signal.aborted)
      await new Promise<void>((resolve) => stage.callers.push(resolve))
  }

  function hostOf(stage: Stage): UnitHost {
    const { node } = stage
    return {
      node: node.name,
      device: node.unit?.device ?? 'cpu',
      deviceIds: node.deviceIds,
      follower: followerOf(graph, node),
      signal: stopping.signal,
      openSession(sessionOptions) {
        if (node.inputs.length > 0)
          throw new TypeError(`Node ${node.name} has in-ports: only a source opens sessions`)
        const session = begin(sessionOptions)
        // What the other sources could send belongs to other sessions.
        const base = wayIn(session, [stage])
        return {
          ...base,
          get waiting() {
            return stage.waiting[0]
          },
          send: (buffers) => send(stage, session, buffers),
          room: () => room(stage),
        }
      },
      listen(at) {
        listening++
        if (at) addresses.set(node.name, at)
        let open = true
        return () => {
          if (!open) return
          open = false
          addresses.delete(node.name)
          listening--
          queueMicrotask(settle)
        }
      },
      readable: place.readable,
      writable: place.writable,
      log: (level, text) => place.log(node.name, level, text),
    }
  }

  async function closeUnits(): Promise<void> {
    stopping.abort('the flow ends')
    for (const { callers } of byDistance) for (const go of callers.splice(0)) go()
    for (const { node, unit } of byDistance)
      try {
        await unit.close?.()
      } catch (error) {
        place.log(node.name, 'warning', `Its unit could not be closed: ${messageOf(error)}`)
      }
  }

  async function finish(): Promise<void> {
    if (ended) return
    ended = true
    await closeUnits()
    done.resolve({
      ...counts,
      ...(stopped === undefined ? {} : { stopped }),
      ...(firstError ? { error: firstError } : {}),
    })
  }

  function stop(reason: string): Promise<FlowEnd> {
    if (ended) return done.promise
    stopped ??= reason
    const error = { code: 'Flow.Stopped', message: reason }
    for (const session of sessions) session.kill(error)
    for (const stage of byDistance)
      for (const { stream } of stage.queues.values()) stage.purge(stream.session)
    void finish()
    return done.promise
  }

  try {
    const opened = await Promise.allSettled(
      byDistance.map((stage) => openUnit(stage.node, stage.unit, hostOf(stage))),
    )
    const failed = opened.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    signal?.throwIfAborted()
  } catch (error) {
    ended = true
    await closeUnits()
    throw error
  }
  opening = false
  signal?.addEventListener('abort', () => void stop(String(signal.reason)), { once: true })
  const inputs = byDistance.filter(({ node }) => node.virtual === 'input')
  // Whoever feeds it says when that is over.
  if (inputs.length > 0) listening++
  // Sources may have sent already.
  wake()

  return {
    open(sessionOptions = {}) {
      const session = begin(sessionOptions)
      const stageOf = (node: string): Stage => {
        const stage = stages.get(node)
        if (stage?.node.virtual === 'input') return stage
        throw new RangeError(`The flow has no input "${node}"`)
      }
      return {
        ...wayIn(session, inputs),
        send: (node, buffers) => send(stageOf(node), session, buffers),
        room: (node) => room(stageOf(node)),
      }
    },
    close() {
      if (inputs.length > 0) listening--
      inputs.length = 0
      settle()
    },
    done: done.promise,
    stop,
    figures: () =>
      byDistance.map(({ node, count, waiting, ports, inFlight }) => ({
        ...count,
        node: node.name,
        unit: node.unit?.name ?? node.virtual ?? '',
        waiting: sum(waiting),
        queues: Object.fromEntries(
          node.inputs.map((port, index) => [port, sum(ports[index].map((lane) => waiting[lane]))]),
        ),
        inFlight,
        listens: addresses.get(node.name),
      })),
    get alive() {
      return sessions.size
    },
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

type VirtualOutput = (node: string, buffer: FlowBuffer) => void

async function openUnit(node: FlowNode, unit: Unit, host: UnitHost): Promise<void> {
  try {
    await unit.open?.(unitConfig(node.settings, node.unit?.options), host)
  } catch (error) {
    const { name, device } = node.unit ?? { name: node.name, device: '' }
    throw new Error(`open flowunit '${name}', type '${device}' failed. -> ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function buildStages(
  graph: FlowGraph,
  units: readonly FlowUnit[],
  host: StageHost,
): ReadonlyMap<string, Stage> {
  const stages = new Map<string, Stage>()
  for (const node of graph.nodes) {
    const into = node.inputs.map((port) =>
      graph.edges.flatMap(({ to }, index) =>
        to.node === node.name && to.port === port ? [index] : [],
      ),
    )
    const caps = into.flatMap((edges, port) =>
      edges.map(() => node.queueSizes[node.inputs[port]] ?? node.queueSize),
    )
    const isSource = node.inputs.length === 0
    const stage = createStage({
      node,
      unit: unitOf(node, units),
      host,
      // A source has one way in, from outside.
      edgesIn: isSource ? [1] : into.map((edges) => edges.length),
      caps: isSource ? [node.externalQueueSize] : caps,
    })
    stage.rank = graph.distance.get(node.name) ?? 0
    if (stage instanceof LoopStage)
      stage.exit = node.outputs.findIndex((port) => port !== graph.loopOut.get(node.name))
    stages.set(node.name, stage)
  }
  const taken = new Map<string, number>()
  for (const node of graph.nodes)
    for (const port of node.inputs)
      graph.edges.forEach(({ from, to }, index) => {
        if (to.node !== node.name || to.port !== port) return
        const lane = taken.get(node.name) ?? 0
        taken.set(node.name, lane + 1)
        const source = stages.get(from.node)
        const stage = stages.get(node.name)
        if (!source || !stage) return
        const out = source.node.outputs.indexOf(from.port)
        source.targets[out].push({ stage, lane, back: graph.backEdges.has(index) })
        stage.upstream.add(source)
      })
  return stages
}

function createStage(options: StageOptions): Stage {
  const { role, kind, inputs } = options.node
  if (role === 'collapse') return new CollapseStage(options)
  if (role === 'loop') return new LoopStage(options)
  const isStream = kind === 'stream' || role === 'expand' || inputs.length === 0
  return isStream ? new StreamStage(options) : new NormalStage(options)
}

function unitOf(node: FlowNode, units: readonly FlowUnit[]): Unit {
  if (node.virtual) return virtualUnit(node)
  const unit = units.find(
    ({ descriptor }) =>
      descriptor.name === node.unit?.name && descriptor.device === node.unit.device,
  )
  if (unit) return unit.create()
  throw new Error(
    `current environment does not support the unit '${node.unit?.name}' on '${node.unit?.device}'`,
  )
}
