import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'

const FOLDER = fileURLToPath(new URL('../../public', import.meta.url))

async function read(path: string): Promise<{ header: string[]; rows: string[][] }> {
  const [header, ...rows] = (await readFile(join(FOLDER, path), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','))
  return { header, rows }
}

describe('example data', () => {
  it('both parties hold the same people in another order', async () => {
    const [guest, host] = await Promise.all(EXAMPLE_TABLES.map(({ path }) => read(path)))
    const ids = (table: typeof guest) => table.rows.map(([id]) => id)
    assert.equal(new Set(ids(guest)).size, 569)
    assert.deepEqual(ids(guest).toSorted(), ids(host).toSorted())
    assert.notDeepEqual(ids(guest), ids(host))
    assert.equal(guest.header.length, 12)
    assert.equal(host.header.length, 21)
    assert.deepEqual(guest.header.slice(0, 2), ['id', 'y'])
  })

  it('has the example job as a client submits it', async () => {
    const { dsl, conf } = exampleJob()
    const text = await readFile(join(FOLDER, 'example/job.json'), 'utf8')
    assert.deepEqual(JSON.parse(text), { job_dsl: dsl, job_runtime_conf: conf })
  })

  it('357 of 569 are benign', async () => {
    const { rows } = await read(EXAMPLE_TABLES[0].path)
    assert.equal(rows.filter(([, y]) => y === '1').length, 357)
    assert.equal(rows.filter(([, y]) => y === '0').length, 212)
  })

  it('every feature has mean 0 and variance 1', async () => {
    for (const { path } of EXAMPLE_TABLES) {
      const { header, rows } = await read(path)
      header.forEach((name, column) => {
        if (name === 'id' || name === 'y') return
        const values = rows.map((row) => Number(row[column]))
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
        assert.ok(Math.abs(mean) < 1e-6, `${name}: mean ${mean}`)
        assert.ok(Math.abs(variance - 1) < 1e-5, `${name}: variance ${variance}`)
      })
    }
  })
})
