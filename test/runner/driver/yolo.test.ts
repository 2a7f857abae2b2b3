/**
 * Units of `yolov3_postprocess` against the formulas of Redmon and Farhadi, "YOLOv3: An Incremental Improvement" (2018),
 * section 2.1, worked out box by box: b = (sigmoid(t) + c) / grid for the middle, p * e^t for the sides, the score as
 * objectness times class; then from the best score down, what overlaps a better box of its class too much goes.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { type Box, decodeBoxes } from '../../../src/compute/image/box.ts'
import { flowBuffer } from '../../../src/flow/stream/buffer.ts'
import { scanUnits } from '../../../src/runner/driver/scan.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { openUnit } from '../../helpers/unit.ts'

const [WIDTH, HEIGHT, CLASSES, ANCHORS] = [64, 48, 3, 2]
const GRIDS = [
  [4, 3],
  [8, 6],
]
const BIASES = [20, 24, 30, 16, 6, 8, 10, 5]
const SCORES = [0.3, 0.5, 0.4]
const OVERLAPS = [0.3, 0.5, 0.2]
const ENTRIES = 5 + CLASSES

const TOML = `[base]
name="y"
type="yolobox"
entry="a"
virtual_type="yolov3_postprocess"
[config]
input_width=${WIDTH}
input_height=${HEIGHT}
class_num=${CLASSES}
score_threshold=[${SCORES.join()}]
nms_threshold=[${OVERLAPS.join()}]
yolo_output_layer_num=2
yolo_output_layer_wh=[${GRIDS.flat().join()}]
anchor_num=${ANCHORS}
anchor_biases=[${BIASES.join()}]
[input.input1]
name="large"
[input.input2]
name="small"
[output.output1]
name="out"`

/** Numbers between -3 and 3 from Lehmer's generator (Park and Miller, 1988). */
function numbers(seed: number) {
  let state = seed
  return () => ((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647) * 6 - 3
}

type Tensor = (anchor: number, entry: number, row: number, column: number) => number

function expected(layers: readonly Tensor[]): Box[] {
  const s = (t: number) => 1 / (1 + Math.exp(-t))
  const all: Box[] = []
  for (const [layer, [columns, rows]] of GRIDS.entries())
    for (let anchor = 0; anchor < ANCHORS; anchor++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const t = (entry: number) => layers[layer](anchor, entry, row, column)
          const [pw, ph] = BIASES.slice((layer * ANCHORS + anchor) * 2)
          const [w, h] = [pw * Math.exp(t(2)), ph * Math.exp(t(3))]
          const x = ((s(t(0)) + column) * WIDTH) / columns - w / 2
          const y = ((s(t(1)) + row) * HEIGHT) / rows - h / 2
          for (let category = 0; category < CLASSES; category++) {
            const score = s(t(4)) * s(t(5 + category))
            if (score >= SCORES[category]) all.push({ x, y, w, h, category, score })
          }
        }
  const shared = (a: Box, b: Box) => {
    const across = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x)
    const down = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y)
    const both = Math.max(0, across) * Math.max(0, down)
    return both / (a.w * a.h + b.w * b.h - both)
  }
  const kept: Box[] = []
  for (const box of all.toSorted((a, b) => b.score - a.score))
    if (kept.every((k) => k.category !== box.category || shared(k, box) <= OVERLAPS[box.category]))
      kept.push(box)
  assert.ok(kept.length > 5 && kept.length < all.length, `${kept.length} of ${all.length}`)
  return kept
}

describe('units of yolov3_postprocess', () => {
  it('find the boxes of the formulas, with channels first or last, a threshold for each class', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'y'))
    await writeFile(join(folder, 'y', 'y.toml'), TOML)
    const { units, problems } = await scanUnits([folder])
    assert.deepEqual(problems, [])
    const unit = await openUnit(units[0])
    for (const [channelsLast, seed] of [
      [false, 1],
      [true, 2],
      [false, 3],
    ] as const) {
      const next = numbers(seed)
      const made = GRIDS.map(([columns, rows]) => {
        const data = Float32Array.from({ length: columns * rows * ANCHORS * ENTRIES }, next)
        const depth = ANCHORS * ENTRIES
        const tensor: Tensor = (anchor, entry, row, column) => {
          const channel = anchor * ENTRIES + entry
          const cell = row * columns + column
          return data[channelsLast ? cell * depth + channel : channel * rows * columns + cell]
        }
        const shape = channelsLast ? [1, rows, columns, depth] : [1, depth, rows, columns]
        return { tensor, buffer: flowBuffer(data, { shape }) }
      })
      const { outputs } = await unit.call({
        inputs: { large: [made[0].buffer], small: [made[1].buffer] },
      })
      const found = decodeBoxes(outputs.out[0].data as Uint8Array)
      const wanted = expected(made.map(({ tensor }) => tensor))
      assert.deepEqual(
        found.map(({ category }) => category),
        wanted.map(({ category }) => category),
      )
      for (const [index, box] of found.entries())
        for (const key of ['x', 'y', 'w', 'h', 'score'] as const)
          assert.ok(Math.abs(box[key] - wanted[index][key]) < 1e-3, `${index}.${key}`)
      assert.deepEqual(outputs.out[0].meta['shape'], [wanted.length])
    }
    await unit.close()
  })
})
