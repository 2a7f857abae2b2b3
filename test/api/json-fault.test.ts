import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { jsonFault } from '../../src/api/json-fault.ts'

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('jsonFault', () => {
  const FAULTS: readonly [text: string, at: number][] = [
    ['', 0],
    ['{"a": 1, }', 9],
    ['["-D fdfdf", ]', 13],
    ['{"a" 1}', 5],
    ['{"a": 01}', 7],
    ['[1 2]', 3],
    ['{"a": "b', 6],
    ["{'a': 1}", 1],
    ['[1]]', 3],
    ['{"a": undefined}', 6],
    ['[', 1],
    ['"\u0001"', 0],
  ]
  for (const [text, at] of FAULTS) {
    it(`finds the fault of ${JSON.stringify(text)} at ${at}`, () => {
      assert.equal(jsonFault(text), at)
      assert.equal(parses(text), false)
    })
  }

  it('finds none in whatever JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
        assert.equal(jsonFault(JSON.stringify(value, null, indent)), undefined)
      }),
    )
  })

  it('agrees with JSON.parse about texts that somebody has spoilt', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom('', ',', '}', ']', '"', '\\', '0', ' '),
        (value, place, by) => {
          const text = JSON.stringify(value)
          const at = place % (text.length + 1)
          const spoilt = text.slice(0, at) + by + text.slice(at + 1)
          assert.equal(jsonFault(spoilt) === undefined, parses(spoilt), spoilt)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
