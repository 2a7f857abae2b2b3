/**
 * FATE-Flow's document from its first endpoint to its last, against `npm start` as an operator starts it: uploads, a job of
 * every kind of component that the release's sample has, and everything that can be asked of it. What answers have for
 * keys is what version 1.0.2 sends.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'

import {
  COMPONENTS,
  CONF,
  DSL,
  FILES,
  GUEST,
  HOST,
  MODEL_ID,
  NAMESPACE,
  PARTY,
} from '../helpers/document-job.ts'
import { ROOT } from '../helpers/place.ts'
import { untarGzip } from '../helpers/untar.ts'
import {
  type Answer,
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  type Started,
  until,
} from './cluster.ts'

const ENVELOPE = ['data', 'jobId', 'meta', 'retcode', 'retmsg']
const JOB_ROW = words(
  'create_time current_steps current_tasks description dsl elapsed end_time',
  'initiator_party_id is_initiator job_id name party_id progress role',
  'roles run_ip runtime_conf start_time status tag train_runtime_conf',
  'update_time work_mode',
)
const TASK_ROW = words(
  'component_name create_time elapsed end_time job_id operator party_id',
  'role run_ip run_pid start_time status task_id update_time',
)

/** Columns that the document does not list among the fields of a query. */
const UNLISTED = ['f_work_mode', 'f_train_runtime_conf']

type Row = Readonly<Record<string, unknown>>

describe("FATE-Flow's document, endpoint by endpoint", { timeout: 400_000 }, () => {
  let folder: string
  let server: Started
  let url: string
  let jobId: string
  let client: ReturnType<typeof fateClient>

  before(async () => {
    folder = await freshFolder('document')
    const started = await start({
      entry: 'start.ts',
      env: {
        WEFT_DATA_DIR: folder,
        WEFT_PORT: '0',
        WEFT_LOG_LEVEL: 'warn',
        WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
      },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    server = started
    url = started.match[1]
    client = fateClient(url)
  })
  after(async () => {
    await server.stop()
    await removeFolders([folder])
  })

  /** Asks for what must succeed, and sees that all five keys of the envelope are there. */
  async function ask<T = Row>(path: string, body: object): Promise<Answer<T>> {
    const answer = await client.ok<T>(path, body)
    assert.deepEqual(Object.keys(answer).toSorted(), ENVELOPE, path)
    return answer
  }

  const at = (component: string, role = 'guest') => ({
    job_id: jobId,
    role,
    party_id: PARTY,
    component_name: component,
  })

  async function uploaded(table: { name: string; namespace: string }): Promise<number> {
    const { namespace, name: table_name } = table
    return until(`rows of ${table_name}`, async () => {
      const { data } = await ask<{ count: number }>('table/table_info', { namespace, table_name })
      return data.count
    })
  }

  it('data/upload takes a path on the server, and a form', async () => {
    const fields = { head: 1, partition: 10, work_mode: 0, namespace: NAMESPACE }
    const { data, jobId: upload } = await ask('data/upload', {
      file: FILES.breast_b,
      ...fields,
      table_name: GUEST.name,
    })
    assert.equal(data['table_name'], GUEST.name)
    assert.equal(data['namespace'], NAMESPACE)
    assert.ok('pid' in data)
    assert.match(upload ?? '', /^\d{21,}$/)
    const form = new FormData()
    form.set('file', new Blob([await readFile(join(ROOT, 'public', FILES.breast_a))]), 'a.csv')
    for (const [key, value] of Object.entries(fields)) form.set(key, String(value))
    form.set('table_name', HOST.name)
    const sent = await fetch(`${url}/v1/data/upload`, { method: 'POST', body: form })
    const answer = (await sent.json()) as Answer<Row>
    assert.deepEqual([answer.retcode, answer.data['table_name']], [0, HOST.name])
    assert.deepEqual([await uploaded(GUEST), await uploaded(HOST)], [569, 569])
  })

  it('job/submit enters the sample, and it ends well at every party', async () => {
    const { data, jobId: id } = await ask('job/submit', {
      job_dsl: DSL,
      job_runtime_conf: CONF,
    })
    jobId = id ?? ''
    assert.deepEqual(data['model_info'], { model_id: MODEL_ID, model_version: jobId })
    assert.match(String(data['board_url']), new RegExp(`job_id=${jobId}&role=guest&party_id=10000`))
    for (const key of ['job_dsl_path', 'job_runtime_conf_path']) {
      const document = await fetch(String(data[key]))
      assert.deepEqual(await document.json(), key === 'job_dsl_path' ? DSL : CONF)
    }
    const rows = await finished(url, jobId)
    const ends = rows.map((row) => `${row.f_role} ${row.f_party_id} ${row.f_status}`)
    assert.deepEqual(ends.toSorted(), [
      'arbiter 10000 success',
      'guest 10000 success',
      'host 10000 success',
    ])
  })

  it('job/query has a row for each role, whose objects are texts', async () => {
    const { data } = await ask<Row[]>('job/query', {
      job_id: jobId,
      role: 'guest',
      party_id: PARTY,
      status: 'success',
    })
    assert.equal(data.length, 1)
    const [row] = data
    for (const key of JOB_ROW) assert.ok(Object.hasOwn(row, key), key)
    assert.deepEqual(JSON.parse(String(row['f_roles'])), CONF.role)
    assert.deepEqual(JSON.parse(String(row['f_dsl'])), DSL)
    const conf = JSON.parse(String(row['f_runtime_conf'])) as typeof CONF
    assert.deepEqual(conf.role_parameters, CONF.role_parameters)
    assert.deepEqual(
      [row['f_party_id'], row['f_is_initiator'], row['f_progress']],
      ['10000', 1, 100],
    )
    assert.equal(typeof row['f_elapsed'], 'number')
    const none = await client.post('job/query', { job_id: '1' })
    assert.deepEqual([none.retcode, none.retmsg], [101, 'find job failed'])
  })

  it('every field that the document names finds the job by its value, and not by another', async () => {
    const { data } = await ask<Row[]>('job/query', { job_id: jobId, role: 'guest' })
    const fields = JOB_ROW.filter((key) => data[0][key] !== null && !UNLISTED.includes(key))
    assert.ok(fields.length > 18, fields.join(' '))
    for (const key of fields) {
      const name = key.slice(2)
      const value = data[0][key]
      const query = { [name]: value, role: 'guest', job_id: jobId }
      const found = await client.post<Row[] | null>('job/query', query)
      assert.deepEqual(
        found.data?.map((row) => row['f_job_id']),
        [jobId],
        name,
      )
      const other = typeof value === 'number' ? value + 7 : '{"no": ["1"]}'
      const wrong = key.endsWith('party_id') ? 77 : other
      const { retcode } = await client.post('job/query', {
        job_id: jobId,
        role: 'guest',
        [name]: wrong,
      })
      assert.equal(retcode, 101, name)
    }
  })

  it('job/config has the same as objects', async () => {
    const { data } = await ask('job/config', { job_id: jobId, role: 'guest', party_id: PARTY })
    assert.deepEqual(Object.keys(data).toSorted(), [
      'dsl',
      'job_id',
      'model_info',
      'runtime_conf',
      'train_runtime_conf',
    ])
    assert.deepEqual([data['job_id'], data['dsl']], [jobId, DSL])
    assert.deepEqual(data['model_info'], { model_id: MODEL_ID, model_version: jobId })
  })

  it('job/log is an archive, with GET and a JSON body as the client sends it, and with POST', async () => {
    const posted = await fetch(`${url}/v1/job/log`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ job_id: jobId }),
    })
    assert.equal(posted.headers.get('content-type'), 'application/gzip')
    assert.match(
      posted.headers.get('content-disposition') ?? '',
      new RegExp(`filename="?job_${jobId}_log.tar.gz"?`),
    )
    assert.ok(posted.body)
    const files = await untarGzip(posted.body)
    for (const role of ['guest', 'host', 'arbiter']) {
      assert.ok(files.has(`${role}/${PARTY}/INFO.log`), [...files.keys()].join(' '))
    }
    assert.ok(files.has(`guest/${PARTY}/hetero_lr_0/INFO.log`), [...files.keys()].join(' '))
    const got = await untarGzip(await getWithBody(`${url}/v1/job/log`, { job_id: jobId }))
    assert.deepEqual([...got.keys()], [...files.keys()])
  })

  it('job/task/query has a row for each task', async () => {
    const { data } = await ask<Row[]>('job/task/query', {
      job_id: jobId,
      role: 'guest',
      party_id: String(PARTY),
    })
    assert.deepEqual(
      data.map((row) => String(row['f_component_name'])).toSorted(),
      COMPONENTS.toSorted(),
    )
    for (const row of data) {
      assert.deepEqual(Object.keys(row).toSorted(), TASK_ROW)
      assert.equal(row['f_status'], 'success')
      assert.equal(row['f_task_id'], `${jobId}_${String(row['f_component_name'])}`)
    }
  })

  it('tracking/job/data_view has partners, tables and roles', async () => {
    const { data } = await ask('tracking/job/data_view', {
      job_id: jobId,
      role: 'guest',
      party_id: PARTY,
    })
    assert.deepEqual(data, {
      partner: { host: [PARTY], arbiter: [PARTY] },
      dataset: {
        guest: { [PARTY]: { train_data: `${NAMESPACE}.breast_b` } },
        host: { [PARTY]: { train_data: `${NAMESPACE}.breast_a` } },
      },
      roles: CONF.role,
      model_summary: {},
    })
  })

  it('tracking/component/metrics, metric/all and metric_data agree, under both spellings', async () => {
    const { data: names } = await ask<Record<string, string[]>>(
      'tracking/component/metrics',
      at('evaluation_0'),
    )
    assert.deepEqual(Object.keys(names), ['train'])
    for (const name of ['hetero_lr_0', 'hetero_lr_0_ks_fpr', 'hetero_lr_0_roc']) {
      assert.ok(names['train'].includes(name), names['train'].join(' '))
    }
    const { data: all } = await ask<
      Record<string, Record<string, { data: [string, number][]; meta: Row }>>
    >('tracking/component/metric/all', at('evaluation_0'))
    assert.deepEqual(Object.keys(all['train']), names['train'])
    const whole = all['train']['hetero_lr_0']
    for (const spelling of ['metric_name', 'meric_name']) {
      const one = await ask<[string, number][]>('tracking/component/metric_data', {
        ...at('evaluation_0'),
        metric_namespace: 'train',
        [spelling]: 'hetero_lr_0',
      })
      assert.deepEqual(one.data, whole.data)
      assert.deepEqual(one.meta, whole.meta)
      assert.equal((one.meta as Row)['metric_type'], 'EVALUATION_SUMMARY')
      assert.deepEqual(
        one.data.map(([name]) => name),
        ['auc', 'ks'],
      )
    }
    const loss = await ask<[number, number][]>('tracking/component/metric_data', {
      ...at('hetero_lr_0', 'arbiter'),
      metric_namespace: 'train',
      metric_name: 'loss',
    })
    assert.deepEqual(
      loss.data.map(([epoch]) => epoch),
      [0, 1, 2],
    )
    const { metric_type, unit_name, curve_name } = loss.meta as Row
    assert.deepEqual([metric_type, unit_name, curve_name], ['LOSS', 'iters', 'loss'])
    const none = await ask('tracking/component/metrics', at('hetero_lr_0', 'host'))
    assert.deepEqual([none.retmsg, none.data], ['no data', {}])
  })

  it('tracking/component/parameters has all of them, merged, below the name of their class', async () => {
    const { data } = await ask('tracking/component/parameters', at('hetero_lr_0'))
    assert.equal(data['module'], 'HeteroLR')
    const [name, ...more] = Object.keys(data).filter((key) => key.endsWith('Param'))
    assert.deepEqual(more, [])
    const parameters = data[name] as Row
    assert.deepEqual([parameters['max_iter'], parameters['batch_size']], [3, 320])
    assert.ok('need_run' in parameters || 'cv_param' in parameters)
  })

  it('tracking/component/output/model has what was learnt in camel case', async () => {
    const { data, meta } = await ask('tracking/component/output/model', at('hetero_lr_0'))
    for (const key of ['iters', 'lossHistory', 'isConverged', 'weight', 'intercept', 'header']) {
      assert.ok(Object.hasOwn(data, key), key)
    }
    assert.equal((meta as Row)['module_name'], 'HeteroLR')
    const none = await ask('tracking/component/output/model', at('evaluation_0'))
    assert.deepEqual([none.retmsg, none.data], ['no data', {}])
  })

  it('tracking/component/output/data has the first rows, and its download all of them', async () => {
    const { data, meta } = await ask<unknown[][]>(
      'tracking/component/output/data',
      at('hetero_lr_0'),
    )
    const header = (meta as { header: string[] }).header
    assert.equal(data.length, 100)
    assert.deepEqual(header.slice(1), [
      'label',
      'predict_result',
      'predict_score',
      'predict_detail',
      'type',
    ])
    assert.equal(typeof data[0][4], 'object')
    assert.equal(data[0][5], 'train')
    const { data: read } = await ask<unknown[][]>('tracking/component/output/data', at('dataio_0'))
    assert.equal(read.length, 100)
    const path = `${url}/v1/tracking/component/output/data/download`
    const files = await untarGzip(await getWithBody(path, at('hetero_lr_0')))
    assert.deepEqual([...files.keys()], ['output_data.csv', 'output_data_meta.json'])
    assert.equal((files.get('output_data.csv') ?? '').trimEnd().split('\n').length, 569)
    assert.deepEqual(JSON.parse(files.get('output_data_meta.json') ?? ''), { header })
  })

  it('pipeline/dag/dependency has the graph in its order', async () => {
    const { data } = await ask('pipeline/dag/dependency', { job_id: jobId })
    assert.deepEqual(data['component_list'], COMPONENTS)
    assert.deepEqual(data['dependencies'], {
      hetero_feature_binning_0: ['dataio_0'],
      hetero_feature_selection_0: ['hetero_feature_binning_0'],
      hetero_lr_0: ['hetero_feature_selection_0'],
      evaluation_0: ['hetero_lr_0'],
    })
    assert.deepEqual(
      data['component_module'],
      Object.fromEntries(
        Object.entries(DSL.components).map(([name, { module }]) => [name, module]),
      ),
    )
    const unknown = await client.post('pipeline/dag/dependency', { job_id: '1' })
    assert.deepEqual([unknown.retcode, unknown.retmsg], [100, 'query job 1 failed'])
  })

  it('model/load, model/online and model/version publish what was trained', async () => {
    const party = String(PARTY)
    const body = {
      initiator: { party_id: party, role: 'guest' },
      role: { guest: [party], host: [party], arbiter: [party] },
      job_parameters: { work_mode: 0, model_id: MODEL_ID, model_version: jobId },
    }
    const { data, jobId: loaded } = await ask('model/load', body)
    assert.deepEqual(data, { guest: { [party]: 0 }, host: { [party]: 0 } })
    assert.match(loaded ?? '', /^\d+$/)
    await ask('model/online', { ...body, servings: [] })
    const nested = { guest: { [party]: { model_id: MODEL_ID, model_version: jobId } } }
    await ask('model/load', { role: body.role, initiator: body.initiator, model: nested })
    const versions = await ask<Row[]>('model/version', {
      namespace: `guest#${party}#${MODEL_ID}`,
    })
    assert.deepEqual(
      versions.data.map((row) => [row['commitId'], row['parent'], row['namespace']]),
      [[jobId, null, `guest#${party}#${MODEL_ID}`]],
    )
    for (const key of ['name', 'log', 'tag']) assert.ok(Object.hasOwn(versions.data[0], key), key)
    const none = await ask('model/version', { namespace: 'unknown' })
    assert.deepEqual(none.data, [])
    const rows = await readFile(join(ROOT, 'public', FILES.breast_b), 'utf8')
    const [, first] = rows.split('\n')
    const [id] = first.split(',')
    const response = await fetch(`${url}/api/weft/serving/${party}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    })
    assert.equal(response.status, 200, await response.clone().text())
  })

  it('a prediction needs no DSL', async () => {
    const table = (name: string) => ({
      args: { data: { eval_data: [{ name, namespace: NAMESPACE }] } },
    })
    const { jobId: id } = await ask('job/submit', {
      job_runtime_conf: {
        initiator: CONF.initiator,
        job_parameters: {
          work_mode: 0,
          job_type: 'predict',
          model_id: MODEL_ID,
          model_version: jobId,
        },
        role: CONF.role,
        role_parameters: { guest: table('breast_b'), host: table('breast_a') },
      },
    })
    const rows = await finished(url, id ?? '')
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    const { data } = await ask<unknown[][]>('tracking/component/output/data', {
      ...at('hetero_lr_0'),
      job_id: id,
    })
    assert.deepEqual([data.length, data[0][5]], [100, 'test'])
  })

  it('table/table_info counts the rows, names what it generates, and makes nothing of create', async () => {
    const { data } = await ask('table/table_info', {
      namespace: NAMESPACE,
      table_name: 'breast_b',
      local: { role: 'guest', party_id: PARTY },
    })
    for (const key of ['table_name', 'namespace', 'count']) assert.ok(Object.hasOwn(data, key), key)
    assert.equal(data['count'], 569)
    const created = await ask('table/table_info', {
      create: true,
      gen_table_info: true,
      local: { role: 'guest', party_id: 2 },
      role: { guest: [2], host: [4, 3], arbiter: [1] },
      data_type: 'train_input',
    })
    assert.equal(created.data['namespace'], 'guest#2#arbiter-1#guest-2#host-3_4#train_input')
    assert.match(String(created.data['table_name']), /^\w+$/)
    assert.equal(created.data['count'], 0)
  })

  it('job/stop ends a job that runs', async () => {
    const { jobId: id } = await ask('job/submit', {
      job_dsl: DSL,
      job_runtime_conf: {
        ...CONF,
        algorithm_parameters: {
          hetero_lr_0: { ...CONF.algorithm_parameters.hetero_lr_0, max_iter: 1000, eps: 1e-12 },
        },
      },
    })
    const { retmsg } = await ask('job/stop', { job_id: id })
    assert.equal(retmsg, 'success')
    const rows = await finished(url, id ?? '')
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['failed'])
    const unknown = await client.post('job/stop', { job_id: '1' })
    assert.deepEqual([unknown.retcode, unknown.retmsg], [100, 'can not found job: 1'])
  })

  it('job/rerun does a training again, and job/clean what it needs before it', async () => {
    const loss = () =>
      ask<[number, number][]>('tracking/component/metric_data', {
        ...at('hetero_lr_0', 'arbiter'),
        metric_namespace: 'train',
        metric_name: 'loss',
      })
    const { data: before } = await loss()
    const { data: rerun } = await ask('job/rerun', {
      job_id: jobId,
      component_name: 'hetero_lr_0',
    })
    assert.deepEqual(rerun['components'], ['hetero_lr_0', 'evaluation_0'])
    const rows = await finished(url, jobId)
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    assert.equal((await loss()).data.length, before.length)
    const { data: cleaned } = await ask<{ tables: number; jobs: string[] }>('job/clean', {
      job_id: jobId,
    })
    assert.deepEqual([cleaned.tables > 5, cleaned.jobs], [true, []])
    const gone = await ask('tracking/component/output/data', at('dataio_0'))
    assert.deepEqual([gone.retmsg, gone.data], ['no data', []])
    const again = await ask('job/rerun', { job_id: jobId, component_name: 'evaluation_0' })
    assert.deepEqual(again.data['components'], COMPONENTS)
    const ends = await finished(url, jobId)
    assert.deepEqual([...new Set(ends.map((row) => row.f_status))], ['success'])
    const back = await ask<unknown[]>('tracking/component/output/data', at('dataio_0'))
    assert.equal(back.data.length, 100)
  })

  it('data/download writes the table below the export folder', async () => {
    const { data, jobId: id } = await ask('data/download', {
      output_path: './download_test.csv',
      work_mode: 0,
      namespace: NAMESPACE,
      table_name: 'breast_b',
    })
    for (const key of ['table_name', 'namespace', 'pid']) assert.ok(Object.hasOwn(data, key), key)
    const [row] = await finished(url, id ?? '')
    assert.deepEqual([row.f_role, row.f_status], ['local', 'success'])
    const written = await readFile(join(folder, 'export/download_test.csv'), 'utf8')
    assert.equal(written.trimEnd().split('\n').length, 569)
    const outside = await client.post('data/download', {
      output_path: '/tmp/download_test.csv',
      work_mode: 0,
      namespace: NAMESPACE,
      table_name: 'breast_b',
    })
    assert.equal(outside.retcode, 100)
  })
})

/** What `requests.get(url, json=…)` sends: fetch refuses a GET with a body. */
function getWithBody(address: string, body: object): Promise<ReadableStream<Uint8Array>> {
  const { promise, resolve, reject } = Promise.withResolvers<ReadableStream<Uint8Array>>()
  const text = JSON.stringify(body)
  const sent = request(
    address,
    {
      method: 'GET',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
    },
    (response) => {
      if (response.statusCode === 200) {
        resolve(Readable.toWeb(response) as unknown as ReadableStream<Uint8Array>)
      } else {
        response.resume()
        reject(new Error(`${address} answered ${response.statusCode}`))
      }
    },
  )
  sent.on('error', reject)
  sent.end(text)
  return promise
}

/** Columns, in the order of the alphabet. */
function words(...lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split(' ').map((word) => `f_${word}`))
}
