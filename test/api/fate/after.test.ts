/**
 * What later clients do with jobs that were submitted, and ask of what they left.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { OutputPlace } from '../../../src/api/deps.ts'
import {
  FateCleanedJob,
  FateDataViewRows,
  FateOutputTables,
  FateRerunning,
  FateSummary,
} from '../../../src/api/fate/after-schema.ts'
import { FateJobs } from '../../../src/api/fate/schema.ts'
import type { LeasedTask } from '../../../src/domain/work.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

describe('jobs after their submission', () => {
  let test: TestApp
  let runner: FakeRunner
  let jobId: string
  let broken: string | undefined
  const dropped: Omit<OutputPlace, 'site'>[] = []

  before(async () => {
    test = await testApp({ site: 'site-1' })
    test.files.dropOutput = async (place) => void dropped.push(place)
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    jobId = await submit()
    await work()
  })
  after(() => test.close())

  async function submit(): Promise<string> {
    const job = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    const answer = await test.post('/v1/job/submit', job)
    assert.equal(answer.retcode, 0, answer.retmsg)
    return answer.jobId ?? ''
  }

  /** Works on everything; the node `broken` fails at its first party. */
  async function work(): Promise<string[]> {
    const names: string[] = []
    for (let tasks = await runner.claim(); tasks.length > 0; tasks = await runner.claim()) {
      for (const task of tasks) await leave(task)
      for (const task of tasks) {
        names.push(task.name)
        if (task.name !== broken) await runner.settle(task)
        else if (task.role === 'guest') {
          await runner.settle(task, { state: 'failed', reason: 'It broke' })
        }
      }
    }
    return [...new Set(names)]
  }

  async function leave(task: LeasedTask): Promise<void> {
    const common = { type: 'artifact', location: 'x' } as const
    const summary = { header: ['id'], kind: 'data' }
    await runner.report(
      task,
      { ...common, kind: 'table', name: 'data', rows: 7, summary, preview: [['a']] },
      {
        ...common,
        kind: 'model',
        name: 'model',
        summary: { name: 'LR' },
        preview: { param: { weight: { x0: 0.5 }, intercept: 0.25, header: ['x0'] }, meta: {} },
      },
      {
        type: 'metric',
        namespace: 'train',
        name: task.name === 'evaluation_0' ? 'hetero_lr_0' : 'loss',
        points: task.name === 'evaluation_0' ? [['auc', 0.75]] : [[0, 0.6]],
        meta: { metric_type: task.name === 'evaluation_0' ? 'EVALUATION_SUMMARY' : 'LOSS' },
      },
    )
  }

  const at = (component: string) => ({
    job_id: jobId,
    role: 'guest',
    party_id: 9999,
    component_name: component,
  })

  it('job/update writes notes and a tag, by which the job is found', async () => {
    const body = { job_id: jobId, role: 'guest', party_id: '9999', notes: 'our first', tag: 'a' }
    assert.equal((await test.post('/v1/job/update', body)).retcode, 0)
    await test.post('/v1/job/update', { job_id: jobId, name: 'Credit' })
    const found = FateJobs.parse(await test.post('/v1/job/query', { tag: 'a', role: 'guest' }))
    assert.deepEqual(
      found.data?.map((row) => [row.f_job_id, row.f_description, row.f_name]),
      [[jobId, 'our first', 'Credit']],
    )
    const unknown = await test.post('/v1/job/update', { job_id: '1', notes: '' })
    assert.deepEqual([unknown.retcode, unknown.retmsg], [101, 'find job failed'])
    const stranger = await test.post('/v1/job/update', { ...body, party_id: 5 })
    assert.equal(stranger.retcode, 101)
  })

  it('job/data/view/query and output/data/table name every table that was left', async () => {
    const of = { job_id: jobId, role: 'guest', party_id: 9999 }
    const { data } = FateDataViewRows.parse(await test.post('/v1/job/data/view/query', of))
    assert.deepEqual(
      data?.map((row) => [row.f_component_name, row.f_data_name, row.f_table_count_actual]),
      [
        ['dataio_0', 'data', 7],
        ['intersection_0', 'data', 7],
        ['hetero_lr_0', 'data', 7],
        ['evaluation_0', 'data', 7],
      ],
    )
    const [row] = data ?? []
    assert.match(row.f_party_model_id ?? '', /^guest#9999#.*#model$/)
    const tables = await test.post('/v1/tracking/component/output/data/table', at('dataio_0'))
    assert.deepEqual(FateOutputTables.parse(tables).data, [
      { table_name: row.f_table_name, namespace: row.f_table_namespace, data_name: 'data' },
    ])
    const none = await test.post('/v1/job/data/view/query', { ...of, component_name: 'x' })
    assert.deepEqual([none.retcode, none.retmsg], [101, 'find data view failed'])
  })

  it('summary/download has the scores, the weights and the losses, and is a file where it has a name', async () => {
    const path = '/v1/tracking/component/summary/download'
    const scores = FateSummary.parse(await test.post(path, at('evaluation_0')))
    assert.deepEqual(scores.data?.['hetero_lr_0'], { train: { auc: 0.75 } })
    const { data } = FateSummary.parse(await test.post(path, at('hetero_lr_0')))
    assert.deepEqual(data, { loss_history: [0.6], coef: { x0: 0.5 }, intercept: 0.25 })
    const file = await test.app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...at('hetero_lr_0'), filename: 'lr.json' }),
    })
    assert.match(file.headers.get('content-disposition') ?? '', /"lr\.json"/)
    assert.deepEqual(await file.json(), data)
    const outside = await test.post(path, { ...at('hetero_lr_0'), filename: '../lr.json' })
    assert.equal(outside.retcode, 100)
  })

  it('job/rerun goes on where a job broke', async () => {
    broken = 'hetero_lr_0'
    const id = await submit()
    await work()
    broken = undefined
    const rerun = FateRerunning.parse(await test.post('/v1/job/rerun', { job_id: id }))
    assert.deepEqual(
      [rerun.retmsg, rerun.data?.components.toSorted()],
      ['rerun job success', ['evaluation_0', 'hetero_lr_0']],
    )
    assert.deepEqual(await work(), ['hetero_lr_0', 'evaluation_0'])
    const found = FateJobs.parse(await test.post('/v1/job/query', { job_id: id }))
    assert.deepEqual([...new Set(found.data?.map((row) => row.f_status))], ['success'])
    const idle = await test.post('/v1/job/rerun', { job_id: id })
    assert.equal(idle.retcode, 100)
    assert.match(idle.retmsg, /name a component/)
    await test.post('/v1/job/rerun', { job_id: id, component_name: 'evaluation_0' })
    assert.deepEqual(await work(), ['evaluation_0'])
    await test.post('/v1/job/rerun', { job_id: id, component_name: ['pipeline'], force: true })
    assert.equal((await work()).length, 4)
    assert.equal((await test.post('/v1/job/rerun', { job_id: '1' })).retcode, 101)
  })

  it('metric/delete forgets the metrics of a component, of a job, of a day', async () => {
    const path = '/v1/tracking/component/metric/delete'
    const id = await submit()
    await work()
    const one = await test.post(path, { ...at('hetero_lr_0'), job_id: id })
    assert.deepEqual([one.retcode, one.data], [0, 1])
    const rest = await test.post(path, { job_id: id })
    assert.ok(Number(rest.data) > 1)
    const metrics = await test.post('/v1/tracking/component/metrics', {
      ...at('evaluation_0'),
      job_id: id,
    })
    assert.deepEqual([metrics.retmsg, metrics.data], ['no data', {}])
    assert.equal((await test.post(path, { date: 20_010_101 })).data, 0)
    assert.equal((await test.post(path, { date: '20011345' })).retcode, 100)
    assert.match((await test.post(path, {})).retmsg, /job_id or date/)
  })

  it('job/clean deletes tables and metrics of a job that is over, and keeps its models', async () => {
    const id = await submit()
    const running = await test.post('/v1/job/clean', { job_id: id })
    assert.match(running.retmsg, /is running: stop it/)
    await work()
    const some = await test.post('/v1/job/clean', { ...at('dataio_0'), job_id: id })
    assert.deepEqual(FateCleanedJob.parse(some).data, { tables: 1, metrics: 1, jobs: [] })
    assert.deepEqual(dropped, [{ jobId: id, role: 'guest', party: '9999', node: 'dataio_0' }])
    const { data } = FateCleanedJob.parse(await test.post('/v1/job/clean', { job_id: id }))
    assert.equal(data?.tables, dropped.length - 1)
    const model = await test.post('/v1/tracking/component/output/model', {
      ...at('hetero_lr_0'),
      job_id: id,
    })
    assert.equal((model.data as { intercept: number }).intercept, 0.25)
    // What was deleted is made again before it is needed.
    const again = await test.post('/v1/job/rerun', { job_id: id, component_name: 'evaluation_0' })
    assert.equal(FateRerunning.parse(again).data?.components.length, 4)
    await work()
  })

  it('job/clean has rows on another host deleted by their runner, or nothing where it is not there', async () => {
    const id = await submit()
    await work()
    await test.db.updateTable('artifact').set({ site: 'gone' }).where('job_id', '=', id).execute()
    const refused = await test.post('/v1/job/clean', { job_id: id })
    assert.match(refused.retmsg, /is not running: start it again/)
    await test.db.updateTable('artifact').set({ site: 'far' }).where('job_id', '=', id).execute()
    const far = await startRunner(test.db, { site: 'far' })
    const { data } = FateCleanedJob.parse(await test.post('/v1/job/clean', { job_id: id }))
    const tasks = await far.claim()
    assert.deepEqual(tasks.map((task) => task.jobId).toSorted(), data?.jobs.toSorted())
    const outputs = tasks.flatMap(({ spec }) => (spec.type === 'drop' ? spec.outputs : []))
    assert.equal(outputs.length, data?.tables)
    assert.ok(outputs.every((output) => output.jobId === id))
  })
})
