/**
 * padding: an image on a canvas of one size, scaled to fit into it where asked.
 * @module
 */
import { place } from '../../compute/image/pixel.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { checkSize, imageBuffer, packedOf } from './image.ts'
import { INTERPOLATIONS, type Scaler, scalerOf } from './scale.ts'

const VERTICAL = { top: 0, center: 0.5, bottom: 1 }
const HORIZONTAL = { left: 0, center: 0.5, right: 1 }

export const padding: FlowUnit = {
  descriptor: {
    name: 'padding',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Puts an image on a canvas of one size, keeping its proportions',
    kind: 'normal',
    inputs: [{ name: 'in_image' }],
    outputs: [{ name: 'out_image' }],
    options: [
      { name: 'image_width', type: 'int', description: 'Width of the canvas', required: true },
      { name: 'image_height', type: 'int', description: 'Height of the canvas', required: true },
      {
        name: 'vertical_align',
        type: 'string',
        description: 'Where the image lies',
        default: 'top',
        values: { top: 'at the top', center: 'in the middle', bottom: 'at the bottom' },
      },
      {
        name: 'horizontal_align',
        type: 'string',
        description: 'Where the image lies',
        default: 'left',
        values: { left: 'at the left', center: 'in the middle', right: 'at the right' },
      },
      { name: 'padding_data', type: 'list', description: 'Colour of the rest', default: '0,0,0' },
      { name: 'need_scale', type: 'bool', description: 'Scale the image to fit', default: 'true' },
      {
        name: 'interpolation',
        type: 'string',
        description: 'What lies between pixels',
        default: 'inter_linear',
        values: INTERPOLATIONS,
      },
    ],
  },
  create: createPadding,
}

function createPadding(): Unit {
  let width = 0
  let height = 0
  let needScale = true
  let colour: readonly number[] = []
  let across = 0
  let down = 0
  let scale: Scaler

  return {
    async open(config) {
      width = config.integer('image_width')
      height = config.integer('image_height')
      checkSize(width, height)
      needScale = config.boolean('need_scale')
      colour = config.numbers('padding_data')
      down = partOf(VERTICAL, 'vertical_align', config.text('vertical_align'))
      across = partOf(HORIZONTAL, 'horizontal_align', config.text('horizontal_align'))
      scale = await scalerOf(config.text('interpolation'))
    },
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, async (buffer) => {
        const image = packedOf(buffer)
        const factor = needScale ? Math.min(width / image.width, height / image.height) : 1
        const size = {
          width: Math.max(1, Math.round(image.width * factor)),
          height: Math.max(1, Math.round(image.height * factor)),
        }
        if (size.width > width || size.height > height)
          throw new UnitError(
            'Padding.Size',
            `The image of ${image.width} x ${image.height} does not fit into ${width} x ${height}: set need_scale=true`,
          )
        const scaled = factor === 1 ? image : await scale(image, size)
        const x = Math.floor((width - size.width) * across)
        const y = Math.floor((height - size.height) * down)
        return imageBuffer(
          { ...image, ...place(scaled, { x, y, width, height, colour }) },
          buffer.meta,
        )
      }),
  }
}

function partOf(values: Readonly<Record<string, number>>, name: string, given: string): number {
  if (!Object.hasOwn(values, given))
    throw new RangeError(`${name} is "${given}": it is ${Object.keys(values).join(', ')}`)
  return values[given]
}
