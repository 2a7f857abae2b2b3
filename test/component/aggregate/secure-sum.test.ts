import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

import {
  collectSum,
  contributeToSum,
  type SecureSum,
  secureSumMessages,
} from '../../../src/component/aggregate/secure-sum.ts'
import { component } from '../../../src/component/define.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { address, type Channel, ChannelClosed } from '../../../src/federation/channel.ts'
import { memoryHub } from '../../../src/federation/memory.ts'
import { runComponent } from '../../helpers/parties.ts'

const TERMS = { threshold: 3, length: 3, fraction: 20, bound: 100 }
const NAMES = ['1', '2', '3', '4']
const OPTIONS = {
  ...TERMS,
  server: address('arbiter', '9'),
  contributors: NAMES.map((name) => address('host', name)),
}

const valuesOf = (name: string) => Float64Array.of(Number(name), -Number(name) / 4, 50)

/** A component that does nothing but add up. */
function summing(done: (sum: SecureSum) => void) {
  return component({
    name: 'Sum',
    summary: 'Adds up',
    roles: ['host', 'arbiter'],
    requires: ['host', 'arbiter'],
    params: z.object({}),
    paramsName: 'SumParam',
    inputs: { data: [], model: [] },
    outputs: { data: false, model: false },
    deployed: true,
    messages: secureSumMessages({ contributors: ['host'], server: 'arbiter' }),
    async run(context) {
      if (context.role === 'arbiter') done(await collectSum(context, OPTIONS))
      else await contributeToSum(context, { ...OPTIONS, values: valuesOf(context.party) })
    },
  })
}

describe('a secure sum over a channel', () => {
  it('gives the server the sum, in five messages each, all declared', async () => {
    const sums: SecureSum[] = []
    const run = await runComponent(
      summing((sum) => void sums.push(sum)),
      { members: { host: NAMES, arbiter: ['9'] } },
    )
    assert.deepEqual(sums, [{ sum: Float64Array.of(10, -2.5, 200), of: OPTIONS.contributors }])
    assert.equal(run.unread, 0)
    assert.equal(run.wire.length, 4 * 7)
    const vectors = run.ledger.filter(({ tag }) => tag === 'sum_vector')
    assert.ok(vectors.every(({ kind, receiver }) => kind === 'masked' && receiver === 'arbiter:9'))
    const secret = new Uint8Array(BigInt64Array.of(50n << 20n).buffer).join()
    for (const { bytes } of run.wire) assert.ok(!bytes.join().includes(secret))
  })

  for (const [tag, others] of [
    ['sum_vector', ['1', '2', '4']],
    ['sum_shares', NAMES],
  ] as const) {
    it(`goes on without a contributor that is lost before its ${tag}`, async () => {
      const { collected } = losing(['3'], tag)
      const { sum, of } = await collected
      assert.deepEqual(
        of,
        others.map((name) => address('host', name)),
      )
      const expected = valuesOf('1').map((_, at) =>
        others.reduce((all, name) => all + valuesOf(name)[at], 0),
      )
      assert.deepEqual(sum, expected)
    })
  }

  it('fails with a sentence when too few are left', async () => {
    const { collected } = losing(['1', '3'], 'sum_vector')
    await assert.rejects(collected, /2 contributors are left, 3 are needed/)
  })
})

/** Runs a sum in which `lost` are gone when they should send `tag`, which their receiver hears as a closed channel. */
function losing(lost: readonly string[], tag: string): { collected: Promise<SecureSum> } {
  const hub = memoryHub()
  const gone = new Map(lost.map((name) => [address('host', name), Promise.withResolvers<never>()]))
  for (const { promise } of gone.values()) promise.catch(() => undefined)
  const raw = hub.channel(OPTIONS.server)
  const server: Channel = {
    ...raw,
    receive: (from, of) =>
      Promise.race(
        [raw.receive(from, of), ...(of === tag ? [gone.get(from)?.promise] : [])].filter(
          (each) => each !== undefined,
        ),
      ),
  }
  for (const name of NAMES) {
    const own = hub.channel(address('host', name))
    const end = gone.get(own.self)
    const channel: Channel = {
      ...own,
      async send(to, of, bytes) {
        if (!end || of !== tag) return own.send(to, of, bytes)
        end.reject(new ChannelClosed('lost'))
        throw new ChannelClosed('lost')
      },
    }
    const values = valuesOf(name)
    const work = contributeToSum({ channel, random: randomBytes }, { ...OPTIONS, values })
    // The others wait for a server that may have given up.
    work.catch(() => undefined)
  }
  const collected = collectSum({ channel: server }, OPTIONS)
  return { collected }
}
