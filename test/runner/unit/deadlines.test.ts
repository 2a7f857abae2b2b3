/**
 * Deadlines that share a timer.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { Deadlines } from '../../../src/runner/unit/deadlines.ts'

const MS = 30

describe('deadlines', () => {
  it('come for each after its time and once, in order, and not for what is over', async () => {
    const deadlines = new Deadlines(MS)
    const late: { name: string; waited: number }[] = []
    const waiting = (name: string, then: () => void = () => undefined) => ({
      place: -1,
      since: 0,
      late() {
        late.push({ name, waited: performance.now() - this.since })
        then()
      },
    })
    const over = waiting('over')
    const last = Promise.withResolvers<void>()
    deadlines.add(over)
    await new Promise<void>((resolve) => {
      deadlines.add(waiting('first', resolve))
      deadlines.delete(over)
    })
    // One that begins when the timer has run out before.
    deadlines.add(waiting('second', () => deadlines.add(waiting('third', () => last.resolve()))))
    await last.promise
    assert.deepEqual(
      late.map(({ name }) => name),
      ['first', 'second', 'third'],
    )
    for (const { name, waited } of late) assert.ok(waited >= MS - 1, `${name}: ${waited}`)
  })
})
