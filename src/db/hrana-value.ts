/**
 * Hrana's values as the native library takes and gives them.
 * @module
 */
import { HranaError } from './hrana-error.ts'
import type { HranaStatement, HranaValue } from './hrana-type.ts'

const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n

/** The values of a statement's parameters by position; what was not sent is null. */
export function bindValues(
  { args, named_args: named }: HranaStatement,
  parameters: readonly (string | null)[],
): unknown[] {
  const values: unknown[] = parameters.map(() => null)
  if (args && args.length > values.length) {
    throw new HranaError(
      'ARGS_INVALID',
      `The statement has ${values.length} parameters but ${args.length} arguments were sent`,
    )
  }
  for (const [index, value] of (args ?? []).entries()) values[index] = toNative(value)
  for (const { name, value } of named ?? []) {
    const indexes = [...parameters.keys()].filter(
      (index) => parameters[index] === name || parameters[index]?.slice(1) === name,
    )
    if (indexes.length === 0) {
      throw new HranaError('ARGS_INVALID', `The statement has no parameter "${name}"`)
    }
    for (const index of indexes) values[index] = toNative(value)
  }
  return values
}

/** One native value as it travels. */
export function toWire(value: unknown): HranaValue {
  if (value === null || value === undefined) return { type: 'null' }
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) }
  if (typeof value === 'string') return { type: 'text', value }
  if (typeof value === 'number') {
    if (Number.isFinite(value)) return { type: 'float', value }
    throw new HranaError(
      'VALUE_NOT_REPRESENTABLE',
      'The result has an infinite number, which JSON cannot carry: leave it out or turn it into text',
    )
  }
  const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array)
  return { type: 'blob', base64: Buffer.from(bytes).toString('base64') }
}

/** About how many bytes a value takes in the answer. */
export function wireSize(value: HranaValue): number {
  if (value.type === 'blob') return value.base64.length + 30
  return value.type === 'text' ? value.value.length + 30 : 40
}

function toNative(value: HranaValue): unknown {
  switch (value.type) {
    case 'null':
      return null
    case 'integer': {
      const integer = BigInt(value.value)
      if (integer < LEAST || integer > MOST) {
        throw new HranaError('ARGS_INVALID', `${value.value} is not a 64-bit integer`)
      }
      return integer
    }
    case 'blob':
      return Buffer.from(value.base64, 'base64')
    case 'float':
    case 'text':
      return value.value
  }
}
