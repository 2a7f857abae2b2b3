/**
 * Adds up numbers of two parties by secret shares: the first thing to try on a new installation (FATE's SecureAddExample).
 *
 * Each party has `data_num` ones, keeps a random share of each modulo 2^32 and sends the rest to the other; each adds up
 * the shares that it holds, and the guest adds both sums.
 * @module
 */
import { z } from 'zod'

import { address } from '../../federation/channel.ts'
import { uint32s } from '../../federation/codec.ts'
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'

/** Parameters of SecureAddExample. */
export const SecureAddExampleParam = z.looseObject({
  /** Kept for callers that send it: shares are drawn from the system's own randomness. */
  seed: z.int().nullable().default(null),
  /** Kept for callers that send it: tables are not cut here. */
  partition: z.int().positive().default(10),
  data_num: z.int().positive().max(1_000_000).default(1000),
  need_run: z.boolean().default(true),
})

/** One guest, one host. */
export const secureAddExample = component({
  name: 'SecureAddExample',
  summary: 'Adds up numbers of two parties by secret shares, to try an installation',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: SecureAddExampleParam,
  paramsName: 'SecureAddExampleParam',
  inputs: { data: [], model: [] },
  outputs: { data: false, model: false },
  deployed: false,
  messages: {
    shares: {
      kind: 'share',
      from: ['guest', 'host'],
      to: ['guest', 'host'],
      reveals: "Nothing: random shares of the sender's numbers.",
    },
    share_sum: {
      kind: 'aggregate',
      from: ['host'],
      to: ['guest'],
      reveals:
        'The sum of the shares that the host holds, hence the sum of all numbers of both parties.',
    },
  },
  async run(context) {
    warnOfUnknown(context, SecureAddExampleParam)
    const { channel, members, params, role } = context
    const otherRole = role === 'guest' ? 'host' : 'guest'
    const others = members[otherRole] ?? []
    if (others.length !== 1) {
      throw new Error(`${context.name} is for one ${otherRole}, the job has ${others.length}`)
    }
    const other = address(otherRole, others[0])
    const own = new Uint32Array(new Uint8Array(context.random(4 * params.data_num)).buffer)
    await channel.send(other, 'shares', uint32s.encode(own.map((share) => 1 - share)))
    const theirs = uint32s.decode(await channel.receive(other, 'shares'))
    if (theirs.length !== own.length) {
      throw new Error(
        `${other} has ${theirs.length} numbers, ${channel.self} ${own.length}: data_num must be the same at both`,
      )
    }
    const sum = own.reduce((total, share, at) => (total + share + theirs[at]) >>> 0, 0)
    if (role === 'host') {
      await channel.send(other, 'share_sum', uint32s.encode(Uint32Array.of(sum)))
      context.progress(1, 1)
      return
    }
    const [rest] = uint32s.decode(await channel.receive(other, 'share_sum'))
    const total = (sum + rest) >>> 0
    const expected = 2 * params.data_num
    if (total !== expected) throw new Error(`The sum is ${total}, expected ${expected}`)
    context.log('info', `success to calculate secure_sum, it is ${total}`)
    context.metric({
      namespace: 'train',
      name: 'secure_sum',
      points: [['sum', total]],
      meta: { name: 'secure_sum', metric_type: 'SECURE_ADD' },
    })
    context.progress(1, 1)
  },
})
