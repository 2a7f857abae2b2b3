/**
 * Lists of jobs of task roles: what the database finds is what a plain filter, a plain sort and a slice find.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import fc from 'fast-check'

import type { Db } from '../../src/db/type.ts'
import {
  countFrameworks,
  FRAMEWORK_ORDERS,
  type FrameworkFilter,
  type FrameworkPage,
  listFrameworks,
} from '../../src/domain/framework-list.ts'
import { freshDatabase } from '../helpers/database.ts'

/** More than the offset from which a page is looked for from either end. */
const JOBS = 2600
const TAGS = ['a', 'b', 'night', 'nigh', 'x"a', '"a"', 'back\\', 'a\\"b', 'ü', '[]', ' ', 'not,one']
const STATES = ['SUCCEEDED', 'FAILED', 'STOPPED', 'WAITING', 'RUNNING'] as const
const PRIORITIES = [null, 'prod', 'test', 'oppo'] as const

interface Row {
  readonly jobId: string
  readonly owner: string
  readonly name: string
  readonly vc: string
  readonly priority: string | null
  readonly latest: boolean
  readonly state: string
  readonly tags: readonly string[]
  readonly submittedAt: number
  readonly completedAt: number | null
  readonly attempt: number
  readonly gpus: number
  readonly tasks: number
}

const job: fc.Arbitrary<Row> = fc
  .record({
    owner: fc.constantFrom('user0', 'user1', 'user2'),
    name: fc.constantFrom('job', 'j_b', 'j%b', 'j\\b'),
    vc: fc.constantFrom('vc0', 'vc1'),
    priority: fc.constantFrom(...PRIORITIES),
    latest: fc.constantFrom(true, true, true, true, false),
    state: fc.constantFrom(...STATES),
    tags: fc.oneof(fc.constant([]), fc.subarray(TAGS, { maxLength: 4 })),
    submittedAt: fc.nat(500),
    completedAt: fc.nat(500),
    attempt: fc.nat(5),
    gpus: fc.nat(8),
    tasks: fc.nat(16),
  })
  .map((row) => ({ ...row, jobId: '', completedAt: isOpen(row) ? null : row.completedAt }))

const some = (of: readonly string[]) => fc.option(fc.subarray([...of]), { nil: undefined, freq: 1 })

const filters: fc.Arbitrary<FrameworkFilter> = fc.record({
  owners: some(['user0', 'user1', 'user2', 'nobody']),
  virtualClusters: some(['vc0', 'vc1', 'v%']),
  states: some(STATES),
  keyword: fc.option(fc.constantFrom('', 'JOB-1', '7', '_', '%', '\\', 'vc1', 'user2'), {
    nil: undefined,
  }),
  tagged: some(TAGS),
  untagged: some(TAGS),
  priorities: fc.option(fc.subarray([...PRIORITIES]), { nil: undefined, freq: 1 }),
})

const pages: fc.Arbitrary<FrameworkPage> = fc.record({
  order: fc.constantFrom(...FRAMEWORK_ORDERS),
  descending: fc.boolean(),
  offset: fc.constantFrom(0, 0, 3, 40, 1001),
  limit: fc.constantFrom(1, 20, 5000),
})

describe('the list of jobs of task roles', () => {
  const rows = fc
    .sample(job, { seed: 20, numRuns: JOBS })
    .map((one, at) => ({ ...one, name: `${one.name}-${at}`, jobId: `j${(at * 7919) % 10007}` }))
  const all = rows.filter(({ latest }) => latest)
  let db: Db
  before(async () => {
    db = await freshDatabase()
    await enter(db, rows)
  })
  after(() => db.destroy())

  async function check(filter: FrameworkFilter, page: FrameworkPage): Promise<number> {
    const plain = plainly(all, filter, page.order, page.descending)
    const told = JSON.stringify({ filter, page })
    assert.equal(await countFrameworks(db, filter), plain.length, told)
    const found = await listFrameworks(db, filter, page)
    const wanted = plain.slice(page.offset, page.offset + page.limit)
    assert.deepEqual(
      found.map(({ jobId, state, tags }) => ({ jobId, state, tags })),
      wanted.map(({ jobId, state, tags }) => ({ jobId, state, tags })),
      told,
    )
    return found.length
  }

  it('has every page in every order, from either end', async () => {
    for (const order of FRAMEWORK_ORDERS)
      for (const descending of [false, true])
        for (const offset of [0, 990, 1000, 1150, all.length - 7, all.length, all.length + 5])
          await check({}, { order, descending, offset, limit: 20 })
    await check({}, { order: 'retries', descending: true, offset: 1200, limit: 5000 })
    await check({}, { order: 'retries', descending: true, offset: 1900, limit: 0 })
  })

  it('has those with one of the tags, and those with none, however tags are written', async () => {
    for (const tag of [...TAGS, ',', '","', '', 'igh', '\\', '"'])
      for (const filter of [{ tagged: [tag] }, { untagged: [tag] }])
        await check(filter, { order: 'jobName', descending: false, offset: 0, limit: 5000 })
    for (const tags of [[], TAGS, TAGS.slice(0, 2)])
      for (const filter of [{ tagged: tags }, { untagged: tags }])
        await check(filter, { order: 'vc', descending: true, offset: 0, limit: 5000 })
  })

  it('passes what a plain filter passes', async () => {
    let found = 0
    await fc.assert(
      fc.asyncProperty(filters, pages, async (filter, page) => {
        found += await check(filter, page)
      }),
      { seed: 21, numRuns: 200 },
    )
    assert.ok(found > 1000, `Only ${found} jobs were found in all rounds`)
  })
})

function isOpen({ state }: Pick<Row, 'state'>): boolean {
  return state === 'WAITING' || state === 'RUNNING'
}

function plainly(
  all: readonly Row[],
  filter: FrameworkFilter,
  order: FrameworkPage['order'],
  descending: boolean,
): Row[] {
  const { owners, virtualClusters, states, keyword = '', tagged, untagged, priorities } = filter
  const part = keyword.toLowerCase()
  const passed = all.filter(
    (row) =>
      (owners?.includes(row.owner) ?? true) &&
      (virtualClusters?.includes(row.vc) ?? true) &&
      (states?.includes(row.state) ?? true) &&
      [row.owner, row.name, row.vc].some((text) => text.toLowerCase().includes(part)) &&
      (tagged?.some((tag) => row.tags.includes(tag)) ?? true) &&
      !(untagged?.some((tag) => row.tags.includes(tag)) ?? false) &&
      (priorities?.includes(row.priority) ?? true),
  )
  const keys = {
    jobName: 'name',
    submissionTime: 'submittedAt',
    username: 'owner',
    vc: 'vc',
    retries: 'attempt',
    totalTaskNumber: 'tasks',
    totalGpuNumber: 'gpus',
    state: 'state',
    completionTime: 'completedAt',
    jobPriority: 'priority',
  } as const
  const key = keys[order]
  const ascending = passed.toSorted((a, b) => compare(a[key], b[key]) || compare(a.jobId, b.jobId))
  return descending ? ascending.toReversed() : ascending
}

/** What is missing comes last. */
function compare(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -1 : 1
}

async function enter(db: Db, rows: readonly Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += 100) {
    const some = rows.slice(at, at + 100)
    await db
      .insertInto('job')
      .values(
        some.map((row) => ({
          id: row.jobId,
          surface: 'openpai',
          kind: 'framework',
          name: `${row.owner}~${row.name}`,
          description: '',
          tag: '',
          state: 'running',
          priority: 10,
          progress: 0,
          members: '{}',
          graph: '[]',
          request: '{}',
          created_at: row.submittedAt,
          updated_at: row.submittedAt,
        })),
      )
      .execute()
    await db
      .insertInto('framework')
      .values(
        some.map((row) => ({
          job_id: row.jobId,
          owner: row.owner,
          name: row.name,
          version: 1,
          latest: row.latest ? 1 : 0,
          virtual_cluster: row.vc,
          priority: row.priority,
          config: '',
          plan: '{}',
          tags: JSON.stringify(row.tags),
          execution: 'START',
          state: isOpen(row) ? 'active' : row.state,
          attempt: row.attempt,
          total_gpus: row.gpus,
          total_tasks: row.tasks,
          total_roles: 1,
          submitted_at: row.submittedAt,
          completed_at: row.completedAt,
        })),
      )
      .execute()
    await db
      .insertInto('task')
      .values(
        some.filter(isOpen).map((row) => ({
          id: `${row.jobId}_t`,
          job_id: row.jobId,
          name: 'attempt-0:all',
          kind: 'process',
          role: 'w',
          position: 0,
          state: row.state === 'RUNNING' ? 'running' : 'ready',
          spec: '{}',
          progress: 0,
          attempts: 0,
          max_attempts: 1,
          created_at: 1,
          updated_at: 1,
        })),
      )
      .execute()
  }
}
