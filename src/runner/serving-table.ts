/**
 * A party's table in memory, to look rows up by id.
 * @module
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'

import { type Frame, takeRows } from '../compute/ml/frame.ts'
import type { ServingRow, ServingSpec } from '../domain/work.ts'
import { absent } from './absent.ts'
import { loadFrame } from './data/frame-store.ts'
import { tableLocation } from './data/path.ts'
import { CallRefused } from './serving-wire.ts'

/** How often a table is looked at for a newer upload, in milliseconds. */
const LOOK_MS = 1000

/** Rows by id. */
export interface RowSource {
  /** The rows of these ids in their order. Throws `CallRefused` for an id that is not there. */
  take(ids: readonly string[]): Promise<Frame>
  /** Rows as a caller has told them, over what is known of their ids. Throws `CallRefused` where that is not enough. */
  merge(rows: readonly ServingRow[]): Promise<Frame>
}

/** Reads the table; an upload that replaces it is noticed. Rejects where there is none. */
export async function openRows(
  dataDir: string,
  seat: { readonly role: string; readonly party: string },
  table: ServingSpec['table'],
): Promise<RowSource> {
  const who = `${seat.role} ${seat.party}`
  let known = table && (await readTable(dataDir, seat, table))
  let lookedAt = performance.now()

  async function current(): Promise<Known | null> {
    if (table === null || known === null) return null
    if (performance.now() - lookedAt < LOOK_MS) return known
    lookedAt = performance.now()
    // A table that was dropped meanwhile still answers until the service starts again.
    const changedAt = await changeOf(known.path)
    if (changedAt !== undefined && changedAt !== known.changedAt) {
      known = await readTable(dataDir, seat, table)
    }
    return known
  }

  return {
    async take(ids) {
      const found = await current()
      if (!found) throw new CallRefused({ code: 'invalid', message: `${who} has bound no table` })
      const places = ids.map((id) => {
        const place = found.places.get(id)
        if (place !== undefined) return place
        throw new CallRefused({
          code: 'not_found',
          message: `${who} has no row with the id "${id}"`,
        })
      })
      return takeRows(found.frame, places)
    },
    async merge(rows) {
      const found = await current()
      return mergeRows(rows, { found, who })
    },
  }
}

interface Known {
  readonly frame: Frame
  readonly places: ReadonlyMap<string, number>
  readonly path: string
  readonly changedAt: number | undefined
}

function mergeRows(
  rows: readonly ServingRow[],
  { found, who }: { found: Known | null; who: string },
): Frame {
  const cells = rows.map(({ id, features }) => {
    const place = found?.places.get(id)
    const kept = new Map<string, string>()
    if (found && place !== undefined) {
      for (const { name, values } of found.frame.columns) kept.set(name, String(values[place]))
    } else if (features === undefined) {
      const message = found
        ? `${who} has no row with the id "${id}": send its features`
        : `Row "${id}" has no features, and ${who} has bound no table to look them up: send "features"`
      throw new CallRefused({ code: found ? 'not_found' : 'invalid', message })
    }
    for (const [name, value] of Object.entries(features ?? {})) {
      kept.set(name, value === null ? '' : String(value))
    }
    return kept
  })
  const names = [...cells[0].keys()]
  const columns = names.map((name) => ({
    name,
    type: 'text' as const,
    values: cells.map((row) => {
      const text = row.get(name)
      if (text !== undefined && row.size === names.length) return text
      // The caller asks again one by one.
      throw new CallRefused({ code: 'invalid', message: 'The rows have different features' })
    }),
  }))
  return {
    kind: 'raw',
    idName: found?.frame.idName ?? 'id',
    ids: rows.map(({ id }) => id),
    columns,
  }
}

async function readTable(
  dataDir: string,
  seat: { readonly role: string; readonly party: string },
  table: { readonly namespace: string; readonly name: string },
): Promise<Known> {
  for (const party of [seat.party, null]) {
    const location = tableLocation({ ...table, party })
    const path = join(dataDir, location)
    const changedAt = await changeOf(path)
    const frame = await loadFrame(dataDir, location)
    if (!frame) continue
    const places = new Map(frame.ids.map((id, place) => [id, place]))
    return { frame, places, path, changedAt }
  }
  throw new Error(
    `Table ${table.namespace}.${table.name} is not in the data directory of party ${seat.party}: upload it there`,
  )
}

async function changeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(absent))?.mtimeMs
}
