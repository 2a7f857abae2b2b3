/**
 * Traces of flows: every call once, in lanes, and never more than is kept.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { TracePiece } from '../../../src/domain/flow-trace.ts'
import type { ReportBody } from '../../../src/runner/executor.ts'
import { createTracer } from '../../../src/runner/flow/trace.ts'
import { mapper, runSession, startFlow } from './mock.ts'

function collect() {
  const facts = new Map<string, TracePiece>()
  return {
    facts,
    report(body: ReportBody) {
      assert.equal(body.type, 'fact')
      if (body.type === 'fact') facts.set(body.key, body.value as TracePiece)
    },
  }
}

describe('the tracer of a flow', () => {
  it('gives calls that overlap lanes of their own, and uses them again', () => {
    let at = 0
    const { facts, report } = collect()
    const tracer = createTracer(3, report, () => at)
    const first = tracer.call('a', 4)
    at = 1
    const second = tracer.call('a', 2)
    const other = tracer.call('b', 1)
    at = 5
    first()
    const third = tracer.call('a', 1)
    at = 6.5
    other()
    second()
    third()
    tracer.tell()
    const [piece] = facts.values()
    assert.deepEqual([...facts.keys()], ['trace.0'])
    assert.deepEqual([piece.run, piece.lanes, piece.left], [3, ['a', 'a', 'b'], 0])
    assert.deepEqual(piece.calls, [
      [0, 0, 5000, 4],
      [2, 1000, 5500, 1],
      [1, 1000, 5500, 2],
      [0, 5000, 1500, 1],
    ])
    tracer.tell()
    assert.equal(facts.size, 1)
  })

  it('keeps the last calls of a flow that does not end, and counts what it leaves out', () => {
    const { facts, report } = collect()
    const tracer = createTracer(1, report, () => 0)
    for (let round = 0; round < 30; round++) {
      for (let call = 0; call < 10_000; call++) tracer.call('a', 1)()
      tracer.tell()
    }
    const pieces = [...facts.values()].toSorted((a, b) => a.sequence - b.sequence)
    assert.equal(pieces.length, 32)
    assert.deepEqual([pieces[0].sequence, pieces[31].sequence], [88, 119])
    assert.ok(pieces.every(({ calls }) => calls.length === 2000))
    assert.equal(
      pieces.reduce((sum, { left }) => sum + left, 0),
      8 * 2000,
    )
  })

  it('has every call of a flow', async () => {
    const { facts, report } = collect()
    const tracer = createTracer(1, report)
    const flow = await startFlow(
      'digraph { input [type=input] output [type=output] s [flowunit=slow, batch_size=2] input -> s:in s:out -> output }',
      [
        mapper('slow', async (buffer) => {
          await new Promise((resolve) => setImmediate(resolve))
          return buffer
        }),
      ],
      [],
      { traced: tracer.call },
    )
    await Promise.all([1, 2, 3].map(() => runSession(flow, [1, 2, 3, 4, 5])))
    const figures = flow.figures()
    flow.close()
    await flow.done
    tracer.tell()
    const [{ lanes, calls }] = facts.values()
    for (const { node, calls: count, taken } of figures) {
      const own = calls.filter(([lane]) => lanes[lane] === node)
      assert.equal(own.length, count)
      assert.equal(
        own.reduce((sum, [, , , rows]) => sum + rows, 0),
        taken,
      )
    }
  })
})
