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
  params: z.object({ amount: z.number().default(1) }),
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
    const { parseParams: _parse, paramsSchema, ...entry } = adderEntry
    assert.deepEqual(paramsSchema()['properties'], { amount: { default: 1, type: 'number' } })
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

  it('fills in defaults, drops keys of other versions and refuses what cannot be', () => {
    const entry = catalogOf([adder]).get('Adder')
    assert.deepEqual(entry?.parseParams({ other: 1 }), { amount: 1 })
    assert.throws(
      () => entry?.parseParams({ amount: 'much' }),
      (error) => error instanceof z.ZodError,
    )
  })

  it('refuses two components of one name', () => {
    assert.throws(() => catalogOf([adder, adder]), /Two components are called "Adder"/)
  })
})
