/**
 * Okamoto–Uchiyama encryption of single numbers: sums of ciphertexts are ciphertexts of sums.
 *
 * The ciphertext of m is `g^m · h^r mod n` with a random r of 320 bits (sources in `okamoto-uchiyama-key.ts`). The
 * original r is as long as n; short ones rest, as in `paillier.ts`, on the hardness of discrete logarithms with exponents
 * of more than twice the security level (T. Koshiba, K. Kurosawa, "Short exponent Diffie–Hellman problems", PKC 2004):
 * generic attacks take about 2^160 steps, for 2^112 at 2048 bits and 2^128 at 3072 (NIST SP 800-57 part 1, table 2).
 *
 * **With the secret key** a ciphertext is put together from its residues. Mod p², where `g = (1 + p)^k · τ` with τ of an
 * order that divides p − 1, h generates the same subgroup as τ, because h ≡ τ^n mod p² and n is prime to p − 1; so
 * `τ^m · h^r` hides nothing but a shift of r, and `(1 + p·k·m) · h^r` is taken for it. Mod q the residue is uniform:
 * `c = c_p + p²·t` with random t < q. Breaking that is not easier than breaking public encryption: anyone can turn
 * `g^m · h^r` into it by multiplying by y^n with a random y, which leaves m alone, makes the residue mod q uniform and
 * randomises τ's part further. Only r is short here, as it is there.
 *
 * **With `subgroupBits`** that step would leave the subgroup of τ, whose order is the prime t; nothing needs it there. r is
 * uniform below t, so that h^r mod p² is uniform in the subgroup; g mod q generates all units, so that g^m · h^r mod q is
 * uniform for a uniform r; and t and q − 1 have no common factor, so that the two residues are independent. The ciphertext
 * has thus the distribution of `g^m · h^r mod n` with r of full range, as Coron, Naccache and Paillier have it: no short
 * exponent and no assumption but that of their scheme, that the p-subgroup stays hidden behind a g of order p·t. Public
 * encryption and `rerandomise` keep the short r, on the assumption above.
 *
 * This is the readable form on `bigint`, which is not constant time; `additive.ts` does the same in bulk.
 * @module
 */
import { bigintToBytes, bytesToBigint, isBelow } from './bytes.ts'
import { bitLength, modInverse, modPow, modulo } from './modular.ts'
import { ouLimit, type OuPublicKey, type OuSecretKey } from './okamoto-uchiyama-key.ts'
import { randomBelow, randomBits, type RandomBytes, randomBytes } from './random.ts'

/** Bytes of the random exponent of a ciphertext: 320 bits. */
export const OU_EXPONENT_BYTES = 40

/** A ciphertext of `message`, `|message| < 2^(bits(p) − 130)`; a different one every time. */
export function ouEncrypt(
  key: OuPublicKey,
  message: bigint,
  random: RandomBytes = randomBytes,
): bigint {
  checkOuMessage(message, key.bits, 'ouEncrypt')
  const base = message < 0n ? modInverse(key.g, key.n) : key.g
  const r = randomBits(8 * OU_EXPONENT_BYTES, random)
  const power = modPow(base, message < 0n ? -message : message, key.n)
  return (power * modPow(key.h, r, key.n)) % key.n
}

/** Exponents for `count` ciphertexts made with the secret key, in rows of `width` big-endian bytes. */
export function ouSecretExponents(
  { p, order }: OuSecretKey,
  count: number,
  random: RandomBytes = randomBytes,
): { width: number; rows: Uint8Array } {
  if (order === p - 1n) {
    return { width: OU_EXPONENT_BYTES, rows: random(count * OU_EXPONENT_BYTES) }
  }
  const width = Math.ceil(bitLength(order) / 8)
  const end = bigintToBytes(order, width)
  const spare = 8 * width - bitLength(order)
  const rows = random(count * width)
  for (let at = 0; at < rows.length; at += width) {
    const row = rows.subarray(at, at + width)
    for (row[0] &= 255 >> spare; !isBelow(row, end); row[0] &= 255 >> spare) row.set(random(width))
  }
  return { width, rows }
}

/** What encryption and decryption with the secret key need besides it. */
export interface OuTable {
  readonly p: bigint
  readonly p2: bigint
  readonly q: bigint
  readonly order: bigint
  /** k mod p, where `g = (1 + p)^k · τ`. */
  readonly slope: bigint
  /** One over `L(g^order)` mod p. */
  readonly inverse: bigint
}

/** Works out the numbers that every operation with `key` shares. */
export function ouTable({ publicKey: { g }, p, q, order }: OuSecretKey): OuTable {
  const p2 = p * p
  // g^order = 1 + p·k·order, as τ^order = 1.
  const logarithm = (modPow(g, order, p2) - 1n) / p
  const slope = modulo(logarithm * modInverse(order, p), p)
  return { p, p2, q, order, slope, inverse: modInverse(logarithm, p) }
}

/** `1 + p·k·message mod p²`: the residue of a ciphertext before its randomness. */
export function ouResidue({ p, slope }: OuTable, message: bigint): bigint {
  return 1n + p * modulo(message * slope, p)
}

/** As `ouEncrypt`, with the secret key: the same r gives another ciphertext of the same message. */
export function ouEncryptWithSecret(
  key: OuSecretKey,
  message: bigint,
  random: RandomBytes = randomBytes,
): bigint {
  checkOuMessage(message, key.publicKey.bits, 'ouEncryptWithSecret')
  const table = ouTable(key)
  const r = bytesToBigint(ouSecretExponents(key, 1, random).rows)
  const residue = (ouResidue(table, message) * modPow(key.publicKey.h, r, table.p2)) % table.p2
  return residue + table.p2 * randomBelow(key.q, random)
}

/** The message of `ciphertext`. Throws RangeError for what is no ciphertext of this key, or ran over. */
export function ouDecrypt(key: OuSecretKey, ciphertext: bigint): bigint {
  const { n, bits } = key.publicKey
  if (ciphertext <= 0n || ciphertext >= n) {
    throw new RangeError('ouDecrypt: expected a ciphertext with 0 < c < n')
  }
  const table = ouTable(key)
  return ouOpen(table, modPow(ciphertext % table.p2, key.order, table.p2), ouLimit(bits))
}

/** The message, from `c^order mod p²`. Throws RangeError unless it is below `limit` in magnitude. */
export function ouOpen({ p, inverse }: OuTable, power: bigint, limit: bigint): bigint {
  if (power % p !== 1n) {
    throw new RangeError('ouDecrypt: no ciphertext of this key, or one with a common factor with n')
  }
  const residue = (((power - 1n) / p) * inverse) % p
  if (residue < limit) return residue
  if (p - residue < limit) return residue - p
  throw new RangeError(
    `ouDecrypt: the value ran over: it is not below 2^${bitLength(limit) - 1} in magnitude`,
  )
}

/** Throws RangeError unless `|message| < 2^(bits(p) − 130)`. */
export function checkOuMessage(message: bigint, bits: number, verb: string): void {
  const limit = ouLimit(bits)
  if (message >= limit || -message >= limit) {
    throw new RangeError(
      `${verb}: expected |message| < 2^${limit.toString(2).length - 1} (p's range less 2 and 128 bits)`,
    )
  }
}
