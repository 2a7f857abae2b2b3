/**
 * The course of a two-party private set intersection in batches: the guest asks with blinded identifiers and gets
 * them back with the host's secret applied; the host sends its own identifiers under that secret, in random order.
 * Both come down to 32-byte tokens that the guest compares.
 *
 *     guest ── request ──► host     blinded identifiers, in random order
 *     guest ◄── answer ─── host     the same, in the same order
 *     guest ◄─── set ───── host     the host's identifiers, in random order
 * @module
 */
import { randomBytes } from '../../compute/crypto/random.ts'
import type { Address, Channel } from '../../federation/channel.ts'
import { json, parts, rows, type ByteRows } from '../../federation/codec.ts'
import type { Scratch } from '../define.ts'
import { countBatches, cut, type IdList } from './id-list.ts'
import { createMatcher } from './match.ts'
import { createShuffler } from './shuffle.ts'

/** The tags of one method. */
export interface Tags {
  readonly request: string
  readonly answer: string
  readonly set: string
}

/** What a method does at the guest, batch by batch. `K` is what it keeps of a request until the answer comes. */
export interface Asker<K> {
  /** Bytes of one row of request and answer. */
  readonly width: number
  /** Bytes of one row of the host's list; 32 without it. */
  readonly setWidth?: number
  /** Identifiers in a batch. */
  readonly batch: number
  ask(ids: readonly string[]): Promise<{ readonly request: Uint8Array; readonly kept: K }>
  /** Tokens of the guest's identifiers. */
  finish(answer: Uint8Array, kept: K): Promise<Uint8Array>
  /** Tokens of the host's identifiers. */
  compare(set: Uint8Array): Promise<Uint8Array>
}

/** What a method does at the host, batch by batch. */
export interface Answerer {
  readonly width: number
  readonly setWidth?: number
  readonly batch: number
  answer(request: Uint8Array): Promise<Uint8Array>
  /** A row for each of the host's identifiers. */
  list(ids: readonly string[]): Promise<Uint8Array>
}

/** Where an exchange takes place, and who hears how many identifiers are done. */
export interface Place {
  readonly channel: Channel
  readonly peer: Address
  readonly tags: Tags
  readonly signal: AbortSignal
  /** Where tokens wait that are too many for memory. */
  readonly scratch: Scratch
  readonly done: (ids: number) => void
  /** Whether answers, rows of 32 bytes, come in an order that nobody knows, after all of the guest's batches. */
  readonly shuffled?: boolean
}

/** Bytes of a token. */
const TOKEN = 32
/** Batches that a guest sends ahead of the answers: bounds the memory at both ends. */
const WINDOW = 4

/**
 * The guest's side. For each of `ids` the place in the host's list where the same identifier stands, or −1; where
 * answers are shuffled only the number of places counts.
 */
export async function askPeer<K>(ids: IdList, asker: Asker<K>, place: Place): Promise<Int32Array> {
  const { peer, tags, signal, scratch, done } = place
  const waiting: { readonly kept: K; readonly count: number }[] = []
  const room = gate(place.shuffled === true ? Infinity : WINDOW)
  const matcher = createMatcher({ peer, scratch })

  async function ask(): Promise<void> {
    for (const { batch, last } of cut(ids, asker.batch)) {
      await room.enter()
      signal.throwIfAborted()
      const { request, kept } = await asker.ask(batch)
      waiting.push({ kept, count: batch.length })
      await sendBatch(place, { tag: tags.request, width: asker.width, data: request, last })
    }
  }

  async function finish(): Promise<void> {
    for (let left = countBatches(ids, asker.batch); left > 0; left--) {
      const answer = await receiveBatch(place, { tag: tags.answer, width: asker.width })
      const asked = waiting.shift()
      if (asked === undefined || answer.data.length !== asked.count * asker.width) {
        throw new RangeError(`${peer} answered what was not asked`)
      }
      await matcher.addOwn(await asker.finish(answer.data, asked.kept))
      room.leave()
      done(asked.count)
    }
  }

  async function compare(): Promise<void> {
    for (let last = false; !last;) {
      const batch = await receiveBatch(place, {
        tag: tags.set,
        width: asker.setWidth ?? TOKEN,
      })
      signal.throwIfAborted()
      await matcher.addTheirs(await asker.compare(batch.data))
      last = batch.last
    }
  }

  await Promise.all([ask(), finish(), compare()])
  return matcher.finish()
}

/** The host's side: answers the guest and sends its own list. Resolves with the number of the guest's identifiers. */
export async function answerPeer(ids: IdList, answerer: Answerer, place: Place): Promise<number> {
  const { tags, signal, done } = place
  let asked = 0

  async function answer(): Promise<void> {
    const { width } = answerer
    const { scratch } = place
    const shuffler = createShuffler({ name: 'answers', scratch, random: randomBytes })
    for (let last = false; !last;) {
      const request = await receiveBatch(place, { tag: tags.request, width })
      signal.throwIfAborted()
      const data = await answerer.answer(request.data)
      last = request.last
      asked += data.length / width
      done(data.length / width)
      if (place.shuffled === true) await shuffler.add(data)
      else await sendBatch(place, { tag: tags.answer, width, data, last })
    }
    if (place.shuffled !== true) return
    for await (const run of shuffler.runs(answerer.batch)) {
      await sendBatch(place, { tag: tags.answer, width, data: run.rows, last: run.last })
    }
  }

  async function list(): Promise<void> {
    for (const { batch, last } of cut(ids, answerer.batch)) {
      signal.throwIfAborted()
      const data = await answerer.list(batch)
      await sendBatch(place, {
        tag: tags.set,
        width: answerer.setWidth ?? TOKEN,
        data,
        last,
      })
      done(batch.length)
    }
  }

  await Promise.all([answer(), list()])
  return asked
}

/** Throws a RangeError when a guest asked for other than it announced. */
export function checkAsked(
  place: { readonly peer: Address; readonly rows: number },
  asked: number,
): void {
  if (asked === place.rows) return
  throw new RangeError(`${place.peer} announced ${place.rows} ids and asked for ${asked}`)
}

interface BatchOptions {
  readonly tag: string
  readonly width: number
}

interface Batch {
  readonly data: Uint8Array
  /** No batch follows. */
  readonly last: boolean
}

const BATCH = parts<{ last: unknown; rows: ByteRows }>({ last: json, rows })

/** Sends rows of one width. */
export function sendBatch(
  place: Pick<Place, 'channel' | 'peer'>,
  options: BatchOptions & Batch,
): Promise<void> {
  const { tag, width, data, last } = options
  return place.channel.send(place.peer, tag, BATCH.encode({ last, rows: { width, data } }))
}

/** Receives rows; throws a RangeError when they have another width. */
export async function receiveBatch(
  place: Pick<Place, 'channel' | 'peer'>,
  options: BatchOptions,
): Promise<Batch> {
  const { tag, width } = options
  const batch = BATCH.decode(await place.channel.receive(place.peer, tag))
  if (batch.rows.width !== width) {
    throw new RangeError(`${place.peer} sent rows of ${batch.rows.width} bytes, expected ${width}`)
  }
  return { data: batch.rows.data, last: batch.last === true }
}

interface Gate {
  /** Resolves when fewer than the limit are inside. */
  enter(): Promise<void>
  leave(): void
}

function gate(limit: number): Gate {
  const waiting: (() => void)[] = []
  let inside = 0
  return {
    async enter() {
      if (inside === limit) await new Promise<void>((resolve) => waiting.push(resolve))
      else inside++
    },
    leave() {
      const next = waiting.shift()
      // Whoever waits takes the place of whoever leaves.
      if (next) next()
      else inside--
    },
  }
}
