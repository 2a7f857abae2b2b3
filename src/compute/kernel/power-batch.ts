/**
 * Powers of many numbers with one exponent and one modulus: the private operations of RSA, for example.
 * @module
 */
import { fromRows, toRows } from '../crypto/bytes.ts'
import { modulo } from '../crypto/modular.ts'
import { ringOf } from './load.ts'

/**
 * `bases[i] ^ exponent mod modulus` for every base, on the fastest kernel; odd `modulus ≥ 3`, `exponent ≥ 0`. Pays from
 * two bases on, as the kernel works on pairs. The last moduli stay prepared in this thread, secret ones too.
 */
export function modPowBatch(bases: readonly bigint[], exponent: bigint, modulus: bigint): bigint[] {
  if (exponent < 0n) throw new RangeError(`modPowBatch: expected an exponent >= 0, got ${exponent}`)
  if (modulus < 3n || (modulus & 1n) === 0n) {
    throw new RangeError('modPowBatch: expected an odd modulus of at least 3')
  }
  const ring = ringOf(modulus)
  const rows = toRows(
    bases.map((base) => modulo(base, modulus)),
    ring.width,
  )
  return fromRows(ring.power(rows, exponent), ring.width)
}
