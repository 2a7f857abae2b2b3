/**
 * packed_planar_transpose: pixels side by side become one plane a channel.
 * @module
 */
import { toPlanar } from '../../compute/image/pixel.ts'
import { each } from '../../flow/stream/each.ts'
import type { FlowUnit } from '../../flow/stream/unit.ts'
import { imageBuffer, packedOf } from './image.ts'

export const packedPlanarTranspose: FlowUnit = {
  descriptor: {
    name: 'packed_planar_transpose',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Puts the channels of an image behind each other: HWC to CHW',
    kind: 'normal',
    inputs: [{ name: 'in_image' }],
    outputs: [{ name: 'out_image' }],
    options: [],
  },
  create: () => ({
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_image' }, (buffer) => {
        const image = packedOf(buffer)
        return imageBuffer({ ...image, data: toPlanar(image), planar: true }, buffer.meta)
      }),
  }),
}
