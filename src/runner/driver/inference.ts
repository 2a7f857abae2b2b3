/**
 * Inference units: a model beside its description, run by ONNX Runtime.
 * @module
 */
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'

import { errorBuffer, type FlowBuffer, flowBuffer } from '../../flow/stream/buffer.ts'
import type { FlowUnit, Unit, UnitContext, UnitOption } from '../../flow/stream/unit.ts'
import { messageOf, type Model, openModel, type Row } from './onnx.ts'
import { tensorOf } from './tensor.ts'
import type { UnitFile } from './unit-file.ts'

const ENGINES = new Set(['onnx', 'onnxruntime', 'ort'])

const OPTIONS: readonly UnitOption[] = [
  {
    name: 'warm_up_shape',
    type: 'list',
    description:
      'Numbers of each axis for a first run with zeros, where the model leaves them open',
    default: '',
  },
  {
    name: 'threads',
    type: 'int',
    description: 'Threads of one run; 0: as many as there are cores',
    default: '0',
  },
]

/** The unit of a description with `type = "inference"`. */
export function inferenceUnit(file: UnitFile): FlowUnit {
  const { descriptor } = file
  const own = new Set(descriptor.options.map(({ name }) => name))
  const options = [...descriptor.options, ...OPTIONS.filter(({ name }) => !own.has(name))]
  const group = descriptor.group === 'Generic' ? 'Inference' : descriptor.group
  return { descriptor: { ...descriptor, group, options }, create: () => createInference(file) }
}

function createInference(file: UnitFile): Unit {
  const { descriptor, virtualType, folder, entry } = file
  const inputs = descriptor.inputs.map(({ name }) => name)
  const outputs = descriptor.outputs.map(({ name }) => name)
  let model: Model

  return {
    async open(config, host) {
      // An engine that is absent is told where the flow is asked after, not only in the runner's log.
      if (!ENGINES.has(virtualType))
        throw new Error(
          `current environment does not support the inference type: '${virtualType}:${descriptor.device}'; export the model as ONNX and set virtual_type = "onnx"`,
        )
      if (file.encrypted)
        throw new Error(
          `The model of ${descriptor.name} is encrypted: decrypt it and drop [encryption]`,
        )
      const path = resolve(folder, entry)
      try {
        await access(path)
      } catch (error) {
        throw new Error(
          `The model file "${entry}" of ${descriptor.name} is not there: put it beside ${file.path}`,
          { cause: error },
        )
      }
      model = await openModel(path, {
        device: descriptor.device,
        deviceId: Number(host.deviceIds[0] ?? 0),
        inputs,
        outputs,
        threads: config.integer('threads'),
        most: descriptor.maxBatch ?? 64,
      })
      const took = await model.warmUp(config.numbers('warm_up_shape'))
      host.log(
        'info',
        took === undefined
          ? `${entry} is open on ${descriptor.device}; not warmed up, as it leaves its shape open: set warm_up_shape`
          : `${entry} is open on ${descriptor.device}; its first run took ${took.toFixed(0)} ms`,
      )
    },
    async process(context) {
      const rows = context.input(inputs[0]).map((first, index) => rowOf(context, index, first))
      const made = await Promise.all(rows)
      outputs.forEach((port, place) => context.output(port).push(...made.map((row) => row[place])))
    },
    close: () => model?.close(),
  }

  async function rowOf(
    context: UnitContext,
    index: number,
    first: FlowBuffer,
  ): Promise<FlowBuffer[]> {
    try {
      const row: Row = inputs.map((port, place) =>
        tensorOf(context.input(port)[index], model.inputs[place]),
      )
      const tensors = await model.run(row)
      return tensors.map(({ data, dims, type }) =>
        flowBuffer(data, { ...first.meta, shape: [...dims], type }),
      )
    } catch (error) {
      const bad = { code: 'Inference.Error', message: messageOf(error) }
      return outputs.map(() => errorBuffer(bad, first.meta))
    }
  }
}
