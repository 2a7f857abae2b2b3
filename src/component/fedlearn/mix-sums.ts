import type { SchemeOptions } from '../../compute/crypto/additive.ts'
/**
 * Sums over the rows of nodes that the splits of a level part, as one party of MixGBoost knows them: of its own
 * derivatives in the clear, of others' encrypted under their keys.
 *
 * The value of a row in a common column is its owner's, else that of the first party that has both (`sourceOf`). That party
 * counts the row; where it is not the owner it adds up the owner's encrypted derivatives, and the owner opens the sums.
 * All of it then goes to the guest under masks that cancel, so that it learns sums over all parties.
 * @module
 */
import {
  cipherHistograms,
  type CipherRows,
  type GradientKey,
  sealHistograms,
} from '../../compute/crypto/gradient-vector.ts'
import type { BinnedColumn } from '../../compute/ml/tree/binning.ts'
import type { CommonColumn, MixSetup, OwnColumn } from './mix-setup.ts'
import { sourceOf } from './mix-setup.ts'

/** Numbers of each split: the sums of both derivatives, and the count of rows. */
export const MIX_LANES = 3

/** A node at one party. */
export interface MixLevelNode {
  readonly id: number
  readonly vertical: boolean
  /** Its rows here that are learnt from. */
  readonly rows: Uint32Array
  /** The common columns that are tried, by their number. */
  readonly common: readonly number[]
  /** The splits of own columns, in an order of this party's. */
  readonly order: Uint32Array
}

/** Where the blocks of a node's sums begin: common columns by number, then single parties. */
export interface MixBlocks {
  readonly common: readonly { readonly column: number; readonly from: number }[]
  readonly parties: readonly { readonly party: number; readonly from: number }[]
  readonly length: number
}

/** The blocks of a node; `widths` are numbers of splits of what each party alone has. */
export function blocksOf(
  { vertical, common }: Pick<MixLevelNode, 'vertical' | 'common'>,
  { columns, widths }: { columns: readonly CommonColumn[]; widths: readonly number[] },
): MixBlocks {
  let length = 0
  const take = (count: number) => (length += count) - count
  return {
    common: common.map((column) => ({ column, from: take(columns[column].bins) })),
    parties: vertical ? widths.map((width, party) => ({ party, from: take(width) })) : [],
    get length() {
      return length
    },
  }
}

/** How many splits columns allow: one a bin, the last of which parts what is known from what is not. */
export function widthOf(columns: readonly OwnColumn[]): number {
  return columns.reduce((sum, { binned }) => sum + binned.count, 0)
}

/** The sums of one node that need no key, split by split; `gradients` are 0 for rows of others. */
export function plainSums(
  node: MixLevelNode,
  from: {
    setup: MixSetup
    drawn: readonly OwnColumn[]
    widths: readonly number[]
    gradients: { g: Float64Array; h: Float64Array }
  },
): Float64Array {
  const { setup, drawn, widths, gradients } = from
  const { self } = setup.parties
  const blocks = blocksOf(node, { columns: setup.common, widths })
  const sums = new Float64Array(blocks.length * MIX_LANES)
  for (const { column, from: start } of blocks.common) {
    const common = setup.common[column]
    if (!common.own) continue
    const rows = node.rows.filter((row) => sourceAt(setup, common, row) === self)
    add(common.own.binned, rows, (bin) => start + bin)
  }
  const mine = blocks.parties.find(({ party }) => party === self)
  if (mine) {
    const places = new Uint32Array(node.order.length)
    node.order.forEach((split, at) => (places[split] = at))
    let base = 0
    for (const { binned } of drawn) {
      const first = base
      add(binned, node.rows, (bin) => mine.from + places[first + bin])
      base += binned.count
    }
  }
  return sums

  function add(binned: BinnedColumn, rows: Uint32Array, place: (bin: number) => number): void {
    const own = new Float64Array(binned.count * MIX_LANES)
    for (const row of rows) {
      const bin = binned.bins[row]
      if (bin === binned.count) continue
      own[bin * MIX_LANES] += gradients.g[row]
      own[bin * MIX_LANES + 1] += gradients.h[row]
      own[bin * MIX_LANES + 2]++
    }
    for (let lane = 0; lane < MIX_LANES; lane++) {
      let sum = 0
      for (let bin = 0; bin < binned.count; bin++) {
        sum += own[bin * MIX_LANES + lane]
        sums[place(bin) * MIX_LANES + lane] += sum
      }
    }
  }
}

/** Which splits of a node `party` adds up for `owner`, by their place among the node's. */
export function foreignSplits(
  node: Pick<MixLevelNode, 'vertical' | 'common'>,
  of: { setup: MixSetup; widths: readonly number[]; party: number; owner: number },
): number[] {
  const { setup, widths, party, owner } = of
  const blocks = blocksOf(node, { columns: setup.common, widths })
  const list = blocks.common.flatMap(({ column, from }) =>
    adds(setup.common[column], of)
      ? Array.from({ length: setup.common[column].bins }, (_, at) => from + at)
      : [],
  )
  const block = blocks.parties.find((one) => one.party === party)
  if (!block) return list
  return [...list, ...Array.from({ length: widths[party] }, (_, at) => block.from + at)]

  function adds({ holders }: CommonColumn, who: { party: number; owner: number }): boolean {
    return holders.includes(who.party) && !holders.includes(who.owner) && party !== owner
  }
}

/** Encrypted sums for `owner` of the splits that `foreignSplits` lists, of the nodes that share rows with it. */
export async function sealForeign(
  key: GradientKey,
  from: {
    setup: MixSetup
    drawn: readonly OwnColumn[]
    nodes: readonly MixLevelNode[]
    owner: number
    /** The owner's ciphertexts, and where a row's is. */
    ciphertexts: Uint8Array
    at: Int32Array
  },
  options: SchemeOptions,
): Promise<{ counts: Uint32Array; data: Uint8Array }> {
  const { setup, drawn, nodes, owner, ciphertexts, at } = from
  const { self } = setup.parties
  const sealed = new Map<number, Uint8Array>()
  const counts = new Map<number, number>()
  // Columns that a level does not try must not be added up for it.
  for (const vertical of [true, false]) {
    const group = nodes.filter((node) => node.vertical === vertical)
    if (group.length === 0) continue
    const common = setup.common.flatMap((one, column) =>
      one.own && !one.holders.includes(owner) ? [{ column, one, own: one.own }] : [],
    )
    const own = vertical ? drawn : []
    const columns = [
      ...common.map(({ own: { binned } }) => binned),
      ...own.map(({ binned }) => binned),
    ]
    const widths = Uint32Array.from(columns, ({ count }) => count + 1)
    const list = group.map((node): CipherRows => {
      const rows = node.rows.filter((row) => setup.rows.owner[row] === owner)
      return {
        rows: Uint32Array.from(rows, (row) => at[row]),
        bins: [
          ...common.map(({ one, own: { binned } }) =>
            // What is not for this party to say is as good as missing.
            Uint16Array.from(rows, (row) =>
              sourceAt(setup, one, row) === self ? binned.bins[row] : binned.count,
            ),
          ),
          ...own.map(({ binned }) => Uint16Array.from(rows, (row) => binned.bins[row])),
        ],
      }
    })
    const histograms = await cipherHistograms(key, { ciphertexts, widths, list }, options)
    const firsts = firstCuts(columns)
    const ready = group.map((node, index) => {
      const picks = common.flatMap(({ column, own: { binned } }, place) =>
        node.common.includes(column)
          ? Array.from({ length: binned.count }, (_, bin) => firsts[place] + 2 * bin)
          : [],
      )
      const cuts = own.flatMap(({ binned }, place) =>
        Array.from({ length: binned.count }, (_, bin) => firsts[common.length + place] + 2 * bin),
      )
      if (vertical) for (const split of node.order) picks.push(cuts[split])
      return { histogram: histograms[index], picks: Uint32Array.from(picks) }
    })
    const missing = new Uint8Array(columns.length).fill(1)
    const parts = await sealHistograms(
      key,
      { widths, missing, nodes: ready, compress: true },
      options,
    )
    group.forEach(({ id }, index) => {
      sealed.set(id, parts[index])
      counts.set(id, ready[index].picks.length)
    })
  }
  const list = nodes.map(({ id }) => sealed.get(id) ?? new Uint8Array(0))
  const data = new Uint8Array(list.reduce((sum, each) => sum + each.length, 0))
  let to = 0
  for (const each of list) {
    data.set(each, to)
    to += each.length
  }
  return { counts: Uint32Array.from(nodes, ({ id }) => counts.get(id) ?? 0), data }
}

/** The first cut of every column, of which each bin but the last has two (`compute/ml/tree/candidate.ts`). */
function firstCuts(columns: readonly BinnedColumn[]): number[] {
  let from = 0
  return columns.map(({ count }) => (from += 2 * count - 1) - (2 * count - 1))
}

function sourceAt({ rows }: MixSetup, column: CommonColumn, row: number): number | undefined {
  return sourceOf(column, { held: rows.held[row], owner: rows.owner[row] })
}
