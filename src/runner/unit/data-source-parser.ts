/**
 * data_source_parser: the address of a video from what describes its source.
 * @module
 */
import { type FlowBuffer, flowBuffer, type Meta, textOf } from '../../flow/stream/buffer.ts'
import { type FlowUnit, type Unit, UnitError } from '../../flow/stream/unit.ts'
import { objectPlace, readingUrl } from './object-store.ts'

export const dataSourceParser: FlowUnit = {
  descriptor: {
    name: 'data_source_parser',
    device: 'cpu',
    version: '1.0.0',
    group: 'Input',
    description: 'Finds the address of a video: given, asked of a service, or in an object store',
    kind: 'stream',
    inputs: [{ name: 'in_data', description: 'JSON; the meta source_type says of what kind' }],
    outputs: [{ name: 'out_video_url' }],
    options: [
      {
        name: 'retry_enable',
        type: 'bool',
        description: 'Open it again when it breaks off',
        default: 'false',
      },
      {
        name: 'retry_interval_ms',
        type: 'int',
        description: 'Time between tries',
        default: '1000',
      },
      {
        name: 'retry_count_limit',
        type: 'int',
        description: 'Most tries in a row; -1: no limit',
        default: '-1',
      },
    ],
  },
  create: createParser,
}

type Fields = Readonly<Record<string, unknown>>

const SOURCES: Readonly<Record<string, (fields: Fields, signal: AbortSignal) => Promise<string>>> =
  {
    url: async (fields) => textIn(fields, 'url'),
    restful: fromService,
    obs: fromStore,
    s3: fromStore,
  }
const ANSWER_MS = 10_000
const MOST_BYTES = 1 << 20
/** How long an address of an object can be read: a day, as videos are long. */
const READABLE_S = 86_400

function createParser(): Unit {
  let retry: Meta = {}

  return {
    open(config) {
      retry = {
        retry_enable: config.boolean('retry_enable'),
        retry_interval_ms: config.integer('retry_interval_ms'),
        retry_count_limit: config.integer('retry_count_limit'),
      }
    },
    async process(context) {
      for (const buffer of context.input('in_data')) {
        const fields = fieldsOf(buffer)
        const named = buffer.meta['source_type'] ?? fields['source_type']
        const type = typeof named === 'string' ? named : ''
        if (!Object.hasOwn(SOURCES, type))
          throw new UnitError(
            'Source.Type',
            `current environment does not support the source type "${type}": ${Object.keys(SOURCES).join(', ')} are known`,
          )
        const url = await SOURCES[type](fields, context.signal).catch((error: unknown) => {
          throw new UnitError('Source.Bad', error instanceof Error ? error.message : String(error))
        })
        const isStream = fields['url_type'] === 'stream'
        // A file has an end, after which there is nothing more to come.
        const meta =
          isStream || fields['url_type'] === undefined ? retry : { ...retry, retry_enable: false }
        context
          .output('out_video_url')
          .push(flowBuffer(url, { ...buffer.meta, ...meta, source_type: type }))
      }
    },
  }
}

function fieldsOf(buffer: FlowBuffer): Fields {
  let value: unknown
  try {
    value = JSON.parse(textOf(buffer))
  } catch (error) {
    throw new UnitError('Source.Bad', 'The description of the source is no JSON', { cause: error })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new UnitError('Source.Bad', 'The description of the source is to be a JSON object')
}

function textIn(fields: Fields, name: string): string {
  const value = fields[name]
  if (typeof value !== 'string' || value === '') throw new Error(`The source has no "${name}"`)
  return value
}

async function fromStore(fields: Fields): Promise<string> {
  return readingUrl(objectPlace(fields), READABLE_S)
}

/** Asks a service; `response_url_position` is the way to the address in its JSON, as `data.url`. */
async function fromService(fields: Fields, signal: AbortSignal): Promise<string> {
  const url = new URL(textIn(fields, 'request_url'))
  if (!/^https?:$/.test(url.protocol)) throw new Error('request_url is to be http or https')
  for (const { param_key: key, param_value: value } of listIn(fields['params']))
    url.searchParams.append(String(key), String(value))
  const way = textIn(fields, 'response_url_position')
  const headers = jsonOf(fields['headers'])
  const answer = await fetch(url, {
    headers: Object.fromEntries(
      Object.entries(headers as Fields).map(([name, value]) => [name, String(value)]),
    ),
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
  }).catch((error: unknown) => {
    throw new Error(`${url.host} does not answer`, { cause: error })
  })
  if (!answer.ok) throw new Error(`${url.host} answered ${answer.status}`)
  const text = await answer.text()
  if (text.length > MOST_BYTES)
    throw new Error(`${url.host} answered more than ${MOST_BYTES} bytes`)
  let found: unknown = JSON.parse(text)
  for (const step of way.split(/[./]/).filter((part) => part !== ''))
    found =
      found !== null && typeof found === 'object' && Object.hasOwn(found, step)
        ? (found as Fields)[step]
        : undefined
  if (typeof found !== 'string')
    throw new Error(`The answer of ${url.host} has no text at "${way}"`)
  return found
}

function listIn(value: unknown): readonly Fields[] {
  const list = jsonOf(value)
  return Array.isArray(list) ? (list as Fields[]) : []
}

/** Settings of graphs are texts, also where they hold JSON. */
function jsonOf(value: unknown): unknown {
  const found: unknown = typeof value === 'string' && value !== '' ? JSON.parse(value) : value
  return found ?? {}
}
