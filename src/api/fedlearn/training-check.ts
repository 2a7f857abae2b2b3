/**
 * What of a training request has to fit together beyond single fields.
 * @module
 */
import { invalid } from '../../domain/error.ts'
import { MIXED } from './match-method.ts'
import type { MatchRequest } from './match.ts'
import { categoryNames, type ReadParams } from './params.ts'

/** Throws where an algorithm for the same rows everywhere meets a match of others, or the other way round. */
export function checkKind(
  request: MatchRequest,
  { mixed, model }: { mixed: boolean; model: string },
): void {
  const { matchAlgorithm } = request
  if (mixed === (matchAlgorithm === MIXED)) return
  throw invalid(
    mixed
      ? `${model} learns from rows that not all clients have: match with ${MIXED}, not with ${matchAlgorithm}`
      : `${model} needs the rows that all clients have, which ${MIXED} does not find: match with ECDH`,
  )
}

/** Where the original's own default stands there are no categories. */
const NO_CATEGORIES = '1'

/** Throws where categories are named that no client has a column of. */
export function checkCategories(
  { values }: ReadParams,
  clients: readonly { readonly columns: readonly string[] }[],
): void {
  for (const field of ['catFeatures', 'cat_features']) {
    const names = categoryNames(String(values[field] ?? ''))
    const stray = names.find((name) => clients.every(({ columns }) => !columns.includes(name)))
    if (stray === undefined || names.join() === NO_CATEGORIES) continue
    throw invalid(
      `algorithmParams: ${field} names the column "${stray}", which no client brings: name some of theirs`,
    )
  }
}
