/**
 * Randomized response: a share of the labels is drawn anew, evenly from all answers there are, so that nobody who sees
 * what follows from the labels can be sure of one.
 *
 * With k answers and a share p a label comes out as it is with the chance 1 − p + p/k and as any other one with p/k, which
 * is label privacy with ε = ln(1 + k(1 − p)/p).
 *
 * Source: S. L. Warner, "Randomized response", JASA 60 (1965); for k answers P. Kairouz, S. Oh, P. Viswanath, "Extremal
 * mechanisms for local differential privacy", NIPS 2014; for numbers B. Ghazi et al., "Regression with label differential
 * privacy", ICLR 2023, here with evenly spaced answers.
 * @module
 */
import { randomBelow, type RandomBytes } from '../../compute/crypto/random.ts'

/** The ε of `share` among `answers` answers; infinite for a share of 0. */
export function responseEpsilon(answers: number, share: number): number {
  return Math.log1p((answers * (1 - share)) / share)
}

/** `count` evenly spaced numbers from the least label to the greatest; where all are the same that one. */
export function gridOf(labels: Float64Array, count: number): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of labels) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low === high) return [low]
  return Array.from({ length: count }, (_, at) => low + ((high - low) * at) / (count - 1))
}

/** Every label as the nearest answer or, for a share of them, any answer. `answers` rise evenly. */
export function randomizedLabels(
  labels: Float64Array,
  { answers, share, random }: { answers: readonly number[]; share: number; random: RandomBytes },
): Float64Array {
  const low = answers[0]
  const step = answers.length > 1 ? answers[1] - low : 1
  const scale = 2n ** 53n
  const drawn = (below: number) => Number(randomBelow(BigInt(below), random))
  return labels.map((value) => {
    const anew = Number(randomBelow(scale, random)) < share * Number(scale)
    return answers[anew ? drawn(answers.length) : Math.round((value - low) / step)]
  })
}
