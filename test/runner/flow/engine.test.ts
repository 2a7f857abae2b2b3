/**
 * What a flow does with streams: order, joins, branches, sub-streams, loops, events, errors.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { UnitError } from '../../../src/flow/stream/unit.ts'
import { mapper, mock, runSession, startFlow } from './mock.ts'

const IO = 'input [type=input] output [type=output]'
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

const double = mapper('double', ({ data }) => flowBuffer((data as number) * 2))
const plus = mock('plus', { inputs: ['a', 'b'] }, () => ({
  process(context) {
    const b = context.input('b')
    context
      .output('out')
      .push(...context.input('a').map(({ data }, at) => flowBuffer([data, b[at].data])))
  },
}))
/** Answers in another order than it was asked. */
const jumble = mapper('jumble', async (buffer) => {
  for (let turn = (buffer.data as number) % 5; turn > 0; turn--)
    await new Promise((resolve) => setImmediate(resolve))
  return buffer
})
const parity = mock('parity', { role: 'condition', outputs: ['even', 'odd'] }, () => ({
  process(context) {
    const [buffer] = context.input('in')
    context.output((buffer.data as number) % 2 === 0 ? 'even' : 'odd').push(buffer)
  },
}))
/** n becomes 0 … n-1. */
const count = mock('count', { role: 'expand' }, () => ({
  process(context) {
    const [{ data }] = context.input('in')
    context.output('out').push(...numbers(data as number).map((value) => flowBuffer(value)))
  },
}))
const gather = mock('gather', { role: 'collapse' }, () => ({
  process(context) {
    context.output('out').push(flowBuffer(context.input('in').map(({ data }) => data)))
  },
}))
const failOdd = mapper('fail_odd', (buffer) => {
  if ((buffer.data as number) % 2 === 1) throw new UnitError('Test.Odd', 'odd')
  return buffer
})

describe('a flow', () => {
  it('keeps the order of a stream though its units answer in another', async () => {
    const flow = await startFlow(
      `digraph { ${IO} j [flowunit=jumble, batch_size=3] d [flowunit=double] input -> j:in j:out -> d:in d:out -> output }`,
      [jumble, double],
    )
    const { outputs, error } = await runSession(flow, numbers(100))
    assert.deepEqual(
      outputs['output'],
      numbers(100).map((value) => value * 2),
    )
    assert.equal(error, undefined)
  })

  it('joins what belongs together by its place', async () => {
    const flow = await startFlow(
      `digraph { ${IO} j [flowunit=jumble] d [flowunit=double] p [flowunit=plus] input -> j:in input -> d:in j:out -> p:a d:out -> p:b p:out -> output }`,
      [jumble, double, plus],
    )
    const { outputs } = await runSession(flow, numbers(80))
    assert.deepEqual(
      outputs['output'],
      numbers(80).map((value) => [value, value * 2]),
    )
  })

  it('puts branches in order again, also where they come back inside one another', async () => {
    const half = mapper('half', ({ data }) => flowBuffer((data as number) / 2))
    const small = mock('small', { role: 'condition', outputs: ['yes', 'no'] }, () => ({
      process(context) {
        const [buffer] = context.input('in')
        context.output((buffer.data as number) < 20 ? 'yes' : 'no').push(buffer)
      },
    }))
    const flow = await startFlow(
      `digraph { ${IO} c [flowunit=parity] s [flowunit=small] h [flowunit=half] j [flowunit=jumble] e [flowunit=jumble]
       input -> c:in c:even -> s:in s:yes -> h:in h:out -> e:in s:no -> e:in e:out -> output c:odd -> j:in j:out -> output }`,
      [parity, small, half, jumble],
    )
    const { outputs } = await runSession(flow, numbers(60))
    const wanted = numbers(60).map((value) => (value % 2 === 0 && value < 20 ? value / 2 : value))
    assert.deepEqual(outputs['output'], wanted)
  })

  it('joins a branch that came together with the way around it', async () => {
    const flow = await startFlow(
      `digraph { ${IO} c [flowunit=parity] d [flowunit=double] p [flowunit=plus] j [flowunit=jumble]
       input -> c:in input -> p:a c:even -> d:in d:out -> j:in c:odd -> j:in j:out -> p:b p:out -> output }`,
      [parity, double, plus, jumble],
    )
    const { outputs } = await runSession(flow, numbers(50))
    assert.deepEqual(
      outputs['output'],
      numbers(50).map((value) => [value, value % 2 === 0 ? value * 2 : value]),
    )
  })

  it('opens items into sub-streams and closes them again, empty ones too', async () => {
    const flow = await startFlow(
      `digraph { ${IO} x [flowunit=count] j [flowunit=jumble] g [flowunit=gather] p [flowunit=plus]
       input -> x:in x:out -> j:in j:out -> g:in g:out -> p:b input -> p:a p:out -> output }`,
      [count, jumble, gather, plus],
    )
    const { outputs, error } = await runSession(flow, [3, 0, 1, 40, 2])
    assert.equal(error, undefined)
    assert.deepEqual(outputs['output'], [
      [3, [0, 1, 2]],
      [1, [0]],
      [40, numbers(40)],
      [2, [0, 1]],
    ])
  })

  it('nests sub-streams, with branches inside', async () => {
    const flow = await startFlow(
      `digraph { ${IO} a [flowunit=count] b [flowunit=count] c [flowunit=parity] d [flowunit=double] j [flowunit=jumble] g [flowunit=gather] h [flowunit=gather]
       input -> a:in a:out -> b:in b:out -> c:in c:even -> d:in d:out -> j:in c:odd -> j:in j:out -> g:in g:out -> h:in h:out -> output }`,
      [count, parity, double, jumble, gather],
    )
    const { outputs } = await runSession(flow, [4, 2])
    const inner = (size: number) => numbers(size).map((value) => (value % 2 ? value : value * 2))
    assert.deepEqual(outputs['output'], [[inner(1), inner(2), inner(3)], [inner(1)]])
  })

  it('takes sub-streams piece by piece where a collapse wants that', async () => {
    const sum = mock('sum', { role: 'collapse', collapseAll: false, kind: 'stream' }, () => ({
      process(context) {
        const old = (context.state.get('sum') as number | undefined) ?? 0
        const more = context.input('in').reduce((total, { data }) => total + (data as number), 0)
        context.state.set('sum', old + more)
      },
      streamClose(context) {
        context.output('out').push(flowBuffer(context.state.get('sum') as number))
      },
    }))
    const flow = await startFlow(
      `digraph { ${IO} a [flowunit=count] j [flowunit=jumble] s [flowunit=sum] input -> a:in a:out -> j:in j:out -> s:in s:out -> output }`,
      [count, jumble, sum],
    )
    const { outputs } = await runSession(flow, [4, 100, 2])
    assert.deepEqual(outputs['output'], [6, 4950, 1])
  })

  it('goes round a loop until its unit lets it out', async () => {
    const until = mock('until', { role: 'loop', outputs: ['again', 'done'] }, () => ({
      process(context) {
        const buffers = context.input('in')
        const isDone = buffers.every(({ data }) => (data as number) >= 100)
        context.output(isDone ? 'done' : 'again').push(...buffers)
      },
    }))
    const flow = await startFlow(
      `digraph { ${IO} l [flowunit=until] d [flowunit=double] input -> l:in l:again -> d:in d:out -> l:in l:done -> output }`,
      [until, double],
    )
    const { outputs, error } = await runSession(
      flow,
      numbers(40).map((value) => value + 1),
    )
    assert.equal(error, undefined)
    assert.deepEqual(
      outputs['output'],
      numbers(40).map((value) => (value + 1) * 128),
    )
  })

  it('calls a unit again with the events that it sends itself', async () => {
    const repeat = mock('repeat', { kind: 'stream' }, () => ({
      process(context) {
        const left = (context.event ?? context.input('in')[0].data) as number
        context.output('out').push(flowBuffer(left))
        if (left === 0) return 'success'
        context.sendEvent(left - 1)
        return 'continue'
      },
    }))
    const flow = await startFlow(
      `digraph { ${IO} r [flowunit=repeat] j [flowunit=jumble, queue_size=2] input -> r:in r:out -> j:in j:out -> output }`,
      [repeat, jumble],
    )
    const { outputs } = await runSession(flow, [3, 50])
    assert.deepEqual(outputs['output'], [3, 2, 1, 0, ...numbers(51).toReversed()])
  })

  it('opens and closes every stream of a unit with a memory, each with its own', async () => {
    const steps: string[] = []
    const tally = mock('tally', { kind: 'stream' }, () => ({
      streamOpen(context) {
        steps.push(`open ${context.session.id}`)
        context.state.set('sum', 0)
      },
      process(context) {
        const [{ data }] = context.input('in')
        context.state.set('sum', (context.state.get('sum') as number) + (data as number))
      },
      streamClose(context) {
        steps.push(`close ${context.session.id}`)
        context.output('out').push(flowBuffer(context.state.get('sum') as number))
      },
    }))
    const flow = await startFlow(
      `digraph { ${IO} j [flowunit=jumble] t [flowunit=tally] input -> j:in j:out -> t:in t:out -> output }`,
      [jumble, tally],
    )
    const runs = await Promise.all([5, 9, 2].map((size) => runSession(flow, numbers(size))))
    assert.deepEqual(
      runs.map(({ outputs }) => outputs['output']),
      [[10], [36], [1]],
    )
    assert.deepEqual(steps.toSorted(), [
      'close 1',
      'close 2',
      'close 3',
      'open 1',
      'open 2',
      'open 3',
    ])
  })
})

describe('errors in a flow', () => {
  it('pass units by and come out in their place', async () => {
    const seen: unknown[] = []
    const watch = mapper('watch', (buffer) => {
      seen.push(buffer.data)
      return buffer
    })
    const flow = await startFlow(
      `digraph { ${IO} f [flowunit=fail_odd, batch_size=1] w [flowunit=watch] input -> f:in f:out -> w:in w:out -> output }`,
      [failOdd, watch],
    )
    const { outputs, error } = await runSession(flow, numbers(5))
    assert.deepEqual(outputs['output'], [0, '!Test.Odd', 2, '!Test.Odd', 4])
    assert.deepEqual([seen, error], [[0, 2, 4], 'Test.Odd'])
  })

  it('of a sub-stream make its one item an error, and no other', async () => {
    const flow = await startFlow(
      `digraph { ${IO} x [flowunit=count] f [flowunit=fail_odd, batch_size=1] g [flowunit=gather] input -> x:in x:out -> f:in f:out -> g:in g:out -> output }`,
      [count, failOdd, gather],
    )
    const { outputs } = await runSession(flow, [1, 2, 1])
    assert.deepEqual(outputs['output'], [[0], '!Test.Odd', [0]])
  })

  it('reach a unit that asks to see them', async () => {
    const mend = mock('mend', { exceptionVisible: true }, () => ({
      process(context) {
        context
          .output('out')
          .push(...context.input('in').map((buffer) => (buffer.error ? flowBuffer(-1) : buffer)))
      },
    }))
    const flow = await startFlow(
      `digraph { ${IO} f [flowunit=fail_odd, batch_size=1] m [flowunit=mend] input -> f:in f:out -> m:in m:out -> output }`,
      [failOdd, mend],
    )
    const { outputs, error } = await runSession(flow, numbers(4))
    assert.deepEqual([outputs['output'], error], [[0, -1, 2, -1], undefined])
  })

  it('of a wrong number of buffers name the unit and the port', async () => {
    const swallow = mock('swallow', {}, () => ({ process: () => undefined }))
    const flow = await startFlow(
      `digraph { ${IO} s [flowunit=swallow] input -> s:in s:out -> output }`,
      [swallow],
    )
    assert.deepEqual((await runSession(flow, [1])).outputs['output'], ['!Unit.CountMismatch'])
  })

  it('when a stream cannot be opened spoil all of it', async () => {
    const shy = mock('shy', { kind: 'stream' }, () => ({
      streamOpen() {
        throw new UnitError('Test.Shy', 'no')
      },
      process: () => undefined,
    }))
    const flow = await startFlow(
      `digraph { ${IO} s [flowunit=shy] input -> s:in s:out -> output }`,
      [shy],
    )
    assert.deepEqual((await runSession(flow, [1, 2])).outputs['output'], ['!Test.Shy', '!Test.Shy'])
  })

  it('in open close what was open already, and name the unit', async () => {
    const closed: string[] = []
    const good = mock('good', {}, () => ({ process() {}, close: () => void closed.push('good') }))
    const bad = mock('bad', {}, () => ({
      open() {
        throw new Error('the port is in use')
      },
      process() {},
      close: () => void closed.push('bad'),
    }))
    await assert.rejects(
      startFlow(
        `digraph { ${IO} g [flowunit=good] b [flowunit=bad] input -> g:in g:out -> b:in b:out -> output }`,
        [good, bad],
      ),
      /open flowunit 'bad', type 'cpu' failed\. -> the port is in use/,
    )
    assert.deepEqual(closed.toSorted(), ['bad', 'good'])
  })
})
