/**
 * color_convert: images in other colours.
 * @module
 */
import { fromNv12 } from '../../compute/image/nv12.ts'
import { fromGray, swapRedBlue, toGray } from '../../compute/image/pixel.ts'
import type { FlowBuffer } from '../../flow/stream/buffer.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { imageBuffer, imageOf } from './image.ts'

type Target = 'bgr' | 'rgb' | 'gray'

export const colorConvert: FlowUnit = {
  descriptor: {
    name: 'color_convert',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Changes the order of the colours, or leaves only the luma',
    kind: 'normal',
    inputs: [{ name: 'in_image' }],
    outputs: [{ name: 'out_image' }],
    options: [
      {
        name: 'out_pix_fmt',
        type: 'string',
        description: 'What comes out',
        required: true,
        values: { bgr: 'blue first', rgb: 'red first', gray: 'luma only' },
      },
    ],
  },
  create: createConvert,
}

function createConvert(): Unit {
  let target: Target

  return {
    open(config) {
      const given = config.text('out_pix_fmt').toLowerCase()
      if (given !== 'bgr' && given !== 'rgb' && given !== 'gray')
        throw new RangeError(`out_pix_fmt is "${given}": it is bgr, rgb or gray`)
      target = given
    },
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, (buffer) =>
        converted(buffer, target),
      ),
  }
}

function converted(buffer: FlowBuffer, target: Target): FlowBuffer {
  const image = imageOf(buffer)
  const { data, format } = image
  if (format === target) return buffer
  if (image.planar || !(data instanceof Uint8Array))
    throw new UnitError(
      'Image.Layout',
      'color_convert takes packed bytes: put it before mean and transpose',
    )
  const give = (made: Uint8Array, channels: number) =>
    imageBuffer({ ...image, data: made, channels, format: target }, buffer.meta)
  if (format === 'gray') return give(fromGray(data), 3)
  const red = target === 'bgr' ? 2 : 0
  if (format === 'nv12')
    return target === 'gray' ? give(lumaOf(data, image), 1) : give(fromNv12(data, image, red), 3)
  if (image.channels !== 3)
    throw new UnitError(
      'Image.Channels',
      `The image has ${image.channels} channels where ${format} has 3`,
    )
  return target === 'gray'
    ? give(toGray(data, format === 'bgr' ? 2 : 0), 1)
    : give(swapRedBlue(data), 3)
}

/** Full range from the limited one of video. */
function lumaOf(
  data: Uint8Array,
  { width, height }: { width: number; height: number },
): Uint8Array {
  const out = new Uint8ClampedArray(width * height)
  for (let index = 0; index < out.length; index++) out[index] = (255 / 219) * (data[index] - 16)
  return new Uint8Array(out.buffer)
}
