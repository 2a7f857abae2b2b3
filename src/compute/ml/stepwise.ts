/**
 * Stepwise choice of columns: one column in or out at a time, as long as an information criterion falls.
 *
 * Source: H. Akaike, "A new look at the statistical model identification", IEEE Trans. Autom. Control 19 (1974); G. Schwarz,
 * "Estimating the dimension of a model", Ann. Statist. 6 (1978); in the form in which FATE takes them: `2·n·loss`, or
 * `n·log(2·loss)` where the loss is half of a mean square, and 2 (AIC) or log n (BIC) for each parameter.
 * @module
 */

/** Which columns are in, by place. */
export type Mask = readonly boolean[]

/** How to choose. */
export interface StepwiseRule {
  readonly criterion: 'AIC' | 'BIC'
  /** `forward` starts without columns, the others with all; `both` may go either way. */
  readonly direction: 'forward' | 'backward' | 'both'
  readonly maxSteps: number
  /** No step goes below or above so many columns. */
  readonly least: number
  readonly most: number | null
  readonly intercept: boolean
  /** Whether the loss is half of a mean square, of which the likelihood takes the logarithm. */
  readonly squares: boolean
}

/** A model that was tried. */
export interface StepwiseModel {
  readonly mask: Mask
  readonly loss: number
  readonly score: number
}

/** The criterion of a model of so many columns over `rows` rows. */
export function informationCriterion(
  rule: Pick<StepwiseRule, 'criterion' | 'intercept' | 'squares'>,
  { loss, columns, rows }: { loss: number; columns: number; rows: number },
): number {
  const each = rule.criterion === 'AIC' ? 2 : Math.log(rows)
  const parameters = columns + (rule.intercept ? 1 : 0)
  return each * parameters + (rule.squares ? rows * Math.log(2 * loss) : 2 * rows * loss)
}

/**
 * The model after every step, the first one included; the last is the choice. `lossOf` trains a model; none is asked for
 * twice. Of equal models the first stays: columns are dropped before they are added, in their order.
 */
export async function chooseStepwise(
  rule: StepwiseRule,
  { columns, rows }: { columns: number; rows: number },
  lossOf: (mask: Mask) => Promise<number>,
): Promise<StepwiseModel[]> {
  const tried = new Map<string, StepwiseModel>()
  async function attempt(mask: Mask): Promise<StepwiseModel> {
    const known = tried.get(mask.join())
    if (known) return known
    const loss = await lossOf(mask)
    const size = { loss, columns: countIn(mask), rows }
    const model = { mask, loss, score: informationCriterion(rule, size) }
    tried.set(mask.join(), model)
    return model
  }

  const start = Array.from({ length: columns }, () => rule.direction !== 'forward')
  const steps = [await attempt(start)]
  while (steps.length <= rule.maxSteps) {
    let best = steps[steps.length - 1]
    for (const mask of neighbours(best.mask, rule)) {
      const model = await attempt(mask)
      if (model.score < best.score) best = model
    }
    if (best === steps[steps.length - 1]) break
    steps.push(best)
  }
  return steps
}

/** How many columns are in. */
export function countIn(mask: Mask): number {
  return mask.filter(Boolean).length
}

/** The masks one step away. */
function neighbours(mask: Mask, { direction, least, most }: StepwiseRule): Mask[] {
  const count = countIn(mask)
  const flipped = (from: boolean) =>
    mask.flatMap((inside, at) => (inside === from ? [mask.with(at, !from)] : []))
  return [
    ...(direction !== 'forward' && count > least ? flipped(true) : []),
    ...(direction !== 'backward' && count < (most ?? mask.length) ? flipped(false) : []),
  ]
}
