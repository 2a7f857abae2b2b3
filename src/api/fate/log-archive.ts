/**
 * The logs of a job as files: `<role>/<party>/<LEVEL>.log` and `<role>/<party>/<component>/<LEVEL>.log`, each with
 * its level and those above it.
 * @module
 */
import type { Db } from '../../db/type.ts'
import type { Job } from '../../domain/job.ts'
import { listLog, type LogLine } from '../../domain/log.ts'
import { listTasks } from '../../domain/task.ts'
import type { TarEntry } from '../tar.ts'

interface LogFile {
  readonly path: string
  readonly level: number
  /** The tasks whose lines it has. */
  readonly tasks: ReadonlySet<string>
  size: number
}

const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR']
const PAGE = 1000
const encoder = new TextEncoder()

/**
 * The files of a job's log. Lines are read in pages, twice: a tar header tells the size before the content, and
 * the log of a long job does not fit in memory.
 */
export async function* logEntries(db: Db, job: Job): AsyncGenerator<TarEntry, void, undefined> {
  const files = await filesOf(db, job)
  const byTask = new Map<string, LogFile[]>()
  for (const file of files) {
    for (const task of file.tasks) byTask.set(task, [...(byTask.get(task) ?? []), file])
  }
  let last = 0
  for await (const line of readLines(db, { jobId: job.id, until: Infinity })) {
    last = line.id
    const { length } = toBytes(line)
    for (const file of byTask.get(line.taskId) ?? []) {
      if (levelOf(line) >= file.level) file.size += length
    }
  }
  for (const file of files) {
    yield {
      path: file.path,
      size: file.size,
      modifiedAt: job.updatedAt,
      content: contentOf(db, file, { jobId: job.id, until: last }),
    }
  }
}

async function filesOf(db: Db, job: Job): Promise<LogFile[]> {
  const tasks = await listTasks(db, job.id)
  const files = new Map<string, Set<string>>()
  for (const task of tasks) {
    const folder = `${task.role ?? 'local'}/${task.party ?? '0'}`
    for (const path of [folder, `${folder}/${task.name}`]) {
      files.set(path, (files.get(path) ?? new Set()).add(task.id))
    }
  }
  return [...files].flatMap(([folder, ids]) =>
    LEVELS.map((name, level) => ({ path: `${folder}/${name}.log`, level, tasks: ids, size: 0 })),
  )
}

async function* contentOf(
  db: Db,
  file: LogFile,
  range: { jobId: string; until: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  if (file.size === 0) return
  const taskId = file.tasks.size === 1 ? [...file.tasks][0] : undefined
  for await (const line of readLines(db, { ...range, taskId })) {
    if (file.tasks.has(line.taskId) && levelOf(line) >= file.level) yield toBytes(line)
  }
}

async function* readLines(
  db: Db,
  query: { jobId: string; taskId?: string; until: number },
): AsyncGenerator<LogLine, void, undefined> {
  let after = 0
  for (;;) {
    const page = await listLog(db, {
      jobId: query.jobId,
      taskId: query.taskId,
      after,
      limit: PAGE,
    })
    for (const line of page) {
      // Lines that came after the sizes were told do not belong to this archive.
      if (line.id > query.until) return
      yield line
      after = line.id
    }
    if (page.length < PAGE) return
  }
}

function levelOf(line: LogLine): number {
  const level = line.level.toUpperCase()
  const index = LEVELS.indexOf(level === 'WARN' ? 'WARNING' : level)
  return index < 0 ? LEVELS.indexOf('INFO') : index
}

function toBytes(line: LogLine): Uint8Array {
  return encoder.encode(
    `${new Date(line.at).toISOString()} [${LEVELS[levelOf(line)]}] ${line.text}\n`,
  )
}
