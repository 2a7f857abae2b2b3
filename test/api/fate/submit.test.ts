import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { FateSubmitted } from '../../../src/api/fate/schema.ts'
import { listEvents } from '../../../src/domain/event.ts'
import {
  type FakeRunner,
  type FateAnswer,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { setPath, trainConf, trainDsl, validateDsl } from '../../helpers/fate-jobs.ts'

describe('job/submit with bad input', () => {
  let test: TestApp
  let runner: FakeRunner
  before(async () => {
    test = await testApp()
    runner = await startRunner(test.db, { parties: ['9999', '10000'] })
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest', party: '9999' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host', party: '10000' })
  })
  after(() => test.close())

  async function countJobs(): Promise<number> {
    const rows = await test.db.selectFrom('job').select('id').where('kind', '=', 'train').execute()
    return rows.length
  }

  const cases: [name: string, changes: Record<string, unknown>, message: RegExp][] = [
    [
      'an unknown module',
      { 'job_dsl.components.hetero_lr_0.module': 'HeteroXR' },
      /no module "HeteroXR": there are DataIO, /,
    ],
    [
      'a role missing without which a component cannot run',
      { 'job_runtime_conf.role': { guest: [9999], host: [10000] } },
      /^Component hetero_lr_0: module HeteroLR needs a party in the role arbiter: add "arbiter": /,
    ],
    [
      'a cyclic DSL',
      { 'job_dsl.components.intersection_0.input.data.data': ['hetero_lr_0.train'] },
      /^component dependencies form loop, please check: .*intersection_0 -> hetero_lr_0/,
    ],
    [
      'a table that does not exist',
      { 'job_runtime_conf.role_parameters.host.args.data.train_data.0.name': 'gone' },
      /^table shop\.gone does not exist: upload it with POST \/v1\/data\/upload$/,
    ],
    [
      "a table of somebody else's",
      {
        'job_runtime_conf.role_parameters.host.args.data.train_data': [
          { namespace: 'bank', name: 'guest' },
        ],
      },
      /^table bank\.guest belongs to party 9999: host 10000 cannot use it/,
    ],
    [
      'an argument that no role has',
      { 'job_dsl.components.dataio_0.input.data.data': ['args.other'] },
      /^Component dataio_0 reads args\.other, which no role has: set role_parameters/,
    ],
    [
      'a party that no runner serves',
      { 'job_runtime_conf.role.arbiter': [777] },
      /^No live runner serves arbiter party 777: start one with WEFT_PARTIES=777/,
    ],
    [
      'a component without any of its roles',
      {
        'job_runtime_conf.role': { arbiter: [10000] },
        'job_runtime_conf.initiator': { role: 'arbiter', party_id: 10000 },
      },
      /^Component dataio_0: module DataIO runs at guest, host, and the job has only arbiter/,
    ],
    [
      'a parameter of the wrong type',
      { 'job_runtime_conf.algorithm_parameters.hetero_lr_0.learning_rate': 'fast' },
      /^hetero_lr_0\.learning_rate: expected number, got "fast" \(at guest 9999\)$/,
    ],
    [
      'a nested parameter that cannot be',
      { 'job_runtime_conf.algorithm_parameters.hetero_lr_0.init_param.init_method': 'magic' },
      /^hetero_lr_0\.init_param\.init_method: expected "random_uniform" or "zeros", got "magic"/,
    ],
    [
      'a parameter of one role that cannot be',
      { 'job_runtime_conf.role_parameters.host.dataio_0.output_format': ['thick'] },
      /^dataio_0\.output_format: expected "dense" or "sparse", got "thick" \(at host 10000\)$/,
    ],
    [
      'an initiator that takes no part',
      { 'job_runtime_conf.initiator.party_id': 1 },
      /^initiator party id error 1$/,
    ],
    [
      'a configuration without roles',
      { 'job_runtime_conf.role': undefined },
      /^the following arguments are required: role $/,
    ],
    [
      'a prediction without a model',
      { 'job_runtime_conf.job_parameters.job_type': 'predict' },
      /^the following arguments are required: model_id,model_version $/,
    ],
    [
      'a training without a DSL',
      { job_dsl: undefined },
      /^the following arguments are required: job_dsl $/,
    ],
    ['version 3', { 'job_runtime_conf.dsl_version': 3 }, /^dsl_version: expected 1 or 2, got 3$/],
  ]
  for (const [name, changes, message] of cases) {
    it(`refuses ${name} and enters nothing`, async () => {
      const before = await countJobs()
      const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
      for (const [path, value] of Object.entries(changes)) setPath(body, path, value)
      const answer = await test.post('/v1/job/submit', body)
      assert.notEqual(answer.retcode, 0)
      assert.match(answer.retmsg, message)
      assert.deepEqual([answer.data, answer.jobId, answer.meta], [null, null, null])
      assert.equal(await countJobs(), before)
      assert.deepEqual(test.logged, [])
    })
  }

  it('lets tasks be tried again as often as auto_retries says', async () => {
    const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    setPath(body, 'job_runtime_conf.job_parameters.auto_retries', 2)
    const { jobId } = await test.post('/v1/job/submit', body)
    const rows = await test.db
      .selectFrom('task')
      .select('max_attempts')
      .distinct()
      .where('job_id', '=', jobId ?? '')
      .execute()
    assert.deepEqual(rows, [{ max_attempts: 3 }])
  })

  const bodies: [name: string, body: unknown, message: RegExp][] = [
    ['nothing', {}, /^the following arguments are required: job_runtime_conf $/],
    [
      'a path instead of a DSL',
      { job_dsl: 'dsl.json', job_runtime_conf: {} },
      /^job_dsl: expected record, got "dsl\.json"$/,
    ],
  ]
  for (const [name, body, message] of bodies) {
    it(`refuses ${name}`, async () => {
      const answer = await test.post('/v1/job/submit', body)
      assert.equal(answer.retcode, 100)
      assert.match(answer.retmsg, message)
    })
  }

  const paths = [
    '/v1/job/submit',
    '/v1/job/query',
    '/v1/job/stop',
    '/v1/job/config',
    '/v1/job/log',
    '/v1/job/task/query',
    '/v1/tracking/job/data_view',
    '/v1/tracking/component/metrics',
    '/v1/tracking/component/metric/all',
    '/v1/tracking/component/metric_data',
    '/v1/tracking/component/parameters',
    '/v1/tracking/component/output/model',
    '/v1/tracking/component/output/data',
    '/v1/pipeline/dag/dependency',
    '/v1/table/table_info',
    '/v1/data/upload',
  ]
  for (const path of paths) {
    it(`${path} answers malformed JSON, wrong types and other methods in the envelope`, async () => {
      const requests: [init: RequestInit, status: number][] = [
        [
          { method: 'POST', body: '{"job_id":', headers: { 'content-type': 'application/json' } },
          200,
        ],
        [
          {
            method: 'POST',
            body: '{"job_id":7,"namespace":7,"job_dsl":7}',
            headers: { 'content-type': 'application/json' },
          },
          200,
        ],
        [{ method: 'DELETE' }, 404],
      ]
      for (const [init, status] of requests) {
        const response = await test.app.request(path, init)
        const answer = (await response.json()) as FateAnswer
        assert.equal(response.status, status)
        assert.deepEqual(Object.keys(answer).toSorted(), [
          'data',
          'jobId',
          'meta',
          'retcode',
          'retmsg',
        ])
        assert.equal(answer.retcode, 100)
        assert.ok(answer.retmsg.length > 10)
      }
      assert.deepEqual(test.logged, [])
    })
  }

  it('answers an unknown route with 404 and all five keys', async () => {
    const response = await test.app.request('/v1/job/dance', { method: 'POST' })
    assert.equal(response.status, 404)
    assert.deepEqual(await response.json(), {
      retcode: 100,
      retmsg: 'No route POST /v1/job/dance: see /v1/openapi.json for those there are',
      data: null,
      jobId: null,
      meta: null,
    })
  })

  it('keeps a failure of the database to its log', async () => {
    const broken = await testApp()
    await broken.db.schema.dropTable('job_member').execute()
    const answer = await broken.post('/v1/job/query', { job_id: '1' })
    assert.equal(answer.retcode, 100)
    const id = /^internal error, request (\w+)$/.exec(answer.retmsg)?.[1]
    assert.equal(broken.logged.length, 1)
    assert.equal(broken.logged[0].fields['requestId'], id)
    assert.match(String(broken.logged[0].fields['error']), /no such table/)
    await broken.close()
  })
})

describe('job/submit', () => {
  it('accepts one party in every role, as the single machine samples have it', async () => {
    const test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const conf = trainConf()
    setPath(conf, 'initiator.party_id', 10000)
    setPath(conf, 'role', { guest: [10000], host: [10000], arbiter: [10000] })
    for (const [role, table] of [
      ['guest', { namespace: 'bank', name: 'guest' }],
      ['host', { namespace: 'shop', name: 'host' }],
    ] as const) {
      setPath(conf, `role_parameters.${role}.args.data.eval_data`, [table])
    }
    const answer = FateSubmitted.parse(
      await test.post('/v1/job/submit', { job_dsl: validateDsl(), job_runtime_conf: conf }),
    )
    assert.equal(answer.retmsg, 'success')
    assert.equal(answer.data?.model_info.model_id, 'arbiter-10000#guest-10000#host-10000#model')
    const row = await test.db
      .selectFrom('task')
      .select('spec')
      .where('id', '=', `${answer.jobId}_dataio_1_guest_10000`)
      .executeTakeFirstOrThrow()
    const { models } = JSON.parse(row.spec) as { models: unknown }
    assert.deepEqual(models, [{ slot: 'model', nodes: ['dataio_0'] }])
    await test.close()
  })

  it('names parameters that nothing knows in its answer and in the events of the job', async () => {
    const test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest', party: '9999' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host', party: '10000' })
    const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    const common = 'job_runtime_conf.algorithm_parameters'
    setPath(body, `${common}.not_in_the_dsl_0`, undefined)
    setPath(body, `${common}.hetero_lr_0.a_parameter_of_another_version`, undefined)
    const plain = FateSubmitted.parse(await test.post('/v1/job/submit', body))
    assert.ok(plain.data && !('warnings' in plain.data))
    setPath(body, 'job_runtime_conf.algorithm_parameters.hetero_lr_0.lerning_rate', 0.1)
    setPath(
      body,
      'job_runtime_conf.algorithm_parameters.hetero_lr_0.init_param.init_methd',
      'zeros',
    )
    setPath(body, 'job_runtime_conf.algorithm_parameters.intersect_0', { intersect_method: 'raw' })
    const { data, jobId } = FateSubmitted.parse(await test.post('/v1/job/submit', body))
    assert.deepEqual(data?.warnings, [
      'job_runtime_conf has parameters of "intersect_0", which the DSL does not have: they are ignored; did you mean ' +
        '"intersection_0"?',
      'hetero_lr_0 has no parameter "init_param.init_methd": it is ignored; did you mean "init_param.init_method"?',
      'hetero_lr_0 has no parameter "lerning_rate": it is ignored; did you mean "learning_rate"?',
    ])
    const events = await listEvents(test.db, { jobId: jobId ?? '' })
    assert.deepEqual(
      events.flatMap(({ level, message }) => (level === 'warning' ? [message] : [])),
      data?.warnings?.slice(0, 1),
    )
    await test.close()
  })

  it('binds the tasks of a party to the data directory that holds its tables', async () => {
    const test = await testApp()
    const guest = await startRunner(test.db, { parties: ['9999'], site: 'site-g' })
    const host = await startRunner(test.db, { parties: ['10000'], site: 'site-h' })
    await uploadTable(test, guest, { namespace: 'bank', name: 'guest', party: '9999' })
    await uploadTable(test, host, { namespace: 'shop', name: 'host', party: '10000' })
    await test.post('/v1/job/submit', { job_dsl: trainDsl(), job_runtime_conf: trainConf() })
    const [own, ...rest] = await guest.claim()
    assert.deepEqual([own.name, own.role, own.party, rest], ['dataio_0', 'guest', '9999', []])
    await test.close()
  })

  it('refuses tables of one party that lie in two data directories', async () => {
    const test = await testApp()
    const first = await startRunner(test.db, { site: 'site-1' })
    await uploadTable(test, first, { namespace: 'n', name: 'a' })
    await test.db.updateTable('runner').set({ state: 'gone' }).execute()
    const second = await startRunner(test.db, { site: 'site-2' })
    await uploadTable(test, second, { namespace: 'n', name: 'b' })
    const conf = trainConf()
    const args = {
      train_data: [{ namespace: 'n', name: 'a' }],
      eval_data: [{ namespace: 'n', name: 'b' }],
    }
    setPath(conf, 'role_parameters.guest.args.data', args)
    setPath(conf, 'role_parameters.host.args.data', args)
    const answer = await test.post('/v1/job/submit', {
      job_dsl: validateDsl(),
      job_runtime_conf: conf,
    })
    assert.match(answer.retmsg, /tables of guest 9999 lie in two data directories: upload n\.b/)
    await test.close()
  })
})
