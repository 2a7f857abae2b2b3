/**
 * What several uses of the same data under differential privacy promise together.
 *
 * Pure promises (δ = 0) add up: basic composition (C. Dwork et al., "Our data, ourselves", EUROCRYPT 2006, theorem 1).
 * Gaussian ones add up as what they are, ρ-concentrated (M. Bun, T. Steinke, "Concentrated differential privacy",
 * TCC 2016: ρ adds up by lemma 2.3, also where a use depends on what came of those before it, and is (ε, δ) by
 * proposition 1.3). K of them at ε each come to about √K·ε instead of K·ε.
 * @module
 */

/** (epsilon, delta)-differential privacy; with a delta above 0 that of Gaussian noise as `gaussianSigma` sizes it. */
export interface PrivacyLoss {
  readonly epsilon: number
  readonly delta: number
}

/** The promise of `times` uses of the same data at that each, with the same delta. Throws a RangeError for fewer than none. */
export function repeatedLoss({ epsilon, delta }: PrivacyLoss, times: number): PrivacyLoss {
  if (!Number.isInteger(times) || times < 0) {
    throw new RangeError(`repeatedLoss: ${times} is no number of uses`)
  }
  if (times === 0) return { epsilon: 0, delta: 0 }
  if (delta === 0 || times === 1) return { epsilon: epsilon * times, delta }
  const rho = times * concentration({ epsilon, delta })
  return { epsilon: rho + 2 * Math.sqrt(rho * Math.log(1 / delta)), delta }
}

/** How often the same data may be used at that each, within `most` in all; infinitely often where a use costs nothing. */
export function usesWithin({ epsilon, delta }: PrivacyLoss, most: number): number {
  if (epsilon === 0) return Infinity
  const share =
    delta === 0
      ? most / epsilon
      : concentration({ epsilon: most, delta }) / concentration({ epsilon, delta })
  return most < epsilon ? 0 : Math.floor(share * (1 + ROUNDING))
}

/** The ρ of which (epsilon, delta) is the promise: of ρ + 2·√(ρ·ln(1/δ)) = ε. */
function concentration({ epsilon, delta }: PrivacyLoss): number {
  const tail = Math.log(1 / delta)
  return (Math.sqrt(tail + epsilon) - Math.sqrt(tail)) ** 2
}

/** Ten uses of 0.1 are one, whatever their sum is in binary. */
const ROUNDING = 1e-9
