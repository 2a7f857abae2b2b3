import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { compareText, nearestName } from '../../src/compute/text.ts'

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

describe('nearestName', () => {
  const names = ['method', 'key_length', 'alpha', 'tol', 'max_iter']

  it('finds the name that was meant', () => {
    for (const [typed, meant] of [
      ['methd', 'method'],
      ['mehtod', 'method'],
      ['keylength', 'key_length'],
      ['Key_Length', 'key_length'],
      ['aplha', 'alpha'],
      ['maxiter', 'max_iter'],
      ['tl', 'tol'],
    ] as const) {
      assert.equal(nearestName(typed, names), meant)
    }
  })

  it('offers nothing where nothing is near', () => {
    for (const typed of ['shuffle', 'x', '', 'a'.repeat(10_000)]) {
      assert.equal(nearestName(typed, names), undefined)
    }
  })

  it('is the name itself where it is among them, and one edit away is near', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', '_'),
      minLength: 3,
      maxLength: 20,
    })
    fc.assert(
      fc.property(name, name, fc.nat(), (one, other, seed) => {
        assert.equal(nearestName(one, [other, one]), one)
        const at = seed % one.length
        assert.equal(nearestName(one.slice(0, at) + one.slice(at + 1), [one]), one)
      }),
    )
  })
})
