/**
 * draw_bbox: boxes drawn into an image, a colour for each category.
 * @module
 */
import { drawBoxes } from '../../compute/image/box.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, UnitError } from '../../flow/stream/unit.ts'
import { boxesOf } from './box-buffer.ts'
import { imageBuffer, packedOf } from './image.ts'

/** Red, green, blue; categories take them in turn. */
const COLOURS = [
  [230, 57, 70],
  [42, 157, 143],
  [69, 123, 230],
  [244, 162, 97],
  [155, 93, 229],
  [255, 214, 10],
] as const

export const drawBbox: FlowUnit = {
  descriptor: {
    name: 'draw_bbox',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Draws boxes into an image',
    kind: 'normal',
    inputs: [
      { name: 'in_image' },
      { name: 'in_region', description: 'Boxes: x, y, w, h, category, score of each' },
    ],
    outputs: [{ name: 'out_image' }],
    options: [],
  },
  create: () => ({
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, (buffer, index) => {
        const image = packedOf(buffer)
        if (!(image.data instanceof Uint8Array))
          throw new UnitError('Image.Type', 'draw_bbox takes an image of bytes, not of floats')
        // Others may read the same image.
        const data = new Uint8Array(image.data)
        const thickness = Math.max(1, Math.round(Math.min(image.width, image.height) / 240))
        drawBoxes({ ...image, data }, boxesOf(context.input('in_region')[index]), {
          thickness,
          colourOf: (category) => {
            const colour = COLOURS[((category % COLOURS.length) + COLOURS.length) % COLOURS.length]
            return image.format === 'bgr' ? colour.toReversed() : colour
          },
        })
        return imageBuffer({ ...image, data }, buffer.meta)
      }),
  }),
}
