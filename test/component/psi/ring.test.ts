import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { json, parts, rows } from '../../../src/federation/codec.ts'
import type { WireMessage } from '../../helpers/parties.ts'
import { GUEST, intersect } from './scene.ts'

const PARAMS = { intersect_method: 'ecdh', cardinality_only: true }
const BATCH = parts({ last: json, rows })

function numbers(from: number, until: number): string[] {
  return Array.from({ length: until - from }, (_, i) => `id-${from + i}`)
}

function rowsIn({ bytes }: WireMessage): string[] {
  const { data } = BATCH.decode(bytes).rows
  return Array.from({ length: data.length / 32 }, (_, i) =>
    Buffer.from(data.subarray(32 * i, 32 * i + 32)).toString('hex'),
  )
}

describe('the number of ids that a guest and several hosts have', () => {
  it('is that of a plain comparison, for any tables of three to five parties', async () => {
    const table = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.array(table, { minLength: 2, maxLength: 4 }),
        async (guest, hosts) => {
          const run = await intersect({
            guest: guest.map(String),
            hosts: hosts.map((host) => host.map(String)),
            params: PARAMS,
          })
          const expected = guest.filter((id) => hosts.every((host) => host.includes(id))).length
          assert.equal(run.parties[GUEST].models[0].param.intersectCount, expected)
          assert.deepEqual(run.parties[GUEST].tables, [])
          for (const [party, { models, tables, metrics }] of Object.entries(run.parties)) {
            if (party !== GUEST) assert.deepEqual([models, tables, metrics], [[], [], []])
          }
          assert.equal(run.unread, 0)
        },
      ),
      { numRuns: 15 },
    )
  })

  it('is 0 where each two of four parties share ids and all of them none', async () => {
    const run = await intersect({
      guest: ['a', 'b', 'c'],
      hosts: [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'a'],
      ],
      params: { ...PARAMS, sync_cardinality: true },
    })
    for (const { models } of Object.values(run.parties)) {
      assert.equal(models[0].param.intersectCount, 0)
    }
  })

  it('takes several batches, and reaches every host with sync_cardinality', async () => {
    const run = await intersect({
      guest: numbers(0, 9000),
      hosts: [numbers(1000, 9500), numbers(500, 17_000)],
      params: { ...PARAMS, sync_cardinality: true },
    })
    for (const { models } of Object.values(run.parties)) {
      assert.equal(models[0].param.intersectCount, 8000)
    }
  })

  it('shows each party every set once, no point twice and no id', async () => {
    const ids = numbers(0, 40)
    const run = await intersect({ guest: ids, hosts: [ids, ids, ids], params: PARAMS })
    const hidden = run.wire.filter(({ tag }) => tag.startsWith('ecdh_ring'))
    // Each of four sets to each of three other parties, and three of them to the guest in the end.
    assert.equal(hidden.length, 4 * 3 + 3)
    // The sets are the same, but only what comes out in the end may be compared.
    const going = hidden.filter(({ tag }) => tag === 'ecdh_ring').flatMap(rowsIn)
    assert.equal(new Set(going).size, 40 * 12)
    const ends = hidden.filter(({ tag }) => tag === 'ecdh_ring_end').map(rowsIn)
    assert.deepEqual(ends[0].toSorted(), ends[1].toSorted())
    // Equal by chance once in 40! runs.
    assert.notDeepEqual(ends[0], ends[1])
    for (const { bytes } of hidden) {
      for (const id of ids) assert.equal(Buffer.from(bytes).includes(id), false)
    }
    assert.equal(run.ledger.length, run.wire.length)
  })

  it('stops at garbage, at points of small order and at rows that do not come back', async () => {
    const scene = { guest: ['a', 'b'], hosts: [['a'], ['a', 'c']], params: PARAMS }
    for (const tag of ['ecdh_ring', 'ecdh_ring_end']) {
      const garbage = (message: WireMessage) =>
        message.tag === tag ? Uint8Array.of(0xff, 1, 2) : message.bytes
      await assert.rejects(intersect({ ...scene, tamper: garbage }), { name: 'RangeError' })
    }
    const change = (tag: string, data: Uint8Array) => (message: WireMessage) =>
      message.tag === tag ? BATCH.encode({ last: true, rows: { width: 32, data } }) : message.bytes
    await assert.rejects(
      intersect({ ...scene, tamper: change('ecdh_ring', new Uint8Array(32)) }),
      /small order/,
    )
    await assert.rejects(
      intersect({ ...scene, tamper: change('ecdh_ring_end', new Uint8Array(32).fill(9)) }),
      /gave 1 of this party's 2 ids back/,
    )
  })
})
