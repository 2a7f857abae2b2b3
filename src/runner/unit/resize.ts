/**
 * resize: images of one size.
 * @module
 */
import { bytesOf } from '../../flow/stream/buffer.ts'
import { each } from '../../flow/stream/each.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { checkSize, imageBuffer, imageOf, packedOf } from './image.ts'
import { INTERPOLATIONS, scaledNv12, type Scaler, scalerOf } from './scale.ts'

export const resize: FlowUnit = {
  descriptor: {
    name: 'resize',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Scales an image, without regard for its proportions',
    kind: 'normal',
    inputs: [{ name: 'in_image' }],
    outputs: [{ name: 'out_image' }],
    options: [
      { name: 'image_width', type: 'int', description: 'Width in pixels', default: '640' },
      { name: 'image_height', type: 'int', description: 'Height in pixels', default: '480' },
      {
        name: 'interpolation',
        type: 'string',
        description: 'What lies between pixels',
        default: 'inter_linear',
        values: INTERPOLATIONS,
      },
    ],
  },
  create: createResize,
}

function createResize(): Unit {
  let width = 0
  let height = 0
  let scale: Scaler

  return {
    async open(config) {
      width = config.integer('image_width')
      height = config.integer('image_height')
      checkSize(width, height)
      scale = await scalerOf(config.text('interpolation'))
    },
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, async (buffer) => {
        const found = imageOf(buffer)
        if (found.width === width && found.height === height && !found.planar) return buffer
        if (found.format === 'nv12') {
          const data = await scaledNv12(
            bytesOf(buffer),
            { from: found, to: { width, height } },
            scale,
          )
          return imageBuffer({ ...found, data, width, height }, buffer.meta)
        }
        const image = packedOf(buffer)
        return imageBuffer({ ...image, ...(await scale(image, { width, height })) }, buffer.meta)
      }),
  }
}
