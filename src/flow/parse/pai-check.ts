/**
 * Checks on a document of the OpenPAI job protocol; a failure names the path and the line.
 * @module
 */
import { FlowError } from '../error.ts'
import type { PaiPath, PaiYaml } from './pai-yaml.ts'

/** A part of a document and where it is. */
export interface PaiPart {
  readonly yaml: PaiYaml
  readonly path: PaiPath
  readonly value: unknown
}

/** Refuses a part, in words that follow its path: `should be integer`. */
export function refusePart({ yaml, path }: Omit<PaiPart, 'value'>, should: string): never {
  throw new FlowError(`${pathText(path)} (line ${yaml.line(path)}) ${should}`)
}

/** The path as people write it: `taskRoles.worker.commands[0]`. */
export function pathText(path: PaiPath): string {
  if (path.length === 0) return 'The job'
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`,
    )
    .join('')
}

/** The part below it; undefined where there is none. */
export function below(part: PaiPart, step: string | number): PaiPart | undefined {
  const { value, path } = part
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
  return { ...part, path: [...path, step], value: (value as Record<string, unknown>)[step] }
}

/** The part below it, which must be there. */
export function required(part: PaiPart, key: string): PaiPart {
  return below(part, key) ?? refusePart(part, `should have required property '${key}'`)
}

/** Refuses all keys but those. */
export function only(part: PaiPart, keys: readonly string[]): PaiPart {
  const stray = Object.keys(objectOf(part)).find((key) => !keys.includes(key))
  if (stray !== undefined)
    refusePart(
      { ...part, path: [...part.path, stray] },
      `should not be there: known are ${keys.join(', ')}`,
    )
  return part
}

export function objectOf(part: PaiPart): Record<string, unknown> {
  const { value } = part
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refusePart(part, 'should be object')
  return value as Record<string, unknown>
}

/** Its parts, of a list. */
export function listOf(part: PaiPart, least = 0): PaiPart[] {
  const { value } = part
  if (!Array.isArray(value)) refusePart(part, 'should be array')
  if (value.length < least) refusePart(part, `should NOT have fewer than ${least} items`)
  return value.map((item: unknown, index) => ({
    ...part,
    path: [...part.path, index],
    value: item,
  }))
}

/** Its parts by key, of an object. */
export function entriesOf(part: PaiPart): [string, PaiPart][] {
  return Object.entries(objectOf(part)).map(([key, value]) => [
    key,
    { ...part, path: [...part.path, key], value },
  ])
}

export function stringOf(part: PaiPart): string {
  const { value } = part
  return typeof value === 'string' ? value : refusePart(part, 'should be string')
}

export function booleanOf(part: PaiPart): boolean {
  const { value } = part
  return typeof value === 'boolean' ? value : refusePart(part, 'should be boolean')
}

export function integerOf(part: PaiPart, least?: number): number {
  const { value } = part
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    refusePart(part, 'should be integer')
  if (least !== undefined && value < least) refusePart(part, `should be >= ${least}`)
  return value
}

/** A text that is one of those; numbers that look like one of them count where the protocol takes them. */
export function oneOf<T extends string | number>(part: PaiPart, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === part.value)
  return (
    found ?? refusePart(part, `should be equal to one of the allowed values: ${allowed.join(', ')}`)
  )
}

export function matching(part: PaiPart, pattern: RegExp, most = 255): string {
  const text = stringOf(part)
  if (text.length > most) refusePart(part, `should NOT be longer than ${most} characters`)
  if (!pattern.test(text)) refusePart(part, `should match pattern "${pattern.source}"`)
  return text
}

/** What `read` makes of the part below, or undefined where there is none. */
export function optional<T>(
  part: PaiPart,
  key: string,
  read: (below: PaiPart) => T,
): T | undefined {
  const found = below(part, key)
  return found === undefined ? undefined : read(found)
}
