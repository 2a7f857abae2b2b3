import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { FateConfig, FateJobs, FateSubmitted } from '../../../src/api/fate/schema.ts'
import type { LeasedTask } from '../../../src/domain/work.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { setPath, trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

const MODEL_ID = 'arbiter-10000#guest-9999#host-10000#model'

describe('a predict job', () => {
  let test: TestApp
  let guest: FakeRunner
  let host: FakeRunner
  let version: string

  beforeEach(async () => {
    test = await testApp()
    guest = await startRunner(test.db, { parties: ['9999'], site: 'site-guest' })
    host = await startRunner(test.db, { parties: ['10000'], site: 'site-host' })
    await uploadTable(test, guest, { namespace: 'bank', name: 'guest', party: '9999' })
    await uploadTable(test, host, { namespace: 'shop', name: 'host', party: '10000' })
    const conf = trainConf()
    setPath(conf, 'algorithm_parameters.hetero_lr_0.max_iter', 7)
    const answer = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: conf,
    })
    version = answer.jobId ?? ''
  })
  afterEach(() => test.close())

  async function train(): Promise<void> {
    const learn = (runner: FakeRunner) => (task: LeasedTask) =>
      task.name === 'dataio_0' || task.name === 'hetero_lr_0'
        ? runner.report(task, {
            type: 'artifact',
            kind: 'model',
            name: 'model',
            location: 'model.json',
            summary: { name: task.name },
            preview: null,
          })
        : Promise.resolve()
    for (;;) {
      const done = [...(await guest.work(learn(guest))), ...(await host.work(learn(host)))]
      if (done.length === 0) return
    }
  }

  const predictConf = () => ({
    initiator: { role: 'guest', party_id: 9999 },
    job_parameters: {
      work_mode: 0,
      job_type: 'predict',
      model_id: MODEL_ID,
      model_version: version,
    } as Record<string, unknown>,
    role: { guest: [9999], host: [10000] } as Record<string, number[]>,
    role_parameters: {
      guest: { args: { data: { eval_data: [{ namespace: 'bank', name: 'guest' }] } } },
      host: { args: { data: { eval_data: [{ namespace: 'shop', name: 'host' }] } } },
    } as Record<string, Record<string, unknown>>,
  })

  it('takes the pipeline and the parameters of the training, without an arbiter', async () => {
    await train()
    const answer = FateSubmitted.parse(
      await test.post('/v1/job/submit', { job_runtime_conf: predictConf() }),
    )
    assert.equal(answer.retmsg, 'success')
    assert.deepEqual(answer.data?.model_info, { model_id: MODEL_ID, model_version: version })
    const tasks = [...(await guest.claim()), ...(await host.claim())]
    assert.deepEqual(
      tasks.map((task) => [task.name, task.role, task.party]),
      [
        ['dataio_0', 'guest', '9999'],
        ['dataio_0', 'host', '10000'],
      ],
    )
    assert.ok(tasks[0].spec.type === 'component')
    const { params, models, data } = tasks[0].spec
    assert.equal(params['with_label'], true)
    assert.deepEqual(models, [{ slot: 'model', nodes: ['dataio_0'], job: version }])
    assert.deepEqual(data, [
      {
        slot: 'data',
        tables: [{ type: 'table', key: 'eval_data', namespace: 'bank', name: 'guest' }],
      },
    ])
    const { data: rows } = FateJobs.parse(
      await test.post('/v1/job/query', { job_id: answer.jobId, role: 'guest' }),
    )
    const dsl = JSON.parse(rows?.[0]?.f_dsl ?? '') as { components: Record<string, unknown> }
    assert.deepEqual(Object.keys(dsl.components), ['dataio_0', 'intersection_0', 'hetero_lr_0'])
    const config = FateConfig.parse(await test.post('/v1/job/config', { job_id: answer.jobId }))
    const expected = trainConf()
    setPath(expected, 'algorithm_parameters.hetero_lr_0.max_iter', 7)
    assert.deepEqual(config.data?.train_runtime_conf, expected)
  })

  it('may change parameters of the training', async () => {
    await train()
    const conf = predictConf()
    conf.role_parameters['guest']['dataio_0'] = { label_idx: [3] }
    await test.post('/v1/job/submit', { job_runtime_conf: conf })
    const [task] = await guest.claim()
    assert.ok(task.spec.type === 'component')
    assert.deepEqual([task.spec.params['label_idx'], task.spec.params['with_label']], [3, true])
  })

  it('runs where the parts of the model are', async () => {
    await train()
    await startRunner(test.db, { parties: ['10000'], site: 'site-new' })
    const other = await startRunner(test.db, { parties: ['10000'], site: 'site-new' })
    await test.post('/v1/job/submit', { job_runtime_conf: predictConf() })
    assert.deepEqual(await other.claim(), [])
    assert.equal((await host.claim()).length, 1)
  })

  it('is refused by the name of the party that lost its part', async () => {
    await train()
    await test.db
      .updateTable('runner')
      .set({ site: 'site-new' })
      .where('id', '=', host.id)
      .execute()
    await test.db.updateTable('data_table').set({ site: null }).execute()
    const answer = await test.post('/v1/job/submit', { job_runtime_conf: predictConf() })
    assert.equal(answer.retcode, 100)
    assert.match(answer.retmsg, /: host 10000 has lost its part \(dataio_0\): no live runner/)
    assert.deepEqual(await guest.claim(), [])
  })

  it('is refused while the model is being trained', async () => {
    const answer = await test.post('/v1/job/submit', { job_runtime_conf: predictConf() })
    assert.equal(answer.retcode, 100)
    assert.match(answer.retmsg, /cannot be used: it is not trained yet; see job \d+$/)
  })

  describe('with models that the training inherited', () => {
    /** Trains on DataIO as an earlier job learnt it. */
    async function inherit(change: (body: object) => void = () => {}) {
      const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
      setPath(body, 'job_runtime_conf.job_parameters.model_id', MODEL_ID)
      setPath(body, 'job_runtime_conf.job_parameters.model_version', version)
      setPath(body, 'job_dsl.components.dataio_0.input.model', ['pipeline.dataio_0.dataio'])
      change(body)
      return test.post('/v1/job/submit', body)
    }

    it('reads them from the earlier job, in the training and in predictions', async () => {
      await train()
      const first = version
      const { retmsg, jobId } = await inherit()
      assert.equal(retmsg, 'success')
      const specs: LeasedTask['spec'][] = []
      const learn = (runner: FakeRunner) => async (task: LeasedTask) => {
        specs.push(task.spec)
        if (task.name !== 'hetero_lr_0') return
        await runner.report(task, {
          type: 'artifact',
          kind: 'model',
          name: 'model',
          location: 'model.json',
          summary: { name: task.name },
          preview: null,
        })
      }
      for (;;) {
        const done = [...(await guest.work(learn(guest))), ...(await host.work(learn(host)))]
        if (done.length === 0) break
      }
      const models = specs.flatMap((spec) => (spec.type === 'component' ? spec.models : []))
      assert.deepEqual(models, [
        { slot: 'model', nodes: ['dataio_0'], job: first },
        { slot: 'model', nodes: ['dataio_0'], job: first },
      ])
      version = jobId ?? ''
      const answer = await test.post('/v1/job/submit', { job_runtime_conf: predictConf() })
      assert.equal(answer.retmsg, 'success')
      const rows = await test.db
        .selectFrom('task')
        .select(['name', 'role', 'spec'])
        .where('job_id', '=', answer.jobId ?? '')
        .orderBy('name')
        .orderBy('role')
        .execute()
      const read = rows.flatMap(({ name, role, spec }) => {
        const { models: [model] = [] } = JSON.parse(spec) as { models?: { job?: string }[] }
        return model ? [[name, role, model.job]] : []
      })
      assert.deepEqual(read, [
        ['dataio_0', 'guest', first],
        ['dataio_0', 'host', first],
        ['hetero_lr_0', 'guest', jobId],
        ['hetero_lr_0', 'host', jobId],
      ])
    })

    const wrong: [name: string, path: string, value: unknown, message: RegExp][] = [
      [
        'a pipeline without a model',
        'job_runtime_conf.job_parameters.model_version',
        undefined,
        /"pipeline\.dataio_0\.dataio" reads a trained pipeline: name it with model_id and model_version/,
      ],
      [
        'a model that is not there',
        'job_runtime_conf.job_parameters.model_version',
        '1',
        /^There is no model .* of version 1/,
      ],
      [
        'a component that the model does not have',
        'job_dsl.components.dataio_0.input.model',
        ['pipeline.dataio_7.dataio'],
        /has no component "dataio_7", .* it has dataio_0, intersection_0/,
      ],
      [
        'a component without a model',
        'job_dsl.components.dataio_0.input.model',
        ['pipeline.intersection_0.train'],
        /^Model .*: intersection_0 left no model$/,
      ],
      [
        'a party that was not there',
        'job_runtime_conf.role.host',
        [9999],
        /was trained without host 9999: it has no part there$/,
      ],
    ]
    for (const [name, path, value, message] of wrong) {
      it(`is refused with ${name}`, async () => {
        await train()
        const own = [{ namespace: 'bank', name: 'guest' }]
        const answer = await inherit((body) => {
          setPath(body, path, value)
          if (name !== 'a party that was not there') return
          setPath(body, 'job_runtime_conf.role_parameters.host.args.data.train_data', own)
        })
        assert.notEqual(answer.retcode, 0)
        assert.match(answer.retmsg, message)
      })
    }

    it('is refused by the name of the party that lost its part', async () => {
      await train()
      await test.db.updateTable('runner').set({ site: 'new' }).where('id', '=', host.id).execute()
      await test.db.updateTable('data_table').set({ site: null }).execute()
      const answer = await inherit()
      assert.match(answer.retmsg, /: host 10000 has lost its part \(dataio_0\): no live runner/)
    })

    it('may name a model without reading it, as a configuration that the server answered does', async () => {
      await train()
      const answer = await inherit((body) =>
        setPath(body, 'job_dsl.components.dataio_0.input.model', undefined),
      )
      assert.equal(answer.retmsg, 'success')
    })
  })

  const refused: [
    name: string,
    change: (conf: ReturnType<typeof predictConf>) => void,
    message: RegExp,
  ][] = [
    [
      'an unknown version',
      (conf) => (conf.job_parameters['model_version'] = '1'),
      /^There is no model arbiter-10000#guest-9999#host-10000#model of version 1/,
    ],
    [
      'no version',
      (conf) => delete conf.job_parameters['model_version'],
      /^the following arguments are required: model_version $/,
    ],
    [
      'a party that was not there',
      (conf) => (conf.role['host'] = [10000, 7]),
      /was trained without host 7: take it out/,
    ],
    [
      'a party left out',
      (conf) => {
        delete conf.role['host']
        delete conf.role_parameters['host']
      },
      /has a part at host 10000: add it/,
    ],
    [
      'no tables',
      (conf) => (conf.role_parameters = {}),
      /dataio_0 reads args\.eval_data, which no role has/,
    ],
  ]
  for (const [name, change, message] of refused) {
    it(`is refused with ${name}`, async () => {
      await train()
      const conf = predictConf()
      change(conf)
      const answer = await test.post('/v1/job/submit', { job_runtime_conf: conf })
      assert.notEqual(answer.retcode, 0)
      assert.match(answer.retmsg, message)
      assert.deepEqual(await guest.claim(), [])
    })
  }
})
