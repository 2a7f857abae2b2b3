/**
 * Inference units: models, batches, and what is said when something does not fit.
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { type FlowBuffer, flowBuffer } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { inferenceUnit } from '../../../src/runner/driver/inference.ts'
import { openModel } from '../../../src/runner/driver/onnx.ts'
import { unitFile } from '../../../src/runner/driver/unit-file.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { tinyModel } from '../../helpers/onnx.ts'
import { openUnit } from '../../helpers/unit.ts'

let folder = ''
before(async () => {
  folder = await temporaryFolder()
  const dense = tinyModel({
    inputs: { x: ['n', 3] },
    outputs: { y: ['n', 2], sum: ['n', 2] },
    nodes: [
      { op: 'MatMul', from: ['x', 'w'], to: ['y'] },
      { op: 'Add', from: ['y', 'b'], to: ['sum'] },
    ],
    constants: {
      w: { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      b: { dims: [2], data: [100, 200] },
    },
  })
  await writeFile(join(folder, 'dense.onnx'), dense)
  await writeFile(
    join(folder, 'open.onnx'),
    tinyModel({
      inputs: { x: ['n', 'h', 'w'] },
      outputs: { y: ['n', 'h', 'w'] },
      nodes: [{ op: 'Neg', from: ['x'], to: ['y'] }],
    }),
  )
  await writeFile(
    join(folder, 'single.onnx'),
    tinyModel({
      inputs: { x: [1, 3] },
      outputs: { y: [1, 3] },
      nodes: [{ op: 'Neg', from: ['x'], to: ['y'] }],
    }),
  )
  await writeFile(join(folder, 'bad.onnx'), 'no model')
})
function described(
  text: { entry?: string; engine?: string; device?: string; more?: string } = {},
): FlowUnit {
  const { entry = 'dense.onnx', engine = 'onnx', device = 'cpu', more } = text
  const ports =
    more ??
    '[input.input1]\nname="x"\ntype="float"\n[output.output1]\nname="y"\n[output.output2]\nname="sum"'
  const toml = `[base]\nname="dense"\ndevice="${device}"\nversion="1.0.0"\ndescription="d"\nentry="./${entry}"\ntype="inference"\nvirtual_type="${engine}"\n${ports}`
  return inferenceUnit(unitFile(toml, join(folder, 'dense.toml')))
}

const ONE_PORT = '[input.input1]\nname="x"\n[output.output1]\nname="y"'

async function call(unit: FlowUnit, buffers: readonly FlowBuffer[], settings = {}) {
  const opened = await openUnit(unit, settings)
  const { outputs } = await opened.call({ inputs: { x: buffers } })
  await opened.close()
  return { outputs, logs: opened.logs }
}

describe('an inference unit', () => {
  it('gives what the arithmetic of its model gives, for each buffer of a batch', async () => {
    const rows = [
      [1, 0, 0],
      [0.5, -1, 2],
      [3, 4, 5],
    ]
    const { outputs, logs } = await call(
      described(),
      rows.map((row) => flowBuffer(new Float32Array(row), { uri: '/a' })),
    )
    const expected = rows.map(([a, b, c]) => [a + 3 * b + 5 * c, 2 * a + 4 * b + 6 * c])
    assert.deepEqual(
      outputs.y.map(({ data }) => [...(data as Float32Array)]),
      expected,
    )
    assert.deepEqual(
      outputs.sum.map(({ data }) => [...(data as Float32Array)]),
      expected.map(([left, right]) => [left + 100, right + 200]),
    )
    assert.deepEqual(outputs.y[0].meta, { uri: '/a', shape: [2], type: 'float' })
    assert.match(logs.join(), /its first run took \d+ ms/)
  })

  it('converts numbers of another kind, and one bad buffer spoils only itself', async () => {
    const buffers = [Uint8Array.of(1, 2, 3), [1, 2, 3], new Float32Array(2), 'text'].map((data) =>
      flowBuffer(data),
    )
    const { outputs } = await call(described(), buffers)
    assert.deepEqual([...(outputs.y[0].data as Float32Array)], [22, 28])
    assert.deepEqual(outputs.y[1].data, outputs.y[0].data)
    assert.match(outputs.y[2].error?.message ?? '', /"x" has the shape \[2\] where the model takes/)
    assert.match(outputs.sum[3].error?.message ?? '', /"x" is to be numbers/)
  })

  it('shapes that differ are not mixed, and rows that come as several stay together', async () => {
    const unit = described({ entry: 'open.onnx', more: ONE_PORT })
    const shapes = [
      [2, 3],
      [1, 4],
      [2, 3],
      [2, 1, 4],
    ]
    const { outputs, logs } = await call(
      unit,
      shapes.map((shape, index) =>
        flowBuffer(new Float32Array(shape.reduce((a, b) => a * b)).fill(index + 1), { shape }),
      ),
    )
    outputs.y.forEach(({ data, meta, error }, index) => {
      assert.equal(error, undefined)
      assert.deepEqual(meta['shape'], shapes[index])
      assert.ok((data as Float32Array).every((value) => value === -(index + 1)))
    })
    assert.match(logs.join(), /not warmed up/)
    const warm = await call(unit, [], { warm_up_shape: '1,2,3' })
    assert.match(warm.logs.join(), /first run took/)
  })

  it('a model for one row takes one after the other', async () => {
    const unit = described({ entry: 'single.onnx', more: ONE_PORT })
    const buffers = [1, 2, 3].map((value) => flowBuffer(new Float32Array(3).fill(value)))
    const { outputs } = await call(unit, buffers)
    assert.deepEqual(
      outputs.y.map(({ data }) => (data as Float32Array)[2]),
      [-1, -2, -3],
    )
  })

  it('what comes while it runs goes into one run more', async () => {
    const model = await openModel(join(folder, 'dense.onnx'), {
      device: 'cpu',
      deviceId: 0,
      inputs: ['x'],
      outputs: ['y'],
      threads: 1,
      most: 4,
    })
    const row = () => [{ data: new Float32Array([1, 1, 1]), dims: [1, 3], type: 'float' }]
    const first = model.run(row())
    const made = await Promise.all([first, ...Array.from({ length: 9 }, () => model.run(row()))])
    assert.ok(made.every(([{ data }]) => data[0] === 9 && data[1] === 12))
    assert.equal(model.runs.rows, 10)
    assert.equal(model.runs.count, 3)
    await model.close()
  })

  for (const device of ['cuda', 'webgpu'])
    it(`on ${device} gives the same as on the CPU, or says that this host has no ${device}`, async () => {
      const rows = [flowBuffer(new Float32Array([1, 2, 3]))]
      const expected = (await call(described(), rows)).outputs.y[0].data
      let found
      try {
        found = (await call(described({ device }), rows)).outputs.y[0].data
      } catch (error) {
        const said = `current environment does not support the inference type: 'onnx:${device}' (`
        assert.ok(error instanceof Error && error.message.startsWith(said), String(error))
        return
      }
      assert.deepEqual(found, expected)
    })

  it('says what does not fit', async () => {
    const cases = [
      [described({ entry: 'none.onnx' }), /The model file ".\/none.onnx" of dense is not there/],
      [described({ entry: 'bad.onnx' }), /cannot be opened/],
      [
        described({ engine: 'mindspore' }),
        /current environment does not support the inference type: 'mindspore:cpu'/,
      ],
      [described({ device: 'ascend' }), /does not support the inference type: 'onnx:ascend'/],
      [
        described({ more: '[input.input1]\nname="Input"\n[output.output1]\nname="y"' }),
        /has no input "Input": it has "x"/,
      ],
      [
        described({ more: '[input.input1]\nname="x"\n[output.output1]\nname="z"' }),
        /has no output "z": it has "y", "sum"/,
      ],
      [described({ more: `${ONE_PORT}\n[encryption]\nrootkey="abc"` }), /is encrypted/],
    ] as const
    for (const [unit, message] of cases) await assert.rejects(openUnit(unit), message)
  })
})
