/**
 * One party of MixGBoost while trees grow: what every party does alike, the guest among them.
 * @module
 */
import {
  checkCiphers,
  encryptGradients,
  openHistograms,
} from '../../compute/crypto/gradient-vector.ts'
import { randomPermutation } from '../../compute/crypto/permutation.ts'
import { createRng } from '../../compute/ml/rng.ts'
import { type Exponents, quantise } from '../../compute/ml/tree/gradient.ts'
import { sampleOf } from '../../compute/ml/tree/sample.ts'
import { json, rows as rowsCodec } from '../../federation/codec.ts'
import type { TaskContext } from '../define.ts'
import { packBits, unpackBits } from '../tree/sbt-messages.ts'
import type { MixKeys } from './mix-exchange.ts'
import { MIX_BITS, MIX_CANDIDATES, type MixChoice, type MixNode } from './mix-messages.ts'
import type { MixSplit } from './mix-model.ts'
import type { MixGBoostParam } from './mix-param.ts'
import { type MixSetup, type OwnColumn, sourceOf } from './mix-setup.ts'
import { foreignSplits, type MixLevelNode, plainSums, sealForeign, widthOf } from './mix-sums.ts'

type Context = TaskContext<MixGBoostParam>

/** A party's part. */
export interface MixPeer {
  /** The node of every row in the tree that grows. */
  readonly at: Int32Array
  /** Begins a tree whose rows have these derivatives, which count at rows that this party owns. */
  startTree(
    tree: number,
    of: { derivatives: { g: Float64Array; h: Float64Array }; exponents: Exponents },
  ): Promise<void>
  /** Sums of the derivatives of all own rows that are learnt from, and their number. */
  totals(): Float64Array
  /** This party's share of the sums of a level, node after node; with the widths of all parties' blocks. */
  level(nodes: readonly MixNode[]): Promise<Float64Array>
  readonly nodes: readonly MixLevelNode[]
  readonly widths: readonly number[]
  /** Parts rows, with the others; splits of this party are added to `splits`. */
  split(choices: readonly MixChoice[]): Promise<void>
}

/** Splits that the columns of one party may allow. */
const MOST_SPLITS = 1e6

/** Opens a party's part; the splits that it finds are added to `splits`. */
export function createPeer(
  context: Context,
  from: { setup: MixSetup; keys: MixKeys; splits: MixSplit[] },
): MixPeer {
  const { channel, params, parallel, signal, random } = context
  const { setup, keys, splits } = from
  const { parties, rows } = setup
  const { self, addresses } = parties
  const count = rows.places.length
  const others = addresses.flatMap((_, party) => (party === self ? [] : [party]))
  const options = { parallel, signal }
  const at = new Int32Array(count)
  let tree = -1
  let gradients: { g: Float64Array; h: Float64Array } = {
    g: new Float64Array(count),
    h: new Float64Array(count),
  }
  let drawn: readonly OwnColumn[] = []
  let widths: number[] = []
  let nodes: MixLevelNode[] = []
  /** Of each owner its ciphertexts, and where a row's is. */
  const foreign = new Map<number, { ciphertexts: Uint8Array; place: Int32Array }>()

  /** Rows of `owner` that `party` has too, of some of the own rows. */
  const sharedWith = (list: Uint32Array, owner: number, party: number): Uint32Array =>
    list.filter((row) => rows.owner[row] === owner && ((rows.held[row] >> party) & 1) === 1)
  const learntRows = Uint32Array.from({ length: count }, (_, row) => row).filter(
    (row) => rows.learnt[row] === 1,
  )
  const randomAt = (stream: number) => createRng(params.seed, stream)

  function drawCommon({ id, vertical }: MixNode): number[] {
    const all = setup.common.length
    if (vertical || all === 0) return [...setup.common.keys()]
    const rate = Math.max(1 / all, params.horizontalFeaturesRatio)
    return [...sampleOf(all, rate, randomAt(1 + 2 * (tree * 2 ** 20 + id)))]
  }

  /** Whether `node` has rows of `owner` that `party` adds up for it. */
  const meets = (node: MixLevelNode, owner: number, party: number): boolean =>
    foreignSplits(node, { setup, widths, party, owner }).length > 0 &&
    sharedWith(node.rows, owner, party).length > 0

  async function sendForeign(owner: number): Promise<void> {
    const key = keys.others.get(owner)
    const known = foreign.get(owner)
    const list = nodes.filter((node) => meets(node, owner, self))
    if (!key || !known || list.length === 0) return
    const { ciphertexts, place } = known
    const given = { setup, drawn, nodes: list, owner, ciphertexts, at: place }
    const { counts, data } = await sealForeign(key, given, options)
    const message = { counts, sums: { width: key.width, data } }
    await channel.send(addresses[owner], 'candidates', MIX_CANDIDATES.encode(message))
  }

  async function receiveForeign(party: number, sums: readonly Float64Array[]): Promise<void> {
    const { secret } = keys
    const list = nodes.flatMap((node, index) => (meets(node, self, party) ? [{ node, index }] : []))
    if (!secret || list.length === 0) return
    const sender = addresses[party]
    const found = MIX_CANDIDATES.decode(await channel.receive(sender, 'candidates'))
    const wanted = list.map(({ node }) =>
      foreignSplits(node, { setup, widths, party, owner: self }),
    )
    if (String(found.counts) !== String(wanted.map((each) => each.length))) {
      throw new Error(`${sender} sent malformed candidates`)
    }
    const opened = await openHistograms(
      secret,
      { rows: found.sums.data, counts: found.counts.slice(), compress: true },
      options,
    )
    list.forEach(({ index }, place) => {
      wanted[place].forEach((split, each) => {
        sums[index][split * 3] += opened[place][2 * each]
        sums[index][split * 3 + 1] += opened[place][2 * each + 1]
      })
    })
  }

  /** Who says to which side a row goes. */
  function deciderOf(row: number, { by }: MixChoice): number | undefined {
    const [held, owner] = [rows.held[row], rows.owner[row]]
    if ('party' in by) return (held >> by.party) & 1 ? by.party : undefined
    return sourceOf(setup.common[by.column], { held, owner })
  }

  function ownSplit(choice: MixChoice): { own: OwnColumn; bin: number; above: boolean } {
    const { by, node } = choice
    if ('column' in by) {
      const { own } = setup.common[by.column]
      if (own && by.bin < own.binned.count) return { own, bin: by.bin, above: by.above }
    } else {
      let split = nodes.find(({ id }) => id === node)?.order.at(by.at) ?? Infinity
      for (const own of by.at < 0 ? [] : drawn) {
        if (split < own.binned.count) return { own, bin: split, above: false }
        split -= own.binned.count
      }
    }
    throw new Error(`${addresses[0]} chose a split that was not offered`)
  }

  return {
    at,
    get nodes() {
      return nodes
    },
    get widths() {
      return widths
    },
    async startTree(number, { derivatives, exponents }) {
      tree = number
      at.fill(0)
      const own = (values: Float64Array) =>
        values.map((value, row) => (rows.owner[row] === self && rows.learnt[row] === 1 ? value : 0))
      gradients = quantise(own(derivatives.g), own(derivatives.h), exponents)
      const rate = Math.max(1 / Math.max(1, setup.alone.length), params.verticalFeatureSampling)
      const stream = 2 * (tree * 64 + self)
      const picked =
        setup.alone.length === 0 ? [] : sampleOf(setup.alone.length, rate, randomAt(stream))
      drawn = Array.from(picked, (place) => setup.alone[place])
      widths = addresses.map(() => widthOf(drawn))
      for (const party of others) {
        await channel.send(addresses[party], 'mix_width', json.encode(widths[self]))
      }
      for (const party of others) {
        const width = json.decode(await channel.receive(addresses[party], 'mix_width'))
        if (!Number.isInteger(width) || Number(width) < 0 || Number(width) > MOST_SPLITS) {
          throw new Error(`${addresses[party]} sent a malformed mix_width`)
        }
        widths[party] = Number(width)
      }
      for (const party of others) await sendGradients(party)
      for (const party of others) await receiveGradients(party)
    },

    totals() {
      const sums = new Float64Array(3)
      for (const row of learntRows) {
        if (rows.owner[row] !== self) continue
        sums[0] += gradients.g[row]
        sums[1] += gradients.h[row]
        sums[2]++
      }
      return sums
    },

    async level(open) {
      const lists = new Map(open.map(({ id }): [number, number[]] => [id, []]))
      for (const row of learntRows) lists.get(at[row])?.push(row)
      nodes = open.map((node) => ({
        ...node,
        rows: Uint32Array.from(lists.get(node.id) ?? []),
        common: drawCommon(node),
        order: node.vertical ? randomPermutation(widths[self], random) : new Uint32Array(0),
      }))
      const sums = nodes.map((node) => plainSums(node, { setup, drawn, widths, gradients }))
      // Together: parties that compute at the same time must not wait for each other.
      await Promise.all([
        ...others.map((owner) => sendForeign(owner)),
        ...others.map((party) => receiveForeign(party, sums)),
      ])
      const joined = new Float64Array(sums.reduce((sum, each) => sum + each.length, 0))
      let to = 0
      for (const each of sums) {
        joined.set(each, to)
        to += each.length
      }
      return joined
    },

    async split(choices) {
      const byNode = new Map(choices.map((choice) => [choice.node, choice]))
      const left = new Uint8Array(count)
      const moving = Array.from(at.keys()).filter((row) => byNode.has(at[row]))
      const deciders = new Map(
        moving.map((row) => [row, deciderOf(row, byNode.get(at[row]) as MixChoice)]),
      )
      const owns = new Map<number, ReturnType<typeof ownSplit>>()
      for (const choice of choices) {
        const { by, node, gain } = choice
        const first = 'party' in by ? by.party : setup.common[by.column].holders[0]
        const mine = 'party' in by ? by.party === self : setup.common[by.column].own !== undefined
        if (!mine) continue
        const found = ownSplit(choice)
        owns.set(node, found)
        const { own, bin, above } = found
        const threshold = own.binned.thresholds[bin] ?? Infinity
        splits.push({
          tree,
          node,
          column: own.name,
          threshold,
          above,
          gain: first === self ? gain : null,
        })
      }
      for (const row of moving) {
        const found = deciders.get(row) === self ? owns.get(at[row]) : undefined
        if (!found) continue
        const { binned } = found.own
        const bin = binned.bins[row]
        left[row] = bin < binned.count && bin <= found.bin !== found.above ? 1 : 0
      }
      const toldTo = (decider: number, party: number) =>
        moving.filter(
          (row) => deciders.get(row) === decider && ((rows.held[row] >> party) & 1) === 1,
        )
      for (const party of others) {
        const list = toldTo(self, party)
        if (list.length === 0) continue
        const bits = packBits(Uint8Array.from(list, (row) => left[row]))
        const message = { count: Int32Array.of(list.length), bits }
        await channel.send(addresses[party], 'directions', MIX_BITS.encode(message))
      }
      for (const party of others) {
        const list = toldTo(party, self)
        if (list.length === 0) continue
        const sender = addresses[party]
        const { count: told, bits } = MIX_BITS.decode(await channel.receive(sender, 'directions'))
        if (told[0] !== list.length) throw new Error(`${sender} sent malformed directions`)
        unpackBits(bits, list.length).forEach((side, place) => (left[list[place]] = side))
      }
      for (const row of moving) {
        const choice = byNode.get(at[row])
        if (choice) at[row] = left[row] === 1 ? choice.left : choice.right
      }
    },
  }

  async function sendGradients(party: number): Promise<void> {
    const list = sharedWith(learntRows, self, party)
    if (!keys.secret || list.length === 0 || !setup.brings(party, self)) return
    const pick = (values: Float64Array) => Float64Array.from(list, (row) => values[row])
    const pairs = { g: pick(gradients.g), h: pick(gradients.h) }
    const data = await encryptGradients(keys.secret, pairs, options)
    const message = rowsCodec.encode({ width: keys.secret.width, data })
    await channel.send(addresses[party], 'gradients', message)
  }

  async function receiveGradients(owner: number): Promise<void> {
    const list = sharedWith(learntRows, owner, self)
    const key = keys.others.get(owner)
    if (!key || list.length === 0 || !setup.brings(self, owner)) return
    const found = rowsCodec.decode(await channel.receive(addresses[owner], 'gradients'))
    if (found.width !== key.width) throw new Error(`${addresses[owner]} sent malformed gradients`)
    checkCiphers(key, found.data, list.length)
    const place = new Int32Array(count).fill(-1)
    list.forEach((row, index) => (place[row] = index))
    foreign.set(owner, { ciphertexts: found.data.slice(), place })
  }
}
