/**
 * Buffers as tensors of the kind and rank that a model takes.
 * @module
 */
import { type FlowBuffer, type NumberArray } from '../../flow/stream/buffer.ts'
import { UnitError } from '../../flow/stream/unit.ts'

/** What a model says of a tensor; a text stands for an axis that is open. */
export interface TensorSpec {
  readonly name: string
  readonly type: string
  readonly dims: readonly (number | string)[]
}

export interface FlatTensor {
  readonly data: NumberArray
  readonly dims: readonly number[]
  /** As metas say it: float, uint8, int, long, … */
  readonly type: string
}

interface Kind {
  /** As metas and descriptions call it. */
  readonly name: string
  readonly array: new (length: number) => NumberArray
}

/** By the names of ONNX Runtime. */
const KINDS: Readonly<Record<string, Kind>> = {
  float32: { name: 'float', array: Float32Array },
  float64: { name: 'double', array: Float64Array },
  uint8: { name: 'uint8', array: Uint8Array },
  bool: { name: 'bool', array: Uint8Array },
  int8: { name: 'int8', array: Int8Array },
  uint16: { name: 'uint16', array: Uint16Array },
  int16: { name: 'int16', array: Int16Array },
  uint32: { name: 'uint32', array: Uint32Array },
  int32: { name: 'int', array: Int32Array },
  int64: { name: 'long', array: BigInt64Array },
  uint64: { name: 'ulong', array: BigUint64Array },
}

/** What elements of this type of ONNX Runtime are; throws for texts, half floats and others. */
export function kindOf(type: string): Kind {
  if (Object.hasOwn(KINDS, type)) return KINDS[type]
  throw new Error(
    `Tensors of the type ${type} cannot be passed: ${Object.keys(KINDS).join(', ')} can`,
  )
}

/**
 * The tensor in a buffer, with the batch as its first axis. Its shape is the meta `shape`, or what the model leaves no
 * choice about; one axis less than the model's is one row of a batch. Numbers of another kind are converted.
 */
export function tensorOf({ data, meta }: FlowBuffer, spec: TensorSpec): FlatTensor {
  const { name, array: Kind } = kindOf(spec.type)
  const numbers = numbersOf(data, spec)
  const dims = dimsOf(meta['shape'], numbers.length, spec)
  if (numbers instanceof Kind) return { data: numbers as NumberArray, dims, type: name }
  const converted = new Kind(numbers.length)
  const isBig = converted instanceof BigInt64Array || converted instanceof BigUint64Array
  for (let index = 0; index < numbers.length; index++) {
    const value = numbers[index]
    converted[index] = (isBig ? BigInt(Math.trunc(Number(value))) : Number(value)) as never
  }
  return { data: converted, dims, type: name }
}

function numbersOf(data: unknown, { name }: TensorSpec): NumberArray | readonly number[] {
  if (ArrayBuffer.isView(data) && !(data instanceof DataView)) return data as NumberArray
  if (typeof data === 'number') return [data]
  if (Array.isArray(data)) {
    const flat: unknown[] = data.flat(8)
    if (flat.every((value) => typeof value === 'number')) return flat
  }
  throw new UnitError('Inference.Input', `The input "${name}" is to be numbers`)
}

function dimsOf(shape: unknown, length: number, spec: TensorSpec): readonly number[] {
  const rank = spec.dims.length
  const given = Array.isArray(shape) ? shape.map(Number) : undefined
  let dims: readonly number[]
  if (given && product(given) === length && given.length === rank) dims = given
  else if (given && product(given) === length && given.length === rank - 1) dims = [1, ...given]
  else dims = guess(length, spec, given)
  dims.forEach((size, axis) => {
    const wanted = spec.dims[axis]
    if (axis > 0 && typeof wanted === 'number' && wanted > 0 && wanted !== size)
      throw mismatch(spec, dims)
  })
  return dims
}

/** With no shape, or one of another rank, the model's own fills in where at most one axis is open. */
function guess(
  length: number,
  spec: TensorSpec,
  given: readonly number[] | undefined,
): readonly number[] {
  const open = spec.dims.flatMap((size, axis) =>
    axis > 0 && (typeof size === 'string' || size < 1) ? [axis] : [],
  )
  const dims = spec.dims.map((size, axis) =>
    axis === 0 || typeof size === 'string' || size < 1 ? 1 : size,
  )
  const rest = length / product(dims)
  if (open.length > 1 || !Number.isSafeInteger(rest) || rest < 1)
    throw mismatch(spec, given ?? [length])
  dims[open[0] ?? 0] = rest
  return dims
}

function mismatch({ name, dims }: TensorSpec, given: readonly number[]): UnitError {
  return new UnitError(
    'Inference.Shape',
    `The input "${name}" has the shape [${given.join(', ')}] where the model takes [${dims.join(', ')}]`,
  )
}

export function product(dims: readonly number[]): number {
  return dims.reduce((whole, size) => whole * size, 1)
}
