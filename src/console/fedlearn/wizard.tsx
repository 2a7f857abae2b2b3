/**
 * The way from data sets to a training: choose them, choose columns, align, train.
 * @module
 */
import { type Context, Hono } from 'hono'

import { type Choice, matchPath, pairKey, trainingPath } from '../../../views/fedlearn/choice.ts'
import { ChooseColumns, ChooseData } from '../../../views/fedlearn/choose.tsx'
import { MatchPage } from '../../../views/fedlearn/match.tsx'
import { TrainForm } from '../../../views/fedlearn/train.tsx'
import { algorithmOf, algorithmParams } from '../../api/fedlearn/algorithms.ts'
import { MATCH_NAMES, matchMethod, MIXED } from '../../api/fedlearn/match-method.ts'
import { matchLength, matchRequest, SURFACE } from '../../api/fedlearn/match.ts'
import { trainable, trainerOf } from '../../api/fedlearn/trainer.ts'
import { DomainError, notFound } from '../../domain/error.ts'
import { findJob, type Job } from '../../domain/job.ts'
import { addressOf, listOffers, type Offer } from '../../domain/offer.ts'
import { listTasks } from '../../domain/task.ts'
import { asking, type ConsoleDeps } from '../deps.ts'
import { describeJob } from '../describe.ts'
import { ask, refusalOf } from './ask.ts'
import { formOf, pairs, readChoice } from './choice.ts'

/** What is protected best and costs least. */
const BEST_METHOD = 'ECDH'
/** Addresses hold what was chosen, and servers take them up to some length. */
const LONGEST_PATH = 8000
const FIRST_MODEL = 'FederatedGB'

/** `/projects/new` and what follows it. */
export function wizardRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()
  const chosen = (c: Context) => readChoice(new URL(c.req.url).searchParams)

  app.get('/projects/new', async (c) => {
    const view = <ChooseData offers={await listOffers(db)} choice={chosen(c)} />
    return c.render(view, { title: 'New project' })
  })

  app.get('/projects/new/columns', async (c) => {
    const choice = chosen(c)
    const offers = offersOf(await listOffers(db), choice)
    if (offers.length < 2 || choice.task === '') {
      const problem =
        choice.task === '' ? 'Give the project a name.' : 'Choose data sets of two parties or more.'
      return c.render(
        <ChooseData offers={await listOffers(db)} choice={choice} problem={problem} />,
        { title: 'New project', status: 422 },
      )
    }
    return columnForm(c, { offers, choice, method: BEST_METHOD })
  })

  app.post('/projects/match', async (c) => {
    const form = await formOf(c.req.raw)
    const known = readChoice(form)
    const offers = offersOf(await listOffers(db), known)
    const used = new Set(pairs(form.getAll('use')).map((pair) => pairKey(...pair)))
    const without = offers.flatMap(({ party, index, features }) =>
      features
        .filter(({ name }) => name !== index && !used.has(pairKey(party, name)))
        .map(({ name }) => [party, name] as const),
    )
    const choice = { ...known, without }
    const method = form.get('method') ?? BEST_METHOD
    try {
      if (choice.label === null) throw new DomainError('invalid', 'Choose the column of the label.')
      if (matchPath('', choice).length > LONGEST_PATH) {
        throw new DomainError(
          'invalid',
          'So many columns cannot be left out one by one: ask their owner to offer fewer, or to list them as a data set of its own.',
        )
      }
      const clientList = await Promise.all(
        offers.map(async ({ party, name }) => ({
          url: await addressOf(db, party, deps.now()),
          dataset: name,
        })),
      )
      const body = { taskId: choice.task, matchAlgorithm: method, clientList }
      const { matchId } = await ask<{ matchId: string }>(
        asking(c, deps),
        '/prepare/match/start',
        body,
      )
      return c.redirect(matchPath(matchId, choice), 303)
    } catch (error) {
      return columnForm(c, { offers, choice, method, problem: refusalOf(error) })
    }
  })

  for (const path of ['/projects/match/:id', '/projects/match/:id/parts']) {
    app.get(path, async (c) => {
      const job = await matchOf(c.req.param('id') ?? '')
      const tasks = await listTasks(db, job.id)
      const request = matchRequest(job)
      const view = (
        <MatchPage
          job={job}
          choice={chosen(c)}
          clients={request.clientList}
          method={request.matchAlgorithm}
          protocol={matchMethod(request.matchAlgorithm)?.protocol ?? ''}
          common={await matchLength(db, job)}
          reason={await describeJob(db, { job, tasks })}
          now={deps.now()}
        />
      )
      return c.render(view, { title: 'Aligning' })
    })
  }

  app.get('/projects/match/:id/train', async (c) => {
    const job = await matchOf(c.req.param('id'))
    return trainForm(c, { job, choice: chosen(c), model: c.req.query('model') ?? '' })
  })

  app.post('/projects/match/:id/train', async (c) => {
    const job = await matchOf(c.req.param('id'))
    const form = await formOf(c.req.raw)
    const choice = readChoice(form)
    const model = form.get('model') ?? ''
    try {
      const algorithmParams_ = paramsOf(model).map(({ field, type }) => ({
        field,
        value: type === 'MULTI' ? form.getAll(field) : (form.get(field) ?? ''),
      }))
      if (choice.label === null) throw new DomainError('invalid', 'Choose the column of the label.')
      const body = {
        taskId: job.name,
        model,
        matchId: job.id,
        algorithmParams: [...algorithmParams_, { field: 'label', value: choice.label[1] }],
        clientList: await clientsOf(job, choice),
      }
      const { modelToken } = await ask<{ modelToken: string }>(
        asking(c, deps),
        '/train/start',
        body,
      )
      return c.redirect(trainingPath(modelToken), 303)
    } catch (error) {
      return trainForm(c, { job, choice, model, form, problem: refusalOf(error) })
    }
  })

  function columnForm(
    c: Context,
    view: { offers: readonly Offer[]; choice: Choice; method: string; problem?: string },
  ) {
    const methods = MATCH_NAMES.map((name) => [name, matchMethod(name)?.protocol ?? ''] as const)
    return c.render(<ChooseColumns {...view} methods={methods} />, {
      title: 'New project',
      status: view.problem === undefined ? 200 : 422,
    })
  }

  async function trainForm(
    c: Context,
    view: { job: Job; choice: Choice; model: string; form?: URLSearchParams; problem?: string },
  ) {
    const models = fitting(view.job)
    const model = models.includes(view.model) ? view.model : usualOf(models)
    const sent = view.form
    const fields = paramsOf(model).map((param) => ({
      ...param,
      values: sent ? sent.getAll(param.field) : [String(param.defaultValue)],
    }))
    const page = (
      <TrainForm
        job={view.job}
        choice={view.choice}
        models={models}
        model={model}
        fields={fields}
        columns={await columnsOf(view.job)}
        problem={view.problem}
      />
    )
    return c.render(page, { title: 'Train', status: view.problem === undefined ? 200 : 422 })
  }

  /** The columns of a match's clients, but for their ids. */
  async function columnsOf(job: Job) {
    const offers = await listOffers(db)
    return matchRequest(job).clientList.flatMap(({ party, dataset, index }) =>
      (offers.find((one) => one.party === party && one.name === dataset)?.features ?? []).flatMap(
        ({ name }) => (name === index ? [] : [[party, name] as const]),
      ),
    )
  }

  async function matchOf(id: string): Promise<Job> {
    const job = await findJob(db, id)
    if (job?.surface === SURFACE && job.kind === 'match' && job.deletedAt === null) return job
    throw notFound(`There is no match "${id}"`)
  }

  /** The clients of a match with the columns that they are asked for; all of them where none was left out. */
  async function clientsOf(job: Job, { label, without }: Choice) {
    const offers = await listOffers(db)
    const out = new Set(without.map((pair) => pairKey(...pair)))
    return matchRequest(job).clientList.map(({ url, party, dataset }) => {
      const offer = offers.find((one) => one.party === party && one.name === dataset)
      const isLabel = (name: string) => label?.[0] === party && label[1] === name
      const featureList = (offer?.features ?? [])
        .filter(({ name }) => name !== offer?.index)
        // A column of this name elsewhere is not the label, and must not be taken for it.
        .filter(({ name }) => isLabel(name) || !out.has(pairKey(party, name)))
        .map(({ name }) => ({ name }))
      if (featureList.length === 0) {
        throw new DomainError('invalid', `Leave a column of party ${party} to learn from.`)
      }
      return { url, dataset, features: { featureList } }
    })
  }

  return app
}

/** The one that a form begins with. */
function usualOf(models: readonly string[]): string {
  return models.includes(FIRST_MODEL) ? FIRST_MODEL : (models[0] ?? FIRST_MODEL)
}

/** The match that leaves everybody their rows. */
const NONE = 'EMPTY'

/** The offers that were chosen, in the order of the choice. */
function offersOf(offers: readonly Offer[], { data }: Choice): Offer[] {
  return data.flatMap(
    ({ party, name }) => offers.find((one) => one.party === party && one.name === name) ?? [],
  )
}

/** The algorithms by their own names that learn from rows matched as these are. */
function fitting(job: Job): string[] {
  const { matchAlgorithm } = matchRequest(job)
  return trainable().flatMap(({ algorithm }) => {
    const { mixed = false, horizontal = false } = trainerOf(algorithm)
    const fits = mixed === (matchAlgorithm === MIXED) && horizontal === (matchAlgorithm === NONE)
    return fits ? [algorithm] : []
  })
}

function paramsOf(model: string) {
  const algorithm = algorithmOf(model)
  return algorithm ? algorithmParams(algorithm) : []
}
