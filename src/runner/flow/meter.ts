/**
 * What the nodes of a flow do, as metrics of its task.
 * @module
 */
import type { ListenAddress } from '../../flow/stream/unit.ts'
import type { ReportBody } from '../executor.ts'
import type { Flow, NodeFigures } from './flow.ts'

/** What a node does at this moment, as the meta `now` of its series `throughput`. */
export interface NodeNow {
  /** Buffers a second. */
  readonly throughput: number
  /** Milliseconds in a call. */
  readonly call_ms: number
  readonly in_flight: number
  /** Buffers that wait, by in-port. */
  readonly queues: Readonly<Record<string, number>>
  /** Since the flow began. */
  readonly taken: number
  readonly given: number
  readonly errors: number
  /** Where it takes requests. */
  readonly listens?: ListenAddress
}

export interface Meter {
  /** Reports the figures since the last call as points: throughput, time in calls, what waits, errors. */
  mark(): void
  /** Reports what the nodes do now, in place of what was reported before; says nothing where nothing has changed. */
  look(): void
}

/** Tells of the nodes of a flow. */
export function createMeter(
  flow: Pick<Flow, 'figures'>,
  report: (body: ReportBody) => void,
  now: () => number = () => performance.now(),
): Meter {
  const start = now()
  const marked = createSpan(start)
  const looked = createSpan(start)
  const told = new Map<string, string>()

  return {
    mark() {
      const at = now()
      const figures = flow.figures()
      for (const { node, old, seconds } of marked.since(figures, at)) {
        const values = {
          ...ratesOf(node, { old, seconds }),
          waiting: node.waiting,
          in_flight: node.inFlight,
          errors: node.errors - (old?.errors ?? 0),
        }
        for (const [name, value] of Object.entries(values))
          report({
            type: 'metric',
            namespace: node.node,
            name,
            points: [[Math.round((at - start) / 100) / 10, value]],
            meta: { name: `${node.node} ${name}`, metric_type: 'FLOW', unit: UNIT[name] },
          })
      }
    },
    look() {
      for (const { node, old, seconds } of looked.since(flow.figures(), now())) {
        const { node: name, taken, given, errors, queues, inFlight: in_flight } = node
        const rates = ratesOf(node, { old, seconds })
        const { listens } = node
        const counts = { taken, given, errors, ...(listens ? { listens } : {}) }
        const value: NodeNow = { ...rates, in_flight, queues, ...counts }
        const text = JSON.stringify(value)
        if (told.get(name) === text) continue
        told.set(name, text)
        report({
          type: 'metric',
          namespace: name,
          name: 'throughput',
          points: [],
          meta: { now: value },
        })
      }
    },
  }
}

interface Since {
  readonly node: NodeFigures
  readonly old: NodeFigures | undefined
  readonly seconds: number
}

/** Remembers the figures from one call to the next. */
function createSpan(start: number) {
  let before = new Map<string, NodeFigures>()
  let last = start
  return {
    since(figures: readonly NodeFigures[], at: number): Since[] {
      const seconds = (at - last) / 1000
      if (seconds <= 0) return []
      const found = figures.map((node) => ({ node, old: before.get(node.node), seconds }))
      before = new Map(figures.map((node) => [node.node, node]))
      last = at
      return found
    },
  }
}

function ratesOf(
  node: NodeFigures,
  { old, seconds }: Pick<Since, 'old' | 'seconds'>,
): { throughput: number; call_ms: number } {
  const calls = node.calls - (old?.calls ?? 0)
  return {
    throughput: (node.taken - (old?.taken ?? 0)) / seconds,
    call_ms: calls === 0 ? 0 : (node.busyMs - (old?.busyMs ?? 0)) / calls,
  }
}

const UNIT: Readonly<Record<string, string>> = {
  throughput: 'buffers/s',
  call_ms: 'ms',
  waiting: 'buffers',
  in_flight: 'buffers',
  errors: 'calls',
}
