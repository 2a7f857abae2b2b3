/**
 * What a run writes. It sees that itself at once, everybody else when the run has ended well: until then its files lie in
 * a folder of its own. What is to be done with them is written down first, so that an end in the middle of it is made up
 * for by the next attempt, and what an attempt has done is not done again by another.
 * @module
 */
import {
  cp,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import type { Table } from '../../../flow/sql/table.ts'
import { absent } from '../../absent.ts'
import type { StatementFact, StatementRows } from '../engine.ts'
import { beside, OLD, type Place, type Places, placeOf, recover, shownFiles } from './files.ts'

/** A file that a statement writes; part of its table for the run once it is added. */
export interface Draft {
  readonly file: string
  readonly overwrite: boolean
  readonly part: string
  readonly place: Place
}

/** What a run told, which is told again by an attempt that finds it done. */
export interface Told {
  readonly statements: readonly StatementFact[]
  readonly results: readonly StatementRows[]
}

export interface Output {
  /** What an earlier attempt has done, all of which is seen then; null where this one has to do it. */
  earlier(): Promise<Told | null>
  /** The files of a table, with those of the run, in the order of their names. */
  files(table: Table): Promise<string[]>
  draft(table: Table, options: { overwrite: boolean; id: string }): Promise<Draft>
  /** Makes drafts part of their tables for the rest of the run. */
  add(drafts: readonly Draft[]): void
  /** Lets everybody see what was added. Answers what another attempt did, where one was faster. */
  commit(told: Told): Promise<Told>
  /** Removes what nobody is to see. */
  discard(): Promise<void>
}

interface Step {
  /** A file, or for `overwrite` a folder. */
  readonly from: string
  readonly to: string
  readonly overwrite: boolean
}

interface Journal extends Told {
  readonly steps: readonly Step[]
}

const PREFIX = '.weft-run-'
const JOURNAL = 'done.json'
/** Folders of runs that ended without a word are removed when nothing was written there for so long. */
const KEPT_MS = 7 * 24 * 3_600_000

export interface OutputOptions {
  readonly places: Places
  /** Names the run, for all of its attempts. */
  readonly key: string
  readonly attempt: number
  /** Moves a file or folder; for tests. */
  readonly move?: (from: string, to: string) => Promise<void>
}

/** What a run writes below its places. */
export function openOutput({ places, key, attempt, move = moved }: OutputOptions): Output {
  const name = nameOf(key)
  /** Where it is written down that the run is done: the work's own folder, or another that it may write to. */
  const home = places.folder ?? places.writable[0]
  const added: Draft[] = []
  const roots = new Set<string>()
  let count = 0

  async function read(): Promise<Journal | null> {
    if (home === undefined) return null
    const text = await readFile(join(home, name, JOURNAL), 'utf8').catch(absent)
    return text === undefined ? null : (JSON.parse(text) as Journal)
  }

  /** Does what is written down; what of it is done already is left alone. */
  async function finish({ steps }: Journal): Promise<void> {
    for (const step of steps) {
      if (step.overwrite) await replace(step, { id: basename(name), move })
      else if (await isThere(step.from)) {
        await mkdir(dirname(step.to), { recursive: true })
        await move(step.from, step.to)
      }
    }
  }

  /** Where an attempt keeps its files below a folder. */
  const staging = (root: string) => join(root, name, String(attempt))

  return {
    async earlier() {
      if (home !== undefined) await sweep(home)
      const journal = await read()
      if (journal) await finish(journal)
      return journal
    },
    async files(table) {
      const place = await placeOf(table, places, 'read')
      const replaced = added.filter(({ overwrite }) => overwrite).map((draft) => draft.place.path)
      const own = seen(added).filter(({ target }) => isIn(place.path, target))
      const found = await shownFiles(place.path)
      if (found === null && own.length === 0)
        throw new Error(`The path "${table.path}" of table ${table.name} is not there`)
      const others = (found ?? [])
        .filter((file) => !replaced.some((path) => isIn(path, file)))
        .map((file) => ({ file, target: file }))
      return [...others, ...own]
        .toSorted((a, b) => (a.target < b.target ? -1 : 1))
        .map(({ file }) => file)
    },
    async draft(table, { overwrite, id }) {
      const place = await placeOf(table, places, 'write')
      await recover(place.path)
      const found = await stat(place.path).catch(() => undefined)
      if (found && !found.isDirectory())
        throw new Error(`The path "${table.path}" of table ${table.name} is a file: name a folder`)
      const folder = join(staging(place.root), String((count += 1)))
      await mkdir(folder, { recursive: true })
      roots.add(place.root)
      const part = `part-${id}.${table.format}`
      return { file: join(folder, part), overwrite, part, place }
    },
    add: (drafts) => void added.push(...drafts),
    async commit(told) {
      if (added.length === 0 || home === undefined) return told
      const steps = added.map(({ file, overwrite, part, place }) =>
        overwrite
          ? { from: dirname(file), to: place.path, overwrite }
          : { from: file, to: join(place.path, part), overwrite },
      )
      const folder = join(home, name)
      await mkdir(staging(home), { recursive: true })
      const draft = join(staging(home), JOURNAL)
      await writeFile(draft, JSON.stringify({ ...told, steps } satisfies Journal), { flush: true })
      // A link is made by one attempt only, and is whole as soon as it is there.
      await link(draft, join(folder, JOURNAL)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      const journal = await read()
      if (!journal) throw new Error(`${folder} was removed while the run wrote to it`)
      await finish(journal)
      return journal
    },
    async discard() {
      for (const root of new Set([...roots, ...(home === undefined ? [] : [home])])) {
        await rm(staging(root), { recursive: true, force: true })
        // It stays where it says that the run is done, or another attempt has something there.
        await rmdir(join(root, name)).catch(() => undefined)
      }
    },
  }
}

/** Forgets that a run is done, once nobody will ask again. */
export async function forgetOutput(folder: string | null, key: string): Promise<void> {
  if (folder !== null) await rm(join(folder, nameOf(key)), { recursive: true, force: true })
}

function nameOf(key: string): string {
  return `${PREFIX}${key.replaceAll(/[^\w-]/g, '_')}`
}

/** The files that drafts make up, the later over the earlier, and where each will lie. */
function seen(drafts: readonly Draft[]): { file: string; target: string }[] {
  let files: { file: string; target: string }[] = []
  for (const { file, overwrite, part, place } of drafts) {
    if (overwrite) files = files.filter(({ target }) => !isIn(place.path, target))
    files.push({ file, target: join(place.path, part) })
  }
  return files
}

/** Puts a folder in the place of another, which is there as long as the new one is not. */
async function replace(
  { from, to }: Step,
  { id, move }: { id: string; move: (from: string, to: string) => Promise<void> },
): Promise<void> {
  const old = beside(to, `${OLD}${id}`)
  // Somebody who reads meanwhile may put the old one back, as after an end between the two moves.
  for (let attempt = 0; (await isThere(from)) && attempt < 10; attempt += 1) {
    if (await isThere(to)) {
      await rm(old, { recursive: true, force: true })
      await move(to, old)
    }
    await mkdir(dirname(to), { recursive: true })
    await move(from, to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  }
  if (await isThere(from)) throw new Error(`"${to}" is replaced by others all the time`)
  await rm(old, { recursive: true, force: true })
}

/** Moves, also to where something else is mounted. */
async function moved(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    const near = beside(to, 'move')
    await rm(near, { recursive: true, force: true })
    await cp(from, near, { recursive: true })
    await rename(near, to)
    await rm(from, { recursive: true, force: true })
  }
}

async function sweep(home: string): Promise<void> {
  for (const entry of await readdir(home).catch(() => [])) {
    if (!entry.startsWith(PREFIX)) continue
    const folder = join(home, entry)
    const inside = await readdir(folder, { recursive: true }).catch(() => [])
    const times = await Promise.all(
      ['.', ...inside].map(
        async (path) => (await stat(join(folder, path)).catch(() => null))?.mtimeMs,
      ),
    )
    const newest = Math.max(...times.map((time) => time ?? 0))
    if (newest < Date.now() - KEPT_MS) await rm(folder, { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** Whether a path is another, or below it. */
function isIn(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}
