/**
 * RSA keys for blind signatures, made by WebCrypto, and their private operation in bulk.
 * @module
 */
import { ringOf } from '../kernel/load.ts'
import { bytesToBigint, fromRows, toRows } from './bytes.ts'
import { modulo } from './modular.ts'

/** The public exponent of every key: prime, and too large for small-exponent attacks. */
export const PUBLIC_EXPONENT = 65537n

/** A private key in the form of RFC 8017 §3.2 with CRT; big-endian bytes. */
export interface RsaPrivateKey {
  readonly n: Uint8Array
  readonly p: Uint8Array
  readonly q: Uint8Array
  readonly dp: Uint8Array
  readonly dq: Uint8Array
  /** q⁻¹ mod p. */
  readonly qi: Uint8Array
}

/** A fresh key with a modulus of exactly `bits` bits, a multiple of 8, at least 1024. */
export async function createRsaKey(bits: number): Promise<RsaPrivateKey> {
  if (!Number.isSafeInteger(bits) || bits < 1024 || bits % 8 !== 0) {
    throw new RangeError(`createRsaKey: expected at least 1024 bits in whole bytes, got ${bits}`)
  }
  const algorithm = {
    name: 'RSA-PSS',
    modulusLength: bits,
    publicExponent: Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  }
  const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const jwk = await crypto.subtle.exportKey('jwk', privateKey)
  const { n, p, q, dp, dq, qi } = jwk
  return {
    n: fromBase64Url(n),
    p: fromBase64Url(p),
    q: fromBase64Url(q),
    dp: fromBase64Url(dp),
    dq: fromBase64Url(dq),
    qi: fromBase64Url(qi),
  }
}

/** Every row to the private exponent, by the Chinese remainder theorem (RFC 8017 §5.1.2). */
export function powerOfPrivate(key: RsaPrivateKey, rows: Uint8Array): Uint8Array {
  const width = key.n.length
  const values = fromRows(rows, width)
  const [p, q] = [bytesToBigint(key.p), bytesToBigint(key.q)]
  const qi = bytesToBigint(key.qi)

  function powerMod(prime: bigint, exponent: Uint8Array): bigint[] {
    const ring = ringOf(prime)
    const reduced = toRows(
      values.map((value) => value % prime),
      ring.width,
    )
    return fromRows(ring.power(reduced, bytesToBigint(exponent)), ring.width)
  }

  const modP = powerMod(p, key.dp)
  const modQ = powerMod(q, key.dq)
  return toRows(
    modP.map((a, i) => modQ[i] + modulo((a - modQ[i]) * qi, p) * q),
    width,
  )
}

function fromBase64Url(text: string | undefined): Uint8Array {
  if (text === undefined) throw new TypeError('The runtime exported an RSA key without its parts')
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
