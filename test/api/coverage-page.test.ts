/**
 * The pages of endpoints and their tests: complete, true, and as the console serves them.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { COVERAGE_PAGES } from '../../views/docs/coverage/index.ts'
import { ROOT } from '../helpers/place.ts'
import { PAGES } from './coverage-page.ts'
import {
  asModule,
  link,
  MADE_BY,
  moduleOf,
  pageOf,
  pageText,
  type Section,
  sectionsOf,
} from './coverage/page.ts'

const REMEDY = `run node --import tsx ${MADE_BY}`

describe('the pages of endpoints and their tests', () => {
  it('are of every API that has a folder, but for those of runners and of the database', () => {
    const folders = readdirSync(join(ROOT, 'src/api'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => !['runner', 'hrana'].includes(name))
    assert.deepEqual(PAGES.map(({ api }) => api).toSorted(), folders.toSorted())
    assert.deepEqual(Object.keys(COVERAGE_PAGES).toSorted(), folders.toSorted())
  })

  for (const page of PAGES) {
    describe(`of ${page.title}`, () => {
      let sections: readonly Section[]
      let written: string
      before(async () => {
        sections = await sectionsOf(page, PAGES)
        written = await readFile(join(ROOT, pageOf(page)), 'utf8')
      })

      it('has everything as it is now', () => {
        assert.deepEqual(withoutTests(written), withoutTests(pageText(page, sections)), REMEDY)
      })

      it('names tests that are there and still cover what they stand beside', () => {
        // Further tests of a thing may come; those that the page names may not go.
        const known = new Map(
          sections.flatMap(({ heading, rows }) =>
            rows.map(({ cells, found }) => [
              keyOf(heading, cells[0]),
              found.map((evidence) => link(page, evidence)),
            ]),
          ),
        )
        let named = 0
        let heading = ''
        for (const line of written.split('\n')) {
          if (line.startsWith('## ')) heading = line.slice(3)
          const cells = cellsOf(line)
          const links = known.get(keyOf(heading, cells[0] ?? ''))
          if (!links) continue
          for (const one of (cells.at(-1) ?? '').split(' · ')) {
            named++
            assert.ok(links.includes(one), `${line}: no test ${one}: ${REMEDY}`)
          }
        }
        const rows = sections.reduce((sum, section) => sum + section.rows.length, 0)
        assert.ok(named >= rows && rows > 0, `${named} tests of ${rows} things`)
      })

      it('is served by the console as it stands', async () => {
        assert.ok(COVERAGE_PAGES[page.api].text === written, REMEDY)
        assert.equal(COVERAGE_PAGES[page.api].title, page.title)
        const text = await readFile(join(ROOT, moduleOf(page)), 'utf8')
        assert.ok(text === asModule(page, written), REMEDY)
      })

      it('has a test for every thing in it', () => {
        for (const { heading, rows } of sections) {
          assert.ok(rows.length > 0, `${heading} has nothing in it`)
          for (const { cells, found } of rows) {
            assert.ok(found.length > 0, `${cells[0]} has no test`)
            for (const { path } of found) assert.ok(existsSync(join(ROOT, path)), path)
          }
        }
      })

      it('has each thing once', () => {
        const names = sections.flatMap(({ heading, rows }) =>
          rows.map(({ cells }) => keyOf(heading, cells[0])),
        )
        assert.deepEqual(
          names.filter((name, at) => names.indexOf(name) !== at),
          [],
        )
      })
    })
  }
})

function keyOf(heading: string, name: string): string {
  return `${heading}: ${name}`
}

function cellsOf(line: string): string[] {
  return line.startsWith('| ') ? line.slice(2, -2).split(' | ') : []
}

/** The lines of a page without the last cell of its tables. */
function withoutTests(page: string): string[] {
  return page.split('\n').map((line) => {
    const cells = cellsOf(line)
    return cells.length === 0 ? line : cells.slice(0, -1).join(' | ')
  })
}
