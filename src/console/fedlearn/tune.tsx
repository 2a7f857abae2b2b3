/**
 * Automatic tuning: ranges of parameters instead of values.
 * @module
 */
import { type Context, Hono } from 'hono'

import { type Choice, trainingPath } from '../../../views/fedlearn/choice.ts'
import { type TuneField, TuneForm, type TuneLimits } from '../../../views/fedlearn/tune.tsx'
import { algorithmOf, type AlgorithmName } from '../../api/fedlearn/algorithms.ts'
import { effortParam, searchedParams } from '../../api/fedlearn/search-space.ts'
import { canTune, SHARE } from '../../api/fedlearn/tuning.ts'
import { DomainError } from '../../domain/error.ts'
import type { Job } from '../../domain/job.ts'
import type { ConsoleDeps } from '../deps.ts'
import { chosenClients, fitting, labelColumns, matchAt, paramsOf, usualOf } from './aligned.ts'
import { ask, refusalOf } from './ask.ts'
import { formOf, readChoice } from './choice.ts'

const LIMITS = { maxTrials: '18', maxSeconds: '600', drawSeed: '1', maxEpsilon: '' }

/** Parameters that put labels under noise. */
const NOISE: readonly string[] = ['useDP', 'randomizedResponseProbability']

/** `/projects/match/:id/tune`. */
export function tuneRoutes(deps: ConsoleDeps): Hono {
  const { db } = deps
  const app = new Hono()

  app.get('/projects/match/:id/tune', async (c) => {
    const job = await matchAt(db, c.req.param('id'))
    const query = new URL(c.req.url).searchParams
    return page(c, { job, choice: readChoice(query), model: query.get('model') ?? '' })
  })

  app.post('/projects/match/:id/tune', async (c) => {
    const job = await matchAt(db, c.req.param('id'))
    const form = await formOf(c.req.raw)
    const choice = readChoice(form)
    const model = form.get('model') ?? ''
    try {
      if (choice.label === null) throw new DomainError('invalid', 'Choose the column of the label.')
      const { fixed, ranges } = readRanges(model, form)
      const body = {
        taskId: job.name,
        model,
        matchId: job.id,
        algorithmParams: [...fixed, { field: 'label', value: choice.label[1] }],
        ranges,
        clientList: await chosenClients(db, job, choice),
        maxTrials: form.get('maxTrials') ?? LIMITS.maxTrials,
        maxSeconds: form.get('maxSeconds') ?? LIMITS.maxSeconds,
        seed: form.get('drawSeed') ?? LIMITS.drawSeed,
        ...(form.get('maxEpsilon')?.trim() ? { maxEpsilon: form.get('maxEpsilon') } : {}),
      }
      const { modelToken } = await ask<{ modelToken: string }>(deps, '/train/auto', body)
      return c.redirect(trainingPath(modelToken), 303)
    } catch (error) {
      return page(c, { job, choice, model, form, problem: refusalOf(error) })
    }
  })

  async function page(
    c: Context,
    view: { job: Job; choice: Choice; model: string; form?: URLSearchParams; problem?: string },
  ) {
    const { job, choice, form, problem } = view
    const models = fitting(job).filter((model) => canTune(deps.catalog, model))
    const model = models.includes(view.model) ? view.model : usualOf(models)
    const fields = fieldsOf(model, form)
    const written = (name: keyof typeof LIMITS) => form?.get(name) ?? LIMITS[name]
    const limits: TuneLimits = {
      maxTrials: written('maxTrials'),
      maxSeconds: written('maxSeconds'),
      drawSeed: written('drawSeed'),
      maxEpsilon: fields.some(({ field }) => NOISE.includes(field))
        ? written('maxEpsilon')
        : undefined,
    }
    return c.render(
      <TuneForm
        job={job}
        choice={choice}
        models={models}
        model={model}
        fields={fields}
        limits={limits}
        columns={await labelColumns(db, job)}
        problem={problem}
      />,
      { title: 'Search', status: problem === undefined ? 200 : 422 },
    )
  }

  return app
}

/** The rows of an algorithm's table with what the form shows: ends of a range, words, or one value. */
function fieldsOf(model: string, form: URLSearchParams | undefined): TuneField[] {
  const ranges = rangesOf(model)
  const effort = effortOf(model)
  return paramsOf(model).map((param) => {
    const { field, defaultValue } = param
    const range = ranges.get(field)
    const usual =
      range?.type === 'number'
        ? [String(range.low), String(range.high)]
        : range
          ? range.asked
            ? [String(defaultValue)]
            : range.words
          : [startOf(field, { effort, defaultValue })]
    return { ...param, searched: range !== undefined, values: form ? form.getAll(field) : usual }
  })
}

function startOf(
  field: string,
  of: { effort: ReturnType<typeof effortParam>; defaultValue: number | string },
): string {
  // The table's own share keeps no rows by which trials could be ranked.
  if (field === 'crossValidation') return String(SHARE)
  return String(of.effort?.field === field ? of.effort.value : of.defaultValue)
}

/**
 * What was written as the surface takes it: a range with equal ends, or of one word, is no range, and one without an end
 * goes as far as the table lets it.
 */
function readRanges(model: string, form: URLSearchParams) {
  const searched = rangesOf(model)
  const fixed: { field: string; value: string | string[] }[] = []
  const ranges: { field: string; describe: string[] }[] = []
  for (const { field, type } of paramsOf(model)) {
    const values = form.getAll(field).map((value) => value.trim())
    const range = searched.get(field)
    if (!range) fixed.push({ field, value: type === 'MULTI' ? values : (values[0] ?? '') })
    else if (values.every((value) => value === '')) continue
    else if (new Set(values).size === 1) fixed.push({ field, value: values[0] })
    else if (range.type === 'word') ranges.push({ field, describe: values })
    else {
      const whole = [range.low, range.high].map(String)
      ranges.push({ field, describe: whole.map((end, at) => values[at] || end) })
    }
  }
  return { fixed, ranges }
}

function rangesOf(model: string) {
  const algorithm = algorithmOf(model)
  const all = algorithm ? searchedParams(algorithm) : []
  return new Map(all.map(({ param, range, asked }) => [param.field, { ...range, asked }]))
}

function effortOf(model: string): ReturnType<typeof effortParam> {
  const algorithm: AlgorithmName | undefined = algorithmOf(model)
  return algorithm && effortParam(algorithm)
}
