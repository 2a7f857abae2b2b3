/**
 * Python units without in-ports: sessions that they open themselves, as in the original's documents.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { BufferData } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { pythonUnit } from '../../../src/runner/driver/python.ts'
import { unitFile } from '../../../src/runner/driver/unit-file.ts'
import { mock, startFlow } from '../flow/mock.ts'

/** Two sessions at its opening; their buffers go out one by one, by events. */
const AT_OPEN = `
import _flowunit as modelbox

class Source(modelbox.FlowUnit):
    def open(self, config):
        for name in ("a", "b"):
            external = self.create_external_data()
            external.get_session_config().set("node.sink.mark", name.upper())
            external.get_session_context().set_private("name", name)
            buffers = external.create_buffer_list()
            for index in range(config.get_int("count", 3)):
                buffers.push_back(modelbox.Buffer(self.get_bind_device(), name + str(index)))
            if not external.send(buffers):
                return modelbox.Status.StatusCode.STATUS_FAULT
            external.close()
            if external.send(buffers):
                return modelbox.Status.StatusCode.STATUS_FAULT
        return modelbox.Status.StatusCode.STATUS_SUCCESS

    def process(self, context):
        name = context.get_session_context().get_private("name")
        waiting = context.get_private("waiting") or []
        waiting.extend(context.external())
        context.set_private("waiting", waiting)
        if not waiting:
            return modelbox.Status.StatusCode.STATUS_SUCCESS
        made = modelbox.Buffer(self.get_bind_device(), str(waiting.pop(0)) + " of " + name)
        context.output("out").push_back(made)
        if not waiting:
            return modelbox.Status.StatusCode.STATUS_SUCCESS
        context.send_event(modelbox.FlowUnitEvent())
        return modelbox.Status.StatusCode.STATUS_CONTINUE
`

/** Sends from a thread of its own, for as long as there is something. */
const IN_THREAD = `
import _flowunit as modelbox
import os, threading

class Source(modelbox.FlowUnit):
    def open(self, config):
        self.count = config.get_int("count", 3)
        self.end = config.get_string("end", "close")
        threading.Thread(target=self.feed).start()
        return modelbox.Status()

    def feed(self):
        external = self.create_external_data()
        for index in range(self.count):
            external.send([modelbox.Buffer(self.get_bind_device(), index)])
        if self.end == "die":
            os._exit(4)
        if self.end == "close":
            external.close()

    def process(self, context):
        for each in context.external():
            context.output("out").push_back(each)
        return modelbox.Status()
`

let folder = ''
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-test-'))
  await writeFile(join(folder, 'at_open.py'), AT_OPEN)
  await writeFile(join(folder, 'in_thread.py'), IN_THREAD)
})
after(() => rm(folder, { recursive: true }))

function source(module: string): FlowUnit {
  const toml = `[base]\nname="source"\ntype="python"\nentry="${module}@Source"\n[config]\ncount=3\nend="close"\n[output.output1]\nname="out"`
  return pythonUnit(unitFile(toml, join(folder, 'unit.toml')))
}

interface Got {
  readonly session: string
  readonly data: BufferData
  readonly mark: string | undefined
}

const SINK = { node: 'sink', unit: 'sink' }

/** What comes to the end of `source -> sink`. */
async function run(module: string, options = '') {
  const got: Got[] = []
  let seen: (() => void) | undefined
  const sink = mock('sink', { outputs: [], kind: 'stream' }, () => ({
    process(context) {
      seen?.()
      for (const { data } of context.input('in'))
        got.push({ session: context.session.id, data, mark: context.session.config('mark', SINK) })
    },
  }))
  const flow = await startFlow(
    `digraph { source [flowunit=source${options}] sink [flowunit=sink] source:out -> sink:in }`,
    [source(module), sink],
  )
  return { flow, got, look: (each: () => void) => (seen = each) }
}

describe('a python source', () => {
  it('opens sessions, each with its context and its configuration, and the flow ends with them', async () => {
    const { flow, got } = await run('at_open')
    assert.deepEqual(await flow.done, { sessions: 2, failed: 0 })
    for (const name of ['a', 'b']) {
      const own = got.filter(({ mark }) => mark === name.toUpperCase())
      assert.deepEqual(
        own.map(({ data }) => data),
        [0, 1, 2].map((index) => `${name}${index} of ${name}`),
      )
      assert.equal(new Set(own.map(({ session }) => session)).size, 1)
    }
  })

  it('sends from a thread of its own; the flow goes on as long as that does', async () => {
    const { flow, got } = await run('in_thread', ', count=20')
    assert.deepEqual(await flow.done, { sessions: 1, failed: 0 })
    assert.deepEqual(
      got.map(({ data }) => data),
      Array.from({ length: 20 }, (_, index) => index),
    )
  })

  it('waits while the queue from outside is full', async () => {
    const { flow, got, look } = await run('in_thread', ', count=500, queue_size_external=4')
    let most = 0
    look(() => {
      most = Math.max(most, flow.figures().find(({ node }) => node === 'source')?.waiting ?? 0)
    })
    assert.deepEqual(await flow.done, { sessions: 1, failed: 0 })
    assert.equal(got.length, 500)
    assert.ok(most <= 4, `${most} waited`)
  })

  it('that ends without a word ends its session with an error', async () => {
    const { flow } = await run('in_thread', ', end=die')
    const { failed, error } = await flow.done
    assert.equal(failed, 1)
    assert.match(error?.message ?? '', /The process of source has ended: it ended with code 4/)
  })

  it('is stopped with its threads', async () => {
    const { flow, got } = await run('in_thread', ', end=never, count=1')
    while (got.length < 1) await new Promise((resolve) => setImmediate(resolve))
    const { stopped, failed } = await flow.stop('over')
    assert.deepEqual([stopped, failed], ['over', 1])
  })
})

describe('a python unit with in-ports', () => {
  it('opens no sessions', async () => {
    await writeFile(
      join(folder, 'no_source.py'),
      'import _flowunit\nclass No(_flowunit.FlowUnit):\n  def open(self, config):\n    self.create_external_data()\n    return 0\n',
    )
    const toml = `[base]\nname="no"\ntype="python"\nentry="no_source@No"\n[input.input1]\nname="in"\n[output.output1]\nname="out"`
    const unit = pythonUnit(unitFile(toml, join(folder, 'unit.toml')))
    const flow = startFlow(
      'digraph { i [type=input] o [type=output] n [flowunit=no] i -> n:in n:out -> o }',
      [unit],
    )
    await assert.rejects(flow, /only a unit without in-ports opens sessions/)
  })
})
