import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { randomBits } from '../../../src/compute/crypto/random.ts'
import {
  hideRounding,
  roundMasked,
  sharesFromBytes,
  sharesToBytes,
} from '../../../src/compute/crypto/share-rounding.ts'
import { addShares, type Shares, wrapShare } from '../../../src/compute/crypto/shared-real.ts'

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
const number = (bits: number) => randomBits(bits + 1, random) - (1n << BigInt(bits))

describe('rounding of shares', () => {
  /** Shares of `value` at `parties` parties, rounded, and put together again. */
  function rounded(value: bigint, parties: number, { bits, drop }: { bits: number; drop: number }) {
    const rounding = { bits, drop, hiding: parties - 1 }
    const shares = Array.from({ length: parties - 1 }, () => [number(159)])
    const first = shares.reduce((sum, [share]) => wrapShare(sum - share), value)
    const parts = shares.map((own) => hideRounding(own, rounding, random))
    const sum = parts.reduce<Shares>((all, { masked }) => addShares(all, masked), [first])
    const [own] = roundMasked(sum, rounding)
    return {
      result: parts.reduce((all, part) => all + part.own[0], own),
      seen: sum[0],
      masks: parts.length,
    }
  }

  it('is off by less than half a unit a party, whatever the number', () => {
    for (const parties of [2, 3, 5]) {
      for (const [bits, drop] of [
        [58, 32],
        [65, 38],
        [90, 45],
        [20, 1],
      ]) {
        for (let turn = 0; turn < 60; turn++) {
          const value = turn < 3 ? BigInt(turn - 1) * ((1n << BigInt(bits)) - 1n) : number(bits - 1)
          const { result } = rounded(value, parties, { bits, drop })
          const error = Number(result - (value >> BigInt(drop))) - fractionOf(value, drop)
          assert.ok(Math.abs(error) < parties / 2 + 1e-9, `${parties} parties: ${error}`)
        }
      }
    }
  })

  it('has no bias', () => {
    for (const parties of [2, 3, 4]) {
      const turns = 4000
      let sum = 0
      for (let turn = 0; turn < turns; turn++) {
        const value = number(40)
        const { result } = rounded(value, parties, { bits: 44, drop: 20 })
        sum += Number(result - (value >> 20n)) - fractionOf(value, 20)
      }
      // Within five times its spread, which is at most √(parties / 12 + 1 / 4) a value.
      assert.ok(Math.abs(sum / turns) < 5 * Math.sqrt((parties + 3) / 12 / turns), `${sum / turns}`)
    }
  })

  it('shows the first party numbers that are spread alike, whatever they hide', () => {
    const bits = 40
    const upper = (value: bigint) => {
      const { seen } = rounded(value, 2, { bits, drop: 20 })
      return Number(BigInt.asUintN(160, seen) >> BigInt(bits + 1 + 60 - 3))
    }
    const counts = [-1n, 1n].map((sign) => {
      const found = Array.from({ length: 8 }, () => 0)
      for (let turn = 0; turn < 4000; turn++) found[upper(sign * ((1n << 39n) - 1n)) & 7]++
      return found
    })
    // Chi squared of 7 degrees of freedom: above 40 once in a million times.
    for (const found of counts) {
      const chi = found.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)
      assert.ok(chi < 40, found.join())
    }
  })

  it('refuses numbers for which shares have no room, and says when one was too large', () => {
    assert.throws(() => rounded(0n, 2, { bits: 98, drop: 4 }), /do not fit into shares/)
    assert.throws(() => rounded(0n, 2, { bits: 10, drop: 11 }), /less 11/)
    assert.throws(
      () => roundMasked([1n << 158n], { bits: 20, drop: 4, hiding: 1 }),
      /value 0 is beyond 20 bits/,
    )
  })

  it('keeps shares in bytes', () => {
    const shares = [0n, -1n, 1n << 158n, -(1n << 159n), number(159)]
    assert.deepEqual(sharesFromBytes(sharesToBytes(shares), 5), shares)
    assert.throws(() => sharesFromBytes(new Uint8Array(19), 1), /19 bytes are not 1 shares/)
  })
})

/** What a shift takes off, in units. */
function fractionOf(value: bigint, drop: number): number {
  return Number(BigInt.asUintN(drop, value)) / 2 ** drop
}
