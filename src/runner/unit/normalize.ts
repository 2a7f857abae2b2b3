/**
 * normalize: floats times the inverse standard deviation of their channel.
 * @module
 */
import { each } from '../../flow/stream/each.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { channelNumbers, standardised } from './standardise.ts'

export const normalize: FlowUnit = {
  descriptor: {
    name: 'normalize',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Multiplies every channel of an image by a number; gives floats',
    kind: 'normal',
    inputs: [{ name: 'in_data' }],
    outputs: [{ name: 'out_data' }],
    options: [
      {
        name: 'standard_deviation_inverse',
        type: 'list',
        description: 'A number for each channel',
        required: true,
      },
    ],
  },
  create: createNormalize,
}

function createNormalize(): Unit {
  let numbers: readonly number[] = []

  return {
    open(config) {
      numbers = channelNumbers(config, 'standard_deviation_inverse')
    },
    process: (context) =>
      each(context, { input: 'in_data', output: 'out_data' }, (buffer) =>
        standardised(buffer, { scale: numbers }),
      ),
  }
}
