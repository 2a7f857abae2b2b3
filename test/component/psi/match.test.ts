import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { createMatcher } from '../../../src/component/psi/match.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { memoryScratch } from '../../helpers/parties.ts'

function joined(rows: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(32 * rows.length)
  for (const [i, row] of rows.entries()) all.set(row, 32 * i)
  return all
}

describe('createMatcher', () => {
  it('finds what a plain comparison finds, however the tokens arrive', async () => {
    const pool = Array.from({ length: 40 }, () => randomBytes(32))
    const subset = fc.uniqueArray(fc.nat(39), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(
        subset,
        subset,
        fc.integer({ min: 1, max: 9 }),
        async (own, theirs, size) => {
          const matcher = createMatcher({ peer: 'host:1', scratch: memoryScratch() })
          const add = async (list: readonly number[], side: 'addOwn' | 'addTheirs') => {
            for (let at = 0; at < list.length; at += size) {
              await matcher[side](joined(list.slice(at, at + size).map((i) => pool[i])))
            }
          }
          await Promise.all([add(own, 'addOwn'), add(theirs, 'addTheirs')])
          assert.deepEqual(
            [...(await matcher.finish())],
            own.map((i) => theirs.indexOf(i)),
          )
        },
      ),
    )
  })

  it('spills full buckets, reads them back and leaves no file', async () => {
    const files = new Map<string, Uint8Array[]>()
    const matcher = createMatcher({ peer: 'host:1', scratch: memoryScratch(files) })
    // All in one bucket, which has room for 1,600.
    const count = 8000
    const tokens = randomBytes(32 * count)
    for (let at = 0; at < tokens.length; at += 32) tokens[at] = 7
    await matcher.addOwn(tokens)
    await matcher.addTheirs(tokens.slice(32 * 100))
    assert.deepEqual([...files.keys()].toSorted(), ['own-7', 'theirs-7'])
    const found = await matcher.finish()
    assert.deepEqual(
      [...found],
      Array.from({ length: count }, (_, i) => (i < 100 ? -1 : i - 100)),
    )
    assert.equal(files.size, 0)
  })

  it('refuses a peer that has one token twice', async () => {
    const [a, b] = [randomBytes(32), randomBytes(32)]
    const matcher = createMatcher({ peer: 'host:1', scratch: memoryScratch() })
    await matcher.addTheirs(joined([a, b, a]))
    await assert.rejects(matcher.finish(), {
      name: 'RangeError',
      message: 'host:1 lists an identifier twice',
    })
  })
})
