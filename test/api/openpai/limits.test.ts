import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createToken } from '../../../src/domain/token.ts'
import { testApp } from '../../helpers/app.ts'

describe('limits on how often OpenPAI is asked', () => {
  it('hold for an address, and for the lists and submissions of a user', async () => {
    let now = 1_000_000
    const app = await testApp({
      settings: { rates: { requests: 9, lists: 2, submissions: 1 } },
      deps: { now: () => now },
    })
    const text = async (name: string) =>
      createToken(app.db, { kind: 'user', name, parties: null }, 0)
    const tokens = { ann: await text('ann'), bob: await text('bob') }
    const ask = async (who: 'ann' | 'bob', path: string, from = '1.1.1.1', body?: string) => {
      const init = {
        headers: { authorization: `Bearer ${tokens[who]}` },
        ...(body === undefined ? {} : { method: 'POST', body }),
      }
      const env = { incoming: { socket: { remoteAddress: from } } }
      const response = await app.app.request(path, init, env)
      const { code, message } = (await response.json()) as { code?: string; message?: string }
      const wait = response.headers.get('retry-after')
      return { status: response.status, code, message, wait }
    }
    const statuses = []
    for (const path of ['/api/v2/jobs', '/api/v2/user/ann/jobs', '/api/v2/jobs'])
      statuses.push((await ask('ann', path)).status)
    assert.deepEqual(statuses, [200, 200, 429])
    assert.equal((await ask('bob', '/api/v2/jobs')).status, 200)
    now += 20_000
    assert.deepEqual(await ask('ann', '/api/v2/jobs'), {
      status: 429,
      code: 'TooManyRequestsError',
      message:
        'Too many requests: at most 2 lists of jobs a minute by one user. Try again in 40 seconds.',
      wait: '40',
    })
    assert.equal((await ask('ann', '/api/v2/jobs', '1.1.1.1', 'a: [')).code, 'InvalidProtocolError')
    const second = await ask('ann', '/api/v2/jobs', '1.1.1.1', 'a: [')
    assert.match(second.message ?? '', /at most 1 submissions an hour by one user/)
    for (const expected of [200, 200, 429])
      assert.equal((await ask('bob', '/api/v2/info')).status, expected)
    assert.match((await ask('bob', '/api/v2/info')).message ?? '', /at most 9 a minute from one/)
    assert.equal((await ask('bob', '/api/v2/info', '2.2.2.2')).status, 200)
    now += 40_000
    assert.equal((await ask('ann', '/api/v2/jobs')).status, 200)
    assert.equal((await ask('ann', '/api/v2/jobs', '1.1.1.1', 'a: [')).status, 429)
    await app.close()
  })

  it('are none unless they are set', async () => {
    const app = await testApp()
    for (let turn = 0; turn < 700; turn += 1)
      assert.equal((await app.app.request('/api/v2/info')).status, 200)
    await app.close()
  })
})
