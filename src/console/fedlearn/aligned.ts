/**
 * What a training can be made of: the rows of a match, the columns of its clients, the algorithms that learn from such.
 * @module
 */
import { type Choice, type ColumnRef, pairKey } from '../../../views/fedlearn/choice.ts'
import { type AlgorithmParam, algorithmOf, algorithmParams } from '../../api/fedlearn/algorithms.ts'
import { MIXED } from '../../api/fedlearn/match-method.ts'
import { matchRequest, SURFACE } from '../../api/fedlearn/match.ts'
import { trainable, trainerOf } from '../../api/fedlearn/trainer.ts'
import { DomainError, notFound } from '../../domain/error.ts'
import { findJob, type Job } from '../../domain/job.ts'
import { listOffers } from '../../domain/offer.ts'
import type { Db } from '../deps.ts'

/** The match that leaves everybody their rows. */
const NONE = 'EMPTY'
const FIRST_MODEL = 'FederatedGB'

/** The match of that id. Throws where there is none. */
export async function matchAt(db: Db, id: string): Promise<Job> {
  const job = await findJob(db, id)
  if (job?.surface === SURFACE && job.kind === 'match' && job.deletedAt === null) return job
  throw notFound(`There is no match "${id}"`)
}

/** The columns of a match's clients, but for their ids. */
export async function labelColumns(db: Db, job: Job): Promise<ColumnRef[]> {
  const offers = await listOffers(db)
  return matchRequest(job).clientList.flatMap(({ party, dataset, index }) =>
    (offers.find((one) => one.party === party && one.name === dataset)?.features ?? []).flatMap(
      ({ name }) => (name === index ? [] : [[party, name] as const]),
    ),
  )
}

/** The clients of a match with the columns that they are asked for; all of them where none was left out. */
export async function chosenClients(db: Db, job: Job, { label, without }: Choice) {
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

/** The algorithms by their own names that learn from rows matched as these are. */
export function fitting(job: Job): string[] {
  const { matchAlgorithm } = matchRequest(job)
  return trainable().flatMap(({ algorithm }) => {
    const { mixed = false, horizontal = false } = trainerOf(algorithm)
    const fits = mixed === (matchAlgorithm === MIXED) && horizontal === (matchAlgorithm === NONE)
    return fits ? [algorithm] : []
  })
}

/** The one that a form begins with. */
export function usualOf(models: readonly string[]): string {
  return models.includes(FIRST_MODEL) ? FIRST_MODEL : (models[0] ?? FIRST_MODEL)
}

/** The parameters of an algorithm; none where there is no such algorithm. */
export function paramsOf(model: string): readonly AlgorithmParam[] {
  const algorithm = algorithmOf(model)
  return algorithm ? algorithmParams(algorithm) : []
}
