import assert from 'node:assert/strict'
import { test } from 'node:test'

import fc from 'fast-check'

import { encryptMessages } from '../../../src/compute/crypto/additive-kernel.ts'
import {
  type AdditiveSecret,
  openPublic,
  openSecret,
  slot,
} from '../../../src/compute/crypto/additive.ts'
import { bigintToBytes, fromRows } from '../../../src/compute/crypto/bytes.ts'
import { ouPublicKeyToBytes } from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { ouEncrypt } from '../../../src/compute/crypto/okamoto-uchiyama.ts'
import { publicKeyToBytes, secretKeyToBytes } from '../../../src/compute/crypto/paillier-key.ts'
import { encrypt, toResidue } from '../../../src/compute/crypto/paillier.ts'
import { inline, type Parallel } from '../../../src/compute/parallel.ts'
import { cases, fullKey, ouCases, seeded, smallKey } from './fixture.ts'

const smallOu = ouCases[0].key
const fullOu = ouCases[1].key

/** Runs in place and cuts work as for three cores. */
const cut: Parallel = { ...inline, cores: 3 }
const schemes = [smallKey, fullOu].map((key) => ({
  secret: openSecret(key, { parallel: inline }),
  open: openPublic(key.publicKey, { parallel: cut }),
  n: key.publicKey.n,
}))

for (const { secret, open, n } of schemes) {
  const { name, limit } = open
  const most = limit - 1n
  const message = fc.bigInt(-(2n ** 200n), 2n ** 200n)
  const messages = fc.array(message, { minLength: 1, maxLength: 11 })
  const bound = 2n ** 200n
  const few = { numRuns: 8 }
  const check = async (batch: Parameters<AdditiveSecret['decrypt']>[0], expected: bigint[]) =>
    assert.deepEqual(await secret.decrypt(batch), expected)

  test(`${name}: decryption undoes encryption with either key`, () =>
    fc.assert(
      fc.asyncProperty(messages, async (values) => {
        await check(await open.encrypt(values, bound), values)
        await check(await secret.encrypt(values, bound), values)
      }),
      few,
    ))

  test(`${name}: the greatest messages survive, and one more is refused`, async () => {
    const values = [most, -most, 0n, 1n, -1n, most - 1n]
    for (const scheme of [open, secret]) await check(await scheme.encrypt(values, most), values)
    await assert.rejects(open.encrypt([limit], limit), /encrypt: a bound of \d+ bits runs over/)
    await assert.rejects(secret.encrypt([5n, -9n], 8n), /encrypt: message 1 is beyond the bound/)
  })

  test(`${name}: sums, differences, negatives and multiples`, () =>
    fc.assert(
      fc.asyncProperty(messages, fc.bigInt(-(2n ** 60n), 2n ** 60n), async (values, scalar) => {
        const others = values.toReversed()
        const a = await open.encrypt(values, bound)
        const b = await secret.encrypt(others, bound)
        await check(
          await open.add(a, b),
          values.map((v, i) => v + others[i]),
        )
        await check(
          await open.subtract(a, b),
          values.map((v, i) => v - others[i]),
        )
        await check(
          await open.negate(a),
          values.map((v) => -v),
        )
        const scaled = await open.scale(a, scalar)
        assert.equal(scaled.bound, bound * (scalar < 0n ? -scalar : scalar))
        await check(
          scaled,
          values.map((v) => v * scalar),
        )
      }),
      few,
    ))

  test(`${name}: sums by index, of lists that are empty, long or repeat`, async () => {
    const values = Array.from({ length: 600 }, (_, i) => BigInt(i * i) - 1000n)
    const batch = await secret.encrypt(values, 2n ** 20n)
    const lists = [[], [3], Array.from({ length: 600 }, (_, i) => i), [5, 5, 5], [], [599, 0]]
    const start = Uint32Array.from([0, ...lists.map((_, i) => lists.slice(0, i + 1).flat().length)])
    const order = Uint32Array.from(lists.flat())
    const sums = await open.sumByIndex(batch, { order, start })
    assert.equal(sums.bound, 600n * 2n ** 20n)
    await check(
      sums,
      lists.map((list) => list.reduce((sum, i) => sum + values[i], 0n)),
    )
    const rejected = (part: { order?: Uint32Array; start?: Uint32Array; terms?: number }) =>
      open.sumByIndex(batch, { order, start, ...part }, { terms: part.terms ?? 600 })
    await assert.rejects(rejected({ terms: 599 }), /sumByIndex: list 2 has 600 entries/)
    await assert.rejects(rejected({ order: order.with(0, 600) }), /entry 0 is 600 of 600/)
    await assert.rejects(rejected({ start: start.slice(0, -1) }), /do not cover/)
  })

  test(`${name}: a matrix transposed times a vector`, async () => {
    const values = [5n, -(2n ** 90n), 7n, 2n ** 99n]
    const batch = await open.encrypt(values, 2n ** 100n)
    const data = Float64Array.of(1, -2, 0, 2 ** 40, -3, 5, 0, 0, 9, -1, -1, -1)
    const product = await open.transposeMultiply(batch, { rows: 4, cols: 3, data }, 2 ** 40)
    assert.equal(product.bound, 4n * 2n ** 140n)
    await check(
      product,
      [0, 1, 2].map((j) => values.reduce((sum, v, i) => sum + v * BigInt(data[3 * i + j]), 0n)),
    )
    const times = (part: object, entryBound = 2 ** 40) =>
      open.transposeMultiply(batch, { rows: 4, cols: 3, data, ...part }, entryBound)
    await assert.rejects(times({}, 2 ** 39), /entry 3, 1099511627776, is no integer within/)
    await assert.rejects(times({ rows: 3 }), /expected a matrix of 4 rows/)
    await assert.rejects(times({ data: data.with(1, 0.5) }), /entry 1, 0.5/)
  })

  test(`${name}: sums of few, each times a number of its own`, async () => {
    const most = 2 ** 49
    for (const group of [1, 2, 4, 6]) {
      const values = Array.from(
        { length: 5 * group },
        (_, i) => (-1n) ** BigInt(i) * 3n ** BigInt(i),
      )
      const batch = await open.encrypt(values, 2n ** 100n)
      const scalars = Float64Array.from(
        values,
        (_, i) => [most, -most, 0, 1, -1, 2 ** 48 - 1, 12345][(i * i) % 7],
      )
      const sums = await open.weighGroups(batch, scalars, { group, entryBound: most })
      assert.equal(sums.bound, BigInt(group) * 2n ** 149n)
      const products = values.map((value, i) => value * BigInt(scalars[i]))
      await check(
        sums,
        [0, 1, 2, 3, 4].map((at) =>
          products.slice(at * group, (at + 1) * group).reduce((sum, value) => sum + value, 0n),
        ),
      )
      const none = new Float64Array(values.length)
      await check(await open.weighGroups(batch, none, { group, entryBound: 0 }), [
        0n,
        0n,
        0n,
        0n,
        0n,
      ])
    }
    const pair = await open.encrypt([1n, 2n], 2n)
    const weigh = (scalars: Float64Array, group: number, entryBound = 9) =>
      open.weighGroups(pair, scalars, { group, entryBound })
    await assert.rejects(weigh(Float64Array.of(1, 2), 3), /2 ciphertexts and 2 scalars are no/)
    await assert.rejects(weigh(Float64Array.of(1), 1), /2 ciphertexts and 1 scalars are no/)
    await assert.rejects(weigh(Float64Array.of(1, 10), 2), /scalar 1, 10, is no integer within 9/)
    await assert.rejects(weigh(Float64Array.of(1, 2), 2, -1), /expected an entryBound/)
  })

  test(`${name}: bounds add up and refuse what could run over`, async () => {
    const half = limit / 2n
    const a = await open.encrypt([half], half)
    await check(await open.add(a, await open.encrypt([half - 1n], half - 1n)), [2n * half - 1n])
    const b = await open.encrypt([1n], limit - half)
    await assert.rejects(open.add(a, b), /add: a bound of/)
    await assert.rejects(open.subtract(a, b), /subtract: a bound of/)
    await assert.rejects(open.scale(a, -3n), /scale: a bound of/)
    const one = { order: Uint32Array.of(0), start: Uint32Array.of(0, 1) }
    await assert.rejects(open.sumByIndex(a, one, { terms: 3 }), /sumByIndex: a bound of/)
    const x = { rows: 1, cols: 1, data: Float64Array.of(1) }
    await assert.rejects(open.transposeMultiply(a, x, 3), /transposeMultiply: a bound of/)
    const few = { group: 1, entryBound: 3 }
    await assert.rejects(open.weighGroups(a, x.data, few), /weighGroups: a bound of/)
  })

  test(`${name}: compression keeps every message, extreme ones and an uneven rest too`, async () => {
    const most = 2n ** 77n - 1n
    const values = Array.from({ length: 23 }, (_, i) => [most, -most, 0n, -1n, 1n][(i * i) % 5])
    const compressed = await open.compress(await secret.encrypt(values, most))
    assert.ok(compressed.group >= 4)
    assert.equal(compressed.shift, 78)
    assert.equal(compressed.batch.length, Math.ceil(23 / compressed.group))
    assert.deepEqual(await secret.decompress(compressed), values)
    const bad = { ...compressed, bound: most - 1n }
    await assert.rejects(
      secret.decompress(bad),
      /decompress: the bound of the ciphertexts is not that of \d+ slots/,
    )
    // A sum within its bound whose lowest slot is one too large.
    const sum = ((most - 2n) << 78n) + most
    const lying = await secret.encrypt([sum], ((most - 1n) << 78n) + most - 1n)
    const claimed = { batch: lying, length: 2, bound: most - 1n, group: 2, shift: 78 }
    await assert.rejects(secret.decompress(claimed), /decompress: message \d is beyond its 77 bits/)
    for (const change of [
      { group: 0 },
      { group: 1.5 },
      { shift: 77 },
      { shift: 79 },
      { shift: 0 },
      { bound: -1n },
      { length: -3 },
      { length: Number.NaN },
      { group: compressed.group + 1 },
      { length: 22 + compressed.group },
    ]) {
      await assert.rejects(
        secret.decompress({ ...compressed, ...change }),
        /^RangeError: decompress/,
      )
    }
    const all = Array<bigint>(compressed.group).fill(-most)
    const full = await open.compress(await open.encrypt(all, most))
    assert.deepEqual(await secret.decompress(full), all)
  })

  test(`${name}: rerandomising changes every ciphertext and no message`, async () => {
    const batch = await open.encrypt([1n, -2n], 2n)
    const fresh = await open.rerandomise(batch)
    for (const row of [0, 1]) {
      const part = (data: Uint8Array) => data.slice(row * open.width, (row + 1) * open.width)
      assert.notDeepEqual(part(fresh.data), part(batch.data))
    }
    await check(fresh, [1n, -2n])
  })

  test(`${name}: bytes come back, those that were tampered with do not`, async () => {
    const batch = await open.encrypt([1n, -2n, 3n], 1000n)
    const bytes = open.toBytes(batch)
    assert.deepEqual(secret.fromBytes(bytes), batch)
    assert.deepEqual(open.fromBytes(bytes, 1000n), batch)
    assert.throws(() => open.fromBytes(bytes, 999n), /more than the/)
    assert.throws(() => open.fromBytes(bytes.slice(0, -1)), /fromBytes: expected \d+ bytes for 3/)
    assert.throws(() => open.fromBytes(bytes.slice(0, 10)), /do not start/)
    assert.throws(() => open.fromBytes(bytes.with(1, 3)), /do not start/)
    const tamper = (value: bigint) => {
      const changed = bytes.slice()
      changed.set(bigintToBytes(value, open.width), bytes.length - open.width)
      return changed
    }
    assert.throws(() => open.fromBytes(tamper(0n)), /ciphertext 2 has a common factor/)
    const factor = name === 'paillier' ? smallKey.p : fullOu.p
    assert.throws(() => open.fromBytes(tamper(factor)), /ciphertext 2 has a common factor/)
    const over = name === 'paillier' ? n * n : n
    assert.throws(() => open.fromBytes(tamper(over)), /ciphertext 2 is not below the modulus/)
    const huge = { ...batch, bound: limit }
    assert.throws(() => open.fromBytes(open.toBytes(huge)), /fromBytes: a bound of/)
  })

  test(`${name}: ciphertexts of another key are refused by every operation`, async () => {
    const key = name === 'paillier' ? fullKey : smallOu
    const other = await openPublic(key.publicKey, { parallel: inline }).encrypt([1n], 1n)
    const own = await open.encrypt([1n], 1n)
    const one = { order: Uint32Array.of(0), start: Uint32Array.of(0, 1) }
    const x = { rows: 1, cols: 1, data: Float64Array.of(1) }
    const attempts: [string, () => Promise<unknown>][] = [
      ['decrypt', () => secret.decrypt(other)],
      ['add', () => open.add(own, other)],
      ['subtract', () => open.subtract(other, own)],
      ['negate', () => open.negate(other)],
      ['scale', () => open.scale(other, 2n)],
      ['rerandomise', () => open.rerandomise(other)],
      ['sumByIndex', () => open.sumByIndex(other, one)],
      ['transposeMultiply', () => open.transposeMultiply(other, x, 1)],
      [
        'weighGroups',
        () => open.weighGroups(other, Float64Array.of(1), { group: 1, entryBound: 1 }),
      ],
      ['compress', () => open.compress(other)],
    ]
    for (const [verb, attempt] of attempts) {
      await assert.rejects(
        attempt,
        new RegExp(`^RangeError: ${verb}: the ciphertexts are of the key`),
      )
    }
    const bytes = openPublic(key.publicKey, { parallel: inline }).toBytes(other)
    assert.throws(() => open.fromBytes(bytes), /fromBytes: the ciphertexts are of the key/)
  })

  test(`${name}: a ciphertext without an inverse is refused where one is needed`, async () => {
    const batch = await open.encrypt([1n], 1n)
    const factor = name === 'paillier' ? smallKey.p : fullOu.p
    const bad = { ...batch, data: bigintToBytes(factor, open.width) }
    await assert.rejects(secret.decrypt(bad), /common factor/)
    await assert.rejects(open.negate(bad), /common factor/)
  })

  test(`${name}: a message beyond the bound that its batch states is refused`, async () => {
    const batch = await open.encrypt([100n, 101n], 101n)
    await assert.rejects(secret.decrypt({ ...batch, bound: 100n }), /message 1 is beyond the bound/)
  })
}

test('bulk encryption gives the ciphertexts of single encryption for the same randomness', () => {
  const messages = [0n, 1n, 77n, 2n ** 90n, 2n ** 210n - 5n, -3n, -(2n ** 60n)]
  for (const list of [messages, messages.slice(0, 5)]) {
    const random = seeded(5)
    const ou = { key: ouPublicKeyToBytes(smallOu.publicKey), secret: null, messages: list }
    assert.deepEqual(
      fromRows(encryptMessages(ou, seeded(5)), 128),
      list.map((message) => ouEncrypt(smallOu.publicKey, message, random)),
    )
  }
  for (const { key } of cases) {
    const { publicKey } = key
    for (const secret of [null, secretKeyToBytes(key)]) {
      const random = seeded(6)
      const call = { key: publicKeyToBytes(publicKey), secret, messages }
      assert.deepEqual(
        fromRows(encryptMessages(call, seeded(6)), publicKey.bits / 4),
        messages.map((m) => encrypt(publicKey, toResidue(m, publicKey.n), random)),
      )
    }
  }
})

test('a slot survives whatever signs the slots below it have', () => {
  const value = fc.bigInt(-(2n ** 20n) + 1n, 2n ** 20n - 1n)
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 6 }), (values) => {
      const sum = values.reduce((total, v, i) => total + (v << BigInt(21 * i)), 0n)
      assert.deepEqual(
        values.map((_, i) => slot(sum, { at: 21 * i, bits: 21 })),
        values,
      )
    }),
  )
})
