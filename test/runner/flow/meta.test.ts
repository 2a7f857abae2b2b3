/**
 * Metas of streams: each out-port has its own, and they go on through what is behind it.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { mapper, mock, runSession, startFlow } from './mock.ts'

/** Sets other metas at each of its ports. */
const teller = mock('teller', { kind: 'stream', outputs: ['a', 'b'] }, () => ({
  streamOpen(context) {
    context.setOutputMeta('a', { from: 'a', shared: 1 })
    context.setOutputMeta('a', { more: true })
    context.setOutputMeta('b', { from: 'b' })
  },
  process(context) {
    for (const port of ['a', 'b']) context.output(port).push(...context.input('in'))
  },
}))
const adder = mock('adder', { kind: 'stream' }, () => ({
  process(context) {
    context.setOutputMeta('out', { added: context.inputMeta('in')['from'] ?? 'nothing' })
    context.output('out').push(...context.input('in'))
  },
}))
const pass = mapper('pass', (buffer) => buffer)

function seer(seen: Record<string, unknown>): FlowUnit {
  return mock('seer', { kind: 'stream', inputs: ['x', 'y'] }, () => ({
    process(context) {
      seen['x'] = context.inputMeta('x')
      seen['y'] = context.inputMeta('y')
      context.output('out').push(...context.input('x'))
    },
  }))
}

describe('metas of streams', () => {
  it('are those of the port they come from, and go on through other nodes', async () => {
    const seen: Record<string, unknown> = {}
    const flow = await startFlow(
      `digraph { input [type=input] output [type=output] t [flowunit=teller] p [flowunit=pass] d [flowunit=adder] s [flowunit=seer]
        input -> t:in t:a -> p:in p:out -> s:x t:b -> d:in d:out -> s:y s:out -> output }`,
      [teller, pass, adder, seer(seen)],
    )
    assert.equal((await runSession(flow, [1])).error, undefined)
    assert.deepEqual(seen, {
      x: { from: 'a', shared: 1, more: true },
      y: { from: 'b', added: 'b' },
    })
    flow.close()
    await flow.done
  })

  it('go into what an item is expanded to, and out of a collapse', async () => {
    const seen: Record<string, unknown> = {}
    const inner: unknown[] = []
    const expand = mock('expand', { role: 'expand' }, () => ({
      process: (context) =>
        context.output('out').push(...context.input('in'), ...context.input('in')),
    }))
    const look = mock('look', { kind: 'stream' }, () => ({
      process(context) {
        inner.push(context.inputMeta('in'))
        context.output('out').push(...context.input('in'))
      },
    }))
    const collapse = mock('collapse', { role: 'collapse' }, () => ({
      process(context) {
        context.setOutputMeta('out', { whole: true })
        context.output('out').push(context.input('in')[0])
      },
    }))
    const flow = await startFlow(
      `digraph { input [type=input] output [type=output] t [flowunit=teller] e [flowunit=expand] l [flowunit=look] c [flowunit=collapse] s [flowunit=seer]
        input -> t:in t:a -> e:in e:out -> l:in l:out -> c:in c:out -> s:x t:b -> s:y s:out -> output }`,
      [teller, expand, look, collapse, seer(seen)],
    )
    assert.equal((await runSession(flow, [1])).error, undefined)
    const came = { from: 'a', shared: 1, more: true }
    assert.deepEqual(inner, [came, came])
    assert.deepEqual(seen, { x: { ...came, whole: true }, y: { from: 'b' } })
    flow.close()
    await flow.done
  })
})
