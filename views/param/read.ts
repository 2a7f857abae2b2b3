/**
 * Careful reading of what components publish of their models: whatever is not as expected counts as absent.
 * @module
 */

export type Param = Readonly<Record<string, unknown>>

/** What a page asks of a model that shows one of many parts, and the address that shows another. */
export interface ModelChoice {
  readonly feature: string
  /** Which tree, from 0. */
  readonly tree: number
  href(change: Readonly<Record<string, string>>): string
}

/** The object, or an empty one. */
export function recordOf(value: unknown): Param {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Param)
    : {}
}

/** The objects of a list. */
export function recordsOf(value: unknown): Param[] {
  return Array.isArray(value) ? value.map(recordOf) : []
}

/** A list of numbers, also where they were written as text. */
export function numbersOf(value: unknown): number[] {
  if (!Array.isArray(value)) return []
  const numbers = value.map(numberOf)
  return numbers.every((number) => number !== undefined) ? numbers : []
}

/** A number, also one that was written as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** A list of texts. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Numbers by name. */
export function namedNumbers(value: unknown): [string, number][] {
  return Object.entries(recordOf(value)).flatMap(([name, item]): [string, number][] => {
    const number = numberOf(item)
    return number === undefined ? [] : [[name, number]]
  })
}

/** A flat list as rows of `width`; none where it does not divide. */
export function rowsOf(values: readonly number[], width: number): number[][] {
  if (width < 1 || values.length % width !== 0) return []
  return Array.from({ length: values.length / width }, (_, row) =>
    values.slice(row * width, (row + 1) * width),
  )
}

/** A text, or an empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
