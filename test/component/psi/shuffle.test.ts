import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { scratchOf } from '../../../src/component/psi/buckets.ts'
import { createMatcher } from '../../../src/component/psi/match.ts'
import { createShuffler } from '../../../src/component/psi/shuffle.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { memoryScratch } from '../../helpers/parties.ts'

function rowsOf(bytes: Uint8Array): string[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    Buffer.from(bytes.subarray(32 * i, 32 * i + 32)).toString('hex'),
  )
}

/** What comes out, in runs. */
async function shuffled(
  rows: Uint8Array,
  options: {
    size: number
    files?: Map<string, Uint8Array[]>
    random?: (count: number) => Uint8Array
  },
) {
  const scratch = memoryScratch(options.files)
  const shuffler = createShuffler({ name: 'x', scratch, random: options.random ?? randomBytes })
  for (let at = 0; at < rows.length; at += 32 * 700)
    await shuffler.add(rows.slice(at, at + 32 * 700))
  const runs: string[][] = []
  const lasts: boolean[] = []
  for await (const run of shuffler.runs(options.size)) {
    runs.push(rowsOf(run.rows))
    lasts.push(run.last)
  }
  return { runs, lasts }
}

describe('createShuffler', () => {
  it('gives all rows in another order, in runs of the size asked for and a shorter last one', async () => {
    const rows = randomBytes(32 * 2500)
    const { runs, lasts } = await shuffled(rows, { size: 1000 })
    assert.deepEqual(
      runs.map(({ length }) => length),
      [1000, 1000, 500],
    )
    assert.deepEqual(lasts, [false, false, true])
    assert.deepEqual(runs.flat().toSorted(), rowsOf(rows).toSorted())
    // Equal by chance once in 2500! runs.
    assert.notDeepEqual(runs.flat(), rowsOf(rows))
    const whole = await shuffled(rows, { size: 2500 })
    assert.deepEqual(whole.lasts, [true])
  })

  it('gives one empty run of nothing', async () => {
    assert.deepEqual(await shuffled(new Uint8Array(0), { size: 10 }), { runs: [[]], lasts: [true] })
  })

  it('spills what does not fit and leaves no file', async () => {
    const files = new Map<string, Uint8Array[]>()
    let most = 0
    const set = files.set.bind(files)
    files.set = (name, value) => {
      set(name, value)
      most = Math.max(most, files.size)
      return files
    }
    // Every row goes into one bucket, which has room for 1,000.
    const random = (count: number) =>
      count === 700 || count === 300 ? new Uint8Array(count) : randomBytes(count)
    const rows = randomBytes(32 * 5900)
    const { runs } = await shuffled(rows, { size: 4096, files, random })
    assert.equal(most, 1)
    assert.equal(files.size, 0)
    assert.deepEqual(runs.flat().toSorted(), rowsOf(rows).toSorted())
  })

  it('takes each of three rows to each place about as often', async () => {
    const rows = randomBytes(96)
    const names = rowsOf(rows)
    const times = names.map(() => [0, 0, 0])
    for (let i = 0; i < 1200; i++) {
      const { runs } = await shuffled(rows, { size: 3 })
      for (const [place, name] of runs.flat().entries()) times[names.indexOf(name)][place]++
    }
    // 400 with a deviation of 16: six of them.
    for (const count of times.flat()) assert.ok(Math.abs(count - 400) < 98, `${count}`)
  })
})

describe('scratchOf', () => {
  it('keeps two matchers of one task apart, both of which spill', async () => {
    const files = new Map<string, Uint8Array[]>()
    const scratch = memoryScratch(files)
    const count = 4000
    const tokens = randomBytes(32 * count)
    for (let at = 0; at < tokens.length; at += 32) tokens[at] = 7
    const matchers = [0, 1].map((i) =>
      createMatcher({ peer: `host:${i}`, scratch: scratchOf(scratch, `m${i}`) }),
    )
    for (const matcher of matchers) await matcher.addOwn(tokens)
    await matchers[0].addTheirs(tokens.slice(32 * 1000))
    await matchers[1].addTheirs(tokens.slice(0, 32 * 2000))
    assert.equal(files.size, 4)
    const [first, second] = [await matchers[0].finish(), await matchers[1].finish()]
    assert.deepEqual(
      [...first],
      Array.from({ length: count }, (_, i) => (i < 1000 ? -1 : i - 1000)),
    )
    assert.deepEqual(
      [...second],
      Array.from({ length: count }, (_, i) => (i < 2000 ? i : -1)),
    )
    assert.equal(files.size, 0)
  })
})
