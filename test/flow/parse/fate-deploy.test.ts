import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { deployedDsl } from '../../../src/flow/parse/fate-deploy.ts'

const DSL = {
  components: {
    dataio_0: { module: 'DataIO', input: { data: { data: ['args.eval_data'] } } },
    scale_0: { module: 'FeatureScale', input: { data: { data: ['dataio_0.train'] } } },
    lr_0: {
      module: 'HeteroLR',
      input: { data: { eval_data: ['scale_0.train'] }, model: ['pipeline.lr_0.model'] },
    },
  },
}

describe('a deployment', () => {
  it('keeps what is named; readers of the rest read what that read', () => {
    assert.deepEqual(deployedDsl(DSL, ['lr_0', 'dataio_0']), {
      components: {
        dataio_0: DSL.components.dataio_0,
        lr_0: {
          module: 'HeteroLR',
          input: { data: { eval_data: ['dataio_0.train'] }, model: ['pipeline.lr_0.model'] },
        },
      },
    })
    const alone = deployedDsl(DSL, ['lr_0']) as typeof DSL
    assert.deepEqual(alone.components.lr_0.input.data, { eval_data: ['args.eval_data'] })
  })

  it('refuses names that are not there, and none at all', () => {
    assert.throws(() => deployedDsl(DSL, ['lr_1']), /"lr_1".*dataio_0, scale_0, lr_0/)
    assert.throws(() => deployedDsl(DSL, []), /at least one of/)
  })
})
