/**
 * `src/api/fate/COVERAGE.md`: every endpoint of the FATE surface and every component, each with the tests that cover it,
 * found in the code. Run this file to write it anew.
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { COMPONENTS } from '../../../src/component/registry.ts'
import { testApp } from '../../helpers/app.ts'
import { pageModule } from '../../helpers/page-module.ts'
import { ROOT } from '../../helpers/place.ts'

/** The page. */
export const PAGE = join(ROOT, 'src/api/fate/COVERAGE.md')

/** The module that the console serves the page from. */
export const MODULE = join(ROOT, 'views/docs/coverage-text.ts')

/** The page as a module of one text. */
export function asModule(page: string): string {
  const made = 'test/api/fate/coverage-page.ts'
  return pageModule(page, { name: 'COVERAGE', source: 'src/api/fate/COVERAGE.md', made })
}

/** What the page tells of: something with tests, which should be at least one. */
export interface Covered {
  readonly name: string
  /** Paths from the root of the project, the one with the most to say first. */
  readonly tests: readonly string[]
}

interface Endpoint extends Covered {
  readonly summary: string
}

interface Listed extends Covered {
  readonly roles: string
  readonly takes: string
  readonly makes: string
  readonly file: string
}

interface Document {
  readonly paths: Record<string, Record<string, { summary?: string; operationId?: string }>>
}

/** Every method and path of the surface's OpenAPI document. */
export async function endpoints(): Promise<readonly Endpoint[]> {
  const test = await testApp()
  const response = await test.app.request('/v1/openapi.json')
  const { paths } = (await response.json()) as Document
  await test.close()
  const files = testsBelow('test/api/fate')
  const processes = testsBelow('test/process')
  return Object.entries(paths).flatMap(([path, methods]) => {
    const asked = new RegExp(`(?:/v1/|['"\`])${path.slice(1)}(?=['"\`?])`, 'g')
    const tests = [files, processes].flatMap((group) => mostFirst(group, asked))
    return Object.entries(methods).map(([method, { summary = '' }]) => {
      return { name: `${method.toUpperCase()} ${path}`, summary, tests }
    })
  })
}

const TUNING = 'src/component/search/auto-tuning.ts'

/** Every registered component. */
export async function components(): Promise<readonly Listed[]> {
  const files = await sources()
  const near = testsBelow('test/component')
  const far = [...testsBelow('test/api/fate'), ...testsBelow('test/process')]
  return [...COMPONENTS.values()].map(({ name, roles, inputs, outputs }) => {
    // One file makes the tuning of every algorithm.
    const file = files.get(name) ?? (name.startsWith('Auto') ? TUNING : '')
    const own = join('test', relative('src', file)).replace(/\.ts$/, '.test.ts')
    const imported = new RegExp(`/${basename(file).replace('.', '\\.')}'`, 'g')
    const named = new RegExp(`module: '${name}'`, 'g')
    const tests = [
      ...near.filter(({ path }) => path === own).map(({ path }) => path),
      ...mostFirst(near, imported),
      ...mostFirst(far, named),
    ]
    return {
      name,
      file,
      tests: [...new Set(tests)],
      roles: roles.join(', '),
      takes: [...inputs.data, ...inputs.model].map((slot) => `\`${slot}\``).join(' '),
      makes: [
        ...(outputs.data ? (outputs.tables ?? ['data']) : []),
        ...(outputs.model ? ['model'] : []),
      ]
        .map((output) => `\`${output}\``)
        .join(' '),
    }
  })
}

/** The whole page as it should be now. */
export async function coveragePage(): Promise<string> {
  const rows = [
    '# Endpoints, components and their tests',
    '',
    'Made by `node --import tsx test/api/fate/coverage-page.ts` from the OpenAPI document of the surface, the registry of',
    'components and the tests; a test compares. The tests that name a path, or that run a component, most often come first.',
    '`test/process/fate-confs.process.ts` runs everything that FATE published of a release beside these.',
    '',
    '## Endpoints',
    '',
    '| method and path below /v1 | what it does | tests |',
    '|---|---|---|',
    ...(await endpoints()).map(
      ({ name, summary, tests }) => `| ${name} | ${cell(summary)} | ${links(tests)} |`,
    ),
    '',
    '## Components',
    '',
    '| module | roles | takes | makes | file | tests |',
    '|---|---|---|---|---|---|',
    ...(await components()).map(
      ({ name, roles, takes, makes, file, tests }) =>
        `| ${name} | ${roles} | ${takes} | ${makes} | ${links([file])} | ${links(tests)} |`,
    ),
  ]
  return `${rows.join('\n')}\n`
}

/** So many tests of one thing are on the page. */
const MOST = 3

interface TestFile {
  readonly path: string
  readonly text: string
}

function testsBelow(folder: string): readonly TestFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(test|process)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((path) => ({ path: relative(ROOT, path), text: readFileSync(path, 'utf8') }))
}

function mostFirst(files: readonly TestFile[], wanted: RegExp): string[] {
  return files
    .map(({ path, text }) => ({ path, count: [...text.matchAll(wanted)].length }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count)
    .map(({ path }) => path)
}

/** The file that each component stands in, by the imports of the registry. */
async function sources(): Promise<Map<string, string>> {
  const registry = readFileSync(join(ROOT, 'src/component/registry.ts'), 'utf8')
  const found = new Map<string, string>()
  for (const [, path] of registry.matchAll(/from '\.\/(.+\.ts)'/g)) {
    const file = join('src/component', path)
    const exported = (await import(pathToFileURL(join(ROOT, file)).href)) as Record<string, unknown>
    for (const component of COMPONENTS.values()) {
      if (Object.values(exported).includes(component)) found.set(component.name, file)
    }
  }
  return found
}

function links(paths: readonly string[]): string {
  const named = paths.slice(0, MOST)
  return named.map((path) => `[${basename(path)}](${relative('src/api/fate', path)})`).join(', ')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await coveragePage()
  await writeFile(PAGE, page)
  await writeFile(MODULE, asModule(page))
}
