import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { z } from '@hono/zod-openapi'

import {
  FateAllMetrics,
  FateDataView,
  FateDependencies,
  FateMetricData,
  FateMetricNames,
  FateOutputData,
  FateOutputModel,
  FateParameters,
} from '../../../src/api/fate/schema.ts'
import { startRunner, testApp, type TestApp, uploadTable } from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

describe('tracking of a FATE job', () => {
  let test: TestApp
  let id: string
  const ask = async <S extends z.ZodType>(
    path: string,
    schema: S,
    body: object,
  ): Promise<z.output<S>> => schema.parse(await test.post(path, { job_id: id, ...body }))

  before(async () => {
    test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const answer = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    id = answer.jobId ?? ''
    await runner.work(async (task) => {
      if (task.name === 'intersection_0' && task.role === 'guest') {
        for (const [name, rows] of [
          ['train', 2],
          ['test', 1],
        ] as const) {
          await runner.report(task, {
            type: 'artifact',
            kind: 'table',
            name,
            location: `${name}.arrow`,
            rows,
            summary: { header: ['id', name] },
            preview: Array.from({ length: rows }, (_, row) => [name, row]),
          })
        }
      }
      if (task.name !== 'hetero_lr_0') return
      if (task.role === 'arbiter') {
        await runner.report(task, {
          type: 'metric',
          namespace: 'train',
          name: 'loss',
          points: [
            [2, 0.4],
            [0, 0.69],
            [10, 0.3],
          ],
          meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters' },
        })
        return
      }
      const keeps = task.role === 'host'
      await runner.report(
        task,
        {
          type: 'artifact',
          kind: 'model',
          name: 'model',
          location: 'model.json',
          summary: { name: 'HeteroLogisticRegression' },
          preview: keeps
            ? null
            : { param: { iters: 3, weight: { x0: 0.5 } }, meta: { penalty: 'L2' } },
        },
        {
          type: 'artifact',
          kind: 'table',
          name: 'data',
          location: 'data.arrow',
          rows: 569,
          summary: { header: ['id', 'y', 'x0'], kind: 'plain' },
          preview: keeps ? null : Array.from({ length: 150 }, (_, row) => [`r${row}`, 1, row / 2]),
        },
      )
    })
  })
  after(() => test.close())

  it('lists metric names by namespace', async () => {
    const answer = await ask('/v1/tracking/component/metrics', FateMetricNames, {
      component_name: 'hetero_lr_0',
      role: 'arbiter',
      party_id: 10000,
    })
    assert.deepEqual([answer.retmsg, answer.data], ['success', { train: ['loss'] }])
  })

  it('gives all metrics with points and meta', async () => {
    const answer = await ask('/v1/tracking/component/metric/all', FateAllMetrics, {
      component_name: 'hetero_lr_0',
      role: 'arbiter',
      party_id: '10000',
    })
    assert.deepEqual(answer.data, {
      train: {
        loss: {
          data: [
            [0, 0.69],
            [2, 0.4],
            [10, 0.3],
          ],
          meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters' },
        },
      },
    })
  })

  it('gives one metric under either spelling of its name', async () => {
    for (const key of ['metric_name', 'meric_name']) {
      const answer = await ask('/v1/tracking/component/metric_data', FateMetricData, {
        component_name: 'hetero_lr_0',
        role: 'arbiter',
        party_id: 10000,
        metric_namespace: 'train',
        [key]: 'loss',
      })
      assert.deepEqual(answer.data?.[0], [0, 0.69])
      assert.equal(answer.meta?.metric_type, 'LOSS')
    }
  })

  it('answers an unknown metric as a success without points', async () => {
    const answer = await ask('/v1/tracking/component/metric_data', FateMetricData, {
      component_name: 'hetero_lr_0',
      metric_namespace: 'train',
      metric_name: 'nothing',
    })
    assert.deepEqual(answer, {
      retcode: 0,
      retmsg: 'success',
      data: [],
      jobId: null,
      meta: { name: null, metric_type: null },
    })
  })

  it('says "no data" for a component that measured nothing, made nothing or does not run there', async () => {
    const paths = [
      ['/v1/tracking/component/metrics', FateMetricNames, {}],
      ['/v1/tracking/component/metric/all', FateAllMetrics, {}],
      ['/v1/tracking/component/output/model', FateOutputModel, {}],
      ['/v1/tracking/component/output/data', FateOutputData, []],
    ] as const
    for (const [path, schema, data] of paths) {
      for (const place of [{}, { role: 'arbiter', party_id: 10000 }]) {
        const answer = await ask(path, schema as z.ZodType, {
          component_name: 'dataio_0',
          ...place,
        })
        assert.deepEqual(answer, { retcode: 0, retmsg: 'no data', data, jobId: null, meta: null })
      }
    }
  })

  it('gives the parameters of the party asked for, of the initiator by default', async () => {
    const own = await ask('/v1/tracking/component/parameters', FateParameters, {
      component_name: 'dataio_0',
    })
    assert.deepEqual(own.data, {
      module: 'DataIO',
      DataIOParam: { with_label: true, label_idx: 0, output_format: 'dense' },
    })
    const host = await ask('/v1/tracking/component/parameters', FateParameters, {
      component_name: 'dataio_0',
      role: 'host',
      party_id: 10000,
    })
    assert.deepEqual(host.data?.['DataIOParam'], {
      with_label: false,
      label_idx: 0,
      output_format: 'dense',
    })
    const none = await ask('/v1/tracking/component/parameters', FateParameters, {
      component_name: 'dataio_0',
      role: 'arbiter',
      party_id: 10000,
    })
    assert.deepEqual(
      [none.retcode, none.retmsg, none.data],
      [0, 'can not found this component parameters', null],
    )
  })

  it('gives the model of a party with the names of its buffers', async () => {
    const answer = await ask('/v1/tracking/component/output/model', FateOutputModel, {
      component_name: 'hetero_lr_0',
    })
    assert.deepEqual(answer.data, { iters: 3, weight: { x0: 0.5 } })
    assert.deepEqual(answer.meta, {
      module_name: 'HeteroLR',
      'hetero_lr_0.hetero_lr:HeteroLogisticRegressionMeta': 'HeteroLogisticRegressionMeta',
      'hetero_lr_0.hetero_lr:HeteroLogisticRegressionParam': 'HeteroLogisticRegressionParam',
      meta_data: { penalty: 'L2' },
    })
  })

  it('gives the first 100 rows with their header', async () => {
    const answer = await ask('/v1/tracking/component/output/data', FateOutputData, {
      component_name: 'hetero_lr_0',
      role: 'guest',
      party_id: 9999,
    })
    assert.equal(answer.data?.length, 100)
    assert.deepEqual(answer.data?.[1], ['r1', 1, 0.5])
    assert.deepEqual(answer.meta, { header: ['id', 'y', 'x0'], total: 569 })
  })

  it('gives a list of each thing where a component has several tables', async () => {
    const answer = await ask('/v1/tracking/component/output/data', FateOutputData, {
      component_name: 'intersection_0',
    })
    assert.deepEqual(answer.data, [
      [
        ['train', 0],
        ['train', 1],
      ],
      [['test', 0]],
    ])
    assert.deepEqual(answer.meta, {
      header: [
        ['id', 'train'],
        ['id', 'test'],
      ],
      total: [2, 1],
      names: ['train', 'test'],
    })
  })

  it('says so when a party keeps its rows or its model to itself', async () => {
    const place = { component_name: 'hetero_lr_0', role: 'host', party_id: 10000 }
    const rows = await ask('/v1/tracking/component/output/data', FateOutputData, place)
    assert.deepEqual(rows.data, [])
    assert.match(rows.retmsg, /host 10000 keeps its rows to itself/)
    assert.deepEqual(rows.meta?.header, ['id', 'y', 'x0'])
    const model = await ask('/v1/tracking/component/output/model', FateOutputModel, place)
    assert.deepEqual(model.data, {})
    assert.match(model.retmsg, /host 10000 keeps its model to itself/)
  })

  it('shows the initiator every table and the others their own', async () => {
    const guest = await ask('/v1/tracking/job/data_view', FateDataView, {
      role: 'guest',
      party_id: 9999,
    })
    assert.deepEqual(guest.data, {
      partner: { host: [10000], arbiter: [10000] },
      dataset: {
        guest: { '9999': { train_data: 'bank.guest' } },
        host: { '10000': { train_data: 'shop.host' } },
      },
      roles: { guest: [9999], host: [10000], arbiter: [10000] },
      model_summary: {},
    })
    const host = await ask('/v1/tracking/job/data_view', FateDataView, {
      role: 'host',
      party_id: 10000,
    })
    assert.deepEqual(host.data?.dataset, { host: { '10000': { train_data: 'shop.host' } } })
    assert.deepEqual(host.data?.roles, { host: [10000] })
  })

  it('tells what each component depends on', async () => {
    const answer = await ask('/v1/pipeline/dag/dependency', FateDependencies, {})
    assert.deepEqual(answer.data, {
      component_list: ['dataio_0', 'intersection_0', 'hetero_lr_0', 'evaluation_0'],
      dependencies: {
        intersection_0: ['dataio_0'],
        hetero_lr_0: ['intersection_0'],
        evaluation_0: ['hetero_lr_0'],
      },
      component_module: {
        dataio_0: 'DataIO',
        intersection_0: 'Intersection',
        hetero_lr_0: 'HeteroLR',
        evaluation_0: 'Evaluation',
      },
    })
  })

  const refused: [name: string, path: string, body: object, retcode: number, message: RegExp][] = [
    [
      'an unknown job',
      '/v1/tracking/component/metrics',
      { job_id: '42', component_name: 'x_0' },
      101,
      /^can not found this job: 42$/,
    ],
    [
      'an unknown component',
      '/v1/tracking/component/metrics',
      { component_name: 'x_0' },
      101,
      /no component x_0: it has dataio_0, intersection_0, hetero_lr_0, evaluation_0/,
    ],
    [
      'a party that takes no part',
      '/v1/tracking/component/metrics',
      { component_name: 'dataio_0', role: 'host', party_id: 1 },
      101,
      /has no host 1: its parties are guest 9999; host 10000; arbiter 10000/,
    ],
    [
      'a role without a party',
      '/v1/tracking/component/metrics',
      { component_name: 'dataio_0', role: 'host' },
      100,
      /^the following arguments are required: party_id $/,
    ],
    [
      'a party id that is none',
      '/v1/tracking/component/metrics',
      { component_name: 'dataio_0', role: 'host', party_id: 'bank' },
      100,
      /party_id: expected a party id, a whole number, got "bank"/,
    ],
    [
      'no component',
      '/v1/tracking/component/parameters',
      {},
      100,
      /^the following arguments are required: component_name $/,
    ],
    [
      'a metric without a name',
      '/v1/tracking/component/metric_data',
      { component_name: 'dataio_0', metric_namespace: 'train' },
      100,
      /^the following arguments are required: metric_name $/,
    ],
    [
      'the graph of an unknown job',
      '/v1/pipeline/dag/dependency',
      { job_id: '42' },
      100,
      /^query job 42 failed$/,
    ],
  ]
  for (const [name, path, body, retcode, message] of refused) {
    it(`refuses ${name}`, async () => {
      const answer = await test.post(path, { job_id: id, ...body })
      assert.equal(answer.retcode, retcode)
      assert.match(answer.retmsg, message)
      assert.equal(answer.data, null)
    })
  }
})
