/**
 * The way from data sets to a training as addresses: every page of it is a link that holds what was chosen before.
 * @module
 */

/** A party, and a column or a data set of it. */
export type ColumnRef = readonly [party: string, name: string]

/** What somebody has chosen so far. */
export interface Choice {
  /** What the project is called. */
  readonly task: string
  readonly data: readonly { readonly party: string; readonly name: string }[]
  readonly label: ColumnRef | null
  /** Columns that are not learnt from. */
  readonly without: readonly ColumnRef[]
}

/** A pair as forms and addresses write it. */
export function pairKey(party: string, name: string): string {
  return JSON.stringify([party, name])
}

/** What an address holds of a choice, before its data sets are matched. */
export function dataQuery({ task, data }: Choice): string {
  return String(
    new URLSearchParams([
      ['task', task],
      ...data.map(({ party, name }) => ['data', pairKey(party, name)]),
    ]),
  )
}

/** What an address holds of a choice afterwards: the match knows its data sets. */
export function columnQuery({ label, without }: Choice): string {
  return String(
    new URLSearchParams([
      ...(label ? [['label', pairKey(...label)]] : []),
      ...without.map((pair) => ['without', pairKey(...pair)]),
    ]),
  )
}

/** The page of a match on the way to a training. */
export function matchPath(matchId: string, choice: Choice): string {
  return `/projects/match/${encodeURIComponent(matchId)}?${columnQuery(choice)}`
}

/** The page that makes a training of a match; `values` of parameters stand in its form. */
export function trainPath(
  matchId: string,
  choice: Choice,
  { model, values = [] }: { model?: string; values?: readonly (readonly [string, string])[] } = {},
): string {
  return `/projects/match/${encodeURIComponent(matchId)}/train?${modelQuery(choice, model)}${values
    .map((pair) => `&set=${encodeURIComponent(pairKey(...pair))}`)
    .join('')}`
}

/** The page that searches the parameters of a training. */
export function tunePath(matchId: string, choice: Choice, model: string): string {
  return `/projects/match/${encodeURIComponent(matchId)}/tune?${modelQuery(choice, model)}`
}

/** The page of a training. */
export function trainingPath(token: string): string {
  return `/projects/${encodeURIComponent(token)}`
}

/** The page that predicts a file of a party, and of such a prediction. */
export function filePath(token: string, id = ''): string {
  return `${trainingPath(token)}/files${id === '' ? '' : `/${encodeURIComponent(id)}`}`
}

function modelQuery(choice: Choice, model: string | undefined): string {
  const query = new URLSearchParams(columnQuery(choice))
  if (model !== undefined) query.set('model', model)
  return String(query)
}
