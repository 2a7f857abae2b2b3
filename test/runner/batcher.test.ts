/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createBatcher } from '../../src/runner/batcher.ts'

describe('a batcher', () => {
  it('sends together what came while it was busy, in order, and answers each', async () => {
    const sent: (readonly number[])[] = []
    const gates: (() => void)[] = []
    const add = createBatcher<number, string>(async (items) => {
      sent.push(items)
      await new Promise<void>((open) => gates.push(open))
      return items.map((item) => `done ${item}`)
    }, 3)
    const first = [add(1), add(2)]
    await Promise.resolve()
    const later = [add(3), add(4), add(5), add(6)]
    gates[0]()
    assert.deepEqual(await Promise.all(first), ['done 1', 'done 2'])
    gates[1]()
    await Promise.all(later.slice(0, 3))
    gates[2]()
    assert.deepEqual(await Promise.all(later), ['done 3', 'done 4', 'done 5', 'done 6'])
    assert.deepEqual(sent, [[1, 2], [3, 4, 5], [6]])
  })

  it('fails those of one batch only', async () => {
    const add = createBatcher<number, number>(async (items) => {
      if (items.includes(1)) throw new Error('no')
      return items
    }, 1)
    const ends = await Promise.allSettled([add(1), add(2)])
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    )
  })
})
