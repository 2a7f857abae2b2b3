/**
 * The part of `src/compute/SECURITY.md` that follows from what components declare. Run this file to write it anew.
 * @module
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { COMPONENTS } from '../../src/component/registry.ts'

export const PAGE = fileURLToPath(new URL('../../src/compute/SECURITY.md', import.meta.url))
const BEGIN = '<!-- messages: begin -->\n'
const END = '<!-- messages: end -->'

/** The page with its list of messages as the components declare them now. Throws where it has no place for it. */
export function withMessages(page: string): string {
  const [from, until] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || until < from) throw new Error('SECURITY.md has lost the marks of its messages')
  return page.slice(0, from + BEGIN.length) + messages() + page.slice(until)
}

/** Components that send something, and a row for each of their tags. */
function messages(): string {
  const sections = [...COMPONENTS.values()].flatMap(({ name, messages: declared }) => {
    const rows = Object.entries(declared).map(([tag, { kind, from, to, reveals }]) => {
      const way = `${from.join(', ')} → ${to.join(', ')}`
      return `| \`${tag}\` | ${way} | ${kind} | ${reveals.replaceAll('|', '\\|')} |`
    })
    if (rows.length === 0) return []
    return [
      [
        `### ${name}`,
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
  await writeFile(PAGE, withMessages(await readFile(PAGE, 'utf8')))
}
