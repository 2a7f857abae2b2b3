/**
 * image_decoder: JPEG, PNG, WebP, GIF, TIFF or AVIF to pixels, upright as the camera was held.
 * @module
 */
import { toNv12 } from '../../compute/image/nv12.ts'
import { fromGray, swapRedBlue } from '../../compute/image/pixel.ts'
import { bytesOf, type FlowBuffer } from '../../flow/stream/buffer.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { imageBuffer, MOST_PIXELS, type PixelFormat } from './image.ts'
import { lackOfSharp, loadSharp, type Sharp } from './sharp.ts'

export const imageDecoder: FlowUnit = {
  missing: lackOfSharp,
  descriptor: {
    name: 'image_decoder',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Decodes an image file',
    kind: 'normal',
    inputs: [{ name: 'in_encoded_image', description: 'The bytes of an image file' }],
    outputs: [{ name: 'out_image' }],
    options: [
      {
        name: 'pix_fmt',
        type: 'string',
        description: 'Order of the colours',
        default: 'bgr',
        values: { bgr: 'blue first', rgb: 'red first', nv12: 'luma, then chroma by squares' },
      },
    ],
  },
  create: createDecoder,
}

function createDecoder(): Unit {
  let format: PixelFormat
  let sharp: Sharp

  async function decode(buffer: FlowBuffer): Promise<FlowBuffer> {
    const { data, width, height } = await pixels(bytesOf(buffer))
    if (format !== 'nv12') {
      const coloured = format === 'bgr' ? swapRedBlue(data) : data
      return imageBuffer(
        { data: coloured, width, height, channels: 3, format, planar: false },
        buffer.meta,
      )
    }
    if (width % 2 !== 0 || height % 2 !== 0)
      throw new UnitError(
        'Image.Size',
        `An image of ${width} x ${height} cannot be nv12: both are to be even`,
      )
    const nv12 = toNv12({ data, width, height, channels: 3 }, 0)
    return imageBuffer(
      { data: nv12, width, height, channels: 1, format, planar: false },
      buffer.meta,
    )
  }

  async function pixels(file: Uint8Array) {
    if (file.length === 0) throw new UnitError('Image.Bad', 'The image is empty')
    try {
      const { data, info } = await sharp(file, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
        .autoOrient()
        .removeAlpha()
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true })
      const { width, height, channels } = info
      return { data: channels === 1 ? fromGray(data) : data, width, height }
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
      throw new UnitError('Image.Bad', `The image cannot be decoded: ${reason}`, { cause: error })
    }
  }

  return {
    async open(config) {
      const given = config.text('pix_fmt').toLowerCase()
      if (given !== 'bgr' && given !== 'rgb' && given !== 'nv12')
        throw new RangeError(`pix_fmt is "${given}": it is bgr, rgb or nv12`)
      format = given
      sharp = await loadSharp()
    },
    process: (context) => each(context, { input: 'in_encoded_image', output: 'out_image' }, decode),
  }
}
