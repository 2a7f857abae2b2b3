/**
 * Retrieval in which the host does not see which row is wanted: for each value the guest names candidates among the rows of
 * the host and gets the entry of one by oblivious transfer (`../../compute/crypto/hauck-ot.ts`).
 *
 *     guest ◄─ ids ─► host                      `id-values.ts`
 *     guest ── sir_wanted ──► host              how many values
 *     guest ◄── sir_offer ─── host              the form of entries, the transfers' point
 *     guest ── sir_choices ─► host              candidates and a point for each value
 *     guest ◄── sir_values ── host              the entries of all candidates, sealed
 *
 * An entry is sealed under its key of the transfer and the secret of its id, so that a guest which names rows whose ids it
 * never asked for cannot open them.
 * @module
 */
import { z } from 'zod'

import { concatBytes } from '../../compute/crypto/bytes.ts'
import {
  chooseKeys,
  drawSender,
  TRANSFER_BYTES,
  type TransferSender,
} from '../../compute/crypto/hauck-ot.ts'
import { openSealed, SEAL_BYTES } from '../../compute/crypto/sealed-transfer.ts'
import type { Disclosure } from '../../federation/channel.ts'
import { blob, type ByteRows, json, parts, rows, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { Meeting } from '../psi/protocol.ts'
import { spread } from '../psi/spread.ts'
import { checkCandidates, drawCandidates } from './candidates.ts'
import {
  type CellColumn,
  type EntryForm,
  formOf,
  leastWidth,
  readEntry,
  WIDEST,
  writeEntry,
} from './entries.ts'
import { answerIds, askIds, ID_MESSAGES, type Listed, secretAt } from './id-values.ts'

/** What is sent. */
export const HIDDEN_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ID_MESSAGES,
  sir_wanted: {
    kind: 'aggregate',
    from: ['guest'],
    to: ['host'],
    reveals: 'How many ids both have.',
  },
  sir_offer: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      'Which target columns are numbers and which are texts, and how many bytes the longest row of ' +
      'them has; a point of a fresh secret.',
  },
  sir_choices: {
    kind: 'blinded',
    from: ['guest'],
    to: ['host'],
    reveals:
      'For each value the rows of the host among which the wanted one is, as many as security_level ' +
      'says or all; not which of them. Who expects one row more than another still does, and several ' +
      'retrievals of the same row can be intersected.',
  },
  sir_values: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals:
      'For each value the target columns of the one row that the guest chose and has the id of; the ' +
      'other candidates stay under keys that it cannot compute.',
  },
}

/** Values in one message; entries in it and their bytes, unless one value has more. */
const VALUES = 256
const BATCH = 8192
const BATCH_BYTES = 4 * 1024 * 1024

const WANTED = z.int().nonnegative()
const FORM = z.object({
  types: z.enum(['number', 'text']).array().min(1).max(1000),
  width: z.int().min(1).max(WIDEST),
})
const OFFER = parts<{ form: unknown; point: Uint8Array }>({ form: json, point: blob })
const CHOICES = parts<{ places: Uint32Array; points: ByteRows }>({ places: uint32s, points: rows })

/** What the guest ends with. */
export interface Retrieved {
  readonly form: EntryForm
  /** Cells by the guest's rows, for those that the host has. */
  readonly cells: ReadonlyMap<number, readonly (number | string)[]>
  /** Candidates that each value had. */
  readonly blocks: number
}

/** The guest's side: values of `columns` columns for its ids, each hidden among `blocks` rows or all that the host has. */
export async function retrieve(
  context: TaskContext,
  ids: readonly string[],
  place: Meeting & { readonly blocks: number; readonly columns: number },
): Promise<Retrieved> {
  const { channel, signal, random } = context
  const { peer } = place
  const { wanted, length } = await askIds(context, ids, place)
  const count = Math.min(place.blocks, length)
  if (count < 2) throw tooFew(peer)
  await channel.send(peer, 'sir_wanted', json.encode(wanted.length))
  const offer = OFFER.decode(await channel.receive(peer, 'sir_offer'))
  const form = readForm(offer.form, place)
  const cells = new Map<number, (number | string)[]>()
  const batch = batchOf(count, form.width)
  for (let first = 0; first < wanted.length; first += batch) {
    signal.throwIfAborted()
    const some = wanted.slice(first, first + batch)
    const drawn = some.map(({ place: target }) =>
      drawCandidates(target, { count, length, random: (bytes) => random(bytes) }),
    )
    const { points, keys } = chooseKeys(
      Uint32Array.from(drawn, ({ choice }) => choice),
      { first, of: count, point: offer.point, random: (bytes) => random(bytes) },
    )
    const places = new Uint32Array(some.length * count)
    for (const [i, each] of drawn.entries()) places.set(each.places, i * count)
    const message = { places, points: { width: TRANSFER_BYTES, data: points } }
    await channel.send(peer, 'sir_choices', CHOICES.encode(message))

    const size = form.width + SEAL_BYTES
    const sealed = rows.decode(await channel.receive(peer, 'sir_values'))
    if (sealed.width !== size || sealed.data.length !== places.length * size) {
      throw new RangeError(`${peer} sent other entries than were asked for`)
    }
    for (const [i, { row, secret }] of some.entries()) {
      const at = (i * count + drawn[i].choice) * size
      const key = keys.subarray(TRANSFER_BYTES * i, TRANSFER_BYTES * (i + 1))
      const entry = await openSealed(sealed.data.subarray(at, at + size), { key, secret })
      cells.set(row, readEntry(entry, form.types))
    }
    place.done(some.length)
  }
  return { form, cells, blocks: count }
}

/** What the host ends with. */
export interface Served {
  /** Values that the guest asked for. */
  readonly count: number
  readonly blocks: number
}

/** The host's side, for a guest that has announced `rows` ids. */
export async function serve(
  context: TaskContext,
  table: { readonly ids: readonly string[]; readonly columns: readonly CellColumn[] },
  place: Meeting & { readonly blocks: number; readonly rows: number },
): Promise<Served> {
  const { channel, signal } = context
  const { peer } = place
  const form = formOf(table.columns)
  const { length } = table.ids
  const count = Math.min(place.blocks, length)
  if (count < 2) throw tooFew(channel.self)
  const listed = await answerIds(context, table.ids, place)
  const told = WANTED.safeParse(json.decode(await channel.receive(peer, 'sir_wanted')))
  if (!told.success || told.data > Math.min(place.rows, length)) {
    throw new RangeError(`${peer} wants a number of values that cannot be`)
  }
  const sender = drawSender((bytes) => context.random(bytes))
  await channel.send(peer, 'sir_offer', OFFER.encode({ form, point: sender.point }))
  const batch = batchOf(count, form.width)
  for (let first = 0; first < told.data; first += batch) {
    signal.throwIfAborted()
    const { places, points } = CHOICES.decode(await channel.receive(peer, 'sir_choices'))
    const transfers = Math.min(batch, told.data - first)
    const size = transfers * TRANSFER_BYTES
    if (
      points.width !== TRANSFER_BYTES ||
      points.data.length !== size ||
      places.length !== transfers * count
    ) {
      throw new RangeError(`${peer} sent other choices than it announced`)
    }
    checkCandidates(places, { count, length })
    const data = await seal(context, {
      places,
      points: points.data,
      first,
      count,
      sender,
      listed,
      form,
      columns: table.columns,
    })
    await channel.send(peer, 'sir_values', rows.encode({ width: form.width + SEAL_BYTES, data }))
    place.done(transfers)
  }
  return { count: told.data, blocks: count }
}

interface SealOptions {
  readonly places: Uint32Array
  readonly points: Uint8Array
  readonly first: number
  /** Candidates of each transfer. */
  readonly count: number
  readonly sender: TransferSender
  readonly listed: Listed
  readonly form: EntryForm
  readonly columns: readonly CellColumn[]
}

/** The entries at `places`, sealed on all cores. */
async function seal(context: TaskContext, options: SealOptions): Promise<Uint8Array> {
  const { places, points, first, count, sender, listed, form, columns } = options
  const { parallel, signal } = context
  const results = await spread(parallel, 'transfer.seal', {
    count: points.length / TRANSFER_BYTES,
    signal,
    call(from, until) {
      const asked = [...places.subarray(from * count, until * count)]
      return {
        ...sender,
        first: first + from,
        of: count,
        width: form.width,
        points: points.slice(from * TRANSFER_BYTES, until * TRANSFER_BYTES),
        entries: concatBytes(asked.map((at) => writeEntry(columns, listed.rows[at], form.width))),
        secrets: concatBytes(asked.map((at) => secretAt(listed.secrets, at))),
      }
    },
  })
  return concatBytes(results)
}

/** Reads what a host says of its entries; `columns` of them were asked for. */
export function readForm(
  value: unknown,
  { peer, columns }: Pick<Meeting, 'peer'> & { readonly columns: number },
): EntryForm {
  const form = FORM.safeParse(value)
  if (
    !form.success ||
    form.data.types.length !== columns ||
    form.data.width < leastWidth(form.data.types)
  ) {
    throw new RangeError(`${peer} offers other columns than were asked for`)
  }
  return form.data
}

/** Values in one message, the same at both sides. */
function batchOf(count: number, width: number): number {
  const entries = Math.min(BATCH, BATCH_BYTES / (width + SEAL_BYTES))
  return Math.max(1, Math.min(VALUES, Math.floor(entries / count)))
}

function tooFew(owner: string): Error {
  return new Error(
    `${owner} has fewer than two rows, so no row could hide which one is wanted; add rows, or set ` +
      'raw_retrieval where that need not be hidden',
  )
}
