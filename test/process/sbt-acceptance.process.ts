/**
 * FATE's quality figures of boosted trees, met between parties on its own tables.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroSecureBoost } from '../../src/component/tree/hetero-secure-boost.ts'
import { column } from '../../src/compute/ml/frame.ts'
import { auc } from '../../src/compute/ml/metric.ts'
import { scoreGbdt } from '../../src/compute/ml/tree/gbdt.ts'
import { trainJoined } from '../component/tree/scene.ts'
import { runComponent } from '../helpers/parties.ts'
import { sharedData } from '../helpers/shared-data.ts'
import { joined, sharedParties } from '../helpers/tree-data.ts'

const PARAMS = {
  num_trees: 50,
  learning_rate: 0.3,
  bin_num: 32,
  subsample_feature_rate: 1,
  tree_param: { max_depth: 3 },
  // The trees are the same under any key; a short one takes a fraction of the time.
  encrypt_param: { key_length: 1024 },
}

describe(
  'HeteroSecureBoost with 50 trees of depth 3',
  { skip: sharedData === undefined && 'needs the shared data', timeout: 600_000 },
  () => {
    for (const [name, bar] of [
      ['breast', 1],
      ['default_credit', 0.785],
    ] as const) {
      it(`${name}: an AUC of at least ${bar}, that of joined columns`, async () => {
        const files = ['guest', 'host'].map((side) => `${name}_hetero_${side}.csv`)
        const tables = sharedParties(files[0], files[1])
        const run = await runComponent(heteroSecureBoost, {
          members: { guest: ['1'], host: ['2'] },
          params: PARAMS,
          tables: {
            'guest:1': { train_data: tables.guest },
            'host:2': { train_data: tables.host },
          },
        })
        const [table] = run.parties['guest:1'].tables
        const numbers = (of: string) => Float64Array.from(column(table, of).values, Number)
        const apart = auc(numbers('label'), numbers('predict_score'))
        const data = joined(tables)
        const plain = await trainJoined(PARAMS, data)
        const [scores] = await scoreGbdt(plain, data.columns, {
          rows: data.labels.length,
          missing: { useMissing: false, zeroAsMissing: false },
        })
        const together = auc(data.labels, scores)
        assert.ok(apart >= bar, `AUC ${apart}`)
        assert.ok(Math.abs(apart - together) < 0.01, `${apart} and ${together}`)
      })
    }
  },
)
