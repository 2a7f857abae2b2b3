import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import {
  countSearch,
  type JobOrder,
  type JobSearch,
  searchJobs,
} from '../../src/domain/job-search.ts'
import { submitJob } from '../../src/domain/job.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 0, 1)

/** What each job is, to compare with a plain filter over a list. */
interface Made {
  readonly id: string
  readonly at: number
  readonly took: number | null
  readonly role: string
  readonly party: string
  readonly module: string
}

describe('finding jobs', () => {
  let db: Db
  const made: Made[] = []

  before(async () => {
    db = openDatabase({ url: ':memory:' })
    await migrate(db)
    for (let index = 0; index < 60; index += 1) {
      const role = index % 2 === 0 ? 'guest' : 'host'
      const party = String(9999 + (index % 3))
      const module = index % 4 === 0 ? 'HeteroSecureBoost' : 'HeteroLR'
      const at = START + Math.floor(index / 7) * DAY
      const { id } = await submitJob(
        db,
        {
          surface: 'fate',
          kind: 'train',
          name: `job ${index}`,
          members: { [role]: [party], arbiter: ['1'] },
          graph: [{ name: `node_${index % 5}`, module, needs: [] }],
          tasks: [],
          request: {},
        },
        at,
      )
      const took = index % 5 === 0 ? null : (index * 37) % 11
      await db
        .updateTable('job')
        .set({ started_at: at, ended_at: took === null ? null : at + took })
        .where('id', '=', id)
        .execute()
      made.push({ id, at, took, role, party, module })
    }
  })
  after(() => db.destroy())

  /** All pages, one after the other. */
  async function all(search: JobSearch & { order?: JobOrder }): Promise<string[]> {
    const ids: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = await searchJobs(db, { ...search, limit: 7, after: cursor })
      ids.push(...page.items.map(({ id }) => id))
      if (page.next === undefined) return ids
      cursor = page.next
    }
  }

  const cases: [name: string, search: JobSearch, keep: (job: Made) => boolean][] = [
    ['everything', {}, () => true],
    ['a role', { role: 'host' }, ({ role }) => role === 'host'],
    ['a party', { party: '10000' }, ({ party }) => party === '10000'],
    ['a party in a role, not in another', { role: 'arbiter', party: '10000' }, () => false],
    [
      'part of a module in any case',
      { component: 'secureboost' },
      ({ module }) => module !== 'HeteroLR',
    ],
    [
      'a component by name',
      { component: 'node_3' },
      ({ id }) => made.findIndex((job) => job.id === id) % 5 === 3,
    ],
    [
      'a time',
      { since: START + DAY, until: START + 3 * DAY },
      ({ at }) => at >= START + DAY && at < START + 3 * DAY,
    ],
    ['what looks like a pattern', { component: '%' }, () => false],
  ]
  for (const [name, search, keep] of cases) {
    it(`finds ${name}, as a plain filter does`, async () => {
      const expected = made.filter(keep)
      assert.deepEqual((await all(search)).toSorted(), expected.map(({ id }) => id).toSorted())
      assert.equal(await countSearch(db, search), expected.length)
    })
  }

  it('orders by time either way and by how long it took, over all pages, each job once', async () => {
    const by = (key: (job: Made) => number, sign: number) =>
      made
        .toSorted((a, b) => sign * (key(a) - key(b) || (a.id < b.id ? -1 : 1)))
        .map(({ id }) => id)
    assert.deepEqual(
      await all({ order: 'newest' }),
      by(({ at }) => at, -1),
    )
    assert.deepEqual(
      await all({ order: 'oldest' }),
      by(({ at }) => at, 1),
    )
    assert.deepEqual(
      await all({ order: 'longest' }),
      by(({ took }) => took ?? -1, -1),
    )
  })
})
