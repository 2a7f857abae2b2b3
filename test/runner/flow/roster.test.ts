/**
 * Rosters against sets.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { Roster } from '../../../src/runner/flow/roster.ts'

describe('a roster', () => {
  it('has what a set has, whatever comes and goes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(12))), (steps) => {
        const items = Array.from({ length: 13 }, (_, id) => ({ id, place: -1 }))
        const roster = new Roster<(typeof items)[number]>()
        const set = new Set<(typeof items)[number]>()
        for (const [comes, id] of steps) {
          const item = items[id]
          if (comes && !set.has(item)) {
            set.add(item)
            roster.add(item)
          } else if (!comes) {
            set.delete(item)
            roster.delete(item)
          }
          assert.equal(roster.size, set.size)
          assert.deepEqual(new Set(roster.all()), set)
          for (const each of items) assert.equal(roster.has(each), set.has(each))
        }
      }),
    )
  })
})
