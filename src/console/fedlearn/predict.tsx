/**
 * Predictions by id.
 * @module
 */
import { type Context, Hono } from 'hono'

import { type Predicted, PredictPage } from '../../../views/fedlearn/predict.tsx'
import { getTraining, trainingRequest } from '../../api/fedlearn/training.ts'
import { conflict, invalid } from '../../domain/error.ts'
import type { Job } from '../../domain/job.ts'
import { listOffers } from '../../domain/offer.ts'
import { asking, type ConsoleDeps } from '../deps.ts'
import { ask, refusalOf } from './ask.ts'
import { formOf, pairs } from './choice.ts'
import { modelDatasets } from './datasets.ts'

/** Ids that the surface takes at once. */
const MOST_IDS = 1000

interface Asked {
  readonly uids: string
  readonly data: ReadonlyMap<string, string>
}

/** `/projects/:token/predict`. */
export function predictRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/projects/:token/predict', async (c) => {
    const job = await trained(c.req.param('token'))
    return page(c, { job, asked: { uids: '', data: new Map() } })
  })

  app.post('/projects/:token/predict', async (c) => {
    const job = await trained(c.req.param('token'))
    const form = await formOf(c.req.raw)
    const asked = { uids: form.get('uids') ?? '', data: new Map(pairs(form.getAll('data'))) }
    try {
      const uid = asked.uids.split(/[\s,;]+/).filter((id) => id !== '')
      if (uid.length === 0) throw invalid('Which rows? Give their ids')
      if (uid.length > MOST_IDS) throw invalid(`At most ${MOST_IDS} ids are predicted at once`)
      const clientList = trainingRequest(job).clients.map(({ url, party, dataset }) => ({
        url,
        dataset: asked.data.get(party) ?? dataset,
      }))
      const body = { uid, modelToken: job.id, clientList }
      const { predict } = await ask<{ predict: Predicted[] }>(
        asking(c, deps),
        '/inference/batch',
        body,
      )
      return await page(c, { job, asked, answer: predict })
    } catch (error) {
      return page(c, { job, asked, problem: refusalOf(error) })
    }
  })

  async function page(
    c: Context,
    view: { job: Job; asked: Asked; answer?: readonly Predicted[]; problem?: string },
  ) {
    const { job, asked, answer, problem } = view
    const { algorithm, clients, label } = trainingRequest(job)
    const choices = modelDatasets(await listOffers(db), { clients, label, chosen: asked.data })
    return c.render(
      <PredictPage
        job={job}
        algorithm={algorithm}
        clients={choices}
        uids={asked.uids}
        most={MOST_IDS}
        problem={problem}
        answer={answer}
      />,
      { title: 'Predict', status: problem === undefined ? 200 : 422 },
    )
  }

  async function trained(token: string): Promise<Job> {
    const job = await getTraining(db, token)
    if (job.state === 'succeeded') return job
    throw conflict(`Training ${job.id} has no model: it is ${job.state}`)
  }

  return app
}
