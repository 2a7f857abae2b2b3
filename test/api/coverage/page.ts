/**
 * Pages of what an API has, each thing beside the tests that cover it.
 * @module
 */
import { readFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'

import { pageModule } from '../../helpers/page-module.ts'
import { ROOT } from '../../helpers/place.ts'
import { endpointRows, endpointsOf } from './endpoint.ts'
import { type Evidence, mostFirst, titlesIn } from './mention.ts'

/** What writes the pages. */
export const MADE_BY = 'test/api/coverage-page.ts'

/** An API and where its tests are. */
export interface ApiPage {
  /** Its folder below `src/api`, and its name in the documentation. */
  readonly api: string
  readonly title: string
  readonly base: string
  /** Further places where tests find it. */
  readonly bases?: readonly string[]
  /** Folders and files whose tests may name its paths. */
  readonly tests: readonly string[]
  /** What a test writes in place of something that is put into a path. */
  readonly parameter: RegExp
  /** A paragraph below the title. */
  readonly lead: string
  /** What there is beside endpoints. */
  sections?(): Promise<readonly Section[]>
}

/** A heading and a table. */
export interface Section {
  readonly heading: string
  readonly lead?: string
  /** Of all columns but the last, which is that of tests. */
  readonly head: readonly string[]
  readonly rows: readonly Row[]
}

/** Something that has tests. */
export interface Row {
  /** The first names it. */
  readonly cells: readonly string[]
  /** Wherever it is tested. */
  readonly found: readonly Evidence[]
}

/** Where the page of an API lies. */
export function pageOf({ api }: ApiPage): string {
  return `src/api/${api}/COVERAGE.md`
}

/** The module that the console serves it from. */
export function moduleOf({ api }: ApiPage): string {
  return `views/docs/coverage/${api}.ts`
}

/** The page as a module of one text. */
export function asModule(page: ApiPage, text: string): string {
  const name = `${page.api.toUpperCase()}_COVERAGE`
  return pageModule(text, { name, source: pageOf(page), made: MADE_BY })
}

/** Everything that the page tells of. */
export async function sectionsOf(
  page: ApiPage,
  all: readonly ApiPage[],
): Promise<readonly Section[]> {
  const rows = endpointRows(
    page,
    await endpointsOf(
      page.base,
      all.flatMap(({ base, bases = [] }) => [base, ...bases]),
    ),
  )
  const beside = rows.filter(({ summary }) => summary === undefined)
  return [
    {
      heading: 'Endpoints',
      head: [`method and path`, 'what it does'],
      rows: rows.filter(({ summary }) => summary !== undefined),
    },
    ...(beside.length === 0
      ? []
      : [{ heading: 'Paths beside the document', head: ['method and path'], rows: beside }]),
    ...((await page.sections?.()) ?? []),
  ]
}

/** The whole page. */
export function pageText(page: ApiPage, sections: readonly Section[]): string {
  const lines = [
    `# ${page.title}: what is there and its tests`,
    '',
    `Made by \`node --import tsx ${MADE_BY}\` from the routes and the OpenAPI document of the API, what is registered`,
    'behind it, and the tests; a test compares. The tests that say most of a thing come first.',
    page.lead,
    `Paths are below \`${page.base}\`.`,
    ...sections.flatMap(({ heading, lead, head, rows }) => [
      '',
      `## ${heading}`,
      ...(lead === undefined ? [] : ['', lead]),
      '',
      `| ${[...head, 'tests'].join(' | ')} |`,
      `|${'---|'.repeat(head.length + 1)}`,
      ...rows.map(
        (row) => `| ${[...row.cells.map(escaped), links(page, row.found)].join(' | ')} |`,
      ),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** So many tests of one thing are on the page. */
const MOST = 3

function links(page: ApiPage, found: readonly Evidence[]): string {
  return mostFirst(found)
    .slice(0, MOST)
    .map((evidence) => link(page, evidence))
    .join(' · ')
}

/** A test as the page names it. */
export function link(page: ApiPage, { path, title }: Evidence): string {
  const file = `[${basename(path)}](${relative(join('src/api', page.api), path)})`
  if (title === undefined) return file
  // What differs between tests of one text, and marks of Markdown.
  const words = title.replaceAll(/\$\{[^}]*\}/g, '…').replaceAll(/[`*[\]]/g, '')
  return `${file} ${escaped(words)}`
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** Something that has to be shown, and the tests that a person chose to show it. */
export function claim(name: string, ...tests: readonly (readonly [string, string])[]): Row {
  return { cells: [name], found: chosen(...tests) }
}

/** Tests that a person chose. Throws RangeError for one that is not there. */
export function chosen(...tests: readonly (readonly [path: string, title: string])[]): Evidence[] {
  return tests.map(([path, title]) => {
    if (!titlesIn(readFileSync(join(ROOT, path), 'utf8')).includes(title)) {
      throw new RangeError(`${path} has no test "${title}": name one that shows the same`)
    }
    return { path, title }
  })
}
