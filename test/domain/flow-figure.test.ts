/**
 * Figures of the nodes of flows, and how `/metrics` tells them.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { AppDeps } from '../../src/api/deps.ts'
import { FLOW_SURFACE } from '../../src/api/flow-check.ts'
import { healthRoutes } from '../../src/api/health.ts'
import { listFlowFigures } from '../../src/domain/flow-figure.ts'
import { getFlow } from '../../src/domain/flow-job.ts'
import { stopJob } from '../../src/domain/job.ts'
import { createToken } from '../../src/domain/token.ts'
import { seedFlow } from '../console/seed-flow.ts'
import { testApp } from '../helpers/app.ts'

describe('figures of flows', () => {
  it('are those of running flows, as their runners told last', async () => {
    const test = await testApp()
    const app = healthRoutes({ db: test.db, settings: { auth: 'off' } } as unknown as AppDeps)
    assert.deepEqual(await listFlowFigures(test.db), [])
    assert.doesNotMatch(await (await app.request('/metrics')).text(), /weft_flow/)
    await seedFlow(test)
    const found = await listFlowFigures(test.db)
    assert.deepEqual(
      found.map(({ flow, node, taken, errors, waiting }) => [flow, node, taken, errors, waiting]),
      [
        ['echo', 's', 1234, 2, 5],
        ['echo', 'r', 1234, 0, 0],
      ],
    )
    const text = await (await app.request('/metrics')).text()
    assert.match(text, /^# TYPE weft_flow_node_taken_total counter$/m)
    assert.match(text, /^weft_flow_node_taken_total\{flow="echo",node="s"\} 1234$/m)
    assert.match(text, /^weft_flow_node_waiting\{flow="echo",node="s"\} 5$/m)
    assert.match(text, /^weft_flow_node_call_seconds\{flow="echo",node="r"\} 0.0015$/m)
    const hostile = { namespace: 'a"b\\c\n' }
    await test.db.updateTable('metric').set(hostile).where('namespace', '=', 's').execute()
    const masked = await (await app.request('/metrics')).text()
    assert.ok(masked.includes(String.raw`{flow="echo",node="a\"b\\c\n"} 1234`), masked)
    const { job } = await getFlow(test.db, { surface: FLOW_SURFACE, name: 'echo' })
    await stopJob(test.db, { id: job.id, reason: 'enough' })
    assert.deepEqual(await listFlowFigures(test.db), [])
    await test.close()
  })

  it('are told to users only, where there are tokens', async () => {
    const test = await testApp()
    await seedFlow(test)
    const app = healthRoutes({
      db: test.db,
      now: Date.now,
      settings: { auth: 'token' },
    } as unknown as AppDeps)
    const metrics = async (authorization?: string) =>
      (await app.request('/metrics', authorization ? { headers: { authorization } } : {})).text()
    for (const text of [await metrics(), await metrics('Bearer weft_00')]) {
      assert.match(text, /^weft_jobs\{state="running"\} 1$/m)
      assert.doesNotMatch(text, /weft_flow|echo/)
    }
    const token = await createToken(
      test.db,
      { kind: 'user', name: 'watcher', parties: [] },
      Date.now(),
    )
    assert.match(await metrics(`Bearer ${token}`), /weft_flow_node_waiting\{flow="echo"/)
    await test.close()
  })
})
