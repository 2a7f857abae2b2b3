/**
 * What the parties of MixGBoost know of each other's columns and rows before they learn: which columns several have, and
 * who has which row and its label.
 * @module
 */
import { digestId } from '../../compute/crypto/id-digest.ts'
import { column, features, type Frame, label } from '../../compute/ml/frame.ts'
import { createRng } from '../../compute/ml/rng.ts'
import { binColumn, type BinnedColumn, quantileThresholds } from '../../compute/ml/tree/binning.ts'
import { address, type Address } from '../../federation/channel.ts'
import { blob, floats, json } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import type { MixGBoostParam } from './mix-param.ts'
import { holderColumn, NUMBER_COLUMN, TOTAL_COLUMN } from './mixed-match.ts'

type Context = TaskContext<MixGBoostParam>

/** All parties in their order, the guest first. */
export interface MixParties {
  readonly self: number
  readonly addresses: readonly Address[]
  /** Whether a party has labels. */
  readonly labels: readonly boolean[]
}

/** A column that several parties have. */
export interface CommonColumn {
  readonly id: string
  /** Positions of the parties that have it, rising. */
  readonly holders: readonly number[]
  readonly bins: number
  /** The party's own values, where it has it. */
  readonly own: OwnColumn | undefined
}

/** A column of this party in bins. */
export interface OwnColumn {
  readonly name: string
  readonly binned: BinnedColumn
}

/** This party's rows that somebody has a label of, by the number that all holders know. */
export interface MixRows {
  /** Rows of the party's table. */
  readonly places: Uint32Array
  /** Who has each: bit i for the party at position i. */
  readonly held: Uint32Array
  /** Whose label of it counts. */
  readonly owner: Uint8Array
  /** 1 for rows that are learnt from. */
  readonly learnt: Uint8Array
  /** Labels of the rows that this party owns, else 0. */
  readonly labels: Float64Array
  /** Different rows at all parties. */
  readonly total: number
}

/** All of it. */
export interface MixSetup {
  readonly parties: MixParties
  readonly rows: MixRows
  readonly common: readonly CommonColumn[]
  /** Columns that nobody else has. */
  readonly alone: readonly OwnColumn[]
  /** Of each party whether it has a column that another one, by position, has not. */
  brings(party: number, other: number): boolean
}

const RULE = { useMissing: true, zeroAsMissing: false }

/** Meets the other parties over the columns of `frame` and the rows that were matched. */
export async function setUp(
  context: Context,
  { frame, matched }: { frame: Frame; matched: Frame },
): Promise<MixSetup> {
  const { members, channel, params } = context
  const addresses = [
    ...(members.guest ?? []).map((party) => address('guest', party)),
    ...(members.host ?? []).map((party) => address('host', party)),
  ]
  const self = addresses.indexOf(channel.self)
  const own = features(frame)
  const headers = await exchange(context, {
    addresses,
    names: own.map(({ name }) => name),
    labelled: frame.labelName !== undefined,
  })
  const parties: MixParties = { self, addresses, labels: headers.map(({ labels }) => labels) }
  if (!parties.labels.includes(true)) throw new Error('No party has a label column')
  const rows = rowsOf(context, { frame, matched, parties })
  const values = own.map(({ values: all }) => Float64Array.from(rows.places, (row) => all[row]))
  for (const [at, list] of values.entries()) {
    if (list.some((value) => value === Infinity || value === -Infinity)) {
      throw new Error(`Column "${own[at].name}" of ${channel.self} has a value that is not finite`)
    }
  }
  const holdersOf = (id: string) =>
    headers.flatMap(({ columns }, party) => (columns.includes(id) ? [party] : []))
  const ids = headers[self].columns
  const shared = [...new Set(headers.flatMap(({ columns }) => columns))]
    .toSorted()
    .filter((id) => holdersOf(id).length > 1)
  const common: CommonColumn[] = []
  for (const id of shared) {
    const at = ids.indexOf(id)
    const holders = holdersOf(id)
    const cuts =
      at < 0 ? undefined : quantileThresholds(values[at], { most: params.maxBinNum, rule: RULE })
    const agreed = await agree(context, { parties, holders, cuts })
    const binned =
      at < 0 || !agreed.thresholds ? undefined : binColumn(values[at], agreed.thresholds, RULE)
    common.push({
      id,
      holders,
      bins: agreed.bins,
      own: binned && { name: own[at].name, binned },
    })
  }
  const alone = own.flatMap(({ name }, at): OwnColumn[] => {
    if (shared.includes(ids[at])) return []
    const thresholds = quantileThresholds(values[at], { most: params.maxBinNum, rule: RULE })
    return [{ name, binned: binColumn(values[at], thresholds, RULE) }]
  })
  return {
    parties,
    rows,
    common,
    alone,
    brings: (party, other) =>
      headers[party].columns.some((id) => !headers[other].columns.includes(id)),
  }
}

/** Whose value of a common column counts for a row: its owner's, else that of the first holder; undefined for nobody's. */
export function sourceOf(
  { holders }: CommonColumn,
  { held, owner }: { held: number; owner: number },
): number | undefined {
  if (holders.includes(owner)) return owner
  return holders.find((party) => (held >> party) & 1)
}

interface Header {
  readonly labels: boolean
  readonly columns: readonly string[]
}

async function exchange(
  context: Context,
  own: { addresses: readonly Address[]; names: readonly string[]; labelled: boolean },
): Promise<Header[]> {
  const { channel } = context
  const { addresses, names, labelled } = own
  const [guest, ...hosts] = addresses
  const key = channel.self === guest ? context.random(32) : undefined
  for (const host of key ? hosts : [])
    await channel.send(host, 'mix_key', blob.encode(key as Uint8Array))
  const salt = key ?? blob.decode(await channel.receive(guest, 'mix_key'))
  const text = Array.from(salt, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const columns = names.map((name) =>
    digestId(name, { method: 'sha256', salt: text, base64: false }),
  )
  const header: Header = { labels: labelled, columns }
  const others = addresses.filter((to) => to !== channel.self)
  for (const to of others) await channel.send(to, 'mix_header', json.encode(header))
  const headers: Header[] = []
  for (const from of addresses) {
    headers.push(
      from === channel.self
        ? header
        : readHeader(json.decode(await channel.receive(from, 'mix_header')), from),
    )
  }
  return headers
}

function readHeader(value: unknown, from: Address): Header {
  const { labels, columns } = (value ?? {}) as Partial<Header>
  if (typeof labels === 'boolean' && Array.isArray(columns)) return { labels, columns }
  throw new Error(`${from} sent a malformed mix_header`)
}

/** The thresholds of a common column, which its first holder makes of those of all; others learn how many bins it has. */
async function agree(
  context: Context,
  {
    parties,
    holders,
    cuts,
  }: { parties: MixParties; holders: readonly number[]; cuts: Float64Array | undefined },
): Promise<{ bins: number; thresholds: Float64Array | undefined }> {
  const { channel, params } = context
  const { self, addresses } = parties
  const [lead, ...rest] = holders
  const outside = addresses.filter((_, party) => !holders.includes(party))
  if (self === lead) {
    const all = [...(cuts ?? [])]
    for (const party of rest) {
      all.push(...floats.decode(await channel.receive(addresses[party], 'mix_cuts')))
    }
    const thresholds = merged(all, params.maxBinNum)
    for (const party of rest) {
      await channel.send(addresses[party], 'mix_bounds', floats.encode(thresholds))
    }
    for (const to of outside) {
      await channel.send(to, 'mix_bins', json.encode(thresholds.length + 1))
    }
    return { bins: thresholds.length + 1, thresholds }
  }
  if (cuts) {
    await channel.send(addresses[lead], 'mix_cuts', floats.encode(cuts))
    const thresholds = floats.decode(await channel.receive(addresses[lead], 'mix_bounds'))
    return { bins: thresholds.length + 1, thresholds: thresholds.slice() }
  }
  const bins = json.decode(await channel.receive(addresses[lead], 'mix_bins'))
  if (Number.isInteger(bins) && Number(bins) >= 1 && Number(bins) <= params.maxBinNum)
    return { bins: Number(bins), thresholds: undefined }
  throw new Error(`${addresses[lead]} sent malformed mix_bins`)
}

function merged(cuts: readonly number[], most: number): Float64Array {
  const sorted = Float64Array.from(cuts).sort()
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1])
  if (distinct.length < most) return distinct
  const picked = Array.from(
    { length: most - 1 },
    (_, at) => sorted[Math.floor(((at + 0.5) * sorted.length) / (most - 1))],
  )
  return Float64Array.from(new Set(picked))
}

function rowsOf(
  context: Context,
  { frame, matched, parties }: { frame: Frame; matched: Frame; parties: MixParties },
): MixRows {
  const { members, params, channel } = context
  const numbersOf = (name: string) => column(matched, name).values as Float64Array
  const at = new Map(matched.ids.map((id, row) => [id, row]))
  const numbers = numbersOf(NUMBER_COLUMN)
  const holders = [...(members.guest ?? []), ...(members.host ?? [])].map((party) =>
    numbersOf(holderColumn(party)),
  )
  const total = matched.ids.length === 0 ? 0 : numbersOf(TOTAL_COLUMN)[0]
  const share = params.crossValidation
  const whole = share === 0 || share === 1
  const order = createRng(params.seed).shuffle([...Array(total).keys()])
  const train = new Set(whole ? order : order.slice(0, Math.max(1, Math.round(share * total))))
  const labels = label(frame)
  const found = frame.ids.flatMap((id, row) => {
    const place = at.get(id)
    if (place === undefined) return []
    const held = holders.reduce((bits, list, party) => bits | (list[place] << party), 0)
    const owner = parties.labels.findIndex((has, party) => has && ((held >> party) & 1) === 1)
    return owner < 0 ? [] : [{ row, held, owner, number: numbers[place] }]
  })
  found.sort((a, b) => a.number - b.number)
  const rows: MixRows = {
    places: Uint32Array.from(found, ({ row }) => row),
    held: Uint32Array.from(found, ({ held }) => held),
    owner: Uint8Array.from(found, ({ owner }) => owner),
    learnt: Uint8Array.from(found, ({ number }) => (train.has(number) ? 1 : 0)),
    labels: Float64Array.from(found, ({ row, owner }) =>
      owner === parties.self && labels ? labels[row] : 0,
    ),
    total,
  }
  if (rows.labels.every(Number.isFinite)) return rows
  throw new Error(`The label column of ${channel.self} lacks a number in some row`)
}
