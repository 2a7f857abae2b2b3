/**
 * What the nodes of running flows do, as their runners have told last.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'

/** The figures of one node; counts are since its flow began. */
export interface FlowFigure {
  readonly flow: string
  readonly node: string
  readonly taken: number
  readonly given: number
  readonly errors: number
  /** Buffers in front of it. */
  readonly waiting: number
  readonly inFlight: number
  /** Seconds in a call. */
  readonly callSeconds: number
}

const MOST = 10_000

/** The nodes of all flows that run; of several replicas the sum, and the mean of the times. */
export async function listFlowFigures(db: Db): Promise<FlowFigure[]> {
  const rows = await db
    .selectFrom('job')
    .innerJoin('metric', 'metric.job_id', 'job.id')
    .select(['job.name as flow', 'metric.namespace as node', 'metric.meta as meta'])
    .where('job.kind', '=', 'flow')
    .where('job.state', '=', 'running')
    .where('job.deleted_at', 'is', null)
    .where('metric.name', '=', 'throughput')
    .orderBy('job.name')
    .orderBy('metric.id')
    .limit(MOST)
    .execute()
  const each = rows.flatMap(({ flow, node, meta }) => {
    const { now } = fromJson<{ now?: unknown }>(meta)
    if (typeof now !== 'object' || now === null) return []
    const told = now as Readonly<Record<string, unknown>>
    const count = (name: string) => Number(told[name]) || 0
    const queues = typeof told['queues'] === 'object' ? Object.values(told['queues'] ?? {}) : []
    return [
      {
        flow,
        node,
        taken: count('taken'),
        given: count('given'),
        errors: count('errors'),
        waiting: queues.reduce<number>((sum, size) => sum + (Number(size) || 0), 0),
        inFlight: count('in_flight'),
        callSeconds: count('call_ms') / 1000,
        throughput: count('throughput'),
      },
    ]
  })
  const nodes = Map.groupBy(each, ({ flow, node }) => JSON.stringify([flow, node]))
  return [...nodes.values()].map(summed)
}

/** The figures of the replicas of a node as one. */
function summed(figures: readonly (FlowFigure & { readonly throughput: number })[]): FlowFigure {
  const [{ flow, node }] = figures
  const sum = (of: (figure: (typeof figures)[number]) => number) =>
    figures.reduce((total, figure) => total + of(figure), 0)
  const flowing = sum(({ throughput }) => throughput)
  return {
    flow,
    node,
    taken: sum(({ taken }) => taken),
    given: sum(({ given }) => given),
    errors: sum(({ errors }) => errors),
    waiting: sum(({ waiting }) => waiting),
    inFlight: sum(({ inFlight }) => inFlight),
    // One that has nothing to do says little of how long a call takes.
    callSeconds:
      flowing > 0
        ? sum(({ callSeconds, throughput }) => callSeconds * throughput) / flowing
        : sum(({ callSeconds }) => callSeconds) / figures.length,
  }
}
