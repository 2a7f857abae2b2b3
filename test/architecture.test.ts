/**
 * The import law, executed: every import of every file stays in its room or goes to one that its room may use.
 * @module
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The whole law for our own files. A room may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  migrations: [],
  views: ['src/domain'],
  'src/app.ts': ['src/api', 'src/console', 'src/domain'],
  'src/config.ts': ['src/environment.ts'],
  'src/environment.ts': [],
  'src/compute': [],
  'src/flow': ['src/compute'],
  'src/db': ['migrations'],
  'src/federation': ['src/domain'],
  'src/component': ['src/compute', 'src/federation', 'src/domain'],
  'src/domain': ['src/db'],
  'src/api': ['src/domain', 'src/flow', 'src/db'],
  'src/console': ['src/domain', 'src/api', 'src/flow', 'src/db', 'views'],
  'src/engine': [],
  'src/runner': [
    'src/domain',
    'src/db',
    'src/flow',
    'src/component',
    'src/federation',
    'src/compute',
    'src/engine',
  ],
  'src/cli': ['src/domain', 'src/db', 'src/flow', 'src/component', 'src/config.ts'],
}

/** Imports that the rows above allow for their types only. */
const TYPES_ONLY: readonly [from: string, to: string][] = [
  ['views', 'src/domain'],
  ['src/federation', 'src/domain'],
  ['src/api', 'src/db'],
  ['src/console', 'src/db'],
]

/** Pure tables that a type-only room may also use. */
const PURE = /src\/domain\/(job|task)-state\.ts$/

/** Packages and runtimes, and the only places that may name them. */
const PACKAGES: readonly [name: RegExp, allowed: RegExp][] = [
  [/^node:/, /^(src\/(bin|cli|runner|engine)\/|src\/db\/(file|open-file)\.ts|test\/)/],
  [/^(libsql|@libsql\/)/, /^(src\/db\/|src\/runner\/data\/source\/sqlite\.ts|test\/)/],
  [/^kysely/, /^(src\/(db|domain|bin)\/|migrations\/|test\/)/],
  [
    /^(hono|@hono\/)/,
    /^(src\/(api|console|bin)\/|src\/app\.ts|src\/federation\/inbox\.ts|views\/|test\/)/,
  ],
  [/^apache-arrow|^csv-parse/, /^(src\/runner\/|test\/)/],
  [/^@noble\//, /^(src\/(compute|federation)\/|test\/)/],
  [/^pino$/, /^src\/bin\//],
  [/^croner$/, /^src\/domain\/schedule\.ts$/],
  [/^@tensorflow\//, /^(src\/compute\/nn\/|test\/)/],
]

interface Import {
  readonly file: string
  readonly target: string
  readonly typeOnly: boolean
}

describe('the import law', () => {
  const imports = ['src', 'views', 'migrations'].flatMap((folder) => importsUnder(folder))

  it('every import of our own files goes where its room may look', () => {
    const broken = imports.flatMap(({ file, target, typeOnly }) => {
      if (!target.startsWith('.')) return []
      const from = room(file)
      if (from === 'src/bin') return []
      const to = room(relative(ROOT, join(ROOT, dirname(file), target)))
      if (from === to) return []
      if (!MAY_IMPORT[from]?.includes(to))
        return [`${file} imports ${target}: ${from} may not use ${to}`]
      const mustBeType = TYPES_ONLY.some(([a, b]) => a === from && b === to)
      return mustBeType && !typeOnly && !PURE.test(target)
        ? [`${file} imports ${target}: types only`]
        : []
    })
    assert.deepEqual(broken, [])
  })

  it('every package is named only where it belongs', () => {
    const broken = imports.flatMap(({ file, target, typeOnly }) =>
      PACKAGES.flatMap(([name, allowed]) =>
        name.test(target) && !allowed.test(file) && !(typeOnly && target === 'kysely')
          ? [`${file} imports ${target}`]
          : [],
      ),
    )
    assert.deepEqual(broken, [])
  })

  it('no surface imports another', () => {
    const broken = imports.filter(({ file, target }) => {
      const own = /^src\/api\/([^/]+)\//.exec(file)?.[1]
      const other = /^src\/api\/([^/]+)\//.exec(
        relative(ROOT, join(ROOT, dirname(file), target)),
      )?.[1]
      return target.startsWith('.') && own !== undefined && other !== undefined && own !== other
    })
    assert.deepEqual(broken, [])
  })
})

function room(file: string): string {
  const [top, second] = file.split('/')
  return top === 'src' ? `src/${second}` : top
}

function importsUnder(folder: string): Import[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('src/compute/kernel/assembly'))
    .flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8')
      const pattern = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\s+from\s+)?['"]([^'"]+)['"]/gm
      return [...text.matchAll(pattern)].map((match) => ({
        file,
        typeOnly: match[1] !== undefined,
        target: match[2],
      }))
    })
}
