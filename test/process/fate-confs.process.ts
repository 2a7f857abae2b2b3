/**
 * Everything that FATE published of a release, unchanged, through the API and on a real runner with its threads, on
 * tables of the names that it asks for. Prints a table of what ran. A component that a conf asks for and that is not
 * registered makes its row a skipped test; it runs as soon as it is registered.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { listEvents } from '../../src/domain/event.ts'
import { getJob } from '../../src/domain/job.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { systemClock } from '../../src/runner/clock.ts'
import { openSite } from '../../src/runner/data/site.ts'
import { createExecutor } from '../../src/runner/execute.ts'
import { createPool } from '../../src/runner/pool.ts'
import { createRunner } from '../../src/runner/runner.ts'
import { dbStore } from '../../src/runner/store-db.ts'
import { createTransport } from '../../src/runner/transport.ts'
import { type FateAnswer, testApp } from '../helpers/app.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { profileOf } from '../helpers/jobs.ts'
import {
  hasPublishedConfs,
  isPrediction,
  type PublishedJob,
  publishedJobs,
  publishedRequests,
  tablesOf,
  type TableName,
  tableText,
} from '../helpers/published-confs.ts'
import { testLog } from '../helpers/runner.ts'

const skip = hasPublishedConfs ? false : 'the published confs are not on this machine'

const FEDML = 'examples/federatedml-1.0-examples'
const LR = `${FEDML}/hetero_logistic_regression/test_hetero_lr`
const BOOST = `${FEDML}/hetero_secureboost/test_secureboost`

/** What some of the jobs must reach, by configuration; those with a training so short that it ranks by luck are not here. */
const REACHED: Readonly<Record<string, readonly Bound[]>> = {
  [`${LR}_train_job`]: [{ series: 'train/hetero_lr_0', score: 'auc', least: 0.95 }],
  [`${LR}_validate_job`]: [
    { series: 'train/hetero_lr_0', score: 'auc', least: 0.98 },
    { series: 'validation/hetero_lr_0', score: 'auc', least: 0.98 },
  ],
  [`${FEDML}/homo_logistic_regression/test_homolr_evaluate_job`]: [
    { series: 'train/homo_lr_0', score: 'auc', least: 0.98 },
  ],
  'examples/min_test_task/config/test_hetero_lr_train_job': [
    { series: 'train/hetero_lr_0', score: 'auc', least: 0.98 },
  ],
  // Three epochs on bin numbers.
  'fate_flow/examples/test_hetero_lr_job': [
    { series: 'train/hetero_lr_0', score: 'auc', least: 0.8 },
  ],
  [`${BOOST}_train_binary`]: [{ series: 'validation/secureboost_0', score: 'auc', least: 0.98 }],
}

/** Which training makes the model that a published prediction asks for; its version is a number of the original's server. */
const TRAININGS: Readonly<Record<string, string>> = {
  [`${FEDML}/test_predict`]: `${LR}_train_job`,
  'fate_flow/examples/test_predict': 'fate_flow/examples/test_hetero_lr_job',
}

/** The least that a score of a metric series must be. */
interface Bound {
  readonly series: string
  readonly score: string
  readonly least: number
}

interface Submitted {
  readonly model_info: { readonly model_id: string; readonly model_version: string }
}

async function world() {
  const root = await temporaryFolder()
  const dataDir = await temporaryFolder()
  const site = await openSite(dataDir)
  const test = await testApp({
    settings: { bodyLimit: 4 * 1024 * 1024 },
    deps: { catalog: catalogOf(COMPONENTS.values()) },
  })
  const store = dbStore(test.db, {
    openSpool: (id) => test.files.openSpool(id),
    dropSpool: (id) => test.files.dropSpool(id),
  })
  const log = testLog()
  const pool = createPool({ cores: 2 })
  const executor = createExecutor({
    settings: { dataDir, importRoots: [root], exportDir: root, previews: true, memoryMb: 512 },
    pool,
    transport: createTransport({ peers: (jobId, node) => store.peers(jobId, node) }),
    openSpool: (id) => store.openSpool(id),
    log,
    source: new URL('../../src/runner/worker.ts', import.meta.url),
    abortMs: 50,
  })
  const profile = profileOf('r', { site: site.id })
  const runner = createRunner({ store, executor, log, profile, slots: 12, pollMs: 20 })
  await runner.start()
  const uploaded = new Set<string>()

  async function over(id: string): Promise<void> {
    for (;;) {
      const job = await getJob(test.db, id)
      if (job.state === 'succeeded') return
      assert.ok(job.state !== 'failed' && job.state !== 'canceled', job.reason ?? job.state)
      await systemClock.sleep(20)
    }
  }
  /** Sends a request that makes a job, and waits for its end. */
  async function done(path: string, body: object): Promise<FateAnswer> {
    const answer = await test.post(path, body)
    assert.equal(answer.retmsg, 'success')
    await over(answer.jobId ?? '')
    return answer
  }
  /** Puts a file where uploads may take it from. */
  async function place(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
    test.files.imports.add(file)
  }
  return {
    test,
    done,
    place,
    async upload(table: TableName, role: string) {
      const { namespace, name } = table
      if (uploaded.has(`${namespace}.${name}`)) return
      uploaded.add(`${namespace}.${name}`)
      const file = `${name}-${role}.csv`
      await place(file, tableText({ ...table, role }))
      const rest = { head: 1, partition: 1, work_mode: 0, namespace, table_name: name }
      await done('/v1/data/upload', { file, ...rest })
    },
    async close() {
      await runner.drain(0)
      await executor.close()
      await pool.close()
      await test.close()
    },
  }
}

describe('what FATE published', { skip, timeout: 900_000 }, () => {
  let at: Awaited<ReturnType<typeof world>>
  const trained = new Map<string, Submitted['model_info']>()
  const rows: (readonly [name: string, outcome: string])[] = []

  before(async () => {
    at = await world()
  })
  after(async () => {
    await at.close()
    const width = Math.max(...rows.map(([name]) => name.length))
    for (const [name, outcome] of rows) console.log(`${name.padEnd(width)}  ${outcome}`)
  })

  /** One row of the table: what `run` says, or why it failed. */
  function row(name: string, lacking: readonly string[], run: () => Promise<string>): void {
    const missing = lacking.length > 0 && `there is no component ${lacking.join(', ')} yet`
    it(`${name} runs to success`, { skip: missing }, async () => {
      const start = performance.now()
      try {
        const told = await run()
        const seconds = ((performance.now() - start) / 1000).toFixed(1)
        rows.push([name, `success  ${seconds.padStart(5)} s  ${told}`])
      } catch (error) {
        rows.push([name, `failed: ${error instanceof Error ? error.message : String(error)}`])
        throw error
      }
    })
    if (missing) rows.push([name, missing])
  }

  async function train({ name, dsl, conf }: PublishedJob): Promise<string> {
    for (const { role, ...table } of tablesOf(conf)) await at.upload(table, role)
    const sent = { job_dsl: dsl, job_runtime_conf: conf }
    const { jobId, data } = await at.done('/v1/job/submit', sent)
    trained.set(name, (data as Submitted).model_info)
    return told(jobId ?? '', REACHED[name])
  }

  async function predict({ name, conf }: PublishedJob): Promise<string> {
    for (const { role, ...table } of tablesOf(conf)) await at.upload(table, role)
    const model = trained.get(TRAININGS[name] ?? '')
    assert.ok(model, `${name}: add the training that makes its model to TRAININGS`)
    // The model's id is the published one; only its version is of this server.
    const { model_version } = model
    assert.equal(model.model_id, conf.job_parameters.model_id)
    const job_parameters = { ...conf.job_parameters, model_version }
    const sent = { job_dsl: {}, job_runtime_conf: { ...conf, job_parameters } }
    const { jobId } = await at.done('/v1/job/submit', sent)
    return told(jobId ?? '')
  }

  /** What a job's metrics and warnings say, in few words. */
  async function told(jobId: string, bounds: readonly Bound[] = []): Promise<string> {
    const metrics = await listMetrics(at.test.db, { jobId })
    const words = bounds.map(({ series, score, least }) => {
      const found = metrics.find(({ namespace, name }) => `${namespace}/${name}` === series)
      const reached = found?.points.find(([name]) => name === score)?.[1]
      assert.ok(reached !== undefined && reached >= least, `${series}: ${score} ${reached}`)
      return `${series} ${score} ${reached}`
    })
    const events = await listEvents(at.test.db, { jobId })
    const ignored = events.flatMap(
      ({ message }) => / has no parameter "(.+?)"/.exec(message)?.[1] ?? [],
    )
    const unknown = [...new Set(ignored)].map((name) => `ignores ${name}`)
    return [...words, ...unknown].join(', ')
  }

  const jobs = publishedJobs()
  for (const job of [...jobs].toSorted((a, b) => +isPrediction(a.conf) - +isPrediction(b.conf))) {
    const modules = Object.values(job.dsl?.components ?? {}).map(({ module }) => module)
    const lacking = [...new Set(modules)].filter((module) => !COMPONENTS.has(module))
    row(job.name, lacking, () => (isPrediction(job.conf) ? predict(job) : train(job)))
  }

  for (const kind of ['upload', 'download'] as const) {
    for (const [name, body] of publishedRequests(kind)) {
      row(name, [], async () => {
        if ('file' in body && typeof body.file === 'string') {
          const role = body.file.endsWith('_a.csv') || body.file.includes('host') ? 'host' : 'guest'
          await at.place(body.file, tableText({ namespace: '', name: body.file, role }))
        }
        await at.done(`/v1/data/${kind}`, body)
        return ''
      })
    }
  }

  it('several tables of one component reach the components that name them', async () => {
    const table = { name: 'breast_split', namespace: 'split' }
    const tables = { guest: { ...table, name: 'split_b' }, host: { ...table, name: 'split_a' } }
    for (const [role, one] of Object.entries(tables)) await at.upload(one, role)
    const data = (one: typeof table) => ({ args: { data: { train_data: [one] } } })
    const answer = await at.done('/v1/job/submit', {
      job_dsl: {
        components: {
          dataio_0: {
            module: 'DataIO',
            input: { data: { data: ['args.train_data'] } },
            output: { data: ['out'] },
          },
          split_0: {
            module: 'HeteroDataSplit',
            input: { data: { data: ['dataio_0.out'] } },
            output: { data: ['learn', 'check', 'test'] },
          },
          hetero_lr_0: {
            module: 'HeteroLR',
            input: { data: { train_data: ['split_0.learn'], eval_data: ['split_0.check'] } },
            output: { data: ['out'] },
          },
          evaluation_0: { module: 'Evaluation', input: { data: { data: ['hetero_lr_0.out'] } } },
        },
      },
      job_runtime_conf: {
        initiator: { role: 'guest', party_id: 10000 },
        job_parameters: { work_mode: 0 },
        role: { guest: [10000], host: [10000], arbiter: [10000] },
        role_parameters: {
          guest: { ...data(tables.guest), dataio_0: { with_label: [true], label_idx: [0] } },
          host: { ...data(tables.host), dataio_0: { with_label: [false] } },
        },
        algorithm_parameters: {
          split_0: { train_size: 400, validate_size: 100, stratified: true },
          hetero_lr_0: {
            max_iter: 2,
            optimizer: 'sgd',
            learning_rate: 0.05,
            batch_size: -1,
            init_param: { init_method: 'zeros' },
            encrypt_param: { key_length: 1024 },
          },
        },
      },
    })
    const metrics = await listMetrics(at.test.db, { jobId: answer.jobId ?? '' })
    const aucOf = (type: string) => {
      const found = metrics.find(
        ({ namespace, name }) => namespace === type && name === 'hetero_lr_0',
      )
      return Number(found?.points.find(([name]) => name === 'auc')?.[1])
    }
    const reached = ['train', 'validation'].map(aucOf)
    assert.ok(
      reached.every((area) => area > 0.9),
      `AUC ${reached.join()}`,
    )
    const rows = await at.test.post('/v1/tracking/component/output/data', {
      job_id: answer.jobId,
      component_name: 'split_0',
      role: 'host',
      party_id: 10000,
    })
    const { names, total } = rows.meta as { names: string[]; total: number[] }
    assert.deepEqual(names, ['train', 'validate', 'test'])
    assert.deepEqual(total, [400, 100, 69])
  })
})
