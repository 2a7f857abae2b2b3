/**
 * Automatic tuning: a training whose one learning node tries sets of parameters and keeps the best model.
 * @module
 */
import type { Catalog } from '../../domain/catalog.ts'
import { DomainError, invalid } from '../../domain/error.ts'
import type { AppDeps } from '../deps.ts'
import type { AlgorithmName } from './algorithms.ts'
import type { ReadParams } from './params.ts'
import { moduleParams } from './pipeline.ts'
import { LEAST_TRIALS, trialsWithin } from './privacy.ts'
import type { FedlearnAuto } from './schema.ts'
import { drawCandidates, searchSpace } from './search-space.ts'
import { isTrainable, type Trainer, trainerOf } from './trainer.ts'
import { startTraining, type Tuned } from './training.ts'

/** The share of the rows that are learnt from, where the caller does not say: the others rank the trials. */
export const SHARE = 0.7

/** As many trainings make one trial. */
const MOST_FOLDS = 20

/** Starts a search; its token is that of the model that will be kept. */
export function startTuning(
  deps: Pick<AppDeps, 'db' | 'catalog' | 'now' | 'owner'>,
  body: FedlearnAuto,
): Promise<string> {
  const folds = foldsOf(body)
  // A training knows shares only.
  const algorithmParams = body.algorithmParams.filter(({ field }) => folds === 1 || !isShare(field))
  const asked = { ...body, algorithmParams }
  return startTraining(deps, asked, (trainer, read) =>
    tuned(deps.catalog, { body: asked, trainer, read, folds }),
  )
}

/** How many folds `crossValidation` asks for: it is a share up to 1, and their number above. */
function foldsOf({ algorithmParams }: FedlearnAuto): number {
  const sent = algorithmParams.findLast(({ field }) => isShare(field))?.value
  const count = Number(sent)
  if (sent === undefined || !(count > 1)) return 1
  if (Number.isInteger(count) && count <= MOST_FOLDS) return count
  throw invalid(
    `algorithmParams: crossValidation is ${JSON.stringify(sent)}, expected a share from 0 to 1, or 2 to ${MOST_FOLDS} folds`,
  )
}

function isShare(field: string): boolean {
  return field.replaceAll('_', '').toLowerCase() === 'crossvalidation'
}

/** Whether an algorithm of that name can be tuned with these components. */
export function canTune(catalog: Catalog, model: string): boolean {
  return isTrainable(model) && catalog.has(moduleOf(trainerOf(model)))
}

function moduleOf({ module }: Trainer): string {
  return `Auto${module}`
}

function tuned(
  catalog: Catalog,
  of: {
    body: FedlearnAuto
    trainer: Trainer & { readonly algorithm: AlgorithmName }
    read: ReadParams
    folds: number
  },
): Tuned {
  const { body, trainer, read, folds } = of
  const module = moduleOf(trainer)
  const entry = catalog.get(trainer.module)
  if (!catalog.has(module) || !entry) {
    throw invalid(`model ${body.model} cannot be tuned automatically by this version: train it`)
  }
  if (folds > 1 && trainer.mixed === true) {
    throw invalid(
      `crossValidation: the clients of ${body.model} have rows of their own, which cannot be cut into folds: give a share`,
    )
  }
  const share = Number(read.values['crossValidation'])
  const held = share > 0 && share < 1 ? share : SHARE
  const values = { ...ranked(trainer.algorithm, read), crossValidation: folds > 1 ? 1 : held }
  const sent = body.algorithmParams.map(({ field }) => field)
  const space = searchSpace(trainer.algorithm, { read, sent, wanted: body.ranges })
  const setsOf = (count: number) => {
    const parse = (one: ReadParams['values']) =>
      moduleParams(entry, trainer.params({ ...read, values: one }))
    const draw = (many: number) => drawCandidates(space, { count: many, seed: body.seed, values })
    const drawn = draw(count)
    const possible = drawn.every((one) => canBe(() => parse(one)))
      ? drawn
      : draw(MORE * count).filter((one) => canBe(() => parse(one)))
    // Where nothing that was drawn can be, the first one says why.
    const kept = possible.length < LEAST_TRIALS ? drawn : possible.slice(0, count)
    return { drawn: kept, parsed: kept.map(parse) }
  }
  const maxEpsilon = body.maxEpsilon ?? null
  const paramsOf = (candidates: readonly object[]) => {
    return { candidates, folds, effort: space.effort, seconds: body.maxSeconds, maxEpsilon }
  }
  const whole = catalog.get(module)
  const count = trialsWithin(body, (trials) =>
    whole?.privacy?.(moduleParams(whole, paramsOf(setsOf(trials).parsed))),
  )
  const { drawn, parsed } = setsOf(count)
  return {
    read: { ...read, values },
    candidates: drawn,
    effort: space.effort,
    maxEpsilon,
    trainer: { ...trainer, module, params: () => paramsOf(parsed) },
  }
}

/** So many times as many sets are drawn where some cannot be, as a loss without the model that it is for. */
const MORE = 10

/** Whether parameters fit together. */
function canBe(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (error) {
    if (error instanceof DomainError) return false
    throw error
  }
}

/** Metrics of rows to learn from alone, and one of rows to validate with, by which trials can be ranked. */
const RANKING: Partial<Record<AlgorithmName, { readonly blind: string; readonly by: string }>> = {
  FederatedKernel: { blind: 'TRAINLOSS', by: 'RMSE' },
  VerticalLR: { blind: 'G_L2NORM', by: 'CROSS_ENTRO' },
}

/** The values with a metric that ranks trials, where they have none. */
function ranked(algorithm: AlgorithmName, { values }: ReadParams): ReadParams['values'] {
  const found = RANKING[algorithm]
  const names = [values['metricType'] ?? []].flat()
  if (!found || names.some((name) => name !== found.blind)) return values
  return { ...values, metricType: [found.blind, found.by] }
}
