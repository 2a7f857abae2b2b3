/**
 * Numbers out of the texts of a table: what is a number, what stands for a missing one, and what to put there.
 * @module
 */

/** Texts that stand for no value, or for a wrong one. */
export interface Tokens {
  has(text: string): boolean
}

/** Tokens from a list; an entry that is a number also stands for its other spellings (-1 and "-1.0"). */
export function tokensOf(entries: readonly (string | number | null)[]): Tokens {
  const texts = new Set(entries.map((entry) => String(entry)))
  const numbers = new Set(entries.flatMap((entry) => parseNumber(String(entry)) ?? []))
  return {
    has(text) {
      if (texts.has(text)) return true
      if (numbers.size === 0) return false
      const number = parseNumber(text)
      return number !== undefined && numbers.has(number)
    },
  }
}

/** The decimal number that `text` is, blanks around it aside; undefined for anything else, infinities included. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim()
  if (!DECIMAL.test(trimmed)) return undefined
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : undefined
}

/** A column of texts as numbers, with gaps (NaN) where a token stood. */
export interface ParsedColumn {
  readonly values: Float64Array
  /** Rows whose text was among the missing tokens, and among the outlier tokens. */
  readonly missing: readonly number[]
  readonly outliers: readonly number[]
  /** The first row that is neither a token nor a number. */
  readonly bad: number | undefined
}

/** Reads a column; a text that is both a missing token and an outlier counts as missing. */
export function parseColumn(
  texts: readonly string[],
  tokens: { missing?: Tokens; outliers?: Tokens },
): ParsedColumn {
  const values = new Float64Array(texts.length).fill(Number.NaN)
  const missing: number[] = []
  const outliers: number[] = []
  let bad: number | undefined
  texts.forEach((text, row) => {
    if (tokens.missing?.has(text)) missing.push(row)
    else if (tokens.outliers?.has(text)) outliers.push(row)
    else {
      const value = parseNumber(text)
      if (value === undefined) bad ??= row
      else values[row] = value
    }
  })
  return { values, missing, outliers, bad }
}

export type FillMethod = 'min' | 'max' | 'mean' | 'designated'

/** What to fill the gaps of a column with: `designated`, or a statistic of its other values. Undefined for no values. */
export function fillValue(
  values: Float64Array,
  options: { method: FillMethod; designated: number },
): number | undefined {
  const { method, designated } = options
  if (method === 'designated') return designated
  let count = 0
  let sum = 0
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (Number.isNaN(value)) continue
    count++
    sum += value
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  if (count === 0) return undefined
  if (method === 'mean') return sum / count
  return method === 'min' ? least : most
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
