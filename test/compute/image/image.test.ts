/**
 * Images against plain computations of the same thing.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  type Box,
  decodeBoxes,
  drawBoxes,
  encodeBoxes,
  overlap,
  suppress,
} from '../../../src/compute/image/box.ts'
import {
  drawBoxesNv12,
  fromNv12,
  joinNv12,
  splitNv12,
  toLumaChroma,
  toNv12,
} from '../../../src/compute/image/nv12.ts'
import {
  crop,
  fromGray,
  place,
  rotate,
  standardise,
  swapRedBlue,
  toGray,
  toPlanar,
} from '../../../src/compute/image/pixel.ts'
import { type Raster, resizeLinear, resizeNearest } from '../../../src/compute/image/resize.ts'
import { yoloBoxes } from '../../../src/compute/image/yolo.ts'

function noise(width: number, height: number, channels = 3): Raster<Uint8Array> {
  let state = 7
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state >>> 24
  })
  return { data, width, height, channels }
}

function sample({ data, width, channels }: Raster, x: number, y: number, channel: number): number {
  return data[(y * width + x) * channels + channel]
}

describe('NV12', () => {
  const SIZE = { width: 24, height: 16 }

  it('is resized plane by plane: near what converting, resizing and converting back gives', () => {
    // Smooth, as the two ways differ in where they average.
    const data = Uint8Array.from({ length: 24 * 16 * 3 }, (_, index) => {
      const pixel = Math.floor(index / 3)
      return [pixel % 24, Math.floor(pixel / 24), 8][index % 3] * 9
    })
    const image = { data, ...SIZE, channels: 3 }
    const to = { width: 12, height: 12 }
    const half = { width: 6, height: 6 }
    const planes = splitNv12(toNv12(image, 0), SIZE)
    const made = joinNv12(planes.map((plane, at) => resizeLinear(plane, at === 0 ? to : half).data))
    const plain = toNv12(resizeLinear(image, to), 0)
    assert.equal(made.length, plain.length)
    for (const [index, value] of made.entries())
      assert.ok(Math.abs(value - plain[index]) <= 3, `${index}: ${value}, not ${plain[index]}`)
  })

  it('boxes at even places are the same pixels as in RGB', () => {
    const gray = new Uint8Array(24 * 16 * 3).fill(90)
    const boxes = [{ x: 4, y: 2, w: 12, h: 10, category: 1, score: 1 }]
    const colour = [200, 30, 60]
    const rgb = { data: gray.slice(), ...SIZE, channels: 3 }
    drawBoxes(rgb, boxes, { thickness: 2, colourOf: () => colour })
    const nv12 = { data: toNv12({ data: gray, ...SIZE, channels: 3 }, 0), ...SIZE }
    drawBoxesNv12(nv12, boxes, { thickness: 2, colourOf: () => toLumaChroma(colour) })
    assert.deepEqual(nv12.data, toNv12(rgb, 0))
    assert.notDeepEqual(nv12.data, toNv12({ data: gray, ...SIZE, channels: 3 }, 0))
  })
})

describe('resize', () => {
  for (const [width, height] of [
    [7, 5],
    [40, 9],
    [1, 1],
    [16, 12],
  ])
    it(`16 x 12 to ${width} x ${height}: bilinear is within one step of real arithmetic`, () => {
      const image = noise(16, 12)
      const bytes = resizeLinear(image, { width, height })
      const floats = resizeLinear(
        { ...image, data: Float32Array.from(image.data) },
        { width, height },
      )
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let channel = 0; channel < 3; channel++) {
            const fx = Math.min(Math.max(((x + 0.5) * 16) / width - 0.5, 0), 15)
            const fy = Math.min(Math.max(((y + 0.5) * 12) / height - 0.5, 0), 11)
            let expected = 0
            for (let v = 0; v < 12; v++)
              for (let u = 0; u < 16; u++)
                expected +=
                  sample(image, u, v, channel) *
                  Math.max(0, 1 - Math.abs(u - fx)) *
                  Math.max(0, 1 - Math.abs(v - fy))
            assert.ok(Math.abs(sample(bytes, x, y, channel) - expected) <= 1)
            assert.ok(Math.abs(sample(floats, x, y, channel) - expected) < 1e-3)
          }
    })

  it('the nearest pixel is one of the source, the one that OpenCV takes', () => {
    const image = noise(5, 4)
    const made = resizeNearest(image, { width: 3, height: 7 })
    for (let y = 0; y < 7; y++)
      for (let x = 0; x < 3; x++)
        for (let channel = 0; channel < 3; channel++)
          assert.equal(
            sample(made, x, y, channel),
            sample(image, Math.floor((x * 5) / 3), Math.floor((y * 4) / 7), channel),
          )
  })
})

describe('pixels', () => {
  it('a cut out part, put on a canvas, is where it was', () => {
    const image = noise(6, 5)
    const part = crop(image, { x: 1, y: 2, width: 4, height: 2 })
    const back = place(part, { x: 1, y: 2, width: 6, height: 5, colour: [9, 8, 7] })
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 6; x++)
        for (let channel = 0; channel < 3; channel++) {
          const inside = x >= 1 && x < 5 && y >= 2 && y < 4
          const expected = inside ? sample(image, x, y, channel) : 9 - channel
          assert.equal(sample(back, x, y, channel), expected)
        }
  })

  it('a quarter to the right puts the left column on top; four are none', () => {
    const image = noise(4, 3)
    const turned = rotate(image, 90)
    assert.deepEqual([turned.width, turned.height], [3, 4])
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 4; x++)
        for (let channel = 0; channel < 3; channel++)
          assert.equal(sample(turned, 2 - y, x, channel), sample(image, x, y, channel))
    assert.deepEqual(rotate(turned, 270), image)
    assert.deepEqual(rotate(turned, 90), rotate(image, 180))
  })

  it('planes and swapped colours', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6)
    assert.deepEqual([...toPlanar({ data, width: 2, height: 1, channels: 3 })], [1, 4, 2, 5, 3, 6])
    assert.deepEqual([...swapRedBlue(data)], [3, 2, 1, 6, 5, 4])
    assert.deepEqual([...data], [1, 2, 3, 4, 5, 6])
  })

  it('gray is the luma of BT.601 whichever colour is first', () => {
    const { data } = noise(8, 8)
    const gray = toGray(data, 0)
    gray.forEach((value, index) => {
      const [red, green, blue] = data.subarray(index * 3, index * 3 + 3)
      assert.ok(Math.abs(value - (0.299 * red + 0.587 * green + 0.114 * blue)) <= 0.51)
    })
    assert.deepEqual(toGray(swapRedBlue(data), 2), gray)
    assert.deepEqual([...fromGray(Uint8Array.of(5, 6))], [5, 5, 5, 6, 6, 6])
  })

  it('squares of one colour survive NV12, whichever colour is first', () => {
    const small = noise(5, 4)
    const image = resizeNearest(small, { width: 10, height: 8 })
    for (const red of [0, 2] as const) {
      const nv12 = toNv12(image, red)
      assert.equal(nv12.length, 120)
      const back = fromNv12(nv12, image, red)
      back.forEach((value, index) => assert.ok(Math.abs(value - image.data[index]) <= 3))
    }
  })

  it('standardises by channel in both layouts', () => {
    const image = noise(3, 2)
    const mean = [10, 20, 30]
    const scale = [1, 0.5, 0.25]
    const packed = standardise(image.data, { channels: 3, planar: false, mean, scale })
    packed.forEach((value, index) => {
      assert.equal(value, Math.fround((image.data[index] - mean[index % 3]) * scale[index % 3]))
    })
    const planar = standardise(toPlanar(image), { channels: 3, planar: true, mean, scale })
    assert.deepEqual(planar, toPlanar({ ...image, data: packed }))
    const turned = standardise(image.data, {
      channels: 3,
      planar: false,
      toPlanes: true,
      mean,
      scale,
    })
    assert.deepEqual(turned, planar)
  })
})

const box = (x: number, y: number, w: number, h: number, score: number, category = 0): Box => ({
  x,
  y,
  w,
  h,
  category,
  score,
})

describe('boxes', () => {
  it('overlap is what counting pixels gives', () => {
    const [a, b] = [box(1, 1, 6, 4, 1), box(3, 2, 7, 7, 1)]
    let [common, either] = [0, 0]
    for (let y = 0; y < 12; y++)
      for (let x = 0; x < 12; x++) {
        const inside = [a, b].map(
          (each) => x >= each.x && x < each.x + each.w && y >= each.y && y < each.y + each.h,
        )
        if (inside[0] && inside[1]) common++
        if (inside[0] || inside[1]) either++
      }
    assert.equal(overlap(a, b), common / either)
    assert.equal(overlap(a, box(20, 20, 1, 1, 1)), 0)
  })

  it('only the best of a heap stays, of each category or of all', () => {
    const boxes = [
      box(0, 0, 10, 10, 0.5),
      box(1, 0, 10, 10, 0.9),
      box(1, 1, 10, 10, 0.7, 1),
      box(40, 0, 5, 5, 0.1),
    ]
    assert.deepEqual(
      suppress(boxes, { overlap: 0.5 }).map(({ score }) => score),
      [0.9, 0.7, 0.1],
    )
    assert.deepEqual(
      suppress(boxes, { overlap: 0.5, acrossCategories: true, most: 1 }).map(({ score }) => score),
      [0.9],
    )
    assert.equal(suppress(boxes, { overlap: () => 1 }).length, 4)
  })

  it('are the same after a way as bytes', () => {
    const boxes = [box(0.5, -2, 3, 4, 0.75, 80), box(1, 2, 3, 4, 0.25, -1)]
    assert.deepEqual(decodeBoxes(encodeBoxes(boxes)), boxes)
    assert.throws(() => decodeBoxes(new Uint8Array(25)), /25 bytes are no boxes/)
  })

  it('are drawn as edges, cut at the border', () => {
    const image = { data: new Uint8Array(8 * 6), width: 8, height: 6, channels: 1 }
    drawBoxes(image, [box(-3, 1, 8, 4, 1), box(Number.NaN, 0, 1, 1, 1)], {
      thickness: 1,
      colourOf: () => [1],
    })
    const rows = Array.from({ length: 6 }, (_, y) => image.data.slice(y * 8, y * 8 + 8).join(''))
    assert.deepEqual(rows, ['00000000', '11111000', '00001000', '00001000', '11111000', '00000000'])
  })
})

describe('YOLOv3', () => {
  const shape = {
    inputWidth: 64,
    inputHeight: 32,
    classes: 2,
    anchors: 1,
    grids: [{ width: 4, height: 2 }],
    biases: [16, 8],
    scores: [0.5],
    overlaps: [0.4],
    inPixels: true,
  }
  const cells = 8
  /** One object in cell (2, 1) of the category 1, channels first. */
  const layer = new Float32Array(7 * cells).fill(-20)
  const cell = 1 * 4 + 2
  for (const [entry, value] of [0, 0, Math.log(2), 0, 20, -20, 20].entries())
    layer[entry * cells + cell] = value

  it('a cell, its offset and its anchor make a box', () => {
    const [found, ...others] = yoloBoxes([{ data: layer }], shape)
    assert.deepEqual(others, [])
    // The middle of cell (2, 1) of 16 x 16 pixels each is (40, 24); the anchor is doubled in width.
    for (const [name, value] of Object.entries({
      x: 24,
      y: 20,
      w: 32,
      h: 8,
      category: 1,
      score: 1,
    }))
      assert.ok(Math.abs(found[name as keyof Box] - value) < 1e-4, name)
  })

  it('channels may come last, and boxes be parts of the input', () => {
    const last = layer.map((_, at) => layer[(at % 7) * cells + Math.floor(at / 7)])
    const options = { ...shape, inPixels: false }
    const [found] = yoloBoxes([{ data: last, channelsLast: true }], options)
    assert.deepEqual(found, yoloBoxes([{ data: layer }], options)[0])
    assert.ok(Math.abs(found.w - 0.5) < 1e-6)
  })

  it('says which layer has another size', () => {
    assert.throws(() => yoloBoxes([{ data: layer.slice(1) }], shape), /Layer 1 has 55 numbers/)
  })
})
