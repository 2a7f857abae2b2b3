/**
 * @module
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const TEST = fileURLToPath(new URL('.', import.meta.url))

/** Folders whose `all.ts` names the files of a suite of its own. */
const SUITES = readdirSync(TEST, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => readdirSync(join(TEST, name)).includes('all.ts'))

describe('the suites', () => {
  it('are those that have a command', () => {
    const { scripts } = JSON.parse(readFileSync(join(TEST, '../package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    for (const suite of SUITES) {
      const named = Object.values(scripts).some((line) => line.includes(`test/${suite}/all.ts`))
      assert.ok(named, `no script runs test/${suite}/all.ts`)
    }
  })

  for (const suite of SUITES) {
    it(`${suite} runs every test that is there`, () => {
      const all = readFileSync(join(TEST, suite, 'all.ts'), 'utf8')
      const files = readdirSync(join(TEST, suite)).filter((name) => /\.\w+\.ts$/.test(name))
      assert.ok(files.length > 0)
      // One that reads its folder forgets none.
      const reads = all.includes('readdirSync')
      const forgotten = files.filter((name) => !reads && !all.includes(`'./${name}'`))
      assert.deepEqual(forgotten, [])
    })
  }
})
