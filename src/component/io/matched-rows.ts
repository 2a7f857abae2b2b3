/**
 * The rows of a party's data set whose ids a match has found, or a caller has named.
 * @module
 */
import { z } from 'zod'

import { takeRows } from '../../compute/ml/frame.ts'
import { component } from '../define.ts'

/** Parameters of MatchedRows. */
export const MatchedRowsParam = z.looseObject({
  /** Keep the rows of these ids, in this order; null for those of the second table. */
  ids: z.array(z.string()).nullable().default(null),
  /** What is kept where no ids are named: those of the second table, all of which have to be there; those that are; every row. */
  keep: z.enum(['matched', 'listed', 'all']).default('matched'),
})

/** Takes a data set and, unless its parameters name ids, a table with them; nothing is sent. */
export const matchedRows = component({
  name: 'MatchedRows',
  summary: 'Keeps the rows of a data set whose ids were matched or named',
  roles: ['guest', 'host'],
  requires: [],
  params: MatchedRowsParam,
  paramsName: 'MatchedRowsParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: true, model: false },
  deployed: true,
  messages: {},
  async run(context) {
    const [rows, matched] = await context.tables('data')
    const { ids, keep } = context.params
    const wanted = ids ?? (keep === 'all' ? rows?.frame.ids : matched?.frame.ids)
    if (!rows || !wanted) {
      throw new Error(`${context.name} needs a data set and the ids that were matched`)
    }
    const places = new Map(rows.frame.ids.map((id, row) => [id, row]))
    const found = [...new Set(wanted)].flatMap((id) => places.get(id) ?? [])
    if (ids === null && keep === 'matched' && found.length < wanted.length) {
      throw new Error(
        `The data set of ${context.channel.self} has lost ${wanted.length - found.length} of ${wanted.length} matched ids ` +
          'since they were matched: match again',
      )
    }
    await context.writeTable(takeRows(rows.frame, found))
    context.log('info', `${found.length} rows of ${rows.frame.ids.length}`)
    context.progress(1, 1)
  },
})
