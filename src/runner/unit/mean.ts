/**
 * mean: floats from which the mean of their channel is taken.
 * @module
 */
import { each } from '../../flow/stream/each.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { channelNumbers, standardised } from './standardise.ts'

export const mean: FlowUnit = {
  descriptor: {
    name: 'mean',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Subtracts a number from every channel of an image; gives floats',
    kind: 'normal',
    inputs: [{ name: 'in_data' }],
    outputs: [{ name: 'out_data' }],
    options: [
      { name: 'mean', type: 'list', description: 'A number for each channel', required: true },
    ],
  },
  create: createMean,
}

function createMean(): Unit {
  let numbers: readonly number[] = []

  return {
    open(config) {
      numbers = channelNumbers(config, 'mean')
    },
    process: (context) =>
      each(context, { input: 'in_data', output: 'out_data' }, (buffer) =>
        standardised(buffer, { mean: numbers }),
      ),
  }
}
