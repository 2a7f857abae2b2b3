/**
 * What the parameters of several components have in common: words in any case, names of other releases, and finding
 * keys that a component does not know.
 * @module
 */
import { z } from 'zod'

import type { TaskContext } from './define.ts'

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

/** Keys in `value` that the schema does not know, as dotted paths; objects must be loose to keep them. */
export function unknownKeys(schema: z.core.$ZodType, value: unknown, path = ''): string[] {
  const inner = unwrap(schema)
  if (!(inner instanceof z.ZodObject) || typeof value !== 'object' || value === null) return []
  const shape: Readonly<Record<string, z.core.$ZodType>> = inner.shape
  return Object.entries(value).flatMap(([key, entry]) =>
    key in shape ? unknownKeys(shape[key], entry, `${path}${key}.`) : [`${path}${key}`],
  )
}

/** Warns of each parameter that the component does not know: it has no effect. */
export function warnOfUnknown(context: TaskContext, schema: z.core.$ZodType): void {
  for (const key of unknownKeys(schema, context.params)) {
    context.warn(`${context.name} has no parameter "${key}": it is ignored`)
  }
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.out)
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
