import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { sql } from 'kysely'

import { MIGRATIONS } from '../../migrations/index.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { enterUses, listUses } from '../../src/domain/dataset-use.ts'

const NAME = '0033_dataset-use'

/** A training as a request keeps it. */
const client = (party: string, columns: readonly string[]) => ({
  url: `http://${party}.test`,
  party,
  dataset: 'long.csv',
  site: 'site',
  columns,
})
const TRAININGS = {
  noisy: {
    matchId: 'm1',
    label: 'y',
    clients: [client('left', ['y', 'x']), client('right', ['x'])],
    privacy: { epsilon: 1.6, delta: 1e-8 },
  },
  // A round number stands as a whole one in JSON.
  pure: {
    matchId: 'm1',
    label: 'y',
    clients: [client('left', ['y', 'x']), client('right', ['x'])],
    privacy: { epsilon: 3, delta: 0 },
  },
  exact: { matchId: 'm2', label: 'x', clients: [client('right', ['x']), client('left', ['y'])] },
}

describe('trainings from before they were counted', () => {
  let db: Db

  before(async () => {
    db = openDatabase({ url: ':memory:' })
    for (const [name, migration] of Object.entries(MIGRATIONS)) {
      if (name === NAME) await enterTrainings(db)
      await migration.up(db)
    }
  })
  after(() => db.destroy())

  it('are entered with whose labels they used and under which promise', async () => {
    const uses = (party: string, column: string | null) =>
      listUses(db, { party, dataset: 'long.csv', node: 'train', column })
    const shown = (found: Awaited<ReturnType<typeof uses>>) =>
      found.map(({ jobId, matchId, label, loss, times, reads }) => {
        return [jobId, matchId, label, loss?.epsilon, loss?.delta, times, reads]
      })
    assert.deepEqual(shown(await uses('left', 'y')), [
      ['exact', 'm2', null, undefined, undefined, 1, true],
      ['noisy', 'm1', 'y', 1.6, 1e-8, 1, false],
      ['pure', 'm1', 'y', 3, 0, 1, false],
    ])
    assert.deepEqual(shown(await uses('right', 'x')), [
      ['exact', 'm2', 'x', undefined, undefined, 1, false],
      ['noisy', 'm1', null, undefined, undefined, 1, true],
      ['pure', 'm1', null, undefined, undefined, 1, true],
    ])
  })

  it('are not entered twice', async () => {
    const use = { matchId: 'm1', party: 'left', dataset: 'long.csv', label: 'y', loss: null }
    await assert.rejects(
      db.transaction().execute((trx) => enterUses(trx, 'noisy', [use])),
      /UNIQUE/,
    )
  })
})

async function enterTrainings(db: Db): Promise<void> {
  for (const [id, request] of Object.entries(TRAININGS)) {
    await sql`insert into job (id, surface, kind, name, description, tag, state, priority, progress, members, graph,
      request, created_at, updated_at) values (${id}, 'fedlearn', 'train', '', '', '', 'running', 0, 0, '{}', '[]',
      ${JSON.stringify(request)}, 1, 1)`.execute(db)
  }
}
