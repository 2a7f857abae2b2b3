/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { databaseTime } from '../../src/domain/clock.ts'
import { enforceLimits, type FrameworkLimits } from '../../src/domain/framework-limit.ts'
import { listFrameworkAttempts } from '../../src/domain/framework-record.ts'
import { getFramework } from '../../src/domain/framework.ts'
import { getJob } from '../../src/domain/job.ts'
import { recordSample } from '../../src/domain/runner-use.ts'
import { freshDatabase } from '../helpers/database.ts'
import { claim, end, enterHost, plan, RUNNER, submit } from '../helpers/framework.ts'
import { processSpec } from '../helpers/process-jobs.ts'

const MINUTE = 60_000
const NONE: FrameworkLimits = { runMs: null, idleMs: null, gangMs: null }

describe('limits of jobs of task roles', () => {
  it('stop a job that runs too long, retries included', async () => {
    const { db, start } = await scene()
    const { jobId } = await submit(db, { plan: plan(undefined, { retries: 5 }) })
    await end(db, (await claim(db, start))[0], { code: 1, at: start + 30 * MINUTE })
    await claim(db, start + 31 * MINUTE)
    const limits = { ...NONE, runMs: 60 * MINUTE }
    await enforceLimits(db, limits, start + 59 * MINUTE)
    assert.equal((await getFramework(db, jobId)).state, 'active')
    await enforceLimits(db, limits, start + 60 * MINUTE)
    assert.equal((await getFramework(db, jobId)).state, 'STOPPED')
    assert.match((await getJob(db, jobId)).reason ?? '', /has run for 60 minutes.*WEFT_JOB_HOURS/)
    const attempt = (await listFrameworkAttempts(db, jobId)).at(-1)
    assert.deepEqual([attempt?.exitCode, attempt?.number], [-210, 1])
  })

  it('may be the own one of a job, of which the server has a lower one or none', async () => {
    for (const [own, server, minutes, words] of [
      [20, null, 20, /20 minutes, which is its own limit \(extras\.weft\.runMinutes\)/],
      [20, 60, 20, /20 minutes, which is its own limit/],
      [90, 60, 60, /60 minutes, which is the limit of this server/],
    ] as const) {
      const { db, start } = await scene()
      const { jobId } = await submit(db, { plan: plan(undefined, { runMs: own * MINUTE }) })
      await claim(db, start)
      const limits = { ...NONE, runMs: server === null ? null : server * MINUTE }
      await enforceLimits(db, limits, start + (minutes - 1) * MINUTE)
      assert.equal((await getFramework(db, jobId)).state, 'active')
      await enforceLimits(db, limits, start + minutes * MINUTE)
      assert.equal((await getFramework(db, jobId)).state, 'STOPPED')
      assert.match((await getJob(db, jobId)).reason ?? '', words)
    }
  })

  it('of which there are none stop nothing', async () => {
    const { db, start } = await scene()
    const { jobId } = await submit(db)
    await claim(db, start)
    await enforceLimits(db, NONE, start + 60_000 * MINUTE)
    assert.equal((await getFramework(db, jobId)).state, 'active')
  })

  it('leave a job alone that only waits', async () => {
    const { db, start } = await scene()
    const { jobId } = await submit(db)
    await enforceLimits(db, { ...NONE, runMs: MINUTE }, start + 600 * MINUTE)
    assert.equal((await getFramework(db, jobId)).state, 'active')
  })

  for (const [what, use, stopped] of [
    ['stop a job whose GPUs did nothing', () => 0.01, true],
    ['spare one that used its GPU once', (minute: number) => (minute === 7 ? 0.4 : 0), false],
    ['spare one of whose GPU nothing is known', () => null, false],
    [
      'spare one whose runner said nothing for a while',
      (minute: number) => (minute > 4 && minute < 9 ? undefined : 0),
      false,
    ],
  ] as const) {
    it(what, async () => {
      const { db, start } = await scene()
      const spec = processSpec({ needs: { gpus: 1 } })
      const { jobId } = await submit(db, { plan: plan([{ name: 'w', spec }]) })
      const [task] = await claim(db, start)
      const id = task.allocation?.gpus[0] ?? ''
      for (let minute = 1; minute <= 12; minute += 1) {
        const busy = use(minute)
        if (busy === undefined) continue
        // The other device works: it is none of this job's.
        const gpus = [
          { id, use: busy, memoryMb: 100 },
          { id: id === '0' ? '1' : '0', use: 1, memoryMb: 100 },
        ]
        const sample = { cpu: 0, memoryMb: 1, tasks: 1, gpus }
        await recordSample(db, { runnerId: RUNNER, sample }, start + minute * MINUTE)
      }
      const limits = { ...NONE, idleMs: 10 * MINUTE }
      await enforceLimits(db, limits, start + 9 * MINUTE)
      assert.equal((await getFramework(db, jobId)).state, 'active')
      await enforceLimits(db, limits, start + 12 * MINUTE)
      assert.equal((await getFramework(db, jobId)).state, stopped ? 'STOPPED' : 'active')
      if (stopped)
        assert.match((await getJob(db, jobId)).reason ?? '', /GPUs were idle for 10 minutes/)
    })
  }

  it('end the wait of a gang that finds no room, which is tried again later at no cost', async () => {
    const { db, start } = await scene()
    const six = { name: 'w', spec: processSpec({ needs: { cores: 6 } }) }
    await submit(db, { name: 'first', plan: plan([six]) })
    await claim(db, start)
    const { jobId } = await submit(db, { name: 'second', plan: plan([six]) })
    const single = await submit(db, { name: 'third', plan: plan([six], { gang: false }) })
    const limits = { ...NONE, gangMs: 10 * MINUTE }
    await enforceLimits(db, limits, start + 9 * MINUTE)
    assert.equal((await getFramework(db, jobId)).attempt, 0)
    await enforceLimits(db, limits, start + 11 * MINUTE)
    const job = await getFramework(db, jobId)
    assert.deepEqual([job.state, job.attempt, job.retries.resource], ['active', 1, 1])
    assert.ok((job.dueAt ?? 0) >= start + 12 * MINUTE)
    const [attempt] = await listFrameworkAttempts(db, jobId)
    assert.equal(attempt.exitCode, 251)
    assert.match(
      attempt.diagnostics ?? '',
      /^Not all instances found their places within 10 minutes \(WEFT_GANG_MINUTES\): /,
    )
    assert.equal((await getFramework(db, single.jobId)).attempt, 0)
  })
})

async function scene(): Promise<{ db: Db; start: number }> {
  const db = await freshDatabase()
  await enterHost(db)
  return { db, start: await databaseTime(db) }
}
