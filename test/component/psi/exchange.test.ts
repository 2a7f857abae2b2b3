import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import {
  answerPeer,
  askPeer,
  type Answerer,
  type Asker,
  type Place,
} from '../../../src/component/psi/exchange.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { memoryHub } from '../../../src/federation/memory.ts'
import { memoryScratch } from '../../helpers/parties.ts'

const TAGS = { request: 'request', answer: 'answer', set: 'set' }

/** Identifiers as rows of 32 bytes, without any secret: what is tested is the course, not the method. */
function tokens(ids: readonly string[]): Uint8Array {
  const rows = new Uint8Array(32 * ids.length)
  ids.forEach((id, row) => new TextEncoder().encodeInto(id, rows.subarray(32 * row)))
  return rows
}

const flip = (rows: Uint8Array) => rows.map((byte) => byte ^ 0xff)

function asker(batch: number, more: Partial<Asker<null>> = {}): Asker<null> {
  return {
    width: 32,
    batch,
    ask: async (ids) => ({ request: tokens(ids), kept: null }),
    finish: async (answer) => answer,
    compare: async (set) => flip(set),
    ...more,
  }
}

function answerer(batch: number, more: Partial<Answerer> = {}): Answerer {
  return {
    width: 32,
    batch,
    answer: async (request) => flip(request),
    list: async (ids) => tokens(ids),
    ...more,
  }
}

/** Both ends on one hub, which closes when either fails. */
function meeting() {
  const hub = memoryHub()
  const counts = { guest: 0, host: 0 }
  const place = (self: Address, peer: Address, side: keyof typeof counts): Place => ({
    channel: hub.channel(self),
    peer,
    tags: TAGS,
    signal: new AbortController().signal,
    scratch: memoryScratch(),
    done: (ids) => void (counts[side] += ids),
  })
  return {
    counts,
    guest: place('guest:1', 'host:2', 'guest'),
    host: place('host:2', 'guest:1', 'host'),
    both: async <A, B>(asking: Promise<A>, answering: Promise<B>) => {
      const closing = (error: unknown) => {
        hub.close('the other side stopped')
        throw error
      }
      const results = await Promise.allSettled([asking.catch(closing), answering.catch(closing)])
      return results
    },
  }
}

const ids = fc.uniqueArray(fc.nat(60).map(String), { maxLength: 30 })
const batch = fc.integer({ min: 1, max: 9 })

describe('askPeer and answerPeer', () => {
  it('find the place of every common identifier, however the batches fall', async () => {
    await fc.assert(
      fc.asyncProperty(ids, ids, batch, batch, async (own, theirs, a, b) => {
        const { guest, host, counts, both } = meeting()
        const [found, asked] = await both(
          askPeer(own, asker(a), guest),
          answerPeer(theirs, answerer(b), host),
        )
        assert.deepEqual(found, {
          status: 'fulfilled',
          value: Int32Array.from(own, (id) => theirs.indexOf(id)),
        })
        assert.deepEqual(asked, { status: 'fulfilled', value: own.length })
        assert.deepEqual(counts, { guest: own.length, host: own.length + theirs.length })
      }),
    )
  })

  it('the guest runs at most four batches ahead of the answers', async () => {
    const { guest, host, both } = meeting()
    let open = 0
    let most = 0
    const counting = asker(1, {
      async ask(batchIds) {
        most = Math.max(most, ++open)
        return { request: tokens(batchIds), kept: null }
      },
      async finish(answer) {
        open--
        return answer
      },
    })
    const own = Array.from({ length: 40 }, (_, i) => String(i))
    await both(askPeer(own, counting, guest), answerPeer([], answerer(1), host))
    assert.equal(open, 0)
    assert.equal(most, 4)
  })

  it('a host that lists an identifier twice is refused', async () => {
    const { guest, host, both } = meeting()
    const [asking] = await both(
      askPeer(['a'], asker(2), guest),
      answerPeer(['b', 'c', 'b'], answerer(2), host),
    )
    assert.equal(asking.status, 'rejected')
    assert.match(String(asking.reason), /host:2 lists an identifier twice/)
  })

  it('an answer with fewer rows than asked is refused', async () => {
    const { guest, host, both } = meeting()
    const [asking] = await both(
      askPeer(['a', 'b'], asker(2), guest),
      answerPeer([], answerer(2, { answer: async (rows) => rows.subarray(32) }), host),
    )
    assert.match(String((asking as PromiseRejectedResult).reason), /answered what was not asked/)
  })

  it('rows of another width are refused', async () => {
    const { guest, host, both } = meeting()
    const wide = asker(1, {
      width: 64,
      ask: async () => ({ request: new Uint8Array(64), kept: null }),
    })
    const [, answering] = await both(askPeer(['a'], wide, guest), answerPeer([], answerer(1), host))
    assert.match(
      String((answering as PromiseRejectedResult).reason),
      /guest:1 sent rows of 64 bytes, expected 32/,
    )
  })

  it('a failing method ends both sides', async () => {
    const { guest, host, both } = meeting()
    const broken = answerer(1, { list: () => Promise.reject(new Error('no more power')) })
    const results = await both(askPeer(['a'], asker(1), guest), answerPeer(['a'], broken, host))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    )
  })
})
