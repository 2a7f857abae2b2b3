/**
 * What a schema has against a value, in words that name the field.
 * @module
 */
import type { z } from '@hono/zod-openapi'

/** One field that cannot stay as it is. */
export interface Problem {
  /** Dotted, `local.party_id`; empty for the whole value. */
  readonly path: string
  /** True where the field is not there at all. */
  readonly missing: boolean
  /** What was expected, and what came. */
  readonly message: string
  /** The values it may have, when they are few. */
  readonly allowed?: readonly string[]
}

/** The problems of `value` that a parse has found. */
export function toProblems(error: z.core.$ZodError, value: unknown): readonly Problem[] {
  return error.issues.map((issue) => {
    const given = valueAt(value, issue.path)
    const missing = given === undefined && issue.path.length > 0
    return {
      path: issue.path.map(String).join('.'),
      missing,
      message: missing ? 'is missing' : `${expectation(issue)}, got ${show(given)}`,
      ...(issue.code === 'invalid_value'
        ? { allowed: [...new Set(issue.values.map((allowed) => String(allowed)))] }
        : {}),
    }
  })
}

/** All problems in one line: `head: expected 0 or 1, got 7; file: is missing`. */
export function describeProblems(problems: readonly Problem[], prefix = ''): string {
  return problems
    .map(({ path, message }) => {
      const place = [prefix, path].filter((part) => part !== '').join('.')
      return place === '' ? message : `${place}: ${message}`
    })
    .join('; ')
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map((value) => JSON.stringify(value))
    return `expected ${allowed.length > 1 ? `${allowed.slice(0, -1).join(', ')} or ` : ''}${allowed.at(-1)}`
  }
  // zod words it "Invalid input: expected string, received number"; what came is told by its value instead.
  return issue.message
    .replace(/^(Invalid input|Too small|Too big|Invalid string|Invalid key in record): /, '')
    .replace(/, received .*$/, '')
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
