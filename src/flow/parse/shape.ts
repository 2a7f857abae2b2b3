/**
 * Small checks on parsed JSON whose failures name the place.
 * @module
 */
import { FlowError } from '../error.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a JSON value is an object, not a list or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as an object; an absent one is empty. */
export function asObject(value: unknown, path: string): JsonObject {
  if (value === undefined || value === null) return {}
  if (isObject(value)) return value
  throw new FlowError(`${path}: expected an object, got ${show(value)}`)
}

/** The value as a list of texts; an absent one is empty. */
export function asTexts(value: unknown, path: string): readonly string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new FlowError(`${path}: expected a list of texts, got ${show(value)}`)
}

/** A value as an error may quote it: short, on one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
