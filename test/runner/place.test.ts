/**
 * Runners that share jobs: members of a group meet, and no device is in two hands.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { submitJob } from '../../src/domain/job.ts'
import type { Capacity, LeasedTask, RunnerProfile } from '../../src/domain/work.ts'
import type { Executor } from '../../src/runner/executor.ts'
import { createRunner, type Runner } from '../../src/runner/runner.ts'
import { dbStore } from '../../src/runner/store-db.ts'
import { fileDatabase } from '../helpers/database.ts'
import { jobOf, profileOf } from '../helpers/jobs.ts'
import { testLog } from '../helpers/runner.ts'

describe('runners with one slot each', () => {
  it('bring the members of every group together, however many groups want both', async () => {
    const file = await fileDatabase()
    const jobs = 5
    for (let index = 0; index < jobs; index++) await submitJob(file.db, jobOf({ nodes: ['a'] }))
    const meetings = new Map<string, PromiseWithResolvers<void> & { here: number }>()
    const ended = countTo(2 * jobs)
    const executor: Executor = {
      // Ends only when the other member is there too, as a protocol between them would.
      async run({ jobId }) {
        const meeting = meetings.get(jobId) ?? { ...Promise.withResolvers<void>(), here: 0 }
        meetings.set(jobId, meeting)
        if (++meeting.here === 2) meeting.resolve()
        await meeting.promise
        return { state: 'succeeded' }
      },
      finish: ended.add,
    }
    const runners = [
      runnerOn(file.db, executor, { id: 'g', parties: ['9999'], slots: 1 }),
      runnerOn(file.again(), executor, { id: 'h', parties: ['10000'], slots: 1 }),
    ]
    for (const runner of runners) await runner.start()
    await ended.reached
    assert.deepEqual(
      [...meetings.values()].map(({ here }) => here),
      Array.from({ length: jobs }, () => 2),
    )
    await Promise.all(runners.map((runner) => runner.drain(1000)))
    await file.remove()
  })
})

describe('two runners on one host', () => {
  it('never use a device at the same time', async () => {
    const file = await fileDatabase()
    const tasks = 12
    const { db } = file
    // A node for each, so that nothing has to begin together.
    const names = Array.from({ length: tasks }, (_, index) => `n${index}`)
    await submitJob(db, {
      ...jobOf({ members: {}, nodes: [] }),
      graph: names.map((name) => ({ name, module: 'Test', needs: [] })),
      tasks: names.map((name, index) => ({
        name,
        kind: 'component' as const,
        role: null,
        party: null,
        position: 0,
        needs: { gpus: 1 + (index % 2) },
        spec: jobOf({ members: { local: ['1'] } }).tasks[0].spec,
      })),
    })
    const inUse = new Map<string, string>()
    const clashes: string[] = []
    let most = 0
    const ended = countTo(tasks)
    const executor: Executor = {
      async run({ taskId, allocation }: LeasedTask) {
        const gpus = allocation?.gpus ?? []
        for (const gpu of gpus) {
          if (inUse.has(gpu)) clashes.push(`${gpu}: ${inUse.get(gpu)} and ${taskId}`)
          inUse.set(gpu, taskId)
        }
        most = Math.max(most, inUse.size)
        await new Promise((resolve) => setImmediate(resolve))
        for (const gpu of gpus) inUse.delete(gpu)
        return { state: 'succeeded' }
      },
      finish: ended.add,
    }
    const gpus = ['0', '1'].map((id) => ({
      id,
      name: 'GPU',
      memoryMb: null,
      driver: null,
      kind: 'cuda' as const,
    }))
    const capacity: Capacity = { gpus }
    const facts = { host: 'gpu1' }
    const runners = [
      runnerOn(db, executor, { id: 'a', capacity, facts }),
      runnerOn(file.again(), executor, { id: 'b', capacity, facts }),
    ]
    for (const runner of runners) await runner.start()
    await ended.reached
    assert.deepEqual(clashes, [])
    assert.ok(most > 0)
    await Promise.all(runners.map((runner) => runner.drain(1000)))
    await file.remove()
  })
})

function runnerOn(
  db: Db,
  executor: Executor,
  options: Partial<RunnerProfile> & { id: string },
): Runner {
  const profile = profileOf(options.id, options)
  const noSpool = () => Promise.reject(new Error('no spool'))
  return createRunner({
    store: dbStore(db, { openSpool: noSpool, dropSpool: noSpool, watch: { everyMs: 5 } }),
    profile,
    slots: profile.slots,
    executor,
    log: testLog(),
    pollMs: 20,
  })
}

function countTo(goal: number): { add(): Promise<void>; reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let count = 0
  return {
    add() {
      if (++count === goal) resolve()
      return Promise.resolve()
    },
    reached: promise,
  }
}
