/**
 * Post-processing units of YOLO networks: every setting is in their description.
 * @module
 */
import { type YoloLayer, type YoloShape, yoloBoxes } from '../../compute/image/yolo.ts'
import type { FlowBuffer } from '../../flow/stream/buffer.ts'
import type { UnitConfig } from '../../flow/stream/config.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { boxBuffer } from '../unit/box-buffer.ts'
import type { UnitFile } from './unit-file.ts'

/** The unit of a description with `virtual_type = "yolov3_postprocess"`. */
export function yoloUnit({ descriptor, virtualType }: UnitFile): FlowUnit {
  if (virtualType !== 'yolov3_postprocess')
    throw new Error(`its virtual_type is "${virtualType}": yolov3_postprocess is known`)
  if (descriptor.outputs.length !== 1) throw new Error('it is to have one output, for the boxes')
  return { descriptor, create: () => createYolo(descriptor) }
}

function createYolo({ inputs, outputs: [{ name: output }] }: FlowUnit['descriptor']): Unit {
  let shape: YoloShape

  return {
    open(config) {
      shape = shapeOf(config, inputs.length)
    },
    process: (context) =>
      each(context, { input: inputs[0].name, output }, (first, index) => {
        const layers = inputs.map(({ name }) => layerOf(context.input(name)[index], shape))
        try {
          return boxBuffer(yoloBoxes(layers, shape))
        } catch (error) {
          throw new UnitError('Yolo.Layer', (error as Error).message, { cause: error })
        }
      }),
  }
}

function shapeOf(config: UnitConfig, ports: number): YoloShape {
  const layers = config.integer('yolo_output_layer_num')
  const anchors = config.integer('anchor_num')
  const sides = config.numbers('yolo_output_layer_wh')
  const biases = config.numbers('anchor_biases')
  if (layers !== ports)
    throw new RangeError(`yolo_output_layer_num is ${layers} and the unit has ${ports} inputs`)
  if (sides.length !== layers * 2)
    throw new RangeError(
      `yolo_output_layer_wh has ${sides.length} numbers: ${layers} layers have ${layers * 2}`,
    )
  if (biases.length !== layers * anchors * 2)
    throw new RangeError(
      `anchor_biases has ${biases.length} numbers: ${layers} layers of ${anchors} anchors have ${layers * anchors * 2}`,
    )
  const classes = config.integer('class_num')
  const some = (name: string): readonly number[] => {
    const numbers = config.numbers(name)
    if (numbers.length !== 1 && numbers.length !== classes)
      throw new RangeError(
        `${name} has ${numbers.length} numbers: write one, or one for each class`,
      )
    return numbers
  }
  return {
    inputWidth: config.integer('input_width'),
    inputHeight: config.integer('input_height'),
    classes,
    anchors,
    grids: Array.from({ length: layers }, (_, layer) => ({
      width: sides[layer * 2],
      height: sides[layer * 2 + 1],
    })),
    biases,
    scores: some('score_threshold'),
    overlaps: some('nms_threshold'),
    inPixels: config.boolean('scale_to_input', true),
  }
}

function layerOf({ data, meta }: FlowBuffer, { anchors, classes }: YoloShape): YoloLayer {
  if (!(data instanceof Float32Array || data instanceof Float64Array))
    throw new UnitError('Yolo.Layer', 'A layer is to be floats')
  const { shape } = meta
  const depth = anchors * (5 + classes)
  const channelsLast =
    Array.isArray(shape) && shape.at(-1) === depth && !shape.slice(0, -2).includes(depth)
  return { data, channelsLast }
}
