/**
 * Built-in units in threads of their own.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { threadId } from 'node:worker_threads'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { buildGraph } from '../../../src/flow/stream/graph.ts'
import { threadUnit } from '../../../src/runner/driver/thread.ts'
import type { Flow } from '../../../src/runner/flow/flow.ts'
import { UNITS } from '../../../src/runner/unit/registry.ts'
import { mapper, runSession, startFlow } from '../flow/mock.ts'
import { THREAD_UNITS } from './thread-units.ts'

const MOCKS = new URL('./thread-units.ts', import.meta.url)
const BUILT_IN = new URL('../../../src/runner/unit-worker.ts', import.meta.url)

const pass = mapper('pass', (buffer) => buffer)

async function open(t: TestContext, dot: string, logs: string[] = []): Promise<Flow> {
  const flow = await startFlow(dot, [...THREAD_UNITS, pass], logs, {
    inThread: (unit) => threadUnit(unit, { source: MOCKS }),
  })
  t.after(() => flow.stop('the test is over'))
  return flow
}

const ONE = (attributes = '') => `digraph { input [type=input] output [type=output]
  w [flowunit=worker, thread=true${attributes}] input -> w:in w:out -> output }`

describe('a unit in a thread of its own', () => {
  it('works elsewhere, in order, with settings, files and a log', async (t) => {
    const logs: string[] = []
    const flow = await open(t, ONE(', factor=5'), logs)
    assert.deepEqual(logs, ['w info: opened with 5 and a/file'])
    const values = Array.from({ length: 50 }, (_, at) => at)
    const runs = await Promise.all([1, 2, 3].map(() => runSession(flow, values)))
    for (const { outputs, error } of runs) {
      assert.equal(error, undefined)
      const got = outputs['output'] as { value: number; thread: number }[]
      assert.deepEqual(
        got.map(({ value }) => value),
        values,
      )
      assert.ok(got.every(({ thread }) => thread !== threadId && thread > 0))
    }
  })

  it('keeps the state of each stream there', async (t) => {
    const flow = await open(
      t,
      'digraph { input [type=input] output [type=output] s [flowunit=summer] input -> s:in s:out -> output }',
    )
    const sums = await Promise.all([1, 2, 3].map((base) => runSession(flow, [base, base * 10])))
    assert.deepEqual(
      sums.map(({ outputs }) => outputs['output']),
      [[11], [22], [33]],
    )
  })

  it('gets memory moved that nobody else reads', async (t) => {
    const flow = await open(t, ONE())
    const own = new Float32Array([1, 2, 3])
    const { outputs } = await runSession(flow, [own])
    assert.deepEqual(outputs['output'], [new Float32Array([2, 4, 6])])
    assert.ok(own.buffer.detached)
  })

  it('gets a copy of what others read too', async (t) => {
    const flow = await open(
      t,
      `digraph { input [type=input] output [type=output] other [type=output]
        p [flowunit=pass] w [flowunit=worker, thread=true]
        input -> p:in p:out -> w:in p:out -> other w:out -> output }`,
    )
    const shared = new Float32Array([1, 2, 3])
    const { outputs, error } = await runSession(flow, [shared])
    assert.deepEqual([error, shared.buffer.detached], [undefined, false])
    assert.deepEqual(outputs['output'], [new Float32Array([2, 4, 6])])
    assert.deepEqual(outputs['other'], [shared])
  })

  it('gets of a part no more than the part', async (t) => {
    const flow = await open(t, ONE())
    const part = new Uint8Array(1 << 20).subarray(10, 14).fill(7)
    const { outputs } = await runSession(flow, [part])
    const [{ value, held }] = outputs['output'] as { value: Uint8Array; held: number }[]
    assert.deepEqual([value, held], [Uint8Array.of(7, 7, 7, 7), 4])
  })

  it('says so when a buffer is sent again that was moved away', async (t) => {
    const flow = await open(t, ONE())
    const kept = new Float32Array([1])
    await runSession(flow, [kept])
    const { outputs, error } = await runSession(flow, [kept])
    assert.deepEqual([outputs['output'], error], [['!Unit.BufferGone'], 'Unit.BufferGone'])
  })

  it('gives errors back, and is started again when its thread ends', async (t) => {
    const flow = await open(t, ONE(', batch_size=1'))
    const failed = await runSession(flow, ['fail'])
    assert.deepEqual([failed.error, failed.outputs['output']], ['Worker.Bad', ['!Worker.Bad']])
    assert.equal((await runSession(flow, ['end'])).error, 'Unit.ProcessError')
    assert.equal((await runSession(flow, ['well'])).error, undefined)
  })

  it('that hangs is ended after its time; its session has an error, and the flow goes on', async (t) => {
    const logs: string[] = []
    const flow = await open(t, ONE(', batch_size=1, call_time_out_ms=2000'), logs)
    const end = Promise.withResolvers<string | undefined>()
    const stuck = flow.open({ onEnd: ({ error }) => end.resolve(error?.message) })
    stuck.send('input', [flowBuffer('hang')])
    stuck.close()
    assert.match(String(await end.promise), /took longer than call_time_out_ms \(2000 ms\)/)
    assert.equal((await runSession(flow, ['well'])).error, undefined)
    assert.match(logs.join('\n'), /it is started again/)
  })

  it('that does not open in its time is ended, and so is the opening of its flow', async () => {
    const began = performance.now()
    await assert.rejects(
      startFlow(ONE(', factor=never'), THREAD_UNITS, [], {
        inThread: (unit) => threadUnit(unit, { source: MOCKS, openMs: 300 }),
      }),
      /open flowunit 'worker', type 'cpu' failed\. -> .*it did not open in 0\.3 s/,
    )
    assert.ok(performance.now() - began >= 299)
  })

  it('is no source and no sink', () => {
    const { problems } = buildGraph(
      'digraph { r [flowunit=httpserver_sync_receive, thread=true] s [flowunit=httpserver_sync_reply] r:out_request_info -> s:in_reply_info }',
      { units: UNITS.map(({ descriptor }) => descriptor) },
    )
    assert.match(problems[0].message, /has no thread of its own: leave "thread" out/)
  })

  it('may be any of the registry, with the same outcome', async (t) => {
    const dot = (thread: boolean) => `digraph { input [type=input] output [type=output]
      m [flowunit=mean, mean="1,2,3", thread=${thread}] n [flowunit=normalize, standard_deviation_inverse="0.5,1,2", thread=${thread}]
      input -> m:in_data m:out_data -> n:in_data n:out_data -> output }`
    const image = () => Uint8Array.from({ length: 4 * 4 * 3 }, (_, at) => at * 5)
    const meta = {
      width: 4,
      height: 4,
      channel: 3,
      layout: 'hwc',
      pix_fmt: 'rgb',
      shape: [4, 4, 3],
    }
    const answers = []
    for (const thread of [false, true]) {
      const flow = await startFlow(dot(thread), UNITS, [], {
        inThread: (unit) => threadUnit(unit, { source: BUILT_IN }),
      })
      t.after(() => flow.stop('the test is over'))
      const got: unknown[] = []
      const end = Promise.withResolvers<undefined>()
      const session = flow.open({
        onOutput: (_, { data, meta: given, error }) => got.push([data, given, error]),
        onEnd: () => end.resolve(undefined),
      })
      session.send('input', [flowBuffer(image(), meta)])
      session.close()
      await end.promise
      answers.push(got)
    }
    assert.equal(answers[0].length, 1)
    assert.deepEqual(answers[1], answers[0])
  })
})
