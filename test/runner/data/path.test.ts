/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { outputLocation, segment, tableLocation } from '../../../src/runner/data/path.ts'

/** Any text, halves of surrogate pairs among it. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0x2ff }), fc.integer({ min: 0, max: 0x10ffff })))
  .map((points) => String.fromCodePoint(...points))

describe('segment', () => {
  it('gives every name a segment that stays in its folder', () => {
    const names = fc.oneof(
      anyText,
      fc.constantFrom(
        '..',
        '.',
        '',
        '/',
        '../../etc/passwd',
        'a/b',
        'a\\b',
        'nul\0',
        '~',
        '%',
        'x'.repeat(900),
      ),
    )
    fc.assert(
      fc.property(names, (name) => {
        const text = segment(name)
        assert.match(text, /^[a-z0-9%~-]{1,120}$/)
      }),
    )
  })

  it('gives different names different segments, even where case does not count', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        fc.pre(a.toWellFormed() !== b.toWellFormed())
        assert.notEqual(segment(a).toLowerCase(), segment(b).toLowerCase())
      }),
    )
    const long = 'x'.repeat(500)
    const lookalikes = ['a', 'A', 'a.', 'a ', 'é', 'e\u0301', `${long}1`, `${long}2`]
    assert.equal(new Set(lookalikes.map(segment)).size, lookalikes.length)
  })
})

describe('locations', () => {
  it('keep parties, and the tables of everybody, apart', () => {
    const key = { namespace: 'n', name: 't' }
    const locations = ['9999', '10000', '@shared', null].map((party) =>
      tableLocation({ ...key, party }),
    )
    assert.equal(new Set(locations).size, 4)
    assert.equal(locations[0], 'tables/9999/n/t.arrow')
    assert.equal(locations[3], 'tables/@shared/n/t.arrow')
  })

  it('do not confuse role and party', () => {
    const base = { jobId: 'j', node: 'n' }
    const one = outputLocation({ ...base, role: 'guest_1', party: '2' }, 'table')
    const two = outputLocation({ ...base, role: 'guest', party: '1_2' }, 'table')
    assert.notEqual(one, two)
  })
})
