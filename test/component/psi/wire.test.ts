import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import { json, parts, rows } from '../../../src/federation/codec.ts'
import type { ComponentRun, WireMessage } from '../../helpers/parties.ts'
import { intersect, METHODS } from './scene.ts'

const BATCH = parts({ last: json, rows })

/** The rows of a batch message in hexadecimal. */
function rowsIn({ bytes }: WireMessage): string[] {
  const { width, data } = BATCH.decode(bytes).rows
  return Array.from({ length: data.length / width }, (_, i) =>
    Buffer.from(data.subarray(i * width, (i + 1) * width)).toString('hex'),
  )
}

/** Every form in which an id could stand in a message. */
function traces(id: string): Buffer[] {
  const hashes = ['md5', 'sha1', 'sha256', 'sha512'].map((name) => createHash(name).update(id))
  const digests = hashes.map((hash) => hash.digest())
  return [
    Buffer.from(id),
    Buffer.from(id, 'utf16le'),
    ...digests,
    ...digests.map((digest) => Buffer.from(digest.toString('hex'))),
    ...digests.map((digest) => Buffer.from(digest.toString('base64'))),
  ]
}

for (const name of ['rsa', 'ecdh', 'unbalanced', 'dh']) {
  describe(`The wire of ${name}`, () => {
    const scene = {
      guest: Array.from({ length: 20 }, (_, i) => `customer-${i}`),
      hosts: [10, 15].map((from) => Array.from({ length: 20 }, (_, i) => `customer-${from + i}`)),
      params: METHODS[name],
    }

    it('shows no id and no hash of one, in any message', async () => {
      const { wire } = await intersect(scene)
      assert.ok(wire.length > 8)
      const all = new Set([scene.guest, ...scene.hosts].flat())
      for (const { bytes, tag } of wire) {
        const message = Buffer.from(bytes)
        for (const id of all) {
          for (const trace of traces(id)) {
            assert.equal(message.includes(trace), false, `${tag} shows ${id}`)
          }
        }
      }
    })

    it('shows an id when it must: the same search finds those of raw', async () => {
      const { wire } = await intersect({ ...scene, params: METHODS['raw, guest joins'] })
      const message = Buffer.concat(wire.map(({ bytes }) => bytes))
      assert.ok(traces('customer-12').some((trace) => message.includes(trace)))
    })

    it('has nothing in common with the wire of the same run again', async () => {
      const [one, other] = [await intersect(scene), await intersect(scene)]
      const hidden = ({ wire }: ComponentRun) =>
        wire.filter(({ tag }) => /_(request|answer|set)$/.test(tag)).flatMap(rowsIn)
      const seen = new Set(hidden(one))
      // Two hosts, 20 rows each of request, answer and set.
      assert.equal(seen.size, 120)
      assert.deepEqual(
        hidden(other).filter((row) => seen.has(row)),
        [],
      )
    })

    it('asks each host with other numbers', async () => {
      const { wire } = await intersect(scene)
      const [a, b] = wire.filter(({ tag }) => tag.endsWith('_request'))
      assert.notEqual(a.to, b.to)
      const seen = new Set(rowsIn(a))
      assert.equal(seen.size, 20)
      assert.deepEqual(
        rowsIn(b).filter((row) => seen.has(row)),
        [],
      )
    })

    it('is in the ledger, every message of it', async () => {
      const { wire, ledger } = await intersect(scene)
      assert.deepEqual(
        ledger.map(({ sender, receiver, tag, bytes }) => ({ sender, receiver, tag, bytes })),
        wire.map(({ from, to, tag, bytes }) => ({
          sender: from,
          receiver: to,
          tag,
          bytes: bytes.length,
        })),
      )
      const plain = ledger.filter(({ kind }) => kind === 'plain').map(({ tag }) => tag)
      const allowed = name === 'rsa' ? ['terms', 'rsa_key', 'common'] : ['terms', 'common']
      assert.deepEqual(
        plain.filter((tag) => !allowed.includes(tag)),
        [],
      )
    })
  })

  describe(`A dishonest peer of ${name}`, () => {
    const scene = { guest: ['a', 'b', 'c'], hosts: [['b', 'c', 'd']], params: METHODS[name] }

    for (const tag of ['terms', `${name}_request`, `${name}_answer`, `${name}_set`, 'common']) {
      it(`garbage under ${tag} stops the run with a RangeError`, async () => {
        const tamper = (message: WireMessage) =>
          message.tag === tag ? Uint8Array.of(0xff, 1, 2, 3) : message.bytes
        await assert.rejects(intersect({ ...scene, tamper }), { name: 'RangeError' })
      })
    }

    it('asking for more ids than announced stops the run', async () => {
      const tamper = ({ tag, bytes }: WireMessage) => {
        if (tag !== 'terms') return bytes
        return json.encode({ ...(json.decode(bytes) as object), rows: 2 })
      }
      await assert.rejects(intersect({ ...scene, tamper }), /announced 2 ids and asked for 3/)
    })

    it('terms of another form stop the run', async () => {
      const tamper = ({ tag, bytes }: WireMessage) =>
        tag === 'terms' ? json.encode(['rsa']) : bytes
      await assert.rejects(intersect({ ...scene, tamper }), /terms of an unknown form/)
    })

    it('rows cut off from an answer stop the run', async () => {
      const width = { rsa: 128, dh: 256 }[name] ?? 32
      const tamper = (message: WireMessage) => {
        if (message.tag !== `${name}_answer`) return message.bytes
        const { last, rows: all } = BATCH.decode(message.bytes)
        return BATCH.encode({ last, rows: { width, data: all.data.subarray(width) } })
      }
      await assert.rejects(intersect({ ...scene, tamper }), /answered what was not asked/)
    })
  })
}

describe('Intersection by rsa, a cheating host', () => {
  const scene = { guest: ['a', 'b', 'c'], hosts: [['b', 'c', 'd']], params: METHODS.rsa }

  it('a wrong signature is noticed', async () => {
    const tamper = (message: WireMessage) => {
      if (message.tag !== 'rsa_answer') return message.bytes
      const bytes = message.bytes.slice()
      bytes[bytes.length - 1] ^= 1
      return bytes
    }
    await assert.rejects(intersect({ ...scene, tamper }), /signature 2 is wrong/)
  })

  it('a key without its proof is refused', async () => {
    const tamper = (message: WireMessage) => {
      if (message.tag !== 'rsa_key') return message.bytes
      const bytes = message.bytes.slice()
      bytes[bytes.length - 1] ^= 1
      return bytes
    }
    await assert.rejects(intersect({ ...scene, tamper }), /proof is wrong/)
  })
})

describe('Intersection by ecdh, a cheating host', () => {
  it('a point of small order is refused', async () => {
    const scene = { guest: ['a', 'b', 'c'], hosts: [['b', 'c', 'd']], params: METHODS.ecdh }
    const tamper = (message: WireMessage) => {
      if (message.tag !== 'ecdh_set') return message.bytes
      const bytes = message.bytes.slice()
      bytes.fill(0, bytes.length - 32)
      return bytes
    }
    await assert.rejects(intersect({ ...scene, tamper }), /small order/)
  })
})
