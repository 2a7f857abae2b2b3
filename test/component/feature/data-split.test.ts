import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroDataSplit } from '../../../src/component/feature/hetero-data-split.ts'
import { homoDataSplit } from '../../../src/component/feature/homo-data-split.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type PartyOutcome, runComponent } from '../../helpers/parties.ts'

const ROWS = 100
const IDS = Array.from({ length: ROWS }, (_, row) => `r${row}`)
const LABELS = IDS.map((_, row) => (row % 4 === 0 ? 1 : 0))
const GUEST = numberFrame(randomColumns('x', { columns: 2, rows: ROWS, seed: 1 }), {
  ids: IDS,
  labels: LABELS,
})
const HOST = numberFrame(randomColumns('h', { columns: 1, rows: ROWS, seed: 2 }), {
  ids: IDS.toReversed(),
})
const MEMBERS = { guest: ['1'], host: ['2'] }

async function split(params: object): Promise<{ guest: PartyOutcome; host: PartyOutcome }> {
  const { parties, unread } = await runComponent(heteroDataSplit, {
    members: MEMBERS,
    params,
    tables: { 'guest:1': { data: GUEST }, 'host:2': { data: HOST } },
  })
  assert.equal(unread, 0)
  return { guest: parties['guest:1'], host: parties['host:2'] }
}

const sizes = ({ named }: PartyOutcome) =>
  Object.fromEntries(Object.entries(named).map(([name, { ids }]) => [name, ids.length]))

describe('HeteroDataSplit', () => {
  it('deals every row out once, the same at both parties, each in its own order', async () => {
    const { guest, host } = await split({ train_size: 0.5, validate_size: 0.3, test_size: 0.2 })
    assert.deepEqual(sizes(guest), { train: 50, validate: 30, test: 20 })
    for (const name of ['train', 'validate', 'test']) {
      const own = guest.named[name].ids
      assert.deepEqual(host.named[name].ids, own.toReversed())
      assert.notDeepEqual(own, IDS.slice(0, own.length))
    }
    const all = ['train', 'validate', 'test'].flatMap((name) => guest.named[name].ids)
    assert.deepEqual(new Set(all), new Set(IDS))
    assert.equal(numbersOf(guest.named['test'], 'x0').length, 20)
  })

  it('gives what is open the rest, and leaves tables without rows out', async () => {
    assert.deepEqual(sizes((await split({})).guest), { train: 80, validate: 20 })
    assert.deepEqual(sizes((await split({ test_size: 25 })).host), { train: 75, test: 25 })
    assert.deepEqual(sizes((await split({ train_size: 1 })).guest), { train: 100 })
  })

  it('keeps the share of each label when stratified', async () => {
    const { guest } = await split({ train_size: 0.6, test_size: 0.4, stratified: true })
    const positive = (name: string) =>
      numbersOf(guest.named[name], 'y').filter((value) => value === 1).length
    assert.deepEqual([positive('train'), positive('test')], [15, 10])
  })

  it('refuses sizes that do not fit the rows, and warns of what it does not know', async () => {
    await assert.rejects(split({ train_size: 0.9, test_size: 0.2 }), /must add up to all 100 rows/)
    await assert.rejects(
      split({ train_size: 10, test_size: 10, validate_size: 10 }),
      /train_size 10, validate_size 10, test_size 10/,
    )
    const { host } = await split({ seed: 3 })
    assert.match(host.warnings.join(), /no parameter "seed"/)
  })
})

describe('HomoDataSplit', () => {
  it('splits the rows of each party on its own, in their order without shuffle', async () => {
    const { parties, wire } = await runComponent(homoDataSplit, {
      members: MEMBERS,
      params: { train_size: 70, shuffle: false },
      tables: { 'guest:1': { data: GUEST }, 'host:2': { data: HOST } },
    })
    assert.deepEqual(parties['guest:1'].named['train'].ids, IDS.slice(0, 70))
    assert.deepEqual(parties['host:2'].named['train'].ids, IDS.toReversed().slice(0, 70))
    assert.equal(wire.length, 0)
  })

  it('strata of a number are cut at split_points', async () => {
    const frame = numberFrame({ a: IDS.map((_, row) => row) }, { labels: IDS.map((_, row) => row) })
    const { parties } = await runComponent(homoDataSplit, {
      members: { guest: ['1'] },
      params: { test_size: 0.5, stratified: true, split_points: [10, 50] },
      tables: { 'guest:1': { data: frame } },
    })
    const values = numbersOf(parties['guest:1'].named['test'], 'y')
    const below = (cut: number) => values.filter((value) => value < cut).length
    assert.deepEqual([below(10), below(50), values.length], [5, 25, 50])
  })
})
