import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { compareText } from '../../src/compute/text.ts'

describe('compareText', () => {
  it('orders as the UTF-8 bytes do', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀'),
    })
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b))
        assert.equal(Math.sign(compareText(a, b)), expected)
      }),
    )
  })

  it('puts U+10000 after U+FFFF, unlike the default order', () => {
    assert.deepEqual(['\u{10000}', '\uffff', 'a', ''].toSorted(compareText), [
      '',
      'a',
      '\uffff',
      '\u{10000}',
    ])
  })
})
