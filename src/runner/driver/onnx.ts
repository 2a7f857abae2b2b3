/**
 * A model in ONNX Runtime, which is optional: opened by device, warmed up, run in batches.
 *
 * One run is under way at a time; what comes meanwhile is put together into the next, as far as shapes are equal.
 * @module
 */
import type { NumberArray } from '../../flow/stream/buffer.ts'
import { type FlatTensor, kindOf, product, type TensorSpec } from './tensor.ts'

/** The tensors of one item, in the order of the model's bound inputs. */
export type Row = readonly FlatTensor[]

export interface ModelOptions {
  readonly device: string
  readonly deviceId: number
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Threads of a run; 0 leaves it to the library. */
  readonly threads: number
  /** Most rows of a run. */
  readonly most: number
}

export interface Model {
  readonly inputs: readonly TensorSpec[]
  /** Runs with zeros and answers how long it took in ms; undefined where a shape is unknown. */
  warmUp(shape: readonly number[]): Promise<number | undefined>
  /** What the model makes of one item; outputs lose the axis of the batch. */
  run(row: Row): Promise<readonly FlatTensor[]>
  /** How many runs there were, and of how many rows. */
  readonly runs: { count: number; rows: number }
  close(): Promise<void>
}

type Ort = typeof import('onnxruntime-node')

interface Waiting {
  readonly row: Row
  readonly key: string
  done(outputs: readonly FlatTensor[]): void
  fail(error: unknown): void
}

/** Opens the model in a file; throws a sentence where file, device or names do not fit. */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  const ort = await load(options.device)
  const session = await open(ort, path, options)
  const inputs = bind(session.inputMetadata, options.inputs, { path, what: 'input' })
  bind(session.outputMetadata, options.outputs, { path, what: 'output' })
  const unbound = session.inputNames.filter((name) => !options.inputs.includes(name))
  if (unbound.length > 0)
    throw new Error(
      `The model ${path} has the input "${unbound[0]}", which the unit has no port for`,
    )
  const { outputs } = options
  // A model that was exported for one row takes one at a time.
  const fixed = inputs
    .map(({ dims }) => dims[0])
    .find((size) => typeof size === 'number' && size > 0)
  const most = typeof fixed === 'number' ? 1 : options.most
  const waiting: Waiting[] = []
  const runs = { count: 0, rows: 0 }
  let busy = false
  let closed: Promise<void> | undefined

  async function pump(): Promise<void> {
    if (busy) return
    busy = true
    for (let batch = take(); batch.length > 0; batch = take()) {
      try {
        const made = await runBatch(batch.map(({ row }) => row))
        batch.forEach(({ done }, index) => done(made[index]))
      } catch (error) {
        // One bad row must not spoil the others of its batch.
        if (batch.length === 1) batch[0].fail(error)
        else
          for (const { row, done, fail } of batch)
            await runBatch([row]).then(([outputs]) => done(outputs), fail)
      }
    }
    busy = false
  }

  function take(): Waiting[] {
    const batch: Waiting[] = []
    for (let index = 0; index < waiting.length && batch.length < most;) {
      if (batch.length === 0 || waiting[index].key === batch[0].key)
        batch.push(...waiting.splice(index, 1))
      else index++
    }
    return batch
  }

  async function runBatch(rows: readonly Row[]): Promise<readonly FlatTensor[][]> {
    runs.count++
    runs.rows += rows.length
    const feeds = inputs.map(({ name, type }, place) => {
      const { data, dims } = joined(rows.map((row) => row[place]))
      return [name, new ort.Tensor(type as 'float32', data as Float32Array, dims)] as const
    })
    const counts = rows.map((row) => row[0].dims[0])
    const whole = counts.reduce((sum, count) => sum + count, 0)
    const found = await session.run(Object.fromEntries(feeds), [...outputs])
    const made = outputs.map((name) => {
      const { data, dims, type } = found[name]
      const tensor = { data: data as unknown as NumberArray, dims, type: kindOf(type).name }
      return rows.length === 1 ? [alone(tensor, counts[0])] : split(tensor, counts, { name, whole })
    })
    return rows.map((_, index) => made.map((parts) => parts[index]))
  }

  return {
    inputs,
    runs,
    async warmUp(shape) {
      const row = zeros(inputs, shape)
      if (row === undefined) return undefined
      const began = performance.now()
      await runBatch([row])
      return performance.now() - began
    },
    run(row) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly FlatTensor[]>()
      const key = row.map(({ dims }) => dims.slice(1).join('x')).join(';')
      waiting.push({ row, key, done: resolve, fail: reject })
      // What arrives in the same turn belongs to one run.
      queueMicrotask(() => void pump())
      return promise
    },
    close: () => (closed ??= session.release()),
  }
}

async function load(device: string): Promise<Ort> {
  try {
    return await import('onnxruntime-node')
  } catch (error) {
    throw new Error(
      `current environment does not support the inference type: 'onnx:${device}'; install the package onnxruntime-node beside the runner`,
      { cause: error },
    )
  }
}

async function open(ort: Ort, path: string, { device, deviceId, threads }: ModelOptions) {
  const providers = { cpu: 'cpu', cuda: { name: 'cuda', deviceId }, webgpu: 'webgpu' } as const
  if (!Object.hasOwn(providers, device))
    throw new Error(`current environment does not support the inference type: 'onnx:${device}'`)
  const provider = providers[device as keyof typeof providers]
  try {
    return await ort.InferenceSession.create(path, {
      executionProviders: device === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      logSeverityLevel: 3,
      ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    })
  } catch (error) {
    const reason = messageOf(error)
    if (device !== 'cpu' && /provider|backend|cuda|webgpu/i.test(reason))
      throw new Error(
        `current environment does not support the inference type: 'onnx:${device}' (${reason})`,
        { cause: error },
      )
    throw new Error(`The model ${path} cannot be opened: ${reason}`, { cause: error })
  }
}

function bind(
  found: readonly {
    name: string
    isTensor: boolean
    type?: string
    shape?: readonly (number | string)[]
  }[],
  names: readonly string[],
  { path, what }: { path: string; what: string },
): TensorSpec[] {
  return names.map((name) => {
    const spec = found.find((each) => each.name === name)
    if (!spec)
      throw new Error(
        `The model ${path} has no ${what} "${name}": it has ${found.map((each) => `"${each.name}"`).join(', ')}`,
      )
    if (!spec.isTensor) throw new Error(`The ${what} "${name}" of the model ${path} is no tensor`)
    kindOf(String(spec.type))
    return { name, type: String(spec.type), dims: spec.shape ?? [] }
  })
}

function zeros(inputs: readonly TensorSpec[], shape: readonly number[]): Row | undefined {
  const row = inputs.map(({ type, dims }) => {
    const own = dims.map((size, axis) => {
      if (typeof size === 'number' && size > 0) return size
      return inputs.length === 1 && shape.length === dims.length ? shape[axis] : axis === 0 ? 1 : 0
    })
    const { array: Kind, name } = kindOf(type)
    return { data: new Kind(product(own)), dims: own, type: name }
  })
  return row.every(({ data }) => data.length > 0) ? row : undefined
}

function joined(tensors: readonly FlatTensor[]): FlatTensor {
  const [first] = tensors
  if (tensors.length === 1) return first
  const length = tensors.reduce((sum, { data }) => sum + data.length, 0)
  const data = new (first.data.constructor as new (length: number) => Float32Array)(length)
  let at = 0
  for (const tensor of tensors) {
    data.set(tensor.data as Float32Array, at)
    at += tensor.data.length
  }
  const count = tensors.reduce((sum, { dims }) => sum + dims[0], 0)
  return { data, dims: [count, ...first.dims.slice(1)], type: first.type }
}

function alone(tensor: FlatTensor, count: number): FlatTensor {
  const { dims } = tensor
  return count === 1 && dims.length > 1 && dims[0] === 1
    ? { ...tensor, dims: dims.slice(1) }
    : tensor
}

function split(
  { data, dims, type }: FlatTensor,
  counts: readonly number[],
  { name, whole }: { name: string; whole: number },
): FlatTensor[] {
  if (dims[0] !== whole)
    throw new Error(`The output "${name}" has ${dims[0]} rows for a batch of ${whole}`)
  const each = data.length / whole
  let at = 0
  return counts.map((count) => {
    // A copy: a part of the whole would keep all of it in memory.
    const part = data.slice(at * each, (at + count) * each) as NumberArray
    at += count
    return alone({ data: part, dims: [count, ...dims.slice(1)], type }, count)
  })
}

/** What an error says, on one line. */
export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]
}
