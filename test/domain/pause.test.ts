import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { pause } from '../../src/domain/pause.ts'

describe('a pause', () => {
  it('lasts as long as was asked for', async () => {
    const from = performance.now()
    await pause(20)
    assert.ok(performance.now() - from >= 19)
  })

  it('ends as soon as its signal aborts, and at once where that has been', async () => {
    const control = new AbortController()
    const long = pause(3_600_000, control.signal)
    control.abort()
    await long
    await pause(3_600_000, control.signal)
  })
})
