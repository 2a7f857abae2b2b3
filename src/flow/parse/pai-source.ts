/**
 * Where data and scripts of the OpenPAI job protocol come from, by their uris. Pure.
 * @module
 */

/** How something is had. */
export type PaiSource =
  | { readonly kind: 'http'; readonly url: string; readonly sha256?: string }
  | { readonly kind: 'git'; readonly url: string; readonly ref?: string }
  /** A path of a storage; empty for all of it. */
  | { readonly kind: 'storage'; readonly storage: string; readonly path: string }
  /** An absolute path below an import folder of the runner. */
  | { readonly kind: 'path'; readonly path: string }

/** The uris that are understood, for people. */
export const PAI_SOURCES =
  'http:// and https:// addresses, github.com/owner/repository, git+https://host/repository, storage://NAME/path, or an absolute path below an import folder'

const REF = /^[A-Za-z0-9][\w./-]{0,199}$/
const COMMIT = /^[0-9a-f]{40}$/
const MOST_LETTERS = 4096

/**
 * What a uri means; undefined for one that nobody here can fetch. `storages` are the names that may stand for themselves,
 * and a `version` that is a commit is that of a repository.
 */
export function readPaiSource(
  uri: string,
  { storages, version }: { storages: ReadonlySet<string>; version?: unknown },
): PaiSource | undefined {
  const text = uri.trim()
  if (text === '' || text.length > MOST_LETTERS || /[\0-\x20\x7f]/.test(text)) return undefined
  const hub = /^github\.com\/[\w.-]+\/[\w.-]+?(\.git)?\/?(#.*)?$/i.test(text)
  if (hub) return readGit(`https://${text}`, version)
  if (/^git\+https?:\/\//i.test(text)) return readGit(text.slice('git+'.length), version)
  if (/^https?:\/\//i.test(text)) return readHttp(text, version)
  if (text.startsWith('/') || text.startsWith('file:///')) {
    const path = text.replace(/^file:\/\//, '')
    return isPlain(path.slice(1)) ? { kind: 'path', path } : undefined
  }
  const named = /^storage:\/\/([^/]+)(?:\/(.*))?$/.exec(text)
  const [storage = '', ...rest] = text.split('/')
  if (!named && !storages.has(storage)) return undefined
  const path = (named ? (named[2] ?? '') : rest.join('/')).replace(/\/+$/, '')
  if (path !== '' && !isPlain(path)) return undefined
  return { kind: 'storage', storage: named?.[1] ?? storage, path }
}

/** Names for what comes from these sources, each its own in one folder. */
export function paiSourceNames(sources: readonly PaiSource[]): string[] {
  const seen = new Set<string>()
  return sources.map((source, index) => {
    const plain = baseName(source)
    const name = seen.has(plain) ? `${index}_${plain}` : plain
    seen.add(name)
    return name
  })
}

function readHttp(text: string, version: unknown): PaiSource | undefined {
  const url = urlOf(text)
  if (!url) return undefined
  // A page about a repository is of no use to a program.
  const repository = /^\/[\w.-]+\/[\w.-]+\/?$/.test(url.pathname) && url.host === 'github.com'
  if (repository || url.pathname.endsWith('.git')) return readGit(text, version)
  const sum = /^#sha256=([0-9a-f]{64})$/i.exec(url.hash)
  if (url.hash.startsWith('#sha256') && !sum) return undefined
  url.hash = ''
  return { kind: 'http', url: url.href, ...(sum ? { sha256: sum[1].toLowerCase() } : {}) }
}

/** A commit, branch or tag is the fragment, or a commit the version. */
function readGit(text: string, version: unknown): PaiSource | undefined {
  const url = urlOf(text)
  if (!url || url.pathname === '/') return undefined
  const given = url.hash === '' ? undefined : url.hash.slice(1)
  const ref = given ?? (typeof version === 'string' && COMMIT.test(version) ? version : undefined)
  if (ref !== undefined && (!REF.test(ref) || ref.includes('..'))) return undefined
  url.hash = ''
  return { kind: 'git', url: url.href.replace(/\/$/, ''), ...(ref === undefined ? {} : { ref }) }
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

function isPlain(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function baseName(source: PaiSource): string {
  const path =
    source.kind === 'http' || source.kind === 'git'
      ? new URL(source.url).pathname
      : source.path || ('storage' in source ? source.storage : '')
  const last = path.split('/').findLast((part) => part !== '') ?? ''
  const whole = source.kind === 'git' ? last.replace(/\.git$/, '') : last
  // Two escapes of one letter, or half of one, are no reason to refuse a file.
  const name = whole.replaceAll(/%[0-9a-f]{2}/gi, '_').replaceAll(/[^A-Za-z0-9._-]/g, '_')
  return /^\.*$/.test(name) ? 'file' : name.slice(0, 200)
}
