/**
 * The settings of a node as its unit reads them: texts of the graph, or the defaults of the unit's options.
 * @module
 */
import type { UnitOption } from './unit.ts'

/** Reads settings by name; each reader throws a sentence where the text is not of its kind. */
export interface UnitConfig {
  has(name: string): boolean
  /** Names of everything set, declared or not. */
  readonly names: readonly string[]
  text(name: string, fallback?: string): string
  integer(name: string, fallback?: number): number
  number(name: string, fallback?: number): number
  boolean(name: string, fallback?: boolean): boolean
  /** The parts between commas; empty where nothing is set. */
  list(name: string): readonly string[]
  numbers(name: string): readonly number[]
}

const TRUE = new Set(['true', '1', 'yes', 'on'])
const FALSE = new Set(['false', '0', 'no', 'off'])

/** The settings `values` over the defaults of `options`; a list is joined with commas where a text is asked for. */
export function unitConfig(
  values: Readonly<Record<string, readonly string[] | string>>,
  options: readonly UnitOption[] = [],
): UnitConfig {
  const defaults = new Map(options.map((option) => [option.name, option.default]))

  function raw(name: string): string | undefined {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    const text = typeof value === 'string' ? value : value?.join(',')
    return text ?? defaults.get(name)
  }
  function read<T>(name: string, fallback: T | undefined, parse: (text: string) => T): T {
    const text = raw(name)
    if (text !== undefined) return parse(text)
    if (fallback !== undefined) return fallback
    throw new RangeError(`"${name}" is not set, and the unit needs it`)
  }
  function numeric(name: string, text: string): number {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value))
      throw new RangeError(`"${name}" is to be a number, not "${text}"`)
    return value
  }
  function integer(name: string, text: string): number {
    const value = numeric(name, text)
    if (!Number.isSafeInteger(value))
      throw new RangeError(`"${name}" is to be a whole number, not "${text}"`)
    return value
  }
  function boolean(name: string, text: string): boolean {
    const word = text.trim().toLowerCase()
    if (TRUE.has(word)) return true
    if (FALSE.has(word)) return false
    throw new RangeError(`"${name}" is to be true or false, not "${text}"`)
  }
  function list(name: string): readonly string[] {
    const value = Object.hasOwn(values, name) ? values[name] : defaults.get(name)
    if (value === undefined || value === '') return []
    return typeof value === 'string' ? splitList(value) : value
  }

  return {
    has: (name) => raw(name) !== undefined,
    names: Object.keys(values),
    text: (name, fallback) => read(name, fallback, (text) => text),
    integer: (name, fallback) => read(name, fallback, (text) => integer(name, text)),
    number: (name, fallback) => read(name, fallback, (text) => numeric(name, text)),
    boolean: (name, fallback) => read(name, fallback, (text) => boolean(name, text)),
    list,
    numbers: (name) => list(name).map((part) => numeric(name, part)),
  }
}

/** The parts between commas; a comma in quotes or behind a backslash divides nothing. */
export function splitList(text: string): readonly string[] {
  const parts: string[] = []
  let part = ''
  let quote = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index]
    if (character === '\\' && text[index + 1] === ',') {
      part += ','
      index++
    } else if (quote !== '') {
      if (character === quote) quote = ''
      part += character
    } else if (character === ',') {
      parts.push(part.trim())
      part = ''
    } else {
      if (character === '"') quote = character
      part += character
    }
  }
  parts.push(part.trim())
  return parts
}
