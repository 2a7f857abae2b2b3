/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createWatch } from '../../src/runner/watch.ts'
import { fileDatabase } from '../helpers/database.ts'
import { enterRunner, START } from '../helpers/jobs.ts'

describe('a watch', () => {
  it('resolves when another connection has written since the mark', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), 1)
    await watch.mark()
    const changed = watch.changed(new AbortController().signal)
    await enterRunner(file.db, 'r', { at: START })
    await changed
    await file.remove()
  })

  it('resolves for what was written between mark and wait', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), 1)
    await watch.mark()
    await enterRunner(file.db, 'r', { at: START })
    await watch.changed(new AbortController().signal)
    await file.remove()
  })

  it('waits while nothing changes, until its signal aborts', async () => {
    const file = await fileDatabase()
    const watch = createWatch(file.again(), 1)
    await watch.mark()
    const stop = new AbortController()
    let over = false
    const changed = watch.changed(stop.signal).finally(() => (over = true))
    // Another watch that sees a change has looked as often meanwhile.
    const other = createWatch(file.again(), 5)
    await other.changed(new AbortController().signal)
    assert.equal(over, false)
    stop.abort()
    await changed
    await file.remove()
  })
})
