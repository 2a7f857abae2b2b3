import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { checkScript, type ScriptRules } from '../../../src/api/works/script.ts'
import { startRunner, testApp } from '../../helpers/app.ts'

const LOCAL: ScriptRules = { type: 'BATCH', engine: 'duckdb' }
const TABLE = "CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '3');"

describe('a script that is looked at without Flink', () => {
  for (const [what, script, line, column, words] of [
    ['a function that is not supported', 'SELECT 1;\n  SELECT NOSUCH(1)', 2, 10, /NOSUCH is not/],
    ['a table that is not there', `${TABLE}\nSELECT * FROM u`, 2, 15, /no table or view u/],
    ['a column that is not there', `${TABLE}\nSELECT a,\n  b FROM t`, 3, 3, /b/],
    [
      'a connector that needs Flink',
      "CREATE TABLE k (a INT) WITH ('connector' = 'kafka')",
      1,
      30,
      /kafka/,
    ],
    ['types that do not fit', "SELECT 1;\nSELECT 1 + 'x'", 2, 12, /./],
    ['a statement that is not supported', 'SELECT 1;\n\nUSE CATALOG x', 3, 1, /USE/],
  ] as const) {
    it(`has ${what}, at its line and column`, async () => {
      const { errors, error, engine } = await checkScript(script, LOCAL)
      assert.deepEqual([engine, errors.length, error], ['local', 1, errors[0]])
      assert.deepEqual([error?.line, error?.column], [line, column], error?.message)
      assert.match(error?.message ?? '', words)
      assert.doesNotMatch(error?.message ?? '', /^Line/)
    })
  }

  it('has every fault of it, but what only follows from a table that was not made', async () => {
    const places = async (script: string) =>
      (await checkScript(script, LOCAL)).errors.map(({ line }) => line)
    assert.deepEqual(
      await places(`${TABLE}\nSELECT x FROM t;\nSELECT a FROM t;\nSELECT y FROM t`),
      [2, 4],
    )
    assert.deepEqual(await places('CREATE TABLE t (a NOSUCH);\nSELECT a FROM t;'), [1])
  })

  it('is told where it is too long for what reads it', async () => {
    const { errors } = await checkScript(`SELECT ${'1+'.repeat(200_000)}1`, LOCAL)
    assert.match(errors[0]?.message ?? '', /too long, or too deep/)
  })

  it('is only split where it would run on a Flink that is not reached, or as a stream', async () => {
    const away = await checkScript('SELECT NOSUCH(1)', { type: 'BATCH', engine: 'flink' })
    assert.deepEqual([away.errors, away.engine, away.statements.length], [[], null, 1])
    assert.match(away.note ?? '', /WEFT_FLINK_GATEWAY_URL/)
    const stream = await checkScript('SELECT 1', { type: 'STREAMING', engine: null })
    assert.match(stream.note ?? '', /needs Flink/)
  })

  it('is shown to Flink where that would run it, and not where it cannot even be split', async () => {
    const asked: unknown[] = []
    const flink: ScriptRules['flink'] = {
      async check(what) {
        asked.push(what)
        return { faults: [{ message: 'no', line: 1, column: 8 }], note: null }
      },
    }
    const rules = { type: 'STREAMING', engine: 'flink', flink } as const
    const { errors, engine } = await checkScript('SELECT x', rules)
    assert.deepEqual([errors.length, engine], [1, 'flink'])
    await checkScript("SELECT 'x", rules)
    assert.deepEqual(asked, [{ script: 'SELECT x', mode: 'STREAMING' }])
    const gone = await checkScript('SELECT x', {
      ...rules,
      flink: { check: () => Promise.reject(new TypeError('fetch failed')) },
    })
    assert.deepEqual([gone.errors, gone.note], [[], 'Flink could not be asked: fetch failed'])
  })

  it('is looked at over the API by the rules of the runners that are there', async () => {
    const test = await testApp({
      deps: { flinkScripts: { check: async () => ({ faults: [], note: null }) } },
    })
    const engine = async () => {
      const { data } = await test.post<{ data: { engine: string; errors: unknown[] } }>(
        '/api/v1/works/check',
        { script: 'SELECT NOSUCH(1)' },
      )
      return [data.engine, data.errors.length]
    }
    assert.deepEqual(await engine(), ['local', 1])
    await startRunner(test.db, { engines: ['flink', 'duckdb'] })
    assert.deepEqual(await engine(), ['flink', 0])
    await test.close()
  })
})
