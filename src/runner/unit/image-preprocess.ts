/**
 * image_preprocess: mean, normalize and packed_planar_transpose in one.
 * @module
 */
import { each } from '../../flow/stream/each.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { type Standard, standardised } from './standardise.ts'

export const imagePreprocess: FlowUnit = {
  descriptor: {
    name: 'image_preprocess',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Floats for a network: (sample - mean) * standard_deviation_inverse, in a layout',
    kind: 'normal',
    inputs: [{ name: 'in_image' }],
    outputs: [{ name: 'out_data' }],
    options: [
      {
        name: 'output_layout',
        type: 'string',
        description: 'Order of the numbers',
        required: true,
        values: { chw: 'a plane for each channel', hwc: 'pixels side by side' },
      },
      { name: 'mean', type: 'list', description: 'A number for each channel' },
      {
        name: 'standard_deviation_inverse',
        type: 'list',
        description: 'A number for each channel',
      },
    ],
  },
  create: createPreprocess,
}

function createPreprocess(): Unit {
  let standard: Standard = {}

  return {
    open(config) {
      const layout = config.text('output_layout').toLowerCase()
      if (layout !== 'chw' && layout !== 'hwc')
        throw new RangeError(`output_layout is "${layout}": it is chw or hwc`)
      const numbers = (name: string) => (config.has(name) ? config.numbers(name) : undefined)
      standard = { layout, mean: numbers('mean'), scale: numbers('standard_deviation_inverse') }
    },
    process: (context) =>
      each(context, { input: 'in_image', output: 'out_data' }, (buffer) =>
        standardised(buffer, standard),
      ),
  }
}
