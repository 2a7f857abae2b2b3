/**
 * Finding works: pages of them by filter and order, and searches for parts of their texts.
 * @module
 */
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'

import type { Database } from '../db/schema.ts'
import type { Db } from '../db/type.ts'
import { type Frequency, readWorks, type Work, type WorkState } from './works.ts'

export interface WorkFilter {
  /** The account whose they are; everybody's without it. */
  readonly owner?: string
  readonly userId?: string
  /** Whole values, or parts of them where `search` is set. */
  readonly name?: string
  readonly description?: string
  readonly states?: readonly WorkState[]
  readonly frequency?: Frequency
  readonly search?: boolean
  /** Part of the name or the description. */
  readonly text?: string
  readonly deleted?: boolean
}

export type WorkOrder = 'created_at' | 'updated_at' | 'name' | 'state'

export interface WorkList {
  readonly works: readonly Work[]
  readonly total: number
}

/** A page of works, and how many there are in all. */
export async function listWorks(
  db: Db,
  query: WorkFilter & {
    readonly skip: number
    readonly limit: number
    readonly order: WorkOrder
    readonly descending: boolean
  },
): Promise<WorkList> {
  const { ids, total } = await (isSearch(query) ? searchIds(db, query) : listIds(db, query))
  const works = await readWorks(db, ids, { deleted: query.deleted })
  const place = new Map(ids.map((id, index) => [id, index]))
  return {
    works: works.toSorted((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0)),
    total,
  }
}

type PagedFilter = Parameters<typeof listWorks>[1]

interface Found {
  readonly ids: readonly string[]
  readonly total: number
}

function isSearch({ search, name, description, text }: WorkFilter): boolean {
  return text !== undefined || (search === true && (name ?? description) !== undefined)
}

/** By index: a page and a count are each found at once. */
async function listIds(db: Db, query: PagedFilter): Promise<Found> {
  const [rows, { total }] = await Promise.all([
    db
      .selectFrom('work')
      .select('id')
      .where((expression) => matches(expression, query))
      .orderBy(query.order, query.descending ? 'desc' : 'asc')
      .orderBy('id')
      .limit(query.limit)
      .offset(query.skip)
      .execute(),
    db
      .selectFrom('work')
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .where((expression) => matches(expression, query))
      .executeTakeFirstOrThrow(),
  ])
  return { ids: rows.map(({ id }) => id), total }
}

/** By reading the texts of all works, so once for the page and the count. */
async function searchIds(db: Db, query: PagedFilter): Promise<Found> {
  const found = db.with(
    (name) => name('found').materialized(),
    () =>
      db
        .selectFrom('work')
        .select(['id', query.order])
        .where((expression) => matches(expression, query)),
  )
  const rows = await found
    .selectFrom('found')
    .select(['id', sql<number>`(select count(*) from found)`.as('total')])
    .orderBy(query.order, query.descending ? 'desc' : 'asc')
    .orderBy('id')
    .limit(query.limit)
    .offset(query.skip)
    .execute()
  const total =
    rows[0]?.total ??
    (
      await found
        .selectFrom('found')
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
    ).total
  return { ids: rows.map(({ id }) => id), total }
}

function matches(expression: ExpressionBuilder<Database, 'work'>, filter: WorkFilter) {
  const { owner, userId, name, description, states, frequency, search, text, deleted } = filter
  const conditions = []
  if (owner !== undefined) conditions.push(expression('owner', '=', owner))
  if (!deleted) conditions.push(expression('deleted_at', 'is', null))
  if (userId !== undefined) conditions.push(expression('user_id', '=', userId))
  if (states !== undefined) conditions.push(expression('state', 'in', states))
  if (frequency !== undefined) conditions.push(expression('frequency', '=', frequency))
  const part = (column: 'name_folded' | 'description_folded', wanted: string) =>
    sql<SqlBool>`instr(${sql.ref(`work.${column}`)}, ${wanted.toLowerCase()}) > 0`
  if (name !== undefined)
    conditions.push(search ? part('name_folded', name) : expression('name', '=', name))
  if (description !== undefined) {
    conditions.push(
      search
        ? part('description_folded', description)
        : expression('description', '=', description),
    )
  }
  if (text !== undefined) {
    // One look at a row, where two would take twice as long.
    conditions.push(
      sql<SqlBool>`instr(work.name_folded || char(10) || work.description_folded, ${text.toLowerCase()}) > 0`,
    )
  }
  return expression.and(conditions)
}
