/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { openDatabase } from '../../src/db/open-file.ts'
import { listEvents } from '../../src/domain/event.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { createSettler } from '../../src/runner/settler.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'
import { enterRunner, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const

describe('a settler', () => {
  it('ends in one transaction what ends together, each caller with its own answer', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r')
    const job = await submit(db)
    const held = await claimTasks(db, { runnerId: 'r', slots: 8 })
    const settler = createSettler(db)
    const answers = await Promise.all(
      [...held.map((task) => task.attemptId), 'not held'].map((attemptId) =>
        settler.add('r', { attemptId, outcome: done }),
      ),
    )
    assert.deepEqual(answers, [true, true, false])
    const ends = (await listEvents(db, { jobId: job.id })).filter(
      (event) => event.type === 'task.succeeded',
    )
    assert.equal(ends.length, 2)
    // One transaction has one time.
    assert.equal(new Set(ends.map((event) => event.at)).size, 1)
  })

  it('tells every caller when the database is locked, and works on afterwards', async () => {
    const file = await fileDatabase()
    await enterRunner(file.db, 'r')
    await submit(file.db)
    const held = await claimTasks(file.db, { runnerId: 'r', slots: 8 })
    const impatient = openDatabase({ url: file.url, busyMs: 20 })
    const settler = createSettler(impatient)
    const settleAll = () =>
      Promise.allSettled(
        held.map(({ attemptId }) => settler.add('r', { attemptId, outcome: done })),
      )
    const locked = await file.db.transaction().execute(settleAll)
    assert.deepEqual(
      locked.map((result) => result.status === 'rejected' && (result.reason as Error).message),
      ['database is locked', 'database is locked'],
    )
    assert.deepEqual(await settleAll(), [
      { status: 'fulfilled', value: true },
      { status: 'fulfilled', value: true },
    ])
    await impatient.destroy()
    await file.remove()
  })
})
