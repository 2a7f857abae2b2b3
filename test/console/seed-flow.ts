/**
 * A flow that runs and tells of its nodes, for pages.
 * @module
 */
import { startFlow } from '../../src/api/flow-check.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { applyReports } from '../../src/domain/report.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import type { NodeNow } from '../../src/runner/flow/meter.ts'
import { offerUnits } from '../../src/runner/unit/offer.ts'
import { UNITS } from '../../src/runner/unit/registry.ts'
import type { TestConsole } from './seed.ts'

/** The text of its graph. */
export const FLOW_DOT = `digraph {
  r [type=flowunit, flowunit=httpserver_sync_receive, endpoint="http://127.0.0.1:0/<b>"]
  s [type=flowunit, flowunit=httpserver_sync_reply, queue_size=7]
  r:out_request_info -> s:in_reply_info
}`

const NOW: NodeNow = {
  throughput: 20,
  call_ms: 1.5,
  in_flight: 0,
  queues: { in_reply_info: 5 },
  taken: 1234,
  given: 1234,
  errors: 2,
}

/** Starts it as `echo` at a runner that has every unit; answers the addresses of its pages. */
export async function seedFlow({ db }: Pick<TestConsole, 'db'>): Promise<string[]> {
  const runnerId = crypto.randomUUID()
  const { offered } = await offerUnits(UNITS)
  await registerRunner(db, {
    id: runnerId,
    name: 'runner of all',
    site: 'site-flows',
    parties: null,
    url: null,
    slots: 1,
    identities: {},
    facts: {},
    units: offered,
    capacity: { units: offered.map(({ name, device }) => `${name}@${device}`) },
  })
  const source = { graph: { format: 'graphviz', graphconf: FLOW_DOT } }
  await startFlow(db, { name: 'echo', owner: null }, { type: 'flow', source, format: 'json' })
  const [{ taskId, attemptId }] = await claimTasks(db, { runnerId, slots: 1 })
  const at = Date.now()
  const key = 'a'.repeat(64)
  const listens = { url: 'http://127.0.0.1:1/x', id: 'ab', key }
  const told = (namespace: string, now: NodeNow) =>
    ({
      type: 'metric',
      namespace,
      name: 'throughput',
      points: [],
      meta: { now },
      taskId,
      attemptId,
      at,
    }) as const
  await applyReports(db, runnerId, [
    { type: 'progress', fraction: 1, taskId, attemptId, at },
    told('s', NOW),
    told('r', { ...NOW, queues: {}, errors: 0, listens }),
  ])
  return ['/flows/echo', '/flows/echo/edit']
}
