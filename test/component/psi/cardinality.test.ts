import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { multiplyPoints } from '../../../src/compute/crypto/curve25519.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { json, parts, rows, type ByteRows } from '../../../src/federation/codec.ts'
import { GUEST, intersect, METHODS } from './scene.ts'

const HOST = 'host:10000'
const PARAMS = { intersect_method: 'ecdh', cardinality_only: true }
const BATCH = parts<{ last: unknown; rows: ByteRows }>({ last: json, rows })

function numbers(from: number, until: number): string[] {
  return Array.from({ length: until - from }, (_, i) => `${from + i}`)
}

describe('the number of common ids alone', () => {
  const sets: [number, number, number, number][] = [
    [0, 60, 20, 100],
    [0, 10, 10, 20],
    [0, 0, 0, 5],
    [0, 5, 5, 5],
    [0, 9000, 4000, 12_500],
  ]
  for (const [a, b, c, d] of sets) {
    it(`is right for ${a} to ${b} and ${c} to ${d}, and only the guest knows it`, async () => {
      const run = await intersect({
        guest: numbers(a, b),
        hosts: [numbers(c, d)],
        params: PARAMS,
      })
      const { tables, models, metrics } = run.parties[GUEST]
      assert.deepEqual(tables, [])
      const count = Math.max(0, Math.min(b, d) - Math.max(a, c))
      assert.equal(models[0].param.intersectCount, count)
      assert.deepEqual(metrics[0].points[0], ['intersect_count', count])
      const host = run.parties[HOST]
      assert.deepEqual([host.tables, host.models, host.metrics], [[], [], []])
      assert.equal(run.unread, 0)
    })
  }

  it('reaches the host with sync_cardinality', async () => {
    const run = await intersect({
      guest: numbers(0, 8),
      hosts: [numbers(5, 20)],
      params: { ...PARAMS, sync_cardinality: true },
    })
    assert.equal(run.parties[HOST].models[0].param.intersectCount, 3)
    assert.deepEqual(run.parties[HOST].tables, [])
  })

  it('comes from answers in an order that the guest does not know', async () => {
    const scalar = randomBytes(32)
    const run = await intersect({
      guest: numbers(0, 64),
      hosts: [numbers(0, 64)],
      params: PARAMS,
      random: (count) => (count === 32 ? scalar.slice() : randomBytes(count)),
    })
    const points = (tag: string) =>
      run.wire
        .filter((message) => message.tag === tag)
        .flatMap(({ bytes }) => texts(BATCH.decode(bytes).rows.data))
    const asked = Buffer.from(points('ecdh_request').join(''), 'hex')
    const inOrder = texts(await multiplyPoints({ points: new Uint8Array(asked), scalar }))
    const answered = points('ecdh_answer')
    assert.deepEqual(answered.toSorted(), inOrder.toSorted())
    // Equal by chance once in 64! runs.
    assert.notDeepEqual(answered, inOrder)
  })

  it('is refused for other methods, and where only one side wants it', async () => {
    const guest = numbers(0, 3)
    for (const params of [METHODS.rsa, METHODS.kkrt, METHODS.unbalanced]) {
      const job = { guest, hosts: [guest], params: { ...params, cardinality_only: true } }
      await assert.rejects(intersect(job), /cardinality_only needs intersect_method ecdh/)
    }
    await assert.rejects(
      intersect({
        guest,
        hosts: [guest],
        params: { intersect_method: 'ecdh' },
        paramsAt: { [GUEST]: { cardinality_only: true } },
      }),
      /cardinality_only is false here and true there/,
    )
  })

  it('is not believed where it cannot be', async () => {
    const job = intersect({
      guest: numbers(0, 3),
      hosts: [numbers(0, 5)],
      params: { ...PARAMS, sync_cardinality: true },
      tamper: ({ tag, bytes }) => (tag === 'cardinality' ? json.encode(4) : bytes),
    })
    await assert.rejects(job, /a number of common ids that cannot be/)
  })
})

describe('an empty intersection', () => {
  for (const method of ['rsa', 'ecdh', 'kkrt', 'unbalanced', 'dh']) {
    it(`is empty at four parties although each pair shares ids, by ${method}`, async () => {
      const run = await intersect({
        guest: ['a', 'b', 'c'],
        hosts: [
          ['a', 'b'],
          ['b', 'c'],
          ['c', 'a'],
        ],
        params: METHODS[method],
      })
      for (const { tables } of Object.values(run.parties)) assert.deepEqual(tables[0].ids, [])
      assert.equal(run.unread, 0)
    })
  }
})

function texts(data: Uint8Array): string[] {
  return Array.from({ length: data.length / 32 }, (_, i) =>
    Buffer.from(data.subarray(32 * i, 32 * i + 32)).toString('hex'),
  )
}
