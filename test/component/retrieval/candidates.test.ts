import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { checkCandidates, drawCandidates } from '../../../src/component/retrieval/candidates.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'

describe('candidates', () => {
  it('are different, ascend, and have the wanted place where they say', () => {
    for (const [count, length] of [
      [2, 2],
      [2, 1000],
      [45, 60],
      [45, 90],
      [45, 5000],
    ]) {
      const target = length - 1
      const { places, choice } = drawCandidates(target, { count, length, random: randomBytes })
      assert.equal(places.length, count)
      assert.equal(places[choice], target)
      checkCandidates(places, { count, length })
    }
  })

  it('are as likely for whichever of them was wanted', () => {
    // Of 4 places in pairs there are 3 sets with each: of all that hold {1, 2} half should want 1.
    const seen = new Map<string, number>()
    const rounds = 3000
    for (const target of [1, 2]) {
      for (let i = 0; i < rounds; i++) {
        const { places } = drawCandidates(target, { count: 2, length: 4, random: randomBytes })
        const key = `${target}:${[...places].join()}`
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    }
    assert.equal(seen.size, 6)
    // A third each, six standard deviations around it.
    const spread = 6 * Math.sqrt((rounds * 2) / 9)
    for (const count of seen.values()) assert.ok(Math.abs(count - rounds / 3) < spread, `${count}`)
  })

  it('are refused with repeats, out of order or beyond the list', () => {
    const check = (...places: number[]) =>
      checkCandidates(Uint32Array.from(places), { count: 2, length: 9 })
    check(0, 8, 0, 1)
    for (const bad of [
      [3, 3],
      [4, 3],
      [3, 9],
      [0, 1, 2, 2],
    ]) {
      assert.throws(() => check(...bad), /2 different places below 9/)
    }
  })
})
