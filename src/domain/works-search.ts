/**
 * Parts of the texts of works: which are sought, and how each is looked up.
 * @module
 */
import { type Expression, type SqlBool, sql } from 'kysely'

type Text = 'name' | 'description'

/** A part of one of these texts, folded. */
export interface Sought {
  readonly texts: readonly Text[]
  readonly part: string
}

/** A text as searches compare it: in lower case. The index of parts ends a text where it has a zero. */
export function fold(text: string): string {
  return text.toLowerCase().replaceAll('\0', '\u{fffd}')
}

/** What a filter seeks. */
export function soughtIn(filter: {
  readonly search?: boolean
  readonly name?: string
  readonly description?: string
  /** In either. */
  readonly text?: string
}): Sought[] {
  const sought = [
    { texts: ['name', 'description'] as const, part: filter.text },
    { texts: ['name'] as const, part: filter.search ? filter.name : undefined },
    { texts: ['description'] as const, part: filter.search ? filter.description : undefined },
  ]
  return sought.flatMap(({ texts, part }) =>
    part === undefined ? [] : [{ texts, part: fold(part) }],
  )
}

/** The question to the index of parts, which knows parts of three characters and more; null where all are shorter. */
export function gramsOf(sought: readonly Sought[]): string | null {
  const known = sought.filter(({ part }) => /.{3}/su.test(part))
  if (known.length === 0) return null
  return known
    .map(({ texts, part }) => `({${texts.join(' ')}} : "${part.replaceAll('"', '""')}")`)
    .join(' AND ')
}

/** Whether a work is among those that the index of parts answers. */
export function hasGrams(grams: string): Expression<SqlBool> {
  return sql<SqlBool>`work.id in (select work_id from work_text
    where id in (select rowid from work_gram where work_gram match ${grams}))`
}

/** Whether a work has a part, by looking. */
export function hasPart({ texts, part }: Sought): Expression<SqlBool> {
  const looks = texts.map(
    (text) => sql<SqlBool>`instr(${sql.ref(`work.${text}_folded`)}, ${part}) > 0`,
  )
  return sql<SqlBool>`(${sql.join(looks, sql` or `)})`
}
