import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

import { catalogOf } from '../../src/component/catalog.ts'
import { component } from '../../src/component/define.ts'

const adder = component({
  name: 'Adder',
  summary: 'Adds',
  roles: ['guest'],
  requires: [],
  params: z.object({
    amount: z.number().default(1),
    by: z.object({ step: z.number().default(1) }).optional(),
  }),
  paramsName: 'AdderParam',
  inputs: { data: ['data'], model: [] },
  outputs: { data: true, model: false },
  deployed: true,
  messages: {},
  run: () => Promise.resolve(),
})

describe('catalogOf', () => {
  it('lists components by name, without what runs them', () => {
    const catalog = catalogOf([adder])
    assert.deepEqual([...catalog.keys()], ['Adder'])
    const adderEntry = catalog.get('Adder') ?? assert.fail('no Adder')
    const { parseParams: _parse, warnings: _warnings, quorum, paramsSchema, ...entry } = adderEntry
    // Whoever sends nothing is not missed by the others.
    assert.deepEqual(quorum?.({}, { guest: ['1'] }), { leaves: ['guest'], of: ['guest'], least: 0 })
    const { amount, by } = paramsSchema()['properties'] as Record<string, object>
    assert.deepEqual(amount, { default: 1, type: 'number' })
    assert.deepEqual((by as { properties: object }).properties, {
      step: { default: 1, type: 'number' },
    })
    assert.deepEqual(entry, {
      name: 'Adder',
      summary: 'Adds',
      roles: ['guest'],
      requires: [],
      paramsName: 'AdderParam',
      inputs: { data: ['data'], model: [] },
      outputs: { data: true, model: false },
      deployed: true,
    })
  })

  it('fills in defaults, keeps what it does not know and warns of it, and refuses what cannot be', () => {
    const entry = catalogOf([adder]).get('Adder')
    const params = entry?.parseParams({ amuont: 2, by: { step: 1, stpe: 2 } }) ?? {}
    assert.deepEqual(params, { amount: 1, amuont: 2, by: { step: 1, stpe: 2 } })
    assert.deepEqual(entry?.warnings?.('adder_0', params), [
      'adder_0 has no parameter "by.stpe": it is ignored; did you mean "by.step"?',
      'adder_0 has no parameter "amuont": it is ignored; did you mean "amount"?',
    ])
    const elsewhere = entry?.parseParams({ step: 2 }) ?? {}
    assert.deepEqual(entry?.warnings?.('adder_0', elsewhere), [
      'adder_0 has no parameter "step": it is ignored; did you mean "by.step"?',
    ])
    assert.throws(
      () => entry?.parseParams({ amount: 'much' }),
      (error) => error instanceof z.ZodError,
    )
  })

  it('refuses two components of one name', () => {
    assert.throws(() => catalogOf([adder, adder]), /Two components are called "Adder"/)
  })
})
