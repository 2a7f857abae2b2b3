import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { verticalFdnn } from '../../../src/component/fedlearn/vertical-fdnn.ts'
import { LOGISTIC } from '../../../src/component/linear/family.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import {
  cut,
  predictionsOf,
  runVertical,
  seriesOf,
  verticalData,
  type VerticalData,
} from '../../helpers/vertical-data.ts'

const RULE = { batch_size: 30, num_epochs: 2, isTest: 'true' }
const UNITS = 4

/** Columns by mean and spread of `of`, cut off at 4, with a one behind the guest's, row by row. */
function standard(data: VerticalData, of: VerticalData): number[][] {
  const columns = data.parties.flatMap((own, party) => {
    const scaled = own.map((values, at) => {
      const known = of.parties[party][at]
      const mean = known.reduce((sum, v) => sum + v, 0) / known.length
      const spread = Math.sqrt(known.reduce((sum, v) => sum + (v - mean) ** 2, 0) / known.length)
      return Array.from(values, (v) => Math.min(4, Math.max(-4, (v - mean) / spread)))
    })
    return party === 0 ? [...scaled, data.ids.map(() => 1)] : scaled
  })
  return data.ids.map((_, row) => columns.map((values) => values[row]))
}

/** The same network on floats, of all columns in one place. */
function plainNetwork(
  train: VerticalData,
  of: { batch: number; epochs: number; asked?: VerticalData },
) {
  const rows = standard(train, train)
  const classes = train.labels.every((label) => label === 0 || label === 1)
  const mean = train.labels.reduce((sum, v) => sum + v, 0) / rows.length
  const spread = Math.sqrt(train.labels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / rows.length)
  const [width] = [rows[0].length]
  const weights = train.parties.flatMap((own, party) => {
    const rng = createRng(100, party)
    const drawn = own.map(() =>
      Array.from({ length: UNITS }, () => rng.normal() / Math.sqrt(width)),
    )
    return party === 0 ? [...drawn, Array.from({ length: UNITS }, () => 0)] : drawn
  })
  const momentum = weights.map((own) => own.map(() => 0))
  const unitsOf = (x: number[]) =>
    Array.from({ length: UNITS }, (_, k) => x.reduce((sum, v, col) => sum + v * weights[col][k], 0))
  const sign = (k: number) => (k < UNITS / 2 ? 0.5 : -0.5)
  const output = (units: number[]) =>
    units.reduce((sum, z, k) => sum + sign(k) * (z ** 2 / 8 + z / 2 + 1 / 4), 0)
  const losses: number[] = []
  for (let epoch = 0; epoch < of.epochs; epoch++) {
    let squares = 0
    for (let from = 0; from < rows.length; from += of.batch) {
      const batch = rows.slice(from, from + of.batch)
      const gradient = weights.map((own) => own.map(() => 0))
      batch.forEach((x, at) => {
        const units = unitsOf(x)
        const label = train.labels[from + at]
        const d = classes
          ? output(units) / 4 - (label - 0.5)
          : output(units) - (label - mean) / spread
        squares += d ** 2
        x.forEach((value, col) =>
          units.forEach((z, k) => {
            gradient[col][k] += (d * sign(k) * (z / 4 + 1 / 2) * value) / batch.length
          }),
        )
      })
      gradient.forEach((own, col) =>
        own.forEach((value, k) => {
          momentum[col][k] = (7 / 8) * momentum[col][k] + value
          weights[col][k] -= momentum[col][k] / 16
        }),
      )
    }
    const square = squares / rows.length
    losses.push(classes ? LOGISTIC.loss(square) : square * spread ** 2)
  }
  const scores = standard(of.asked ?? train, train).map((x) => {
    const o = output(unitsOf(x))
    return classes ? 1 / (1 + Math.exp(-o)) : mean + spread * o
  })
  return { losses, scores }
}

function near(actual: readonly number[], expected: readonly number[], within: number): void {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at] - value) < within, `${at}: ${actual[at]}, expected ${value}`),
  )
}

/** Learns `classes` or numbers at parties with so many columns, and compares with the same in one place. */
async function compare(widths: readonly number[], { classes }: { classes: boolean }) {
  const whole = verticalData({ rows: 44, widths, classes })
  const [train, asked] = [cut(whole, 0, 34), cut(whole, 34, 44)]
  const plain = plainNetwork(train, { batch: 17, epochs: 2, asked })
  const rule = { ...RULE, batch_size: 17 }
  const run = await runVertical(verticalFdnn, rule, { train })
  near(seriesOf(run, classes ? 'cross_entropy' : 'mse'), plain.losses, 5e-4)
  assert.equal(run.unread, 0)
  assert.deepEqual(run.parties['guest:0'].warnings, [])
  const found = await runVertical(verticalFdnn, rule, { train: asked, model: run })
  const scores = predictionsOf(found)
  near(
    asked.ids.map((id) => scores.get(id) ?? Number.NaN),
    plain.scores,
    1e-3,
  )
  assert.equal(found.unread, 0)
  return run
}

describe('VerticalFDNN', { timeout: 600_000 }, () => {
  it('is the same network in one place, of two parties and classes', async () => {
    await compare([2, 3], { classes: true })
  })

  it('is the same network in one place, of three parties and numbers', async () => {
    const run = await compare([2, 2, 1], { classes: false })
    for (const { tables } of Object.values(run.parties)) {
      assert.deepEqual(tables, [], 'no row that was learnt from is predicted')
    }
  })

  it('predicts with all parties’ shares, none of which is the network', async () => {
    const train = verticalData({ rows: 32, widths: [1, 1] })
    const runs = [1, 2].map(() => runVertical(verticalFdnn, { ...RULE, batch_size: 16 }, { train }))
    const [first, second] = await Promise.all(runs)
    const sharesOf = (run: typeof first, party: 'guest:0' | 'host:1') =>
      (run.parties[party].models[0].state as { weights: { data: bigint[] }[] }).weights.flatMap(
        ({ data }) => data,
      )
    const sums = [first, second].map((run) =>
      sharesOf(run, 'guest:0').map((share, at) => share + sharesOf(run, 'host:1')[at]),
    )
    // Weights have 34 fractional bits; of two trainings from the same first weights they differ by what rounding does.
    sums[0].forEach((weight, at) => {
      assert.ok(Math.abs(Number(weight)) < 4 * 2 ** 34)
      assert.ok(Math.abs(Number(weight - sums[1][at])) < 2 ** 22)
    })
    for (const party of ['guest:0', 'host:1'] as const) {
      sharesOf(first, party).forEach((share, at) => {
        assert.ok(Math.abs(Number(share - sharesOf(second, party)[at])) > 2 ** 60)
      })
    }
    const models = { ...first, parties: { ...first.parties, 'host:1': second.parties['host:1'] } }
    await assert.rejects(
      runVertical(verticalFdnn, RULE, { train, model: models }),
      /are not of one training/,
    )
  })

  it('learns classes, and predicts them', async () => {
    const whole = verticalData({ rows: 90, widths: [1, 1], classes: true })
    const [train, validate] = [cut(whole, 0, 64), cut(whole, 64, 90)]
    const params = { ...RULE, batch_size: 16, num_epochs: 4 }
    const run = await runVertical(verticalFdnn, params, { train, validate })
    const asked = await runVertical(verticalFdnn, params, { train: validate, model: run })
    const scores = predictionsOf(asked)
    const value = auc(
      validate.labels,
      validate.ids.map((id) => scores.get(id) ?? Number.NaN),
    )
    assert.ok(value > 0.85, `auc ${value}`)
    near(seriesOf(run, 'auc', 'validate'), [value], 1e-6)
    assert.equal(seriesOf(run, 'acc', 'validate').length, 1)
    assert.equal(seriesOf(run, 'cross_entropy', 'validate').length, 4)
    const told = predictionsOf(run)
    near(
      validate.ids.map((id) => told.get(id) ?? Number.NaN),
      validate.ids.map((id) => scores.get(id) ?? Number.NaN),
      1e-4,
    )
  })

  it('learns numbers, and says how good in their units', async () => {
    const plain = verticalData({ rows: 76, widths: [1, 1] })
    const whole = { ...plain, labels: plain.labels.map((value) => 1000 + 50 * value) }
    const [train, validate] = [cut(whole, 0, 64), cut(whole, 64, 76)]
    const params = { ...RULE, batch_size: 16, num_epochs: 4 }
    const run = await runVertical(verticalFdnn, params, { train, validate })
    const scores = predictionsOf(run)
    const errors = validate.labels.map(
      (label, row) => label - (scores.get(validate.ids[row]) ?? NaN),
    )
    const square = errors.reduce((sum, v) => sum + v ** 2, 0) / errors.length
    near(seriesOf(run, 'rmse', 'validate').slice(-1), [Math.sqrt(square)], 0.01)
    const mae = errors.reduce((sum, v) => sum + Math.abs(v), 0) / errors.length
    near(seriesOf(run, 'mae', 'validate'), [mae], 1e-9)
    const mean = validate.labels.reduce((sum, v) => sum + v, 0) / validate.labels.length
    const spread = validate.labels.reduce((sum, v) => sum + (v - mean) ** 2, 0) / errors.length
    assert.ok(square < spread / 3, `${square} of ${spread}`)
    const losses = seriesOf(run, 'mse')
    assert.ok(losses[3] < losses[0])
  })

  it('lets every parameter have its effect', async () => {
    const train = verticalData({ rows: 27, widths: [1, 1], classes: true })
    const of = async (params: object) =>
      seriesOf(await runVertical(verticalFdnn, { ...RULE, ...params }, { train }), 'cross_entropy')
    const usual = await of({})
    near(await of({}), usual, 1e-5)
    const apart = (a: number[], b: number[]) =>
      assert.ok(
        a.some((value, at) => Math.abs(value - b[at]) > 2e-5),
        `${a.join()} and ${b.join()}`,
      )
    apart(await of({ isTest: 'false' }), await of({ isTest: 'false' }))
    apart(await of({ batch_size: 16 }), usual)
    near(await of({ num_epochs: 1 }), usual.slice(0, 1), 1e-4)
  })

  it('goes on after a stop as it would have', async () => {
    const train = verticalData({ rows: 32, widths: [1, 1, 1], classes: true })
    const whole = await runVertical(verticalFdnn, RULE, { train })
    const checkpoints = {}
    await runVertical(verticalFdnn, { ...RULE, num_epochs: 1 }, { train, checkpoints })
    const rest = await runVertical(verticalFdnn, RULE, { train, checkpoints })
    near(seriesOf(rest, 'cross_entropy'), seriesOf(whole, 'cross_entropy'), 1e-4)
    const slopes = (run: typeof rest) => run.wire.filter(({ tag }) => tag === 'slope_cipher').length
    assert.equal(2 * slopes(rest), slopes(whole), 'it learns the second epoch only')
  })

  it('says what is wrong with labels, tables and models', async () => {
    const train = verticalData({ rows: 32, widths: [1, 1], classes: true })
    const other = { ...train, labels: train.labels.map((label) => label + 1) }
    await assert.rejects(
      runVertical(verticalFdnn, RULE, { train, validate: other }),
      /Labels to learn from are 0 and 1, and rows to validate with have others/,
    )
    const bare = { ...train, parties: [train.parties[0], []] }
    await assert.rejects(runVertical(verticalFdnn, RULE, { train: bare }), /has no features/)
  })
})
