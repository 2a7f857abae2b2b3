/**
 * Has the holder of the secret key open a vector for a party without seeing it.
 *
 * The party packs several values into one ciphertext and adds a uniform mask mod n; what the opener decrypts is
 * then uniform and independent of the values (a one-time pad in Z_n), and only the party can take the mask off
 * again. Packing costs one squaring a bit of a slot and saves whole decryptions.
 * @module
 */
import { ringOf } from '../kernel/load.ts'
import { bytesToBigint, fromRows, readRow, toRows } from './bytes.ts'
import { checkVector } from './cipher-vector-check.ts'
import type { CipherVector } from './cipher-vector.ts'
import { decodeFixed } from './fixed-point.ts'
import { modulo } from './modular.ts'
import type { PublicKey, SecretKey } from './paillier-key.ts'
import { decryptionTable, decryptPowers, encryptWithoutRandomness } from './paillier.ts'
import { randomBelow, type RandomBytes, randomBytes } from './random.ts'

/** A question to the opener, and how to read the answer. */
export interface MaskedOpening {
  /** Packed and masked ciphertexts of `bits / 4` bytes each, big-endian. */
  readonly question: Uint8Array
  /** The values, from what `openMasked` made of the question. Throws RangeError for an answer of another form. */
  unmask(answer: Uint8Array): Float64Array
}

/**
 * Packs and masks `vector`, whose values must be below 2^`magnitude` in absolute size: a larger one would spill into
 * its neighbours unseen. Exact: the values come back as the floats nearest to the encrypted integers. The vector should
 * be rerandomised (as `transposeMultiply` leaves it). Throws RangeError when not even one value fits the key.
 */
export function maskForOpening(
  key: PublicKey,
  vector: CipherVector,
  options: { magnitude: number; random?: RandomBytes },
): MaskedOpening {
  const { magnitude, random = randomBytes } = options
  checkVector(key, vector, 'maskForOpening')
  // One bit for the sign.
  const slot = vector.fraction + magnitude + 1
  // Signed sums of full slots stay below 2^(slots * slot), which must be below n/2.
  const slots = Math.floor((key.bits - 2) / slot)
  if (slots < 1) {
    throw new RangeError(
      `maskForOpening: values of ${slot} bits do not fit a key of ${key.bits} bits`,
    )
  }
  const count = Math.ceil(vector.length / slots)
  const masks = Array.from({ length: count }, () => randomBelow(key.n, random))
  const question = pack(key, vector, { slot, slots, masks })
  return {
    question,
    unmask(answer) {
      const values = new Float64Array(vector.length)
      const half = key.bits / 8
      if (answer.length !== count * half) {
        throw new RangeError(`unmask: expected ${count * half} bytes, got ${answer.length}`)
      }
      for (let at = 0; at < count; at++) {
        const opened = bytesToBigint(answer.subarray(at * half, (at + 1) * half))
        if (opened >= key.n) throw new RangeError('unmask: an opened value is not below n')
        const residue = modulo(opened - masks[at], key.n)
        let packed = 2n * residue > key.n ? residue - key.n : residue
        for (let value = at * slots; value < Math.min((at + 1) * slots, vector.length); value++) {
          const own = BigInt.asIntN(slot, packed)
          values[value] = decodeFixed(own, vector.fraction)
          packed = (packed - own) >> BigInt(slot)
        }
      }
      return values
    },
  }
}

/** Decrypts the ciphertexts of a question to residues of `bits / 8` bytes. Throws RangeError for what is none. */
export function openMasked(secret: SecretKey, question: Uint8Array): Uint8Array {
  const width = secret.publicKey.bits / 4
  if (question.length % width !== 0) {
    throw new RangeError(
      `openMasked: ${question.length} bytes are not whole ciphertexts of ${width}`,
    )
  }
  const ciphertexts = fromRows(question, width)
  const square = secret.publicKey.n ** 2n
  if (ciphertexts.some((ciphertext) => ciphertext === 0n || ciphertext >= square)) {
    throw new RangeError('openMasked: expected ciphertexts with 0 < c < n²')
  }
  const table = decryptionTable(secret)
  const [cp, cq] = [secret.p, secret.q].map((prime) => {
    const ring = ringOf(prime * prime)
    const residues = ciphertexts.map((ciphertext) => ciphertext % ring.modulus)
    return fromRows(ring.power(toRows(residues, ring.width), prime - 1n), ring.width)
  })
  const residues = ciphertexts.map((_, at) => decryptPowers(table, [cp[at], cq[at]]))
  return toRows(residues, width / 2)
}

/**
 * Ciphertexts of Σ value_i · 2^(slot · (i mod slots)) + mask, one for each mask: by Horner's rule, over all ciphertexts
 * at once.
 */
function pack(
  key: PublicKey,
  vector: CipherVector,
  { slot, slots, masks }: { slot: number; slots: number; masks: readonly bigint[] },
): Uint8Array {
  const width = key.bits / 4
  const ring = ringOf(key.n * key.n)
  const shift = 1n << BigInt(slot)
  let packed = toRows(
    masks.map(() => 1n),
    width,
  )
  for (let place = Math.min(slots, vector.length) - 1; place >= 0; place--) {
    const own = masks.map((_, at) => {
      const value = at * slots + place
      return value < vector.length ? readRow(vector.data, width, value) : 1n
    })
    packed = ring.multiply(ring.power(packed, shift), toRows(own, width))
  }
  return ring.multiply(
    packed,
    toRows(
      masks.map((mask) => encryptWithoutRandomness(key, mask)),
      width,
    ),
  )
}
