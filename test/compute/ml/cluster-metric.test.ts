import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { agreement, contingency } from '../../../src/compute/ml/cluster-metric.ts'

describe('agreement of groups with labels', () => {
  it('counts rows by label and group', () => {
    const table = contingency([3, 1, 1, 3, 3], [0, 7, 0, 0, 7])
    assert.deepEqual(table, {
      labels: [1, 3],
      groups: [0, 7],
      counts: [
        [1, 1],
        [2, 1],
      ],
    })
    assert.throws(() => contingency([1], []), /1 labels and 0 groups/)
  })

  it('is 1 for the labels under other names, and what counting pairs gives else', () => {
    const same = agreement(contingency([0, 0, 1, 1, 2], [5, 5, 9, 9, 1]))
    assert.deepEqual(Object.values(same), [1, 1, 1])
    const labels = [0, 0, 0, 1, 1, 1]
    const groups = [0, 0, 1, 1, 2, 2]
    const tally = { both: 0, labels: 0, groups: 0, all: 0 }
    for (let a = 0; a < 6; a++) {
      for (let b = 0; b < a; b++) {
        const [byLabel, byGroup] = [labels[a] === labels[b], groups[a] === groups[b]]
        tally.all++
        if (byLabel) tally.labels++
        if (byGroup) tally.groups++
        if (byLabel && byGroup) tally.both++
      }
    }
    const found = agreement(contingency(labels, groups))
    const chance = (tally.labels * tally.groups) / tally.all
    const expected = [
      (tally.both - chance) / ((tally.labels + tally.groups) / 2 - chance),
      tally.both / Math.sqrt(tally.labels * tally.groups),
      tally.both / (tally.labels + tally.groups - tally.both),
    ]
    Object.values(found).forEach((value, at) => {
      assert.ok(Math.abs(value - expected[at]) < 1e-12, `${at}: ${value}`)
    })
    // Known for this table, as other libraries have it.
    assert.ok(Math.abs(found.adjusted_rand_score - 0.242424) < 1e-6)
  })

  it('is defined where one of them has no pairs', () => {
    assert.deepEqual(Object.values(agreement(contingency([1, 2], [1, 2]))), [1, 1, 1])
    const none = agreement(contingency([1, 1], [1, 2]))
    assert.deepEqual(Object.values(none), [0, 0, 0])
  })
})
