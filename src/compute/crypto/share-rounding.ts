/**
 * Shares with fewer fractional bits, for any number of parties, and shares in bytes. Shares are those of `shared-real.ts`, mod
 * 2^160, one a party.
 *
 * All but the first party add a random number that is 60 bits longer than what it hides; the first adds all up, shifts what
 * it sees, and each takes its own shifted number off (O. Catrina, A. Saxena, "Secure computation with fixed-point numbers",
 * FC 2010, protocol TruncPr, with numbers of each party's own). What comes out is not biased and off by less than
 * (parties / 2) units; nothing can run over, as in a local truncation. The statistical distance is 2^-60 a value below its
 * bound, and as many bits more as it is beyond.
 * @module
 */
import { bitLength } from './modular.ts'
import { randomBits, type RandomBytes, randomBytes } from './random.ts'
import { SHARE_BITS, type Shares, wrapShare } from './shared-real.ts'

/** What loses fractional bits. */
export interface Rounding {
  /** Magnitudes of what is hidden have at most so many bits. */
  readonly bits: number
  /** Bits that go. */
  readonly drop: number
  /** Parties that hide, which are all but the first. */
  readonly hiding: number
}

/** The part of a party that hides: what goes to the first one, and its share of what is rounded. */
export function hideRounding(
  shares: Shares,
  rounding: Rounding,
  random: RandomBytes = randomBytes,
): { masked: Shares; own: Shares } {
  checkRounding(rounding)
  const masks = shares.map(() => randomBits(rounding.bits + 1 + ROUNDING_BITS, random))
  return {
    masked: shares.map((share, at) => wrapShare(share + masks[at])),
    own: masks.map((mask) => -(mask >> BigInt(rounding.drop))),
  }
}

/** The first party's part: its share of what is rounded, from the sum of its own shares and all that is masked. */
export function roundMasked(sum: Shares, rounding: Rounding): Shares {
  checkRounding(rounding)
  const { bits, drop, hiding } = rounding
  const shift = BigInt(drop)
  const offset = 1n << BigInt(bits)
  // So much the parties' shifted numbers take off too little, in the mean.
  const bias = (BigInt(hiding - 1) << shift) >> 1n
  const most = 2n * offset + (BigInt(hiding) << BigInt(bits + 1 + ROUNDING_BITS))
  return sum.map((value, at) => {
    const seen = BigInt.asUintN(SHARE_BITS, value + offset - bias)
    if (seen < most) return (seen >> shift) - (offset >> shift)
    throw new RangeError(`roundMasked: value ${at} is beyond ${bits} bits`)
  })
}

/** Shares as bytes: each in 20, two's complement, least first. */
export function sharesToBytes(shares: Shares): Uint8Array {
  const bytes = new Uint8Array(shares.length * SHARE_BYTES)
  const view = new DataView(bytes.buffer)
  shares.forEach((share, at) => {
    view.setBigUint64(at * SHARE_BYTES, share & WORD, true)
    view.setBigUint64(at * SHARE_BYTES + 8, (share >> 64n) & WORD, true)
    view.setUint32(at * SHARE_BYTES + 16, Number((share >> 128n) & 0xffffffffn), true)
  })
  return bytes
}

/** The `count` shares in bytes. Throws RangeError for bytes of another length. */
export function sharesFromBytes(bytes: Uint8Array, count: number): Shares {
  if (bytes.length !== count * SHARE_BYTES) {
    throw new RangeError(`sharesFromBytes: ${bytes.length} bytes are not ${count} shares`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, at) => {
    const low = view.getBigUint64(at * SHARE_BYTES, true)
    const middle = view.getBigUint64(at * SHARE_BYTES + 8, true)
    const high = BigInt(view.getUint32(at * SHARE_BYTES + 16, true))
    return wrapShare((high << 128n) | (middle << 64n) | low)
  })
}

const SHARE_BYTES = SHARE_BITS / 8
const WORD = (1n << 64n) - 1n
/** By how many bits a number that hides is longer than what it hides. */
const ROUNDING_BITS = 60

function checkRounding({ bits, drop, hiding }: Rounding): void {
  const whole = bits + 1 + ROUNDING_BITS + bitLength(BigInt(hiding)) + 1
  if (hiding >= 1 && drop >= 1 && drop <= bits && whole < SHARE_BITS) return
  throw new RangeError(
    `rounding: numbers of ${bits} bits under masks of ${hiding} parties, less ${drop}, do not fit into shares`,
  )
}
