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
