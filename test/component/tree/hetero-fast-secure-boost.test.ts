import assert from 'node:assert/strict'
import { test } from 'node:test'

import { COMPONENTS } from '../../../src/component/registry.ts'
import {
  FastBoostingTreeParam,
  heteroFastSecureBoost,
} from '../../../src/component/tree/hetero-fast-secure-boost.ts'
import { heteroSecureBoost } from '../../../src/component/tree/hetero-secure-boost.ts'
import { runComponent } from '../../helpers/parties.ts'
import { treeData } from '../../helpers/tree-data.ts'
import { membersOf, SMALL, tablesOf } from './scene.ts'

const WIDTHS = [2, 2, 1]

test('its parameters are those of boosted trees, layered unless work_mode says otherwise', () => {
  assert.equal(FastBoostingTreeParam.parse({}).boosting_strategy, 'layered')
  const param = FastBoostingTreeParam.parse({ work_mode: 'MIX', num_trees: 7 })
  assert.deepEqual([param.boosting_strategy, param.num_trees], ['mix', 7])
  assert.throws(() => FastBoostingTreeParam.parse({ work_mode: 'std' }), /must be mix or layered/)
  assert.throws(() => FastBoostingTreeParam.parse({ bin_num: 1 }), /bin_num/)
  assert.equal(COMPONENTS.get('HeteroFastSecureBoost'), heteroFastSecureBoost)
})

for (const work_mode of ['layered', 'mix']) {
  test(`with several hosts, ${work_mode} trees and predictions are those of HeteroSecureBoost`, async () => {
    const options = {
      members: membersOf(WIDTHS),
      tables: tablesOf(treeData({ rows: 60, columns: 5, classes: 2 }), WIDTHS),
    }
    const fast = await runComponent(heteroFastSecureBoost, {
      ...options,
      params: { ...SMALL, work_mode },
    })
    const slow = await runComponent(heteroSecureBoost, {
      ...options,
      params: { ...SMALL, boosting_strategy: work_mode },
    })
    const [guest, other] = [fast, slow].map(({ parties }) => parties['guest:1'])
    assert.deepEqual(guest.tables, other.tables)
    assert.deepEqual(guest.models[0].state, other.models[0].state)
    const rounds = (run: typeof fast) => run.wire.filter(({ tag }) => tag === 'positions').length
    assert.ok(rounds(fast) > 0)

    // Another table, through the models of all parties.
    const fresh = treeData({ rows: 40, columns: 5, classes: 2, seed: 9 })
    const models = Object.fromEntries(
      Object.entries(fast.parties).map(
        ([
          party,
          {
            models: [model],
          },
        ]) => [party, { model }],
      ),
    )
    const predicted = await runComponent(heteroFastSecureBoost, {
      members: options.members,
      params: { ...SMALL, work_mode },
      tables: tablesOf(fresh, WIDTHS, { slot: 'eval_data' }),
      models,
    })
    assert.equal(predicted.parties['guest:1'].tables[0].ids.length, 40)
    assert.equal(predicted.unread, 0)
  })
}
