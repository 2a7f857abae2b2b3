/**
 * `algorithmParams` of a training: what a client sent, checked against the table of its algorithm.
 * @module
 */
import { invalid } from '../../domain/error.ts'
import { type AlgorithmName, type AlgorithmParam, algorithmParams } from './algorithms.ts'

/** A value as it is meant: a number, a word of the table, or several. */
export type ParamValue = number | string | string[]

export interface ReadParams {
  /** Every field of the table, those that were not sent at their default. */
  readonly values: Readonly<Record<string, ParamValue>>
  /** The column of the label, where one was named. */
  readonly label: string | null
  /** Sent and unknown to the algorithm: without effect. */
  readonly unknown: readonly string[]
}

/** Fields that are no parameters of algorithms. */
const LABEL = 'label'

/**
 * Reads parameters; names may differ in capitals and underscores, as those of versions do, and numbers may be texts.
 * Throws an error that names the field and what was expected.
 */
export function readParams(
  algorithm: AlgorithmName,
  sent: readonly { readonly field: string; readonly value?: unknown }[],
): ReadParams {
  const table = algorithmParams(algorithm)
  const values: Record<string, ParamValue> = {}
  for (const param of table) values[param.field] = defaultOf(param)
  const unknown: string[] = []
  let label: string | null = null
  for (const { field, value } of sent) {
    if (field === LABEL) {
      label = readLabel(value)
      continue
    }
    const param = table.find((one) => fold(one.field) === fold(field))
    if (!param) unknown.push(field)
    else if (!isAbsent(value)) values[param.field] = READ[param.type](param, value)
  }
  return { values, label, unknown }
}

/** The names in a parameter of several columns, separated by commas; the words that the original has for none are none. */
export function categoryNames(text: string): string[] {
  const plain = text.replaceAll(/[[\]"\s]/g, '')
  return ['', 'null', 'none'].includes(plain.toLowerCase()) ? [] : plain.split(',').filter(Boolean)
}

const READ: Readonly<
  Record<AlgorithmParam['type'], (param: AlgorithmParam, value: unknown) => ParamValue>
> = {
  NUMS: readNumber,
  STRING: readWord,
  MULTI: readWords,
}

function defaultOf(param: AlgorithmParam): ParamValue {
  return param.type === 'MULTI' ? [String(param.defaultValue)] : param.defaultValue
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

function readNumber({ field, describe: bounds }: AlgorithmParam, value: unknown): number {
  const number = typeof value === 'string' ? Number(value.trim()) : value
  const [low, high] = bounds.map(Number)
  if (typeof number === 'number' && number >= low && number <= high) return number
  throw invalid(
    `algorithmParams: ${field} is ${show(value)}, expected a number from ${bounds[0]} to ${bounds[1]}`,
  )
}

function readWord({ field, describe: words }: AlgorithmParam, value: unknown): string {
  const text = textOf(value)
  // Without a list of words it is free text.
  if (text !== undefined && words.length === 0) return text
  const word = text === undefined ? undefined : words.find((one) => fold(one) === fold(text))
  if (word !== undefined) return word
  throw invalid(`algorithmParams: ${field} is ${show(value)}, expected ${words.join(' or ')}`)
}

function readWords(param: AlgorithmParam, value: unknown): string[] {
  const list = Array.isArray(value)
    ? value
    : (textOf(value)
        ?.replaceAll(/[[\]"\s]/g, '')
        .split(',') ?? [value])
  const words = list.filter((one) => !isAbsent(one)).map((one) => readWord(param, one))
  return words.length > 0 ? [...new Set(words)] : (defaultOf(param) as string[])
}

function readLabel(value: unknown): string {
  const text = textOf(value)
  if (text !== undefined && text !== '') return text
  throw invalid(
    `algorithmParams: label is ${show(value)}, expected the name of the column of labels`,
  )
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

/** A name without what versions spell differently. */
function fold(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'not given').slice(0, 60)
}
