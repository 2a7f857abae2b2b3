import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { describe, it } from 'node:test'

import { COVERAGE } from '../../../views/docs/coverage-text.ts'
import { ROOT } from '../../helpers/place.ts'
import { asModule, components, coveragePage, endpoints, MODULE, PAGE } from './coverage-page.ts'

describe('the page of endpoints and components', () => {
  it('has every endpoint and every component as they are now', async () => {
    const rowsOf = (page: string) => page.split('\n').map((line) => line.split(' | ').slice(0, -1))
    const page = await readFile(PAGE, 'utf8')
    assert.deepEqual(
      rowsOf(page),
      rowsOf(await coveragePage()),
      'run node --import tsx test/api/fate/coverage-page.ts',
    )
  })

  it('names tests that are there and still cover what they stand beside', async () => {
    const known = new Map(
      [...(await endpoints()), ...(await components())].map(({ name, tests }) => [name, tests]),
    )
    const page = await readFile(PAGE, 'utf8')
    let named = 0
    for (const line of page.split('\n')) {
      const cells = line.split(' | ')
      const tests = known.get((cells[0] ?? '').replace('| ', ''))
      for (const [, path] of (tests ? (cells.at(-1) ?? '') : '').matchAll(/\]\(([^)]+)\)/g)) {
        named++
        const file = relative(ROOT, resolve(dirname(PAGE), path))
        assert.ok(
          tests?.includes(file),
          `${line}: run node --import tsx test/api/fate/coverage-page.ts`,
        )
      }
    }
    assert.ok(named > 50)
  })

  it('is served by the console as it stands', async () => {
    const page = await readFile(PAGE, 'utf8')
    assert.ok(COVERAGE === page, 'run node --import tsx test/api/fate/coverage-page.ts')
    assert.ok((await readFile(MODULE, 'utf8')) === asModule(page))
  })

  it('has a test for every endpoint and every component', async () => {
    for (const { name, tests } of [...(await endpoints()), ...(await components())]) {
      assert.ok(tests.length > 0, `${name} has no test`)
    }
  })
})
