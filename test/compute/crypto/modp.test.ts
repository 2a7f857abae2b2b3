import assert from 'node:assert/strict'
import { getDiffieHellman } from 'node:crypto'
import { describe, it } from 'node:test'

import { bigintToBytes, fromRows } from '../../../src/compute/crypto/bytes.ts'
import {
  hashElements,
  hashPower,
  MODP_BYTES,
  MODP_PRIME,
  powerElements,
} from '../../../src/compute/crypto/modp.ts'
import { modPow } from '../../../src/compute/crypto/modular.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'

const skip = 'Deno' in globalThis && 'needs the groups of node:crypto'

describe('The group of RFC 3526', () => {
  it('has the prime of RFC 3526 §3, as another library has it', { skip }, () => {
    const prime = getDiffieHellman('modp14').getPrime('hex')
    assert.equal(MODP_PRIME.toString(16), prime)
  })

  it('gives the same element whoever blinds first, and squares only', () => {
    const ids = ['a', 'b', '漢字', 'a']
    const [one, other] = [randomBytes(32), randomBytes(32)]
    const first = powerElements({ elements: hashPower({ ids, exponent: one }), exponent: other })
    const second = powerElements({ elements: hashPower({ ids, exponent: other }), exponent: one })
    assert.deepEqual(first, second)
    const elements = fromRows(first, MODP_BYTES)
    assert.equal(elements[0], elements[3])
    assert.equal(new Set(elements).size, 3)
    for (const element of elements) {
      assert.equal(modPow(element, (MODP_PRIME - 1n) / 2n, MODP_PRIME), 1n)
    }
    assert.equal(hashElements(first).length, 32 * 4)
  })

  it('makes a square of what is none, so that no bit of the exponent shows', () => {
    // −2 is no square modulo a prime that is 7 mod 8.
    const elements = bigintToBytes(MODP_PRIME - 2n, MODP_BYTES)
    assert.equal(modPow(MODP_PRIME - 2n, (MODP_PRIME - 1n) / 2n, MODP_PRIME), MODP_PRIME - 1n)
    const [raised] = fromRows(powerElements({ elements, exponent: randomBytes(32) }), MODP_BYTES)
    assert.equal(modPow(raised, (MODP_PRIME - 1n) / 2n, MODP_PRIME), 1n)
  })

  it('refuses elements of small order and those that are none', () => {
    const exponent = randomBytes(32)
    for (const value of [0n, 1n, MODP_PRIME - 1n, MODP_PRIME, MODP_PRIME + 1n]) {
      const elements = bigintToBytes(value, MODP_BYTES)
      assert.throws(() => powerElements({ elements, exponent }), /element 0 is trivial/)
    }
    assert.throws(() => powerElements({ elements: new Uint8Array(255), exponent }), RangeError)
    assert.throws(() => hashPower({ ids: ['a'], exponent: new Uint8Array(31) }), RangeError)
  })
})
