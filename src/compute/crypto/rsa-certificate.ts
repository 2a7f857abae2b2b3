/**
 * A proof that an RSA modulus is fit for blind signatures.
 * @module
 */
import { ringOf } from '../kernel/load.ts'
import { bytesToBigint, fromRows, toRows } from './bytes.ts'
import { hashToModulus } from './full-domain-hash.ts'
import { bitLength } from './modular.ts'
import { powerOfPrivate, PUBLIC_EXPONENT, type RsaPrivateKey } from './rsa-key.ts'

/**
 * Proof that raising to the public exponent is one-to-one on the units mod n: the roots of nine numbers that the
 * modulus itself fixes by hashing. A modulus for which it is not one-to-one has a root for at most two in 65,537
 * numbers, so it passes with probability below 2^-130. Without this, the owner of a rigged modulus could see through
 * the blinding. (Goldberg, Reyzin, Sagga, Baldimtsi, Efficient Noninteractive Certification of RSA Moduli and
 * Beyond, ASIACRYPT 2019.)
 */
export function certifyModulus(key: RsaPrivateKey): Uint8Array {
  return powerOfPrivate(key, challenges(key.n))
}

/** Accepts a peer's modulus of exactly `bits` bits with its proof; throws a RangeError that says what is wrong. */
export function checkModulus(options: {
  readonly modulus: Uint8Array
  readonly roots: Uint8Array
  readonly bits: number
}): void {
  const { modulus, roots, bits } = options
  const n = bytesToBigint(modulus)
  if (modulus.length * 8 !== bits || bitLength(n) !== bits || n % 2n === 0n) {
    throw new RangeError(`RSA modulus: expected an odd number of ${bits} bits, got ${bitLength(n)}`)
  }
  const expected = challenges(modulus)
  if (roots.length !== expected.length || fromRows(roots, modulus.length).some((x) => x >= n)) {
    throw new RangeError('RSA modulus: its proof has the wrong size')
  }
  const found = ringOf(n).power(roots, PUBLIC_EXPONENT)
  if (!found.every((byte, at) => byte === expected[at])) {
    throw new RangeError('RSA modulus: its proof is wrong, the peer must not use it')
  }
}

function challenges(modulus: Uint8Array): Uint8Array {
  const hash = hashToModulus(modulus, 'certificate')
  const numbers = Array.from({ length: 9 }, (_, i) => hash(Uint8Array.of(i)))
  return toRows(numbers, modulus.length)
}
