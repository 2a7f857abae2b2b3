/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { databaseTime } from '../../src/domain/clock.ts'
import { exitOf } from '../../src/domain/exit.ts'
import { listFrameworkAttempts, listMembers } from '../../src/domain/framework-record.ts'
import { type Framework, getFramework } from '../../src/domain/framework.ts'
import { renewLeases } from '../../src/domain/lease.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { saveCluster } from '../../src/domain/virtual-cluster.ts'
import { freshDatabase } from '../helpers/database.ts'
import { claim, end, enterHost, plan, RUNNER, submit } from '../helpers/framework.ts'
import { processSpec } from '../helpers/process-jobs.ts'

describe('an opportunistic job', () => {
  it('is taken back for one of a higher priority, and tried again at no cost', async () => {
    const db = await withHost()
    const low = await submit(db, { name: 'low', priority: 'oppo', plan: cores(8) })
    const [task] = await claim(db)
    const high = await submit(db, { name: 'high', priority: 'test', plan: cores(6) })
    assert.deepEqual(await claim(db), [])
    await later(db)
    const [lost] = await renewLeases(db, { runnerId: RUNNER, attemptIds: [task.attemptId] })
    assert.match(lost.reason, /made room for job "ann~high"/)
    const job = await getFramework(db, low.jobId)
    assert.deepEqual([job.state, job.attempt], ['active', 1])
    assert.deepEqual(job.retries, { user: 0, platform: 1, resource: 0, unknown: 0 })
    const [first] = await listFrameworkAttempts(db, low.jobId)
    assert.deepEqual([first.exitCode, first.trigger], [-1003, { role: 'w', index: 0 }])
    const [own] = await claim(db)
    assert.equal(own.jobId, high.jobId)
    await end(db, own)
    const [again] = await claim(db)
    assert.deepEqual([again.jobId, again.name], [low.jobId, 'attempt-1:all'])
    await end(db, again)
    assert.equal((await getFramework(db, low.jobId)).state, 'SUCCEEDED')
  })

  it('is left alone where there is room beside it, or where its room is not enough', async () => {
    const db = await withHost()
    const low = await submit(db, { name: 'low', priority: 'oppo', plan: cores(2) })
    const fixed = await submit(db, { name: 'fixed', plan: cores(2) })
    assert.equal((await claim(db)).length, 2)
    await submit(db, { name: 'beside', plan: cores(4) })
    await submit(db, { name: 'large', plan: cores(7) })
    await later(db)
    assert.equal((await getFramework(db, low.jobId)).attempt, 0)
    assert.equal((await getFramework(db, fixed.jobId)).attempt, 0)
  })

  it('does not give way to another opportunistic one', async () => {
    const db = await withHost()
    const low = await submit(db, { name: 'low', priority: 'oppo', plan: cores(8) })
    await claim(db)
    await submit(db, { name: 'other', priority: 'oppo', plan: cores(8) })
    await later(db)
    assert.equal((await getFramework(db, low.jobId)).attempt, 0)
  })

  it('gives way only as far as needed, the youngest first', async () => {
    const db = await withHost()
    const jobs: Framework[] = []
    for (const name of ['a', 'b', 'c', 'd'])
      jobs.push(await submit(db, { name, priority: 'oppo', plan: cores(2) }))
    const times = jobs.map(({ jobId }, at) => ({ jobId, at }))
    for (const { jobId, at } of times)
      await db
        .updateTable('framework')
        .set({ submitted_at: at })
        .where('job_id', '=', jobId)
        .execute()
    assert.equal((await claim(db)).length, 4)
    await submit(db, { name: 'high', priority: 'prod', plan: cores(3) })
    await later(db)
    const attempts = await Promise.all(
      jobs.map(async (job) => (await getFramework(db, job.jobId)).attempt),
    )
    assert.deepEqual(attempts, [0, 0, 1, 1])
  })

  it('without a gang gives way by single instances, which are tried again', async () => {
    const db = await withHost()
    const role = { name: 'w', instances: 4, spec: processSpec({ needs: { cores: 2 } }) }
    const low = await submit(db, {
      name: 'low',
      priority: 'oppo',
      plan: plan([role], { gang: false }),
    })
    assert.equal((await claim(db)).length, 4)
    await submit(db, { name: 'high', priority: 'prod', plan: cores(2) })
    await later(db)
    assert.equal((await getFramework(db, low.jobId)).attempt, 0)
    const members = await listMembers(db, { jobId: low.jobId, attempt: 0 })
    assert.deepEqual(members.map(({ state }) => state).toSorted(), [
      'ready',
      'running',
      'running',
      'running',
    ])
    const back = members.find(({ state }) => state === 'ready')
    assert.equal(back?.tries[0] && exitOf(back.tries[0])?.code, -1003)
  })

  it('takes nothing of a quota from those of a higher priority', async () => {
    const db = await withHost()
    await saveCluster(db, { name: 'vc', quota: { cores: 4, memoryMb: null, gpus: null } }, 0)
    const wanted = { virtualCluster: 'vc', plan: cores(4) }
    const low = await submit(db, { ...wanted, name: 'low', priority: 'oppo' })
    await claim(db)
    await submit(db, { ...wanted, name: 'high' })
    assert.deepEqual((await claim(db)).length, 1)
    const next = await submit(db, { ...wanted, name: 'next', priority: 'oppo' })
    const [waiting] = await listMembers(db, { jobId: next.jobId, attempt: 0 })
    assert.match(waiting.reason ?? '', /8 of the 4 of virtual cluster "vc" are in use/)
    assert.equal((await getFramework(db, low.jobId)).attempt, 0)
  })
})

function cores(count: number) {
  return plan([{ name: 'w', spec: processSpec({ needs: { cores: count } }) }])
}

async function later(db: Db): Promise<void> {
  await sweep(db, (await databaseTime(db)) + 2000)
}

async function withHost(): Promise<Db> {
  const db = await freshDatabase()
  await enterHost(db)
  return db
}
