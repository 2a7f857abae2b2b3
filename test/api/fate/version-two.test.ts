import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { FateDataView, FateJobs } from '../../../src/api/fate/schema.ts'
import type { LeasedTask } from '../../../src/domain/work.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { setPath, versionTwo } from '../../helpers/fate-jobs.ts'

describe('a version 2 job', () => {
  let test: TestApp
  let runner: FakeRunner
  beforeEach(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest', party: '9999' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host', party: '10000' })
  })
  afterEach(() => test.close())

  const send = (conf: object) =>
    test.post('/v1/job/submit', { job_dsl: versionTwo().dsl, job_runtime_conf: conf })

  it('reads its tables through Readers and parameters by index, over those for everyone', async () => {
    const answer = await send(versionTwo().conf)
    assert.equal(answer.retmsg, 'success')
    const tasks: LeasedTask[] = await runner.work()
    const spec = (name: string, role: string) => {
      const found = tasks.find((task) => task.name === name && task.role === role)?.spec
      assert.ok(found?.type === 'component', `${name} at ${role}`)
      return found
    }
    assert.deepEqual(
      ['guest', 'host'].map((role) => spec('reader_0', role).data),
      [
        ['bank', 'guest'],
        ['shop', 'host'],
      ].map(([namespace, name]) => [
        { slot: 'data', tables: [{ type: 'table', key: 'reader_0', namespace, name }] },
      ]),
    )
    assert.deepEqual(
      ['guest', 'host'].map((role) => spec('dataio_0', role).params),
      [
        { with_label: true, label_idx: 0, output_format: 'dense' },
        { with_label: false, label_idx: 0, output_format: 'dense' },
      ],
    )
    assert.deepEqual(
      ['guest', 'host'].map((role) => spec('evaluation_0', role).run),
      [true, false],
    )
    const view = FateDataView.parse(
      await test.post('/v1/tracking/job/data_view', { job_id: answer.jobId }),
    )
    assert.deepEqual(view.data?.dataset, {
      guest: { 9999: { reader_0: 'bank.guest' } },
      host: { 10000: { reader_0: 'shop.host' } },
    })
  })

  it('is found by the configuration that a query shows, which has its model', async () => {
    const { jobId } = await send(versionTwo().conf)
    const query = async (filter: object) =>
      FateJobs.parse(await test.post('/v1/job/query', filter)).data?.[0]
    const shown = await query({ job_id: jobId })
    const conf = JSON.parse(shown?.f_runtime_conf ?? '') as {
      job_parameters: { common: Record<string, string> }
    }
    assert.equal(conf.job_parameters.common['model_version'], jobId)
    assert.equal((await query({ runtime_conf: shown?.f_runtime_conf }))?.f_job_id, jobId)
  })

  it('has parameters of its own at single parties, which must be parties of it', async () => {
    const { conf } = versionTwo()
    setPath(conf, 'job_parameters.role', { host: { '0': { auto_retries: 4 } } })
    const { retcode, retmsg, jobId } = await send(conf)
    assert.equal(retcode, 0, retmsg)
    const rows = await test.db
      .selectFrom('task')
      .select(['role', 'max_attempts'])
      .where('job_id', '=', jobId ?? '')
      .where('name', '=', 'dataio_0')
      .orderBy('role')
      .execute()
    assert.deepEqual(rows, [
      { role: 'guest', max_attempts: 2 },
      { role: 'host', max_attempts: 5 },
    ])
    setPath(conf, 'job_parameters.role', { judge: { '0': {} } })
    assert.match((await send(conf)).retmsg, /job_parameters\.role\.judge: the job has no such role/)
    setPath(conf, 'job_parameters.role', { host: { first: {} } })
    assert.match((await send(conf)).retmsg, /job_parameters\.role\.host: expected an index/)
    setPath(conf, 'job_parameters.role', { host: { '0': { auto_retries: 'no' } } })
    assert.match((await send(conf)).retmsg, /auto_retries: expected a whole number/)
  })

  it('with several Readers predicts with the table of each', async () => {
    for (const party of ['9999', '10000']) {
      for (const name of ['a', 'b']) {
        await uploadTable(test, runner, { namespace: `new-${party}`, name, party })
      }
    }
    const { dsl, conf } = versionTwo()
    setPath(dsl, 'components.reader_1', { module: 'Reader', output: { data: ['data'] } })
    setPath(dsl, 'components.dataio_1', {
      module: 'DataIO',
      input: { data: { data: ['reader_1.data'] } },
      output: { data: ['data'], model: ['model'] },
    })
    const tables = (first: string, second: string) => {
      const group = (party: string) => ({
        reader_0: { table: { namespace: `new-${party}`, name: first } },
        reader_1: { table: { namespace: `new-${party}`, name: second } },
      })
      return { guest: { '0': group('9999') }, host: { '0': group('10000') } }
    }
    setPath(conf, 'component_parameters.role', tables('a', 'b'))
    const trained = await test.post('/v1/job/submit', { job_dsl: dsl, job_runtime_conf: conf })
    assert.equal(trained.retcode, 0, trained.retmsg)
    await runner.work(async (task) => {
      if (!/^(dataio|hetero)/.test(task.name)) return
      const common = { kind: 'model', name: 'model', location: 'x' } as const
      const model = { ...common, summary: { name: 'M' }, preview: null }
      await runner.report(task, { type: 'artifact', ...model })
    })
    const { model_info } = trained.data as { model_info: object }
    setPath(conf, 'job_parameters.common', { job_type: 'predict', ...model_info })
    setPath(conf, 'component_parameters.role', tables('b', 'a'))
    const answer = await test.post('/v1/job/submit', { job_runtime_conf: conf })
    assert.equal(answer.retcode, 0, answer.retmsg)
    const read = (await runner.work()).flatMap(({ name, role, spec }) =>
      spec.type === 'component' && name.startsWith('reader')
        ? [[name, role, spec.data[0].tables]]
        : [],
    )
    const table = (key: string, party: string, name: string) => [
      { type: 'table', key, namespace: `new-${party}`, name },
    ]
    assert.deepEqual(
      new Set(read),
      new Set([
        ['reader_0', 'guest', table('reader_0', '9999', 'b')],
        ['reader_0', 'host', table('reader_0', '10000', 'b')],
        ['reader_1', 'guest', table('reader_1', '9999', 'a')],
        ['reader_1', 'host', table('reader_1', '10000', 'a')],
      ]),
    )
  })

  it('names of a group may list indices', async () => {
    const { conf } = versionTwo()
    setPath(conf, 'component_parameters.role.guest', {
      '1|0': { reader_0: { table: { name: 'guest', namespace: 'bank' } } },
      1: { dataio_0: { label_idx: 9 } },
    })
    assert.equal((await send(conf)).retmsg, 'success')
    const [task] = (await runner.work()).filter(
      ({ name, role }) => name === 'dataio_0' && role === 'guest',
    )
    assert.ok(task.spec.type === 'component')
    assert.equal(task.spec.params['label_idx'], 0)
  })

  const refused: [name: string, path: string, value: unknown, message: RegExp][] = [
    [
      'a Reader without a table',
      'component_parameters.role',
      {},
      /reader_0 reads args\.reader_0.*component_parameters\.role\.<role>\.<index>\.reader_0\.table/,
    ],
    [
      'an index that is none',
      'component_parameters.role.guest',
      { first: {} },
      /component_parameters\.role\.guest: expected an index like "0"/,
    ],
    [
      'a wrong parameter',
      'component_parameters.common.hetero_lr_0.max_iter',
      'many',
      /hetero_lr_0.*max_iter/,
    ],
    ['no common object', 'job_parameters.common', 1, /job_parameters\.common: expected an object/],
  ]
  for (const [name, path, value, message] of refused) {
    it(`is refused with ${name}`, async () => {
      const { conf } = versionTwo()
      setPath(conf, path, value)
      const answer = await send(conf)
      assert.equal(answer.retcode, 100)
      assert.match(answer.retmsg, message)
      assert.deepEqual(await runner.claim(), [])
    })
  }
})
