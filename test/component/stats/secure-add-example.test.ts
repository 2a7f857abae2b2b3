import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { secureAddExample } from '../../../src/component/stats/secure-add-example.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'

function run(paramsAt: Record<string, object> = {}): Promise<ComponentRun> {
  return runComponent(secureAddExample, {
    members: { guest: ['1'], host: ['2'] },
    params: { data_num: 50 },
    paramsAt,
  })
}

describe('SecureAddExample', () => {
  it('adds up the numbers of both parties', async () => {
    const { parties, wire } = await run()
    assert.equal(parties['guest:1'].logs[0].text, 'success to calculate secure_sum, it is 100')
    assert.deepEqual(wire.map(({ tag }) => tag).toSorted(), ['share_sum', 'shares', 'shares'])
    const again = await run()
    assert.notDeepEqual(again.wire[0].bytes, wire[0].bytes)
  })

  it('refuses other numbers of numbers', async () => {
    await assert.rejects(run({ 'host:2': { data_num: 49 } }), /data_num must be the same at both/)
  })
})
