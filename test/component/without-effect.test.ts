import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'

const CATALOG = catalogOf(COMPONENTS.values())

/** What a submission says of these parameters of `module`. */
function warned(module: string, params: object): readonly string[] {
  const entry = CATALOG.get(module)
  assert.ok(entry)
  return entry.warnings?.('part_0', entry.parseParams(params)) ?? []
}

describe('a parameter that FATE has and that is not needed', () => {
  it('is told of with what there is in its place', () => {
    assert.deepEqual(
      warned('HomoSecureBoost', { run_goss: true, tree_param: { max_split_nodes: 9 } }),
      [
        'tree_param.max_split_nodes of part_0 has no effect: all nodes of a level are split together',
        'run_goss of part_0 has no effect: every tree learns from the rows of all parties',
      ],
    )
    assert.deepEqual(
      warned('HeteroSecureBoost', { encrypted_mode_calculator_param: { mode: 'fast' } }),
      ['encrypted_mode_calculator_param of part_0 has no effect: every value is encrypted afresh'],
    )
    assert.match(warned('HeteroLR', { masked_rate: 5 })[0], /are not hidden among others/)
    assert.match(warned('Intersection', { run_cache: true })[0], /keeps nothing for a later one/)
  })

  it('is not told of where its value changes nothing', () => {
    for (const [module, params] of [
      ['HeteroLR', { multi_class: 'ovr', shuffle: false, batch_strategy: 'full' }],
      ['HeteroSecureBoost', { encrypted_mode_calculator_param: { mode: 'strict' }, new_ver: true }],
      ['HomoSecureBoost', { run_goss: false, complete_secure: false }],
      ['Intersection', { join_method: 'inner_join', run_cache: false, run_preprocess: false }],
    ] as const) {
      assert.deepEqual(warned(module, params), [], module)
    }
  })

  it('is told of as unknown where FATE does not have it either', () => {
    assert.deepEqual(warned('HeteroLR', { learning_rat: 1 }), [
      'part_0 has no parameter "learning_rat": it is ignored; did you mean "learning_rate"?',
    ])
  })
})
