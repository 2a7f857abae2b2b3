/**
 * Folders of units.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { decodeBoxes } from '../../../src/compute/image/box.ts'
import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { allUnits, scanUnits } from '../../../src/runner/driver/scan.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openUnit } from '../../helpers/unit.ts'
import { mapper } from '../flow/mock.ts'

const PORTS = '[input.input1]\nname="in"\n[output.output1]\nname="out"'
const YOLO = `[config]
input_width=32
input_height=32
class_num=1
score_threshold=[0.5]
nms_threshold=[0.4]
yolo_output_layer_num=1
yolo_output_layer_wh=[1, 1]
anchor_num=1
anchor_biases=[8, 16]`

async function put(folder: string, name: string, text: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, `${name}.toml`), text)
}

const base = (name: string, type: string, more = '') =>
  `[base]\nname="${name}"\ntype="${type}"\nentry="a@B"\n${more}\n${PORTS}`

describe('a folder of units', () => {
  it('gives every unit that is described, and says what is wrong with the others', async () => {
    const folder = await temporaryFolder()
    await put(folder, 'a', base('a', 'python'))
    await put(folder, 'b', base('b', 'inference', 'virtual_type="onnx"'))
    await put(folder, 'c', base('c', 'java'))
    await put(folder, 'd', '[base]\nname = ')
    await put(folder, 'e', base('a', 'python'))
    await put(folder, 'flow', '[graph]\nformat="graphviz"')
    await put(folder, 'node_modules', base('no', 'python'))
    const { units, problems } = await scanUnits([folder, join(folder, 'none')])
    assert.deepEqual(
      units.map(({ descriptor: { name, kind } }) => [name, kind]),
      [
        ['a', 'stream'],
        ['b', 'normal'],
      ],
    )
    assert.equal(problems.length, 3, problems.join('\n'))
    assert.match(
      problems[0],
      /c.toml: current environment does not support units of the type "java"/,
    )
    assert.match(problems[1], /d.toml: Invalid TOML/)
    assert.match(problems[2], /e.toml: a unit a@cpu is there already/)
  })

  it('what comes with the runner counts before what is found', () => {
    const own = mapper('same', (each) => each)
    const found = [mapper('same', (each) => each), mapper('other', (each) => each)]
    assert.deepEqual(allUnits([own], found), [own, found[1]])
  })

  it('a post-processing unit is made of its settings', async () => {
    const folder = await temporaryFolder()
    const text = base('y', 'yolobox', 'virtual_type="yolov3_postprocess"')
    await put(folder, 'y', `${text}\n${YOLO}`)
    const { units, problems } = await scanUnits([folder])
    assert.deepEqual(problems, [])
    const unit = await openUnit(units[0])
    const layer = new Float32Array([0, 0, 0, 0, 20, 20])
    const { outputs } = await unit.call({
      inputs: { in: [flowBuffer(layer), flowBuffer(new Float32Array(5)), flowBuffer('x')] },
    })
    const [box] = decodeBoxes(outputs.out[0].data as Uint8Array)
    assert.deepEqual([box.x, box.y, box.w, box.h], [12, 8, 8, 16])
    assert.match(outputs.out[1].error?.message ?? '', /Layer 1 has 5 numbers/)
    assert.equal(outputs.out[2].error?.code, 'Yolo.Layer')
    await assert.rejects(openUnit(units[0], { anchor_biases: '1' }), /anchor_biases has 1 numbers/)
    await assert.rejects(
      openUnit(units[0], { yolo_output_layer_num: '2' }),
      /the unit has 1 inputs/,
    )
  })
})
