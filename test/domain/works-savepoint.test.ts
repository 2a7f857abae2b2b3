import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { sql } from 'kysely'

import type { Db } from '../../src/db/type.ts'
import { listSavepoints } from '../../src/domain/works-savepoint.ts'
import { freshDatabase } from '../helpers/database.ts'

const RUNS = 60

/** Runs of two works; every third of the first wrote two savepoints, or what is none. */
async function seeded(): Promise<Db> {
  const db = await freshDatabase()
  await sql`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${2 * RUNS - 1})
    insert into job (id, surface, kind, name, state, graph, request, created_at, updated_at)
    select 'run' || i, 'works', 'run', iif(i < ${RUNS}, 'mine', 'other'), 'succeeded', '[]', '{}', 1000 * (i + 1), 0
    from n`.execute(db)
  await sql`
    insert into task (id, job_id, name, kind, state, created_at, updated_at, spec, attempts, max_attempts)
    select 'task-' || id, id, 'run', 'work', 'succeeded', created_at, 0, '{}', 1, 1 from job`.execute(
    db,
  )
  for (let run = 0; run < 2 * RUNS; run += 3) {
    const at = new Date(1000 * (run + 1) + 500).toISOString()
    const told =
      run % 9 === 0
        ? ['as another runner told it', { error: 'The disk is full' }, { path: 7 }, null]
        : [
            { path: `file:/savepoints/${run}-a`, job_id: 'j', at },
            { path: `file:/Savepoints/${run}-b` },
          ]
    await db
      .insertInto('task_fact')
      .values({
        task_id: `task-run${run}`,
        key: 'savepoints',
        value: JSON.stringify(told),
        updated_at: 0,
      })
      .execute()
  }
  return db
}

/** What is expected, from the same rule in plain code. */
const EXPECTED = Array.from({ length: RUNS }, (_, at) => RUNS - 1 - at)
  .filter((run) => run % 3 === 0 && run % 9 !== 0)
  .flatMap((run) => [`file:/Savepoints/${run}-b`, `file:/savepoints/${run}-a`])

describe('savepoints of a work', () => {
  it('are found however many runs ago they were written, page by page, newest first', async () => {
    const db = await seeded()
    const found: string[] = []
    for (let skip = 0; ; skip += 7) {
      const { savepoints, total } = await listSavepoints(db, { workId: 'mine', limit: 7, skip })
      assert.equal(total, EXPECTED.length)
      if (savepoints.length === 0) break
      found.push(...savepoints.map(({ path }) => path))
    }
    assert.deepEqual(found, EXPECTED)
  })

  it('have the run and the time they are from, or that of the run', async () => {
    const db = await seeded()
    const { savepoints } = await listSavepoints(db, {
      workId: 'mine',
      text: 'points/57-',
      limit: 9,
    })
    assert.deepEqual(savepoints, [
      { path: 'file:/Savepoints/57-b', runId: 'run57', jobId: null, at: 58_000 },
      { path: 'file:/savepoints/57-a', runId: 'run57', jobId: 'j', at: 58_500 },
    ])
  })

  it('are found by a part of their place, in any case, with no signs of its own', async () => {
    const db = await seeded()
    const find = async (text: string) =>
      (await listSavepoints(db, { workId: 'mine', text, limit: 100 })).total
    assert.equal(await find('SAVEPOINTS/57-A'), 1)
    assert.equal(await find('%'), 0)
    assert.equal(await find('_'), 0)
    assert.equal((await listSavepoints(db, { workId: 'nobody', limit: 9 })).total, 0)
  })
})
