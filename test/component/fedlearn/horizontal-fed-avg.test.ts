import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { TaskContext } from '../../../src/component/define.ts'
import { FedAvgParam } from '../../../src/component/fedlearn/fed-avg-param.ts'
import { chosen } from '../../../src/component/fedlearn/fed-avg-training.ts'
import { horizontalFedAvg } from '../../../src/component/fedlearn/horizontal-fed-avg.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { address } from '../../../src/federation/channel.ts'
import { json } from '../../../src/federation/codec.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { verticalData } from '../../helpers/vertical-data.ts'

interface Client {
  readonly x: number[][]
  readonly y: number[]
}

/** Rows of three columns that are cut among clients. */
function clientsOf(sizes: readonly number[], { classes = false } = {}): Client[] {
  const rows = sizes.reduce((sum, size) => sum + size, 0)
  const { parties, labels } = verticalData({ rows, widths: [3], classes })
  let from = 0
  return sizes.map((size) => {
    const own = Array.from({ length: size }, (_, row) => from + row)
    from += size
    return {
      x: own.map((row) => parties[0].map((values) => values[row])),
      y: own.map((row) => labels[row]),
    }
  })
}

function frameOf({ x, y }: Client, owner: number, { labelled = true } = {}): Frame {
  const columns = [0, 1, 2].map((col) => ({
    name: `x${col}`,
    type: 'number' as const,
    values: Float64Array.from(x, (row) => row[col]),
  }))
  const ids = y.map((_, row) => `${owner}-${row}`)
  if (!labelled) return { kind: 'data', idName: 'uid', ids, columns }
  const label = { name: 'y', type: 'number' as const, values: Float64Array.from(y) }
  return { kind: 'data', idName: 'uid', ids, labelName: 'y', columns: [label, ...columns] }
}

const nameOf = (at: number) => (at === 0 ? address('guest', '0') : address('host', String(at)))

function run(
  params: object,
  of: {
    train: readonly Client[]
    validate?: readonly Client[]
    model?: ComponentRun
    checkpoints?: RunOptions['checkpoints']
  },
): Promise<ComponentRun> {
  const { train, validate, model, checkpoints } = of
  return runComponent(horizontalFedAvg, {
    members: { guest: ['0'], host: train.slice(1).map((_, at) => String(at + 1)) },
    params: horizontalFedAvg.params.parse(params),
    ...(checkpoints ? { checkpoints } : {}),
    tables: Object.fromEntries(
      train.map((client, at) => [
        nameOf(at),
        model
          ? { eval_data: frameOf(client, at, { labelled: false }) }
          : {
              train_data: frameOf(client, at),
              ...(validate ? { validate_data: frameOf(validate[at], at) } : {}),
            },
      ]),
    ),
    ...(model
      ? {
          models: Object.fromEntries(
            train.map((_, at) => [nameOf(at), { model: model.parties[nameOf(at)].models[0] }]),
          ),
        }
      : {}),
  })
}

/** Federated averaging in one place: full batches, so that the order of rows does not matter. */
function plain(
  clients: readonly Client[],
  { rounds, epochs, sigmoid }: { rounds: number; epochs: number; sigmoid: boolean },
) {
  const all = { x: clients.flatMap(({ x }) => x), y: clients.flatMap(({ y }) => y) }
  const spreadOf = (values: readonly number[]) => {
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length
    const square = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length
    return { mean, spread: Math.sqrt(square) }
  }
  const columns = [0, 1, 2].map((col) => spreadOf(all.x.map((row) => row[col])))
  const label = sigmoid ? { mean: 0, spread: 1 } : spreadOf(all.y)
  const standard = (row: readonly number[]) => [
    ...row.map((value, col) => (value - columns[col].mean) / columns[col].spread),
    1,
  ]
  const linear = (w: readonly number[], row: readonly number[]) =>
    standard(row).reduce((sum, value, at) => sum + value * w[at], 0)
  const answer = (w: readonly number[], row: readonly number[]) =>
    sigmoid ? 1 / (1 + Math.exp(-linear(w, row))) : linear(w, row)
  let weights = [0, 0, 0, 0]
  const rmse: number[] = []
  for (let round = 0; round < rounds; round++) {
    const own = clients.map(({ x, y }) => {
      let w = weights
      for (let epoch = 0; epoch < epochs; epoch++) {
        const slope = [0, 0, 0, 0]
        x.forEach((row, at) => {
          const off = answer(w, row) - (y[at] - label.mean) / label.spread
          // The squared error's derivative is twice the residual, cross entropy's behind a sigmoid the residual.
          const scale = (sigmoid ? 1 : 2) / x.length
          standard(row).forEach((value, col) => (slope[col] += scale * off * value))
        })
        w = w.map((value, at) => value - 0.01 * slope[at])
      }
      return w
    })
    weights = weights.map(
      (_, at) => own.reduce((sum, w, k) => sum + w[at] * clients[k].x.length, 0) / all.x.length,
    )
    // The mean of the clients' own, by rows.
    const errors = clients.map(({ x, y }) =>
      Math.sqrt(
        x.reduce(
          (sum, row, at) =>
            sum + (label.mean + label.spread * answer(weights, row) - y[at]) ** 2 / x.length,
          0,
        ),
      ),
    )
    rmse.push(errors.reduce((sum, e, k) => sum + e * clients[k].x.length, 0) / all.x.length)
  }
  return { weights, rmse }
}

const weightsOf = (made: ComponentRun, at = 0) =>
  (made.parties[nameOf(at)].models[0].state as { weights: number[] }).weights

const seriesOf = (made: ComponentRun, name: string, namespace = 'train') =>
  made.parties['guest:0'].metrics
    .filter((metric) => metric.name === name && metric.namespace === namespace)
    .flatMap(({ points }) => points.map(([, y]) => y))

function near(actual: readonly number[], expected: readonly number[], within: number): void {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at] - value) < within, `${at}: ${actual[at]}, expected ${value}`),
  )
}

const RULE = { numRound: 6, localEpoch: 4, batchSize: 1000, numClients: 3 }
const CLASSES = { modelName: 'SGDClassifier', loss: 'Classification:Cross entropy' }

describe('HorizontalFedAvg', { timeout: 120_000 }, () => {
  it('is federated averaging in one place, of numbers', async () => {
    const train = clientsOf([20, 35, 15])
    const made = await run(RULE, { train })
    const expected = plain(train, { rounds: 6, epochs: 4, sigmoid: false })
    near(weightsOf(made), expected.weights, 1e-5)
    near(seriesOf(made, 'rmse'), expected.rmse, 1e-4)
    for (const at of [1, 2]) assert.deepEqual(weightsOf(made, at), weightsOf(made))
    assert.equal(made.unread, 0)
  })

  it('is federated averaging in one place, of classes', async () => {
    const train = clientsOf([20, 35], { classes: true })
    const made = await run({ ...RULE, ...CLASSES, eval_metric: ['AUC', 'RMSE'] }, { train })
    const expected = plain(train, { rounds: 6, epochs: 4, sigmoid: true })
    near(weightsOf(made), expected.weights, 1e-5)
    near(seriesOf(made, 'rmse'), expected.rmse, 1e-4)
    const asked = await run({ ...RULE, ...CLASSES }, { train, model: made })
    const aucs = train.map(({ y }, at) => {
      const frame = asked.parties[nameOf(at)].tables[0]
      assert.equal(frame.ids.length, y.length)
      const scores = frame.columns.find(({ name }) => name === 'predict_score')?.values ?? []
      return auc(Float64Array.from(y), Float64Array.from(scores, Number)) * y.length
    })
    near(seriesOf(made, 'auc').slice(-1), [(aucs[0] + aucs[1]) / 55], 1e-9)
    assert.equal(asked.wire.length, 0, 'a prediction needs nobody else')
  })

  it('measures rows that it does not learn from', async () => {
    const train = clientsOf([20, 20, 20])
    const made = await run(RULE, { train, validate: train })
    assert.deepEqual(seriesOf(made, 'rmse', 'validate'), seriesOf(made, 'rmse'))
  })

  it('lets every parameter have its effect', async () => {
    const train = clientsOf([20, 25, 30, 15, 10])
    const usual = { ...RULE, numRound: 3, numClients: 5 }
    const before = weightsOf(await run(usual, { train }))
    for (const params of [
      { numRound: 2 },
      { fraction: 0.4 },
      { numClients: 4 },
      { batchSize: 10 },
      { localEpoch: 2 },
    ]) {
      const after = weightsOf(await run({ ...usual, ...params }, { train }))
      assert.notDeepEqual(after, before, JSON.stringify(params))
    }
    const classes = clientsOf([20, 25], { classes: true })
    const [entropy, square, line] = await Promise.all(
      [CLASSES, { modelName: 'SGDClassifier' }, {}].map(async (params) =>
        weightsOf(await run({ ...usual, ...params }, { train: classes })),
      ),
    )
    assert.notDeepEqual(entropy, square)
    assert.notDeepEqual(square, line)
  })

  it('never lets the guest see the network of one host out of several', () => {
    const members = { guest: ['0'], host: ['1', '2', '3'] }
    for (const fraction of [0, 0.3, 0.6, 1]) {
      const params = FedAvgParam.parse({ fraction, numClients: 4 })
      const context = { members, params } as unknown as TaskContext<FedAvgParam>
      for (let round = 0; round < 40; round++) {
        const clients = chosen(context, round)
        assert.ok(clients.filter((one) => one.startsWith('host')).length >= 2)
        assert.ok(clients.length >= Math.round(fraction * 4))
      }
    }
  })

  it('sends the guest nothing but masked numbers', async () => {
    const train = clientsOf([20, 20, 20])
    const made = await run({ ...RULE, numRound: 2 }, { train })
    const parts = made.wire.filter(({ tag }) => tag === 'sum_part')
    assert.equal(parts.length, 2 * 5)
    const small = parts
      .flatMap(({ bytes }) => json.decode(bytes) as string[])
      .filter((text) => {
        return BigInt(text) ** 2n < 1n << 240n
      })
    // A number of 160 bits is below 2^120 one time in 2^39; unmasked ones would all be.
    assert.deepEqual(small, [])
  })

  it('goes on after a stop as it would have', async () => {
    const train = clientsOf([20, 20, 20])
    const whole = await run(RULE, { train })
    const checkpoints = {}
    await run({ ...RULE, numRound: 3 }, { train, checkpoints })
    const rest = await run(RULE, { train, checkpoints })
    assert.deepEqual(weightsOf(rest), weightsOf(whole))
    assert.deepEqual(seriesOf(rest, 'rmse'), seriesOf(whole, 'rmse'))
  })

  it('refuses labels and losses that do not fit', async () => {
    const train = clientsOf([20, 20])
    await assert.rejects(run({ ...RULE, ...CLASSES }, { train }), /are for labels 0 and 1/)
    assert.throws(
      () => horizontalFedAvg.params.parse({ loss: CLASSES.loss }),
      /Cross entropy is of chances/,
    )
  })
})
