/**
 * What automatic tuning looks for: which parameters of an algorithm's table, and in which ranges.
 * @module
 */
import { invalid } from '../../domain/error.ts'
import { drawSets, type Range } from '../../flow/search-range.ts'
import { type AlgorithmName, type AlgorithmParam, algorithmParams } from './algorithms.ts'
import type { ParamValue, ReadParams } from './params.ts'

/** Parameters that say how much work a training is; a search begins with a part of it. */
const EFFORT = [
  'numBoostRound',
  'maxTreeNum',
  'numTrees',
  'maxEpoch',
  'maxIter',
  'numRound',
  'num_epochs',
]

/** How much work it is where the caller does not say, as the defaults of some tables are a single round. */
const LEAST_EFFORT = 18

/** Words that are a matter of how good a model is, and not of what it is for; others are searched where asked for. */
const WORDS = new Set(['optimizer', 'regularization', 'firstRoundPred', 'normalizationType'])

/** Numbers that are searched where a caller asks for it: they mostly say how long to go on, or what is drawn. */
const ASKED = new Set([
  'minLoss',
  'scalePosWeight',
  'earlyStoppingRound',
  'earlyStoppingRounds',
  'seed',
  'randomSeed',
  'numClients',
  'batchSize',
])

/** Words that never are: what is promised of labels, how safe keys are, and what changes no model. */
const FIXED_WORDS = new Set(['useDP', 'bitLength', 'encryptionType', 'maximize'])

/** Numbers that never are: what labels are, what is promised of them, and which rows rank the trials. */
const FIXED = new Set(['numClass', 'randomizedResponseProbability', 'dpEpsilon', 'crossValidation'])

/** Parameters of which 0 means none, and that matter by their order of magnitude. */
const BY_MAGNITUDE = new Set(['eta', 'lambda', 'minLoss'])

/** Whole numbers that do too. */
const COUNTS = new Set(['batch_size', 'batchSize', 'maxTreeSamples'])

/** Numbers that have no order. */
const SEEDS = new Set(['seed', 'randomSeed'])

/** A range that a caller wants, as tables have them; an empty one is the table's. */
export interface WantedRange {
  readonly field: string
  readonly describe: readonly (string | number | boolean)[]
}

export interface SearchSpace {
  readonly ranges: Readonly<Record<string, Range>>
  /** Null for an algorithm that has no such parameter. */
  readonly effort: { readonly param: string; readonly values: readonly number[] } | null
}

/** The space of an algorithm: all that `sent` does not fix. Throws where nothing is left, or a range lies outside. */
export function searchSpace(
  algorithm: AlgorithmName,
  around: {
    readonly read: ReadParams
    readonly sent: readonly string[]
    readonly wanted: readonly WantedRange[]
  },
): SearchSpace {
  const table = algorithmParams(algorithm)
  const sent = new Set(around.sent.map(fold))
  const ranges: Record<string, Range> = {}
  for (const { field } of around.wanted) {
    const param = table.find((one) => fold(one.field) === fold(field))
    if (param && (rangeOf(param) || askedRange(param) || EFFORT.includes(param.field))) continue
    throw invalid(`ranges: ${field} is no parameter of ${algorithm} that is searched`)
  }
  for (const param of table) {
    const wanted = around.wanted.find(({ field }) => fold(field) === fold(param.field))
    const own = rangeOf(param) ?? (wanted && askedRange(param))
    if (!own || (sent.has(fold(param.field)) && !wanted)) continue
    ranges[param.field] = wanted ? narrowed(param, { own, wanted }) : own
  }
  if (Object.keys(ranges).length === 0) {
    throw invalid('algorithmParams fixes every parameter: leave out those that are to be searched')
  }
  const param = table.find(({ field }) => EFFORT.includes(field))
  return { ranges, effort: param ? effortOf(param, { ...around, sent }) : null }
}

/** A parameter that is searched, with its whole range. */
interface SearchedParam {
  readonly param: AlgorithmParam
  readonly range: Range
  /** Whether it is only where a caller names what to choose from. */
  readonly asked: boolean
}

/** The parameters of an algorithm that are searched: where nobody fixes them, and the words that are where asked for. */
export function searchedParams(algorithm: AlgorithmName): readonly SearchedParam[] {
  return algorithmParams(algorithm).flatMap((param): SearchedParam[] => {
    const range = rangeOf(param)
    if (range) return [{ param, range, asked: false }]
    const words = askedWords(param)
    return words ? [{ param, range: words, asked: true }] : []
  })
}

/** The parameter that says how much work a training is, with how much the longest trials do where nobody says. */
export function effortParam(
  algorithm: AlgorithmName,
): { readonly field: string; readonly value: number } | undefined {
  const param = algorithmParams(algorithm).find(({ field }) => EFFORT.includes(field))
  if (!param) return undefined
  const high = Number(param.describe[1])
  return {
    field: param.field,
    value: Math.min(high, Math.max(Number(param.defaultValue), LEAST_EFFORT)),
  }
}

/** `count` sets of values, the same for the same seed; the first one is the caller's own, as far as it can be. */
export function drawCandidates(
  { ranges }: SearchSpace,
  { count, seed, values }: { count: number; seed: number; values: ReadParams['values'] },
): Record<string, ParamValue>[] {
  const kept = Object.entries(ranges).filter(([field, range]) => isIn(range, values[field]))
  const own = Object.fromEntries(kept.map(([field]) => [field, values[field]]))
  return drawSets(ranges, { count, seed }).map((drawn, at) =>
    at === 0 ? { ...values, ...drawn, ...own } : { ...values, ...drawn },
  )
}

function rangeOf(param: AlgorithmParam): Range | undefined {
  const { field, type, describe } = param
  if (type === 'STRING') return WORDS.has(field) ? { type: 'word', words: describe } : undefined
  const isSearched = ![...FIXED, ...ASKED, ...EFFORT].includes(field)
  return type === 'NUMS' && isSearched ? numbersOf(param) : undefined
}

/** The range of a parameter that is searched where a caller asks for it. */
function askedRange(param: AlgorithmParam): Range | undefined {
  return ASKED.has(param.field) ? numbersOf(param) : askedWords(param)
}

/** The choices of a parameter that says what a model is for, or how it begins. */
function askedWords({ field, type, describe }: AlgorithmParam): Range | undefined {
  if (type !== 'STRING' || describe.length === 0 || FIXED_WORDS.has(field)) return undefined
  return { type: 'word', words: describe }
}

function numbersOf({ field, describe }: AlgorithmParam): Range {
  const [low, high] = describe.map(Number)
  const whole = high - low >= 9 && describe.every((bound) => /^-?\d+$/.test(bound))
  const isWide = low > 0 && high / low >= 1000 && !SEEDS.has(field)
  const log = BY_MAGNITUDE.has(field) || COUNTS.has(field) || isWide
  // Values that turn something off are the caller's to choose.
  const least = low > 0 ? low : log ? high / 10_000 : whole ? Math.max(1, low) : low
  return { type: 'number', low: least, high, log, whole: whole && (!log || COUNTS.has(field)) }
}

function narrowed(
  { field, describe }: AlgorithmParam,
  { own, wanted }: { own: Range; wanted: WantedRange },
): Range {
  if (wanted.describe.length === 0) return own
  if (own.type === 'word') {
    return { ...own, words: wanted.describe.map((one) => choiceOf(field, own.words, one)) }
  }
  const [low, high] = wanted.describe.map(Number)
  const [least, most] = describe.map(Number)
  const fits = wanted.describe.length === 2 && low <= high && low >= least && high <= most
  if (!fits || (own.whole && Math.ceil(low) > Math.floor(high))) {
    throw invalid(`ranges: ${field} has to lie within ${describe.join(', ')}`)
  }
  return { ...own, low, high, log: own.log && low > 0 }
}

/** The word of the table that a caller means, however it is written. */
function choiceOf(
  field: string,
  words: readonly string[],
  wanted: string | number | boolean,
): string {
  const word = words.find((one) => fold(one) === fold(String(wanted).trim()))
  if (word !== undefined) return word
  throw invalid(
    `ranges: ${field} has no choice ${JSON.stringify(wanted)}: expected ${words.join(', ')}`,
  )
}

/** A ninth, a third and all of the work, or three steps through the range that a caller wants, as far as these differ. */
function effortOf(
  param: AlgorithmParam,
  around: {
    readonly read: ReadParams
    readonly sent: ReadonlySet<string>
    readonly wanted: readonly WantedRange[]
  },
): SearchSpace['effort'] {
  const { field, describe } = param
  const [low, high] = describe.map(Number)
  const wanted = around.wanted.find((one) => fold(one.field) === fold(field))
  const own = Number(around.read.values[field])
  const most = Math.min(high, around.sent.has(fold(field)) ? own : Math.max(own, LEAST_EFFORT))
  const values = wanted
    ? stepsThrough(narrowed(param, { own: numbersOf(param), wanted }))
    : [9, 3, 1].map((part) => Math.max(low, Math.round(most / part)))
  return { param: field, values: [...new Set(values)] }
}

function stepsThrough(range: Range): number[] {
  if (range.type === 'word') return []
  const [low, high] = [Math.ceil(range.low), Math.floor(range.high)]
  return [low, Math.round(Math.sqrt(low * high)), high]
}

function isIn(range: Range, value: ParamValue): boolean {
  if (range.type === 'word') return typeof value === 'string' && range.words.includes(value)
  return typeof value === 'number' && value >= range.low && value <= range.high
}

function fold(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}
