/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { type Kind, pack, tooMuchOf } from '../../src/domain/pack.ts'

const anywhere = () => true
const kind = (count: number, ...size: number[]): Kind => ({ count, size, may: anywhere })

/** Tries each room for each task. */
function fitsPlainly(kinds: readonly Kind[], rooms: readonly (readonly number[])[]): boolean {
  const tasks = kinds.flatMap((one) => Array.from({ length: one.count }, () => one))
  const left = rooms.map((room) => [...room])
  const place = (at: number): boolean => {
    if (at === tasks.length) return true
    const { size, may } = tasks[at]
    return left.some((room, number) => {
      if (!may(number) || size.some((much, key) => much > room[key])) return false
      for (const [key, much] of size.entries()) room[key] -= much
      const found = place(at + 1)
      for (const [key, much] of size.entries()) room[key] += much
      return found
    })
  }
  return place(0)
}

describe('packing groups of equal tasks into rooms', () => {
  it('finds what the largest first does not', () => {
    // 6, 5, 5, 4, 4, 3, 3 into twice 15: the largest first leaves 3 over.
    const kinds = [kind(1, 6), kind(2, 5), kind(2, 4), kind(2, 3)]
    const found = pack(kinds, [[15], [15]])
    assert.ok(found.type === 'fits')
    for (const room of [0, 1]) {
      let taken = 0
      for (const [at, share] of found.shares.entries()) taken += share[room] * kinds[at].size[0]
      assert.equal(taken, 15)
    }
    assert.equal(tooMuchOf(kinds, [[15], [15]]), undefined)
  })

  it('names the kind for which there is no room beside the harder ones, and how many of it there is room for', () => {
    // By their sums there is just enough of both.
    const rooms = [
      [4, 10],
      [5, 4],
    ]
    assert.deepEqual(tooMuchOf([kind(3, 1, 4), kind(2, 3, 1)], rooms), { kind: 0, places: 1 })
    assert.deepEqual(tooMuchOf([kind(2, 3), kind(2, 2)], [[4], [6]]), undefined)
    assert.deepEqual(tooMuchOf([kind(2, 3), kind(2, 2)], [[4], [4], [2]]), { kind: 1, places: 1 })
    assert.deepEqual(tooMuchOf([kind(3, 3)], [[5], [5]]), { kind: 0, places: 2 })
  })

  it('heeds where kinds may go, and fractions that add up to the whole', () => {
    const first: Kind = { count: 1, size: [1], may: (room) => room === 0 }
    const free = kind(1, 1)
    assert.equal(pack([free, first], [[1], [1]]).type, 'fits')
    assert.equal(pack([{ ...first, count: 2 }, free], [[1], [5]]).type, 'never')
    assert.equal(pack([kind(10, 0.1)], [[1]]).type, 'fits')
    assert.equal(pack([kind(11, 0.1)], [[1]]).type, 'never')
  })

  it('says that it does not know when it has tried enough', () => {
    assert.equal(pack([kind(1, 6), kind(2, 5)], [[15], [15]], 1).type, 'unknown')
    const many = Array.from({ length: 20_000 }, () => [0])
    assert.equal(pack([kind(1, 1)], [...many, [1]]).type, 'unknown')
    const most = Array.from({ length: 1999 }, () => [1])
    assert.equal(pack([kind(1, 2)], [...most, [2]]).type, 'fits')
    // Halves that do not meet: many ways, of which none is right.
    const odd = Array.from({ length: 14 }, (_, at) => kind(1, 1001 + 2 * at))
    const half = odd.reduce((sum, { size }) => sum + size[0], 0) / 2
    const rooms = [[Math.floor(half) - 500], [Math.ceil(half) + 500]]
    assert.notEqual(pack(odd, rooms, 50).type, 'never')
  })

  it('is the same as trying every room for every task', () => {
    const size = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 2 })
    const kinds = fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 3 }),
        size,
        mask: fc.integer({ min: 1, max: 7 }),
      }),
      { minLength: 1, maxLength: 3 },
    )
    const rooms = fc.array(
      fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 2, maxLength: 2 }),
      { minLength: 1, maxLength: 3 },
    )
    fc.assert(
      fc.property(kinds, rooms, (drawn, there) => {
        const all = drawn.map(({ mask, ...one }): Kind => ({
          ...one,
          may: (room) => (mask & (1 << room)) !== 0,
        }))
        const found = pack(all, there)
        const plain = fitsPlainly(all, there)
        assert.equal(found.type, plain ? 'fits' : 'never')
        if (found.type !== 'fits') {
          const much = tooMuchOf(all, there)
          assert.ok(much && much.places < all[much.kind].count)
          return
        }
        for (const [at, one] of all.entries())
          assert.equal(
            found.shares[at].reduce((sum, count, room) => {
              assert.ok(count === 0 || one.may(room))
              return sum + count
            }, 0),
            one.count,
          )
        for (const [room, capacity] of there.entries())
          for (const [key, much] of capacity.entries()) {
            const taken = all.reduce(
              (sum, one, at) => sum + found.shares[at][room] * one.size[key],
              0,
            )
            assert.ok(taken <= much)
          }
      }),
      { numRuns: 300 },
    )
  })
})
