/**
 * Predictions with models of earlier jobs, submitted as a FATE client does, with two runners that have a data directory
 * each; and downloads of what came out.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import { secureBoostJob } from '../helpers/sbt-job.ts'
import { untarGzip } from '../helpers/untar.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  type Started,
  uploadExample,
} from './cluster.ts'

interface Submitted {
  readonly model_info: { readonly model_id: string; readonly model_version: string }
}

const [GUEST, HOST] = EXAMPLE_TABLES

describe('predict jobs through FATE-Flow', { timeout: 400_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let url: string
  let dataDir: string
  let hostDir: string
  let host: Started

  async function startHost(): Promise<Started> {
    return start({
      entry: 'runner.ts',
      env: {
        WEFT_LOG_LEVEL: 'warn',
        WEFT_DATA_DIR: hostDir,
        WEFT_DATABASE_URL: `file:${join(dataDir, 'weft.db')}`,
        WEFT_PARTIES: '10000',
        WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
      },
      ready: /weft runner ready/,
    })
  }

  before(async () => {
    dataDir = await freshFolder('predict')
    hostDir = await freshFolder('predict-host')
    folders.push(dataDir, hostDir)
    const env = {
      WEFT_DATA_DIR: dataDir,
      WEFT_LOG_LEVEL: 'warn',
      WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
    }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const app = await start({ entry: 'serve.ts', env: { ...env, WEFT_PORT: '0' }, ready })
    processes.push(app)
    url = app.match[1]
    const own = {
      ...env,
      WEFT_PARTIES: '9999,10001',
      // What a party's own operator allows: without it nobody sees rows.
      WEFT_PREVIEWS: 'on',
    }
    processes.push(await start({ entry: 'runner.ts', env: own, ready: /weft runner ready/ }))
    host = await startHost()
    for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
  })

  after(async () => {
    await host.stop()
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  async function train(job: { dsl: object; conf: object }) {
    const client = fateClient(url)
    const { jobId, data } = await client.ok<Submitted>('job/submit', {
      job_dsl: job.dsl,
      job_runtime_conf: job.conf,
    })
    const rows = await finished(url, jobId ?? '')
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    assert.equal(data.model_info.model_version, jobId)
    return { jobId: jobId ?? '', ...data.model_info }
  }

  function predictConf(model: Submitted['model_info']) {
    const table = ({ namespace, name }: { namespace: string; name: string }) => ({
      args: { data: { eval_data: [{ namespace, name }] } },
    })
    return {
      initiator: { role: 'guest', party_id: 9999 },
      job_parameters: { work_mode: 0, job_type: 'predict', ...model },
      role: { guest: [9999], host: [10000] },
      role_parameters: { guest: table(GUEST), host: table(HOST) },
    }
  }

  async function predict({ model_id, model_version }: Submitted['model_info']): Promise<string> {
    const { jobId, data } = await fateClient(url).ok<Submitted>('job/submit', {
      job_dsl: {},
      job_runtime_conf: predictConf({ model_id, model_version }),
    })
    assert.deepEqual(data.model_info, { model_id, model_version })
    const rows = await finished(url, jobId ?? '')
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    return jobId ?? ''
  }

  /** The scores of all rows by id, from the archive of a component's table. */
  async function scores(jobId: string, component: string): Promise<Map<string, string>> {
    const query = new URLSearchParams({
      job_id: jobId,
      component_name: component,
      role: 'guest',
      party_id: '9999',
    })
    const response = await fetch(`${url}/v1/tracking/component/output/data/download?${query}`)
    assert.equal(response.status, 200)
    assert.ok(response.body)
    const files = await untarGzip(response.body)
    const { header } = JSON.parse(files.get('output_data_meta.json') ?? '') as { header: string[] }
    assert.deepEqual(header.slice(1), [
      'label',
      'predict_result',
      'predict_score',
      'predict_detail',
      'type',
    ])
    const lines = (files.get('output_data.csv') ?? '').trimEnd().split('\n')
    return new Map(
      lines.map((line) => {
        const [id, , , score] = line.split(',')
        return [id, score]
      }),
    )
  }

  it('HeteroLR scores the rows that it was trained on as its training did', async () => {
    const model = await train(exampleJob({ arbiter: '10001' }))
    const job = await predict(model)
    const trained = await scores(model.jobId, 'hetero_lr_0')
    const predicted = await scores(job, 'hetero_lr_0')
    assert.equal(predicted.size, 569)
    for (const [id, score] of trained) {
      assert.ok(Math.abs(Number(predicted.get(id)) - Number(score)) < 1e-9, `row ${id}`)
    }

    const { data } = await fateClient(url).ok<{ component_list: string[] }>(
      'pipeline/dag/dependency',
      { job_id: job },
    )
    assert.equal(data.component_list.includes('evaluation_0'), false)
  })

  it('version 2 trains and predicts through Readers', async () => {
    const training = {
      task_type: 'classification',
      num_trees: 1,
      bin_num: 8,
      tree_param: { max_depth: 2 },
      encrypt_param: { method: 'paillier', key_length: 1024 },
    }
    const reads = ({ namespace, name }: { namespace: string; name: string }) => ({
      reader_0: { table: { namespace, name } },
    })
    const whole = (parameters: object, guest: object, common: object) => ({
      dsl_version: 2,
      initiator: { role: 'guest', party_id: 9999 },
      role: { guest: [9999], host: [10000] },
      job_parameters: { common: parameters },
      component_parameters: {
        common,
        role: {
          guest: { '0': { ...reads(GUEST), ...guest } },
          host: { '0': reads(HOST) },
        },
      },
    })
    const model = await train({
      dsl: {
        components: {
          reader_0: { module: 'Reader', output: { data: ['data'] } },
          dataio_0: {
            module: 'DataIO',
            input: { data: { data: ['reader_0.data'] } },
            output: { data: ['data'], model: ['model'] },
          },
          intersection_0: {
            module: 'Intersection',
            input: { data: { data: ['dataio_0.data'] } },
            output: { data: ['data'] },
          },
          secureboost_0: {
            module: 'HeteroSecureBoost',
            input: { data: { train_data: ['intersection_0.data'] } },
            output: { data: ['data'], model: ['model'] },
          },
        },
      },
      conf: whole(
        { job_type: 'train' },
        { dataio_0: { with_label: true, label_name: 'y', label_type: 'int' } },
        { secureboost_0: training },
      ),
    })
    const { model_id, model_version } = model
    const { jobId } = await fateClient(url).ok('job/submit', {
      job_runtime_conf: whole({ job_type: 'predict', model_id, model_version }, {}, {}),
    })
    const rows = await finished(url, jobId ?? '')
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    const trained = await scores(model.jobId, 'secureboost_0')
    const predicted = await scores(jobId ?? '', 'secureboost_0')
    assert.equal(predicted.size, 569)
    for (const [id, score] of trained) {
      assert.ok(Math.abs(Number(predicted.get(id)) - Number(score)) < 1e-9, `row ${id}`)
    }
  })

  it('HeteroSecureBoost does too, and a model whose host is gone is refused by its name', async () => {
    const model = await train(
      secureBoostJob({
        guest: GUEST,
        host: HOST,
        validate: true,
        training: {
          task_type: 'classification',
          num_trees: 2,
          bin_num: 8,
          tree_param: { max_depth: 2 },
          encrypt_param: { method: 'paillier', key_length: 1024 },
        },
      }),
    )
    const job = await predict(model)
    // With validation every row is there twice, and the later one stays.
    const trained = await scores(model.jobId, 'secureboost_0')
    const predicted = await scores(job, 'secureboost_0')
    assert.equal(predicted.size, 569)
    for (const [id, score] of trained) {
      assert.ok(Math.abs(Number(predicted.get(id)) - Number(score)) < 1e-9, `row ${id}`)
    }

    await host.stop()
    await rename(join(hostDir, 'jobs'), join(hostDir, 'lost'))
    const refused = await fateClient(url).post('job/submit', {
      job_runtime_conf: predictConf(model),
    })
    assert.equal(refused.retcode, 100)
    assert.match(refused.retmsg, /host 10000/)
  })

  it('a table is written into the export folder of its runner', async () => {
    const client = fateClient(url)
    const { jobId } = await client.ok('data/download', {
      work_mode: 0,
      namespace: GUEST.namespace,
      table_name: GUEST.name,
      output_path: 'tables/guest.csv',
    })
    const [row] = await finished(url, jobId ?? '')
    assert.equal(row.f_status, 'success')
    const written = await readFile(join(dataDir, 'export/tables/guest.csv'), 'utf8')
    const original = await readFile(join(ROOT, 'public', GUEST.path), 'utf8')
    assert.deepEqual(
      written.trimEnd().split('\n').toSorted(),
      original.trimEnd().split(/\r?\n/).slice(1).toSorted(),
    )
    const outside = await client.post('data/download', {
      work_mode: 0,
      namespace: GUEST.namespace,
      table_name: GUEST.name,
      output_path: '../guest.csv',
    })
    assert.equal(outside.retcode, 100)
    assert.match(outside.retmsg, /outside the export folder/)
  })
})
