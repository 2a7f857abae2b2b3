/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { takeDuty } from '../../src/domain/duty.ts'
import { freshDatabase } from '../helpers/database.ts'
import { START } from '../helpers/jobs.ts'

describe('takeDuty', () => {
  it('lets one of all do it, and the next when its time has come', async () => {
    const db = await freshDatabase()
    const ask = (at: number) => takeDuty(db, { name: 'look', everyMs: 2000, at })
    const answers = await Promise.all([ask(START), ask(START), ask(START + 1)])
    assert.deepEqual(answers.filter(Boolean), [true])
    assert.equal(await ask(START + 1999), false)
    assert.equal(await ask(START + 2001), true)
    assert.equal(await takeDuty(db, { name: 'other', everyMs: 2000, at: START }), true)
  })

  it('goes on after a clock was set back', async () => {
    const db = await freshDatabase()
    const ask = (at: number) => takeDuty(db, { name: 'look', everyMs: 2000, at })
    assert.equal(await ask(START), true)
    assert.equal(await ask(START - 60_000), true)
    assert.equal(await ask(START - 59_000), false)
  })
})
