import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroPoisson } from '../../../src/component/linear/hetero-poisson.ts'
import { createWeights } from '../../../src/component/linear/linear-weights.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const ROWS = 60
const SIDES = [
  randomColumns('x', { columns: 2, rows: ROWS, seed: 51 }),
  randomColumns('h', { columns: 2, rows: ROWS, seed: 52 }),
  randomColumns('g', { columns: 1, rows: ROWS, seed: 53 }),
]
const rng = createRng(54)
const EXPOSURE = Array.from({ length: ROWS }, (_, row) => 1 + (row % 3))
const LABELS = EXPOSURE.map((exposure, row) =>
  drawCount(exposure * Math.exp(0.3 + 0.5 * SIDES[0]['x0'][row] - 0.4 * SIDES[1]['h1'][row])),
)
// Ids in the order in which they are sorted, so that plain training sees the same rows.
const IDS = LABELS.map((_, row) => `r${String(row).padStart(3, '0')}`)
const GUEST = numberFrame({ ...SIDES[0], months: EXPOSURE }, { labels: LABELS, ids: IDS })
const PARAMS = {
  optimizer: 'rmsprop',
  learning_rate: 0.05,
  alpha: 0.01,
  max_iter: 4,
  init_param: { init_method: 'zeros' },
  encrypt_param: { key_length: 1408 },
  exposure_colname: 'months',
}

/** A Poisson number by counting exponential waits. */
function drawCount(mean: number): number {
  let count = 0
  for (let time = -Math.log(1 - rng.uniform()); time < mean; count++) {
    time -= Math.log(1 - rng.uniform())
  }
  return count
}

function train(hosts: number, params: object = {}, guest = GUEST): Promise<ComponentRun> {
  const names = ['2', '3'].slice(0, hosts)
  const theirs = names.map((name, at) => [
    `host:${name}`,
    { train_data: numberFrame(SIDES[1 + at], { ids: IDS }) },
  ])
  return runComponent(heteroPoisson, {
    members: { guest: ['1'], host: names, arbiter: ['4'] },
    params: { ...PARAMS, ...params },
    tables: { 'guest:1': { train_data: guest }, ...Object.fromEntries(theirs) },
  })
}

/** The same steps on plain numbers: losses by epoch, weights by party, and what is predicted. */
function plainly(hosts: number, epochs: number) {
  const params = heteroPoisson.params.parse(PARAMS) as Parameters<typeof createWeights>[0]
  const sides = SIDES.slice(0, 1 + hosts).map((columns, stream) => {
    const matrix = Object.values(columns)
    const options = { features: matrix.length, intercept: stream === 0, stream }
    return { matrix, own: createWeights(params, options) }
  })
  const exponents = () =>
    LABELS.map((_, row) => {
      let wx = Math.log(EXPOSURE[row]) + sides[0].own.intercept
      for (const { matrix, own } of sides) {
        matrix.forEach((values, col) => (wx += values[row] * own.weights[col]))
      }
      return wx
    })
  const losses: number[] = []
  for (let epoch = 0; epoch < epochs; epoch++) {
    const wx = exponents()
    const residual = wx.map((value, row) => Math.exp(value) - LABELS[row])
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / ROWS
    const penalty = sides.reduce((sum, { own }) => sum + own.penalty, 0)
    losses.push(mean(wx.map((value, row) => Math.exp(value) - LABELS[row] * value)) + penalty)
    sides.forEach(({ matrix, own }, at) => {
      const gradient = matrix.map((values) => mean(values.map((x, row) => x * residual[row])))
      own.step(Float64Array.from(at === 0 ? [...gradient, mean(residual)] : gradient), epoch)
    })
  }
  const weights = sides.map(({ own }) => [...own.weights])
  return { losses, weights, intercept: sides[0].own.intercept, means: exponents().map(Math.exp) }
}

describe('HeteroPoisson', () => {
  for (const hosts of [1, 2]) {
    it(`takes the steps of plain Poisson regression with ${hosts} hosts`, async () => {
      const { parties, unread } = await train(hosts)
      const plain = plainly(hosts, 4)
      const addresses = ['guest:1', 'host:2', 'host:3'] as const
      for (const [at, expected] of plain.weights.entries()) {
        const { param, name } = parties[addresses[at]].models[0]
        assert.equal(name, 'HeteroPoissonRegression')
        close(Object.values(param['weight'] as Record<string, number>), expected)
      }
      const { param } = parties['guest:1'].models[0]
      assert.deepEqual(param['header'], ['x0', 'x1'])
      close([Number(param['intercept'])], [plain.intercept])
      const points = parties['arbiter:4'].metrics.flatMap((series) => series.points)
      close(
        points.map(([, loss]) => loss),
        plain.losses,
      )
      close(numbersOf(parties['guest:1'].tables[0], 'predict_result'), plain.means)
      assert.equal(unread, 0)
    })
  }

  it('shows nobody a rate: they cross encrypted, fresh each time', async () => {
    const { ledger, wire } = await train(2, { max_iter: 1 })
    const rates = ledger.filter(({ tag }) => tag === 'host_rate')
    assert.deepEqual(
      rates.map(({ receiver, kind }) => `${receiver} ${kind}`),
      ['host:3 ciphertext', 'guest:1 ciphertext'],
    )
    const again = await train(2, { max_iter: 1 })
    const bytes = (messages: typeof wire) =>
      messages.filter(({ tag }) => tag === 'host_rate').map((message) => message.bytes.join())
    assert.notDeepEqual(bytes(wire), bytes(again.wire))
  })

  it('goes on where it was stopped, to the same bits', async () => {
    const options: RunOptions = {
      members: { guest: ['1'], host: ['2', '3'], arbiter: ['4'] },
      params: PARAMS,
      tables: {
        'guest:1': { train_data: GUEST },
        'host:2': { train_data: numberFrame(SIDES[1], { ids: IDS }) },
        'host:3': { train_data: numberFrame(SIDES[2], { ids: IDS }) },
      },
    }
    const whole = await runComponent(heteroPoisson, options)
    const checkpoints: RunOptions['checkpoints'] = {}
    for (const share of [0.7, 0.3]) {
      let count = 0
      const cut = runComponent(heteroPoisson, {
        ...options,
        checkpoints,
        tamper(message) {
          if (++count > share * whole.wire.length) throw new Error('line cut')
          return message.bytes
        },
      })
      await cut.then(undefined, (error: Error) => assert.equal(error.message, 'line cut'))
    }
    const resumed = await runComponent(heteroPoisson, { ...options, checkpoints })
    assert.ok(resumed.wire.length < 0.8 * whole.wire.length)
    for (const at of ['guest:1', 'host:2', 'host:3', 'arbiter:4'] as const) {
      assert.deepEqual(resumed.parties[at].models, whole.parties[at].models)
      assert.deepEqual(resumed.parties[at].tables, whole.parties[at].tables)
    }
    const losses = ({ parties }: ComponentRun) =>
      parties['arbiter:4'].metrics.flatMap((series) => series.points)
    assert.deepEqual(losses(resumed), losses(whole))
  })

  it('predicts later what it predicted at once', async () => {
    const first = await train(1)
    const again = await runComponent(heteroPoisson, {
      members: { guest: ['1'], host: ['2'], arbiter: ['4'] },
      params: PARAMS,
      tables: {
        'guest:1': { eval_data: GUEST },
        'host:2': { eval_data: numberFrame(SIDES[1], { ids: IDS }) },
      },
      models: {
        'guest:1': { model: first.parties['guest:1'].models[0] },
        'host:2': { model: first.parties['host:2'].models[0] },
      },
    })
    const means = ({ parties }: ComponentRun) =>
      numbersOf(parties['guest:1'].tables[0], 'predict_score')
    assert.deepEqual(means(again), means(first))
  })

  it('refuses labels and exposures that cannot be', async () => {
    const negative = { ...SIDES[0], months: EXPOSURE }
    const labels = LABELS.with(3, -1)
    await assert.rejects(
      train(1, {}, numberFrame(negative, { labels, ids: IDS })),
      /holds -1: counts are not below 0/,
    )
    const idle = { ...SIDES[0], months: EXPOSURE.with(2, 0) }
    await assert.rejects(
      train(1, {}, numberFrame(idle, { labels: LABELS, ids: IDS })),
      /Exposure column "months" has no number above 0 in row "r002"/,
    )
    const wild = { optimizer: 'sgd', learning_rate: 1e4, penalty: 'NONE' }
    await assert.rejects(train(1, wild), /The training diverges/)
  })
})

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 1e-7, `${value} is not ${expected[at]}`)
  })
}
