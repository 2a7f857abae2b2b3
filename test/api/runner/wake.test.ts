/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createWake } from '../../../src/api/runner/wake.ts'
import { claimTasks } from '../../../src/domain/lease.ts'
import { createReadyMark } from '../../../src/domain/ready-mark.ts'
import { fileDatabase } from '../../helpers/database.ts'
import { enterRunner, submit } from '../../helpers/jobs.ts'

const LONG = 60_000

function waits() {
  return { ms: LONG, signal: new AbortController().signal }
}

describe('the wake of waiting claims', () => {
  it('wakes all of them when a task becomes ready, whoever wrote it', async () => {
    const file = await fileDatabase()
    await enterRunner(file.db, 'r')
    for (const writer of [file.db, file.again()]) {
      const wake = createWake(createReadyMark(file.db), 1)
      // The first look after a pause wakes whoever is there.
      await wake.after(wake.mark(), waits())
      const mark = wake.mark()
      const waiting = [1, 2, 3].map(() => wake.after(mark, waits()))
      await submit(writer)
      await Promise.all(waiting)
      assert.notEqual(wake.mark(), mark)
      assert.equal((await claimTasks(file.db, { runnerId: 'r', slots: 2 })).length, 2)
    }
    await file.remove()
  })

  it('misses nothing between the mark and the wait', async () => {
    const file = await fileDatabase()
    const wake = createWake(createReadyMark(file.db), 1)
    const mark = wake.mark()
    await wake.after(mark, waits())
    // It has moved on: whoever looked for work before does not wait.
    await wake.after(mark, waits())
    await file.remove()
  })

  it('looks once for all, and not at all while nobody waits', async () => {
    let looks = 0
    const wake = createWake(
      {
        version: async () => ++looks,
        newest: async () => String(looks),
      },
      1,
    )
    await Promise.all(Array.from({ length: 50 }, () => wake.after(wake.mark(), waits())))
    assert.ok(looks <= 2, `${looks} looks for 50 that wait`)
    const after = looks
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(looks <= after + 1)
  })

  it('ends with its time, with its signal, and with a database that fails', async () => {
    const still = { version: async () => 1, newest: async () => '' }
    const stop = new AbortController()
    const quiet = createWake(still, 1)
    await quiet.after(quiet.mark(), waits())
    const mark = quiet.mark()
    await quiet.after(mark, { ms: 3, signal: stop.signal })
    assert.equal(quiet.mark(), mark)
    const stopped = quiet.after(mark, { ms: LONG, signal: stop.signal })
    stop.abort()
    await stopped
    await quiet.after(mark, { ms: LONG, signal: stop.signal })
    const broken = createWake({ ...still, version: () => Promise.reject(new Error('locked')) }, 1)
    await broken.after(broken.mark(), waits())
  })
})
