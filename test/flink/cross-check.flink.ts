/**
 * Every construct that runs without Flink, on the real Flink and on the engine that is built in: the same columns, the
 * same rows. Prints what was compared.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { type FlinkCluster, startCluster } from '../../src/cli/flink/cluster.ts'
import { flinkHome, installFlink } from '../../src/cli/flink/install.ts'
import { splitStatements } from '../../src/flow/sql/split.ts'
import { type Answer, differences, flinkSession, runLocal } from './both.ts'
import { NESTED } from './cases-nested.ts'
import { ZONE_CASES } from './cases-zone.ts'
import { CASES, EVENTS, FILES, TABLES } from './cases.ts'

describe('SQL without Flink and with it', { timeout: 1_200_000 }, () => {
  let folder: string
  let cluster: FlinkCluster | undefined
  let flink: Awaited<ReturnType<typeof flinkSession>>
  const compared = { constructs: 0, columns: 0, rows: 0, differences: 0 }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-cross-'))
    let url = process.env['WEFT_FLINK_GATEWAY_URL']
    if (url === undefined) {
      const home = flinkHome(process.env)
      await installFlink(home, (text) => console.log(text))
      cluster = await startCluster({ home, folder: join(folder, 'flink') })
      url = cluster.gatewayUrl
    }
    flink = await flinkSession(url)
    await flink.ask(`${TABLES};${EVENTS}`)
  })
  after(async () => {
    await flink?.close()
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
    const { constructs, columns, rows, differences: found } = compared
    console.log(
      `constructs ${constructs} · columns ${columns} · rows ${rows} · differences ${found}`,
    )
  })

  function compare({ theirs, ours, ordered }: { theirs: Answer; ours: Answer; ordered: boolean }) {
    const found = differences(theirs, ours, ordered)
    compared.constructs += 1
    compared.columns += theirs.columns.length
    compared.rows += theirs.rows.length
    compared.differences += found.length
    assert.deepEqual(found, [])
  }

  for (const { name, sql, ordered } of CASES) {
    it(name, async () => {
      const theirs = await flink.ask(sql)
      const { answers, reason } = await runLocal(`${TABLES};${EVENTS};\n${sql}`)
      assert.equal(reason, null)
      const [ours] = answers
      assert.ok(ours)
      compare({ theirs, ours, ordered })
    })
  }

  for (const { name, zone, sql } of ZONE_CASES) {
    it(name, async () => {
      const set = (to: string) => `SET 'table.local-time-zone' = '${to}'`
      const theirs = await flink.ask(`${set(zone)};\n${sql}`)
      await flink.ask(set('UTC'))
      const { answers, reason } = await runLocal(`${set(zone)};\n${sql}`)
      assert.equal(reason, null)
      const [ours] = answers
      assert.ok(ours)
      compare({ theirs, ours, ordered: false })
    })
  }

  for (const { name, script, query } of FILES) {
    it(name, async () => {
      const own = async (place: string) => {
        const path = join(await mkdtemp(join(folder, place)), 'table')
        return { path, text: script.replaceAll('PATH', path) }
      }
      const [at, here] = [await own('flink-'), await own('local-')]
      await flink.ask('DROP TABLE IF EXISTS files')
      await flink.ask(at.text)
      const theirs = await flink.ask(query)
      const local = await runLocal(`${here.text};\n${query}`, { folder })
      assert.equal(local.reason, null)
      const [ours] = local.answers
      assert.ok(ours)
      // What Flink has written is also read here.
      const definition = splitStatements(at.text)[0]?.text
      const read = await runLocal(`${definition};\n${query}`, { folder })
      assert.deepEqual(read.answers[0] && differences(theirs, read.answers[0], false), [])
      compare({ theirs, ours, ordered: false })
    })
  }

  it(
    'arrays and rows of print',
    { skip: process.env['WEFT_FLINK_GATEWAY_URL'] !== undefined },
    async () => {
      const script = `CREATE TABLE printed_nested (a ARRAY<INT>, r ROW<x INT, y STRING>, rs ARRAY<ROW<p INT, q DOUBLE>>, ts ARRAY<TIMESTAMP(3)>, d ARRAY<DECIMAL(10, 2)>, b ARRAY<BOOLEAN>)
      WITH ('connector' = 'print', 'print-identifier' = 'nested');
      INSERT INTO printed_nested SELECT nums, r, rs, ARRAY[TIMESTAMP '2020-01-31 10:20:30.120'], ARRAY[1.50], ARRAY[TRUE] FROM nested`
      await comparePrinted({ script, before: `${TABLES};${NESTED}`, identifier: 'nested', rows: 3 })
    },
  )

  it('rows of print', { skip: process.env['WEFT_FLINK_GATEWAY_URL'] !== undefined }, async () => {
    const script = `CREATE TABLE printed (a INT, b STRING, c DECIMAL(10, 2), d DOUBLE, e BIGINT, ts TIMESTAMP(3), dt DATE, f BOOLEAN, g STRING)
      WITH ('connector' = 'print', 'print-identifier' = 'cross');
      INSERT INTO printed SELECT * FROM t WHERE a > 0`
    await comparePrinted({ script, before: TABLES, identifier: 'cross', rows: 5 })
  })

  async function comparePrinted(asked: {
    script: string
    before: string
    identifier: string
    rows: number
  }) {
    const { script, before: first, identifier, rows } = asked
    await flink.ask(script)
    const log = await readFile(join(folder, 'flink', 'log', 'taskmanager.log'), 'utf8')
    const isRow = (line: string) => line.startsWith(`${identifier}>`)
    const theirs = log.split('\n').filter(isRow)
    const ours = (await runLocal(`${first};${script}`)).log.filter(isRow)
    assert.equal(theirs.length, rows)
    assert.deepEqual(ours.toSorted(), theirs.toSorted())
    compared.constructs += 1
    compared.rows += theirs.length
  }
})
