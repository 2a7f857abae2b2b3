/**
 * crop: the part of an image that a region names.
 * @module
 */
import { crop as cut } from '../../compute/image/pixel.ts'
import { bytesOf, type FlowBuffer } from '../../flow/stream/buffer.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, UnitError } from '../../flow/stream/unit.ts'
import { imageBuffer, packedOf } from './image.ts'

export const crop: FlowUnit = {
  descriptor: {
    name: 'crop',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Cuts a rectangle out of an image',
    kind: 'normal',
    inputs: [
      { name: 'in_image' },
      { name: 'in_region', description: 'Four 32-bit integers: x, y, width, height' },
    ],
    outputs: [{ name: 'out_image' }],
    options: [],
  },
  create: () => ({
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, (buffer, index) => {
        const image = packedOf(buffer)
        const [x, y, width, height] = regionOf(context.input('in_region')[index])
        if (
          x < 0 ||
          y < 0 ||
          width < 1 ||
          height < 1 ||
          x + width > image.width ||
          y + height > image.height
        )
          throw new UnitError(
            'Crop.Region',
            `The region ${width} x ${height} at (${x}, ${y}) is not inside the image of ${image.width} x ${image.height}`,
          )
        return imageBuffer({ ...image, ...cut(image, { x, y, width, height }) }, buffer.meta)
      }),
  }),
}

function regionOf(buffer: FlowBuffer): readonly number[] {
  const { data } = buffer
  if (Array.isArray(data) && data.length === 4 && data.every(Number.isSafeInteger)) return data
  const bytes = ArrayBuffer.isView(data) ? bytesOf(buffer) : undefined
  if (bytes?.byteLength !== 16)
    throw new UnitError(
      'Crop.Region',
      'The region is not four 32-bit integers: x, y, width, height',
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  return [0, 4, 8, 12].map((at) => view.getInt32(at, true))
}
