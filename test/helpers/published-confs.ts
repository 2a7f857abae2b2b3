/**
 * The DSLs and configurations that FATE published, as they lie beside a checkout on some machines: which there are, which
 * belong together, and tables of the names that they ask for.
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createRng } from '../../src/compute/ml/rng.ts'

const CONFS = fileURLToPath(new URL('../../../shared/data/fate-confs/', import.meta.url))
const TABLES = fileURLToPath(new URL('../../../shared/data/fate/', import.meta.url))

/** Whether the confs are here. */
export const hasPublishedConfs = existsSync(CONFS)

/** What one role finds under the keys of its arguments. */
export interface TableName {
  readonly namespace: string
  readonly name: string
}

/** A configuration, of version 1 or 2, as far as a test looks into it. */
export interface PublishedConf {
  readonly job_parameters: {
    readonly job_type?: string
    readonly model_id?: string
    readonly common?: { readonly job_type?: string }
  }
  readonly role: Readonly<Record<string, readonly number[]>>
  readonly role_parameters?: Readonly<
    Record<string, { args?: { data?: Record<string, TableName[]> } }>
  >
  readonly component_parameters?: unknown
}

/** A configuration and the DSL that belongs to it. */
export interface PublishedJob {
  /** The configuration's path below its release, without `_conf.json`. */
  readonly name: string
  readonly release: string
  readonly conf: PublishedConf
  /** Absent for a prediction, which needs none. */
  readonly dsl?: { readonly components: Readonly<Record<string, { readonly module: string }>> }
}

/** Every configuration of every release with the DSL of its folder whose name it begins with. */
export function publishedJobs(): readonly PublishedJob[] {
  return filesBelow(CONFS)
    .filter((path) => path.endsWith('conf.json'))
    .map((path): PublishedJob => {
      const [release, ...rest] = relative(CONFS, path).split('/')
      const stem = stemOf(path)
      const found = readdirSync(dirname(path))
        .filter((file) => file.endsWith('dsl.json') && stem.startsWith(stemOf(file)))
        .toSorted((a, b) => b.length - a.length)
      const conf = readJson<PublishedConf>(path)
      const dsl = found[0] === undefined ? undefined : join(dirname(path), found[0])
      return {
        name: join(dirname(rest.join('/')), stem),
        release,
        conf,
        ...(dsl === undefined || isPrediction(conf)
          ? {}
          : { dsl: readJson<NonNullable<PublishedJob['dsl']>>(dsl) }),
      }
    })
}

/** Requests to upload or download of every release, by path below `fate-confs`. */
export function publishedRequests(kind: 'upload' | 'download'): readonly [string, object][] {
  return filesBelow(CONFS)
    .filter((path) => basename(path).startsWith(kind))
    .map((path) => [relative(CONFS, path), readJson<object>(path)])
}

/** Whether a configuration predicts with a model. */
export function isPrediction({ job_parameters }: PublishedConf): boolean {
  return (job_parameters.job_type ?? job_parameters.common?.job_type) === 'predict'
}

/** Every table that a configuration names, with the role that reads it. */
export function tablesOf({ role_parameters = {} }: PublishedConf): (TableName & {
  readonly role: string
})[] {
  return Object.entries(role_parameters).flatMap(([role, { args }]) =>
    Object.values(args?.data ?? {})
      .flat()
      .map((table) => ({ ...table, role })),
  )
}

/**
 * CSV text for a table: the published one where it is here, else a generated one of its shape. The tables that boosted trees
 * and the pipeline of several models learn from have their first rows only, unless `WEFT_CONF_ROWS` is `all`: they are
 * trained dozens of times, and encryption takes its time for every row. Nothing else of a conf is ever changed.
 */
export function tableText(table: TableName & { readonly role: string }): string {
  const text = wholeTable(table)
  if (ROWS === 'all' || table.namespace !== 'hetero') return text
  return text
    .trimEnd()
    .split('\n')
    .slice(0, 1 + FEW_ROWS)
    .join('\n')
}

const ROWS = process.env['WEFT_CONF_ROWS']
const FEW_ROWS = 50

function wholeTable({ name, role }: TableName & { readonly role: string }): string {
  if (name.includes('vehicle')) return vehicle(role)
  if (name.includes('student')) return student(role)
  const hetero = role === 'guest' ? 'breast_b.csv' : 'breast_a.csv'
  const original = name.includes('homo') ? `breast_homo_${role}.csv` : hetero
  const named = [join(TABLES, `${name}.csv`), join(TABLES, 'v1.0.2', original)]
  return readFileSync(named.find((path) => existsSync(path)) ?? named[0], 'utf8')
}

/** Four kinds of vehicle told apart by nine columns at each side, of which only every fourth tells one from the others. */
function vehicle(role: string): string {
  const rng = createRng(role === 'guest' ? 1 : 2)
  return csv({ role, columns: 9, rows: 846 }, (row) => {
    const kind = row % 4
    const cells = Array.from({ length: 9 }, (_, at) => rng.normal() + (at % 4 === kind ? 2 : 0))
    return { label: kind, cells }
  })
}

/** A grade from 0 to 20 that columns of both sides explain: six at the guest and seven at the host. */
function student(role: string): string {
  const rng = createRng(role === 'guest' ? 3 : 4)
  const grade = createRng(5)
  const columns = role === 'guest' ? 6 : 7
  return csv({ role, columns, rows: 395 }, () => {
    const talent = grade.normal()
    const label = Math.round(Math.min(20, Math.max(0, 10 + 4 * talent)))
    return { label, cells: Array.from({ length: columns }, () => talent + rng.normal()) }
  })
}

function csv(
  { role, columns, rows: count }: { role: string; columns: number; rows: number },
  rowOf: (row: number) => { label: number; cells: number[] },
): string {
  const guest = role === 'guest'
  const names = Array.from({ length: columns }, (_, at) => `x${at}`)
  const rows = Array.from({ length: count }, (_, row) => {
    const { label, cells } = rowOf(row)
    return [row, ...(guest ? [label] : []), ...cells.map((cell) => cell.toFixed(4))].join(',')
  })
  return [['id', ...(guest ? ['y'] : []), ...names].join(','), ...rows].join('\n')
}

function stemOf(path: string): string {
  return basename(path).replace(/_(conf|dsl)\.json$/, '')
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
