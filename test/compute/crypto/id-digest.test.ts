import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { digestId, ID_DIGESTS } from '../../../src/compute/crypto/id-digest.ts'

describe('digestId', () => {
  for (const method of ID_DIGESTS.filter((name) => name !== 'none')) {
    it(`${method}: the hash of id and salt, in hexadecimal or base64`, () => {
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (id, salt) => {
          for (const base64 of [false, true]) {
            const expected = createHash(method)
              .update(id + salt)
              .digest(base64 ? 'base64' : 'hex')
            assert.equal(digestId(id, { method, salt, base64 }), expected)
          }
        }),
        { numRuns: 20 },
      )
    })
  }

  it('none: the id itself, or its UTF-8 bytes in base64', () => {
    assert.equal(digestId('é', { method: 'none', salt: 'x', base64: false }), 'é')
    assert.equal(digestId('é', { method: 'none', salt: 'x', base64: true }), 'w6k=')
  })
})
