/**
 * Traces of flows as files that chrome://tracing and Perfetto open.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { keepFact } from '../../src/domain/fact.ts'
import { deleteFlow, getFlow, submitFlow } from '../../src/domain/flow-job.ts'
import { readTrace, type TraceEvent, type TracePiece } from '../../src/domain/flow-trace.ts'
import { testApp } from '../helpers/app.ts'

const FLOW = {
  name: 'traced',
  surface: 'modelbox',
  description: '',
  spec: { type: 'flow', source: {}, format: 'json' },
  units: [],
} as const

/** The rules of the format that viewers rely on: fields by kind, and calls of a thread one after another. */
function requireValid(events: readonly TraceEvent[]): void {
  const ends = new Map<string, number>()
  const isCount = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0
  for (const { ph, name, pid, tid, ts, dur, args, s } of events) {
    assert.ok(name !== '' && isCount(pid) && isCount(tid))
    if (ph === 'M') {
      assert.ok(['process_name', 'thread_name'].includes(name))
      assert.equal(typeof args['name'], 'string')
      continue
    }
    assert.ok(isCount(ts), `${name} begins at ${ts}`)
    if (ph === 'i') {
      assert.equal(s, 't')
      continue
    }
    assert.equal(ph, 'X')
    assert.ok(isCount(dur))
    const line = `${pid}.${tid}`
    assert.ok(Number(ts) >= (ends.get(line) ?? 0), `${name} begins before the one before ended`)
    ends.set(line, Number(ts) + Number(dur))
  }
}

describe('the trace of a flow', () => {
  it('is a file of the Trace Event Format with the last run of each task', async () => {
    const test = await testApp()
    const { db } = test
    const job = await submitFlow(db, FLOW)
    const { task } = await getFlow(db, FLOW)
    const taskId = task?.id ?? ''
    const flow = { jobId: job.id, name: FLOW.name }
    assert.equal(await readTrace(db, flow), undefined)
    const piece = (sequence: number, more: Partial<TracePiece>): TracePiece => ({
      run: 2,
      sequence,
      began: 1_700_000_000_000,
      lanes: ['a', 'a', 'b'],
      calls: [],
      left: 0,
      ...more,
    })
    const old = piece(40, { run: 1, calls: [[0, 1, 1, 1]] })
    const later = piece(33, { calls: [[2, 900, 10, 1]], left: 7 })
    const first = piece(32, {
      lanes: ['a', 'a'],
      calls: [
        [0, 0, 100, 8],
        [1, 50, 400, 3],
        [0, 100, 20, 1],
      ],
    })
    for (const [key, value] of Object.entries({
      'trace.8': old,
      'trace.1': later,
      'trace.0': first,
    }))
      await keepFact(db, { taskId, key, value, at: 1 })
    const trace = await readTrace(db, flow)
    assert.ok(trace)
    requireValid(trace.traceEvents)
    assert.deepEqual(trace.otherData, { flow: 'traced', began: '2023-11-14T22:13:20.000Z' })
    assert.deepEqual(
      trace.traceEvents.map(({ ph, name, tid, ts, dur }) => [ph, name, tid, ts, dur]),
      [
        ['M', 'process_name', 0, undefined, undefined],
        ['M', 'thread_name', 1, undefined, undefined],
        ['M', 'thread_name', 2, undefined, undefined],
        ['M', 'thread_name', 3, undefined, undefined],
        ['X', 'a', 1, 0, 100],
        ['X', 'a', 2, 50, 400],
        ['X', 'a', 1, 100, 20],
        ['X', 'b', 3, 900, 10],
        ['i', '7 calls are left out', 3, 910, undefined],
      ],
    )
    await deleteFlow(db, { id: job.id, reason: 'over' })
    await test.close()
  })
})
