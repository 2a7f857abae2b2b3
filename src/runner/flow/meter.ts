/**
 * What the nodes of a flow do, as metrics of its task.
 * @module
 */
import type { ReportBody } from '../runner.ts'
import type { Flow, NodeFigures } from './engine.ts'

/** Reports the figures since the last call: throughput, time in calls, what waits, errors. */
export function createMeter(
  flow: Pick<Flow, 'figures'>,
  report: (body: ReportBody) => void,
  now: () => number = () => performance.now(),
): () => void {
  let before = new Map<string, NodeFigures>()
  const start = now()
  let last = start

  return () => {
    const at = now()
    const seconds = (at - last) / 1000
    if (seconds <= 0) return
    const figures = flow.figures()
    for (const node of figures) {
      const old = before.get(node.node)
      const calls = node.calls - (old?.calls ?? 0)
      const values = {
        throughput: (node.taken - (old?.taken ?? 0)) / seconds,
        call_ms: calls === 0 ? 0 : (node.busyMs - (old?.busyMs ?? 0)) / calls,
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
    before = new Map(figures.map((node) => [node.node, node]))
    last = at
  }
}

const UNIT: Readonly<Record<string, string>> = {
  throughput: 'buffers/s',
  call_ms: 'ms',
  waiting: 'buffers',
  in_flight: 'buffers',
  errors: 'calls',
}
