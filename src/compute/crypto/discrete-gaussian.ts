/**
 * Whole numbers from the discrete Gaussian distribution, exactly and from cryptographic randomness: algorithms 1 to 3 of
 * C. Canonne, G. Kamath, T. Steinke, "The discrete Gaussian for differential privacy", NeurIPS 2020 (arXiv 2004.00010).
 * No floating-point number decides over a draw, so that none tells the noise (I. Mironov, "On significance of the least
 * significant bits for differential privacy", CCS 2012).
 *
 * A sum of whole numbers that changes by at most Δ in Euclidean length, plus such a number of parameter σ in each entry, is
 * Δ²/(2σ²)-concentrated differentially private (theorem 14 there).
 * @module
 */
import { shake256 } from '@noble/hashes/sha3.js'

import { bytesToBigint } from './bytes.ts'
import { bitLength } from './modular.ts'
import type { RandomBytes } from './random.ts'

/** `count` draws of parameter `sigma`, a whole number of at least 1. */
export function discreteGaussians(count: number, sigma: bigint, random: RandomBytes): bigint[] {
  if (sigma < 1n) throw new RangeError(`discreteGaussians: sigma is ${sigma}, expected at least 1`)
  return Array.from({ length: count }, () => gaussian(sigma, random))
}

/**
 * The least sigma that makes a release of sensitivity `sensitivity` (epsilon, delta)-differentially private: of ρ with
 * ρ + 2·√(ρ·ln(1/δ)) = ε (M. Bun, T. Steinke, "Concentrated differential privacy", TCC 2016, proposition 1.3).
 */
export function gaussianSigma(of: { epsilon: number; delta: number; sensitivity: number }): number {
  const { epsilon, delta, sensitivity } = of
  const tail = Math.log(1 / delta)
  const root = Math.sqrt(tail + epsilon) - Math.sqrt(tail)
  if (root > 0 && sensitivity >= 0) return sensitivity / (Math.SQRT2 * root)
  throw new RangeError(`gaussianSigma: epsilon ${epsilon} and delta ${delta} are not above 0`)
}

/** The bytes that a secret seed gives, for noise that has to be the same when it is drawn again: SHAKE256 of the seed. */
export function seededBytes(seed: Uint8Array): RandomBytes {
  const stream = shake256.create({}).update(seed)
  return (length) => stream.xof(length)
}

function gaussian(sigma: bigint, random: RandomBytes): bigint {
  const scale = sigma + 1n
  const square = sigma * sigma
  for (;;) {
    const drawn = laplace(scale, random)
    const off = (drawn < 0n ? -drawn : drawn) * scale - square
    if (chanceOfExp(off * off, 2n * square * scale * scale, random)) return drawn
  }
}

/** With probability proportional to exp(−|x| / scale). */
function laplace(scale: bigint, random: RandomBytes): bigint {
  for (;;) {
    const low = below(scale, random)
    if (!chanceOfExp(low, scale, random)) continue
    let high = 0n
    while (chanceOfExp(1n, 1n, random)) high++
    const size = low + scale * high
    const negative = below(2n, random) === 1n
    if (negative && size === 0n) continue
    return negative ? -size : size
  }
}

/** True with probability exp(−top / bottom). */
function chanceOfExp(top: bigint, bottom: bigint, random: RandomBytes): boolean {
  for (let whole = top / bottom; whole > 0n; whole--) {
    if (!chanceOfPart(1n, 1n, random)) return false
  }
  return chanceOfPart(top % bottom, bottom, random)
}

/** The same for top ≤ bottom. */
function chanceOfPart(top: bigint, bottom: bigint, random: RandomBytes): boolean {
  let tries = 1n
  while (below(bottom * tries, random) < top) tries++
  return tries % 2n === 1n
}

/** Uniform from 0 to `end`, exclusive. */
function below(end: bigint, random: RandomBytes): bigint {
  const bits = bitLength(end - 1n)
  if (bits === 0) return 0n
  for (;;) {
    const drawn = BigInt.asUintN(bits, bytesToBigint(random(Math.ceil(bits / 8))))
    if (drawn < end) return drawn
  }
}
