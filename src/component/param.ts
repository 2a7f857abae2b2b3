/**
 * What the parameters of several components have in common: words in any case, names of other releases, and finding
 * keys that a component does not know.
 * @module
 */
import { z } from 'zod'

import { nearestName } from '../compute/text.ts'
import type { TaskContext } from './define.ts'
import { whyWithoutEffect } from './without-effect.ts'

/** A word in any case, told apart in `fold`. */
export function word<const W extends readonly [string, ...string[]]>(
  words: W,
  fold: 'upper' | 'lower' = 'lower',
): z.ZodPreprocess<z.ZodEnum<{ [K in W[number]]: K }>> {
  return z.preprocess((value) => {
    if (typeof value !== 'string') return value
    return fold === 'upper' ? value.toUpperCase() : value.toLowerCase()
  }, z.enum(words))
}

/** Moves values from the names of other releases to those of the schema, which win where both are given. */
export function renamed(names: Readonly<Record<string, string>>): (value: unknown) => unknown {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const record: Record<string, unknown> = { ...value }
    for (const [other, name] of Object.entries(names)) {
      if (!(other in record)) continue
      if (!(name in record)) record[name] = record[other]
      delete record[other]
    }
    return record
  }
}

/** Column numbers: -1 for all, a list, or null for none. */
export const ColumnIndexes = z
  .union([z.literal(-1), z.int().nonnegative(), z.int().nonnegative().array()])
  .nullable()

/** Column names, or null for none. */
export const ColumnNames = z.string().array().nullable().default(null)

/** Which columns the parameters mean, in the order of `header`. */
export interface ColumnChoice {
  /** Undefined for all, unless names are given. */
  readonly indexes: z.output<typeof ColumnIndexes> | undefined
  readonly names: readonly string[] | null
}

/** The chosen columns. Throws for a number or name that `header` has not; `parameter` is what the message names. */
export function chooseColumns(
  header: readonly string[],
  { indexes, names }: ColumnChoice,
  parameter: string,
): string[] {
  const named = names ?? []
  if (indexes === -1 || (indexes === undefined && named.length === 0)) return [...header]
  const positions = typeof indexes === 'number' ? [indexes] : (indexes ?? [])
  const beyond = positions.find((position) => position >= header.length)
  if (beyond !== undefined) {
    throw new Error(
      `${parameter} names column ${beyond}, and the table has ${header.length} features`,
    )
  }
  const missing = named.find((name) => !header.includes(name))
  if (missing !== undefined) {
    throw new Error(
      `${parameter} names the column "${missing}": the table has ${header.join(', ') || 'none'}`,
    )
  }
  const chosen = new Set([...positions.map((position) => header[position]), ...named])
  return header.filter((name) => chosen.has(name))
}

/** For so many unknown parameters the near one is looked for. */
const MOST_NEAR = 20

/** A parameter that a component does not know. */
export interface UnknownParameter {
  /** Dotted, `encrypt_param.methd`. */
  readonly path: string
  /** The parameter that was probably meant, where one is near. */
  readonly near?: string
  /** Why it is not needed, where FATE has it. */
  readonly why?: string
}

/** The parameter that every component has, as the runner obeys it: whether it works or hands its table on. */
const NEED_RUN = 'need_run'

/** What in `value` the schema does not know; objects must be loose to keep it. */
export function unknownParameters(schema: z.core.$ZodType, value: unknown): UnknownParameter[] {
  const known = pathsOf(schema)
  const unknown = unknownKeys(schema, value).filter((path) => path !== NEED_RUN)
  return unknown.flatMap((path, at) => {
    const why = whyWithoutEffect(path, valueAt(value, path))
    if (why !== undefined) return why === null ? [] : { path, why }
    const near = at < MOST_NEAR ? nearestPath(path, known) : undefined
    return near === undefined ? { path } : { path, near }
  })
}

/** Keys in `value` that the schema does not know, as dotted paths; objects must be loose to keep them. */
export function unknownKeys(schema: z.core.$ZodType, value: unknown, path = ''): string[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((entry, at) => unknownKeys(inner.element, entry, `${path}${at}.`))
  }
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return []
  const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape
  return Object.entries(value).flatMap(([key, entry]) =>
    Object.hasOwn(shape, key)
      ? unknownKeys(shape[key], entry, `${path}${key}.`)
      : [`${path}${key}`],
  )
}

/** Warns of each parameter that the component does not know: it has no effect. */
export function warnOfUnknown(context: TaskContext, schema: z.core.$ZodType): void {
  // Online the training has warned of it, and a call has milliseconds.
  if (context.online === true) return
  for (const unknown of unknownParameters(schema, context.params)) {
    context.warn(describeUnknown(context.name, unknown))
  }
}

/** The sentence that warns of a parameter of `component`. */
export function describeUnknown(component: string, { path, near, why }: UnknownParameter): string {
  if (why !== undefined) return `${path} of ${component} has no effect: ${why}`
  const meant = near === undefined ? '' : `; did you mean "${near}"?`
  return `${component} has no parameter "${path}": it is ignored${meant}`
}

/**
 * The schema with every object in it loose, so that a parse keeps what it does not know, at every depth, to be warned of.
 */
export function keepUnknown<S extends z.core.$ZodType>(schema: S): S {
  const def: Readonly<Record<string, unknown>> = { ...schema._zod.def }
  const inner = Object.entries(def).flatMap(([key, value]): [string, unknown][] => {
    if (isSchema(value)) return [[key, keepUnknown(value)]]
    if (key === 'shape') return [[key, mapValues(value as object, keepUnknownIn)]]
    if (key === 'options' && Array.isArray(value)) return [[key, value.map(keepUnknownIn)]]
    return []
  })
  const loose = schema instanceof z.ZodObject && def['catchall'] === undefined
  const changed = {
    ...def,
    ...Object.fromEntries(inner),
    ...(loose ? { catchall: z.unknown() } : {}),
  }
  if (inner.length === 0 && !loose) return schema
  return z.core.clone(schema, changed as unknown as S['_zod']['def'], { parent: true })
}

function keepUnknownIn(value: unknown): unknown {
  return isSchema(value) ? keepUnknown(value) : value
}

function isSchema(value: unknown): value is z.core.$ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value
}

function mapValues(value: object, change: (entry: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, change(entry)]))
}

/** Every parameter of a schema as a dotted path, shallow ones first. */
function pathsOf(schema: z.core.$ZodType, path = ''): string[] {
  const inner = unwrap(schema)
  if (!(inner instanceof z.ZodObject)) return []
  const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape
  const own = Object.keys(shape)
  return [
    ...own.map((key) => path + key),
    ...own.flatMap((key) => pathsOf(shape[key], `${path}${key}.`)),
  ]
}

/** The path of the nearest spelling in the same object, or of the same name in another one. */
function nearestPath(path: string, known: readonly string[]): string | undefined {
  const [parent, name] = splitPath(path)
  const siblings = known.map(splitPath).filter(([above]) => above === parent)
  const near = nearestName(
    name,
    siblings.map(([, sibling]) => sibling),
  )
  return near === undefined
    ? known.find((other) => other !== path && splitPath(other)[1] === name)
    : parent + near
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value)
}

function splitPath(path: string): [parent: string, name: string] {
  const at = path.lastIndexOf('.') + 1
  return [path.slice(0, at), path.slice(at)]
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) {
    return unwrap(schema.out instanceof z.ZodTransform ? schema.in : schema.out)
  }
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional
  ) {
    return unwrap(schema.unwrap())
  }
  return schema
}
