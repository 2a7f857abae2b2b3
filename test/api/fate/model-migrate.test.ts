/**
 * Models that go over to other parties.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { diskFiles } from '../../../src/bin/files.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { untarGzip } from '../../helpers/untar.ts'

const MODEL_ID = 'arbiter-10000#guest-9999#host-10000#model'
const NEW_ID = 'arbiter-10001#guest-9998#host-10001#model'
const MODEL = {
  name: 'HeteroLogisticRegression',
  param: { weight: { x0: 0.5 }, intercept: -1 },
  meta: { penalty: 'L2' },
  state: { weights: Float64Array.of(0.5, -0), exact: 12345678901234567890n },
}

describe('model/migrate', () => {
  let test: TestApp
  let runner: FakeRunner
  let version: string
  let files: ReturnType<typeof diskFiles>

  before(async () => {
    const dataDir = await temporaryFolder()
    files = diskFiles({ spoolDir: `${dataDir}/spool`, importRoots: [], dataDir, site: 'site-1' })
    test = await testApp()
    runner = await startRunner(test.db, { site: 'site-1' })
    for (const [namespace, name] of [
      ['bank', 'guest'],
      ['shop', 'host'],
      ['new', 'guest'],
      ['new', 'host'],
    ]) {
      await uploadTable(test, runner, { namespace, name })
    }
    Object.assign(test.files, files)
    const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    version = (await test.post('/v1/job/submit', body)).jobId ?? ''
    await runner.work(async (task) => {
      const { role, party, name: node } = task
      if (role === null || party === null || role === 'arbiter' || node === 'evaluation_0') return
      await files.saveModel?.({ jobId: version, role, party, node }, encodeModel(MODEL))
      const { name, param, meta } = MODEL
      const report = { type: 'artifact', kind: 'model', name: 'model', location: 'x' } as const
      await runner.report(task, { ...report, summary: { name }, preview: { param, meta } })
    })
  })
  after(() => test.close())

  const wanted = (more: object = {}) => ({
    job_parameters: { federated_mode: 'SINGLE' },
    migrate_initiator: { role: 'guest', party_id: 9998 },
    role: { guest: [9999], arbiter: [10000], host: [10000] },
    migrate_role: { guest: [9998], arbiter: [10001], host: [10001] },
    execute_party: { guest: [9999], host: ['10000'], arbiter: [10000] },
    model_id: MODEL_ID,
    model_version: version,
    unify_model_version: '202611230001',
    ...more,
  })
  const migrate = (more?: object) => test.post('/v1/model/migrate', wanted(more))

  it('refuses what leads nowhere, and makes nothing of it', async () => {
    const cases: [object, RegExp][] = [
      [{ migrate_role: wanted().role }, /nothing to migrate/],
      [{ migrate_role: { guest: [9998], host: [10001] } }, /differ in their form/],
      [{ migrate_role: { guest: [9998, 1], host: [2], arbiter: [3] } }, /differ in their form/],
      [{ migrate_initiator: { role: 'guest', party_id: 5 } }, /guest 5 is not among the parties/],
      [{ execute_party: { guest: [1] } }, /execute_party: guest 1 is not among/],
      [{ execute_party: { stranger: [1] } }, /execute_party/],
      [{ unify_model_version: '../../x' }, /unify_model_version/],
      [{ model_version: '1' }, /failed: There is no model/],
      [
        { role: { guest: [7], arbiter: [10000], host: [10000] }, execute_party: { guest: [7] } },
        /no part at guest 7/,
      ],
    ]
    for (const [more, expected] of cases) {
      const { retcode, retmsg } = await migrate(more)
      assert.notEqual(retcode, 0)
      assert.match(retmsg, expected)
    }
    const { retmsg } = await test.post('/v1/model/migrate', {})
    assert.match(retmsg, /required: model_id,model_version,role,migrate_role,migrate_initiator/)
    const two = { guest: [9999], arbiter: [10000], host: [10000, 10002] }
    const other = { guest: [9998], arbiter: [10001], host: [10001, 10003] }
    const told = await migrate({ role: two, migrate_role: other })
    assert.match(told.retmsg, /is of arbiter 10000; guest 9999; host 10000, in this order/)
    const rows = await test.db.selectFrom('model').select('model_id').execute()
    assert.deepEqual(rows, [{ model_id: MODEL_ID }])
  })

  it('makes a model of the new parties, part by part, which predicts', async () => {
    const some = await migrate({ execute_party: { guest: [9999] } })
    assert.equal(some.retcode, 0, some.retmsg)
    const rest = await migrate({ execute_party: { host: [10000], arbiter: [10000] } })
    assert.deepEqual(rest.data, {
      model_id: NEW_ID,
      model_version: '202611230001',
      host: { '10000': 0 },
      arbiter: { '10000': 0 },
      detail: {
        host: { '10000': { retcode: 0, retmsg: 'success' } },
        arbiter: { '10000': { retcode: 0, retmsg: 'success' } },
      },
    })
    const place = { site: 'site-1', jobId: '202611230001', role: 'host', party: '10001' }
    assert.equal(await files.readModel?.({ ...place, node: 'hetero_lr_0' }), encodeModel(MODEL))
    const listed = await test.post('/v1/model/version', { namespace: NEW_ID })
    assert.equal((listed.data as { commitId: string }[])[0].commitId, '202611230001')
    const { data: conf } = await test.post('/v1/job/config', { job_id: '202611230001' })
    const { runtime_conf } = conf as { runtime_conf: Record<string, unknown> }
    assert.deepEqual(runtime_conf['role'], { guest: [9998], arbiter: [10001], host: [10001] })
    assert.deepEqual(runtime_conf['initiator'], { role: 'guest', party_id: 9998 })
    const table = (name: string) => ({
      args: { data: { eval_data: [{ namespace: 'new', name }] } },
    })
    const predicted = await test.post('/v1/job/submit', {
      job_runtime_conf: {
        initiator: { role: 'guest', party_id: 9998 },
        job_parameters: {
          work_mode: 0,
          job_type: 'predict',
          model_id: NEW_ID,
          model_version: '202611230001',
        },
        role: { guest: [9998], host: [10001] },
        role_parameters: { guest: table('guest'), host: table('host') },
      },
    })
    assert.equal(predicted.retcode, 0, predicted.retmsg)
    const tasks = await runner.claim()
    assert.ok(
      tasks.some(
        ({ spec, party }) =>
          party === '10001' && spec.type === 'component' && spec.models[0]?.job === '202611230001',
      ),
    )
    await runner.work()
  })

  it('a part that is there is not made again, and says so beside those that are', async () => {
    const again = await migrate()
    assert.equal(again.retcode, 101)
    assert.match(again.retmsg, /^failed: guest 9998 has its part/)
    const { guest, arbiter } = again.data as Record<string, Record<string, number>>
    assert.deepEqual([guest, arbiter], [{ '9999': 100 }, { '10000': 0 }])
    const other = await migrate({ unify_model_version: version })
    assert.match(other.retmsg, /is not the training of/)
  })

  it('without a version makes one, which leaves in a file like any other', async () => {
    const { retcode, retmsg, jobId } = await migrate({ unify_model_version: null })
    assert.equal(retcode, 0, retmsg)
    const response = await test.app.request('/v1/model/export', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model_id: NEW_ID,
        model_version: jobId,
        role: 'guest',
        party_id: 9998,
      }),
    })
    const archive = await untarGzip(new Blob([await response.arrayBuffer()]).stream())
    assert.equal(archive.get('parts/hetero_lr_0.json'), encodeModel(MODEL))
    const events = await test.db
      .selectFrom('event')
      .select('message')
      .where('job_id', '=', jobId)
      .where('type', '=', 'model.imported')
      .execute()
    assert.match(events[0].message, /guest 9998 was taken over from guest 9999/)
  })

  it('a party that keeps its models to itself keeps them', async () => {
    await test.db
      .updateTable('artifact')
      .set({ preview: null })
      .where('task_id', '=', `${version}_hetero_lr_0_host_10000`)
      .execute()
    const { data } = await migrate({
      unify_model_version: 'kept',
      execute_party: { host: [10000] },
    })
    const { detail } = data as { detail: Record<string, Record<string, { retmsg: string }>> }
    assert.match(detail['host']['10000'].retmsg, /keeps its models to itself/)
    const rows = await test.db
      .selectFrom('model')
      .where('version', '=', 'kept')
      .select('version')
      .execute()
    assert.deepEqual(rows, [])
  })
})
