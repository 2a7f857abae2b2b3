/**
 * Three organisations train while one side of the protocol is killed and started again: the app, or a runner, with
 * runners that reach each other and with runners behind NAT, whose messages the app stores and forwards.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, afterEach, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freePort,
  freshFolder,
  removeFolders,
  runnerToken,
  start,
  type Started,
  until,
  uploadExample,
} from './cluster.ts'

const PARTIES = ['9999', '10000', '10001'] as const
type Party = (typeof PARTIES)[number]
const EPOCHS = 8

interface Cluster {
  readonly url: string
  startApp(): Promise<void>
  startRunner(party: Party): Promise<void>
  readonly runners: Map<Party, Started>
  app(): Started
}

describe('a side of the protocol is killed in mid-training', () => {
  const folders: string[] = []
  const running = new Set<Started>()

  afterEach(async () => {
    for (const one of [...running].toReversed()) await one.stop('SIGKILL')
    running.clear()
  })
  after(() => removeFolders(folders))

  async function cluster(way: 'direct' | 'mailbox'): Promise<Cluster> {
    const appDir = await freshFolder('restart-app')
    folders.push(appDir)
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const dirs = new Map<Party, string>()
    const tokens = new Map<Party, string>()
    const runners = new Map<Party, Started>()
    let app: Started | undefined
    const own: Cluster = {
      url,
      runners,
      app: () => app ?? assert.fail('no app'),
      async startApp() {
        app = await start({
          entry: 'serve.ts',
          env: { WEFT_DATA_DIR: appDir, WEFT_PORT: String(port) },
          ready: /^weft listening on /,
        })
        running.add(app)
      },
      async startRunner(party) {
        const runner = await start({
          entry: 'runner.ts',
          env: {
            WEFT_DATA_DIR: dirs.get(party) ?? '',
            WEFT_PARTIES: party,
            WEFT_SERVER_URL: url,
            WEFT_SERVER_TOKEN: tokens.get(party) ?? '',
            WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
            ...(way === 'mailbox' ? { WEFT_INBOX_URL: 'none' } : {}),
          },
          ready: /weft runner ready/,
        })
        runners.set(party, runner)
        running.add(runner)
      },
    }
    await own.startApp()
    for (const party of PARTIES) {
      const folder = await freshFolder(`restart-${party}`)
      folders.push(folder)
      dirs.set(party, folder)
      tokens.set(party, runnerToken(appDir, party))
      await own.startRunner(party)
    }
    for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
    return own
  }

  /** Submits the training and waits until it is in the middle of it. */
  async function begin(url: string, parameters: object = {}): Promise<string> {
    const { dsl, conf } = exampleJob({ arbiter: '10001', maxIterations: EPOCHS, tolerance: 1e-12 })
    Object.assign(conf['job_parameters'] as object, parameters)
    const client = fateClient(url)
    const { jobId } = await client.ok('job/submit', { job_dsl: dsl, job_runtime_conf: conf })
    assert.ok(jobId)
    await until('three values of the loss', async () => (await losses(url, jobId)).length >= 3)
    return jobId
  }

  for (const way of ['mailbox', 'direct'] as const) {
    it(`the app, twice; ${way}: nobody has to start again`, async () => {
      const { url, app, startApp } = await cluster(way)
      const jobId = await begin(url)
      for (let time = 0; time < 2; time++) {
        await app().stop('SIGKILL')
        await startApp()
      }
      await finished(url, jobId)
      const job = await jobOf(url, jobId)
      assert.equal(job.state, 'succeeded', job.reason ?? '')
      assert.equal((await losses(url, jobId)).length, EPOCHS)
      assert.deepEqual([...new Set(job.tasks.map(({ attempts }) => attempts))], [1])
    })

    it(`a runner; ${way}: all members go on from what they have kept`, async () => {
      const { url, runners, startRunner } = await cluster(way)
      const jobId = await begin(url, { auto_retries: 1 })
      await runners.get('10000')?.stop('SIGKILL')
      await startRunner('10000')
      await finished(url, jobId)
      const job = await jobOf(url, jobId)
      assert.equal(job.state, 'succeeded', job.reason ?? '')
      assert.equal((await losses(url, jobId)).length, EPOCHS)
      const training = job.tasks.filter(({ name }) => name === 'hetero_lr_0')
      assert.deepEqual(
        training.map(({ attempts }) => attempts),
        [2, 2, 2],
      )
      const log = await (await fetch(`${url}/jobs/${jobId}/log`)).text()
      assert.match(log, /Goes on after step \d+ of an earlier attempt/)
    })
  }
})

interface WeftJob {
  readonly state: string
  readonly reason: string | null
  readonly tasks: readonly { readonly name: string; readonly attempts: number }[]
}

async function jobOf(url: string, jobId: string): Promise<WeftJob> {
  return (await (await fetch(`${url}/api/weft/jobs/${jobId}`)).json()) as WeftJob
}

async function losses(url: string, jobId: string): Promise<unknown[]> {
  const { data } = await fateClient(url).ok<unknown[]>('tracking/component/metric_data', {
    job_id: jobId,
    role: 'arbiter',
    party_id: 10_001,
    component_name: 'hetero_lr_0',
    metric_namespace: 'train',
    metric_name: 'loss',
  })
  return data
}
