/**
 * Makes sure that guest and hosts speak of the same rows in the same order, without either side's ids leaving it.
 *
 * Both sort their rows by id. The guest draws a key that only the data parties learn; each host sends the HMAC of its
 * sorted ids under that key and the guest compares it with its own.
 * @module
 */
import { features, type Frame } from '../../compute/ml/frame.ts'
import { fromColumns, type Matrix } from '../../compute/ml/matrix.ts'
import { compareText } from '../../compute/text.ts'
import { address, type Address, type Disclosure } from '../../federation/channel.ts'
import { blob, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { PrivateFault } from '../private-fault.ts'

/** The messages of an alignment, to be declared by a component that aligns rows. */
export const ALIGNMENT_MESSAGES = {
  row_key: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'A random key, drawn for this task, under which both sides digest their ids.',
  },
  row_digest: {
    kind: 'blinded',
    from: ['host'],
    to: ['guest'],
    reveals:
      "The host's numbers of rows and columns, and a keyed digest of all its ids together that tells the guest " +
      'whether they are exactly its own; no single id can be tested.',
  },
  row_verdict: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: "The guest's number of rows, and whether both sides have the same ids.",
  },
} as const satisfies Readonly<Record<string, Disclosure>>

/** Rows in the order of their ids. */
export interface SortedRows {
  /** `order[i]` is the row of the frame that comes i-th. */
  readonly order: Uint32Array
  readonly ids: readonly string[]
}

/** The rows of `frame` by rising id (Unicode code points). Throws when an id occurs twice or there is no row. */
export function sortRows(frame: Frame, owner: string): SortedRows {
  const order = Uint32Array.from(frame.ids, (_, row) => row)
  order.sort((a, b) => compareText(frame.ids[a], frame.ids[b]) || a - b)
  const ids = Array.from(order, (row) => frame.ids[row])
  if (ids.length === 0) throw new Error(`The table of ${owner} has no rows`)
  for (let at = 1; at < ids.length; at++) {
    if (ids[at] !== ids[at - 1]) continue
    throw new PrivateFault(
      `The table of ${owner} has the id "${ids[at]}" more than once: ids must be unique`,
      `The table of ${owner} has an id more than once: ids must be unique`,
    )
  }
  return { order, ids }
}

/** The feature columns `names` of `frame` with the rows in `order`. Throws for a missing column or value. */
export function featureMatrix(
  frame: Frame,
  options: { names: readonly string[]; order: Uint32Array; owner: string },
): Matrix {
  const { names, order, owner } = options
  const found = new Map(features(frame).map(({ name, values }) => [name, values]))
  const columns = names.map((name) => {
    const values = found.get(name)
    if (!values) {
      const have = [...found.keys()].join(', ') || 'none'
      throw new Error(`The table of ${owner} has no numeric column "${name}"; it has ${have}`)
    }
    const sorted = Float64Array.from(order, (row) => values[row])
    const bad = sorted.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) {
      throw new PrivateFault(
        `The table of ${owner} has no number in column "${name}" of row "${frame.ids[order[bad]]}": ` +
          'let DataIO fill missing values',
        `The table of ${owner} lacks numbers in a column: let DataIO fill missing values`,
      )
    }
    return sorted
  })
  return fromColumns(columns, order.length)
}

/** How many feature columns each host has, in the order of the hosts. */
export type HostWidths = readonly number[]

/** The guest's side: throws unless every host has exactly its rows, which is so of those that are asked for online. */
export async function alignGuest(
  context: TaskContext,
  ids: readonly string[],
): Promise<HostWidths> {
  if (context.online) return []
  const { channel } = context
  const hosts = hostsOf(context)
  const key = context.random(32)
  const own = await digest(key, ids)
  for (const host of hosts) await channel.send(host, 'row_key', blob.encode(key))
  const claims = []
  for (const host of hosts) {
    claims.push(readClaim(json.decode(await channel.receive(host, 'row_digest')), host))
  }
  const verdicts = claims.map((claim) => claim.rows === ids.length && claim.digest === own)
  for (const [at, host] of hosts.entries()) {
    const verdict = { rows: ids.length, same: verdicts[at] }
    await channel.send(host, 'row_verdict', json.encode(verdict))
  }
  const bad = verdicts.indexOf(false)
  if (bad >= 0) throw rowsDiffer(ids.length, claims[bad].rows)
  return claims.map((claim) => claim.columns)
}

/** A host's side: throws unless the guest has exactly its rows, which is so of those that are asked for online. */
export async function alignHost(
  context: TaskContext,
  rows: { ids: readonly string[]; columns: number },
): Promise<void> {
  if (context.online) return
  const { channel } = context
  const guest = guestOf(context)
  const { ids, columns } = rows
  const key = blob.decode(await channel.receive(guest, 'row_key'))
  const claim = { rows: ids.length, columns, digest: await digest(key, ids) }
  await channel.send(guest, 'row_digest', json.encode(claim))
  const verdict = json.decode(await channel.receive(guest, 'row_verdict'))
  if (!isRecord(verdict) || typeof verdict.rows !== 'number') {
    throw new Error(`${guest} sent a malformed row_verdict`)
  }
  if (verdict.same !== true) throw rowsDiffer(verdict.rows, ids.length)
}

/** The addresses of all hosts of a task, in their order. */
export function hostsOf({ members }: Pick<TaskContext, 'members'>): Address[] {
  return (members.host ?? []).map((party) => address('host', party))
}

/** The address of the one guest of a task. */
export function guestOf({ members }: Pick<TaskContext, 'members'>): Address {
  return onlyOne(members, 'guest')
}

/** The address of the one arbiter of a task. */
export function arbiterOf({ members }: Pick<TaskContext, 'members'>): Address {
  return onlyOne(members, 'arbiter')
}

function onlyOne(members: TaskContext['members'], role: 'guest' | 'arbiter'): Address {
  const parties = members[role] ?? []
  if (parties.length === 1) return address(role, parties[0])
  throw new Error(`Exactly one ${role} is needed, the job has ${parties.length}`)
}

function rowsDiffer(guest: number, host: number): Error {
  const counts = guest === host ? `${guest} rows each, with other ids` : `${guest} and ${host} rows`
  return new Error(`guest and host rows differ (${counts}): run Intersection first`)
}

/** HMAC-SHA-256 of the ids, each after its length, so that no two lists have one text. */
async function digest(key: Uint8Array, ids: readonly string[]): Promise<string> {
  const text = ids.map((id) => `${id.length}:${id}`).join(',')
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key.slice(), algorithm, false, ['sign'])
  const mac = await crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(text))
  return Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function readClaim(
  value: unknown,
  host: Address,
): { rows: number; columns: number; digest: string } {
  if (isRecord(value)) {
    const { rows, columns, digest: text } = value
    if (typeof rows === 'number' && typeof columns === 'number' && typeof text === 'string') {
      return { rows, columns, digest: text }
    }
  }
  throw new Error(`${host} sent a malformed row_digest`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
