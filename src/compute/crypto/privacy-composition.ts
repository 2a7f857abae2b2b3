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
  return { epsilon: promised(times * concentration({ epsilon, delta }), delta), delta }
}

/**
 * The promise of all these uses of the same data together: Gaussian ones as what they are, with the greatest of their
 * deltas, and that of the others added to it.
 */
export function summedLoss(losses: readonly PrivacyLoss[]): PrivacyLoss {
  const pure = losses.filter(({ delta }) => delta === 0)
  const gaussian = losses.filter(({ delta }) => delta > 0)
  const delta = Math.max(0, ...gaussian.map((one) => one.delta))
  const rho = gaussian.reduce((sum, one) => sum + concentration(one), 0)
  const epsilon = pure.reduce((sum, one) => sum + one.epsilon, 0)
  return { epsilon: epsilon + promised(rho, delta), delta }
}

/** The greatest epsilon that another use with this delta may have, for all to come to `most` at most; 0 for none. */
export function lossLeft(losses: readonly PrivacyLoss[], most: number, delta: number): number {
  const gaussian = losses.filter((one) => one.delta > 0)
  const pure = losses.reduce((sum, one) => (one.delta === 0 ? sum + one.epsilon : sum), 0)
  if (delta === 0) return Math.max(0, most - summedLoss(losses).epsilon)
  const greatest = Math.max(delta, ...gaussian.map((one) => one.delta))
  const rho = gaussian.reduce((sum, one) => sum + concentration(one), 0)
  const whole = concentration({ epsilon: Math.max(0, most - pure), delta: greatest })
  return promised(Math.max(0, whole - rho), delta)
}

/** Whether a promise is within what is allowed; ten of 0.1 are within 1, whatever their sum is in binary. */
export function isWithin({ epsilon }: PrivacyLoss, most: number): boolean {
  return epsilon <= most * (1 + ROUNDING)
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

/** The ε that ρ promises with this δ; nothing of nothing. */
function promised(rho: number, delta: number): number {
  return rho === 0 ? 0 : rho + 2 * Math.sqrt(rho * Math.log(1 / delta))
}

/** Ten uses of 0.1 are one, whatever their sum is in binary. */
const ROUNDING = 1e-9
