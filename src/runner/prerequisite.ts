/**
 * Data and scripts that a program finds when it begins: fetched into its working directory, or linked and mounted from
 * folders of this host.
 * @module
 */
import { mkdir, realpath, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'

import type { LeasedTask, Prerequisite, PrerequisiteEntry } from '../domain/work.ts'
import { findImport } from './data/import-path.ts'
import type { FetchCache } from './prerequisite-cache.ts'
import { fetchSource } from './prerequisite-fetch.ts'
import { PrerequisiteTrouble } from './prerequisite-trouble.ts'
import { processOf, type Storage } from './process-spec.ts'
import type { AllowedHosts } from './reach.ts'

/** The folder of all of them in a working directory. */
const FOLDER = 'prerequisites'

export interface PrerequisiteOptions {
  /** What may be fetched from beside the public internet. */
  readonly allowed: AllowedHosts
  readonly importRoots: readonly string[]
  /** Of one file, and of one file of a repository. */
  readonly mostBytes: number
  /** How long one may take. */
  readonly mostMs?: number
  /** How long nothing may come. */
  readonly idleMs?: number
  /** Everything is fetched for each anew without it. */
  readonly cache?: FetchCache
}

/** A file or folder of this host that a program may read. */
export interface Given {
  readonly path: string
  /** Below its working directory. */
  readonly at: string
}

/** What a task finds when it begins. */
export interface Provision {
  readonly given: readonly Given[]
  /** Fetches the rest into a working directory that is being made. Rejects with PrerequisiteTrouble. */
  fill(draft: string): Promise<void>
}

/** Looks what a task asks for. Rejects with PrerequisiteTrouble for what is not on this host. */
export async function provide(
  task: LeasedTask,
  from: {
    readonly options: PrerequisiteOptions | undefined
    readonly storages: readonly Storage[]
    readonly signal: AbortSignal
    /** Told of what is fetched. */
    readonly tell: (note: string) => void
  },
): Promise<Provision> {
  const { prerequisites = [], container } = processOf(task)
  const { options, storages, signal, tell } = from
  const given: Given[] = []
  const fetches: ((draft: string) => Promise<void>)[] = []
  for (const one of prerequisites) {
    if (!options) throw new Error('Its runner fetches no data and scripts')
    for (const entry of one.entries) {
      const at = placeOf(one, entry)
      const source = entry.from
      if (source.kind === 'storage' || source.kind === 'path') {
        const path = await naming(one, () => find(source, { storages, options }))
        given.push({ path, at })
        continue
      }
      fetches.push((draft) =>
        naming(one, async () => {
          const shown = shownUrl(source.url)
          tell(`Fetches ${one.type} ${one.name} from ${shown}`)
          if (!/^https?:/.test(source.url))
            throw new PrerequisiteTrouble('refused', `${shown} is not allowed: use http or https`)
          const limits = { ...options, signal, shown }
          await mkdir(dirname(join(draft, at)), { recursive: true })
          await fetchSource(join(draft, at), source, limits)
        }),
      )
    }
  }
  return {
    given,
    async fill(draft) {
      if (container) for (const one of given) await holdPlace(one, draft)
      for (const fetch of fetches) await fetch(draft)
    },
  }
}

/** Where something is mounted there has to be something, which is then the program's own. */
async function holdPlace({ path, at }: Given, draft: string): Promise<void> {
  const place = join(draft, at)
  if ((await stat(path)).isDirectory()) await mkdir(place, { recursive: true })
  else {
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, '')
  }
}

/** Checked here as well: the server may be somebody else's. */
function placeOf({ type, name }: Prerequisite, entry: PrerequisiteEntry): string {
  for (const part of [type, name, entry.name])
    if (!/^[A-Za-z0-9._-]+$/.test(part) || /^\.+$/.test(part))
      throw new RangeError(`"${part}" is no name of a prerequisite`)
  return [FOLDER, type, name, entry.name].join('/')
}

async function find(
  source: Extract<PrerequisiteEntry['from'], { kind: 'storage' | 'path' }>,
  { storages, options }: { storages: readonly Storage[]; options: PrerequisiteOptions },
): Promise<string> {
  if (source.kind === 'path') {
    if (options.importRoots.length === 0)
      throw new PrerequisiteTrouble(
        'refused',
        `"${source.path}" is below no import directory, as its runner has none: set WEFT_IMPORT_ROOTS there`,
      )
    return findImport(source.path, options.importRoots).catch((error: unknown) => {
      throw new PrerequisiteTrouble('refused', (error as Error).message)
    })
  }
  const storage = storages.find(({ name }) => name === source.storage)
  if (!storage)
    throw new PrerequisiteTrouble(
      'refused',
      `its runner has no storage "${source.storage}": name it in WEFT_STORAGES there`,
    )
  const root = await realpath(storage.path).catch(() => undefined)
  const found = root && (await realpath(join(root, source.path)).catch(() => undefined))
  const where = `"${source.path}" of storage ${source.storage}`
  if (!root || !found)
    throw new PrerequisiteTrouble('refused', `${where} is not there: put it there, or mend the uri`)
  const way = relative(root, found)
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way))
    throw new PrerequisiteTrouble('refused', `${where} leads out of it: name a path inside it`)
  return found
}

/** Troubles with the name of what they are about. */
async function naming<T>({ type, name }: Prerequisite, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof PrerequisiteTrouble)) throw error
    const how = error.kind === 'refused' ? 'cannot be had' : 'could not be fetched'
    throw new PrerequisiteTrouble(
      error.kind,
      `Prerequisite ${type} ${name} ${how}: ${error.message}`,
    )
  }
}

/** An address without what may be secret in it. */
function shownUrl(text: string): string {
  const url = new URL(text)
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, 300)
}
