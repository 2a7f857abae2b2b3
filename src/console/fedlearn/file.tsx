/**
 * Predictions of files that parties have: started here, read and written by the runner of the party alone.
 * @module
 */
import { type Context, Hono } from 'hono'

import { filePath } from '../../../views/fedlearn/choice.ts'
import { type AskedFile, FilePage, FilesPage } from '../../../views/fedlearn/file.tsx'
import { SURFACE } from '../../api/fedlearn/match.ts'
import { ownRows, trainerOf } from '../../api/fedlearn/trainer.ts'
import { getTraining, trainingRequest } from '../../api/fedlearn/training.ts'
import { conflict, invalid, notFound } from '../../domain/error.ts'
import { findJob, type Job, listJobs } from '../../domain/job.ts'
import { addressOf, listOffers } from '../../domain/offer.ts'
import { listTasks } from '../../domain/task.ts'
import type { ConsoleDeps } from '../deps.ts'
import { describeJob } from '../describe.ts'
import { ask, refusalOf } from './ask.ts'
import { formOf, pairs } from './choice.ts'
import { modelDatasets } from './datasets.ts'

const SHOWN = 25

/** `/projects/:token/files` and what is below. */
export function fileRoutes(deps: ConsoleDeps): Hono {
  const { db, now } = deps
  const app = new Hono()

  app.get('/projects/:token/files', async (c) => {
    const job = await trained(c.req.param('token'))
    const { clients } = trainingRequest(job)
    return page(c, { job, asked: { owner: clients[0].party, path: '', data: new Map() } })
  })

  app.post('/projects/:token/files', async (c) => {
    const job = await trained(c.req.param('token'))
    const form = await formOf(c.req.raw)
    const asked = {
      owner: form.get('owner') ?? '',
      path: (form.get('path') ?? '').trim(),
      data: new Map(pairs(form.getAll('data'))),
    }
    try {
      if (asked.path === '') throw invalid('Which file? Give its path')
      const { clients } = trainingRequest(job)
      if (!clients.some(({ party }) => party === asked.owner)) {
        throw invalid('Choose the party that has the file')
      }
      const body = {
        modelToken: job.id,
        path: asked.path,
        userAddress: await addressOf(db, asked.owner, now()),
        clientList: clients.map(({ url, party, dataset }) => ({
          url,
          dataset: asked.data.get(party) ?? dataset,
        })),
      }
      const { inferenceId } = await ask<{ inferenceId: string }>(deps, '/inference/remote', body)
      return c.redirect(filePath(job.id, inferenceId), 303)
    } catch (error) {
      return page(c, { job, asked, problem: refusalOf(error) })
    }
  })

  for (const path of ['/projects/:token/files/:id', '/projects/:token/files/:id/parts']) {
    app.get(path, async (c) => {
      const training = await trained(c.req.param('token') ?? '')
      const id = c.req.param('id') ?? ''
      const job = await findJob(db, id)
      if (job?.surface !== SURFACE || job.request['modelToken'] !== training.id || !isFile(job)) {
        throw notFound(`There is no prediction "${id}"`)
      }
      const { percent, path: result } = await ask<{ percent: number | string; path?: string }>(
        deps,
        '/inference/progress',
        { inferenceId: id },
      )
      const view = (
        <FilePage
          training={training}
          algorithm={trainingRequest(training).algorithm}
          job={job}
          owner={String(job.request['owner'])}
          path={String(job.request['path'])}
          result={result}
          percent={Number(percent) || 0}
          reason={await describeJob(db, { job, tasks: await listTasks(db, job.id) })}
          now={now()}
        />
      )
      return c.render(view, { title: 'Predict a file' })
    })
  }

  async function page(c: Context, view: { job: Job; asked: AskedFile; problem?: string }) {
    const { job, asked, problem } = view
    const { algorithm, clients, label } = trainingRequest(job)
    const earlier = await listJobs(db, {
      surface: SURFACE,
      kind: 'inference',
      text: `${job.id}-`,
      limit: SHOWN,
    })
    return c.render(
      <FilesPage
        job={job}
        algorithm={algorithm}
        able={!ownRows(trainerOf(algorithm))}
        clients={modelDatasets(await listOffers(db), { clients, label, chosen: asked.data })}
        asked={asked}
        earlier={earlier.items.filter(isFile)}
        problem={problem}
        now={now()}
      />,
      { title: 'Predict a file', status: problem === undefined ? 200 : 422 },
    )
  }

  async function trained(token: string): Promise<Job> {
    const job = await getTraining(db, token)
    if (job.state === 'succeeded') return job
    throw conflict(`Training ${job.id} has no model: it is ${job.state}`)
  }

  return app
}

function isFile({ kind, request }: Job): boolean {
  return kind === 'inference' && typeof request['path'] === 'string'
}
