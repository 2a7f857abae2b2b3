/**
 * nms: of boxes that overlap, only the best.
 * @module
 */
import { type SuppressOptions, suppress } from '../../compute/image/box.ts'
import { each } from '../../flow/stream/each.ts'
import type { FlowUnit, Unit } from '../../flow/stream/unit.ts'
import { boxBuffer, boxesOf } from './box-buffer.ts'

export const nms: FlowUnit = {
  descriptor: {
    name: 'nms',
    device: 'cpu',
    version: '1.0.0',
    group: 'Image',
    description: 'Leaves of overlapping boxes those with the best score',
    kind: 'normal',
    inputs: [{ name: 'in_data', description: 'Boxes: x, y, w, h, category, score of each' }],
    outputs: [{ name: 'out_data' }],
    options: [
      { name: 'nms_threshold', type: 'float', description: 'Most overlap', default: '0.45' },
      { name: 'score_threshold', type: 'float', description: 'Least score', default: '0' },
      { name: 'class_agnostic', type: 'bool', description: 'Across categories', default: 'false' },
      { name: 'max_boxes', type: 'int', description: 'Most boxes; 0: all', default: '0' },
    ],
  },
  create: createNms,
}

function createNms(): Unit {
  let least = 0
  let options: SuppressOptions = { overlap: 0 }

  return {
    open(config) {
      least = config.number('score_threshold')
      const most = config.integer('max_boxes')
      options = {
        overlap: config.number('nms_threshold'),
        acrossCategories: config.boolean('class_agnostic'),
        ...(most > 0 ? { most } : {}),
      }
    },
    process: (context) =>
      each(context, { input: 'in_data', output: 'out_data' }, (buffer) => {
        const boxes = boxesOf(buffer).filter(({ score }) => score >= least)
        return boxBuffer(suppress(boxes, options), buffer.meta)
      }),
  }
}
