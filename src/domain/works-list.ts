/**
 * Finding works: pages of them by filter and order, and searches for parts of their texts.
 * @module
 */
import { type ExpressionBuilder, sql } from 'kysely'

import type { Database } from '../db/schema.ts'
import type { Db } from '../db/type.ts'
import { gramsOf, hasGrams, hasPart, type Sought, soughtIn } from './works-search.ts'
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
  const sought = soughtIn(query)
  const { ids, total } = await (sought.length === 0
    ? listIds(db, query)
    : searchIds(db, query, sought))
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

/** Up to so many are looked up each; of more, looking at all until a page is full is faster. */
const FEW = 2000

/** By index: a page and a count are each found at once. */
async function listIds(db: Db, query: PagedFilter): Promise<Found> {
  const [ids, total] = await Promise.all([pageOf(db, query, []), countOf(db, query, [])])
  return { ids, total }
}

/**
 * By the index of their parts, where a text has a part that few have. Else by looking at all in their order: for the
 * page until it is full, which it soon is.
 */
async function searchIds(db: Db, query: PagedFilter, sought: readonly Sought[]): Promise<Found> {
  const grams = query.deleted ? null : gramsOf(sought)
  if (grams !== null) {
    const some = await sql<{ count: number }>`select count(*) as count from
      (select 1 from work_gram where work_gram match ${grams} limit ${FEW + 1})`.execute(db)
    const count = some.rows[0]?.count ?? 0
    if (count === 0) return { ids: [], total: 0 }
    if (count <= FEW) return fewOf(db, query, { sought, grams })
  }
  const total = await countOf(db, query, sought)
  return { ids: query.skip < total ? await pageOf(db, query, sought) : [], total }
}

/** All of them, so that nothing is looked up twice. */
async function fewOf(
  db: Db,
  query: PagedFilter,
  { sought, grams }: { sought: readonly Sought[]; grams: string },
): Promise<Found> {
  const rows = await db
    .selectFrom('work')
    .select('id')
    .where(hasGrams(grams))
    .where((expression) => matches(expression, query, sought))
    .orderBy(query.order, query.descending ? 'desc' : 'asc')
    .orderBy('id')
    .execute()
  const page = rows.slice(query.skip, query.skip + query.limit)
  return { ids: page.map(({ id }) => id), total: rows.length }
}

async function pageOf(
  db: Db,
  query: PagedFilter,
  sought: readonly Sought[],
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('work')
    .select('id')
    .where((expression) => matches(expression, query, sought))
    .orderBy(query.order, query.descending ? 'desc' : 'asc')
    .orderBy('id')
    .limit(query.limit)
    .offset(query.skip)
    .execute()
  return rows.map(({ id }) => id)
}

async function countOf(db: Db, query: WorkFilter, sought: readonly Sought[]): Promise<number> {
  const { total } = await db
    .selectFrom('work')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where((expression) => matches(expression, query, sought))
    .executeTakeFirstOrThrow()
  return total
}

function matches(
  expression: ExpressionBuilder<Database, 'work'>,
  filter: WorkFilter,
  sought: readonly Sought[],
) {
  const { owner, userId, name, description, states, frequency, search, deleted } = filter
  const conditions = sought.map(hasPart)
  if (owner !== undefined) conditions.push(expression('owner', '=', owner))
  if (!deleted) conditions.push(expression('deleted_at', 'is', null))
  if (userId !== undefined) conditions.push(expression('user_id', '=', userId))
  if (states !== undefined) conditions.push(expression('state', 'in', states))
  if (frequency !== undefined) conditions.push(expression('frequency', '=', frequency))
  if (!search && name !== undefined) conditions.push(expression('name', '=', name))
  if (!search && description !== undefined)
    conditions.push(expression('description', '=', description))
  return expression.and(conditions)
}
