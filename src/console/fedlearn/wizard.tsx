/**
 * The way from data sets to a training: choose them, choose columns, align, train.
 * @module
 */
import { type Context, Hono } from 'hono'

import {
  type Choice,
  type ColumnRef,
  matchPath,
  pairKey,
  trainingPath,
} from '../../../views/fedlearn/choice.ts'
import { ChooseColumns, ChooseData } from '../../../views/fedlearn/choose.tsx'
import { MatchPage } from '../../../views/fedlearn/match.tsx'
import { TrainForm } from '../../../views/fedlearn/train.tsx'
import { MATCH_NAMES, matchMethod } from '../../api/fedlearn/match-method.ts'
import { matchLength, matchRequest } from '../../api/fedlearn/match.ts'
import { canTune } from '../../api/fedlearn/tuning.ts'
import { DomainError } from '../../domain/error.ts'
import type { Job } from '../../domain/job.ts'
import { addressOf, listOffers, type Offer } from '../../domain/offer.ts'
import { listTasks } from '../../domain/task.ts'
import { asking, type ConsoleDeps } from '../deps.ts'
import { describeJob } from '../describe.ts'
import { labelUseOf } from '../label-use.ts'
import { chosenClients, fitting, labelColumns, matchAt, paramsOf, usualOf } from './aligned.ts'
import { ask, refusalOf } from './ask.ts'
import { formOf, pairs, readChoice } from './choice.ts'

/** What is protected best and costs least. */
const BEST_METHOD = 'ECDH'
/** Addresses hold what was chosen, and servers take them up to some length. */
const LONGEST_PATH = 8000

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
      const job = await matchAt(db, c.req.param('id') ?? '')
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
          labels={await labelUseOf(db, job)}
          now={deps.now()}
        />
      )
      return c.render(view, { title: 'Aligning' })
    })
  }

  app.get('/projects/match/:id/train', async (c) => {
    const job = await matchAt(db, c.req.param('id'))
    const query = new URL(c.req.url).searchParams
    const model = query.get('model') ?? ''
    return trainForm(c, { job, choice: chosen(c), model, set: pairs(query.getAll('set')) })
  })

  app.post('/projects/match/:id/train', async (c) => {
    const job = await matchAt(db, c.req.param('id'))
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
        clientList: await chosenClients(db, job, choice),
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
    view: {
      job: Job
      choice: Choice
      model: string
      /** Values of another training. */
      set?: readonly ColumnRef[]
      form?: URLSearchParams
      problem?: string
    },
  ) {
    const models = fitting(view.job)
    const model = models.includes(view.model) ? view.model : usualOf(models)
    const sent = view.form
    const fields = paramsOf(model).map((param) => {
      const set = (view.set ?? []).filter(([field]) => field === param.field)
      const given = set.length > 0 ? set.map(([, value]) => value) : [String(param.defaultValue)]
      return { ...param, values: sent ? sent.getAll(param.field) : given }
    })
    const page = (
      <TrainForm
        job={view.job}
        choice={view.choice}
        models={models}
        model={model}
        fields={fields}
        tunable={canTune(deps.catalog, model)}
        columns={await labelColumns(db, view.job)}
        problem={view.problem}
      />
    )
    return c.render(page, { title: 'Train', status: view.problem === undefined ? 200 : 422 })
  }

  return app
}

/** The offers that were chosen, in the order of the choice. */
function offersOf(offers: readonly Offer[], { data }: Choice): Offer[] {
  return data.flatMap(
    ({ party, name }) => offers.find((one) => one.party === party && one.name === name) ?? [],
  )
}
