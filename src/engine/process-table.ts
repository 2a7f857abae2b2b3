/**
 * The processes of this host as `/proc` shows them, and which of them belong to one tree: by parent, group, session
 * and by a mark in the environment, so that a grandchild that changed all three is still found.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'

/** One process; `start` tells a number that was given again from the process that had it. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly start: string
  readonly state: string
  readonly rssPages: number
}

/** The variable that every process of a tree carries, with the id of its tree. */
export const MARK = 'WEFT_PROCESS_ID'

const PAGE = 4096
/** Old enough to be shared by the watchers of several processes, new enough for all of them. */
const MAX_AGE_MS = 50

let cached: { at: number; rows: readonly ProcessRow[] } | undefined

/** Every process that is not a zombie; `fresh` asks again even when the last look was a moment ago. */
export function listProcesses(fresh = false): readonly ProcessRow[] {
  const now = performance.now()
  if (!fresh && cached !== undefined && now - cached.at < MAX_AGE_MS) return cached.rows
  const rows = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
  cached = { at: now, rows }
  return rows
}

/** One process, or undefined when it is gone or a zombie. */
export function readProcess(pid: number): ProcessRow | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The command's name is in brackets and may hold anything, brackets too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  return {
    pid,
    state: fields[0],
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    start: fields[19],
    rssPages: Number(fields[21]),
  }
}

/** Follows one tree of processes from look to look. */
export interface TreeTracker {
  /** The living members as of now. */
  members(fresh?: boolean): readonly ProcessRow[]
}

/** Tracks the tree under `root`, all of whose members carry `mark` (`NAME=value`) unless they removed it. */
export function trackTree(root: number, mark: string): TreeTracker {
  const known = new Map<number, string>()
  const since = Number(readProcess(root)?.start ?? 0)
  return {
    members(fresh = false) {
      const rows = listProcesses(fresh)
      const members = new Map<number, ProcessRow>()
      for (const row of rows) if (known.get(row.pid) === row.start) members.set(row.pid, row)
      let before = -1
      while (before !== members.size) {
        before = members.size
        for (const row of rows) {
          if (members.has(row.pid)) continue
          const related =
            row.pid === root ||
            row.group === root ||
            row.session === root ||
            members.has(row.parent)
          if (related) members.set(row.pid, row)
        }
      }
      for (const row of rows) {
        // Nobody older than the tree is of it. Asked at every look: in the middle of an exec there is no environment.
        if (members.has(row.pid) || Number(row.start) < since) continue
        if (carries(row, mark)) members.set(row.pid, row)
      }
      for (const row of members.values()) known.set(row.pid, row.start)
      return [...members.values()]
    },
  }
}

/** The resident sizes of the processes together, in bytes. */
export function residentOf(rows: readonly ProcessRow[]): number {
  return rows.reduce((sum, row) => sum + row.rssPages * PAGE, 0)
}

/** Memory of the processes in bytes: resident, or each one's share of it when that is what decides about `limit`. */
export function memoryOf(rows: readonly ProcessRow[], limit: number): number {
  const resident = residentOf(rows)
  if (resident <= limit) return resident
  // Pages that forked processes share are counted once for each in the resident sizes.
  return rows.reduce((sum, row) => sum + (proportional(row.pid) ?? row.rssPages * PAGE), 0)
}

/** Whether the process was started with `mark` (`NAME=value`) in its environment. */
export function carries({ pid }: ProcessRow, mark: string): boolean {
  return read(`/proc/${pid}/environ`)?.split('\0').includes(mark) ?? false
}

/** Sends a signal to exactly this process; false when it is gone, or another user's by a setuid program. */
export function signal(row: ProcessRow, name: NodeJS.Signals): boolean {
  if (readProcess(row.pid)?.start !== row.start) return false
  try {
    process.kill(row.pid, name)
    return true
  } catch (error) {
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}

function proportional(pid: number): number | undefined {
  const match = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')
  return match === null ? undefined : Number(match[1]) * 1024
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    // Gone in the meantime, or another user's: no member of ours.
    return undefined
  }
}
