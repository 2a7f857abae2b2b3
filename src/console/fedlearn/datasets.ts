/**
 * Data sets that a model can be used on: those with all columns that it learnt from.
 * @module
 */
import type { TrainingRequest } from '../../api/fedlearn/training.ts'
import type { Offer } from '../../domain/offer.ts'

/** Each party of a model with the data sets that fit, its own first, and the one that is taken. */
export function modelDatasets(
  offers: readonly Offer[],
  of: Pick<TrainingRequest, 'clients' | 'label'> & { chosen: ReadonlyMap<string, string> },
) {
  return of.clients.map(({ party, dataset, columns }) => {
    const wanted = columns.filter((name) => name !== of.label)
    const able = offers.filter(
      (offer) =>
        offer.party === party &&
        wanted.every((name) => offer.features.some((feature) => feature.name === name)),
    )
    const datasets = [...new Set([dataset, ...able.map(({ name }) => name)])]
    return { party, datasets, chosen: of.chosen.get(party) ?? dataset }
  })
}
