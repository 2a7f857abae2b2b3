/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { sealHeaders, secretFault } from '../../src/domain/webhook-signature.ts'

describe('the signature of a webhook', () => {
  it('is the one that the libraries of Standard Webhooks are tested with', async () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const seal = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', secret }
    const said = { text: '{"test": 2432232314}', at: 1_614_265_330_000 }
    assert.equal(secretFault(secret), undefined)
    assert.deepEqual(await sealHeaders(seal, said), {
      'webhook-id': seal.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    })
    const other = await sealHeaders(seal, { ...said, at: said.at + 1000 })
    assert.notEqual(other['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })
})
