/**
 * base64_decoder: bytes from base64, plain or in a field of a JSON object.
 * @module
 */
import { flowBuffer, textOf } from '../../flow/stream/buffer.ts'
import { each } from '../../flow/stream/each.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'

export const base64Decoder: FlowUnit = {
  descriptor: {
    name: 'base64_decoder',
    device: 'cpu',
    version: '1.0.0',
    group: 'Generic',
    description: 'Decodes base64, given as it is or in a field of a JSON object',
    kind: 'normal',
    inputs: [{ name: 'in_data', description: 'base64, or JSON with a field of it' }],
    outputs: [{ name: 'out_data', description: 'The bytes' }],
    options: [
      {
        name: 'data_format',
        type: 'string',
        description: 'How the input is written',
        default: 'raw',
        values: { raw: 'base64 alone', json: 'a JSON object with base64 in a field' },
      },
      { name: 'key', type: 'string', description: 'The field, with data_format=json' },
    ],
  },
  create: createDecoder,
}

function createDecoder(): Unit {
  let key: string | undefined

  return {
    open(config) {
      const format = config.text('data_format', 'raw')
      if (format !== 'raw' && format !== 'json')
        throw new RangeError(`data_format is "${format}": it is raw or json`)
      key = format === 'json' ? config.text('key') : undefined
    },
    process: (context) =>
      each(context, { input: 'in_data', output: 'out_data' }, (buffer) => {
        const text = key === undefined ? textOf(buffer) : fieldOf(textOf(buffer), key)
        const bytes = decode(text)
        return flowBuffer(bytes, { ...buffer.meta, size: bytes.length })
      }),
  }
}

function fieldOf(text: string, key: string): string {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new UnitError('Base64.BadJson', 'The input is no JSON', { cause: error })
  }
  const field = value !== null && typeof value === 'object' && Object.hasOwn(value, key)
  const found = field ? (value as Record<string, unknown>)[key] : undefined
  if (typeof found !== 'string')
    throw new UnitError('Base64.NoField', `The JSON has no text in its field "${key}"`)
  return found
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

function decode(text: string): Uint8Array {
  const compact = text.replace(/\s+/g, '')
  if (!BASE64.test(compact) || compact.replace(/=+$/, '').length % 4 === 1)
    throw new UnitError('Base64.Bad', 'The input is no base64')
  return new Uint8Array(Buffer.from(compact, 'base64'))
}
