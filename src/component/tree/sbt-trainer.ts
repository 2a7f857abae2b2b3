/**
 * A host of HeteroSecureBoost while trees grow: encrypted histograms, offers, and the splits that were taken.
 * @module
 */
import {
  blocksOf,
  outputHistograms,
  type OutputHistogram,
  sealOutputs,
  subtractOutputs,
} from '../../compute/crypto/gradient-outputs.ts'
import {
  checkCiphers,
  type CipherRows,
  type GradientKey,
} from '../../compute/crypto/gradient-vector.ts'
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import { binColumns } from '../../compute/ml/tree/binning.ts'
import {
  type BinLayout,
  evenCuts,
  goesLeft,
  layOutBins,
  leftSums,
} from '../../compute/ml/tree/candidate.ts'
import { featuresOf } from '../../compute/ml/tree/gbdt.ts'
import type { GrowNode } from '../../compute/ml/tree/grow.ts'
import { planHistograms } from '../../compute/ml/tree/histogram.ts'
import { allRows } from '../../compute/ml/tree/sample.ts'
import { int32s, rows as rowsCodec, uint32s } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { guestOf } from '../linear/row-alignment.ts'
import { boostRule, type BoostingTreeParam } from './boosting-param.ts'
import { CANDIDATES, DIRECTIONS, type Order, packBits } from './sbt-messages.ts'
import type { HostSplit } from './sbt-model.ts'
import type { TreeTable } from './tree-inputs.ts'

type Context = TaskContext<BoostingTreeParam>

/** What a host does while trees grow. */
export interface Trainer {
  startTree(order: Extract<Order, { do: 'tree' }>): Promise<void>
  offerLevel(order: Extract<Order, { do: 'level' }>): Promise<void>
  divide(order: Extract<Order, { do: 'divide' }>): Promise<void>
}

/** Outputs of a tree at most, as many as there may be classes under EINI. */
const MOST_OUTPUTS = 2 ** 16

/** A node of the level, and what was offered for it: place i of the offer is cut `picks[i]`. */
interface OfferedNode extends GrowNode {
  picks: Uint32Array
}

/** A host's part in the growth of trees; splits that the guest takes are added to `splits`. */
export function createTrainer(
  context: Context,
  input: { key: GradientKey; train: TreeTable; splits: HostSplit[] },
): Trainer {
  const { channel, params, position, parallel, signal } = context
  const { key, train, splits } = input
  const guest = guestOf(context)
  const rule = boostRule(params)
  const options = { parallel, signal }
  const count = train.ids.length
  const columns = binColumns(train.columns, { most: rule.bins, rule: rule.missing })

  let tree = -1
  let used = allRows(0)
  /** Where a row's ciphertext is; -1 for rows that the tree does not learn from. */
  let places = new Int32Array(0)
  let ciphertexts = new Uint8Array(0)
  let outputs = 1
  let layout: BinLayout = layOutBins(columns, allRows(0))
  let histograms = new Map<number, OutputHistogram>()
  let level: OfferedNode[] = []

  /** Row counts by bin, of the rows that are learnt from. */
  function countBins(rows: Uint32Array): Float64Array {
    const counts = new Float64Array(layout.total)
    let base = 0
    layout.features.forEach((feature, index) => {
      const { bins } = columns[feature]
      for (const row of rows) counts[base + bins[row]]++
      base += layout.widths[index]
    })
    return counts
  }

  /** The cuts of a node that are worth sending, in an order that only this host knows. */
  function pickCuts({ used: rows }: GrowNode): Uint32Array {
    const counts = countBins(rows)
    const left = leftSums(layout, counts, 1)
    const even = rule.nodeBins === undefined ? undefined : evenCuts(layout, counts, rule.nodeBins)
    const kept: number[] = []
    let base = 0
    let at = 0
    layout.widths.forEach((width, index) => {
      const lost = layout.missing[index] ? counts[base + width - 1] : 0
      for (; at < layout.cuts.length; at++) {
        const { feature, bin, missingLeft } = layout.cuts[at]
        if (feature !== layout.features[index]) break
        // The cut before it, or the one without missing values, parts the same rows.
        const same = (bin > 0 && counts[base + bin] === 0) || (missingLeft && lost === 0)
        const fits = left[at] >= rule.minLeaf && rows.length - left[at] >= rule.minLeaf
        if (fits && !same && even?.[at] !== 0) kept.push(at)
      }
      base += width
    })
    return randomPermutation(kept.length, context.random).map((place) => kept[place])
  }

  async function buildHistograms(): Promise<void> {
    const builds = planHistograms(level, (id) => histograms.has(id))
    const list = builds.map(({ rows }): CipherRows => {
      const bins = Array.from(layout.features, (feature) => {
        const all = columns[feature].bins
        const own = new Uint16Array(rows.length)
        for (let at = 0; at < rows.length; at++) own[at] = all[rows[at]]
        return own
      })
      const own = new Uint32Array(rows.length)
      for (let at = 0; at < rows.length; at++) own[at] = places[rows[at]]
      return { rows: own, bins }
    })
    const blocks = blocksOf(key, outputs).length
    const input = { ciphertexts, blocks, widths: layout.widths, list }
    const built = await outputHistograms(key, input, options)
    const next = new Map<number, OutputHistogram>()
    for (const [at, { node, rest }] of builds.entries()) {
      if (node !== null) next.set(node, built[at])
      const whole = rest && histograms.get(rest.parent)
      if (!rest || !whole) continue
      next.set(rest.node, await subtractOutputs(key, { a: whole, b: built[at] }, options))
    }
    histograms = next
  }

  /** The columns that the tree sees. */
  function drawColumns({ columns: wanted }: Extract<Order, { do: 'tree' }>): Uint32Array {
    const width = columns.length
    if (wanted !== undefined && !(wanted >= 1 && wanted <= width)) {
      throw new Error(`${guest} asks for ${wanted} of ${width} columns`)
    }
    const rate = wanted === undefined ? rule.featureRate : wanted / width
    const draw = { featureRate: rate, seed: rule.seed }
    return featuresOf(width, { rule: draw, tree, party: position + 1 })
  }

  return {
    async startTree(order) {
      tree = order.tree
      outputs = order.outputs ?? 1
      if (!(Number.isInteger(outputs) && outputs >= 1 && outputs <= MOST_OUTPUTS)) {
        throw new Error(`${guest} speaks of a tree of ${outputs} outputs`)
      }
      const blocks = blocksOf(key, outputs).length
      // Of an earlier model that stopped early there are splits in trees that were not kept.
      while ((splits.at(-1)?.tree ?? -1) >= tree) splits.pop()
      used = order.sampled ? uint32s.decode(await channel.receive(guest, 'sample')) : allRows(count)
      if (order.ciphers !== 'kept') {
        const found = rowsCodec.decode(await channel.receive(guest, 'gradients'))
        if (found.width !== key.width) throw new Error(`${guest} sent malformed gradients`)
        checkCiphers(key, found.data, blocks * (order.ciphers === 'all' ? count : used.length))
        ciphertexts = found.data.slice()
      } else if (ciphertexts.length !== blocks * count * key.width) {
        throw new Error(`${guest} speaks of gradients that it has not sent`)
      }
      places = new Int32Array(count).fill(-1)
      used.forEach((row, at) => (places[row] = order.ciphers === undefined ? at : row))
      layout = layOutBins(columns, drawColumns(order))
      histograms = new Map()
      level = []
    },

    async offerLevel(order) {
      const where = int32s.decode(await channel.receive(guest, 'positions'))
      if (where.length !== count || where.some((at) => at >= order.nodes.length)) {
        throw new Error(`${guest} sent malformed positions`)
      }
      const lists = order.nodes.map((): number[] => [])
      where.forEach((at, row) => at >= 0 && lists[at].push(row))
      level = order.nodes.map((node, at) => {
        const rows = Uint32Array.from(lists[at])
        const learnt = rows.filter((row) => places[row] >= 0)
        const own = { ...node, rows, used: learnt, total: { g: 0, h: 0 } }
        return { ...own, picks: new Uint32Array(0) }
      })
      const open = level.filter((node) => node.open)
      for (const node of open) node.picks = pickCuts(node)
      await buildHistograms()
      const data = await sealOutputs(
        key,
        {
          outputs,
          widths: layout.widths,
          missing: Uint8Array.from(layout.missing, (each) => (each ? 1 : 0)),
          nodes: open.map(({ id, picks }) => {
            return { histogram: histograms.get(id) ?? [], picks }
          }),
          compress: params.cipher_compress,
        },
        options,
      )
      const counts = Uint32Array.from(open, ({ picks }) => picks.length)
      const message = { counts, sums: { width: key.width, data } }
      await channel.send(guest, 'candidates', CANDIDATES.encode(message))
    },

    async divide(order) {
      const keys: number[] = []
      const flags: Uint8Array[] = []
      for (const { node: id, ties, gain = null } of order.choices) {
        const node = level.find((each) => each.id === id)
        const cuts = ties.map((place) => node?.picks.at(place) ?? Number.NaN)
        // Of equally good ones the first in the order of columns and bins, which the guest does not know.
        const best = Math.min(...cuts)
        if (!node || !(best >= 0 && best < layout.cuts.length)) {
          throw new Error(`${guest} chose a split that was not offered`)
        }
        const cut = layout.cuts[best]
        const { bins, thresholds, count: last } = columns[cut.feature]
        keys.push(splits.length)
        const threshold = thresholds[cut.bin] ?? Infinity
        splits.push({ tree, node: id, ...cut, threshold, gain })
        flags.push(Uint8Array.from(node.rows, (row) => (goesLeft(bins[row], last, cut) ? 1 : 0)))
      }
      const joined = new Uint8Array(flags.reduce((sum, each) => sum + each.length, 0))
      let at = 0
      for (const each of flags) {
        joined.set(each, at)
        at += each.length
      }
      const message = { keys: Uint32Array.from(keys), bits: packBits(joined) }
      await channel.send(guest, 'directions', DIRECTIONS.encode(message))
    },
  }
}
