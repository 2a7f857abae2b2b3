/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { databaseTime } from '../../src/domain/clock.ts'
import { listEvents } from '../../src/domain/event.ts'
import { FRAMEWORK_EVENTS, tellFrameworks } from '../../src/domain/framework-webhook.ts'
import { stopJob } from '../../src/domain/job.ts'
import type { MessageSeal } from '../../src/domain/webhook-signature.ts'
import { freshDatabase } from '../helpers/database.ts'
import { claim, end, enterHost, plan, submit } from '../helpers/framework.ts'

const URL = 'https://hooks.example/job/secret-path'
const MINUTE = 60_000

describe('the webhook of a job', () => {
  it('is told in order that it runs, is tried again and is over', async () => {
    const { db, told, look } = await scene()
    await submit(db, {
      plan: plan(undefined, { retries: 1 }),
      webhook: { url: URL, events: FRAMEWORK_EVENTS },
    })
    await look()
    assert.equal(told.length, 0)
    await end(db, (await claim(db))[0], { code: 1, words: 'password=hush was wrong' })
    await look()
    await end(db, (await claim(db))[0])
    await look()
    assert.deepEqual(
      told.map(({ event, attempt, exit_code: code }) => [event, attempt, code]),
      [
        ['job.running', 0, null],
        ['job.retried', 1, null],
        ['job.running', 1, null],
        ['job.succeeded', 1, 0],
      ],
    )
    assert.equal(told[0].job, 'ann~a')
    assert.match(String(told[0].message), /password=\*\*\*/)
    assert.deepEqual(await db.selectFrom('framework_webhook').selectAll().execute(), [])
  })

  it('is told only of what it wants', async () => {
    const { db, told, look } = await scene()
    const { jobId } = await submit(db, { webhook: { url: URL, events: ['stopped'] } })
    await claim(db)
    await stopJob(db, { id: jobId, reason: 'Stopped by ann' })
    await look()
    assert.deepEqual(
      told.map(({ event, exit_code: code, message }) => [event, code, message]),
      [['job.stopped', -210, 'Stopped by ann']],
    )
  })

  it('that does not answer is tried again, then given up for that change alone', async () => {
    const { db, told, look } = await scene({ fail: 10 })
    const { jobId } = await submit(db, { webhook: { url: URL, events: FRAMEWORK_EVENTS } })
    await end(db, (await claim(db))[0], { code: 3 })
    await look()
    const events = (await listEvents(db, { jobId })).filter(
      ({ type }) => type === 'framework.webhook',
    )
    assert.equal(events.length, 10)
    assert.match(events[9].message, /was not told that it is running .*it is given up/)
    assert.ok(events.every(({ message }) => !message.includes('secret-path')))
    assert.deepEqual(
      told.map(({ event }) => event),
      ['job.failed'],
    )
  })

  it('is told once, however many look', async () => {
    const { db, told } = await scene()
    await submit(db, { webhook: { url: URL, events: FRAMEWORK_EVENTS } })
    await claim(db)
    const at = (await databaseTime(db)) + MINUTE
    const send = async (_url: string, body: object) => void told.push({ ...body })
    await Promise.all([1, 2, 3].map(() => tellFrameworks(db, at, send)))
    assert.equal(told.length, 1)
  })

  it('is signed with the secret of the job; a message keeps its id when it is tried again', async () => {
    const { db, seals, look } = await scene({ fail: 1 })
    const secret = `whsec_${btoa('k'.repeat(32))}`
    const first = await submit(db, { webhook: { url: URL, events: FRAMEWORK_EVENTS, secret } })
    await end(db, (await claim(db))[0])
    await look()
    assert.deepEqual(
      seals,
      [0, 0, 1].map((index) => ({ id: `job-${first.jobId}-${index}`, secret })),
    )
    const weak = submit(db, { webhook: { url: URL, events: [], secret: 'hush' } })
    await assert.rejects(weak, (error: Error) => {
      assert.match(error.message, /^extras\.weft\.webhookSecret should be whsec_ followed by/)
      return !error.message.includes('hush')
    })
    assert.deepEqual(await db.selectFrom('framework_webhook').selectAll().execute(), [])
  })

  it('has to be an address of the web', async () => {
    const { db } = await scene()
    for (const url of ['ftp://hooks.example', 'file:///etc/passwd', '<% $secrets.hook %>'])
      await assert.rejects(
        submit(db, { webhook: { url, events: FRAMEWORK_EVENTS } }),
        /begins with http/,
      )
  })
})

async function scene({ fail = 0 } = {}) {
  const db: Db = await freshDatabase()
  await enterHost(db)
  const told: Record<string, unknown>[] = []
  let at = (await databaseTime(db)) + MINUTE
  let left = fail
  const seals: MessageSeal[] = []
  const send = async (url: string, body: object, seal: MessageSeal) => {
    seals.push(seal)
    if (left > 0) {
      left -= 1
      throw new Error(`${url} does not answer`)
    }
    told.push({ ...body })
  }
  return {
    db,
    told,
    /** Of every try. */
    seals,
    /** Looks until there is nothing more to tell, however long that takes. */
    async look() {
      for (let quiet = 0; quiet < 3; at += 2 * 3_600_000)
        quiet = (await tellFrameworks(db, at, send)) === 0 ? quiet + 1 : 0
    },
  }
}
