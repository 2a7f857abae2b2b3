/**
 * What the forms for jobs have in common: their fields as texts, and the tables that they name.
 * @module
 */
import { tableKey } from '../../views/job/new.tsx'
import type { DataTable } from '../domain/table.ts'

/** The fields of a form that are texts. */
export function textsOf(form: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}

/** The table that a form means. */
export function findByKey(tables: readonly DataTable[], key: string): DataTable | undefined {
  return tables.find((table) => tableKey(table) === key)
}

/** Choices that fit the tables there are: the newest one with a label is likely the guest's. */
export function guessTables(
  tables: readonly DataTable[],
  otherwise: { readonly guest: string; readonly host: string },
): { guestTable: string; hostTable: string; guest: string; host: string } {
  const guest = tables.find((table) => table.columns.includes('y'))
  const host = tables.find((table) => table !== guest && !table.columns.includes('y'))
  return {
    guestTable: guest ? tableKey(guest) : '',
    hostTable: host ? tableKey(host) : '',
    guest: guest?.party ?? otherwise.guest,
    host: host?.party ?? otherwise.host,
  }
}
