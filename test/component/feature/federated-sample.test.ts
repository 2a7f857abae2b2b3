import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { federatedSample } from '../../../src/component/feature/federated-sample.ts'
import { numberFrame, numbersOf, runAlone } from '../../helpers/frames.ts'
import { runComponent } from '../../helpers/parties.ts'

const LABELS = Array.from({ length: 100 }, (_, row) => (row < 20 ? 1 : 0))
const GUEST = numberFrame({ a: LABELS.map((_, row) => row) }, { labels: LABELS })
const IDS = GUEST.ids.toReversed()
const HOST = numberFrame({ b: IDS.map((id) => Number(id.slice(1))) }, { ids: IDS })

function run(params: object, host = HOST): ReturnType<typeof runComponent> {
  return runComponent(federatedSample, {
    members: { guest: ['1'], host: ['2'] },
    params,
    tables: { 'guest:1': { data: GUEST }, 'host:2': { data: host } },
  })
}

describe('FederatedSample', () => {
  it('takes the same rows at both parties', async () => {
    const { parties, unread } = await run({ fractions: 0.3 })
    const [guest] = parties['guest:1'].tables
    const [host] = parties['host:2'].tables
    assert.equal(guest.ids.length, 30)
    assert.equal(new Set(guest.ids).size, 30)
    assert.deepEqual(guest.ids, host.ids)
    assert.deepEqual(
      numbersOf(host, 'b'),
      host.ids.map((id) => Number(id.slice(1))),
    )
    assert.equal(unread, 0)
    assert.deepEqual(parties['guest:1'].metrics[0].points, [['count', 30]])
    const again = await run({ fractions: 0.3 })
    assert.deepEqual(again.parties['guest:1'].tables[0].ids, guest.ids)
    const other = await run({ fractions: 0.3, random_state: 9 })
    assert.notDeepEqual(other.parties['guest:1'].tables[0].ids, guest.ids)
  })

  it('never sends an id', async () => {
    const { wire } = await run({ fractions: 0.3 })
    for (const { bytes } of wire) assert.ok(!/r\d\d/.test(new TextDecoder().decode(bytes)))
  })

  it('keeps rates of labels apart, and evens them out where none are given', async () => {
    for (const [fractions, ones, zeros] of [
      [[[0, 0.25]], 20, 20],
      [
        [
          [0, 0.5],
          [1, 0.1],
        ],
        2,
        40,
      ],
      [null, 20, 20],
      [0.5, 10, 40],
    ]) {
      const { parties } = await run({ mode: 'stratified', fractions })
      const labels = numbersOf(parties['guest:1'].tables[0], 'y')
      assert.equal(labels.filter((label) => label === 1).length, ones)
      assert.equal(labels.filter((label) => label === 0).length, zeros)
    }
  })

  it('gives the repeats of a row ids of their own when sampling up', async () => {
    const { parties } = await run({ mode: 'stratified', method: 'upsample', fractions: [[1, 2.5]] })
    const [guest] = parties['guest:1'].tables
    assert.equal(guest.ids.length, 130)
    assert.equal(new Set(guest.ids).size, 130)
    assert.deepEqual(parties['host:2'].tables[0].ids, guest.ids)
  })

  it('takes every row as often as it weighs, at both parties', async () => {
    const weigh = (of: (row: number) => number): typeof GUEST => ({
      ...GUEST,
      weightName: 'w',
      columns: [
        ...GUEST.columns,
        { name: 'w', type: 'number', values: Float64Array.from(LABELS, (_, row) => of(row)) },
      ],
    })
    const sample = async (of: (row: number) => number) => {
      const { parties } = await runComponent(federatedSample, {
        members: { guest: ['1'], host: ['2'] },
        params: { mode: 'exact_by_weight' },
        tables: { 'guest:1': { data: weigh(of) }, 'host:2': { data: HOST } },
      })
      const [guest] = parties['guest:1'].tables
      assert.deepEqual(parties['host:2'].tables[0].ids, guest.ids)
      assert.equal(guest.weightName, undefined)
      assert.deepEqual(
        guest.columns.map(({ name }) => name),
        ['y', 'a'],
      )
      const found = numbersOf(guest, 'a')
      return LABELS.map((_, row) => found.filter((value) => value === row).length)
    }
    assert.deepEqual(
      await sample((row) => row % 3),
      LABELS.map((_, row) => row % 3),
    )
    const halves = await sample(() => 2.5)
    assert.deepEqual(new Set(halves), new Set([2, 3]))
    const whole = halves.reduce((sum, times) => sum + times, 0)
    assert.ok(Math.abs(whole - 250) < 25, `${whole}`)
    await assert.rejects(
      sample(() => -1),
      /has the weight -1/,
    )
  })

  it('samples on its own where rows are not shared', async () => {
    const { tables } = await runAlone(federatedSample, {
      frame: GUEST,
      params: { task_type: 'homo', fractions: 0.5 },
    })
    assert.equal(tables[0].ids.length, 50)
  })

  it('refuses other ids, rates above 1 and what it cannot do', async () => {
    await assert.rejects(run({}, numberFrame({ b: [1] })), /guest and host rows differ/)
    await assert.rejects(run({ fractions: 1.5 }), /a downsample takes at most 1/)
    await assert.rejects(run({ fractions: [[1, 0.5]] }), /need mode "stratified"/)
    await assert.rejects(run({ mode: 'exact_by_weight' }), /rows with weights: run SampleWeight/)
  })
})
