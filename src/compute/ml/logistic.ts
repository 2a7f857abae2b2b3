/**
 * Logistic regression's own arithmetic: the link, and the polynomial of it that can be computed on ciphertexts.
 * @module
 */

/** 1 / (1 + e^-x), without overflow on either side. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const power = Math.exp(x)
  return power / (1 + power)
}

/**
 * Derivative of the loss by the linear predictor `wx`, with the logistic loss replaced by its second-order Taylor
 * polynomial at 0 (Hardy et al., arXiv 1711.10677): wx/4 - y/2 for a label `y` of +1 or -1.
 */
export function taylorSlope(wx: number, y: number): number {
  return 0.25 * wx - 0.5 * y
}

/**
 * The mean Taylor loss, log 2 - y·wx/2 + wx²/8, from the mean of the squared slopes: both are quadratic in wx, and
 * with d = taylorSlope(wx, y) and y² = 1 the loss is log 2 - 1/2 + 2d².
 */
export function taylorLoss(meanSquaredSlope: number): number {
  return Math.LN2 - 0.5 + 2 * meanSquaredSlope
}
