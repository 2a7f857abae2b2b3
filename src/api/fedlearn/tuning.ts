/**
 * Automatic tuning: a training whose one learning node tries sets of parameters and keeps the best model.
 * @module
 */
import type { Catalog } from '../../domain/catalog.ts'
import { invalid } from '../../domain/error.ts'
import type { AppDeps } from '../deps.ts'
import type { AlgorithmName } from './algorithms.ts'
import type { ReadParams } from './params.ts'
import type { FedlearnAuto } from './schema.ts'
import { drawCandidates, searchSpace } from './search-space.ts'
import type { Trainer } from './trainer.ts'
import { startTraining, type Tuned } from './training.ts'

/** The share of the rows that are learnt from, where the caller does not say: the others rank the trials. */
const SHARE = 0.7

/** Starts a search; its token is that of the model that will be kept. */
export function startTuning(
  deps: Pick<AppDeps, 'db' | 'catalog' | 'now' | 'owner'>,
  body: FedlearnAuto,
): Promise<string> {
  return startTraining(deps, body, (trainer, read) => tuned(deps.catalog, { body, trainer, read }))
}

function tuned(
  catalog: Catalog,
  of: {
    body: FedlearnAuto
    trainer: Trainer & { readonly algorithm: AlgorithmName }
    read: ReadParams
  },
): Tuned {
  const { body, trainer, read } = of
  const module = `Auto${trainer.module}`
  const entry = catalog.get(trainer.module)
  if (!catalog.has(module) || !entry) {
    throw invalid(`model ${body.model} cannot be tuned automatically by this version: train it`)
  }
  const share = Number(read.values['crossValidation'])
  const values = { ...read.values, crossValidation: share > 0 && share < 1 ? share : SHARE }
  const sent = body.algorithmParams.map(({ field }) => field)
  const space = searchSpace(trainer.algorithm, { read, sent, wanted: body.ranges })
  const drawn = drawCandidates(space, { count: body.maxTrials, seed: body.seed, values })
  const candidates = drawn.map((one) => entry.parseParams(trainer.params({ ...read, values: one })))
  return {
    read: { ...read, values },
    candidates: drawn,
    effort: space.effort,
    trainer: {
      module,
      fills: trainer.fills,
      params: () => ({ candidates, effort: space.effort, seconds: body.maxSeconds }),
    },
  }
}
