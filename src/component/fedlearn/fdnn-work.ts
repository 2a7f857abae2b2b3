/**
 * How the parties of VerticalFDNN multiply, round and open what they share: the arithmetic is that of
 * `compute/crypto/share-product.ts` and `share-rounding.ts`, and here it crosses the channel. Every number is shared among all parties, so that
 * any of them, but for all together, know nothing of it.
 * @module
 */
import type { AdditiveScheme, CipherBatch } from '../../compute/crypto/additive.ts'
import { randomBits } from '../../compute/crypto/random.ts'
import {
  encryptFactors,
  encryptShareRows,
  multiplyOwnRows,
  multiplyShareRows,
  openShareRows,
  packedBatches,
  readFactors,
  type RowPacking,
  rowPacking,
  type Scalars,
  type ShareMatrix,
} from '../../compute/crypto/share-product.ts'
import {
  hideRounding,
  roundMasked,
  sharesFromBytes,
  sharesToBytes,
} from '../../compute/crypto/share-rounding.ts'
import { addShares, type Shares, wrapShare } from '../../compute/crypto/shared-real.ts'
import type { Address } from '../../federation/channel.ts'
import { blob } from '../../federation/codec.ts'
import { maskShares } from './pair-masks.ts'
import { type GramWork, malformed } from './shared-gram.ts'

/** Who takes part, with which keys; counts what goes to the guest under masks. */
export interface FdnnWork extends GramWork {
  count: number
}

/** Encrypted factors of the parties that come earlier in the order that all know. */
export type Factors = ReadonlyMap<Address, CipherBatch>

/**
 * Every party's plain matrix, transposed, times a shared one: this party's shares of each product, by party.
 * `shapes` are the rows and columns of every party's matrix; `shares` is what this party has of the other factors.
 */
export async function multiplyColumns(
  work: FdnnWork,
  of: {
    scalars: Scalars
    shapes: readonly { rows: number; cols: number }[]
    shares: readonly ShareMatrix[]
    ask: string
    answer: string
  },
): Promise<ShareMatrix[]> {
  const { context, parties, own, others } = work
  const { channel, random } = context
  const { scalars, shapes, shares, ask, answer } = of
  const place = parties.indexOf(channel.self)
  const packingOf = (scheme: AdditiveScheme, at: number) =>
    rowPacking(scheme.limit, {
      cols: shares[at].cols,
      terms: shapes[at].rows,
      bound: scalars.bound,
    })
  const sent = new Map<ShareMatrix, CipherBatch[]>()
  for (const [at, to] of parties.entries()) {
    if (at === place) continue
    const factor = shares[at]
    const batches = sent.get(factor) ?? (await encryptShareRows(own, factor, packingOf(own, at)))
    sent.set(factor, batches)
    await sendBatches(work, { to, tag: ask, scheme: own, batches })
  }
  const found: ShareMatrix[] = []
  found[place] = multiplyOwnRows(scalars, shares[place])
  for (const [from, scheme] of others) {
    const packing = packingOf(scheme, place)
    const factor = await receiveBatches(work, {
      from,
      tag: ask,
      scheme,
      packing,
      rows: scalars.rows,
    })
    const product = await multiplyShareRows(scheme, factor, { scalars, packing, random })
    await sendBatches(work, { to: from, tag: answer, scheme, batches: product.answer })
    const data = addShares(found[place].data, product.own.data)
    found[place] = { ...product.own, data }
  }
  for (const [at, from] of parties.entries()) {
    if (at === place) continue
    const [packing, rows] = [packingOf(own, at), shapes[at].cols]
    const product = await receiveBatches(work, { from, tag: answer, scheme: own, packing, rows })
    found[at] = await openShareRows(own, product, { rows, packing })
  }
  return found
}

/** Own shares to all who come later; those of all who come earlier. */
export async function exchangeFactors(
  work: FdnnWork,
  shares: Shares,
  tag: string,
): Promise<Factors> {
  const { context, parties, own, others } = work
  const { channel } = context
  const place = parties.indexOf(channel.self)
  const later = parties.slice(place + 1)
  if (later.length > 0) {
    const bytes = blob.encode(own.toBytes(await encryptFactors(own, shares)))
    for (const to of later) await channel.send(to, tag, bytes)
  }
  const found = new Map<Address, CipherBatch>()
  for (const from of parties.slice(0, place)) {
    const scheme = others.get(from)
    if (!scheme) throw malformed(from, 'share_key')
    found.set(
      from,
      readFactors(scheme, blob.decode(await channel.receive(from, tag)), shares.length),
    )
  }
  return found
}

/**
 * Shares of `count` products of the factors of every two parties, added to `local`, this party's own: `multiply` is what
 * the later party of two makes of the earlier one's.
 */
export async function multiplyPairs(
  work: FdnnWork,
  of: {
    local: Shares
    tag: string
    multiply(
      scheme: AdditiveScheme,
      from: Address,
    ): Promise<{ readonly answer: CipherBatch; readonly own: Shares }>
  },
): Promise<Shares> {
  const { context, parties, own, others } = work
  const { channel } = context
  const place = parties.indexOf(channel.self)
  let sum = of.local
  for (const to of parties.slice(0, place)) {
    const scheme = others.get(to)
    if (!scheme) throw malformed(to, 'share_key')
    const product = await of.multiply(scheme, to)
    await channel.send(to, of.tag, blob.encode(scheme.toBytes(product.answer)))
    sum = addShares(sum, product.own)
  }
  for (const from of parties.slice(place + 1)) {
    const answer = own.fromBytes(blob.decode(await channel.receive(from, of.tag)))
    if (answer.length !== sum.length) throw malformed(from, of.tag)
    sum = addShares(sum, (await own.decrypt(answer)).map(wrapShare))
  }
  return sum
}

/** Shares with fewer fractional bits. */
export async function round(
  work: FdnnWork,
  shares: Shares,
  { bits, drop }: { bits: number; drop: number },
): Promise<Shares> {
  const { context, parties } = work
  const rounding = { bits, drop, hiding: parties.length - 1 }
  if (context.role === 'guest') {
    const sum = await receiveSum(work, shares, 'rounding')
    try {
      return roundMasked(sum, rounding)
    } catch (cause) {
      throw new Error(
        'The training of VerticalFDNN diverges: try more rows in a batch, or columns without outliers',
        { cause },
      )
    }
  }
  const { masked, own } = hideRounding(shares, rounding, context.random)
  await sendMasked(work, masked, 'rounding')
  return own
}

/**
 * What shares stand for, at the guest alone, off by less than 2^(drop − 1) a party: the parties' random numbers of `drop`
 * bits hide what the last bits would tell of the factors of a product.
 */
export async function openAtGuest(
  work: FdnnWork,
  shares: Shares,
  { drop, tag }: { drop: number; tag: string },
): Promise<Shares | undefined> {
  const { context, parties } = work
  if (context.role === 'host') {
    await sendMasked(
      work,
      shares.map((share) => share + randomBits(drop, context.random)),
      tag,
    )
    return undefined
  }
  const middle = (BigInt(parties.length - 1) << BigInt(drop)) >> 1n
  const sum = await receiveSum(work, shares, tag)
  return sum.map((value) => wrapShare(value - middle))
}

async function sendMasked(work: FdnnWork, shares: Shares, tag: string): Promise<void> {
  const { context, parties, masks } = work
  const use = { receiver: parties[0], number: work.count++ }
  const masked = await maskShares(masks, shares, use)
  await context.channel.send(parties[0], tag, blob.encode(sharesToBytes(masked)))
}

async function receiveSum(work: FdnnWork, shares: Shares, tag: string): Promise<Shares> {
  let sum = shares
  for (const from of work.parties.slice(1)) {
    const bytes = blob.decode(await work.context.channel.receive(from, tag))
    sum = addShares(sum, sharesFromBytes(bytes, shares.length))
  }
  return sum
}

async function sendBatches(
  { context }: FdnnWork,
  message: {
    to: Address
    tag: string
    scheme: AdditiveScheme
    batches: readonly CipherBatch[]
  },
): Promise<void> {
  const { to, tag, scheme, batches } = message
  for (const batch of batches) {
    await context.channel.send(to, tag, blob.encode(scheme.toBytes(batch)))
  }
}

async function receiveBatches(
  { context }: FdnnWork,
  message: {
    from: Address
    tag: string
    scheme: AdditiveScheme
    packing: RowPacking
    rows: number
  },
): Promise<CipherBatch[]> {
  const { from, tag, scheme, packing, rows } = message
  const batches: CipherBatch[] = []
  for (let at = 0; at < packedBatches(packing); at++) {
    const batch = scheme.fromBytes(blob.decode(await context.channel.receive(from, tag)))
    if (batch.length !== rows) throw malformed(from, tag)
    batches.push(batch)
  }
  return batches
}
