import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { bytesToBigint, fromRows, toRows } from '../../../src/compute/crypto/bytes.ts'
import { hashToModulus } from '../../../src/compute/crypto/full-domain-hash.ts'
import { bitLength, modPow } from '../../../src/compute/crypto/modular.ts'
import { isProbablePrime } from '../../../src/compute/crypto/prime.ts'
import { randomBytes } from '../../../src/compute/crypto/random.ts'
import { certifyModulus, checkModulus } from '../../../src/compute/crypto/rsa-certificate.ts'
import {
  blind,
  drawFactors,
  signBlinded,
  signIds,
  unblind,
} from '../../../src/compute/crypto/rsa-fdh.ts'
import { createRsaKey, powerOfPrivate } from '../../../src/compute/crypto/rsa-key.ts'

const key = await createRsaKey(1024)
const modulus = key.n
const n = bytesToBigint(modulus)
const width = modulus.length

function request(ids: readonly string[]) {
  const factors = drawFactors(modulus, { count: ids.length, random: randomBytes })
  return { factors, ...blind({ modulus, ids, factors }) }
}

describe('createRsaKey', () => {
  it('has the size asked for and consistent parts', () => {
    const [p, q] = [bytesToBigint(key.p), bytesToBigint(key.q)]
    assert.equal(bitLength(n), 1024)
    assert.equal(p * q, n)
    assert.equal((bytesToBigint(key.dp) * 65537n) % (p - 1n), 1n)
    assert.equal((bytesToBigint(key.dq) * 65537n) % (q - 1n), 1n)
    assert.equal((bytesToBigint(key.qi) * q) % p, 1n)
  })

  it('refuses sizes below 1024 bits or with broken bytes', async () => {
    for (const bits of [512, 1023, 2049, Number.NaN]) {
      await assert.rejects(createRsaKey(bits), RangeError)
    }
  })
})

describe('powerOfPrivate', () => {
  it('is undone by the public exponent', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: n - 1n }), { maxLength: 3 }), (values) => {
        const roots = fromRows(powerOfPrivate(key, toRows(values, width)), width)
        assert.deepEqual(
          roots.map((root) => modPow(root, 65537n, n)),
          values,
        )
      }),
      { numRuns: 20 },
    )
  })
})

describe('blind signatures', () => {
  it('give the requester what the signer computes for the same identifiers', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 4 }), (ids) => {
        const { blinded, unblinders } = request(ids)
        const signed = signBlinded({ key, blinded })
        const tags = unblind({ modulus, blinded, unblinders, signed })
        assert.deepEqual(tags, signIds({ key, ids }))
        assert.equal(tags.length, 32 * ids.length)
      }),
      { numRuns: 20 },
    )
  })

  it('are signatures of the full-domain hash, hashed with SHA-256', () => {
    const hash = hashToModulus(modulus, 'identifier')(new TextEncoder().encode('id-1'))
    const signature = powerOfPrivate(key, toRows([hash], width))
    const expected = createHash('sha256').update('weft psi rsa signature v1').update(signature)
    assert.deepEqual(Buffer.from(signIds({ key, ids: ['id-1'] })), expected.digest())
  })

  it('hide the identifier: twice the same gives different requests', () => {
    const { blinded } = request(['a', 'a'])
    assert.notDeepEqual(blinded.subarray(0, width), blinded.subarray(width))
  })

  it('a request is the hash times a power of the factor, nothing else', () => {
    const { blinded, unblinders, factors } = request(['a', 'b', 'c'])
    const hash = hashToModulus(modulus, 'identifier')
    const [r, x, inverse] = [factors, blinded, unblinders].map((rows) => fromRows(rows, width))
    ;['a', 'b', 'c'].forEach((id, i) => {
      const h = hash(new TextEncoder().encode(id))
      assert.equal(x[i], (h * modPow(r[i], 65537n, n)) % n)
      assert.equal((r[i] * inverse[i]) % n, 1n)
    })
  })

  it('factors are spread over all of 0 … n − 1', () => {
    const factors = fromRows(drawFactors(modulus, { count: 64, random: randomBytes }), width)
    assert.equal(
      factors.every((factor) => factor < n),
      true,
    )
    // Each is above n / 4 with probability 3/4, so a draw of few bits would show.
    assert.ok(factors.filter((factor) => factor > n / 4n).length > 20)
  })

  it('a wrong signature is refused and named', () => {
    const { blinded, unblinders } = request(['a', 'b', 'c'])
    const signed = signBlinded({ key, blinded })
    signed[2 * width - 1] ^= 1
    assert.throws(() => unblind({ modulus, blinded, unblinders, signed }), {
      name: 'RangeError',
      message: 'RSA: signature 1 is wrong, the peer does not keep to the protocol',
    })
  })

  it('missing signatures are refused', () => {
    const { blinded, unblinders } = request(['a', 'b'])
    const signed = signBlinded({ key, blinded }).subarray(width)
    assert.throws(() => unblind({ modulus, blinded, unblinders, signed }), RangeError)
  })

  it('a request above the modulus or of a broken length is refused', () => {
    assert.throws(() => signBlinded({ key, blinded: toRows([n], width) }), /number 0 is above n/)
    assert.throws(() => signBlinded({ key, blinded: new Uint8Array(width + 1) }), /not whole/)
  })
})

describe('hashToModulus', () => {
  it('fills the whole range', () => {
    const hash = hashToModulus(modulus, 'identifier')
    const values = Array.from({ length: 200 }, (_, i) => hash(Uint8Array.of(i)))
    assert.equal(new Set(values).size, 200)
    assert.equal(
      values.every((value) => value < n),
      true,
    )
    // A 256-bit hash would leave all of them below 2^256.
    assert.ok(values.filter((value) => value > n / 2n).length > 60)
    assert.ok(values.filter((value) => value < n / 2n).length > 60)
  })

  it('depends on purpose and modulus', () => {
    const message = Uint8Array.of(1)
    const value = hashToModulus(modulus, 'identifier')(message)
    assert.notEqual(hashToModulus(modulus, 'certificate')(message), value)
    assert.notEqual(hashToModulus(toRows([n - 2n], width), 'identifier')(message), value)
  })

  it('is the expansion that the documentation states', () => {
    const sha = (...parts: (string | Uint8Array)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
    const seed = sha(sha('weft psi rsa identifier v1'), new Uint8Array(8), modulus, 'abc')
    const blocks = [0, 1, 2, 3, 4].map((i) => sha(seed, Uint8Array.of(0, 0, 0, i)))
    const expanded = Buffer.concat(blocks).subarray(0, width + 16)
    const hash = hashToModulus(modulus, 'identifier')
    assert.equal(hash(new TextEncoder().encode('abc')), bytesToBigint(expanded) % n)
  })
})

describe('checkModulus', () => {
  const roots = certifyModulus(key)

  it('accepts an honest modulus', () => {
    checkModulus({ modulus, roots, bits: 1024 })
  })

  it('refuses another size than agreed', () => {
    assert.throws(() => checkModulus({ modulus, roots, bits: 2048 }), /odd number of 2048 bits/)
  })

  it('refuses a proof with a changed or missing root', () => {
    const changed = roots.slice()
    changed[width + 3] ^= 1
    assert.throws(() => checkModulus({ modulus, roots: changed, bits: 1024 }), /proof is wrong/)
    const missing = roots.subarray(width)
    assert.throws(() => checkModulus({ modulus, roots: missing, bits: 1024 }), /wrong size/)
  })

  it('refuses a proof made for another modulus', async () => {
    const other = await createRsaKey(1024)
    assert.throws(() => checkModulus({ modulus: other.n, roots, bits: 1024 }), RangeError)
  })

  it('a modulus with p ≡ 1 mod e has no proof: the numbers to prove have no roots', () => {
    const e = 65537n
    let p = e * 2n ** 496n + 1n
    while (bitLength(p) !== 513 || !isProbablePrime(p)) p += 2n * e
    // q makes n 1024 bits long; it need not be prime for what is shown here.
    const rigged = toRows([p * (2n ** 511n + 111n)], 128)
    const hash = hashToModulus(rigged, 'certificate')
    const values = Array.from({ length: 9 }, (_, i) => hash(Uint8Array.of(i)))
    const withRoot = values.filter((value) => modPow(value, (p - 1n) / e, p) === 1n)
    assert.deepEqual(withRoot, [])
    const roots = toRows(values, 128)
    assert.throws(() => checkModulus({ modulus: rigged, roots, bits: 1024 }), /proof is wrong/)
  })
})
