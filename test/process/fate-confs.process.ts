/**
 * Everything that FATE published of a release, unchanged, through the API and on a real runner with its threads, on
 * tables of the names that it asks for. Prints a table of what ran. A component that a conf asks for and that is not
 * registered makes its row a skipped test; it runs as soon as it is registered.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { COMPONENTS } from '../../src/component/registry.ts'
import { listEvents } from '../../src/domain/event.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import {
  hasPublishedConfs,
  isPrediction,
  type PublishedJob,
  publishedJobs,
  publishedRequests,
  tablesOf,
  tableText,
} from '../helpers/published-confs.ts'
import { fateWorld } from './fate-world.ts'

const skip = hasPublishedConfs ? false : 'the published confs are not on this machine'

const FEDML = 'examples/federatedml-1.0-examples'
const LR = `${FEDML}/hetero_logistic_regression/test_hetero_lr`
const BOOST = `${FEDML}/hetero_secureboost/test_secureboost`

/** What some of the jobs must reach, by configuration; those with a training so short that it ranks by luck are not here. */
const REACHED: Readonly<Record<string, readonly Bound[]>> = {
  [`${LR}_cv_job`]: [{ series: 'validate/validate_fold_0', score: 'auc', least: 0.95 }],
  [`${LR}_one_vs_rest_job`]: [{ series: 'train/hetero_lr_0', score: 'accuracy', least: 0.97 }],
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
  [`${BOOST}_train_multi`]: [
    { series: 'validation/secureboost_0', score: 'accuracy', least: 0.95 },
  ],
  [`${BOOST}_train_regression`]: [
    { series: 'validation/secureboost_0', score: 'explained_variance', least: 0.5 },
  ],
  [`${BOOST}_cross_validation_binary`]: [
    { series: 'train/train_fold_0', score: 'auc', least: 0.98 },
    { series: 'validate/validate_fold_0', score: 'auc', least: 0.75 },
  ],
  [`${BOOST}_cross_validation_multi`]: [
    { series: 'validate/validate_fold_0', score: 'accuracy', least: 0.7 },
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

describe('what FATE published', { skip, timeout: 1_800_000 }, () => {
  let at: Awaited<ReturnType<typeof fateWorld>>
  const trained = new Map<string, Submitted['model_info']>()
  const rows: (readonly [name: string, outcome: string])[] = []

  before(async () => {
    at = await fateWorld()
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
    for (const table of tablesOf(conf)) await at.upload(table, () => tableText(table))
    const sent = { job_dsl: dsl, job_runtime_conf: conf }
    const { jobId, data } = await at.done('/v1/job/submit', sent)
    trained.set(name, (data as Submitted).model_info)
    return told(jobId ?? '', REACHED[name])
  }

  async function predict({ name, conf }: PublishedJob): Promise<string> {
    for (const table of tablesOf(conf)) await at.upload(table, () => tableText(table))
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
    for (const { series, score, least } of bounds) {
      const found = metrics.find(({ namespace, name }) => `${namespace}/${name}` === series)
      const reached = found?.points.find(([name]) => name === score)?.[1]
      assert.ok(reached !== undefined && reached >= least, `${series}: ${score} ${reached}`)
    }
    const words = metrics.flatMap(({ namespace, name, meta, points }) =>
      meta['metric_type'] === 'EVALUATION_SUMMARY' && !/_fold_[1-9]/.test(name)
        ? [`${namespace}/${name} ${points.map(([score, value]) => `${score} ${value}`).join(' ')}`]
        : [],
    )
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
})
