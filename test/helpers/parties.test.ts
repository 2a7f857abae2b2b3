import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

import { component, type TaskContext } from '../../src/component/define.ts'
import { ChannelClosed } from '../../src/federation/channel.ts'
import { json } from '../../src/federation/codec.ts'
import { runComponent } from './parties.ts'

type Run = (context: TaskContext<{ times: number }>) => Promise<void>

/** A component whose roles do what the test says. */
function acting(run: Run) {
  return component({
    name: 'Echo',
    summary: 'For tests',
    roles: ['guest', 'host'],
    requires: [],
    params: z.object({ times: z.int().default(2) }),
    paramsName: 'EchoParam',
    inputs: { data: [], model: [] },
    outputs: { data: false, model: false },
    deployed: false,
    messages: {
      word: { kind: 'plain', from: ['guest'], to: ['host'], reveals: 'A word.' },
    },
    run,
  })
}

const members = { guest: ['1'], host: ['2', '3'] } as const

describe('runComponent', () => {
  it('runs every role and keeps what it said, byte for byte', async () => {
    const echo = acting(async ({ role, position, params, channel, log }) => {
      if (role === 'host') {
        log('info', String(json.decode(await channel.receive('guest:1', 'word'))))
        return
      }
      const bytes = json.encode(params.times + position)
      await channel.send('host:2', 'word', bytes)
      await channel.send('host:3', 'word', bytes)
      bytes.fill(0)
    })
    const run = await runComponent(echo, { members, paramsAt: { 'guest:1': { times: 7 } } })
    assert.deepEqual(run.parties['host:3'].logs, [{ level: 'info', text: '7' }])
    assert.deepEqual(run.wire, [
      { from: 'guest:1', to: 'host:2', tag: 'word', bytes: json.encode(7) },
      { from: 'guest:1', to: 'host:3', tag: 'word', bytes: json.encode(7) },
    ])
    assert.deepEqual(run.parties['guest:1'].wire, run.wire)
    assert.deepEqual(run.parties['guest:1'].ledger, run.ledger)
    assert.equal(run.ledger.length, 2)
    assert.equal(run.unread, 0)
  })

  it('throws the first error again after the others have heard of it', async () => {
    const heard: unknown[] = []
    const failing = acting(async ({ position, role, channel }) => {
      if (role === 'guest') return
      if (position === 1) throw new Error('no power')
      await channel.receive('guest:1', 'word').catch((error: unknown) => {
        heard.push(error)
        throw error
      })
    })
    await assert.rejects(runComponent(failing, { members }), { message: 'no power' })
    assert.deepEqual(heard, [new ChannelClosed('host:3 stopped')])
  })

  it('holds the component to its declarations', async () => {
    const leaking = acting(async ({ role, channel }) => {
      if (role === 'host') await channel.send('guest:1', 'word', new Uint8Array(1))
    })
    await assert.rejects(runComponent(leaking, { members }), /goes from guest, not from host/)
  })

  it('parses parameters as a runner does', async () => {
    const idle = acting(async () => {})
    const params = { times: 'often' }
    await assert.rejects(runComponent(idle, { members, params }), { name: 'ZodError' })
  })

  it('counts messages that nobody received', async () => {
    const talking = acting(async ({ role, channel }) => {
      if (role === 'guest') await channel.send('host:2', 'word', new Uint8Array(1))
    })
    assert.equal((await runComponent(talking, { members })).unread, 1)
  })
})
