/**
 * Trainings of several parties: the list, one training, its model, and what can be done with them.
 * @module
 */
import { type Context, Hono } from 'hono'

import { type Choice, trainingPath } from '../../../views/fedlearn/choice.ts'
import type { LabelUse } from '../../../views/fedlearn/label-use.tsx'
import { ProjectsPage } from '../../../views/fedlearn/list.tsx'
import { type ImportanceRow, ModelPage } from '../../../views/fedlearn/model.tsx'
import type { Privacy } from '../../../views/fedlearn/privacy.tsx'
import { type MetricSeries, TrainingPage } from '../../../views/fedlearn/training.tsx'
import { ownOnly } from '../../api/access.ts'
import { SURFACE } from '../../api/fedlearn/match.ts'
import { getTraining, type TrainingRequest, trainingRequest } from '../../api/fedlearn/training.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { type Job, listJobs } from '../../domain/job.ts'
import { listOffers } from '../../domain/offer.ts'
import { listTasks } from '../../domain/task.ts'
import type { ConsoleDeps } from '../deps.ts'
import { describeJob } from '../describe.ts'
import { localPath } from '../local-path.ts'
import { ask } from './ask.ts'
import { formOf } from './choice.ts'
import { type SearchStatus, tuningOf } from './trials.ts'

const PAGE_SIZE = 25
const MATCHES_SHOWN = 10

/** The part of `/api/train/status` that pages show. */
interface Status {
  readonly percent: number
  readonly trainMetrics: readonly Drawn[]
  readonly validationMetrics: readonly Drawn[]
  readonly featureImportance: readonly { readonly metric: readonly { x: string; y: number }[] }[]
  readonly bestRound: number
  readonly tuning?: SearchStatus
  readonly privacy?: Privacy
  readonly labelUse?: readonly LabelUse[]
}

interface Drawn {
  readonly name: string
  readonly metric: readonly { readonly x?: number; readonly y?: number | string }[]
}

/** `/projects`, `/projects/:token` and its model. */
export function projectRoutes(deps: ConsoleDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  for (const path of ['/projects', '/projects/parts']) {
    app.get(path, async (c) => {
      const after = c.req.query('after')
      const own = ownOnly(c)
      const [trainings, matches] = await Promise.all([
        listJobs(db, { ...own, surface: SURFACE, kind: 'train', limit: PAGE_SIZE, after }),
        listJobs(db, { ...own, surface: SURFACE, kind: 'match', limit: MATCHES_SHOWN }),
      ])
      const view = (
        <ProjectsPage
          trainings={trainings.items.filter(isKept)}
          matches={matches.items.filter(isKept)}
          next={
            trainings.next === undefined
              ? undefined
              : `/projects?${new URLSearchParams({ after: trainings.next })}`
          }
          now={now()}
        />
      )
      return c.render(view, { title: 'Projects' })
    })
  }

  for (const path of ['/projects/:token', '/projects/:token/parts']) {
    app.get(path, async (c) => {
      const job = await getTraining(db, c.req.param('token') ?? '')
      const request = trainingRequest(job)
      const status = await statusOf(job)
      const reason = await describeJob(db, { job, tasks: await listTasks(db, job.id) })
      const view = (
        <TrainingPage
          job={job}
          algorithm={request.algorithm}
          percent={status.percent}
          message={reason}
          metrics={metricsOf(status)}
          bestRound={status.bestRound}
          importance={importanceOf(request, status)}
          matchId={request.matchId}
          choice={await choiceOf(request)}
          tuning={tuningOf(request, status)}
          privacy={status.privacy}
          labels={status.labelUse ?? []}
          now={now()}
        />
      )
      return c.render(view, { title: () => `${job.name} · ${request.algorithm}` })
    })
  }

  app.get('/projects/:token/model', async (c) => {
    const job = await getTraining(db, c.req.param('token'))
    const request = trainingRequest(job)
    const view = (
      <ModelPage
        job={job}
        algorithm={request.algorithm}
        label={request.label}
        clients={request.clients}
        params={Object.entries(request.params)}
        importance={importanceOf(request, await statusOf(job))}
        command={commandOf(c, job, request)}
      />
    )
    return c.render(view, { title: () => `${job.name} · ${request.algorithm}` })
  })

  app.post('/projects/:token/change', async (c) => {
    const job = await getTraining(db, c.req.param('token'))
    const form = await formOf(c.req.raw)
    const body = { modelToken: job.id, type: form.get('type') ?? '' }
    await ask(deps, '/train/change', body)
    return c.redirect(localPath(form.get('back')) ?? trainingPath(job.id), 303)
  })

  app.post('/projects/:token/delete', async (c) => {
    const job = await getTraining(db, c.req.param('token'))
    await ask(deps, '/system/model/delete', { modelToken: job.id })
    return c.redirect('/projects', 303)
  })

  const statusOf = (job: Job) => ask<Status>(deps, '/train/status', { modelToken: job.id })

  /** What was chosen, to make another training of the same rows and columns. */
  async function choiceOf(request: TrainingRequest): Promise<Choice> {
    const offers = await listOffers(db)
    const without = request.clients.flatMap(({ party, dataset, columns }) => {
      const offer = offers.find((one) => one.party === party && one.name === dataset)
      return (offer?.features ?? [])
        .filter(({ name }) => name !== offer?.index && !columns.includes(name))
        .map(({ name }) => [party, name] as const)
    })
    const [holder] = request.clients
    return {
      task: request.taskId,
      data: request.clients.map(({ party, dataset }) => ({ party, name: dataset })),
      label: [holder.party, request.label],
      without,
    }
  }

  function commandOf(c: Context, job: Job, request: TrainingRequest): string {
    const base = deps.settings.publicUrl ?? new URL(c.req.url).origin
    const body = {
      modelToken: job.id,
      uid: ['ID'],
      clientList: request.clients.map(({ url, dataset }) => ({ url, dataset })),
    }
    return (
      `curl -H 'content-type: application/json' ${base}/api/inference/batch \\\n` +
      `     -d '${JSON.stringify(body).replaceAll("'", String.raw`'\''`)}'`
    )
  }

  return app
}

/** Whether a job that is over may still be shown: a deleted one is gone for its clients. */
function isKept({ deletedAt, state }: Job): boolean {
  return deletedAt === null || !isJobOver(state)
}

/** Series by metric; what the surface draws before the first round is left out. */
function metricsOf({ trainMetrics, validationMetrics }: Status): MetricSeries[] {
  const points = (all: readonly Drawn[], wanted: string) =>
    (all.find(({ name }) => name === wanted)?.metric ?? []).flatMap(({ x, y }) =>
      typeof x === 'number' && x > 0 && Number.isFinite(Number(y)) ? [[x, Number(y)] as const] : [],
    )
  const names = new Set([...trainMetrics, ...validationMetrics].map(({ name }) => name))
  return [...names]
    .map((name) => ({
      name,
      train: points(trainMetrics, name),
      validation: points(validationMetrics, name),
    }))
    .filter(({ train, validation }) => train.length + validation.length > 0)
}

/** Importances by party and column: the surface names a column by its place at its client. */
function importanceOf({ clients, label }: TrainingRequest, status: Status): ImportanceRow[] {
  const places = new Map(
    clients.flatMap(({ url, party, columns }) =>
      columns
        .filter((name) => name !== label)
        .map((column, at) => [`${url.replace(/^https?:\/\//, '')}=${at}`, { party, column }]),
    ),
  )
  return status.featureImportance.flatMap(({ metric }) =>
    metric.flatMap(({ x, y }) => {
      const place = places.get(x)
      return place ? [{ ...place, value: y }] : []
    }),
  )
}
