import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

import { unknownKeys } from '../../src/component/param.ts'
import { COMPONENTS } from '../../src/component/registry.ts'

describe('registry', () => {
  for (const [name, component] of COMPONENTS) {
    it(`${name} has parameters with defaults, which can be shown as a JSON schema`, () => {
      const defaults = component.params.parse({})
      assert.deepEqual(component.params.parse(defaults), defaults)
      const schema = z.toJSONSchema(component.params)
      assert.equal(schema.type, 'object')
      assert.match(component.paramsName, /Param$/)
    })

    it(`${name} keeps parameters that it does not know, to warn of them`, () => {
      const params = component.params.parse({ no_such_parameter: 1 })
      assert.deepEqual(unknownKeys(component.params, params), ['no_such_parameter'])
    })

    it(`${name} keeps what it does not know inside of its parameters too`, () => {
      for (const [key, value] of Object.entries(component.params.parse({}))) {
        if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
        // A record's keys are names of columns or classes: all of them are known.
        if (Object.keys(value).length === 0) continue
        const params = component.params.parse({ [key]: { no_such_parameter: 1 } })
        assert.deepEqual(unknownKeys(component.params, params), [`${key}.no_such_parameter`])
      }
    })

    it(`${name} says what each of its messages reveals, between roles that it has`, () => {
      for (const [tag, { from, to, reveals }] of Object.entries(component.messages)) {
        assert.match(reveals, /^[A-Z].+\.$/s, tag)
        const roles: readonly string[] = component.roles
        for (const role of [...from, ...to]) assert.ok(roles.includes(role), tag)
      }
    })
  }
})
