import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { federatedKernel } from '../../../src/component/fedlearn/federated-kernel.ts'
import { fourierMap } from '../../../src/compute/ml/fourier-features.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import {
  hasShared,
  predictionsOf,
  runVertical,
  seriesOf,
  sharedData,
  verticalData,
  type VerticalData,
} from '../../helpers/vertical-data.ts'

const RULE = { maxIter: 9, scale: 30, mapdim: 5, earlyStoppingRounds: 100 }

/** All features of every party's columns, column by column. */
function featuresOf({ parties, ids }: VerticalData, params: typeof RULE): Float64Array[][] {
  return parties.map((columns, stream) => {
    const rows = ids.length
    const x = new Float64Array(rows * columns.length)
    columns.forEach((values, col) =>
      values.forEach((value, row) => (x[row * columns.length + col] = value)),
    )
    const plan = { seed: 100, stream: stream + 1, features: params.mapdim, scale: params.scale }
    const { data } = fourierMap({ ...plan, inputs: columns.length })({
      rows,
      cols: columns.length,
      data: x,
    })
    return Array.from({ length: params.mapdim }, (_, at) =>
      Float64Array.from({ length: rows }, (__, row) => data[row * params.mapdim + at]),
    )
  })
}

/** Block coordinate descent on all features in one place: what is left after each block's least squares, squared. */
function plainBlocks(blocks: readonly Float64Array[][], labels: Float64Array, turns: number) {
  const [low, high] = [Math.min(...labels), Math.max(...labels)]
  const centre = (low + high) / 2
  const given: Float64Array[] = blocks.map(() => new Float64Array(labels.length))
  return Array.from({ length: turns }, (_, turn) => {
    const own = turn % blocks.length
    const rest = labels.map((label, row) =>
      given.reduce((sum, each, at) => (at === own ? sum : sum - each[row]), label - centre),
    )
    given[own] = projected(blocks[own], rest)
    const residual = rest.map((value, row) => value - given[own][row])
    return residual.reduce((sum, value) => sum + value * value, 0) / labels.length
  })
}

/** What least squares on the columns makes of `target`, by normal equations and Gauss's elimination. */
function projected(columns: readonly Float64Array[], target: Float64Array): Float64Array {
  const size = columns.length
  const product = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, v, row) => sum + v * b[row], 0)
  const table = columns.map((a) => [...columns.map((b) => product(a, b)), product(a, target)])
  for (let at = 0; at < size; at++) {
    for (let row = 0; row < size; row++) {
      if (row === at) continue
      const factor = table[row][at] / table[at][at]
      for (let col = at; col <= size; col++) table[row][col] -= factor * table[at][col]
    }
  }
  const weights = table.map((row, at) => row[size] / row[at])
  return target.map((_, row) => weights.reduce((sum, w, at) => sum + w * columns[at][row], 0))
}

function near(actual: readonly number[], expected: readonly number[], within: number): void {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at] - value) < within, `${at}: ${actual[at]}, expected ${value}`),
  )
}

function cut(whole: VerticalData, from: number, to: number): VerticalData {
  return {
    ids: whole.ids.slice(from, to),
    labels: whole.labels.slice(from, to),
    parties: whole.parties.map((columns) => columns.map((values) => values.slice(from, to))),
  }
}

describe('FederatedKernel', { timeout: 300_000 }, () => {
  for (const widths of [
    [2, 2],
    [1, 2, 1],
  ]) {
    it(`is block coordinate descent on all features in one place, of ${widths.length} parties`, async () => {
      const train = verticalData({ rows: 80, widths })
      const params = { ...RULE, metricType: ['TRAINLOSS', 'RMSE', 'MAE'] }
      const run = await runVertical(federatedKernel, params, { train })
      const plain = plainBlocks(featuresOf(train, RULE), train.labels, RULE.maxIter)
      near(seriesOf(run, 'kernel_loss'), plain, 1e-4)
      near(seriesOf(run, 'rmse'), plain.map(Math.sqrt), 1e-4)
      assert.equal(run.unread, 0)
      const predicted = await runVertical(federatedKernel, RULE, { train, model: run })
      const scores = predictionsOf(predicted)
      const errors = train.labels.map((label, row) => label - (scores.get(train.ids[row]) ?? NaN))
      const mean = (of: (error: number) => number) =>
        errors.reduce((sum, error) => sum + of(error), 0) / errors.length
      near([mean((error) => error * error)], plain.slice(-1), 1e-4)
      near([mean(Math.abs)], seriesOf(run, 'mae'), 1e-6)
    })
  }

  it('measures rows that it does not learn from as its predictions are', async () => {
    const whole = verticalData({ rows: 110, widths: [1, 2] })
    const [train, validate] = [cut(whole, 0, 80), cut(whole, 80, 110)]
    const params = { ...RULE, metricType: ['RMSE'] }
    const run = await runVertical(federatedKernel, params, { train, validate })
    const seen = seriesOf(run, 'rmse', 'validate')
    assert.equal(seen.length, RULE.maxIter)
    const scores = predictionsOf(
      await runVertical(federatedKernel, RULE, { train: validate, model: run }),
    )
    const square = validate.labels.reduce(
      (sum, label, row) => sum + (label - (scores.get(validate.ids[row]) ?? NaN)) ** 2,
      0,
    )
    near([seen[seen.length - 1]], [Math.sqrt(square / 30)], 1e-4)
  })

  it('stops when an iteration is no better than those before', async () => {
    const whole = verticalData({ rows: 110, widths: [1, 2] })
    const [train, validate] = [cut(whole, 0, 80), cut(whole, 80, 110)]
    const params = {
      ...RULE,
      maxIter: 40,
      scale: 1,
      mapdim: 7,
      earlyStoppingRounds: 2,
      metricType: ['RMSE'],
    }
    const run = await runVertical(federatedKernel, params, { train, validate })
    const seen = seriesOf(run, 'rmse', 'validate')
    assert.ok(seen.length < 40, `${seen.length} iterations`)
    const [before, between, last] = seen.slice(-3)
    assert.ok(last >= before && last >= between)
  })

  it('lets every parameter have its effect', async () => {
    const train = verticalData({ rows: 40, widths: [2, 1] })
    const lossOf = async (params: object) => {
      const run = await runVertical(
        federatedKernel,
        { ...RULE, mapdim: 4, maxIter: 3, ...params },
        { train },
      )
      return seriesOf(run, 'kernel_loss')
    }
    const usual = await lossOf({})
    for (const params of [
      { scale: 0.5 },
      { seed: 7 },
      { mapdim: 3 },
      { maxIter: 2 },
      { batchSize: 35 },
      { normalizationType: 'MINMAX' },
      { normalizationType: 'STANDARD' },
      { useDP: 'true' },
    ]) {
      assert.notDeepEqual(await lossOf(params), usual, JSON.stringify(params))
    }
    assert.deepEqual(await lossOf({}), usual)
  })

  it('tells classes apart, two or more', async () => {
    for (const numClass of [2, 3]) {
      const whole = verticalData({ rows: 150, widths: [1, 1] })
      const sorted = whole.labels.toSorted()
      const labels = whole.labels.map((value) =>
        Math.floor((numClass * sorted.indexOf(value)) / sorted.length),
      )
      const train = { ...whole, labels }
      const names = numClass === 2 ? ['AUC', 'ACC', 'MAUC'] : ['MACC', 'MERROR', 'MAUC', 'MF1']
      const params = { ...RULE, numClass, normalizationType: 'STANDARD', metricType: names }
      const run = await runVertical(federatedKernel, params, { train })
      const frame = run.parties['guest:0'].tables[0]
      const told = frame.columns.find(({ name }) => name === 'predict_result')?.values ?? []
      const right = labels.filter((label, row) => label === told[row]).length / labels.length
      assert.ok(right > 0.75, `${numClass} classes: ${right}`)
      near(seriesOf(run, numClass === 2 ? 'acc' : 'macc'), [right], 1e-9)
      if (numClass === 2) {
        const scores = predictionsOf(run)
        near(seriesOf(run, 'mAuc'), seriesOf(run, 'auc'), 1e-9)
        const again = auc(
          labels,
          train.ids.map((id) => scores.get(id) ?? NaN),
        )
        assert.ok(Math.abs(again - seriesOf(run, 'auc')[0]) < 0.05)
      }
    }
  })

  it('refuses labels that are no classes, and metrics of rows under differential privacy', async () => {
    const train = verticalData({ rows: 80, widths: [1, 1] })
    await assert.rejects(
      runVertical(federatedKernel, { ...RULE, numClass: 2 }, { train }),
      /numClass 2 is for labels 0 to 1/,
    )
    assert.throws(
      () => federatedKernel.params.parse({ useDP: 'true', metricType: ['AUC'] }),
      /AUC compares labels row by row/,
    )
    assert.throws(() => federatedKernel.params.parse({ metricType: ['MACC'] }), /set numClass/)
  })

  it('refuses so few rows that sums over them tell of single ones', async () => {
    const train = verticalData({ rows: 9, widths: [1, 1] })
    await assert.rejects(runVertical(federatedKernel, RULE, { train }), /needs 10 rows/)
  })

  it('goes on after what it kept, with the same noise', async () => {
    const train = verticalData({ rows: 80, widths: [1, 1] })
    const params = { ...RULE, metricType: ['RMSE'] }
    const whole = await runVertical(federatedKernel, params, { train })
    const checkpoints = {}
    await runVertical(federatedKernel, { ...params, maxIter: 4 }, { train, checkpoints })
    const rest = await runVertical(federatedKernel, params, { train, checkpoints })
    assert.deepEqual(seriesOf(rest, 'rmse'), seriesOf(whole, 'rmse'))
    const noisy = { ...params, useDP: 'true' }
    const kept = {}
    const first = await runVertical(
      federatedKernel,
      { ...noisy, maxIter: 1 },
      { train, checkpoints: kept },
    )
    const again = await runVertical(
      federatedKernel,
      { ...noisy, maxIter: 1 },
      { train, checkpoints: kept },
    )
    assert.deepEqual(again.parties['host:1'].models, first.parties['host:1'].models)
    const other = await runVertical(federatedKernel, { ...noisy, maxIter: 1 }, { train })
    assert.notDeepEqual(other.parties['guest:0'].models, first.parties['guest:0'].models)
  })

  it('hides labels by noise of the size that epsilon asks for', async () => {
    const train = verticalData({ rows: 4000, widths: [1, 1], classes: true })
    const params = { ...RULE, numClass: 2, normalizationType: 'STANDARD', metricType: ['RMSE'] }
    const exact = await runVertical(federatedKernel, params, { train })
    const noisy = await runVertical(federatedKernel, { ...params, useDP: 'true' }, { train })
    assert.deepEqual(seriesOf(noisy, 'dpEpsilon'), [1.6])
    const weightsOf = (run: typeof exact) =>
      Object.values(run.parties).flatMap(
        ({ models }) => (models[0].state as { weights: number[][] }).weights[0],
      )
    const [a, b] = [weightsOf(exact), weightsOf(noisy)]
    const off = Math.sqrt(a.reduce((sum, w, at) => sum + (w - b[at]) ** 2, 0) / a.length)
    // Sigma is 3.87 · 2 · √2 along every direction; blocks that overlap make more of it.
    assert.ok(off > 3 && off < 100, `off by ${off}`)
    const frame = (await runVertical(federatedKernel, params, { train, model: noisy })).parties[
      'guest:0'
    ].tables[0]
    const scores = frame.columns.find(({ name }) => name === 'predict_score')?.values ?? []
    const good = auc(
      train.labels,
      Array.from(scores, (score) => Number(score)),
    )
    assert.ok(good > 0.7, `auc ${good}`)
  })

  it('tells diabetes apart on the shared table', { skip: !hasShared() }, async () => {
    const paths = [0, 1, 2].map((at) => `classificationA/train${at}.csv`)
    const train = sharedData(paths, 'Outcome')
    const params = {
      ...RULE,
      scale: 0.05,
      maxIter: 3,
      mapdim: 12,
      numClass: 2,
      normalizationType: 'STANDARD',
      metricType: ['AUC', 'RMSE'],
    }
    const run = await runVertical(federatedKernel, params, { train })
    const [value] = seriesOf(run, 'auc')
    assert.ok(value > 0.8, `auc ${value}`)
  })
})
