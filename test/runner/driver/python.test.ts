/**
 * Python units in their processes, as the original's documents write them.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { pythonUnit } from '../../../src/runner/driver/python.ts'
import { unitFile } from '../../../src/runner/driver/unit-file.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openUnit } from '../../helpers/unit.ts'
import { runSession, startFlow } from '../flow/mock.ts'

const HELLO = `
import _flowunit as modelbox
import json

class Hello(modelbox.FlowUnit):
    def __init__(self):
        super().__init__()

    def open(self, config):
        self.suffix = config.get_string("suffix", "!")
        self.times = config.get_int("times", 1)
        return modelbox.Status.StatusCode.STATUS_SUCCESS

    def process(self, data_context):
        out_data = data_context.output("out")
        for buffer in data_context.input("in"):
            text = json.loads(buffer.as_object())["msg"]
            if text == "die":
                import os
                os._exit(3)
            made = modelbox.Buffer(self.get_bind_device(), (text.title() + self.suffix) * self.times)
            made.copy_meta(buffer)
            made.set("length", len(text))
            out_data.push_back(made)
            print("said", text)
        return modelbox.Status.StatusCode.STATUS_SUCCESS
`

const SUM = `
import _flowunit as modelbox
import array

class Sum(modelbox.FlowUnit):
    def data_pre(self, context):
        context.set_private("sum", 0)
        meta = modelbox.DataMeta()
        meta.set("kind", context.get_input_meta("in").get("kind") + "-sum")
        context.set_output_meta("out", meta)
        return modelbox.Status()

    def process(self, context):
        for buffer in context.input("in"):
            value = buffer.as_object()
            if value[0] < 0:
                return modelbox.Status(modelbox.Status.StatusCode.STATUS_INVALID, "no debts")
            context.set_private("sum", context.get_private("sum") + sum(value))
        return modelbox.Status.StatusCode.STATUS_SUCCESS

    def data_post(self, context):
        context.output("out").push_back(modelbox.Buffer(self.get_bind_device(), array.array("d", [context.get_private("sum")])))
        return modelbox.Status.StatusCode.STATUS_SUCCESS
`

let folder = ''
before(async () => {
  folder = await temporaryFolder()
  await writeFile(join(folder, 'hello.py'), HELLO)
  await writeFile(join(folder, 'sum.py'), SUM)
})
function unit(entry: string, base = ''): FlowUnit {
  const toml = `[base]\nname="mine"\ntype="python"\nentry="${entry}"\n${base}\n[config]\ntimes=2\n[input.input1]\nname="in"\n[output.output1]\nname="out"`
  return pythonUnit(unitFile(toml, join(folder, 'unit.toml')))
}

describe('a python unit', () => {
  it('is the hello of the original: text in, text out, metas and settings', async () => {
    const opened = await openUnit(unit('hello@Hello', 'stream=false'), { suffix: '?' })
    const body = new TextEncoder().encode('{"msg":"hello wörld"}')
    const { outputs } = await opened.call({
      inputs: { in: [flowBuffer(body, { uri: '/a' }), flowBuffer('{"msg":"b"}')] },
    })
    assert.deepEqual(outputs.out, [
      { data: 'Hello Wörld?Hello Wörld?', meta: { uri: '/a', length: 11 } },
      { data: 'B?B?', meta: { length: 1 } },
    ])
    await opened.close()
    assert.ok(opened.logs.includes('info: said hello wörld'), opened.logs.join())
  })

  it('keeps a state for each stream and passes numbers of every kind', async () => {
    const opened = await openUnit(unit('sum@Sum'))
    const { outputMeta } = await opened.begin({ inputMeta: { in: { kind: 'small' } } })
    assert.deepEqual(outputMeta, { out: { kind: 'small-sum' } })
    for (const data of [
      new Float32Array([1, 2]),
      new Float64Array([0.25]),
      new Int32Array([100000]),
      new BigInt64Array([5n]),
      new Uint16Array([60000]),
    ])
      await opened.call({ inputs: { in: [flowBuffer(data)] } })
    await assert.rejects(
      opened.call({ inputs: { in: [flowBuffer([-1])] } }),
      /^UnitError: Invalid argument, no debts$/,
    )
    const { outputs } = await opened.end()
    assert.deepEqual(outputs.out[0].data, new Float64Array([160008.25]))
    await opened.close()
  })

  it('an exception is an error; a process that ends is started again', async () => {
    const opened = await openUnit(unit('hello@Hello', 'stream=false'))
    const give = (text: string) => opened.call({ inputs: { in: [flowBuffer(text)] } })
    await assert.rejects(give('no json'), /JSONDecodeError/)
    await assert.rejects(
      give('{"msg":"die"}'),
      /The process of mine has ended: it ended with code 3/,
    )
    assert.equal((await give('{"msg":"a"}')).outputs.out[0].data, 'A!A!')
    await opened.close()
  })

  it('a call that hangs is ended after its time, and the flow goes on', async () => {
    await writeFile(
      join(folder, 'hang.py'),
      `import _flowunit as modelbox
class Hang(modelbox.FlowUnit):
    def process(self, ctx):
        for buffer in ctx.input("in"):
            while buffer.as_object() == "hang":
                pass
            ctx.output("out").push_back(buffer)
        return modelbox.Status.StatusCode.STATUS_SUCCESS
`,
    )
    const flow = await startFlow(
      'digraph { input [type=input] output [type=output] h [flowunit=mine, call_time_out_ms=2000] input -> h:in h:out -> output }',
      [unit('hang@Hang')],
    )
    assert.equal((await runSession(flow, ['well'])).error, undefined)
    assert.equal((await runSession(flow, ['hang'])).error, 'Unit.ProcessError')
    assert.deepEqual((await runSession(flow, ['well'])).outputs, { output: ['well'] })
    await flow.stop('over')
  })

  it('says what is wrong', async () => {
    await assert.rejects(openUnit(unit('hello@Nobody')), /has no attribute 'Nobody'/)
    await assert.rejects(openUnit(unit('nothing@Nobody')), /No module named 'nothing'/)
    assert.throws(() => unit('hello'), /write module@Class/)
    const { missing } = unit('hello@Hello', 'python="/nowhere/python"')
    assert.match((await missing?.()) ?? '', /needs Python 3.8 or later/)
    assert.equal(await unit('hello@Hello').missing?.(), undefined)
  })

  it('works in a flow, and large buffers arrive whole', async () => {
    await writeFile(
      join(folder, 'echo.py'),
      'import _flowunit\nclass Echo(_flowunit.FlowUnit):\n  def process(self, c):\n    for b in c.input("in"):\n      c.output("out").push_back(b)\n    return 0\n',
    )
    const flow = await startFlow(
      'digraph { input [type=input] output [type=output] m [flowunit=mine] input -> m:in m:out -> output }',
      [unit('echo@Echo')],
    )
    const big = Uint8Array.from({ length: 3_000_000 }, (_, index) => index % 251)
    const [first, second] = await Promise.all([
      runSession(flow, [big, 'a', { b: [1, null] }]),
      runSession(
        flow,
        Array.from({ length: 200 }, (_, index) => index),
      ),
    ])
    assert.ok(Buffer.from(first.outputs['output'][0] as Uint8Array).equals(big))
    assert.deepEqual(first.outputs['output'].slice(1), ['a', { b: [1, null] }])
    assert.deepEqual(
      second.outputs['output'],
      Array.from({ length: 200 }, (_, index) => index),
    )
    flow.close()
    await flow.done
  })

  it('gives numpy arrays in their shape, where numpy is', { skip: !hasNumpy() }, async () => {
    await writeFile(
      join(folder, 'flip.py'),
      'import _flowunit, numpy\nclass Flip(_flowunit.FlowUnit):\n  def process(self, c):\n    for b in c.input("in"):\n      c.output("out").push_back(self.create_buffer(numpy.array(b)[::-1].astype(numpy.float32)))\n    return 0\n',
    )
    const opened = await openUnit(unit('flip@Flip', `python="${PYTHON}"`))
    const { outputs } = await opened.call({
      inputs: { in: [flowBuffer(Uint8Array.of(1, 2, 3, 4), { shape: [2, 2] })] },
    })
    assert.deepEqual(outputs.out[0], {
      data: new Float32Array([3, 4, 1, 2]),
      meta: { shape: [2, 2], type: 'float' },
    })
    await opened.close()
  })
})

/** An interpreter with numpy may be named: that of the system seldom has it. */
const PYTHON = process.env['WEFT_TEST_PYTHON'] ?? 'python3'

function hasNumpy(): boolean {
  try {
    execFileSync(process.env['WEFT_TEST_PYTHON'] ?? 'python3', ['-c', 'import numpy'], {
      stdio: 'ignore',
    })
    return true
  } catch {
    return false
  }
}
