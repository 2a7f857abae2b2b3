/**
 * The TOML file beside a unit's code or model, as the original's units have it.
 * @module
 */
import { dirname } from 'node:path'

import { parse as parseToml } from 'smol-toml'

import type { UnitDescriptor, UnitOption, UnitPort, UnitRole } from '../../flow/stream/unit.ts'
import { CALL_LIMIT } from './limit.ts'

/** A unit that a file describes. */
export interface UnitFile {
  readonly descriptor: UnitDescriptor
  readonly path: string
  readonly folder: string
  /** Such as `python`, `inference`, `javascript`, `wasm`. */
  readonly type: string
  /** Of an inference unit its engine, of a post-processing unit its kind. */
  readonly virtualType: string
  /** The code or the model, as the file names it. */
  readonly entry: string
  /** The element types of ports that say one. */
  readonly types: ReadonlyMap<string, string>
  /** The program that runs python code; only the file can choose it, never a graph. */
  readonly interpreter: string
  /** The model is encrypted. */
  readonly encrypted: boolean
}

type Table = Readonly<Record<string, unknown>>

/** What the text of the file `path` describes; null where it is the file of something else. */
export function unitFile(text: string, path: string): UnitFile {
  const table: Table = parseToml(text)
  const base = tableOf(table['base'])
  const need = (name: string): string => {
    const value = textOf(base[name])
    if (value === '') throw new Error(`[base] has no ${name}`)
    return value
  }
  const name = need('name')
  const type = need('type').toLowerCase()
  const isInference = type === 'inference'
  const virtualType = textOf(base['virtual_type']).toLowerCase()
  const inputs = portsOf(table['input'])
  const outputs = portsOf(table['output'])
  if (inputs.length === 0 && outputs.length === 0)
    throw new Error('it has no port: add [input.input1] or [output.output1] with a name')
  const flag = (key: string, fallback: boolean) => flagOf(base[key], fallback, key)
  const role = roleOf(base)
  const isNormal = isInference || role !== undefined || isPost(type) || !flag('stream', true)
  const most = countOf(base, 'max_batch_size')
  const usual = countOf(base, 'default_batch_size')
  const descriptor: UnitDescriptor = {
    name,
    device: textOf(base['device']) || 'cpu',
    version: textOf(base['version']) || '1.0.0',
    group: groupOf(textOf(base['group_type'])),
    description: textOf(base['description']) || `A ${type} unit`,
    kind: isNormal ? 'normal' : 'stream',
    ...(role ? { role } : {}),
    ...(role === 'collapse' ? { collapseAll: flag('collapse_all', true) } : {}),
    ...(flag('exception_visible', false) ? { exceptionVisible: true } : {}),
    ...(role === 'condition' ? { maxBatch: 1 } : most === undefined ? {} : { maxBatch: most }),
    ...(usual === undefined ? {} : { defaultBatch: usual }),
    inputs: inputs.map(({ port }) => port),
    outputs: outputs.map(({ port }) => port),
    options: optionsOf(table['config'], ELSEWHERE.has(type)),
  }
  const typed = [...inputs, ...outputs].flatMap(({ port, type: kind }) =>
    kind === '' ? [] : [[port.name, kind] as const],
  )
  return {
    descriptor,
    path,
    folder: dirname(path),
    type,
    virtualType,
    entry: isPost(type) ? textOf(base['entry']) : need('entry'),
    types: new Map(typed),
    interpreter: textOf(base['python']) || 'python3',
    encrypted: textOf(tableOf(table['encryption'])['rootkey']) !== '',
  }
}

/** Types whose code runs in a thread or process of its own. */
const ELSEWHERE: ReadonlySet<string> = new Set(['python', 'javascript', 'typescript', 'wasm'])

function optionsOf(config: unknown, isElsewhere: boolean): UnitOption[] {
  const own = Object.entries(tableOf(config)).map(optionOf)
  const limits = isElsewhere ? [CALL_LIMIT] : []
  return [...own, ...limits.filter(({ name }) => !own.some((option) => option.name === name))]
}

/** Units made of their settings alone. */
export function isPost(type: string): boolean {
  return type === 'yolo_postprocess' || type === 'yolobox'
}

function roleOf(base: Table): UnitRole | undefined {
  const roles = (['condition', 'expand', 'collapse', 'loop'] as const).filter((role) =>
    flagOf(base[role], false, role),
  )
  if (roles.length > 1) throw new Error(`it is ${roles.join(' and ')} at once: choose one`)
  return roles[0]
}

function portsOf(value: unknown): { readonly port: UnitPort; readonly type: string }[] {
  return Object.entries(tableOf(value)).map(([key, entry]) => {
    const port = tableOf(entry)
    const name = textOf(port['name'])
    if (name === '') throw new Error(`the port ${key} has no name`)
    return { port: { name }, type: textOf(port['type']).toLowerCase() }
  })
}

function optionOf([name, value]: [string, unknown]): UnitOption {
  const isList = Array.isArray(value)
  const text = isList ? value.map(textOf).join(',') : textOf(value)
  return { name, type: isList ? 'list' : 'string', description: 'A setting', default: text }
}

/** Starts with a capital and has at most one stroke, as the original asks. */
function groupOf(text: string): string {
  return /^[A-Z][^/]*(\/[^/]+)?$/.test(text) ? text : 'Generic'
}

function countOf(base: Table, name: string): number | undefined {
  const value = base[name]
  if (value === undefined) return undefined
  const count = Number(value)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`${name} is to be a whole number from 1 on`)
  return count
}

function flagOf(value: unknown, fallback: boolean, name: string): boolean {
  if (value === undefined) return fallback
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  throw new Error(`${name} is to be true or false`)
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Table)
    : {}
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
    ? String(value)
    : ''
}
