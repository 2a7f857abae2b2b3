/**
 * Which processes a runner has started on this host, in a folder that outlives it: the next runner ends what one that
 * was killed has left behind.
 *
 * A process is known by the random id in its environment, never by its number, which may be somebody else's by now.
 * @module
 */
import { mkdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'

import {
  carries,
  listProcesses,
  MARK,
  type ProcessRow,
  readProcess,
  signal,
} from './process-table.ts'

/** What is noted of one process. */
export interface JournalEntry {
  readonly id: string
  /** Its control group. */
  readonly control: string | null
  /** A folder that goes with it. */
  readonly folder: string | null
}

/** A folder of notes. */
export interface Journal {
  add(entry: JournalEntry): void
  remove(id: string): void
  /** Ends what runners that are gone have left, with its groups and folders; answers how many processes that were. */
  sweep(): Promise<number>
}

/** An entry and who made it: one runner of one start of one host. */
interface Note extends JournalEntry {
  readonly host: string
  readonly boot: string
  readonly pid: number
  readonly start: string
}

/** The journal in `folder`, which several runners may share. */
export function openJournal(folder: string): Journal {
  const self = {
    host: hostname(),
    boot: bootOf(),
    pid: process.pid,
    start: readProcess(process.pid)?.start ?? '',
  }
  const pathOf = (id: string): string => join(folder, `${id}.json`)

  return {
    add(entry) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(pathOf(entry.id), JSON.stringify({ ...entry, ...self }), { mode: 0o600 })
    },
    remove(id) {
      rmSync(pathOf(id), { force: true })
    },
    async sweep() {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      let ended = 0
      for (const name of await readdir(folder)) {
        if (!/^[0-9a-f-]{36}\.json$/.test(name)) continue
        const path = join(folder, name)
        const note = parse(await readFile(path, 'utf8'))
        // Another host's processes are nobody's here, and a runner that lives looks after its own.
        if (note && (note.host !== self.host || isAlive(note, self.boot))) continue
        if (note && note.boot === self.boot && note.id === basename(name, '.json')) {
          ended += await endMarked(note)
        }
        if (note?.folder && basename(note.folder).startsWith('weft-script-'))
          await rm(note.folder, { recursive: true, force: true })
        await rm(path, { force: true })
      }
      return ended
    },
  }
}

/** Numbers of processes are told apart by the start of the system and the namespace that gave them. */
function bootOf(): string {
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
}

function isAlive(note: Note, boot: string): boolean {
  return note.boot === boot && readProcess(note.pid)?.start === note.start
}

/** A note, or undefined where the runner was killed while it wrote: its process was then not yet started. */
function parse(text: string): Note | undefined {
  try {
    return JSON.parse(text) as Note
  } catch {
    return undefined
  }
}

async function endMarked({ id, control }: Note): Promise<number> {
  const group = control !== null && basename(control) === `weft-${id}` ? control : undefined
  const seen = new Set<string>()
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    const rows = [...members(`${MARK}=${id}`, group)]
    const signaled = rows.filter((row) => signal(row, 'SIGKILL'))
    for (const row of signaled) seen.add(`${row.pid} ${row.start}`)
    if (signaled.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  if (group !== undefined) remove(group)
  return seen.size
}

/** Who carries the mark, who is in the group, and all below and in the sessions of these. */
function members(mark: string, group: string | undefined): Iterable<ProcessRow> {
  const rows = listProcesses(true)
  const pids = new Set(group === undefined ? [] : pidsOf(group))
  const own = new Map(
    rows
      .filter((row) => pids.has(row.pid) || carries(row, mark))
      .map((row) => [row.pid, row] as const),
  )
  const sessions = new Set([...own.values()].map((row) => row.session))
  // Every process has been given a session of its own; were it not so, the runner's must not be touched.
  sessions.delete(readProcess(process.pid)?.session ?? 0)
  sessions.delete(0)
  for (let before = -1; before !== own.size;) {
    before = own.size
    for (const row of rows)
      if (own.has(row.parent) || sessions.has(row.session)) own.set(row.pid, row)
  }
  return own.values()
}

function pidsOf(group: string): number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  } catch {
    return [] // It is gone with its last process.
  }
}

function remove(group: string): void {
  try {
    rmdirSync(group)
  } catch {
    // Gone already, or a member that may not be ended holds it.
  }
}
