/**
 * A training in the words of `train/status` and `train/parameter`.
 * @module
 */
import type { Db } from '../../db/type.ts'
import { listArtifacts } from '../../domain/artifact.ts'
import type { Job } from '../../domain/job.ts'
import { listMetrics, type Metric } from '../../domain/metric.ts'
import { listTasks, type Task } from '../../domain/task.ts'
import { algorithmParams, type AlgorithmName } from './algorithms.ts'
import { labelBudgets } from './label-budget.ts'
import { TRAIN_NODE } from './pipeline.ts'
import { RUNNING_TYPE } from './state.ts'
import { trainingRequest } from './training.ts'

/** What the original draws before the first round. */
const SENTINEL = Number.MAX_VALUE

interface Series {
  readonly name: string
  readonly metric: { x: number; y: number | string }[]
}

/** How far a training is, and how good. */
export async function trainingStatus(db: Db, job: Job) {
  const tasks = await listTasks(db, job.id)
  const learner = tasks.find(({ name, role }) => name === TRAIN_NODE && role === 'guest')
  const metrics = learner ? await listMetrics(db, { jobId: job.id, taskId: learner.id }) : []
  const importances = await importancesOf(db, job, tasks)
  const trainMetrics = seriesOf(job, metrics, 'train')
  return {
    runningType: RUNNING_TYPE[job.state].toLowerCase(),
    percent: percentOf(job),
    message: messageOf(job, tasks),
    metrics: null,
    token: null,
    trainMetrics:
      importances.length === 0
        ? trainMetrics
        : // The document's own spelling.
          [
            ...trainMetrics,
            { name: 'fetureImportance', metric: importances.map(({ x, y }) => ({ [x]: y })) },
          ],
    validationMetrics: seriesOf(job, metrics, 'validate'),
    featureImportance:
      importances.length === 0 ? [] : [{ name: 'featureImportance', metric: importances }],
    bestRound: bestRound(metrics),
    ...tuningOf(job, metrics),
    ...privacyOf(job, metrics),
    ...(await labelUseOf(db, job)),
  }
}

/** What all trainings of the same labels come to, where that is of interest. */
async function labelUseOf(db: Db, job: Job) {
  const { clients, matchId, label } = trainingRequest(job)
  const labelUse = await labelBudgets(db, { clients, matchId, label })
  return labelUse.length === 0 ? {} : { labelUse }
}

/** What is promised of labels by differential privacy, and how much of it the trials so far have used. */
function privacyOf(job: Job, metrics: readonly Metric[]) {
  const { privacy, tuning } = trainingRequest(job)
  if (!privacy) return {}
  const named = (namespace: string, name: string) =>
    metrics.find((metric) => metric.namespace === namespace && metric.name === name)?.points.at(-1)
  // In the end that of the training on all rows is in it.
  const last = named('train', 'dpEpsilon') ?? named('tuning', 'epsilon')
  return { privacy: { ...privacy, spent: tuning ? (last?.[1] ?? 0) : null } }
}

/** The trials of an automatic tuning. */
function tuningOf(job: Job, metrics: readonly Metric[]) {
  const { tuning } = trainingRequest(job)
  if (!tuning) return {}
  const points = (name: string) =>
    metrics.find((metric) => metric.namespace === 'tuning' && metric.name === name)?.points ?? []
  const candidates = new Map(points('candidate').map(([x, at]) => [Number(x), at]))
  const trials = points('value').map(([x, y]) => ({
    x: Number(x),
    y,
    params: { ...tuning.candidates[candidates.get(Number(x)) ?? 0] },
  }))
  const best = points('best').find(([x]) => x === 'candidate')
  const leader = points('leader').at(-1)
  return { tuning: { trials, best: best?.[1] ?? null, leader: leader?.[1] ?? null } }
}

/** What a training was asked for, and what it said: the fields of every version. */
export async function trainingDetail(db: Db, job: Job) {
  const request = trainingRequest(job)
  const algorithm = request.algorithm as AlgorithmName
  const { trainMetrics, tuning, privacy, labelUse } = await trainingStatus(db, job)
  // Of a tuning those count with which its model was trained.
  const best = request.tuning?.candidates[tuning?.best ?? -1]
  const times = { start: timeOf(job.startedAt), end: timeOf(job.endedAt) }
  const params = algorithmParams(algorithm).map((param) => ({
    ...param,
    describe: [...param.describe],
    value: (best ?? request.params)[param.field],
  }))
  const label = {
    field: 'label',
    name: '标签',
    describe: [],
    type: 'STRING' as const,
    defaultValue: '',
    value: request.label,
  }
  return {
    modelToken: job.id,
    taskId: request.taskId,
    matchId: request.matchId,
    model: request.model,
    algorithmType: algorithm,
    algorithmParams: [...params, label],
    trainStartTime: times.start,
    trainEndTime: times.end,
    startTime: times.start,
    endTime: times.end,
    trainInfo: infoOf(job, trainMetrics as readonly Series[]),
    percent: percentOf(job),
    runningStatus: RUNNING_TYPE[job.state],
    ...(privacy ? { privacy } : {}),
    ...(labelUse ? { labelUse } : {}),
  }
}

/** How far a training is, with a line for each of its rounds. */
export async function trainingProgress(db: Db, job: Job) {
  const { runningType, percent, message, trainMetrics } = await trainingStatus(db, job)
  const describes = infoOf(job, trainMetrics as readonly Series[])
  const fPercent = job.state === 'succeeded' ? 100 : Math.min(99.9, job.progress)
  return { runningType, percent, fPercent, message, describes }
}

function infoOf(job: Job, series: readonly Series[]): string[] {
  const { unknown } = trainingRequest(job)
  const drawn = series.filter(({ name }) => name !== 'fetureImportance')
  const rounds = drawn[0]?.metric.slice(1).map(({ x }) => x) ?? []
  return [
    '开始',
    ...unknown.map((field) => `参数 ${field} 不属于此算法，没有作用`),
    ...(job.startedAt === null ? [] : ['参数初始化成功']),
    ...rounds.map((round, at) => {
      const values = drawn.map(({ name, metric }) => `${name}：${metric[at + 1]?.y ?? ''}`)
      return `第${round}轮，${values.join('；')}`
    }),
    ...(job.state === 'succeeded' ? ['训练结束', `modelToken is:${job.id}`] : []),
    ...(job.reason === null ? [] : [job.reason]),
  ]
}

function percentOf({ state, progress }: Job): number {
  // Complete is only what has ended.
  return state === 'succeeded' ? 100 : Math.min(99, Math.floor(progress))
}

function messageOf(job: Job, tasks: readonly Task[]): string {
  if (job.state === 'failed' || job.state === 'canceled' || job.state === 'suspended') {
    return job.reason ?? RUNNING_TYPE[job.state]
  }
  const waits = tasks.find(({ state, reason }) => state === 'ready' && reason !== null)
  return waits?.reason ?? 'ok'
}

function seriesOf(job: Job, metrics: readonly Metric[], namespace: string): Series[] {
  const { params } = trainingRequest(job)
  const first = params['maximize'] === 'true' ? -SENTINEL : SENTINEL
  return metrics
    .filter((metric) => metric.namespace === namespace && metric.name !== 'loss')
    .map(({ name, points, meta }) => {
      // A curve or a table is a text.
      const text = typeof meta['text'] === 'string' ? meta['text'] : undefined
      const drawn = points.map(([x, y]) => ({ x: Number(x) + 1, y: text ?? y }))
      return { name, metric: [{ x: 0, y: first }, ...drawn] }
    })
}

/** The round at which the first validation metric was best, from 1; 0 where nothing was validated. */
function bestRound(metrics: readonly Metric[]): number {
  const watched = metrics.find(({ namespace }) => namespace === 'validate')
  if (!watched || watched.points.length === 0) return 0
  const rising = /^(acc|auc|ks|f1|r2|recall|precision|macc)$/.test(watched.name)
  const values = watched.points.map(([, y]) => y)
  return values.indexOf(rising ? Math.max(...values) : Math.min(...values)) + 1
}

/** Importances by `address=column`, where the clients show their models. */
async function importancesOf(db: Db, job: Job, tasks: readonly Task[]) {
  if (job.state !== 'succeeded') return []
  const { clients } = trainingRequest(job)
  const found: { x: string; y: number }[] = []
  for (const artifact of await listArtifacts(db, { jobId: job.id })) {
    const task = tasks.find(({ id }) => id === artifact.taskId)
    if (artifact.kind !== 'model' || task?.name !== TRAIN_NODE) continue
    const client = clients.find(({ party }) => party === task.party)
    const shown = artifact.preview as { param?: { featureImportances?: unknown } } | null
    const list = shown?.param?.featureImportances
    if (!client || !Array.isArray(list)) continue
    const address = client.url.replace(/^https?:\/\//, '')
    for (const { fid, importance } of list as { fid: number; importance: number }[]) {
      if (fid >= 0 && importance > 0) found.push({ x: `${address}=${fid}`, y: importance })
    }
  }
  return found.toSorted((a, b) => b.y - a.y)
}

function timeOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}
