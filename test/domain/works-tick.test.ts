import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { listEvents } from '../../src/domain/event.ts'
import { nextTime, timesBetween } from '../../src/domain/schedule.ts'
import { enterWork, reviseWork } from '../../src/domain/works-change.ts'
import { listRuns, stopWork } from '../../src/domain/works-run.ts'
import { backfill } from '../../src/domain/works-schedule.ts'
import { tickWorks } from '../../src/domain/works-tick.ts'
import { getWork, type NewWork } from '../../src/domain/works.ts'
import { type FakeRunner, startRunner } from '../helpers/app.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'

const HOUR = 3_600_000
/** Half past, so that the next full hour is clear. */
const START = Date.parse('2030-03-01T00:30:00Z')

const WORK: NewWork = {
  userId: 'somebody',
  name: 'a work',
  description: '',
  type: 'BATCH',
  category: 'FLINK_SQL',
  state: 'created',
  frequency: 'hourly',
  settings: {},
  script: 'SELECT 1',
  workDirectory: null,
  mainClassName: null,
  extraParams: null,
  javaVersion: null,
  createdAt: START,
  updatedAt: START,
  deletedAt: null,
}

/** A work whose schedule runs, and whose first run is over. */
async function scheduled(db: Db, runner: FakeRunner, more: Partial<NewWork> = {}) {
  const { id } = await enterWork(db, { ...WORK, ...more }, START)
  await reviseWork(db, { id, change: { state: 'running' }, at: START })
  await finish(runner)
  return id
}

async function finish(runner: FakeRunner, reason?: string) {
  for (const task of await runner.claim()) {
    await runner.settle(task, reason ? { state: 'failed', reason } : { state: 'succeeded' })
  }
}

describe('schedules of works', () => {
  async function setUp() {
    const db = await freshDatabase()
    return { db, runner: await startRunner(db, { engines: ['duckdb'] }) }
  }
  const triggers = async (db: Db, workId: string) =>
    (await listRuns(db, { workId, limit: 100 })).map(({ request }) => request['trigger'])

  it('fire once, whoever looks, and again an hour later', async () => {
    const file = await fileDatabase()
    try {
      const runner = await startRunner(file.db, { engines: ['duckdb'] })
      const id = await scheduled(file.db, runner)
      const others = [file.db, file.again(), file.again()]
      const at = START + HOUR / 2 + 10
      const fired = await Promise.all(others.map((db) => tickWorks(db, at)))
      assert.equal(
        fired.reduce((sum, count) => sum + count, 0),
        1,
      )
      assert.deepEqual(await triggers(file.db, id), ['schedule', 'manual'])
      await finish(runner)
      assert.equal(await tickWorks(file.db, at + HOUR / 2), 0)
      assert.equal(await tickWorks(file.db, at + HOUR), 1)
    } finally {
      await file.remove()
    }
  })

  it('fire what is due once after nobody was there for a day', async () => {
    const { db, runner } = await setUp()
    const id = await scheduled(db, runner)
    assert.equal(await tickWorks(db, START + 24 * HOUR), 1)
    await finish(runner)
    assert.equal(await tickWorks(db, START + 24 * HOUR + 1000), 0)
    assert.equal((await listRuns(db, { workId: id, limit: 100 })).length, 2)
  })

  it('leave a run out while the one before it runs, and say so', async () => {
    const { db, runner } = await setUp()
    const id = await scheduled(db, runner)
    await tickWorks(db, START + HOUR)
    await tickWorks(db, START + 2 * HOUR)
    const [run, ...before] = await listRuns(db, { workId: id, limit: 100 })
    assert.equal(before.length, 1)
    const events = await listEvents(db, { jobId: run?.id ?? '' })
    assert.match(
      events.find(({ type }) => type === 'work.skipped')?.message ?? '',
      /due at 2030-03-01T02:00:00.000Z was left out: the one before it still runs/,
    )
  })

  it('make up for every missed time, one after the other, where they are to catch up', async () => {
    const { db, runner } = await setUp()
    const id = await scheduled(db, runner, { settings: { catchUp: true } })
    const now = START + 3 * HOUR
    const due: unknown[] = []
    for (let round = 0; round < 5; round++) {
      await tickWorks(db, now + round)
      const [run] = await listRuns(db, { workId: id, limit: 1 })
      if (run?.state === 'running') due.push(run.request['dueAt'])
      await finish(runner)
    }
    assert.deepEqual(
      due,
      [0.5, 1.5, 2.5].map((hours) => START + hours * HOUR),
    )
  })

  it('make up for a past time that somebody asks for', async () => {
    const { db, runner } = await setUp()
    const id = await scheduled(db, runner)
    const from = START - 3 * HOUR
    const times = await backfill(db, { id, from, to: START, at: START })
    assert.equal(times.length, 3)
    for (const [round, dueAt] of times.entries()) {
      await tickWorks(db, START + 1 + round)
      const [run] = await listRuns(db, { workId: id, limit: 1 })
      assert.deepEqual([run?.request['trigger'], run?.request['dueAt']], ['backfill', dueAt])
      await finish(runner)
    }
    await tickWorks(db, START + 10)
    assert.equal((await listRuns(db, { workId: id, limit: 100 })).length, 4)
  })

  it('try a failed run again, later each time, as often as the work says', async () => {
    const { db, runner } = await setUp()
    const { id } = await enterWork(
      db,
      { ...WORK, frequency: null, settings: { retries: 2, backoffMs: 1000 } },
      START,
    )
    await reviseWork(db, { id, change: { state: 'running' }, at: START })
    await finish(runner, 'no luck')
    await tickWorks(db, START)
    await tickWorks(db, START + 999)
    assert.deepEqual(await triggers(db, id), ['manual'])
    await tickWorks(db, START + 1000)
    assert.deepEqual(await triggers(db, id), ['retry', 'manual'])
    await finish(runner, 'no luck')
    await tickWorks(db, START + 2000)
    await tickWorks(db, START + 3999)
    assert.equal((await triggers(db, id)).length, 2)
    await tickWorks(db, START + 4000)
    const runs = await listRuns(db, { workId: id, limit: 100 })
    assert.deepEqual(
      runs.map(({ request }) => request['attempt']),
      [3, 2, 1],
    )
    await finish(runner, 'no luck')
    await tickWorks(db, START + 24 * HOUR)
    assert.equal((await triggers(db, id)).length, 3)
    assert.equal((await getWork(db, id)).state, 'failed')
  })

  it('do not try again what somebody stopped', async () => {
    const { db } = await setUp()
    const { id } = await enterWork(
      db,
      { ...WORK, frequency: null, settings: { retries: 5, backoffMs: 0 } },
      START,
    )
    await reviseWork(db, { id, change: { state: 'running' }, at: START })
    await stopWork(db, id, START)
    await tickWorks(db, START + HOUR)
    assert.equal((await triggers(db, id)).length, 1)
  })

  it('hold a work back until the works before it have finished', async () => {
    const { db, runner } = await setUp()
    const first = await enterWork(db, { ...WORK, frequency: null }, START)
    const second = await enterWork(
      db,
      { ...WORK, frequency: null, settings: { after: [first.id] } },
      START,
    )
    const start = (id: string) => reviseWork(db, { id, change: { state: 'running' }, at: START })
    await assert.rejects(start(second.id), /comes after work .* which is created/)
    await start(first.id)
    await finish(runner)
    assert.equal((await start(second.id)).state, 'running')
  })

  it('fire 500 that are due at once in seconds, of which `bench works-fire` tells how many', async () => {
    const file = await fileDatabase()
    try {
      const { db } = file
      const runner = await startRunner(db, { engines: ['duckdb'] })
      for (let count = 0; count < 500; count++)
        await enterWork(db, { ...WORK, state: 'running' }, START)
      for (let left = 500; left > 0; left -= 64) await finish(runner)
      // What else the machine does meanwhile is not counted.
      const from = process.cpuUsage()
      assert.equal(await tickWorks(db, START + HOUR), 500)
      const { user, system } = process.cpuUsage(from)
      const took = (user + system) / 1000
      assert.ok(took < 5000, `it took ${took.toFixed(0)} ms`)
    } finally {
      await file.remove()
    }
  })
})

describe('nextTime', () => {
  const at = (text: string) => Date.parse(text)
  const CASES: readonly [cron: string, timezone: string, after: string, next: string][] = [
    ['0 * * * *', 'UTC', '2021-12-01T16:53:34Z', '2021-12-01T17:00:00Z'],
    ['0 0 * * 0', 'UTC', '2021-12-01T16:53:34Z', '2021-12-05T00:00:00Z'],
    ['0 9 * * *', 'Asia/Shanghai', '2021-12-01T16:53:34Z', '2021-12-02T01:00:00Z'],
    // Clocks went from 2 to 3 that night: what is due between is due when it is 3.
    ['30 2 * * *', 'Europe/Berlin', '2024-03-30T12:00:00Z', '2024-03-31T01:00:00Z'],
    // And from 3 to 2 that night: once is enough.
    ['30 2 * * *', 'Europe/Berlin', '2024-10-26T12:00:00Z', '2024-10-27T00:30:00Z'],
    ['30 2 * * *', 'Europe/Berlin', '2024-10-27T00:30:00Z', '2024-10-28T01:30:00Z'],
    ['*/10 * * * * *', 'UTC', '2021-12-01T16:53:34Z', '2021-12-01T16:53:40Z'],
  ]
  for (const [cron, timezone, after, next] of CASES) {
    it(`of "${cron}" in ${timezone} after ${after} is ${next}`, () => {
      const found = nextTime({ cron, timezone }, at(after))
      assert.equal(new Date(found ?? 0).toISOString(), new Date(at(next)).toISOString())
    })
  }

  it('counts no time twice and leaves none out', () => {
    const rule = { cron: '0 * * * *', timezone: 'America/New_York' }
    const from = at('2024-11-03T00:00:00Z')
    const times = timesBetween(rule, { from, to: from + 24 * HOUR, limit: 100 })
    assert.deepEqual(
      times,
      Array.from({ length: 24 }, (_, hour) => from + hour * HOUR),
    )
  })
})
