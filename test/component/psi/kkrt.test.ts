import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import { json, parts, rows } from '../../../src/federation/codec.ts'
import type { WireMessage } from '../../helpers/parties.ts'
import { GUEST, intersect, METHODS } from './scene.ts'

const BATCH = parts({ last: json, rows })
const TAGS = ['kkrt_offer', 'kkrt_request', 'kkrt_set', 'kkrt_setup']

/** What must not be in a message: an id, a plain hash of it, or the salted one that decides its bins. */
function traces(id: string, salt: Uint8Array): Buffer[] {
  const plain = ['md5', 'sha1', 'sha256', 'sha512'].map((name) =>
    createHash(name).update(id).digest(),
  )
  const salted = createHash('sha256').update(salt).update(id).digest()
  return [Buffer.from(id), ...plain, salted.subarray(0, 16), salted.subarray(16)]
}

describe('Intersection by kkrt', () => {
  const ids = (from: number) => Array.from({ length: 40 }, (_, i) => `customer-${from + i}`)
  const scene = { guest: ids(0), hosts: [ids(10), ids(30)], params: METHODS.kkrt }

  it('shows no id and no hash of one, in any message, and declares each', async () => {
    const { wire, ledger, parties } = await intersect(scene)
    assert.equal(parties[GUEST].tables[0].ids.length, 10)
    const setup = wire.find(({ tag }) => tag === 'kkrt_setup')
    assert.ok(setup)
    const at = Buffer.from(setup.bytes).indexOf('salt')
    // Name, length of the part, its kind, then the salt.
    const salt = setup.bytes.slice(at + 6, at + 22)
    for (const { bytes, tag } of wire) {
      const message = Buffer.from(bytes)
      for (const id of new Set([scene.guest, ...scene.hosts].flat())) {
        for (const trace of traces(id, salt)) assert.equal(message.includes(trace), false, tag)
      }
    }
    assert.deepEqual([...new Set(ledger.map(({ tag }) => tag))].toSorted(), [
      'common',
      ...TAGS,
      'terms',
    ])
    assert.equal(ledger.length, wire.length)
  })

  it('asks for as many rows whatever the ids are, and never the same', async () => {
    const one = await intersect(scene)
    const other = await intersect({ ...scene, guest: ids(5000) })
    const rowsOf = (wire: readonly WireMessage[]) =>
      wire
        .filter(({ tag, to }) => tag === 'kkrt_request' && to === 'host:10000')
        .map(({ bytes }) => Buffer.from(BATCH.decode(bytes).rows.data))
    assert.deepEqual(
      rowsOf(one.wire).map(({ length }) => length),
      rowsOf(other.wire).map(({ length }) => length),
    )
    assert.equal(Buffer.concat(rowsOf(one.wire)).length, 64 * 8192)
    assert.notDeepEqual(rowsOf(one.wire), rowsOf(other.wire))
  })

  it('shows the guest nothing of ids that it does not have: their values change with each run', async () => {
    const apart = { guest: ids(0), hosts: [ids(1000)], params: METHODS.kkrt }
    const values = async () => {
      const { wire } = await intersect(apart)
      const set = wire.filter(({ tag }) => tag === 'kkrt_set')
      return set.map(({ bytes }) => Buffer.from(BATCH.decode(bytes).rows.data).toString('hex'))
    }
    assert.notDeepEqual(await values(), await values())
  })

  for (const tag of TAGS) {
    it(`garbage under ${tag} stops the run with a RangeError`, async () => {
      const tamper = (message: WireMessage) =>
        message.tag === tag ? Uint8Array.of(0xff, 1, 2, 3) : message.bytes
      await assert.rejects(intersect({ ...scene, tamper }), { name: 'RangeError' })
    })
  }

  it('rows cut off from a request or a set stop the run', async () => {
    for (const tag of ['kkrt_request', 'kkrt_set']) {
      const tamper = (message: WireMessage) => {
        if (message.tag !== tag) return message.bytes
        const { last, rows: all } = BATCH.decode(message.bytes)
        const width = tag === 'kkrt_set' ? all.width - 1 : all.width
        const data = all.data.subarray(0, width * 10)
        return BATCH.encode({ last, rows: { width, data } })
      }
      await assert.rejects(intersect({ ...scene, tamper }), { name: 'RangeError' })
    }
  })

  it('a point of small order is refused', async () => {
    const tamper = (message: WireMessage) => {
      if (message.tag !== 'kkrt_setup') return message.bytes
      const bytes = message.bytes.slice()
      const at = Buffer.from(bytes).indexOf('point') + 7
      return bytes.fill(0, at, at + 32)
    }
    await assert.rejects(intersect({ ...scene, tamper }), /small order/)
  })
})
