/**
 * What a flow promises whatever is sent through it: one answer each, in order, nothing mixed, nothing piled up.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { type FlowUnit, UnitError } from '../../../src/flow/stream/unit.ts'
import { mapper, mock, runSession, startFlow } from './mock.ts'

interface Item {
  readonly session: number
  readonly at: number
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A generator of its own, so that a run can be repeated. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function lag(name: string, next: () => number): FlowUnit {
  return mapper(name, (buffer) => {
    if (next() < 0.8) return buffer
    return turn().then(() => buffer)
  })
}

function flaky(name: string, next: () => number, broken: Set<string>): FlowUnit {
  return mapper(name, (buffer) => {
    if (next() >= 0.03) return buffer
    const { session, at } = buffer.data as Item
    broken.add(`${session}.${at}`)
    throw new UnitError('Test.Bad', 'bad luck')
  })
}

/** Lets only one session see its items, and in their order. */
function orderly(name: string, faults: string[]): FlowUnit {
  return mock(name, { kind: 'stream', maxBatch: 8, defaultBatch: 4 }, () => ({
    async process(context) {
      const { state } = context
      await (((context.input('in')[0].data as Item).at % 3 === 0 && turn()) || undefined)
      for (const buffer of context.input('in')) {
        const { session, at } = buffer.data as Item
        const before = state.get('at') as number | undefined
        if (before !== undefined && at <= before) faults.push(`${session}: ${at} after ${before}`)
        const owner = state.get('session') as number | undefined
        if (owner !== undefined && owner !== session) faults.push(`${owner} saw ${session}`)
        state.set('at', at).set('session', session)
        context.output('out').push(buffer)
      }
    },
  }))
}

const split = mock('split', { role: 'condition', outputs: ['a', 'b'] }, () => ({
  process(context) {
    const [buffer] = context.input('in')
    context.output((buffer.data as Item).at % 3 === 0 ? 'a' : 'b').push(buffer)
  },
}))
const pair = mock('pair', { inputs: ['x', 'y'] }, () => ({
  process(context) {
    const y = context.input('y')
    context.output('out').push(
      ...context.input('x').map(({ data }, index) => {
        assert.deepEqual(data, y[index].data)
        return flowBuffer(data)
      }),
    )
  },
}))

const GRAPH = (queue: number, batch: number) => `digraph {
  queue_size=${queue} batch_size=${batch}
  input [type=input] output [type=output]
  first [flowunit=lag] split [flowunit=split] left [flowunit=lag] right [flowunit=flaky] end [flowunit=orderly]
  around [flowunit=lag] pair [flowunit=pair]
  input -> first:in first:out -> split:in split:a -> left:in split:b -> right:in
  left:out -> end:in right:out -> end:in first:out -> around:in
  around:out -> pair:x end:out -> pair:y pair:out -> output
}`

describe('a flow with anything going through it', () => {
  it('answers every item once and in order, for any queues, batches, sessions and luck', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      queue: fc.integer({ min: 1, max: 9 }),
      batch: fc.integer({ min: 1, max: 9 }),
      sizes: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, queue, batch, sizes }) => {
        const next = random(seed)
        const faults: string[] = []
        const flow = await startFlow(GRAPH(queue, batch), [
          lag('lag', next),
          flaky('flaky', next, new Set()),
          orderly('orderly', faults),
          split,
          pair,
        ])
        const runs = await Promise.all(
          sizes.map((size, session) =>
            runSession(
              flow,
              Array.from({ length: size }, (_, at): Item => ({ session, at })),
            ),
          ),
        )
        runs.forEach(({ outputs, error }, session) => {
          const got = outputs['output'] ?? []
          assert.equal(got.length, sizes[session])
          got.forEach((value, at) => {
            if (typeof value === 'string') assert.ok(error, value)
            else assert.deepEqual(value, { session, at })
          })
        })
        assert.deepEqual(faults, [])
        flow.close()
        const { sessions } = await flow.done
        assert.equal(sessions, sizes.length)
      }),
      { numRuns: 60 },
    )
  })

  it('answers 24,000 sessions once each, with failures, slow consumers and full queues', async () => {
    const COUNT = 24_000
    const next = random(7)
    const broken = new Set<string>()
    const faults: string[] = []
    const flow = await startFlow(GRAPH(16, 8), [
      lag('lag', next),
      flaky('flaky', next, broken),
      orderly('orderly', faults),
      split,
      pair,
    ])
    const answers = new Map<number, number>()
    let failed = 0
    let most = 0
    let session = 0
    async function client(): Promise<void> {
      for (let own = session++; own < COUNT; own = session++) {
        const size = 1 + (own % 4)
        const items = Array.from({ length: size }, (_, at): Item => ({ session: own, at }))
        const { outputs, error } = await runSession(flow, items)
        answers.set(own, (answers.get(own) ?? 0) + 1)
        if (error) failed++
        const got = outputs['output']
        assert.equal(got.length, size)
        got.forEach((value, at) => {
          const isBroken = broken.has(`${own}.${at}`)
          if (isBroken) assert.match(String(value), /^!(Test\.Bad|Unit\.ProcessError)$/)
          else if (typeof value !== 'string') assert.deepEqual(value, items[at])
        })
        if (own % 100 === 0) {
          const waiting = flow.figures().filter(({ unit }) => unit !== 'input')
          most = Math.max(most, ...waiting.map((node) => node.waiting))
        }
      }
    }
    await Promise.all(Array.from({ length: 500 }, client))
    flow.close()
    const end = await flow.done
    assert.equal(answers.size, COUNT)
    assert.ok([...answers.values()].every((times) => times === 1))
    assert.deepEqual(faults, [])
    assert.deepEqual([end.sessions, end.failed, end.stopped], [COUNT, failed, undefined])
    assert.ok(failed > 100 && failed < COUNT / 2, `${failed} failed`)
    // Two lanes at most, each with its queue and what one batch may add.
    assert.ok(most <= 2 * (16 + 8), `${most} waited in front of one node`)
  })

  it('holds no more than its queues, however fast the source and slow the end', async () => {
    const gate = Promise.withResolvers<undefined>()
    let taken = 0
    const slow = mapper('slow', async (buffer) => {
      taken++
      await gate.promise
      return buffer
    })
    const pass = mapper('pass', (buffer) => buffer)
    const flow = await startFlow(
      `digraph { queue_size=4 input [type=input, queue_size_external=10] output [type=output] p [flowunit=pass, batch_size=2] s [flowunit=slow, batch_size=2]
        input -> p:in p:out -> s:in s:out -> output }`,
      [slow, pass],
    )
    const ended = Promise.withResolvers<undefined>()
    const session = flow.open({ onEnd: () => ended.resolve(undefined) })
    let sent = 0
    const feeding = (async () => {
      for (; sent < 1000; sent++) {
        await session.room('input')
        session.send('input', [flowBuffer(sent)])
      }
      session.close()
    })()
    for (let turns = 0; turns < 200; turns++) await turn()
    const waiting = flow.figures().reduce((sum, node) => sum + node.waiting + node.inFlight, 0)
    assert.ok(sent < 40 && waiting < 40, `${sent} sent, ${waiting} held`)
    assert.ok(taken <= 4, `${taken} at the slow end`)
    gate.resolve(undefined)
    await feeding
    await ended.promise
    assert.equal(taken, 1000)
  })

  it('does not stand still when a unit wants more than a queue holds', async () => {
    const hoard = mock('hoard', { kind: 'stream' }, () => ({
      process(context) {
        const kept = (context.state.get('kept') as number[] | undefined) ?? []
        context.state.set('kept', kept)
        kept.push(context.input('in')[0].data as number)
        if (kept.length < 50) return
        context.output('out').push(...kept.splice(0).map((value) => flowBuffer(value)))
      },
    }))
    const sum = mock('sum', { inputs: ['x', 'y'] }, () => ({
      process(context) {
        const y = context.input('y')
        context
          .output('out')
          .push(...context.input('x').map(({ data }, at) => flowBuffer([data, y[at].data])))
      },
    }))
    const pass = mapper('pass', (buffer) => buffer)
    const flow = await startFlow(
      `digraph { queue_size=5 input [type=input] output [type=output] h [flowunit=hoard] p [flowunit=pass] s [flowunit=sum]
        input -> h:in input -> p:in h:out -> s:x p:out -> s:y s:out -> output }`,
      [hoard, sum, pass],
    )
    const { outputs } = await runSession(
      flow,
      Array.from({ length: 100 }, (_, at) => at),
    )
    assert.deepEqual(
      outputs['output'],
      Array.from({ length: 100 }, (_, at) => [at, at]),
    )
  })

  it('ends a session at once when it is told to, and goes on with the others', async () => {
    const hold = Promise.withResolvers<undefined>()
    const wait = mapper('wait', async (buffer) => {
      if (buffer.data === 'stuck') await hold.promise
      return buffer
    })
    const flow = await startFlow(
      'digraph { input [type=input] output [type=output] w [flowunit=wait, batch_size=1] input -> w:in w:out -> output }',
      [wait],
    )
    const end = Promise.withResolvers<string | undefined>()
    const stuck = flow.open({ onEnd: ({ error }) => end.resolve(error?.code) })
    stuck.send('input', [flowBuffer('stuck'), flowBuffer('more')])
    stuck.fail({ code: 'Test.Gone', message: 'the client is gone' })
    assert.equal(await end.promise, 'Test.Gone')
    assert.deepEqual((await runSession(flow, ['a'])).outputs['output'], ['a'])
    hold.resolve(undefined)
    const { stopped, failed } = await flow.stop('enough')
    assert.deepEqual([stopped, failed], ['enough', 1])
  })
})
