import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { heteroPoisson } from '../../../src/component/linear/hetero-poisson.ts'
import type { LogisticState } from '../../../src/component/linear/linear-model.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import { column, type Frame } from '../../../src/compute/ml/frame.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { numberFrame } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { type PlainResult, trainPlain } from '../../helpers/plain-lr.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'], arbiter: ['4'] }
const WIDTHS = [2, 3, 3]
const PARAMS = {
  optimizer: 'rmsprop',
  learning_rate: 0.2,
  batch_size: -1,
  max_iter: 6,
  eps: 0,
  init_param: { init_method: 'zeros' },
  encrypt_param: { key_length: 1024 },
  validation_freqs: 1,
}

/** Rows of which the labels depend on two columns only: the others are there to be learnt by heart. */
function draw(rows: number, seed: number) {
  const rng = createRng(seed)
  const sides = WIDTHS.map((width) =>
    Array.from({ length: width }, () => Float64Array.from({ length: rows }, rng.normal)),
  )
  const labels = Float64Array.from({ length: rows }, (_, row) =>
    sides[0][0][row] - sides[1][0][row] + 1.5 * rng.normal() > 0 ? 1 : 0,
  )
  return { sides, labels, ids: labels.map((_, row) => 1000 + row) }
}

const TRAIN = draw(24, 11)
const OTHER = draw(60, 12)

function frames(data: typeof TRAIN, labels: Float64Array | null = data.labels): Frame[] {
  return data.sides.map((columns, side) => {
    const named = Object.fromEntries(columns.map((values, col) => [`s${side}_${col}`, [...values]]))
    const own = { ids: [...data.ids].map(String) }
    return numberFrame(named, side === 0 && labels ? { ...own, labels: [...labels] } : own)
  })
}

function options(params: object = {}, other: Frame[] = frames(OTHER)): RunOptions {
  const train = frames(TRAIN)
  const addresses = ['guest:1', 'host:2', 'host:3'] as const
  return {
    members: MEMBERS,
    params: { ...PARAMS, ...params },
    tables: Object.fromEntries(
      addresses.map((address, side) => [
        address,
        { train_data: train[side], validate_data: other[side] },
      ]),
    ),
  }
}

/** Plain training of so many epochs, and its scores of the other table. */
function plainly(epochs: number): { fit: PlainResult; scores: Float64Array } {
  const [guest, ...hosts] = TRAIN.sides
  const labels = TRAIN.labels.map((value) => (value === 1 ? 1 : -1))
  const param = LogisticParam.parse({ ...PARAMS, max_iter: epochs })
  const fit = trainPlain(param, { guest, hosts, labels })
  const weights = [fit.guest, ...fit.hosts]
  const scores = OTHER.labels.map((_, row) =>
    OTHER.sides.reduce(
      (sum, columns, side) =>
        columns.reduce((part, values, col) => part + values[row] * weights[side][col], sum),
      fit.intercept,
    ),
  )
  return { fit, scores }
}

function curve(run: ComponentRun, name: string): (readonly [number | string, number])[] {
  return run.parties['guest:1'].metrics.flatMap((series) =>
    series.namespace === 'validate' && series.name === name ? series.points : [],
  )
}

function weightsAt(run: ComponentRun, address: Address): readonly number[] {
  return (run.parties[address].models[0].state as LogisticState).models[0].weights
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => assert.ok(Math.abs(value - expected[at]) < 1e-9, `${at}: ${value}`))
}

describe('a validation table of HeteroLR', () => {
  it('is measured after every epoch as the plain model of so many epochs does', async () => {
    const run = await runComponent(heteroLr, options({ metrics: ['auc', 'loss'] }))
    const expected = [1, 2, 3, 4, 5, 6].map((epochs) => {
      const { scores } = plainly(epochs)
      const losses = scores.map((score, row) => {
        const y = OTHER.labels[row] === 1 ? 1 : -1
        return Math.log(1 + Math.exp(-y * score))
      })
      const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length
      return { auc: auc(OTHER.labels, scores), loss }
    })
    assert.deepEqual(
      curve(run, 'auc'),
      expected.map((each, epoch) => [epoch, each.auc]),
    )
    close(
      curve(run, 'loss').map(([, loss]) => loss),
      expected.map((each) => each.loss),
    )
    assert.equal(run.parties['arbiter:4'].ledger.filter(({ tag }) => /valid/.test(tag)).length, 0)
    assert.equal(run.unread, 0)
  })

  it('is measured after the epochs that are asked for, and nothing is sent after others', async () => {
    for (const [validation_freqs, epochs] of [
      [2, [1, 3, 5]],
      [
        [0, 4],
        [0, 4],
      ],
    ] as const) {
      const run = await runComponent(heteroLr, options({ validation_freqs }))
      assert.deepEqual(
        curve(run, 'ks').map(([epoch]) => epoch),
        epochs,
      )
      const sent = run.wire.filter(({ tag }) => tag === 'validation_score')
      assert.equal(sent.length, 2 * epochs.length)
      assert.ok(!run.wire.some(({ tag }) => tag === 'validation_verdict'))
    }
  })

  it('ends the training when it gets no better, and the best epoch is the model of all', async () => {
    const early = { early_stopping_rounds: 2, metrics: ['loss'], max_iter: 40, learning_rate: 0.2 }
    const run = await runComponent(heteroLr, options(early))
    const losses = curve(run, 'loss').map(([, loss]) => loss)
    const best = losses.indexOf(Math.min(...losses))
    assert.ok(best > 0 && losses.length < 40, `${best} of ${losses.length}`)
    assert.equal(losses.length, best + 3)
    const { fit } = plainly(best + 1)
    close(weightsAt(run, 'guest:1'), fit.guest)
    close(weightsAt(run, 'host:2'), fit.hosts[0])
    close(weightsAt(run, 'host:3'), fit.hosts[1])
    for (const address of ['guest:1', 'host:2', 'host:3', 'arbiter:4'] as const) {
      const { param } = run.parties[address].models[0]
      assert.deepEqual(
        [param.bestIteration, param.iters, param.isConverged],
        [best, losses.length, false],
        address,
      )
    }
    const [frame] = run.parties['guest:1'].tables
    const types = column(frame, 'type').values
    const scores = column(frame, 'predict_score').values as Float64Array
    const { scores: expected } = plainly(best + 1)
    close(
      [...scores].filter((_, row) => types[row] === 'validation'),
      [...expected].map((score) => 1 / (1 + Math.exp(-score))),
    )
  })

  it('is measured by the class with one model against the rest', async () => {
    const labels = OTHER.labels.map((value, row) => (row % 5 === 0 ? 2 : value))
    const other = { ...options({ one_vs_rest_param: { need_one_vs_rest: true }, max_iter: 2 }) }
    const three = frames(
      TRAIN,
      TRAIN.labels.map((value, row) => (row % 4 === 0 ? 2 : value)),
    )
    const tables = {
      ...other.tables,
      'guest:1': { train_data: three[0], validate_data: frames(OTHER, labels)[0] },
    }
    const run = await runComponent(heteroLr, { ...other, tables })
    for (const target of [0, 1, 2]) assert.equal(curve(run, `auc.${target}`).length, 2)
  })

  it('is told again, and stops at the same epoch, in an attempt that goes on', async () => {
    const early = options({ early_stopping_rounds: 2, metrics: ['loss', 'auc'], max_iter: 40 })
    const whole = await runComponent(heteroLr, early)
    const checkpoints: RunOptions['checkpoints'] = {}
    for (const share of [0.4, 0.8]) {
      let count = 0
      const cut = runComponent(heteroLr, {
        ...early,
        checkpoints,
        tamper(message) {
          if (++count > share * whole.wire.length) throw new Error('line cut')
          return message.bytes
        },
      })
      await cut.then(undefined, (error: Error) => assert.equal(error.message, 'line cut'))
    }
    const resumed = await runComponent(heteroLr, { ...early, checkpoints })
    assert.deepEqual(curve(resumed, 'loss'), curve(whole, 'loss'))
    assert.deepEqual(curve(resumed, 'auc'), curve(whole, 'auc'))
    for (const address of ['guest:1', 'host:2', 'host:3', 'arbiter:4'] as const) {
      assert.deepEqual(resumed.parties[address].models, whole.parties[address].models)
    }
    assert.ok(resumed.wire.length < whole.wire.length)
  })

  it('has to be there, with labels that are known, to stop early', async () => {
    const { tables, ...rest } = options({ early_stopping_rounds: 2 })
    const only = Object.fromEntries(
      Object.entries(tables ?? {}).map(([address, slots]) => [
        address,
        { train_data: slots.train_data },
      ]),
    )
    await assert.rejects(
      runComponent(heteroLr, { ...rest, tables: only }),
      /early_stopping_rounds needs a validation table: connect eval_data/,
    )
    const unknown = frames(OTHER, OTHER.labels.with(3, 7))
    await assert.rejects(
      runComponent(heteroLr, options({ early_stopping_rounds: 2 }, unknown)),
      /cannot measure the validation table: it has rows without a known label/,
    )
    const run = await runComponent(heteroLr, options({ max_iter: 1 }, unknown))
    assert.match(run.parties['guest:1'].warnings.join(), /cannot measure the validation table/)
    await assert.rejects(
      runComponent(heteroLr, options({ metrics: ['rmse'] })),
      /there is no binary metric "rmse" to watch; there are auc, ks/,
    )
  })

  it('may be asked for by callback_param, as later releases do', () => {
    const callback_param = {
      callbacks: ['EarlyStopping'],
      validation_freqs: 3,
      early_stopping_rounds: 4,
      metrics: ['auc'],
      use_first_metric_only: true,
      save_freq: 1,
    }
    const param = LogisticParam.parse({ callback_param, tol: 0.5 })
    const { validation_freqs, early_stopping_rounds, metrics, use_first_metric_only, eps } = param
    assert.deepEqual(
      [validation_freqs, early_stopping_rounds, metrics, use_first_metric_only, eps],
      [3, 4, ['auc'], true, 0.5],
    )
    assert.ok(!('callback_param' in param) && !('save_freq' in param))
  })
})

describe('a validation table of a regression', () => {
  for (const component of [heteroLinR, heteroPoisson]) {
    it(`of ${component.name} is measured by what its final model predicts`, async () => {
      const small = { learning_rate: 0.05, max_iter: 3, early_stopping_rounds: 9 }
      const run = await runComponent(component, options(small))
      const [frame] = run.parties['guest:1'].tables
      const types = column(frame, 'type').values
      const predicted = column(frame, 'predict_result').values as Float64Array
      const errors = [...predicted].flatMap((value, row) =>
        types[row] === 'validation' ? [value - OTHER.labels[row - TRAIN.labels.length]] : [],
      )
      const rmse = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)
      const mae = errors.reduce((sum, e) => sum + Math.abs(e), 0) / errors.length
      const best = run.parties['guest:1'].models[0].param.bestIteration as number
      assert.ok(Math.abs(curve(run, 'rmse')[best][1] - rmse) < 1e-9)
      assert.ok(Math.abs(curve(run, 'mae')[best][1] - mae) < 1e-9)
    })
  }
})
