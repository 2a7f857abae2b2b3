/**
 * The image units, each alone and in a row.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import sharp from 'sharp'

import { encodeBoxes } from '../../../src/compute/image/box.ts'
import { type FlowBuffer, flowBuffer } from '../../../src/flow/stream/buffer.ts'
import type { FlowUnit } from '../../../src/flow/stream/unit.ts'
import { colorConvert } from '../../../src/runner/unit/color-convert.ts'
import { crop } from '../../../src/runner/unit/crop.ts'
import { drawBbox } from '../../../src/runner/unit/draw-bbox.ts'
import { imageDecoder } from '../../../src/runner/unit/image-decoder.ts'
import { imagePreprocess } from '../../../src/runner/unit/image-preprocess.ts'
import { imageRotate } from '../../../src/runner/unit/image-rotate.ts'
import { mean } from '../../../src/runner/unit/mean.ts'
import { nms } from '../../../src/runner/unit/nms.ts'
import { normalize } from '../../../src/runner/unit/normalize.ts'
import { packedPlanarTranspose } from '../../../src/runner/unit/packed-planar-transpose.ts'
import { padding } from '../../../src/runner/unit/padding.ts'
import { resize } from '../../../src/runner/unit/resize.ts'
import { openUnit } from '../../helpers/unit.ts'

const PIXELS = Uint8Array.from({ length: 6 * 4 * 3 }, (_, index) => (index * 37) % 256)
const RGB = pixels(PIXELS, 6, 4, 'rgb')

function pixels(data: Uint8Array, width: number, height: number, format: string): FlowBuffer {
  return flowBuffer(data, { width, height, pix_fmt: format, uri: '/a' })
}

async function one(
  unit: FlowUnit,
  settings: Record<string, string>,
  ...inputs: readonly FlowBuffer[]
): Promise<FlowBuffer> {
  const opened = await openUnit(unit, settings)
  const ports = unit.descriptor.inputs.map(({ name }, index) => [name, [inputs[index]]])
  const { outputs } = await opened.call({ inputs: Object.fromEntries(ports) })
  await opened.close()
  const [[buffer]] = Object.values(outputs)
  return buffer
}

describe('image_decoder', () => {
  const png = sharp(PIXELS, { raw: { width: 6, height: 4, channels: 3 } })
    .png()
    .toBuffer()

  it('gives the pixels, blue first where not told otherwise', async () => {
    const file = flowBuffer(new Uint8Array(await png), { uri: '/a' })
    const bgr = await one(imageDecoder, {}, file)
    const rgb = await one(imageDecoder, { pix_fmt: 'rgb' }, file)
    assert.deepEqual(Buffer.from(rgb.data as Uint8Array), Buffer.from(PIXELS))
    assert.deepEqual(
      [...(bgr.data as Uint8Array).subarray(0, 3)],
      [...PIXELS.subarray(0, 3)].reverse(),
    )
    assert.deepEqual(bgr.meta, {
      uri: '/a',
      width: 6,
      height: 4,
      width_stride: 18,
      height_stride: 4,
      channel: 3,
      pix_fmt: 'bgr',
      layout: 'hwc',
      shape: [4, 6, 3],
      type: 'uint8',
    })
    const nv12 = await one(imageDecoder, { pix_fmt: 'nv12' }, file)
    assert.equal((nv12.data as Uint8Array).length, 36)
  })

  it('a gray image has three channels, and a camera held upright is upright', async () => {
    const gray = await sharp(PIXELS.slice(0, 24), { raw: { width: 6, height: 4, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer()
    const made = await one(imageDecoder, {}, flowBuffer(new Uint8Array(gray)))
    assert.equal((made.data as Uint8Array).length, 72)
    const turned = await sharp(await png)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const { meta } = await one(imageDecoder, {}, flowBuffer(new Uint8Array(turned)))
    assert.deepEqual([meta['width'], meta['height']], [4, 6])
  })

  it('a corrupt file spoils only its own output', async () => {
    const good = new Uint8Array(await png)
    const unit = await openUnit(imageDecoder)
    const files = [good, good.slice(0, 60), new Uint8Array(0), new TextEncoder().encode('no image')]
    const { outputs } = await unit.call({
      inputs: { in_encoded_image: files.map((file) => flowBuffer(file)) },
    })
    assert.deepEqual(
      outputs.out_image.map(({ error }) => error?.code),
      [undefined, 'Image.Bad', 'Image.Bad', 'Image.Bad'],
    )
    await assert.rejects(openUnit(imageDecoder, { pix_fmt: 'cmyk' }), /bgr, rgb or nv12/)
  })
})

describe('resize', () => {
  for (const interpolation of ['inter_nn', 'inter_linear', 'inter_cubic', 'inter_area', 'lanczos'])
    it(`${interpolation}: one colour stays that colour at another size`, async () => {
      const flat = pixels(new Uint8Array(72).fill(90), 6, 4, 'bgr')
      const settings = { image_width: '9', image_height: '2', interpolation }
      const { data, meta } = await one(resize, settings, flat)
      assert.deepEqual(data, new Uint8Array(54).fill(90))
      assert.deepEqual([meta['width'], meta['height'], meta['uri']], [9, 2, '/a'])
      const gray = pixels(new Uint8Array(24).fill(90), 6, 4, 'gray')
      assert.deepEqual((await one(resize, settings, gray)).data, new Uint8Array(18).fill(90))
      const floats = flowBuffer(new Float32Array(72).fill(0.5), flat.meta)
      const { data: made, error } = await one(resize, settings, floats)
      if (/cubic|area|lanczos/.test(interpolation)) return assert.equal(error?.code, 'Image.Type')
      assert.ok(made instanceof Float32Array && made.length === 54)
      assert.ok(made.every((value) => Math.abs(value - 0.5) < 1e-6))
    })

  it('refuses what it cannot do', async () => {
    await assert.rejects(
      openUnit(resize, { interpolation: 'inter_magic' }),
      /it is one of inter_nn/,
    )
    await assert.rejects(openUnit(resize, { image_width: '0' }), /cannot be made/)
    await assert.rejects(openUnit(resize, { image_width: '1e9' }), /cannot be made/)
    const { error } = await one(resize, {}, flowBuffer(new Uint8Array(5), { width: 6, height: 4 }))
    assert.match(error?.message ?? '', /says 6 x 4 bgr and has 5 samples/)
    const { error: none } = await one(resize, {}, flowBuffer('text'))
    assert.match(none?.message ?? '', /no width in its metas/)
  })

  it('nv12 stays nv12, where its sides are even', async () => {
    const flat = pixels(new Uint8Array(36).fill(90), 6, 4, 'nv12')
    const settings = { image_width: '4', image_height: '8' }
    const { data, meta } = await one(resize, settings, flat)
    assert.deepEqual(data, new Uint8Array(48).fill(90))
    assert.deepEqual([meta['pix_fmt'], meta['width'], meta['shape']], ['nv12', 4, [12, 4, 1]])
    const odd = await one(resize, { ...settings, image_width: '5' }, flat)
    assert.match(odd.error?.message ?? '', /5 x 8 cannot be nv12/)
    const averaged = await one(resize, { ...settings, interpolation: 'inter_area' }, flat)
    assert.deepEqual(averaged.data, data)
  })
})

describe('crop', () => {
  it('cuts what the integers name, and nothing outside', async () => {
    const region = flowBuffer(new Int32Array([1, 2, 3, 2]))
    const { data, meta } = await one(crop, {}, RGB, region)
    assert.deepEqual([meta['width'], meta['height']], [3, 2])
    assert.deepEqual((data as Uint8Array).slice(0, 9), PIXELS.slice(2 * 18 + 3, 2 * 18 + 12))
    const { error } = await one(crop, {}, RGB, flowBuffer(new Int32Array([4, 0, 3, 2])))
    assert.match(error?.message ?? '', /is not inside the image of 6 x 4/)
    const { error: bad } = await one(crop, {}, RGB, flowBuffer('x'))
    assert.equal(bad?.code, 'Crop.Region')
  })
})

describe('padding', () => {
  it('keeps the proportions and fills the rest', async () => {
    const settings = {
      image_width: '12',
      image_height: '12',
      padding_data: '1,2,3',
      vertical_align: 'bottom',
    }
    const { data, meta } = await one(padding, settings, RGB)
    const bytes = data as Uint8Array
    assert.deepEqual([meta['width'], meta['height']], [12, 12])
    assert.deepEqual([...bytes.subarray(0, 6)], [1, 2, 3, 1, 2, 3])
    assert.deepEqual([...bytes.subarray(4 * 36, 4 * 36 + 3)], [...PIXELS.subarray(0, 3)])
  })

  it('without scaling, the image has to fit', async () => {
    const settings = {
      image_width: '8',
      image_height: '4',
      need_scale: 'false',
      horizontal_align: 'center',
    }
    const { data } = await one(padding, settings, RGB)
    assert.deepEqual((data as Uint8Array).slice(3, 21), PIXELS.slice(0, 18))
    const { error } = await one(padding, { ...settings, image_width: '4' }, RGB)
    assert.match(error?.message ?? '', /set need_scale=true/)
    await assert.rejects(
      openUnit(padding, { ...settings, vertical_align: 'up' }),
      /top, center, bottom/,
    )
  })
})

describe('mean, normalize, packed_planar_transpose and image_preprocess', () => {
  it('in a row they are what image_preprocess does', async () => {
    const means = '104, 117, 123'
    const scales = '0.5, 0.25, 2'
    const planar = await one(packedPlanarTranspose, {}, RGB)
    assert.deepEqual(planar.meta['shape'], [3, 4, 6])
    const less = await one(mean, { mean: means }, planar)
    const row = await one(normalize, { standard_deviation_inverse: scales }, less)
    const whole = await one(
      imagePreprocess,
      { output_layout: 'chw', mean: means, standard_deviation_inverse: scales },
      RGB,
    )
    assert.deepEqual(row, whole)
    const data = whole.data as Float32Array
    assert.equal(data[24], (PIXELS[1] - 117) * 0.25)
    assert.equal(whole.meta['type'], 'float')
  })

  it('says what is wrong', async () => {
    await assert.rejects(openUnit(mean), /"mean" is not set/)
    await assert.rejects(openUnit(mean, { mean: 'a,b' }), /to be a number/)
    const { error } = await one(mean, { mean: '1,2' }, RGB)
    assert.match(error?.message ?? '', /3 channels and the setting 2 numbers/)
  })
})

describe('color_convert and image_rotate', () => {
  it('there and back', async () => {
    const bgr = await one(colorConvert, { out_pix_fmt: 'bgr' }, RGB)
    const back = await one(colorConvert, { out_pix_fmt: 'rgb' }, bgr)
    assert.deepEqual(back.data, PIXELS)
    const gray = await one(colorConvert, { out_pix_fmt: 'gray' }, bgr)
    assert.deepEqual([gray.meta['channel'], gray.meta['shape']], [1, [4, 6, 1]])
    const turned = await one(imageRotate, { rotate_angle: '90' }, RGB)
    assert.deepEqual([turned.meta['width'], turned.meta['height']], [4, 6])
    const byMeta = await one(
      imageRotate,
      {},
      { ...turned, meta: { ...turned.meta, rotate_angle: 270 } },
    )
    assert.deepEqual(byMeta.data, PIXELS)
    assert.equal(byMeta.meta['rotate_angle'], 0)
    await assert.rejects(openUnit(imageRotate, { rotate_angle: '45' }), /not turned by 45 degrees/)
  })
})

describe('nms and draw_bbox', () => {
  const boxes = [
    { x: 1, y: 1, w: 3, h: 2, category: 0, score: 0.9 },
    { x: 1, y: 1, w: 3, h: 3, category: 0, score: 0.8 },
  ]

  it('of two only the better is drawn, in a copy of the image', async () => {
    const black = pixels(new Uint8Array(72), 6, 4, 'bgr')
    const best = await one(nms, {}, flowBuffer(encodeBoxes(boxes)))
    assert.deepEqual(best.meta['shape'], [1])
    const drawn = await one(drawBbox, {}, black, best)
    const same = await one(drawBbox, {}, black, flowBuffer(boxes.slice(0, 1)))
    assert.deepEqual(drawn.data, same.data)
    const touched = (drawn.data as Uint8Array).filter((value) => value !== 0).length
    assert.equal(touched, 3 * 2 * 3)
    assert.ok((black.data as Uint8Array).every((value) => value === 0))
  })

  it('bytes that are no boxes are an error', async () => {
    const { error } = await one(nms, {}, flowBuffer(new Uint8Array(25)))
    assert.match(error?.message ?? '', /no boxes of 24 bytes/)
    const { error: field } = await one(nms, {}, flowBuffer([{ x: 1 }]))
    assert.match(field?.message ?? '', /no number in its field "y"/)
  })
})
