/**
 * Logistic regression as HeteroLR computes it, on plain numbers: the oracle for its tests.
 * @module
 */
import { createWeights } from '../../src/component/linear/linear-weights.ts'
import type { LogisticParam } from '../../src/component/linear/logistic-param.ts'
import { createStop } from '../../src/compute/ml/optimizer.ts'

/** Columns of one party. */
export type Columns = readonly Float64Array[]

/** What the oracle ends with. */
export interface PlainResult {
  readonly guest: readonly number[]
  readonly intercept: number
  readonly hosts: readonly (readonly number[])[]
  readonly losses: readonly number[]
  readonly converged: boolean
  /** The linear predictor of every row under the final weights. */
  readonly scores: Float64Array
}

/** Trains on all columns at once; `labels` are +1 and -1, `rowWeights` multiply what each row counts. */
export function trainPlain(
  param: LogisticParam,
  data: {
    guest: Columns
    hosts: readonly Columns[]
    labels: Float64Array
    rowWeights?: Float64Array
  },
): PlainResult {
  const { labels } = data
  const rows = labels.length
  const parties = [data.guest, ...data.hosts]
  const withIntercept = param.init_param.fit_intercept
  const weights = parties.map((columns, stream) =>
    createWeights(param, {
      features: columns.length,
      intercept: stream === 0 && withIntercept,
      stream,
    }),
  )
  const size = param.batch_size === -1 ? rows : param.batch_size
  const starts = Array.from({ length: Math.ceil(rows / size) }, (_, batch) => batch * size)
  if (starts.length > 1 && rows - starts[starts.length - 1] < 10) starts.pop()
  const stop = createStop(param.converge_func, param.eps)
  const losses: number[] = []
  let converged = false

  function predict(row: number): number {
    let wx = weights[0].intercept
    parties.forEach((columns, party) => {
      columns.forEach((values, col) => (wx += values[row] * weights[party].weights[col]))
    })
    return wx
  }

  for (let epoch = 0; epoch < param.max_iter && !converged; epoch++) {
    let loss = 0
    starts.forEach((from, batch) => {
      const to = starts[batch + 1] ?? rows
      const count = to - from
      const slopes = new Float64Array(count)
      for (let row = from; row < to; row++) {
        const wx = predict(row)
        const share = data.rowWeights?.[row] ?? 1
        slopes[row - from] = share * (0.25 * wx - 0.5 * labels[row])
        loss += (share * (Math.LN2 - 0.5 * labels[row] * wx + (wx * wx) / 8)) / count
      }
      for (const own of weights) loss += own.penalty
      parties.forEach((columns, party) => {
        const gradient = columns.map((values) => {
          let sum = 0
          for (let row = from; row < to; row++) sum += values[row] * slopes[row - from]
          return sum / count
        })
        if (party === 0 && withIntercept) {
          gradient.push(slopes.reduce((sum, slope) => sum + slope, 0) / count)
        }
        weights[party].step(Float64Array.from(gradient), epoch)
      })
    })
    losses.push(loss / starts.length)
    const lengths = weights.map((own) => own.measure())
    converged = stop({
      loss: loss / starts.length,
      squaredChange: lengths.reduce((sum, own) => sum + own.squaredChange, 0),
      squaredWeights: lengths.reduce((sum, own) => sum + own.squaredWeights, 0),
    })
  }
  return {
    guest: [...weights[0].weights],
    intercept: weights[0].intercept,
    hosts: weights.slice(1).map((own) => [...own.weights]),
    losses,
    converged,
    scores: Float64Array.from({ length: rows }, (_, row) => predict(row)),
  }
}
