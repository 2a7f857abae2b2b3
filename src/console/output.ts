/**
 * Tables that components left: which there are, where their rows lie, and their rows as CSV.
 * @module
 */
import type { JobSnapshot } from '../../views/job/detail.tsx'
import { byRole } from '../../views/job/task-words.ts'
import type { OutputPlace } from '../api/deps.ts'
import type { Artifact } from '../domain/artifact.ts'
import { type Catalog, outputName } from '../domain/catalog.ts'
import type { Job } from '../domain/job.ts'
import type { Task } from '../domain/task.ts'

/** A table and the task that made it. */
export interface OutputTable {
  readonly task: Task
  readonly artifact: Artifact
  readonly header: readonly string[]
}

/** The tables of a component, party by party. */
export function outputTables(
  { tasks, artifacts }: Pick<JobSnapshot, 'tasks' | 'artifacts'>,
  name: string,
): OutputTable[] {
  return byRole(tasks.filter((task) => task.name === name)).flatMap((task) =>
    artifacts
      .filter(({ taskId, kind }) => kind === 'table' && taskId === task.id)
      .map((artifact) => ({ task, artifact, header: headerOf(artifact) })),
  )
}

/** The rows that the server keeps of a table, or undefined where its party keeps them to itself. */
export function previewRows({ preview }: Artifact): readonly (readonly unknown[])[] | undefined {
  return Array.isArray(preview) && preview.every((row) => Array.isArray(row)) ? preview : undefined
}

/** Where all rows lie, or undefined where nobody told. It is worked out here: a runner's word is only a word. */
export function placeOf(
  catalog: Catalog,
  { job, table }: { job: Job; table: OutputTable },
): OutputPlace | undefined {
  const { task, artifact } = table
  if (artifact.site === null || task.role === null || task.party === null) return undefined
  if (task.spec.type !== 'component') return undefined
  return {
    site: artifact.site,
    jobId: job.id,
    role: task.role,
    party: task.party,
    node: task.name,
    ...outputName(catalog, { module: task.spec.module, name: artifact.name }),
  }
}

/** Rows as CSV (RFC 4180), each with a line end. */
export function toCsv(rows: readonly (readonly unknown[])[]): string {
  return rows.map((row) => `${row.map(toField).join(',')}\n`).join('')
}

function toField(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function headerOf({ summary, preview }: Artifact): string[] {
  const rows: readonly unknown[] = Array.isArray(preview) ? preview : []
  const width = Math.max(0, ...rows.map((row) => (Array.isArray(row) ? row.length : 0)))
  const names = Array.isArray(summary['header']) ? summary['header'].map(String) : []
  return Array.from(
    { length: Math.max(width, names.length) },
    (_, index) => names[index] ?? `column ${index + 1}`,
  )
}
