import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  holderColumn,
  mixedMatch,
  NUMBER_COLUMN,
  TOTAL_COLUMN,
} from '../../../src/component/fedlearn/mixed-match.ts'
import { column, type Frame } from '../../../src/compute/ml/frame.ts'
import { runComponent } from '../../helpers/parties.ts'

const LISTS = [
  ['p-ann', 'p-bob', 'p-cem'],
  ['p-bob', 'p-dan', 'p-cem'],
  ['p-eva', 'p-cem', 'p-dan', 'p-fay'],
]

const MEMBERS = { guest: ['1'], host: ['2', '3'] }
const ADDRESSES = ['guest:1', 'host:2', 'host:3'] as const

function frame(ids: readonly string[]): Frame {
  return { kind: 'data', idName: 'uid', ids, columns: [] }
}

async function match() {
  return runComponent(mixedMatch, {
    members: MEMBERS,
    tables: Object.fromEntries(ADDRESSES.map((at, party) => [at, { data: frame(LISTS[party]) }])),
  })
}

describe('MixedMatch', () => {
  it('tells each party who has its rows, and a number that all holders have', async () => {
    const run = await match()
    const numbers = new Map<string, number>()
    for (const [party, ids] of LISTS.entries()) {
      const [table] = run.parties[ADDRESSES[party]].tables
      assert.deepEqual(table.ids, ids)
      ids.forEach((id, row) => {
        const value = (name: string) => Number(column(table, name).values[row])
        const known = numbers.get(id) ?? value(NUMBER_COLUMN)
        numbers.set(id, known)
        assert.equal(value(NUMBER_COLUMN), known)
        assert.equal(value(TOTAL_COLUMN), 6)
        const held = LISTS.map((list) => Number(list.includes(id)))
        assert.deepEqual(
          ['1', '2', '3'].map((other) => value(holderColumn(other))),
          held,
        )
      })
    }
    assert.deepEqual(
      [...numbers.values()].toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5],
    )
  })

  it('sends no id, and hashes under a salt of its own', async () => {
    const [one, two] = [await match(), await match()]
    const sent = (run: typeof one) =>
      run.wire
        .filter(({ tag }) => tag === 'mix_digests')
        .map(({ bytes }) => new TextDecoder().decode(bytes))
    for (const id of LISTS.flat()) assert.ok(!sent(one).join().includes(id))
    assert.notDeepEqual(sent(one), sent(two))
    assert.match(one.parties['host:2'].warnings.join(), /hashes of all ids/)
  })

  it('refuses an id that stands twice', async () => {
    const tables = Object.fromEntries(ADDRESSES.map((at) => [at, { data: frame(['a', 'a']) }]))
    await assert.rejects(runComponent(mixedMatch, { members: MEMBERS, tables }), /more than once/)
  })
})
