/**
 * Has the holder of the secret key open a vector for a party without seeing it.
 *
 * The party packs several values into one ciphertext and adds a mask; only the party can take it off again. Packing
 * costs one squaring a bit of a slot and saves whole decryptions.
 *
 * - **Paillier.** The mask is uniform mod n, so that what the opener decrypts is uniform and independent of the values (a
 *   one-time pad in Z_n).
 * - **Okamoto–Uchiyama.** Messages are numbers below p, which only the opener knows, so that the mask is a random number of
 *   128 bits more than the packed values have: what the opener decrypts is within 2^-127 of a distribution that is the same
 *   for all values. Mask and values together are a message like others, below `ouLimit` and not below 0. What opens to
 *   anything else is refused before a byte goes back, as a message of p or more would be, whose answer is the key: it
 *   passes with a probability of 2^-126 (`okamoto-uchiyama-key.ts`), one question of many ciphertexts with so many times
 *   that. A refusal ends the attempt, and the next one has another key.
 *
 * **What is left.** `openMasked` cannot see what a question is of: a party that does not keep to the protocol may have
 * ciphertexts of others opened under its mask, or scale them and see whether they are refused.
 * @module
 */
import { ringOf } from '../kernel/load.ts'
import { secretCore } from './additive-core.ts'
import { bytesToBigint, fromRows, readRow, toRows } from './bytes.ts'
import {
  type CipherKey,
  cipherModulus,
  type CipherScheme,
  type CipherSecret,
  cipherSecretToBytes,
  cipherWidth,
  embedMessages,
} from './cipher-key.ts'
import { checkVector } from './cipher-vector-check.ts'
import type { CipherVector } from './cipher-vector.ts'
import { decodeFixed } from './fixed-point.ts'
import { bitLength, modulo } from './modular.ts'
import { ouLimit, type OuSecretKey } from './okamoto-uchiyama-key.ts'
import type { SecretKey } from './paillier-key.ts'
import { decryptionTable, decryptPowers } from './paillier.ts'
import { randomBelow, randomBits, type RandomBytes, randomBytes } from './random.ts'

/** A question to the opener, and how to read the answer. */
export interface MaskedOpening {
  /** Packed and masked ciphertexts, big-endian. */
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
  key: CipherKey,
  vector: CipherVector,
  options: { magnitude: number; random?: RandomBytes },
): MaskedOpening {
  const { magnitude, random = randomBytes } = options
  checkVector(key, vector, 'maskForOpening')
  // One bit for the sign.
  const slot = vector.fraction + magnitude + 1
  // Signed sums of full slots stay below 2^(slots * slot), which must be within the key's room.
  const slots = Math.floor(roomOf(key) / slot)
  if (slots < 1) {
    throw new RangeError(
      `maskForOpening: values of ${slot} bits do not fit a key of ${key.bits} bits`,
    )
  }
  const count = Math.ceil(vector.length / slots)
  const masks = Array.from({ length: count }, () => drawMask(key, slots * slot, random))
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
        let packed = takeOff(key, { opened, mask: masks[at], bits: slots * slot })
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

/** Whether values of `slot` bits, the sign's included, fit into messages under a key. */
export function openingFits(
  scheme: CipherScheme,
  { bits, slot }: { bits: number; slot: number },
): boolean {
  return roomOf({ scheme, bits }) >= slot
}

/**
 * Decrypts the ciphertexts of a question to numbers of `bits / 8` bytes. Throws RangeError for what is none and, under
 * Okamoto–Uchiyama, for all of them when one opens to what no honest question does; it names `asker`.
 */
export function openMasked(
  secret: CipherSecret,
  question: Uint8Array,
  { asker = 'the asker' }: { asker?: string } = {},
): Uint8Array {
  const { publicKey } = secret
  const width = cipherWidth(publicKey)
  if (question.length % width !== 0) {
    throw new RangeError(
      `openMasked: ${question.length} bytes are not whole ciphertexts of ${width}`,
    )
  }
  const ciphertexts = fromRows(question, width)
  const modulus = cipherModulus(publicKey)
  if (ciphertexts.some((ciphertext) => ciphertext === 0n || ciphertext >= modulus)) {
    throw new RangeError('openMasked: expected ciphertexts above 0 and below the modulus')
  }
  if ('order' in secret) {
    return toRows(openBelow(secret, question, asker), publicKey.bits / 8)
  }
  return toRows(openResidues(secret, ciphertexts), publicKey.bits / 8)
}

/** Okamoto–Uchiyama messages from 0 up to the limit. */
function openBelow(secret: OuSecretKey, question: Uint8Array, asker: string): bigint[] {
  let opened: bigint[]
  try {
    opened = secretCore(cipherSecretToBytes(secret)).decrypt(question)
  } catch (cause) {
    throw refusal(secret, asker, cause)
  }
  if (opened.some((message) => message < 0n)) throw refusal(secret, asker)
  return opened
}

/** It says nothing of what was opened. */
function refusal({ publicKey }: OuSecretKey, asker: string, cause?: unknown): RangeError {
  const bits = bitLength(ouLimit(publicKey.bits)) - 1
  return new RangeError(
    `openMasked: ${asker} asks for a value that is not from 0 to 2^${bits}, as every masked one is: ` +
      'nothing is opened, as the answer could give the key away',
    { cause },
  )
}

/** Paillier messages as residues mod n. */
function openResidues(secret: SecretKey, ciphertexts: readonly bigint[]): bigint[] {
  const table = decryptionTable(secret)
  const [cp, cq] = [secret.p, secret.q].map((prime) => {
    const ring = ringOf(prime * prime)
    const residues = ciphertexts.map((ciphertext) => ciphertext % ring.modulus)
    return fromRows(ring.power(toRows(residues, ring.width), prime - 1n), ring.width)
  })
  return ciphertexts.map((_, at) => decryptPowers(table, [cp[at], cq[at]]))
}

/** By how many bits a mask is longer than what it hides, where it cannot be uniform. */
const MASK_BITS = 128

/** Bits of the values that one message has room for. */
function roomOf(key: Pick<CipherKey, 'scheme' | 'bits'>): number {
  if (key.scheme === 'paillier') return key.bits - 2
  // Mask and values add up to less than 2^(room + MASK_BITS + 1).
  return bitLength(ouLimit(key.bits)) - 2 - MASK_BITS
}

/** A mask of values below `2^bits` in magnitude. */
function drawMask(key: CipherKey, bits: number, random: RandomBytes): bigint {
  if (key.scheme === 'paillier') return randomBelow(key.n, random)
  // From 2^bits up, so that no sum is negative.
  return (1n << BigInt(bits)) + randomBits(bits + MASK_BITS, random)
}

/** What was below the mask. Throws RangeError for what cannot have been. */
function takeOff(
  key: CipherKey,
  { opened, mask, bits }: { opened: bigint; mask: bigint; bits: number },
): bigint {
  if (key.scheme === 'okamoto-uchiyama') {
    const packed = opened - mask
    if (bitLength(packed < 0n ? -packed : packed) <= bits) return packed
    throw new RangeError('unmask: an opened value is not the mask and what fits below it')
  }
  if (opened >= key.n) throw new RangeError('unmask: an opened value is not below n')
  const residue = modulo(opened - mask, key.n)
  return 2n * residue > key.n ? residue - key.n : residue
}

/**
 * Ciphertexts of Σ value_i · 2^(slot · (i mod slots)) + mask, one for each mask: by Horner's rule, over all ciphertexts
 * at once.
 */
function pack(
  key: CipherKey,
  vector: CipherVector,
  { slot, slots, masks }: { slot: number; slots: number; masks: readonly bigint[] },
): Uint8Array {
  const width = cipherWidth(key)
  const ring = ringOf(cipherModulus(key))
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
  return ring.multiply(packed, embedMessages(key, masks))
}
