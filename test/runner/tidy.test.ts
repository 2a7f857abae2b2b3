/**
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { stopJob } from '../../src/domain/job.ts'
import { endedJobs } from '../../src/domain/runner-scope.ts'
import { resumeJob, suspendJob } from '../../src/domain/suspend.ts'
import { diskCheckpoints } from '../../src/runner/data/checkpoint-store.ts'
import { keptCheckpoints } from '../../src/runner/data/leftovers.ts'
import { segment } from '../../src/runner/data/path.ts'
import { keepTidy, tidy } from '../../src/runner/tidy.ts'
import { settle, testClock } from '../helpers/clock.ts'
import { freshDatabase } from '../helpers/database.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'
import { testLog } from '../helpers/runner.ts'

function keep(dataDir: string, jobId: string, node = 'hetero_lr_0'): Promise<void> {
  const key = { jobId, role: 'guest', party: '9999', node }
  return diskCheckpoints(dataDir, key).save(1, { weights: [1] })
}

describe('tidying a data directory', () => {
  it('removes the states of jobs that are over, and of no others', async () => {
    const db = await freshDatabase()
    const dataDir = await temporaryFolder()
    await enterRunner(db, 'r')
    const [running, suspended, stopped] = [await submit(db), await submit(db), await submit(db)]
    await suspendJob(db, { id: suspended.id, reason: 'later' })
    await stopJob(db, { id: stopped.id, reason: 'enough' })
    for (const { id } of [running, suspended, stopped]) {
      await keep(dataDir, id)
      await keep(dataDir, id, 'Another Node')
    }
    await keep(dataDir, 'of another server')
    const model = join(dataDir, 'jobs', stopped.id, 'guest_9999', 'a', 'model.json')
    await mkdir(join(model, '..'), { recursive: true })
    await writeFile(model, '{}')
    const store = {
      ended: (jobIds: readonly string[]) => endedJobs(db, { jobIds, parties: ['9999'] }),
    }
    const log = testLog()
    assert.deepEqual(await tidy({ dataDir, store, log }), [stopped.id])
    assert.deepEqual(
      [...(await keptCheckpoints(dataDir)).keys()].toSorted(),
      [running.id, suspended.id, 'of another server'].toSorted(),
    )
    await resumeJob(db, { id: suspended.id, reason: 'now' })
    assert.deepEqual(await tidy({ dataDir, store, log }), [])
    // A party that takes no part hears nothing of the job.
    assert.deepEqual(await endedJobs(db, { jobIds: [stopped.id], parties: ['30000'] }), [])
  })

  it('removes the working directories of programs when their job ended long enough ago', async () => {
    const db = await freshDatabase()
    const [dataDir, cluster] = [await temporaryFolder(), await temporaryFolder()]
    await enterRunner(db, 'r')
    const jobs = await Promise.all(['run', 'wait', 'old', 'new'].map(() => submit(db)))
    const [, suspended, old, fresh] = jobs.map(({ id }) => id)
    await suspendJob(db, { id: suspended, reason: 'later' }, START)
    await stopJob(db, { id: old, reason: 'enough' }, START)
    await stopJob(db, { id: fresh, reason: 'enough' }, START + 1)
    const paths = [...jobs.map(({ id }) => id), 'of another server'].map((id) => {
      const own = join('jobs', segment(id))
      return { id, work: join(own, segment('Train_1.5'), '1'), made: join(own, 'guest_9999', 'a') }
    })
    for (const { work, made } of paths) {
      for (const folder of [join(dataDir, work), join(dataDir, made), join(cluster, work)]) {
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, 'result'), '1')
      }
    }
    const store = {
      ended: (jobIds: readonly string[], forMs = 0) =>
        endedJobs(db, { jobIds, forMs, parties: null }, START + 5000),
    }
    const work = { folders: [dataDir, cluster], keepMs: 5000 }
    assert.deepEqual(await tidy({ dataDir, work, store, log: testLog() }), [old])
    for (const { id, work: own, made } of paths) {
      const gone = id === old
      assert.equal(existsSync(join(dataDir, own)), !gone, id)
      assert.equal(existsSync(join(cluster, own)), !gone, id)
      assert.ok(existsSync(join(dataDir, made, 'result')), 'what components made stays')
      assert.equal(existsSync(join(cluster, 'jobs', segment(id))), !gone, id)
    }
    assert.deepEqual(await tidy({ dataDir, work, store, log: testLog() }), [])
    assert.deepEqual(await tidy({ dataDir, store, log: testLog() }), [])
  })

  it('asks nobody while there is nothing, and goes on after a store that was away', async () => {
    const dataDir = await temporaryFolder()
    const clock = testClock()
    const stop = new AbortController()
    const asked: (readonly string[])[] = []
    const store = {
      async ended(jobIds: readonly string[]) {
        asked.push(jobIds)
        if (asked.length === 1) throw new Error('away')
        return [...jobIds]
      },
    }
    const over = keepTidy({ dataDir, store, log: testLog(), clock, signal: stop.signal })
    await keptCheckpoints(dataDir)
    await settle()
    assert.deepEqual(asked, [])
    await keep(dataDir, 'job')
    while (asked.length < 2) await clock.advance(60_000)
    while ((await keptCheckpoints(dataDir)).size > 0) await settle()
    stop.abort()
    await over
    assert.deepEqual(asked, [['job'], ['job']])
  })
})
