/**
 * draw_bbox: boxes drawn into an image, a colour for each category.
 * @module
 */
import { drawBoxes } from '../../compute/image/box.ts'
import { drawBoxesNv12, toLumaChroma } from '../../compute/image/nv12.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, UnitError } from '../../flow/stream/unit.ts'
import { boxesOf } from './box-buffer.ts'
import { imageBuffer, imageOf, packedOf, unclearedBytes } from './image.ts'

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
        const image = imageOf(buffer)
        if (!(image.data instanceof Uint8Array))
          throw new UnitError('Image.Type', 'draw_bbox takes an image of bytes, not of floats')
        // Others may read the same image.
        const data = unclearedBytes(image.data.length)
        data.set(image.data)
        const boxes = boxesOf(context.input('in_region')[index])
        const thickness = Math.max(1, Math.round(Math.min(image.width, image.height) / 240))
        const colourOf = (category: number) => {
          const colour = COLOURS[((category % COLOURS.length) + COLOURS.length) % COLOURS.length]
          if (image.format === 'nv12') return toLumaChroma(colour)
          return image.format === 'bgr' ? colour.toReversed() : colour
        }
        if (image.format === 'nv12')
          drawBoxesNv12({ ...image, data }, boxes, { thickness, colourOf })
        else drawBoxes({ ...packedOf(buffer), data }, boxes, { thickness, colourOf })
        return imageBuffer({ ...image, data }, buffer.meta)
      }),
  }),
}
