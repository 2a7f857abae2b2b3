/**
 * A trusted runner that has the database over HTTP only: it trains the example job through the app's `/hrana`, also
 * when the app is started anew in mid-training.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freePort,
  freshFolder,
  removeFolders,
  start,
  type Started,
  until,
  uploadExample,
} from './cluster.ts'

describe('a runner with the database over HTTP', () => {
  const folders: string[] = []
  const processes: Started[] = []
  let appDir: string
  let port: number
  let url: string
  let app: Started

  function startApp(): Promise<Started> {
    return start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: appDir, WEFT_PORT: String(port) },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
  }

  before(async () => {
    appDir = await freshFolder('hrana-app')
    const runnerDir = await freshFolder('hrana-runner')
    folders.push(appDir, runnerDir)
    port = await freePort()
    url = `http://127.0.0.1:${port}`
    app = await startApp()
    processes.push(
      await start({
        entry: 'runner.ts',
        env: {
          WEFT_DATA_DIR: runnerDir,
          WEFT_DATABASE_URL: `${url}/hrana`,
          WEFT_DATABASE_TOKEN: databaseToken(appDir),
          WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
        },
        ready: /weft runner ready/,
      }),
    )
    for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
  })

  after(async () => {
    for (const one of [...processes, app]) await one.stop()
    await removeFolders(folders)
  })

  async function submit(options: Parameters<typeof exampleJob>[0] = {}): Promise<string> {
    const { dsl, conf } = exampleJob(options)
    const { jobId } = await fateClient(url).ok('job/submit', {
      job_dsl: dsl,
      job_runtime_conf: conf,
    })
    assert.ok(jobId)
    return jobId
  }

  async function points(
    jobId: string,
    component: string,
    name: string,
  ): Promise<[string, number][]> {
    const { data } = await fateClient(url).ok<[string, number][]>(
      'tracking/component/metric_data',
      {
        job_id: jobId,
        role: name === 'loss' ? 'arbiter' : 'guest',
        party_id: name === 'loss' ? 10_001 : 9999,
        component_name: component,
        metric_namespace: 'train',
        metric_name: name,
      },
    )
    return data
  }

  it('trains the example job', async () => {
    const jobId = await submit()
    const rows = await finished(url, jobId)
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    const auc = new Map(await points(jobId, 'evaluation_0', 'hetero_lr_0')).get('auc')
    assert.ok(auc !== undefined && auc >= 0.98, `AUC ${auc}`)
  })

  it('reads an upload that lies on the disk of the app, and has it removed', async () => {
    const form = new FormData()
    form.set('namespace', 'far')
    form.set('table_name', 'uploaded')
    form.set('head', '1')
    form.set('partition', '1')
    form.set('work_mode', '0')
    form.set('file', new Blob(['id,y,x0\n1,0,0.5\n2,1,0.25\n3,1,0.75\n']), 'table.csv')
    const response = await fetch(`${url}/v1/data/upload`, { method: 'POST', body: form })
    const answer = (await response.json()) as { retcode: number; retmsg: string; jobId: string }
    assert.equal(answer.retcode, 0, answer.retmsg)
    const rows = await finished(url, answer.jobId)
    assert.deepEqual(
      rows.map((row) => row.f_status),
      ['success'],
    )
    const { data } = await fateClient(url).ok<{ count: number }>('table/table_info', {
      namespace: 'far',
      table_name: 'uploaded',
    })
    assert.equal(data.count, 3)
    await until('the upload to be removed', async () => {
      return (await readdir(join(appDir, 'spool'))).length === 0
    })
  })

  it('goes on with a job after the app was killed and started anew', async () => {
    const jobId = await submit({ maxIterations: 12, tolerance: 1e-12 })
    await until(
      'the second loss',
      async () => (await points(jobId, 'hetero_lr_0', 'loss')).length >= 2,
    )
    await app.stop('SIGKILL')
    app = await startApp()
    const rows = await finished(url, jobId)
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
    // None is lost, and none is there twice.
    const losses = await points(jobId, 'hetero_lr_0', 'loss')
    assert.deepEqual(
      losses.map(([iteration]) => Number(iteration)),
      Array.from({ length: 12 }, (_value, index) => index),
    )
  })
})

function databaseToken(dataDir: string): string {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts'), 'token', 'create', 'database'],
    { cwd: ROOT, env: { PATH: process.env['PATH'], WEFT_DATA_DIR: dataDir }, encoding: 'utf8' },
  )
  assert.equal(status, 0, stderr)
  return stdout.trim()
}
