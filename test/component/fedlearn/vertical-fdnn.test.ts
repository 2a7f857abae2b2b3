import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { verticalFdnn } from '../../../src/component/fedlearn/vertical-fdnn.ts'
import type { Matrix } from '../../../src/compute/ml/matrix.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { readDescent } from '../../../src/compute/nn/descent.ts'
import { lossNamed } from '../../../src/compute/nn/loss.ts'
import { createNetwork } from '../../../src/compute/nn/network.ts'
import {
  predictionsOf,
  runVertical,
  seriesOf,
  verticalData,
  type VerticalData,
} from '../../helpers/vertical-data.ts'

/** What a bottom network answers, and what comes of all answers. */
const [ANSWERS, UNITS] = [8, 4]
const RULE = { batch_size: 30, num_epochs: 2, isTest: 'true' }

/** Columns of mean 0 and spread 1, row by row. */
function standard({ ids }: VerticalData, columns: readonly Float64Array[]): Matrix {
  const rows = ids.length
  const data = new Float64Array(rows * columns.length)
  columns.forEach((values, col) => {
    const mean = values.reduce((sum, v) => sum + v, 0) / rows
    const spread = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows)
    values.forEach((v, row) => (data[row * columns.length + col] = (v - mean) / spread))
  })
  return { rows, cols: columns.length, data }
}

/**
 * The same network in one place, layer by layer: bottoms, one layer over all they answer that takes plain steps, and a
 * top. First weights are those that the parameters' seed gives.
 */
async function plainLosses(train: VerticalData, epochs: number): Promise<number[]> {
  const rate = 0.1
  const seedOf = (party: number) => 100 + party
  const xs = train.parties.map((columns) => standard(train, columns))
  const adam = readDescent({ optimizer: 'Adam', learning_rate: 0.01 })
  const dense = async (
    inputs: number,
    options: { units: number; activation: string; seed: number; own: number },
  ) => {
    const { units, activation, seed, own } = options
    // As the parameters' layers are read: weights by Glorot and Bengio from the seed of the party.
    const { readTopology } = await import('../../../src/compute/nn/topology.ts')
    const define = [{ layer: 'Dense', units, activation }]
    const topology = readTopology(define, { type: 'nn', inputs, seed, name: 'layer' })
    return createNetwork(topology, { descent: adam, seed: own, name: 'layer' })
  }
  const bottoms = await Promise.all(
    xs.map((x, party) =>
      dense(x.cols, { units: ANSWERS, activation: 'relu', seed: seedOf(party), own: 100 }),
    ),
  )
  const kernels = await Promise.all(
    xs.map(async (_, party) => {
      const net = await dense(ANSWERS, {
        units: UNITS,
        activation: 'linear',
        seed: 101 + party,
        own: 101 + party,
      })
      const weights = Float64Array.from(net.weights())
      net.dispose()
      return weights.slice(0, ANSWERS * UNITS)
    }),
  )
  const bias = new Float64Array(UNITS)
  const { readTopology } = await import('../../../src/compute/nn/topology.ts')
  const upper = readTopology([{ layer: 'Dense', units: 1, activation: 'sigmoid' }], {
    type: 'nn',
    inputs: UNITS,
    seed: 100,
    name: 'top',
  })
  const inner = { name: 'interactive', activation: 'relu', batch_input_shape: [null, UNITS] }
  const top = await createNetwork(
    { inputs: UNITS, layers: [{ class_name: 'Activation', config: inner }, ...upper.layers] },
    { descent: adam, seed: 100, name: 'top' },
  )
  const loss = lossNamed('binary_crossentropy')
  const losses: number[] = []
  const rows = train.ids.length
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0
    for (let from = 0; from < rows; from += 30) {
      const step = (epoch * rows + from) / 30
      const parts = xs.map(({ cols, data }) => {
        return { rows: 30, cols, data: data.slice(from * cols, (from + 30) * cols) }
      })
      const answers = parts.map((part, party) => bottoms[party].forward(part, step))
      const units = new Float64Array(30 * UNITS)
      for (let row = 0; row < 30; row++) {
        for (let unit = 0; unit < UNITS; unit++) {
          units[row * UNITS + unit] = answers.reduce((total, { data }, party) => {
            let own = total
            for (let k = 0; k < ANSWERS; k++)
              own += data[row * ANSWERS + k] * kernels[party][k * UNITS + unit]
            return own
          }, bias[unit])
        }
      }
      const wanted = { rows: 30, cols: 1, data: train.labels.slice(from, from + 30) }
      const lesson = top.learn({ rows: 30, cols: UNITS, data: units }, wanted, { loss, step })
      sum += 30 * lesson.loss
      const { data: slopes } = lesson.derivative
      answers.forEach(({ data }, party) => {
        const back = new Float64Array(30 * ANSWERS)
        const slope = new Float64Array(ANSWERS * UNITS)
        for (let row = 0; row < 30; row++) {
          for (let k = 0; k < ANSWERS; k++) {
            for (let unit = 0; unit < UNITS; unit++) {
              back[row * ANSWERS + k] +=
                slopes[row * UNITS + unit] * kernels[party][k * UNITS + unit]
              slope[k * UNITS + unit] += slopes[row * UNITS + unit] * data[row * ANSWERS + k]
            }
          }
        }
        slope.forEach((value, at) => (kernels[party][at] -= rate * value))
        bottoms[party].follow(parts[party], { rows: 30, cols: ANSWERS, data: back }, { step })
      })
      for (let unit = 0; unit < UNITS; unit++) {
        for (let row = 0; row < 30; row++) bias[unit] -= rate * slopes[row * UNITS + unit]
      }
    }
    losses.push(sum / rows)
  }
  return losses
}

function near(actual: readonly number[], expected: readonly number[], within: number): void {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at] - value) < within, `${at}: ${actual[at]}, expected ${value}`),
  )
}

describe('VerticalFDNN', { timeout: 300_000 }, () => {
  it('is the same network in one place', async () => {
    const train = verticalData({ rows: 60, widths: [2, 2, 1], classes: true })
    const run = await runVertical(verticalFdnn, { ...RULE, num_epochs: 2 }, { train })
    near(seriesOf(run, 'cross_entropy'), await plainLosses(train, 2), 1e-4)
    assert.equal(run.unread, 0)
    assert.deepEqual(run.parties['guest:0'].warnings, [])
  })

  it('learns classes, and predicts them', async () => {
    const train = verticalData({ rows: 120, widths: [1, 1], classes: true })
    const params = { ...RULE, batch_size: 40, num_epochs: 5 }
    const run = await runVertical(verticalFdnn, params, { train, validate: train })
    const scores = predictionsOf(await runVertical(verticalFdnn, params, { train, model: run }))
    const value = auc(
      train.labels,
      train.ids.map((id) => scores.get(id) ?? Number.NaN),
    )
    assert.ok(value > 0.85, `auc ${value}`)
    near(seriesOf(run, 'auc', 'validate').slice(-1), [value], 1e-6)
    assert.equal(seriesOf(run, 'acc', 'validate').length, 5)
  })

  it('learns numbers, and says how good in their units', async () => {
    const whole = verticalData({ rows: 160, widths: [1, 1] })
    const train = { ...whole, labels: whole.labels.map((value) => 1000 + 50 * value) }
    const params = { ...RULE, batch_size: 40, num_epochs: 8 }
    const run = await runVertical(verticalFdnn, params, { train, validate: train })
    const scores = predictionsOf(await runVertical(verticalFdnn, params, { train, model: run }))
    const square = train.labels.reduce(
      (sum, label, row) => sum + (label - (scores.get(train.ids[row]) ?? NaN)) ** 2 / 160,
      0,
    )
    near(seriesOf(run, 'rmse', 'validate').slice(-1), [Math.sqrt(square)], 0.01)
    const mean = train.labels.reduce((sum, v) => sum + v, 0) / 160
    const spread = train.labels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 160
    assert.ok(square < spread / 4, `${square} of ${spread}`)
    const losses = seriesOf(run, 'mse')
    assert.ok(losses[7] < losses[0])
  })

  it('lets every parameter have its effect', async () => {
    const train = verticalData({ rows: 40, widths: [1, 1], classes: true })
    const of = async (params: object) =>
      seriesOf(await runVertical(verticalFdnn, { ...RULE, ...params }, { train }), 'cross_entropy')
    const usual = await of({})
    assert.deepEqual(await of({}), usual, 'a test starts from the same weights')
    assert.notDeepEqual(await of({ isTest: 'false' }), await of({ isTest: 'false' }))
    assert.notDeepEqual(await of({ batch_size: 20 }), usual)
    assert.deepEqual(await of({ num_epochs: 1 }), usual.slice(0, 1))
  })

  it('goes on after a stop as it would have', async () => {
    const train = verticalData({ rows: 40, widths: [1, 1], classes: true })
    const whole = await runVertical(verticalFdnn, RULE, { train })
    const checkpoints = {}
    await runVertical(verticalFdnn, { ...RULE, num_epochs: 1 }, { train, checkpoints })
    const rest = await runVertical(verticalFdnn, RULE, { train, checkpoints })
    near(seriesOf(rest, 'cross_entropy'), seriesOf(whole, 'cross_entropy'), 1e-6)
  })
})
