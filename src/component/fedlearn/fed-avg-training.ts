import { sigmoid } from '../../compute/ml/logistic.ts'
/**
 * The training of HorizontalFedAvg: federated averaging (B. McMahan et al., "Communication-efficient learning of deep
 * networks from decentralized data", AISTATS 2017, algorithm 1) of one linear or sigmoid unit, which starts from zero.
 *
 * Columns, and the labels of a regression, are first made of mean 0 and spread 1 over the rows of all clients.
 * @module
 */
import { type Matrix, multiply } from '../../compute/ml/matrix.ts'
import { createRng } from '../../compute/ml/rng.ts'
import { readDescent } from '../../compute/nn/descent.ts'
import { lossNamed } from '../../compute/nn/loss.ts'
import { createNetwork } from '../../compute/nn/network.ts'
import type { Address } from '../../federation/channel.ts'
import { agreeOnStep } from '../checkpoint.ts'
import type { TaskContext } from '../define.ts'
import { cutBatches } from '../linear/batches.ts'
import { guestOf, hostsOf } from '../linear/row-alignment.ts'
import type { FedAvgParam } from './fed-avg-param.ts'
import { type HostSum, openHostSum } from './host-sum.ts'
import { SCORES } from './score.ts'
import { VERTICAL_ROLES } from './vertical-messages.ts'

type Context = TaskContext<FedAvgParam>

/** A column's mean and spread. */
export interface Spread {
  readonly mean: number
  readonly spread: number
}

/** What every client keeps: all that a prediction needs. */
export interface FedAvgModel {
  readonly header: readonly string[]
  readonly columns: readonly Spread[]
  readonly label: Spread
  readonly modelName: FedAvgParam['modelName']
  /** Of the columns, and the constant after them. */
  readonly weights: readonly number[]
}

/** Own rows. */
export interface Rows {
  readonly x: Matrix
  readonly labels: Float64Array
}

/** Metrics of a round, as `eval_metric` lists them: of rows that are learnt from, and of those that are not. */
export interface RoundSeen {
  readonly train: readonly number[]
  readonly validate: readonly number[]
}

interface Kept {
  readonly round: number
  readonly weights: readonly number[]
  readonly seen: readonly RoundSeen[]
}

/** SGDRegressor's and SGDClassifier's first step length. */
const RATE = 0.01
const SEED = 666

/** Trains; `tell` is called at the guest after every round. */
export async function trainFedAvg(
  context: Context,
  {
    header,
    train,
    validate,
  }: { header: readonly string[]; train: Rows; validate: Rows | undefined },
  tell: (round: number, seen: RoundSeen) => void,
): Promise<{ model: FedAvgModel; rounds: number }> {
  const { params, channel, role, signal } = context
  const saved = (await agreeOnStep(context, VERTICAL_ROLES))?.state as Kept | undefined
  const sum = await openHostSum(context)
  const spreads = await spreadsOf(sum, train, params.modelName === 'SGDRegressor')
  const made = { header, ...spreads, modelName: params.modelName }
  const x = standard(train.x, spreads.columns)
  const wanted = train.labels.map((y) => (y - spreads.label.mean) / spreads.label.spread)
  const learner = await openLearner(context, { x, wanted })
  let weights = saved?.weights ?? Array.from(header, () => 0).concat(0)
  const seen = [...(saved?.seen ?? [])]
  if (role === 'guest') seen.forEach((each, round) => tell(round, each))
  for (let round = saved?.round ?? 0; round < params.numRound; round++) {
    signal.throwIfAborted()
    const takesPart = chosen(context, round).includes(channel.self)
    const own = takesPart ? learner.learn(weights, round) : weights.map(() => 0)
    const rows = takesPart ? train.x.rows : 0
    const total = await sum(Float64Array.of(...own.map((weight) => weight * rows), rows), true)
    const all = total[weights.length]
    weights = Array.from(total.subarray(0, -1), (value) => value / all)
    const measured = await measure(sum, { params, model: { ...made, weights }, train, validate })
    if (role === 'guest') {
      seen.push(measured)
      tell(round, measured)
    }
    context.progress(round + 1, params.numRound, `round ${round + 1}`)
    await context.checkpoints.save(round + 1, { round: round + 1, weights, seen: [...seen] })
  }
  learner.dispose()
  return { model: { ...made, weights }, rounds: params.numRound }
}

/** What the model answers for rows of its columns. */
export function answersOf(model: FedAvgModel, x: Matrix): Float64Array {
  const { columns, label, weights, modelName } = model
  const scores = multiply(standard(x, columns), Float64Array.from(weights.slice(0, -1)))
  const constant = weights[weights.length - 1]
  return scores.map((wx) =>
    modelName === 'SGDClassifier'
      ? sigmoid(wx + constant)
      : label.mean + label.spread * (wx + constant),
  )
}

/** Which clients take part in a round: of two hosts or more never only one, whose network the guest would see. */
export function chosen(context: Context, round: number): Address[] {
  const { fraction, numClients } = context.params
  const hosts = hostsOf(context)
  const order = createRng(SEED, 1 + round).shuffle([guestOf(context), ...hosts])
  const count = Math.max(2, Math.round(fraction * numClients))
  const taken = order.slice(0, count)
  const more = order.slice(count).filter((one) => hosts.includes(one))
  const missing = 2 - taken.filter((one) => hosts.includes(one)).length
  return [...taken, ...more.slice(0, Math.max(0, missing))]
}

async function spreadsOf(
  sum: HostSum,
  { x, labels }: Rows,
  numbers: boolean,
): Promise<{ columns: Spread[]; label: Spread }> {
  const all = [
    ...Array.from({ length: x.cols }, (_, col) => (row: number) => x.data[row * x.cols + col]),
    (row: number) => labels[row],
  ]
  const own = all.flatMap((of) => {
    const values = Array.from(labels, (_, row) => of(row))
    return [0, 1].map((power) => values.reduce((total, v) => total + v * v ** power, 0))
  })
  const total = await sum(Float64Array.of(...own, labels.length), true)
  const rows = total[own.length]
  const spreads = all.map((_, at): Spread => {
    const mean = total[2 * at] / rows
    return { mean, spread: Math.sqrt(Math.max(0, total[2 * at + 1] / rows - mean * mean)) || 1 }
  })
  const label = numbers ? spreads[x.cols] : { mean: 0, spread: 1 }
  return { columns: spreads.slice(0, x.cols), label }
}

function standard(x: Matrix, columns: readonly Spread[]): Matrix {
  const data = x.data.map((value, at) => {
    const { mean, spread } = columns[at % x.cols]
    return (value - mean) / spread
  })
  return { ...x, data }
}

/** One client's part of a round. */
async function openLearner(
  { params, signal }: Context,
  { x, wanted }: { x: Matrix; wanted: Float64Array },
): Promise<{ learn(from: readonly number[], round: number): number[]; dispose(): void }> {
  const activation = params.modelName === 'SGDClassifier' ? 'sigmoid' : 'linear'
  const config = { units: 1, activation, batch_input_shape: [null, x.cols] }
  const network = await createNetwork(
    { inputs: x.cols, layers: [{ class_name: 'Dense', config }] },
    {
      descent: readDescent({ optimizer: 'SGD', learning_rate: RATE }),
      seed: SEED,
      name: params.modelName,
    },
  )
  const loss = lossNamed(params.loss === 'Regression:MSE' ? 'mse' : 'binary_crossentropy')
  const { batchSize, localEpoch } = params
  const batches = cutBatches(x.rows, batchSize)
  const take = (rows: readonly number[]) => {
    const data = new Float64Array(rows.length * x.cols)
    rows.forEach((row, at) =>
      data.set(x.data.subarray(row * x.cols, (row + 1) * x.cols), at * x.cols),
    )
    const labels = Float64Array.from(rows, (row) => wanted[row])
    return {
      part: { rows: rows.length, cols: x.cols, data },
      target: { rows: rows.length, cols: 1, data: labels },
    }
  }
  const all = Array.from(wanted, (_, row) => row)
  return {
    learn(from, round) {
      network.setWeights(from)
      for (let epoch = 0; epoch < localEpoch; epoch++) {
        const order = createRng(SEED, round * localEpoch + epoch).shuffle(all)
        for (const [at, { from: first, to }] of batches.entries()) {
          signal.throwIfAborted()
          const { part, target } = take(order.slice(first, to))
          const step = (round * localEpoch + epoch) * batches.length + at
          network.learn(part, target, { loss, step })
        }
      }
      return Array.from(network.weights())
    },
    dispose: () => network.dispose(),
  }
}

/** Means over the clients by rows, as the original has it; NaN where no client can tell. */
async function measure(
  sum: HostSum,
  of: { params: FedAvgParam; model: FedAvgModel; train: Rows; validate: Rows | undefined },
): Promise<RoundSeen> {
  const { params, model, train, validate } = of
  const tables = validate ? [train, validate] : [train]
  const own = tables.flatMap(({ x, labels }) => {
    const answers = answersOf(model, x)
    return params.eval_metric.flatMap((name) => {
      const ones = labels.reduce((total, y) => total + y, 0)
      const tells = labels.length > 0 && (name !== 'AUC' || (ones > 0 && ones < labels.length))
      const value = tells ? (SCORES.get(name)?.of(labels, answers) ?? 0) : 0
      return tells ? [value * labels.length, labels.length] : [0, 0]
    })
  })
  const total = await sum(Float64Array.from(own), false)
  const values = Array.from({ length: total.length / 2 }, (_, at) => {
    return total[2 * at] / total[2 * at + 1]
  })
  const count = params.eval_metric.length
  return { train: values.slice(0, count), validate: values.slice(count) }
}
