import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { runLocal } from '../../../flink/both.ts'

const skip = 'Deno' in globalThis && 'needs Node: its addon'

/** What each gives on a real Flink, which `npm run test:flink` asks the same and more. */
describe('arrays and rows without Flink', { skip, timeout: 120_000 }, () => {
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-nested-'))
  })
  after(() => rm(folder, { recursive: true, force: true }))

  const rowsOf = async (script: string) => {
    const { answers, reason } = await runLocal(script, { folder })
    assert.equal(reason, null)
    return answers.at(-1)?.rows
  }

  it('are made, taken apart and written as texts', async () => {
    assert.deepEqual(
      await rowsOf(`SELECT ARRAY[ROW(1, 'a'), ROW(2, CAST(NULL AS STRING))], ARRAY[1.50, 2][1],
        (CAST(ROW(1, 'x') AS ROW<n INT, t STRING>)).t, CAST(ARRAY[ROW(1e10, TRUE)] AS STRING), CARDINALITY(ARRAY[1, 2])`),
      [
        [
          [
            { EXPR$0: 1, EXPR$1: 'a' },
            { EXPR$0: 2, EXPR$1: null },
          ],
          1.5,
          'x',
          '[(1.0E10, TRUE)]',
          2,
        ],
      ],
    )
  })

  it('are read from JSON whatever is missing in it, and unfolded', async () => {
    await mkdir(join(folder, 'orders'))
    const lines = [
      { id: 1, buyer: { name: 'Ann', city: 'Köln' }, items: [{ sku: 'a', n: 2 }, { sku: 'b' }] },
      { id: 2, items: [], tags: ['x', null] },
      { id: 3, buyer: null, items: null },
    ]
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    await writeFile(join(folder, 'orders', 'one.json'), text)
    const table = `CREATE TABLE orders (id INT, buyer ROW<name STRING, city STRING>, items ARRAY<ROW<sku STRING, n INT>>, tags ARRAY<STRING>)
      WITH ('connector' = 'filesystem', 'path' = 'orders', 'format' = 'json');`
    assert.deepEqual(await rowsOf(`${table} SELECT id, buyer.name, tags FROM orders ORDER BY id`), [
      [1, 'Ann', null],
      [2, null, ['x', null]],
      [3, null, null],
    ])
    const unfolded = lines.flatMap(({ id, items }) =>
      items && items.length > 0
        ? items.map(({ sku, n }) => [id, sku, n ?? null])
        : [[id, null, null]],
    )
    assert.deepEqual(
      await rowsOf(
        `${table} SELECT id, sku, n FROM orders LEFT JOIN UNNEST(items) AS i(sku, n) ON TRUE ORDER BY id, sku`,
      ),
      unfolded,
    )
  })

  it('are written to JSON with the names of their fields', async () => {
    const { reason } = await runLocal(
      `CREATE TABLE made (a ARRAY<DOUBLE>, r ROW<\`Größe\` INT, t ARRAY<TIMESTAMP(3)>>)
        WITH ('connector' = 'filesystem', 'path' = 'made', 'format' = 'json');
      INSERT INTO made VALUES (ARRAY[1.5e0, CAST(NULL AS DOUBLE)], ROW(7, ARRAY[TIMESTAMP '2020-01-31 10:20:30.120']))`,
      { folder, key: 'k' },
    )
    assert.equal(reason, null)
    const made = JSON.parse(await readFile(join(folder, 'made', 'part-k-1-0.json'), 'utf8'))
    assert.deepEqual(made, {
      a: [1.5, null],
      r: { Größe: 7, t: ['2020-01-31 10:20:30.120'] },
    })
  })

  it('fail where a place or a number of elements cannot be', async () => {
    const reasonOf = async (script: string) => (await runLocal(script, { folder })).reason
    assert.match(
      (await reasonOf('SELECT a[i] FROM (VALUES (ARRAY[1, 2], 0)) AS v(a, i)')) ?? '',
      /Array element access needs an index starting at 1 but was 0\./,
    )
    assert.match(
      (await reasonOf('SELECT ELEMENT(ARRAY[1, 2])')) ?? '',
      /Array has more than one element\./,
    )
  })
})
