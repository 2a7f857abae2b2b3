/**
 * Fetches what a program is to find, or takes what was fetched before where that is the same: by its sum, its commit, or
 * what the server says of it.
 * @module
 */
import type { PrerequisiteEntry } from '../domain/work.ts'
import type { FetchCache, KnownFile } from './prerequisite-cache.ts'
import { nameOf } from './prerequisite-cache.ts'
import { cloneInto } from './prerequisite-git.ts'
import { fetchInto } from './prerequisite-http.ts'
import type { FetchLimits } from './prerequisite-trouble.ts'

type Fetched = Extract<PrerequisiteEntry['from'], { kind: 'http' | 'git' }>

/** Puts it there, into what is new. Rejects with PrerequisiteTrouble. */
export async function fetchSource(
  path: string,
  source: Fetched,
  { cache, ...limits }: FetchLimits & { readonly cache?: FetchCache },
): Promise<void> {
  if (source.kind === 'git') return cloneInto(path, source, { ...limits, cache })
  if (cache === undefined) {
    await fetchInto(path, source, limits)
    return
  }
  // The whole address, with what logs in: who may not ask its server gets nothing that others fetched.
  const name = nameOf('http', source.url, source.sha256 ?? '')
  await cache.afterOthers(name, limits.signal, () =>
    fetchKnowing(path, source, { ...limits, cache, name }),
  )
}

async function fetchKnowing(
  path: string,
  source: Extract<Fetched, { kind: 'http' }>,
  { cache, name, ...limits }: FetchLimits & { readonly cache: FetchCache; readonly name: string },
): Promise<void> {
  const noted = await cache.known(name)
  const known = noted && noted.bytes <= limits.mostBytes ? noted : undefined
  const take = (file: KnownFile) => cache.takeFile(file, path)
  if (known && source.sha256 === known.sha256 && (await take(known))) return
  let got = await fetchInto(path, source, { ...limits, known })
  if (got.type === 'same') {
    if (known && (await take(known))) return
    // It was known and is not there any more.
    got = await fetchInto(path, source, limits)
  }
  if (got.type === 'received' && got.keep) await cache.keepFile(name, got.keep, path)
}
