/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { databaseFile } from '../../src/db/open-file.ts'
import { createWatch } from '../../src/runner/watch.ts'
import { fileDatabase } from '../helpers/database.ts'
import { enterRunner, START } from '../helpers/jobs.ts'

describe('a watch', () => {
  it('resolves when another connection has written since the mark', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), { everyMs: 1 })
    await watch.mark()
    const changed = watch.changed(new AbortController().signal)
    await enterRunner(file.db, 'r', { at: START })
    await changed
    await file.remove()
  })

  it('resolves for what was written between mark and wait', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), { everyMs: 1 })
    await watch.mark()
    await enterRunner(file.db, 'r', { at: START })
    await watch.changed(new AbortController().signal)
    await file.remove()
  })

  it('hears of a write from the system, long before it looks by itself', async () => {
    const file = await fileDatabase()
    const path = databaseFile(file.url)
    const watch = createWatch(file.again(), { everyMs: 3_600_000, doubtMs: 3_600_000, file: path })
    await watch.mark()
    const changed = watch.changed(new AbortController().signal)
    await enterRunner(file.db, 'r', { at: START })
    await changed
    await file.remove()
  })

  it('looks by itself where the system cannot tell', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), { everyMs: 1, file: '/nowhere/weft.db' })
    await watch.mark()
    const changed = watch.changed(new AbortController().signal)
    await enterRunner(file.db, 'r', { at: START })
    await changed
    await file.remove()
  })

  it('waits while nothing changes, until its signal aborts', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), { everyMs: 1 })
    await watch.mark()
    const stop = new AbortController()
    let over = false
    const changed = watch.changed(stop.signal).finally(() => (over = true))
    // Another watch that sees a change has looked as often meanwhile.
    const other = createWatch(file.again(), { everyMs: 5 })
    await other.changed(new AbortController().signal)
    assert.equal(over, false)
    stop.abort()
    await changed
    await file.remove()
  })
})
