/**
 * A batch through the network of VerticalFDNN, forth and back, on shares.
 * @module
 */
import {
  multiplyFactors,
  multiplySum,
  repeatFactors,
  type ShareMatrix,
  twice,
} from '../../compute/crypto/share-product.ts'
import {
  addShares,
  hideProducts,
  type Shares,
  wrapShare,
} from '../../compute/crypto/shared-real.ts'
import type { Address } from '../../federation/channel.ts'
import {
  liftMomentum,
  liftResiduals,
  liftSquares,
  outputsOf,
  residualRounding,
  scalarsOf,
  slopesOf,
  stepRounding,
  unitRounding,
  UNITS,
} from './fdnn-network.ts'
import {
  exchangeFactors,
  type Factors,
  type FdnnWork,
  multiplyColumns,
  multiplyPairs,
  round,
} from './fdnn-work.ts'

/** What a party has of the network: own shares of every party's weights and of their momentum. */
export interface NetworkShares {
  readonly weights: readonly ShareMatrix[]
  readonly momentum: readonly ShareMatrix[]
}

/** Rows of own columns. */
export interface Batch {
  readonly columns: readonly Float64Array[]
  readonly from: number
  readonly to: number
}

/** What a batch gave: shares of what its units get and of what comes out. */
export interface Forward {
  readonly units: Shares
  readonly factors: Factors
  readonly outputs: Shares
}

/** Shares of what comes out of every row. */
export async function forward(
  work: FdnnWork,
  weights: readonly ShareMatrix[],
  batch: Batch,
): Promise<Forward> {
  const rows = batch.to - batch.from
  const products = await multiplyColumns(work, {
    scalars: scalarsOf(batch.columns, { ...batch, turned: true }),
    shapes: weights.map((own) => ({ rows: own.rows, cols: rows })),
    shares: weights,
    ask: 'weight_cipher',
    answer: 'unit_share',
  })
  const sums = products.map(({ data }) => data).reduce(addShares)
  const columns = weights.reduce((sum, own) => sum + own.rows, 0)
  const units = await round(work, sums, unitRounding(columns))
  const factors = await exchangeFactors(work, units, 'unit_cipher')
  const squares = await multiplyPairs(work, {
    local: units.map((unit) => wrapShare(unit * unit)),
    tag: 'square_share',
    async multiply(scheme, from) {
      const pair = { batch: of(factors, from), shares: twice(units) }
      const product = await multiplyFactors(scheme, pair)
      return hideProducts(scheme, product, work.context.random)
    },
  })
  return { units, factors, outputs: outputsOf(units, squares) }
}

/** Shares of what is learnt from. */
export interface Residuals {
  /** d / rows, row by row. */
  readonly shares: Shares
  readonly factors: Factors
  /** A share of the sum of d², as `SQUARE_FRACTION` says. */
  readonly squares: bigint
}

/** The residuals of rows; `targets` are at the guest. */
export async function residualsOf(
  work: FdnnWork,
  outputs: Shares,
  { targets, classes }: { targets: Shares | undefined; classes: boolean },
): Promise<Residuals> {
  const rows = outputs.length
  const raw = targets ? outputs.map((share, row) => wrapShare(share - targets[row])) : outputs
  const shares = await round(work, liftResiduals(raw, { rows }), residualRounding({ classes }))
  const factors = await exchangeFactors(work, shares, 'residual_cipher')
  const [squares] = await multiplyPairs(work, {
    local: [wrapShare(shares.reduce((sum, share) => sum + share * share, 0n))],
    tag: 'loss_share',
    multiply: (scheme, from) =>
      multiplySum(scheme, { batch: of(factors, from), shares: twice(shares) }, work.context.random),
  })
  return { shares, factors, squares: liftSquares(squares, rows) }
}

/** The network after a step. */
export async function learn(
  work: FdnnWork,
  network: NetworkShares,
  step: { batch: Batch; forward: Forward; residuals: Residuals },
): Promise<NetworkShares> {
  const { batch, residuals } = step
  const { units, factors } = step.forward
  const rows = batch.to - batch.from
  const own = residuals.shares.flatMap((share) => Array.from({ length: UNITS }, () => share))
  const products = await multiplyPairs(work, {
    local: units.map((unit, at) => wrapShare(unit * own[at])),
    tag: 'slope_share',
    async multiply(scheme, from) {
      const { width } = scheme
      const theirs = repeatFactors(of(residuals.factors, from), { times: UNITS, width })
      const sum = await multiplyFactors(
        scheme,
        { batch: of(factors, from), shares: own },
        { batch: theirs, shares: units },
      )
      return hideProducts(scheme, sum, work.context.random)
    },
  })
  const slopes = { rows, cols: UNITS, data: slopesOf(residuals.shares, products) }
  const gradients = await multiplyColumns(work, {
    scalars: scalarsOf(batch.columns, { ...batch, turned: false }),
    shapes: network.weights.map((each) => ({ rows, cols: each.rows })),
    shares: network.weights.map(() => slopes),
    ask: 'slope_cipher',
    answer: 'step_share',
  })
  const lifted = network.momentum.flatMap((each, at) =>
    liftMomentum(each.data, gradients[at].data, rows),
  )
  const rounded = await round(work, lifted, stepRounding(rows))
  let from = 0
  const momentum = network.momentum.map((each) => {
    return { ...each, data: rounded.slice(from, (from += each.data.length)) }
  })
  const weights = network.weights.map((each, at) => {
    const data = each.data.map((share, place) => wrapShare(share - momentum[at].data[place]))
    return { ...each, data }
  })
  return { weights, momentum }
}

function of(factors: Factors, from: Address) {
  const batch = factors.get(from)
  if (batch) return batch
  throw new Error(`${from} has sent no factors to multiply with`)
}
