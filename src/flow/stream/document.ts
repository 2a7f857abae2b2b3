/**
 * The description of a flow: an object, or the text of one in JSON or TOML.
 * @module
 */
import { parse as parseToml, TomlError } from 'smol-toml'

import { type FlowProblem, problem } from './problem.ts'

/** A description, read; every setting is a text as in the original. */
export interface FlowDocument {
  readonly name: string
  readonly description: string
  /** The DOT text; null where `graphconffilepath` names a file of the runner's host instead. */
  readonly graphconf: string | null
  readonly graphFile: string | null
  readonly strict: boolean
  /** Folders in which units are looked for. */
  readonly driverDirs: readonly string[]
  /** Defaults of `$name` in attributes. */
  readonly args: Readonly<Record<string, string>>
  /** Calls of its nodes are noted, to be looked at afterwards. */
  readonly trace: boolean
  /** Asked for: a trace by sessions, which there is not. */
  readonly session: boolean
  /** Its use of cores and memory, and the figures of its nodes, are noted. */
  readonly performance: boolean
  /** The folder in which what is noted is written; empty for none. */
  readonly profileDir: string
  readonly logLevel: string | null
}

type Table = Record<string, unknown>

/** Reads a description, or says all that is wrong with it. */
export function readDocument(
  source: unknown,
  format: 'json' | 'toml' = 'json',
): { readonly document: FlowDocument } | { readonly problems: readonly FlowProblem[] } {
  const parsed = typeof source === 'string' ? fromText(source, format) : { table: source }
  if ('problem' in parsed) return { problems: [parsed.problem] }
  const { table } = parsed
  if (!isTable(table) || Object.keys(table).length === 0)
    return { problems: [problem('STATUS_FAULT', ['Flow not initialized.'])] }
  return fromTable(table)
}

function fromText(
  text: string,
  format: 'json' | 'toml',
): { table: unknown } | { problem: FlowProblem } {
  const asJson = format === 'json' && text.trimStart().startsWith('{')
  try {
    return { table: asJson ? JSON.parse(text) : parseToml(text) }
  } catch (error) {
    const place = error instanceof TomlError ? { line: error.line, column: error.column } : null
    const [detail] = (error instanceof Error ? error.message : String(error)).split('\n')
    const message = `Load config file failed, detail: ${detail}`
    return { problem: problem('STATUS_BADCONF', [message], { place }) }
  }
}

function fromTable(
  table: Table,
): { readonly document: FlowDocument } | { readonly problems: readonly FlowProblem[] } {
  const problems: FlowProblem[] = []
  const section = (name: string): Table => {
    const value = table[name]
    if (value === undefined || value === null) return {}
    if (isTable(value)) return value
    problems.push(problem('STATUS_BADCONF', [`[${name}] is to be a table`]))
    return {}
  }
  const graph = section('graph')
  const flow = section('flow')
  const driver = section('driver')
  const profile = section('profile')
  if (!flag(flow['enable'], true))
    problems.push(problem('STATUS_PERMIT', ['flow is disabled: set flow.enable to true']))
  const format = text(graph['format'])
  if (format === '') problems.push(problem('STATUS_BADCONF', ['graph.format is empty']))
  else if (format !== 'graphviz')
    problems.push(
      problem('STATUS_NOTSUPPORT', ['Graph format not supported, support type:graphviz']),
    )
  const conf = graph['graphconf']
  const lines = Array.isArray(conf) ? conf.map((line) => text(line)).join('\n') : text(conf)
  const file = text(graph['graphconffilepath'])
  if (lines === '' && file === '')
    problems.push(problem('STATUS_NOTFOUND', ['graph config path is null.']))
  if (problems.length > 0) return { problems }
  const dirs = driver['dir']
  const args = Object.entries(section('args')).map(([name, value]) => [
    name,
    text(isTable(value) ? value['default'] : value),
  ])
  return {
    document: {
      name: text(flow['name']),
      description: text(flow['desc']),
      graphconf: lines === '' ? null : lines,
      graphFile: lines === '' ? file : null,
      strict: flag(graph['strict'], true),
      driverDirs: (Array.isArray(dirs) ? dirs : [dirs]).map(text).filter((dir) => dir !== ''),
      args: Object.fromEntries(args),
      trace: flag(profile['trace'], false),
      session: flag(profile['session'], false),
      performance: flag(profile['performance'] ?? profile['profile'], false),
      profileDir: text(profile['dir']).trim(),
      logLevel: text(section('log')['level']) || null,
    },
  }
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A setting as a text; nothing where it is none. */
function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : ''
}

/** Switches are often written as texts. */
function flag(value: unknown, fallback: boolean): boolean {
  const word = text(value).trim().toLowerCase()
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : fallback
}
