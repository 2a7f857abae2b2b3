import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { listEvents } from '../../src/domain/event.ts'
import { maskSecrets, maskUrl, type SendWebhook } from '../../src/domain/webhook.ts'
import { tellAlerts } from '../../src/domain/works-alert.ts'
import { enterWork, reviseWork } from '../../src/domain/works-change.ts'
import { tickWorks } from '../../src/domain/works-tick.ts'
import type { NewWork, WorkSettings } from '../../src/domain/works.ts'
import { type FakeRunner, startRunner } from '../helpers/app.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'

const START = Date.parse('2030-03-01T00:30:00Z')
const LATER = START + 60_000
const WEBHOOK = 'https://hooks.example/services/T0/secret-path'

const WORK: NewWork = {
  userId: 'somebody',
  name: 'nightly',
  description: '',
  type: 'BATCH',
  category: 'FLINK_SQL',
  state: 'created',
  frequency: null,
  settings: { webhook: WEBHOOK },
  script: 'SELECT 1',
  workDirectory: null,
  mainClassName: null,
  extraParams: null,
  javaVersion: null,
  createdAt: START,
  updatedAt: START,
  deletedAt: null,
}

/** What was sent, in order; a sender that takes everything. */
function listener() {
  const told: { url: string; body: Record<string, unknown> }[] = []
  const send: SendWebhook = async (url, body) => void told.push({ url, body: { ...body } })
  return { told, send }
}

async function started(db: Db, settings: WorkSettings = WORK.settings) {
  const { id } = await enterWork(db, { ...WORK, settings }, START)
  const { runId } = await reviseWork(db, { id, change: { state: 'running' }, at: START })
  return { id, runId: runId ?? '' }
}

async function end(runner: FakeRunner, reason?: string) {
  for (const task of await runner.claim()) {
    await runner.settle(task, reason ? { state: 'failed', reason } : { state: 'succeeded' })
  }
}

describe('an alert', () => {
  async function setUp() {
    const db = await freshDatabase()
    return { db, runner: await startRunner(db, { engines: ['duckdb'] }), ...listener() }
  }

  it('tells of a failed run once, whoever looks, after it has stood for a while', async () => {
    const file = await fileDatabase()
    try {
      const runner = await startRunner(file.db, { engines: ['duckdb'] })
      const { told, send } = listener()
      const { id, runId } = await started(file.db)
      await end(runner, "No table 'x', 'password' = 'hunter2'")
      await tickWorks(file.db, START)
      await tickWorks(file.db, START + 1)
      assert.equal(await tellAlerts(file.db, START + 1000, send), 0)
      const others = [file.db, file.again(), file.again()]
      await Promise.all(others.map((db) => tellAlerts(db, LATER, send)))
      await tellAlerts(file.db, LATER + 86_400_000, send)
      assert.equal(told.length, 1)
      assert.equal(told[0]?.url, WEBHOOK)
      assert.partialDeepStrictEqual(told[0]?.body ?? {}, {
        event: 'work.failed',
        work_id: id,
        name: 'nightly',
        task_id: runId,
        attempt: 1,
      })
      assert.match(String(told[0]?.body['error_message']), /'password' = \*\*\*/)
      assert.doesNotMatch(JSON.stringify(told), /hunter2/)
    } finally {
      await file.remove()
    }
  })

  it('waits until the retries are used up', async () => {
    const { db, runner, told, send } = await setUp()
    await started(db, { webhook: WEBHOOK, retries: 1, backoffMs: 1000 })
    await end(runner, 'gone')
    await tickWorks(db, START)
    await tellAlerts(db, LATER, send)
    assert.equal(told.length, 0)
    await tickWorks(db, LATER)
    await end(runner, 'gone again')
    await tickWorks(db, LATER)
    await tellAlerts(db, LATER + 60_000, send)
    assert.deepEqual(
      told.map(({ body }) => body['attempt']),
      [2],
    )
  })

  it('is not for runs that ended well or were stopped, nor for works without a webhook', async () => {
    const { db, runner, told, send } = await setUp()
    await started(db)
    await end(runner)
    const { id } = await started(db)
    await reviseWork(db, { id, change: { state: 'canceled' }, at: START })
    await started(db, {})
    await end(runner, 'gone')
    await tickWorks(db, START)
    assert.equal(await tellAlerts(db, LATER, send), 0)
    assert.equal(told.length, 0)
  })

  it('is dropped where the run has recovered when it is looked at again', async () => {
    const { db, runner, told, send } = await setUp()
    const { runId } = await started(db)
    await end(runner, 'gone')
    await tickWorks(db, START)
    await db.updateTable('job').set({ state: 'running' }).where('id', '=', runId).execute()
    assert.equal(await tellAlerts(db, LATER, send), 1)
    assert.equal(await tellAlerts(db, LATER + 86_400_000, send), 0)
    assert.equal(told.length, 0)
  })

  it('is tried again, less and less often, and given up in the end; its log has no secret', async () => {
    const { db, runner } = await setUp()
    const { runId } = await started(db)
    await end(runner, 'gone')
    await tickWorks(db, START)
    const tries: number[] = []
    for (let at = START; tries.length < 10 && at < START + 86_400_000; at += 10_000) {
      await tellAlerts(db, at, async (url) => {
        tries.push(at)
        throw new Error(`${url} refused`)
      })
    }
    const waits = tries.slice(1).map((time, index) => time - (tries[index] ?? 0))
    assert.ok(waits.every((wait, index) => wait >= (waits[index - 1] ?? 0)))
    assert.ok((waits[0] ?? 0) <= 30_000 && (waits.at(-1) ?? 0) >= 1_800_000, String(waits))
    assert.equal(await tellAlerts(db, START + 10 * 86_400_000, async () => {}), 0)
    const events = await listEvents(db, { jobId: runId })
    const told = events.filter(({ type }) => type === 'work.alert').map(({ message }) => message)
    assert.equal(told.length, 10)
    assert.match(told.at(-1) ?? '', /hooks\.example\/\*\*\* refused\): it is given up/)
    assert.doesNotMatch(told.join(), /secret-path/)
  })
})

describe('secrets', () => {
  for (const [text, masked] of [
    ["'connector' = 'jdbc', 'password' = 'a''b c'", "'connector' = 'jdbc', 'password' = ***"],
    ['s3.access-key: AKIA s3.secret-key: x', 's3.access-key: *** s3.secret-key: ***'],
    ['jdbc:mysql://root:pw@db/x', 'jdbc:mysql://***@db/x'],
    ['?token=abc&limit=3', '?token=***&limit=3'],
    ['Object "x" not found', 'Object "x" not found'],
  ] as const) {
    it(`are left out of ${text}`, () => assert.equal(maskSecrets(text), masked))
  }

  it('of an address are all but where it leads', () => {
    assert.equal(maskUrl(WEBHOOK), 'https://hooks.example/***')
    assert.equal(maskUrl('http://u:p@h:81/'), 'http://h:81/***')
    assert.equal(maskUrl('http://h:81/'), 'http://h:81/')
  })
})
