import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { inline } from '../../../src/compute/parallel.ts'
import { json, parts, rows } from '../../../src/federation/codec.ts'
import { GUEST, intersect, METHODS } from './scene.ts'

const BATCH = parts({ last: json, rows })

describe('Intersection for sets of unequal size', () => {
  const host = Array.from({ length: 20_000 }, (_, i) => `customer-${i}`)

  it('finds what a small guest shares with a large host, over several batches', async () => {
    const guest = ['customer-3', 'nobody', 'customer-19999', 'Customer-3', 'customer-8192']
    const run = await intersect({ guest, hosts: [host], params: METHODS.unbalanced })
    const common = ['customer-19999', 'customer-3', 'customer-8192']
    assert.deepEqual(run.parties[GUEST].tables[0].ids, common)
    assert.deepEqual(run.parties['host:10000'].tables[0].ids, common)
    const sent = (tag: string) =>
      run.wire
        .filter((message) => message.tag === tag)
        .map(({ bytes }) => BATCH.decode(bytes).rows)
        .reduce((sum, { data }) => sum + data.length, 0)
    // Half of what ecdh sends for the host's ids.
    assert.equal(sent('unbalanced_set'), 16 * host.length)
    assert.equal(sent('unbalanced_request') + sent('unbalanced_answer'), 64 * guest.length)
  })

  it('is right the other way round too, and with an empty table', async () => {
    const run = await intersect({
      guest: host,
      hosts: [['x', 'customer-7']],
      params: METHODS.unbalanced,
    })
    assert.deepEqual(run.parties[GUEST].tables[0].ids, ['customer-7'])
    const empty = await intersect({ guest: [], hosts: [['x']], params: METHODS.unbalanced })
    assert.deepEqual(empty.parties[GUEST].tables[0].ids, [])
  })

  it('has the guest work for its own ids alone: no kernel call of it grows with the host’s', async () => {
    const calls: [string, number][] = []
    const parallel: typeof inline = {
      ...inline,
      map(kernel, all, options) {
        for (const call of all as readonly { ids?: readonly string[]; points?: Uint8Array }[]) {
          calls.push([kernel, call.ids?.length ?? (call.points?.length ?? 0) / 32])
        }
        return inline.map(kernel, all, options)
      },
    }
    await intersect({
      guest: ['customer-1', 'b'],
      hosts: [host],
      params: METHODS.unbalanced,
      parallel,
    })
    const work = (kernel: string) =>
      calls.filter(([name]) => name === kernel).reduce((sum, [, count]) => sum + count, 0)
    assert.equal(work('curve25519.hashMultiply'), 2)
    assert.equal(work('curve25519.multiply'), 2)
    assert.equal(work('oprf25519.unblind'), 2)
    assert.equal(work('oprf25519.evaluate'), host.length)
  })
})
