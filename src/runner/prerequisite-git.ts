/**
 * Fetches one commit of a git repository through the program `git`, which asks nobody anything, reads no configuration of
 * this host, and connects to the address that was looked at.
 * @module
 */
import { spawn } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { mkdir, rm } from 'node:fs/promises'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { type FetchCache, nameOf } from './prerequisite-cache.ts'
import { type FetchLimits, MOST_MS, PrerequisiteTrouble } from './prerequisite-trouble.ts'
import { UnreachableHost, wayTo } from './reach.ts'

/** From this version on it can be told which address a host has. */
const LEAST_VERSION = [2, 37] as const
/** What it says where another try would not help. */
const REFUSED =
  /not found|could not read Username|Authentication failed|couldn't find remote ref|not our ref|unadvertised object|returned error: (?:3\d\d|4(?!08|29)\d\d)|not a valid object name|File size limit exceeded|certificate/i

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * Fetches a repository as it is at that ref into a new folder, or takes it from the cache, which may have the commit.
 * Rejects with PrerequisiteTrouble.
 */
export async function cloneInto(
  folder: string,
  source: { readonly url: string; readonly ref?: string },
  { cache, ...limits }: FetchLimits & { readonly cache?: FetchCache },
): Promise<void> {
  const { shown, signal, mostMs = MOST_MS } = limits
  const late = AbortSignal.timeout(mostMs)
  const ended = { ...limits, signal: AbortSignal.any([signal, late]) }
  try {
    requireVersion(await run(['--version'], ended))
    const clone = cloning(folder, source, ended)
    await clone.begin()
    const commit = cache && (await clone.commit())
    const name = nameOf('git', source.url, commit ?? '')
    const fetched =
      cache && commit !== undefined
        ? await cache.afterOthers(name, ended.signal, () => obtain(clone, { cache, name, commit }))
        : await clone.fetch()
    await clone.checkOut(fetched)
  } catch (error) {
    signal.throwIfAborted()
    if (late.aborted)
      throw new PrerequisiteTrouble('away', `${shown} took more than ${mostMs / 1000} s`, error)
    if (error instanceof PrerequisiteTrouble) throw error
    const { message, code } = error as NodeJS.ErrnoException
    const refused = error instanceof UnreachableHost || code === 'ENOTFOUND'
    throw new PrerequisiteTrouble(refused ? 'refused' : 'away', `${shown}: ${message}`, error)
  }
}

/** From the cache, or for it; the commit that is there now. */
async function obtain(
  clone: Clone,
  { cache, name, commit }: { cache: FetchCache; name: string; commit: string },
): Promise<string> {
  await clone.clear()
  if (await cache.takeRepository(name, clone.own)) {
    if (await clone.isWhole()) return commit
    await cache.dropRepository(name)
    await clone.clear()
  }
  await clone.begin()
  // It may have moved on meanwhile.
  const fetched = await clone.fetch()
  if (fetched === commit) await cache.keepRepository(name, clone.own)
  return fetched
}

interface Clone {
  /** Git's own folder in it. */
  readonly own: string
  begin(): Promise<void>
  clear(): Promise<void>
  /** What the ref stands for at its server; undefined where that does not say. */
  commit(): Promise<string | undefined>
  /** What it has fetched. */
  fetch(): Promise<string>
  checkOut(commit: string): Promise<void>
  /** Whether everything is what its name says. */
  isWhole(): Promise<boolean>
}

function cloning(
  folder: string,
  { url, ref = 'HEAD' }: { readonly url: string; readonly ref?: string },
  limits: FetchLimits,
): Clone {
  const git = (args: readonly string[]) => run(['-C', folder, ...args], limits)
  const own = join(folder, '.git')
  return {
    own,
    async begin() {
      await mkdir(folder, { recursive: true })
      await git(['init', '-q'])
    },
    clear: () => rm(own, { recursive: true, force: true }),
    async commit() {
      if (COMMIT.test(ref)) return ref
      const pin = await pinned(new URL(url), limits)
      const lines = (await git([...pin, 'ls-remote', '-q', '--', url, ref])).split('\n')
      const there = new Map(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line]))
      // The order in which git understands a short name.
      return ['', 'refs/', 'refs/tags/', 'refs/heads/']
        .flatMap((start) => there.get(`${start}${ref}`)?.split('\t')[0] ?? [])
        .at(0)
    },
    async fetch() {
      const pin = await pinned(new URL(url), limits)
      const shallow = ['--depth=1', '--no-tags', '--no-recurse-submodules', '-q']
      await git([...pin, 'fetch', ...shallow, '--', url, ref])
      return (await git(['rev-parse', 'FETCH_HEAD'])).trim()
    },
    async checkOut(commit) {
      await git(['checkout', '-q', '--detach', commit])
    },
    async isWhole() {
      try {
        await git(['fsck', '--full', '--no-dangling', '--no-progress'])
        return true
      } catch {
        limits.signal.throwIfAborted()
        return false
      }
    },
  }
}

function requireVersion(said: string): void {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(said) ?? []).map(Number)
  const [least, lesser] = LEAST_VERSION
  if (major > least || (major === least && minor >= lesser)) return
  throw new PrerequisiteTrouble(
    'refused',
    `its runner has ${said.trim()}, which cannot be kept to one address: install ${LEAST_VERSION.join('.')} or later there`,
  )
}

/** The option by which the host stands for the address that was looked at, and nothing else. */
async function pinned(url: URL, { allowed }: FetchLimits): Promise<string[]> {
  const lookup: LookupFunction = wayTo(allowed, url)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const found = await new Promise<LookupAddress[]>((resolve, reject) => {
    lookup(host, { all: true }, (error, all) =>
      error ? reject(error) : resolve(Array.isArray(all) ? all : []),
    )
  })
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const addresses = found.map(({ address, family }) => (family === 6 ? `[${address}]` : address))
  return ['-c', `http.curloptResolve=${host}:${port}:${addresses.join(',')}`]
}

/** Runs it; what it printed. Rejects with what it said. */
async function run(args: readonly string[], limits: FetchLimits): Promise<string> {
  const { mostBytes, signal, shown } = limits
  const settings = [
    'core.hooksPath=/dev/null',
    'http.followRedirects=false',
    'core.fsmonitor=false',
  ]
  const command = ['git', ...settings.flatMap((one) => ['-c', one]), ...args]
  // Blocks of 512 bytes: a repository comes as one file.
  const limited = 'ulimit -f "$1"; shift; exec "$@"'
  const blocks = String(Math.max(1, Math.ceil(mostBytes / 512)))
  const child = spawn('/bin/sh', ['-c', limited, 'sh', blocks, ...command], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: '/nonexistent',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '/bin/false',
      GIT_ALLOW_PROTOCOL: 'http:https',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_LFS_SKIP_SMUDGE: '1',
    },
    // What it starts for a connection ends with it.
    detached: true,
  })
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    const closed = new Promise<number | string>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, name) => resolve(code ?? name ?? -1))
    })
    const [code, printed, said] = await Promise.all([
      closed,
      text(child.stdout),
      text(child.stderr),
    ])
    if (code === 0) return printed
    signal.throwIfAborted()
    throw asTrouble(code, said, shown)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function asTrouble(code: number | string, said: string, shown: string): PrerequisiteTrouble {
  if (code === 127)
    return new PrerequisiteTrouble(
      'refused',
      `${shown} is a git repository, and its runner has no git: install it there`,
    )
  // Addresses in it may have passwords.
  const words = said
    .replaceAll(/https?:\/\/\S+/g, shown)
    .trim()
    .slice(-500)
  const refused = code === 'SIGXFSZ' || REFUSED.test(said)
  const why =
    code === 'SIGXFSZ' ? 'it is larger than a file may be' : words || `git ended with ${code}`
  return new PrerequisiteTrouble(refused ? 'refused' : 'away', `${shown}: ${why}`)
}
