/**
 * A party's runner is killed in mid-training: the job ends as failed within the lease time, naming it.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  type Started,
  until,
  uploadExample,
} from './cluster.ts'

const LEASE_SECONDS = 4

describe('a runner dies in mid-training', () => {
  const folders: string[] = []
  const processes: Started[] = []

  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGKILL')
    await removeFolders(folders)
  })

  it('the job fails within the lease time and every side names the lost party', async () => {
    const folder = await freshFolder('crash')
    folders.push(folder)
    const database = { WEFT_DATABASE_URL: `file:${join(folder, 'weft.db')}` }
    const app = await start({
      entry: 'serve.ts',
      env: { ...database, WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    const url = app.match[1]
    const runners = new Map<string, Started>()
    for (const party of ['9999', '10000', '10001']) {
      const dataDir = await freshFolder(`crash-${party}`)
      folders.push(dataDir)
      const runner = await start({
        entry: 'runner.ts',
        env: {
          ...database,
          WEFT_DATA_DIR: dataDir,
          WEFT_PARTIES: party,
          WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
          WEFT_LEASE_SECONDS: String(LEASE_SECONDS),
        },
        ready: /weft runner ready/,
      })
      runners.set(party, runner)
      processes.push(runner)
    }
    for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
    const { dsl, conf } = exampleJob({ arbiter: '10001', maxIterations: 1000, tolerance: 1e-12 })
    const client = fateClient(url)
    const { jobId } = await client.ok('job/submit', { job_dsl: dsl, job_runtime_conf: conf })
    assert.ok(jobId)
    await until('the second loss value', async () => {
      const { data } = await client.ok<unknown[]>('tracking/component/metric_data', {
        job_id: jobId,
        role: 'arbiter',
        party_id: 10_001,
        component_name: 'hetero_lr_0',
        metric_namespace: 'train',
        metric_name: 'loss',
      })
      return data.length >= 2
    })
    await runners.get('10000')?.stop('SIGKILL')
    const killed = Date.now()
    const rows = await finished(url, jobId, 60)
    // Lease, one sweep of the app and one look of this test, with time for a machine under load.
    assert.ok(Date.now() - killed < LEASE_SECONDS * 1000 + 30_000, `${Date.now() - killed} ms`)
    assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['failed'])
    const job = (await (await fetch(`${url}/api/weft/jobs/${jobId}`)).json()) as {
      reason: string
      tasks: { name: string; role: string; state: string; reason: string }[]
    }
    assert.match(job.reason, /host 10000 .*hetero_lr_0.*stopped answering/)
    const training = job.tasks.filter((task) => task.name === 'hetero_lr_0')
    assert.equal(training.length, 3)
    for (const task of training) assert.match(task.reason, /host 10000/, task.role)
  })
})
