import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import * as tf from '@tensorflow/tfjs-core'

import { foldRows } from '../../../src/component/cross-validation.ts'
import { homoNn } from '../../../src/component/nn/homo-nn.ts'
import { column, type Frame, takeRows } from '../../../src/compute/ml/frame.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { readDescent } from '../../../src/compute/nn/descent.ts'
import { loadLibrary } from '../../../src/compute/nn/library.ts'
import { createNetwork } from '../../../src/compute/nn/network.ts'
import { readTopology } from '../../../src/compute/nn/topology.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'], arbiter: ['4'] }
const DATA = ['guest:1', 'host:2', 'host:3'] as const
const ROWS = 300
const ALL = randomColumns('x', { columns: 4, rows: ROWS, seed: 31 })
const rng = createRng(32)
const LABELS = ALL['x0'].map((x, row) =>
  rng.uniform() < sigmoid(3 * x * ALL['x1'][row] + ALL['x2'][row]) ? 1 : 0,
)
/** Rows of the three parties. */
const PARTS = [
  [0, 150],
  [150, 250],
  [250, 300],
] as const
const EQUAL = [
  [0, 100],
  [100, 200],
  [200, 300],
] as const

const DEFINE = [
  { layer: 'Dense', units: 6, activation: 'tanh' },
  { layer: 'Dense', units: 1, activation: 'sigmoid' },
]
const PARAMS = {
  nn_define: DEFINE,
  loss: 'binary_crossentropy',
  optimizer: { optimizer: 'SGD', learning_rate: 0.3, momentum: 0.5 },
  batch_size: 50,
  early_stop: { early_stop: 'diff', eps: 0 },
  max_iter: 6,
}

function partOf(
  labels: readonly number[] | undefined,
  [from, to]: readonly [number, number],
): Frame {
  const cut = Object.entries(ALL).map(([name, values]) => [name, values.slice(from, to)])
  return numberFrame(Object.fromEntries(cut) as Record<string, number[]>, {
    labels: labels?.slice(from, to),
    ids: Array.from({ length: to - from }, (_, row) => `p${from}r${row}`),
  })
}

function options(
  params: object = {},
  {
    labels = LABELS,
    parts = PARTS as typeof PARTS | typeof EQUAL,
  }: {
    labels?: readonly number[]
    parts?: typeof PARTS | typeof EQUAL
  } = {},
): RunOptions {
  return {
    members: MEMBERS,
    params: { ...PARAMS, ...params },
    tables: Object.fromEntries(
      DATA.map((at, place) => [at, { train_data: partOf(labels, parts[place]) }]),
    ),
  }
}

interface State {
  readonly weights: Float32Array
}
const weightsOf = ({ parties }: ComponentRun, at: (typeof DATA)[number] = 'guest:1'): number[] => [
  ...(parties[at].models[0].state as State).weights,
]
const scoresOf = ({ parties }: ComponentRun): Float64Array =>
  Float64Array.from(DATA.flatMap((at) => numbersOf(parties[at].tables[0], 'predict_score')))
const lossesOf = ({ parties }: ComponentRun, at: keyof ComponentRun['parties']): number[] =>
  parties[at].metrics.flatMap(({ points }) => points.map(([, loss]) => loss))

/** Averages of what the library's own training makes of each part, weighted by rows. */
async function plainly(
  parts: typeof PARTS | typeof EQUAL,
  { rounds, every }: { rounds: number; every: number },
): Promise<number[]> {
  const { layers } = await loadLibrary()
  const topology = readTopology(DEFINE, { type: 'nn', inputs: 4, seed: 100, name: 'nn_define' })
  const first = await createNetwork(topology, { descent: readDescent('SGD'), seed: 1, name: 'n' })
  let mean = Array.from(first.weights())
  const shapes = [[4, 6], [6], [6, 1], [1]]
  const models = parts.map(() => {
    const model = layers.sequential({
      layers: [
        layers.layers.dense({ units: 6, activation: 'tanh', inputShape: [4] }),
        layers.layers.dense({ units: 1, activation: 'sigmoid' }),
      ],
    })
    model.compile({ optimizer: tf.train.momentum(0.3, 0.5), loss: 'binaryCrossentropy' })
    return model
  })
  for (let round = 0; round < rounds; round++) {
    const next = mean.map(() => 0)
    for (const [at, [from, to]] of parts.entries()) {
      let place = 0
      models[at].setWeights(
        shapes.map((shape) => {
          const size = shape.reduce((a, b) => a * b)
          return tf.tensor(mean.slice(place, (place += size)), shape)
        }),
      )
      for (let epoch = 0; epoch < every; epoch++) {
        for (let low = from; low < to; low += 50) {
          const rows = Array.from({ length: Math.min(50, to - low) }, (_, row) => low + row)
          const x = tf.tensor2d(rows.map((row) => Object.values(ALL).map((values) => values[row])))
          const y = tf.tensor2d(rows.map((row) => [LABELS[row]]))
          await models[at].trainOnBatch(x, y)
        }
      }
      const own = models[at].getWeights().flatMap((weight) => [...weight.dataSync()])
      own.forEach((value, col) => (next[col] += (value * (to - from)) / ROWS))
    }
    mean = next
  }
  return mean
}

describe('HomoNN', () => {
  for (const [name, parts, every] of [
    ['unequal parts', PARTS, 1],
    ['equal parts, averaged every second epoch', EQUAL, 2],
  ] as const) {
    it(`is plain federated averaging: ${name}`, async () => {
      const run = await runComponent(homoNn, options({ aggregate_every_n_epoch: every }, { parts }))
      close(weightsOf(run), await plainly(parts, { rounds: 6, every }))
      assert.deepEqual(weightsOf(run, 'host:3'), weightsOf(run))
      assert.deepEqual(lossesOf(run, 'arbiter:4'), lossesOf(run, 'guest:1'))
      assert.equal(lossesOf(run, 'guest:1').length, 6)
      assert.equal(run.unread, 0)
    })
  }

  it('learns what no linear model can, and predicts later what it predicted at once', async () => {
    const run = await runComponent(
      homoNn,
      options({
        optimizer: { optimizer: 'Adam', learning_rate: 0.02 },
        max_iter: 60,
        metrics: ['accuracy', 'AUC', 'Hinge'],
      }),
    )
    const reached = auc(Float64Array.from(LABELS), scoresOf(run))
    assert.ok(reached > 0.85, `AUC ${reached}`)
    const { logs, warnings } = run.parties['host:2']
    assert.match(logs.at(-1)?.text ?? '', /^accuracy 0\.\d{6}, auc 0\.\d{6} on own rows$/)
    assert.match(warnings.join(), /no binary metric "Hinge"/)
    const again = await runComponent(homoNn, {
      members: MEMBERS,
      tables: Object.fromEntries(
        DATA.map((at, place) => [
          at,
          { eval_data: partOf(place === 0 ? undefined : LABELS, PARTS[place]) },
        ]),
      ),
      models: Object.fromEntries(DATA.map((at) => [at, { model: run.parties[at].models[0] }])),
    })
    assert.deepEqual(scoresOf(again), scoresOf(run))
    assert.equal(again.wire.length, 0)
  })

  it('tells several classes apart where a party may lack some', async () => {
    const kinds = ALL['x0'].map((x, row) =>
      row >= 250 ? 5 : x > 0.4 ? 7 : ALL['x1'][row] > 0 ? 5 : 2,
    )
    const nn_define = [
      { layer: 'Dense', units: 8, activation: 'relu' },
      { layer: 'Dense', units: 3, activation: 'softmax' },
    ]
    for (const loss of ['categorical_crossentropy', 'sparse_categorical_crossentropy', 'mse']) {
      const run = await runComponent(
        homoNn,
        options(
          { nn_define, loss, optimizer: { optimizer: 'Adam', learning_rate: 0.03 }, max_iter: 40 },
          { labels: kinds },
        ),
      )
      const [table] = run.parties['guest:1'].tables
      const right = numbersOf(table, 'predict_result').filter((kind, row) => kind === kinds[row])
      assert.ok(right.length > 0.85 * 150, `${loss}: ${right.length}`)
    }
  })

  it('predicts numbers, and tells nobody the labels for it', async () => {
    const labels = ALL['x0'].map((x, row) => 2 * x - ALL['x1'][row])
    const run = await runComponent(
      homoNn,
      options(
        {
          config_type: 'pytorch',
          nn_define: [{ layer: 'Linear', config: [4, 1] }],
          loss: 'MSELoss',
          max_iter: 20,
        },
        { labels },
      ),
    )
    scoresOf(run).forEach((score, row) => assert.ok(Math.abs(score - labels[row]) < 0.01))
    const told = run.wire.filter(({ tag }) => tag === 'label_values' || tag === 'classes')
    assert.ok(told.length > 0 && told.every(({ bytes }) => bytes.length === 3))
  })

  it('gives the arbiter no network but under masks', async () => {
    const run = await runComponent(homoNn, options({ max_iter: 1 }))
    const kinds = run.ledger.filter(({ receiver }) => receiver === 'arbiter:4')
    assert.ok(kinds.some(({ tag, kind }) => tag === 'sum_vector' && kind === 'masked'))
    assert.ok(kinds.every(({ kind }) => kind !== 'aggregate'))
    assert.equal(run.parties['arbiter:4'].models[0].state, undefined)
  })

  it('goes on where it was stopped, to the same bits', async () => {
    const params = {
      optimizer: { optimizer: 'Adam', learning_rate: 0.02 },
      nn_define: [DEFINE[0], { layer: 'Dropout', rate: 0.3 }, DEFINE[1]],
    }
    const whole = await runComponent(homoNn, options(params))
    const checkpoints: RunOptions['checkpoints'] = {}
    let rounds = 0
    await assert.rejects(
      runComponent(homoNn, {
        ...options(params),
        checkpoints,
        tamper({ tag, bytes }) {
          if (tag === 'average' && ++rounds === 10) throw new Error('stopped')
          return bytes
        },
      }),
      /stopped/,
    )
    const rest = await runComponent(homoNn, { ...options(params), checkpoints })
    assert.ok(rest.wire.length < whole.wire.length)
    for (const at of [...DATA, 'arbiter:4'] as const) {
      assert.deepEqual(
        encodeModel(rest.parties[at].models[0]),
        encodeModel(whole.parties[at].models[0]),
      )
    }
    assert.deepEqual(lossesOf(rest, 'guest:1'), lossesOf(whole, 'guest:1'))
  })

  it('cross validates: each fold is a training of its own on the other rows of every party', async () => {
    const cv_param = { need_cv: true, n_splits: 3, random_seed: 5 }
    const whole = options({ cv_param, max_iter: 3 })
    const run = await runComponent(homoNn, whole)
    assert.equal(run.unread, 0)
    for (const [place, at] of DATA.entries()) {
      const frame = partOf(LABELS, PARTS[place])
      const { tables, models, metrics } = run.parties[at]
      assert.deepEqual(models, [])
      assert.deepEqual([...tables[0].ids].toSorted(), [...frame.ids].toSorted())
      const areas = metrics.flatMap(({ name, points }) =>
        points.flatMap(([key]) => (key === 'auc' ? [name] : [])),
      )
      assert.deepEqual(
        areas,
        [0, 1, 2].flatMap((fold) => [`train_fold_${fold}`, `validate_fold_${fold}`]),
      )
    }
    // The second fold, by hand.
    const cut = (frame: Frame) => {
      const order = frame.ids
        .map((_, row) => row)
        .toSorted((a, b) => (frame.ids[a] < frame.ids[b] ? -1 : 1))
      const held = new Set(foldRows(order.length, { folds: 3, seed: 5 })[1])
      const rows = (inside: boolean) => order.filter((_, at) => held.has(at) === inside)
      return {
        train_data: takeRows(frame, rows(false)),
        validate_data: takeRows(frame, rows(true)),
      }
    }
    const alone = await runComponent(homoNn, {
      ...options({ max_iter: 3 }),
      tables: Object.fromEntries(DATA.map((at, place) => [at, cut(partOf(LABELS, PARTS[place]))])),
    })
    for (const at of DATA) {
      const [made] = alone.parties[at].tables
      const types = column(made, 'type').values
      const scores = new Map(
        numbersOf(run.parties[at].tables[0], 'predict_score').map((score, row) => [
          run.parties[at].tables[0].ids[row],
          score,
        ]),
      )
      const validated = made.ids.filter((_, row) => types[row] === 'validation')
      assert.ok(validated.length >= 16)
      const expected = numbersOf(made, 'predict_score')
      made.ids.forEach((id, row) => {
        if (types[row] === 'validation') assert.equal(scores.get(id), expected[row])
      })
    }
  })

  it('measures folds by what the network ends with, whatever its loss', async () => {
    const cv_param = { need_cv: true, n_splits: 2 }
    const scores = async (units: number, activation: string, labels: readonly number[]) => {
      const nn_define = [{ layer: 'Dense', units, activation }]
      const params = { nn_define, loss: 'mean_squared_error', max_iter: 1, cv_param }
      const run = await runComponent(homoNn, options(params, { labels }))
      return run.parties['host:2'].metrics.flatMap(({ points }) => points.map(([key]) => key))
    }
    const kinds = LABELS.map((label, row) => label + (row % 4 === 0 ? 2 : 0))
    assert.ok((await scores(4, 'softmax', kinds)).includes('accuracy'))
    assert.ok((await scores(1, 'sigmoid', LABELS)).includes('auc'))
    assert.ok((await scores(1, 'linear', kinds)).includes('root_mean_squared_error'))
  })

  it('says what is wrong with a network or its labels', async () => {
    const failing = (params: object, labels: readonly number[] = LABELS) =>
      runComponent(homoNn, options({ max_iter: 2, ...params }, { labels }))
    await assert.rejects(failing({ nn_define: null }), /nn_define is missing/)
    await assert.rejects(failing({ loss: null }), /loss: it is missing; there are/)
    await assert.rejects(failing({ loss: 'best' }), /there is no loss/)
    await assert.rejects(failing({ optimizer: 'Nadam' }), /Nadam.*there are SGD/)
    const few = { cv_param: { need_cv: true, n_splits: 60 } }
    await assert.rejects(failing(few), /50 rows cannot be cut into 60 folds/)
    await assert.rejects(failing({ encode_label: true }), /end it with as many units/)
    await assert.rejects(
      failing(
        {},
        LABELS.map((value, row) => (row === 299 ? 3 : value)),
      ),
      /holds 3 values \(0, 1, 3\), the network tells 2 apart/,
    )
    await assert.rejects(failing({ loss: 'categorical_crossentropy' }), /one output a class/)
    await assert.rejects(
      failing({
        optimizer: { optimizer: 'SGD', learning_rate: 1e30 },
        loss: 'mse',
        nn_define: [{ layer: 'Dense', units: 1 }],
      }),
      /The training diverges/,
    )
  })
})

function close(found: readonly number[], expected: readonly number[]): void {
  assert.equal(found.length, expected.length)
  found.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 2e-5, `${at}: ${value}, expected ${expected[at]}`)
  })
}
