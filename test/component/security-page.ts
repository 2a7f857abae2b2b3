/**
 * The part of `src/compute/SECURITY.md` that follows from what components declare, and the module that carries the page to
 * where there are no files. Run this file to write both anew.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { COMPONENTS } from '../../src/component/registry.ts'
import { pageModule } from '../helpers/page-module.ts'

export const PAGE = fileURLToPath(new URL('../../src/compute/SECURITY.md', import.meta.url))
/** The module that the console serves the page from. */
export const MODULE = fileURLToPath(new URL('../../views/docs/security-text.ts', import.meta.url))
const BEGIN = '<!-- messages: begin -->\n'
const END = '<!-- messages: end -->'

/** The page with its list of messages as the components declare them now. Throws where it has no place for it. */
export function withMessages(page: string): string {
  const [from, until] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || until < from) throw new Error('SECURITY.md has lost the marks of its messages')
  return page.slice(0, from + BEGIN.length) + messages() + page.slice(until)
}

/** The page as a module of one text. */
export function asModule(page: string): string {
  const made = 'test/component/security-page.ts'
  return pageModule(page, { name: 'SECURITY', source: 'src/compute/SECURITY.md', made })
}

/** Components that send something, and a row for each of their tags. */
function messages(): string {
  const sections = [...COMPONENTS.values()].flatMap(({ name, run, messages: declared }) => {
    const names = [...COMPONENTS.values()].flatMap((other) => (other.run === run ? other.name : []))
    // The same component under a second name is listed with the first.
    if (names[0] !== name) return []
    const rows = Object.entries(declared).map(([tag, { kind, from, to, reveals }]) => {
      const way = `${from.join(', ')} → ${to.join(', ')}`
      return `| \`${tag}\` | ${way} | ${kind} | ${reveals.replaceAll('|', '\\|')} |`
    })
    if (rows.length === 0) return []
    return [
      [
        `### ${names.join(', also ')}`,
        '',
        '| message | way | kind | what the receiver learns |',
        '|---|---|---|---|',
      ]
        .concat(rows)
        .join('\n'),
    ]
  })
  return `\n${sections.join('\n\n')}\n\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = withMessages(await readFile(PAGE, 'utf8'))
  await writeFile(PAGE, page)
  await writeFile(MODULE, asModule(page))
}
