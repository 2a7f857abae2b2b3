/**
 * Paths of later versions, asked as their clients ask.
 */
import assert from 'node:assert/strict'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import {
  FateComponents,
  FateHistory,
  FateJobList,
  FateTaskList,
} from '../../../src/api/fate/later-schema.ts'
import { diskFiles } from '../../../src/bin/files.ts'
import { tableLocation } from '../../../src/runner/data/path.ts'
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

describe('paths of later versions', () => {
  let test: TestApp
  let runner: FakeRunner
  let jobId: string
  let dataDir: string

  before(async () => {
    dataDir = await temporaryFolder()
    test = await testApp({ site: 'site-1' })
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host', rows: 42 })
    jobId = await submit()
    await runner.work(async (task) => {
      if (task.name !== 'dataio_0' && task.name !== 'hetero_lr_0') return
      await runner.report(task, {
        type: 'artifact',
        kind: 'model',
        name: 'model',
        location: 'model.json',
        summary: { name: task.name },
        preview: null,
      })
    })
  })
  after(() => test.close())

  async function submit(): Promise<string> {
    const answer = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    assert.equal(answer.retcode, 0, answer.retmsg)
    return answer.jobId ?? ''
  }

  it('component/list has the components of a job in their order', async () => {
    const { data } = FateComponents.parse(
      await test.post('/v1/tracking/component/list', { job_id: jobId }),
    )
    assert.deepEqual(data?.components, [
      'dataio_0',
      'intersection_0',
      'hetero_lr_0',
      'evaluation_0',
    ])
    const unknown = await test.post('/v1/tracking/component/list', { job_id: '1' })
    assert.equal(unknown.retcode, 101)
  })

  it('list/job and list/task need no filter, and take a limit and a filter', async () => {
    const jobs = FateJobList.parse(await test.post('/v1/job/list/job', {})).data
    assert.deepEqual(
      jobs?.jobs.map(({ f_job_id, f_role, f_party_id }) => [f_job_id, f_role, f_party_id]),
      [
        [jobId, 'arbiter', '10000'],
        [jobId, 'guest', '9999'],
        [jobId, 'host', '10000'],
      ],
    )
    assert.equal(jobs?.count, 3)
    const one = await test.post('/v1/job/list/job', { role: 'host', party_id: 10000, limit: '1' })
    assert.equal(FateJobList.parse(one).data?.count, 1)
    const none = await test.post('/v1/job/list/job', { job_id: 'x' })
    assert.deepEqual(FateJobList.parse(none).data, { jobs: [], count: 0 })
    const tasks = FateTaskList.parse(await test.post('/v1/job/list/task', { limit: 2 })).data
    assert.equal(tasks?.count, 2)
    const at = await test.post('/v1/job/list/task', {
      job_id: jobId,
      role: 'host',
      party_id: '10000',
    })
    assert.ok(FateTaskList.parse(at).data?.tasks.every(({ f_role }) => f_role === 'host'))
    assert.equal((await test.post('/v1/job/list/job', { limit: 'many' })).retcode, 100)
  })

  it('log/download is job/log', async () => {
    const response = await test.app.request('/v1/job/log/download', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ job_id: jobId }),
    })
    assert.equal(response.headers.get('content-type'), 'application/gzip')
    assert.ok(response.body)
    assert.ok((await untarGzip(response.body)).has('guest/9999/INFO.log'))
  })

  it('upload/history tells what was uploaded, newest first', async () => {
    const all = FateHistory.parse(await test.post('/v1/data/upload/history', {})).data ?? []
    const infos = all.map((entry) => Object.values(entry)[0].upload_info)
    assert.deepEqual(infos, [
      { table_name: 'host', namespace: 'shop', partition: 4, upload_count: 42 },
      { table_name: 'guest', namespace: 'bank', partition: 4, upload_count: 569 },
    ])
    const [id] = Object.keys(all[1])
    const one = await test.post('/v1/data/upload/history', { job_id: id, limit: 5 })
    assert.deepEqual(FateHistory.parse(one).data, [all[1]])
  })

  it('cancel ends a job that waits, and clean/queue all of them; what runs goes on', async () => {
    const running: string[] = []
    for (let job = 0; job < 5; job++) running.push(await submit())
    const [first, second, third] = [await submit(), await submit(), await submit()]
    const canceled = await test.post('/v1/job/cancel', { job_id: second })
    assert.deepEqual([canceled.retcode, canceled.retmsg], [0, 'cancel job success'])
    const late = await test.post('/v1/job/cancel', { job_id: running[0] })
    assert.equal(late.retcode, 101)
    assert.match(late.retmsg, /is running/)
    assert.equal((await test.post('/v1/job/cancel', { job_id: 'x' })).retcode, 101)
    const { data } = await test.post('/v1/job/clean/queue')
    assert.deepEqual(data, { [first]: 0, [third]: 0 })
    const states = await test.db
      .selectFrom('job')
      .select('state')
      .where('id', 'in', running)
      .execute()
    assert.ok(states.every(({ state }) => state === 'running'))
    for (const id of running) await test.post('/v1/job/stop', { job_id: id })
  })

  it('dsl/generate and get/predict/dsl make the same of a DSL and of the model it trained', async () => {
    const key = { model_id: MODEL_ID, model_version: jobId }
    const { data } = await test.post('/v1/model/get/predict/dsl', key)
    const made = await test.post('/v1/job/dsl/generate', { train_dsl: JSON.stringify(trainDsl()) })
    assert.deepEqual(made.data, data)
    const some = await test.post('/v1/job/dsl/generate', {
      train_dsl: trainDsl(),
      cpn_str: "['dataio_0', 'hetero_lr_0']",
    })
    const { components } = some.data as { components: Record<string, object> }
    assert.deepEqual(Object.keys(components), ['dataio_0', 'hetero_lr_0'])
    assert.equal((await test.post('/v1/job/dsl/generate', { train_dsl: '[' })).retcode, 100)
    const unknown = await test.post('/v1/model/get/predict/dsl', { ...key, model_version: '1' })
    assert.equal(unknown.retcode, 101)
  })

  it('get/predict/conf is a configuration to fill in', async () => {
    const key = { model_id: MODEL_ID, model_version: jobId }
    const { data } = await test.post('/v1/model/get/predict/conf', key)
    const conf = data as { role: object; role_parameters: Record<string, { args: object }> }
    assert.deepEqual(conf.role, { guest: ['9999'], host: ['10000'] })
    const table = (namespace: string, name: string) => ({
      args: { data: { eval_data: [{ namespace, name }] } },
    })
    const filled = { guest: table('bank', 'guest'), host: table('shop', 'host') }
    assert.deepEqual(
      Object.keys(conf.role_parameters).toSorted((a, b) => a.localeCompare(b)),
      Object.keys(filled),
    )
    const answer = await test.post('/v1/job/submit', {
      job_runtime_conf: { ...conf, role_parameters: filled },
    })
    assert.equal(answer.retcode, 0, answer.retmsg)
  })

  it('version/get says whose words are spoken', async () => {
    assert.deepEqual((await test.post('/v1/version/get', {})).data, { FATE: '1.0' })
    assert.equal((await test.post('/v1/version/get', { module: 'X' })).retcode, 101)
  })

  it('table/delete has its runner delete rows that are elsewhere, if it is there', async () => {
    await uploadTable(test, runner, { namespace: 'shop', name: 'far' })
    const far = test.db.updateTable('data_table').where('name', '=', 'far')
    await far.set({ site: 'gone' }).execute()
    const name = { namespace: 'shop', table_name: 'far' }
    const refused = await test.post('/v1/table/delete', name)
    assert.equal(refused.retcode, 100)
    assert.match(refused.retmsg, /holds table shop\.far is not running/)
    await far.set({ site: 'far' }).execute()
    const other = await startRunner(test.db, { site: 'far' })
    const gone = await test.post('/v1/table/delete', name)
    assert.deepEqual([gone.retcode, gone.data], [0, name])
    const [task] = (await other.claim()).filter(({ jobId: id }) => id === gone.jobId)
    const tables = [{ namespace: 'shop', name: 'far' }]
    assert.deepEqual(task.spec, { type: 'drop', tables, outputs: [] })
    await other.settle(task)
    assert.equal((await test.post('/v1/table/delete', name)).retcode, 101)
  })

  it('table/delete takes the rows with it', async () => {
    const name = { namespace: 'shop', table_name: 'host' }
    Object.assign(test.files, diskFiles({ spoolDir: '', importRoots: [], dataDir, site: 'site-1' }))
    const file = join(dataDir, tableLocation({ party: null, namespace: 'shop', name: 'host' }))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, 'rows')
    const gone = await test.post('/v1/table/delete', name)
    assert.deepEqual([gone.retcode, gone.data], [0, name])
    await assert.rejects(access(file))
    const { data } = await test.post('/v1/table/table_info', name)
    assert.equal((data as { count: number }).count, 0)
    const again = await test.post('/v1/table/delete', name)
    assert.deepEqual([again.retcode, again.retmsg], [101, 'no find table'])
    const outside = await test.post('/v1/table/delete', { ...name, namespace: '../..' })
    assert.equal(outside.retcode, 101)
  })
})
