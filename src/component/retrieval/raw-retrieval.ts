/**
 * Retrieval that hides nothing of what is wanted: the guest sends its ids, the host the values it has for them.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { type ByteRows, json, parts, rows, texts, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { Meeting } from '../psi/protocol.ts'
import { type CellColumn, formOf, readEntry, writeEntry } from './entries.ts'
import { readForm, type Retrieved, type Served } from './hidden-retrieval.ts'

/** What is sent. */
export const RAW_MESSAGES: Readonly<Record<string, Disclosure>> = {
  sir_raw_ids: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'All ids of the guest, in the order of its table; with raw_retrieval only.',
  },
  sir_raw_values: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      'The target columns of the rows whose ids the guest has; with raw_retrieval only, which sends ' +
      'them readable.',
  },
}

/** Ids in one message. */
const BATCH = 8192

const VALUES = parts<{ form: unknown; found: Uint32Array; entries: ByteRows }>({
  form: json,
  found: uint32s,
  entries: rows,
})

/** The guest's side. */
export async function retrieveRaw(
  { channel, signal }: TaskContext,
  ids: readonly string[],
  place: Meeting & { readonly columns: number },
): Promise<Retrieved> {
  const { peer } = place
  const cells = new Map<number, (number | string)[]>()
  let first = 0
  for (;;) {
    signal.throwIfAborted()
    const batch = ids.slice(first, first + BATCH)
    await channel.send(peer, 'sir_raw_ids', texts.encode(batch))
    const { form, found, entries } = VALUES.decode(await channel.receive(peer, 'sir_raw_values'))
    const { types, width } = readForm(form, place)
    if (
      entries.width !== width ||
      entries.data.length !== width * found.length ||
      found.some((row, i) => row >= batch.length || (i > 0 && row <= found[i - 1]))
    ) {
      throw new RangeError(`${peer} sent values that were not asked for`)
    }
    for (const [i, row] of found.entries()) {
      const entry = entries.data.subarray(width * i, width * (i + 1))
      cells.set(first + row, readEntry(entry, types))
    }
    place.done(batch.length)
    first += batch.length
    if (first >= ids.length) return { form: { types, width }, cells, blocks: 0 }
  }
}

/** The host's side, for a guest that has announced `rows` ids, at least one. */
export async function serveRaw(
  { channel, signal }: TaskContext,
  table: { readonly ids: readonly string[]; readonly columns: readonly CellColumn[] },
  place: Meeting & { readonly rows: number },
): Promise<Served> {
  const { peer } = place
  const form = formOf(table.columns)
  const rowOf = new Map(table.ids.map((id, row) => [id, row]))
  let count = 0
  for (let first = 0; first < place.rows; first += BATCH) {
    signal.throwIfAborted()
    const asked = texts.decode(await channel.receive(peer, 'sir_raw_ids'))
    if (asked.length !== Math.min(BATCH, place.rows - first)) {
      throw new RangeError(`${peer} sent another number of ids than it announced`)
    }
    const own = asked.map((id) => rowOf.get(id))
    const found = Uint32Array.from([...own.keys()].filter((at) => own[at] !== undefined))
    const data = new Uint8Array(form.width * found.length)
    for (const [i, at] of found.entries()) {
      data.set(writeEntry(table.columns, own[at] ?? 0, form.width), form.width * i)
    }
    const message = { form, found, entries: { width: form.width, data } }
    await channel.send(peer, 'sir_raw_values', VALUES.encode(message))
    count += found.length
    place.done(asked.length)
  }
  return { count, blocks: 0 }
}
