/**
 * Predictions by id, and how good they are, for callers that wait.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { invalid, unavailable } from '../../domain/error.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { getJob, type Job, stopJob } from '../../domain/job.ts'
import { listMetrics } from '../../domain/metric.ts'
import { pause } from '../../domain/pause.ts'
import type { AppDeps } from '../deps.ts'
import type { FedlearnBatch, FedlearnValidate } from './inference-schema.ts'
import { ANSWERS, submitPrediction } from './inference.ts'
import { type PipelineNode, TRAIN_NODE } from './pipeline.ts'

/** How long a caller is kept waiting. */
const LONGEST_MS = 120_000
/** How often the database is looked at where every look is a request. */
const LOOK_MS = 250

/** One row of the answer; the first names what the scores are. */
export interface Predicted {
  readonly uid: string
  readonly score: (number | string)[]
}

type Deps = Pick<AppDeps, 'db' | 'catalog' | 'owner' | 'watchMs' | 'now'>

const ANSWER: PipelineNode = {
  name: 'answer',
  module: ANSWERS,
  data: { data: [{ node: TRAIN_NODE }] },
  params: () => ({}),
}

/** Predicts the rows of `uid` and waits for it. An id that some client does not have is answered with NaN. */
export async function predictBatch(deps: Deps, body: FedlearnBatch): Promise<Predicted[]> {
  const ids = [...new Set(body.uid)]
  const job = await submitPrediction(deps, {
    modelToken: body.modelToken,
    clientList: body.clientList,
    rows: () => ({ params: { ids } }),
    after: [ANSWER],
    request: { uids: body.uid.length },
  })
  await ended(deps, job)
  return answersOf(deps.db, { job, uid: body.uid })
}

/** Predicts rows whose labels the clients know, and says by which metrics how good that was. */
export async function validateBatch(
  deps: Deps,
  body: FedlearnValidate,
): Promise<{ metrics: string; predict: Predicted[] }> {
  const ids = [...new Set(body.uid)]
  const job = await submitPrediction(deps, {
    modelToken: body.modelToken,
    clientList: body.clientList,
    label: { name: body.labelName ?? null },
    rows: () => ({ params: { ids } }),
    after: [
      ANSWER,
      {
        name: 'scores',
        module: 'InferenceScores',
        data: { data: [{ node: TRAIN_NODE }] },
        params: () => ({ metrics: body.metricType.map((name) => name.toUpperCase()) }),
      },
    ],
    request: { uids: body.uid.length, metrics: body.metricType },
  })
  await ended(deps, job)
  if (await hasNone(deps.db, job)) {
    throw invalid('No client has any of these ids with the others: there is nothing to validate')
  }
  const scores = (await listMetrics(deps.db, { jobId: job.id })).flatMap(
    ({ namespace, name, points }) =>
      namespace === 'scores' ? [[name, points.at(-1)?.[1] ?? 'NaN'] as const] : [],
  )
  return {
    // The original has this as a text within the answer.
    metrics: JSON.stringify(Object.fromEntries(scores)),
    predict: await answersOf(deps.db, { job, uid: body.uid }),
  }
}

async function ended({ db, now, watchMs = LOOK_MS }: Deps, job: Job): Promise<void> {
  const until = now() + LONGEST_MS
  let current = job
  while (!isJobOver(current.state)) {
    if (now() > until) {
      const reason = `The caller waited ${LONGEST_MS / 1000} s`
      await stopJob(db, { id: job.id, reason })
      throw unavailable(`The prediction took longer than ${LONGEST_MS / 1000} s: see job ${job.id}`)
    }
    await pause(watchMs)
    current = await getJob(db, job.id)
  }
  if (current.state === 'succeeded') return
  // Nothing can be predicted of no rows, and that is an answer.
  if (!(await hasNone(db, job))) {
    throw unavailable(current.reason ?? 'The prediction was stopped')
  }
}

/** Whether it is known that no id is one that all clients have. */
async function hasNone(db: Db, job: Job): Promise<boolean> {
  const metrics = await listMetrics(db, { jobId: job.id })
  const found = metrics.find(({ name }) => name === 'intersection')
  return found?.points.findLast(([x]) => x === 'intersect_count')?.[1] === 0
}

async function answersOf(
  db: Db,
  { job, uid }: { job: Job; uid: readonly string[] },
): Promise<Predicted[]> {
  const series = (await listMetrics(db, { jobId: job.id })).filter(
    ({ namespace }) => namespace === 'answer',
  )
  // Several clients may answer, each for rows of its own; the first one's answer counts.
  const found = new Map<string, Map<string, number>>()
  for (const { name, points } of series) {
    const known = found.get(name) ?? new Map<string, number>()
    for (const [id, y] of points) if (!known.has(String(id))) known.set(String(id), y)
    found.set(name, known)
  }
  const names = [...found.keys()].map((name) => (name === 'score' ? 'label' : name))
  const scores = [...found.values()]
  return [
    { uid: 'header', score: names.length > 0 ? names : ['label'] },
    ...uid.map((id) => ({
      uid: id,
      score: scores.length > 0 ? scores.map((known) => known.get(id) ?? 'NaN') : ['NaN'],
    })),
  ]
}
