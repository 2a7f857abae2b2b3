/**
 * The parts of an OpenAPI document that the documentation shows, and the ways into it.
 * @module
 */
import { t } from '../text/say.tsx'

export interface OpenApi {
  readonly info?: {
    readonly title?: string
    readonly version?: string
    readonly description?: string
  }
  readonly servers?: readonly { readonly url: string }[]
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly components?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly description?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly example?: unknown
  readonly examples?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: boolean | Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema?: Schema
}

export interface MediaType {
  readonly schema?: Schema
  readonly example?: unknown
}

export interface Body {
  readonly description?: string
  readonly required?: boolean
  readonly content?: Readonly<Record<string, MediaType>>
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly body: Body | undefined
  readonly responses: readonly (readonly [status: string, response: Body])[]
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** The operations of a document in its order, under the path that they are served at. */
export function operationsOf(document: OpenApi, base: string): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method): Operation[] => {
      const raw = item[method] as RawOperation | undefined
      if (raw === undefined) return []
      const shared = (item['parameters'] ?? []) as readonly Parameter[]
      const full = path.startsWith(`${base}/`) ? path : `${base}${path}`
      return [
        {
          id: `${method}-${full}`.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, ''),
          method: method.toUpperCase(),
          path: full,
          tag: raw.tags?.[0] ?? '',
          summary: raw.summary ?? '',
          description: raw.description ?? '',
          parameters: [...shared, ...(raw.parameters ?? [])].map((one) => resolve(document, one)),
          body: raw.requestBody && resolve(document, raw.requestBody),
          responses: Object.entries(raw.responses ?? {}).map(
            ([status, response]) => [status, resolve(document, response)] as const,
          ),
        },
      ]
    }),
  )
}

/** What a `$ref` inside the document stands for; anything else is answered as it is. */
export function resolve<T extends object>(document: OpenApi, value: T): T {
  const reference = (value as { $ref?: unknown }).$ref
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return value
  const parts = reference
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  let found: unknown = document
  for (const part of parts) {
    found =
      typeof found === 'object' && found !== null && Object.hasOwn(found, part)
        ? (found as Record<string, unknown>)[part]
        : undefined
  }
  return (found ?? {}) as T
}

/** The last word of a `$ref`. */
export function schemaName(schema: Schema): string | undefined {
  return schema.$ref?.split('/').at(-1)
}

/** The type of a schema in a few words. */
export function typeWords(document: OpenApi, schema: Schema): string {
  const full = resolve(document, schema)
  if (full.const !== undefined) return JSON.stringify(full.const)
  if (full.enum) return full.enum.map((value) => JSON.stringify(value)).join(' | ')
  const choices = full.anyOf ?? full.oneOf
  if (choices) return choices.map((choice) => typeWords(document, choice)).join(t(' or '))
  if (full.allOf) return full.allOf.map((part) => typeWords(document, part)).join(t(' and '))
  const type = typeof full.type === 'string' ? full.type : (full.type?.join(t(' or ')) ?? 'any')
  if (type === 'array' && full.items)
    return t('array of {type}', { type: typeWords(document, full.items) })
  const words = full.format ? `${type} (${full.format})` : type
  const name = schemaName(schema)
  return name && type === 'object' ? `${name}` : words
}

/** A value of the schema's shape to start from. */
export function exampleOf(document: OpenApi, schema: Schema, depth = 0): unknown {
  const full = resolve(document, schema)
  const given = [full.example, full.examples?.[0], full.default, full.const, full.enum?.[0]]
  const known = given.find((value) => value !== undefined)
  if (known !== undefined) return known
  const choice = full.anyOf?.[0] ?? full.oneOf?.[0]
  if (choice) return exampleOf(document, choice, depth)
  if (full.allOf) {
    return Object.assign({}, ...full.allOf.map((part) => exampleOf(document, part, depth)))
  }
  const type = typeof full.type === 'string' ? full.type : full.type?.[0]
  if (type === 'array') {
    return full.items && depth < DEEPEST ? [exampleOf(document, full.items, depth + 1)] : []
  }
  if (type === 'string') return 'text'
  if (type === 'integer' || type === 'number') return full.minimum ?? 0
  if (type === 'boolean') return false
  if (type !== 'object' || depth >= DEEPEST) return type === 'object' ? {} : null
  const wanted = full.required ?? Object.keys(full.properties ?? {}).slice(0, 4)
  return Object.fromEntries(
    wanted.map((name) => [name, exampleOf(document, full.properties?.[name] ?? {}, depth + 1)]),
  )
}

/** A command line that calls an operation. */
export function curlOf(document: OpenApi, operation: Operation, origin: string): string {
  const query = operation.parameters
    .filter((one) => one.in === 'query' && one.required)
    .map((one) => `${one.name}=${encodeURIComponent(text(exampleOf(document, one.schema ?? {})))}`)
  const address = `${origin}${operation.path}${query.length > 0 ? `?${query.join('&')}` : ''}`
  const lines = [
    `curl ${operation.method === 'GET' ? '' : `-X ${operation.method} `}${quote(address)}`,
  ]
  for (const one of operation.parameters) {
    if (one.in === 'header' && one.required) lines.push(`-H ${quote(`${one.name}: …`)}`)
  }
  const [type, media] = Object.entries(operation.body?.content ?? {})[0] ?? []
  if (type?.includes('json')) {
    const example = media?.example ?? exampleOf(document, media?.schema ?? {})
    lines.push(`-H ${quote(`content-type: ${type}`)}`, `-d ${quote(JSON.stringify(example))}`)
  } else if (type?.startsWith('multipart/')) {
    lines.push(`-F 'file=@FILE'`)
  }
  return lines.join(' \\\n  ')
}

interface RawOperation {
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Body
  readonly responses?: Readonly<Record<string, Body>>
}

const DEEPEST = 5

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
