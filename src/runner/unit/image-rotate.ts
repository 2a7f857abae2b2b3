/**
 * image_rotate: images turned by quarters.
 * @module
 */
import { rotate } from '../../compute/image/pixel.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { imageBuffer, packedOf } from './image.ts'

export const imageRotate: FlowUnit = {
  descriptor: {
    name: 'image_rotate',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Turns an image clockwise by 90, 180 or 270 degrees',
    kind: 'normal',
    inputs: [{ name: 'in_image' }],
    outputs: [{ name: 'out_image' }],
    options: [
      {
        name: 'rotate_angle',
        type: 'int',
        description: 'Degrees; 0 takes the meta rotate_angle of each image',
        default: '0',
      },
    ],
  },
  create: createRotate,
}

function createRotate(): Unit {
  let angle = 0

  return {
    open(config) {
      angle = config.integer('rotate_angle')
      quarters(angle)
    },
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, (buffer) => {
        const turn = quarters(angle === 0 ? Number(buffer.meta['rotate_angle'] ?? 0) : angle)
        if (turn === 0) return buffer
        const image = packedOf(buffer)
        return imageBuffer(
          { ...image, ...rotate(image, turn) },
          { ...buffer.meta, rotate_angle: 0 },
        )
      }),
  }
}

function quarters(angle: number): 0 | 90 | 180 | 270 {
  const turn = ((angle % 360) + 360) % 360
  if (turn === 0 || turn === 90 || turn === 180 || turn === 270) return turn
  throw new UnitError(
    'Image.Angle',
    `An image is not turned by ${angle} degrees: 90, 180 and 270 are possible`,
  )
}
