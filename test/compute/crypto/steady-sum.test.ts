import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  createSteadyContributor,
  type SteadyContributor,
  sumSteady,
} from '../../../src/compute/crypto/steady-sum.ts'

const CODE = { fraction: 10, bound: 1000 }

function meeting(count: number): SteadyContributor[] {
  const all = Array.from({ length: count }, (_, at) =>
    createSteadyContributor({ self: at + 1, count }),
  )
  for (const [at, each] of all.entries()) {
    each.meet(
      new Map(
        all.flatMap(({ publicKey }, other): [number, Uint8Array][] =>
          other === at ? [] : [[other + 1, publicKey]],
        ),
      ),
    )
  }
  return all
}

describe('a steady sum', () => {
  for (const count of [2, 3, 5]) {
    it(`is exact, turn after turn: ${count} contributors`, async () => {
      const all = meeting(count)
      for (const turn of [0, 1, 2]) {
        const values = all.map((_, at) => Float64Array.of(at - 1.5, turn * 4, -at / 1024))
        const masked = await Promise.all(all.map((each, at) => each.mask(values[at], CODE)))
        const expected = [0, 1, 2].map((entry) => values.reduce((sum, own) => sum + own[entry], 0))
        assert.deepEqual([...sumSteady(masked, { length: 3, code: CODE })], expected)
      }
    })
  }

  it('is of nobody when one is missing, and each vector is new every time', async () => {
    const all = meeting(3)
    const zeros = new Float64Array(64)
    const [first, second] = [await all[0].mask(zeros, CODE), await all[0].mask(zeros, CODE)]
    assert.notDeepEqual(first, second)
    const others = await Promise.all([1, 2].map((at) => all[at].mask(zeros, CODE)))
    const open = sumSteady([first, ...others], { length: 64, code: CODE })
    assert.ok(open.every((value) => value === 0))
    const without = sumSteady(others, { length: 64, code: CODE })
    // Bits of a mask: as many ones as zeros, within six deviations.
    const ones = [...first].reduce(
      (sum, byte) => sum + byte.toString(2).replaceAll('0', '').length,
      0,
    )
    assert.ok(Math.abs(ones - 256 * 8) < 6 * Math.sqrt((64 * 64) / 4), `${ones}`)
    assert.ok(without.some((value) => Math.abs(value) > 1e6))
  })

  it('refuses what cannot be', async () => {
    assert.throws(() => createSteadyContributor({ self: 1, count: 1 }), /alone/)
    const [one, two] = [1, 2].map((self) => createSteadyContributor({ self, count: 3 }))
    await assert.rejects(one.mask(new Float64Array(1), CODE), /before the keys/)
    assert.throws(() => one.meet(new Map([[2, two.publicKey]])), /expected keys of 2 others, got 1/)
    const twice = new Map([
      [2, two.publicKey],
      [3, two.publicKey],
    ])
    assert.throws(() => one.meet(twice), /the key of contributor 3 is malformed or not its own/)
    assert.throws(() => one.meet(new Map([[2, new Uint8Array(31)]])), /contributor 2 is malformed/)
    const [a, b] = meeting(2)
    await assert.rejects(a.mask(Float64Array.of(1001), CODE), /is not within 1000/)
    const short = await b.mask(new Float64Array(2), CODE)
    assert.throws(() => sumSteady([short], { length: 3, code: CODE }), /vector of another length/)
  })
})
