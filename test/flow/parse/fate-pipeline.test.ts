import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { parseFateDsl } from '../../../src/flow/parse/fate-dsl.ts'
import { inferenceDsl, type PipelineModule } from '../../../src/flow/parse/fate-pipeline.ts'
import { fakeCatalog } from '../../helpers/catalog.ts'
import { setPath, trainDsl, validateDsl } from '../../helpers/fate-jobs.ts'
import { secureBoostJob } from '../../helpers/sbt-job.ts'

const MODULES = new Map<string, PipelineModule>([
  ...fakeCatalog(),
  [
    'HeteroSecureBoost',
    {
      inputs: { data: ['train_data', 'eval_data'], model: ['model'] },
      outputs: { data: true, model: true },
      deployed: true,
    },
  ],
])

function inferred(dsl: object): Record<string, unknown> {
  return { ...inferenceDsl(parseFateDsl(dsl, MODULES), MODULES).components }
}

describe('the DSL of a prediction', () => {
  it('keeps what is deployed, each with its own model, and reads args.eval_data', () => {
    assert.deepEqual(inferred(trainDsl()), {
      dataio_0: {
        module: 'DataIO',
        input: { data: { data: ['args.eval_data'] }, model: ['pipeline.dataio_0.dataio'] },
        output: { data: ['train'], model: ['dataio'] },
      },
      intersection_0: {
        module: 'Intersection',
        input: { data: { data: ['dataio_0.train'] } },
        output: { data: ['train'] },
      },
      hetero_lr_0: {
        module: 'HeteroLR',
        input: {
          data: { eval_data: ['intersection_0.train'] },
          model: ['pipeline.hetero_lr_0.hetero_lr'],
        },
        output: { data: ['train'], model: ['hetero_lr'] },
      },
    })
  })

  it('wires past what is not deployed', () => {
    const dsl = trainDsl()
    setPath(dsl, 'components.intersection_0.need_deploy', false)
    const { hetero_lr_0: lr, ...rest } = inferred(dsl)
    assert.deepEqual(Object.keys(rest), ['dataio_0'])
    assert.deepEqual((lr as { input: object }).input, {
      data: { eval_data: ['dataio_0.train'] },
      model: ['pipeline.hetero_lr_0.hetero_lr'],
    })
    setPath(dsl, 'components.dataio_0.need_deploy', false)
    assert.deepEqual((inferred(dsl)['hetero_lr_0'] as { input: object }).input, {
      data: { eval_data: ['args.eval_data'] },
      model: ['pipeline.hetero_lr_0.hetero_lr'],
    })
  })

  it('leaves out the branch that validated the training, marked or not', () => {
    assert.deepEqual(Object.keys(inferred(validateDsl())), ['dataio_0', 'hetero_lr_0'])
    const table = { namespace: 'n', name: 't' }
    const { dsl } = secureBoostJob({ guest: table, host: table, training: {}, validate: true })
    const names = ['dataio_0', 'intersection_0', 'secureboost_0']
    assert.deepEqual(Object.keys(inferred(dsl)), names)
    const { components } = dsl as { components: Record<string, { need_deploy?: boolean }> }
    for (const component of Object.values(components)) delete component.need_deploy
    assert.deepEqual(Object.keys(inferred(dsl)), names)
  })

  it('keeps an evaluation that is deployed on purpose', () => {
    const dsl = trainDsl()
    setPath(dsl, 'components.evaluation_0.need_deploy', true)
    assert.deepEqual((inferred(dsl)['evaluation_0'] as { input: object }).input, {
      data: { data: ['hetero_lr_0.train'] },
    })
  })

  it('predicts with the model that a component was given to use again', () => {
    const dsl = {
      components: {
        hetero_lr_0: {
          module: 'HeteroLR',
          input: { data: { train_data: ['args.a'] } },
          output: { data: ['out'], model: ['lr'] },
        },
        hetero_lr_1: {
          module: 'HeteroLR',
          input: { data: { eval_data: ['args.b'] }, model: ['hetero_lr_0.lr'] },
          output: { data: ['out'], model: ['lr'] },
        },
      },
    }
    assert.deepEqual((inferred(dsl)['hetero_lr_1'] as { input: object }).input, {
      data: { eval_data: ['args.eval_data'] },
      model: ['pipeline.hetero_lr_0.lr'],
    })
  })

  it('is a DSL that the parser takes for a prediction, and for nothing else', () => {
    const dsl = inferenceDsl(parseFateDsl(validateDsl(), MODULES), MODULES)
    const components = parseFateDsl(dsl, MODULES, { prediction: true })
    assert.deepEqual(
      components.map(({ name, needs, models }) => [name, needs, models[0].refs]),
      [
        ['dataio_0', [], [{ type: 'pipeline', node: 'dataio_0', output: 'dataio' }]],
        [
          'hetero_lr_0',
          [{ node: 'dataio_0', kind: 'data' }],
          [{ type: 'pipeline', node: 'hetero_lr_0', output: 'hetero_lr' }],
        ],
      ],
    )
    assert.throws(() => parseFateDsl(dsl, MODULES), /reads a trained pipeline/)
  })
})
