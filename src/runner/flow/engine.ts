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
  SessionOptions,
  Unit,
  UnitHost,
} from '../../flow/stream/unit.ts'
import { buildStages } from './build.ts'
import type { Flow, FlowEnd, FlowOptions } from './flow.ts'
import { createOwners } from './owner.ts'
import { Roster } from './roster.ts'
import { createRounds } from './rounds.ts'
import { FlowSession } from './session.ts'
import type { StageHost } from './stage-host.ts'
import { messageOf, type Stage } from './stage.ts'
import { SourceWayIn, VirtualWayIn, type WayInHost } from './way-in.ts'

/** Opens every unit and starts the flow; where one fails, those that are open are closed. */
export async function openFlow(
  graph: FlowGraph,
  units: readonly FlowUnit[],
  options: FlowOptions,
): Promise<Flow> {
  const { place, signal, inThread, traced } = options
  const stopping = new AbortController()
  const done = Promise.withResolvers<FlowEnd>()
  const sessions = new Roster<FlowSession>()
  const counts = { sessions: 0, failed: 0 }
  const addresses = new Map<string, ListenAddress>()
  let firstError: BufferError | undefined
  let stopped: string | undefined
  let listening = 0
  let opening = true
  let last = 0
  let ended = false

  const rounds = createRounds({
    isPaused: () => opening || ended,
    idle: settle,
    // No session can be trusted any more.
    failed: (error) => void stop(`The flow failed: ${messageOf(error)}`),
  })
  const host: StageHost = {
    mark: (stage) => rounds.mark(stage),
    wake: () => rounds.wake(),
    stop: (reason) => void stop(reason),
    log: place.log,
    traced,
    owners: graph.nodes.some(({ thread }) => thread) ? createOwners() : undefined,
  }
  const stages = buildStages(graph, { units, host, inThread })
  const byDistance = [...stages.values()].toSorted((a, b) => a.rank - b.rank)
  rounds.begin(byDistance)

  function settle(): void {
    if (!opening && sessions.size === 0 && listening === 0 && !ended) void finish()
  }

  function over(session: FlowSession): void {
    sessions.delete(session)
    if (session.error) {
      counts.failed++
      firstError ??= session.error
    }
    if (sessions.size === 0) queueMicrotask(settle)
  }

  function begin(options: SessionOptions & { onOutput?: VirtualOutput } = {}): FlowSession {
    const id = String(++last)
    counts.sessions++
    const session = new FlowSession({ id, over }, options)
    sessions.add(session)
    // Its way in holds it until that is closed.
    session.hold()
    return session
  }

  async function room(stage: Stage): Promise<void> {
    while (stage.waiting[0] >= stage.node.externalQueueSize && !stopping.signal.aborted)
      await new Promise<void>((resolve) => stage.callers.push(resolve))
  }

  const entry: WayInHost = {
    room,
    wake: () => rounds.wake(),
    purge(session) {
      for (const stage of byDistance) stage.purge(session)
    },
    inputAt(node) {
      const stage = stages.get(node)
      if (stage?.node.virtual === 'input') return stage
      throw new RangeError(`The flow has no input "${node}"`)
    },
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
        return new SourceWayIn(entry, begin(sessionOptions), stage)
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
      mayMove: (buffer) => host.owners?.mayMove(buffer) === true,
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
    for (const session of sessions.all()) session.kill(error)
    for (const stage of byDistance)
      for (const { stream } of stage.queues.all()) stage.purge(stream.session)
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
  rounds.wake()

  return {
    open: (sessionOptions = {}) => new VirtualWayIn(entry, begin(sessionOptions), inputs),
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
