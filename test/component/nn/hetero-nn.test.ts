import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import * as tf from '@tensorflow/tfjs-core'

import type { NnGuestState, NnHostState } from '../../../src/component/nn/hetero-nn-model.ts'
import { heteroNn } from '../../../src/component/nn/hetero-nn.ts'
import { selectRows } from '../../../src/component/nn/row-selector.ts'
import {
  addRings,
  fromRing,
  ringFromText,
  WEIGHT_FRACTION,
} from '../../../src/compute/crypto/shared-dense.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { loadLibrary } from '../../../src/compute/nn/library.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const ROWS = 60
const GUEST = randomColumns('g', { columns: 2, rows: ROWS, seed: 1 })
const HOST = randomColumns('h', { columns: 3, rows: ROWS, seed: 2 })
const OTHER = randomColumns('k', { columns: 2, rows: ROWS, seed: 3 })
const rng = createRng(4)
const SIGNAL = Array.from({ length: ROWS }, (_, row) => {
  return 2 * GUEST['g0'][row] * HOST['h0'][row] + HOST['h1'][row] + 0.2 * rng.normal()
})
const LABELS = SIGNAL.map((value) => Number(value > 0))

const drawn = (seed: number) => ({ class_name: 'GlorotUniform', config: { seed } })
const dense = (units: number, activation: string, seed: number) => ({
  layer: 'Dense',
  units,
  activation,
  kernel_initializer: drawn(seed),
})
const PARAMS = {
  config_type: 'nn',
  interactive_layer_define: [dense(3, 'tanh', 30)],
  top_nn_define: [dense(1, 'sigmoid', 40)],
  interactive_layer_lr: 0.4,
  optimizer: { optimizer: 'SGD', learning_rate: 0.4 },
  loss: 'binary_crossentropy',
  epochs: 3,
  batch_size: 30,
  tol: -1,
  encrypt_param: { key_length: 1024 },
}
const BOTTOM = {
  'guest:1': [dense(3, 'tanh', 10)],
  'host:2': [dense(4, 'tanh', 20)],
  'host:3': [dense(2, 'relu', 21)],
}

/** A table of these columns, its rows in another order at each party. */
function tableOf(
  columns: Readonly<Record<string, readonly number[]>>,
  {
    labels,
    turn = 0,
    rows = ROWS,
  }: { labels?: readonly number[]; turn?: number; rows?: number } = {},
): Frame {
  const order = Array.from({ length: rows }, (_, at) => (at + turn) % rows)
  const cut = Object.entries(columns).map(([name, values]) => [name, order.map((at) => values[at])])
  return numberFrame(Object.fromEntries(cut) as Record<string, number[]>, {
    labels: labels && order.map((at) => labels[at]),
    ids: order.map((at) => `r${String(at).padStart(4, '0')}`),
  })
}

function options(
  params: object = {},
  more: { labels?: readonly number[]; hosts?: 1 | 2; eval?: boolean } = {},
): RunOptions {
  const { labels = LABELS, hosts = 1 } = more
  const guest = tableOf(GUEST, { labels, turn: 7 })
  const eval_data = (frame: Frame) => (more.eval ? { eval_data: frame } : {})
  return {
    members: { guest: ['1'], host: ['2', '3'].slice(0, hosts) },
    params: { ...PARAMS, ...params },
    paramsAt: Object.fromEntries(
      Object.entries(BOTTOM).map(([at, define]) => [at, { bottom_nn_define: define }]),
    ),
    tables: {
      'guest:1': { train_data: guest, ...eval_data(guest) },
      'host:2': { train_data: tableOf(HOST), ...eval_data(tableOf(HOST, { turn: 3 })) },
      ...(hosts === 2
        ? { 'host:3': { train_data: tableOf(OTHER, { turn: 5 }), ...eval_data(tableOf(OTHER)) } }
        : {}),
    },
  }
}

const lossesOf = ({ parties }: ComponentRun): number[] =>
  parties['guest:1'].metrics.flatMap(({ name, points }) =>
    name === 'loss' ? points.map(([, loss]) => loss) : [],
  )
const scoresOf = ({ parties }: ComponentRun): number[] =>
  numbersOf(parties['guest:1'].tables[0], 'predict_score')

/** Weights of the interactive layer for a host, put together from both shares. */
function sharedWeights({ parties }: ComponentRun, at = 0): number[] {
  const guest = parties['guest:1'].models[0].state as NnGuestState
  const host = parties[at === 0 ? 'host:2' : 'host:3'].models[0].state as NnHostState
  const sum = addRings(ringFromText(guest.hosts[at].share), ringFromText(host.noise))
  return [...fromRing(sum, WEIGHT_FRACTION)]
}

interface Plain {
  readonly losses: number[]
  readonly scores: number[]
  readonly weights: number[][]
  /** Rows that were learnt from, where they are selected. */
  readonly selected: number
}

/** The joint network as the library itself trains it, on all columns at one place. */
async function plainly(
  hosts: 1 | 2,
  train: {
    labels: readonly number[]
    outputs: { units: number; activation: 'sigmoid' | 'softmax' | 'linear' }
    loss: string
    epochs: number
    rate?: number
    /** Which rows of a batch are learnt from, by their losses. */
    select?: (losses: readonly number[], step: number) => readonly number[]
  },
): Promise<Plain> {
  const { layers: L } = await loadLibrary()
  const { labels, outputs, epochs, rate = 0.4 } = train
  const glorot = (seed: number) => L.initializers.glorotUniform({ seed })
  const part = (columns: number, units: number, activation: 'tanh' | 'relu', seed: number) => {
    const input = L.input({ shape: [columns] })
    const out = L.layers.dense({ units, activation, kernelInitializer: glorot(seed) }).apply(input)
    return { input, out: out as ReturnType<typeof L.input>, units }
  }
  const parts = [part(2, 3, 'tanh', 10), part(3, 4, 'tanh', 20), part(2, 2, 'relu', 21)].slice(
    0,
    hosts + 1,
  )
  const joined = L.layers.concatenate().apply(parts.map(({ out }) => out))
  const middle = L.layers.dense({ units: 3, activation: 'tanh' })
  const top = L.layers.dense({ ...outputs, kernelInitializer: glorot(40) })
  const output = top.apply(middle.apply(joined)) as ReturnType<typeof L.input>
  const model = L.model({ inputs: parts.map(({ input }) => input), outputs: output })
  const kernels = parts.map(({ units }) => glorot(30).apply([units, 3]))
  middle.setWeights([tf.concat(kernels), tf.zeros([3])])
  model.compile({ optimizer: tf.train.sgd(rate), loss: train.loss })
  const classes = [...new Set(labels)].sort((a, b) => a - b)
  const inputs = (from: number, to: number) =>
    [GUEST, HOST, OTHER]
      .slice(0, hosts + 1)
      .map((columns) =>
        tf.tensor2d(
          Array.from({ length: to - from }, (_, at) =>
            Object.values(columns).map((values) => values[from + at]),
          ),
        ),
      )
  const losses: number[] = []
  let selected = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    let sum = 0
    for (let from = 0; from < ROWS; from += 30) {
      const wanted = labels.slice(from, from + 30).map((label) => {
        if (outputs.units === 1) return [label]
        return classes.map((value) => Number(value === label))
      })
      if (train.select) {
        const batch = inputs(from, from + 30)
        const found = [...(model.predict(batch) as tf.Tensor).dataSync()]
        const each = found.map(
          (chance, row) => -Math.log(wanted[row][0] === 1 ? chance : 1 - chance),
        )
        const rows = train.select(each, (epoch * ROWS + from) / 30)
        selected += rows.length
        sum += each.reduce((all, value) => all + value, 0)
        const part = (tensor: tf.Tensor) => tf.gather(tensor, [...rows])
        await model.trainOnBatch(batch.map(part), part(tf.tensor2d(wanted)))
        continue
      }
      const loss = await model.trainOnBatch(inputs(from, from + 30), tf.tensor2d(wanted))
      sum += Number(loss) * 30
    }
    losses.push(sum / ROWS)
  }
  const answers = model.predict(inputs(0, ROWS)) as tf.Tensor
  const all = [...(middle.getWeights()[0].dataSync() as Float32Array)]
  let at = 3 * parts[0].units
  const weights = parts.slice(1).map(({ units }) => all.slice(at, (at += 3 * units)))
  return { losses, scores: [...answers.dataSync()], weights, selected }
}

describe('HeteroNN', () => {
  it('learns what the joint network learns unencrypted: two classes, one host, both schemes', async () => {
    const outputs = { units: 1, activation: 'sigmoid' } as const
    const loss = 'binaryCrossentropy'
    const plain = await plainly(1, { labels: LABELS, outputs, loss, epochs: 3 })
    for (const method of ['paillier', 'okamoto-uchiyama']) {
      const run = await runComponent(
        heteroNn,
        options({ encrypt_param: { key_length: 1024, method } }),
      )
      close(lossesOf(run), plain.losses)
      close(sharedWeights(run), plain.weights[0])
      close(byId(run), plain.scores)
      assert.equal(run.unread, 0)
    }
  })

  it('learns from the rows that are predicted badly, as the joint network does from the same ones', async () => {
    const selector_param = { method: 'relative', beta: 2, selective_size: 40, min_prob: 0.05 }
    const outputs = { units: 1, activation: 'sigmoid' } as const
    let recent: readonly number[] = []
    const plain = await plainly(2, {
      labels: LABELS,
      outputs,
      loss: 'binaryCrossentropy',
      epochs: 3,
      select(losses, step) {
        const chosen = selectRows(losses, recent, { param: selector_param, seed: 100 + step })
        recent = chosen.recent
        return chosen.rows
      },
    })
    assert.ok(plain.selected > 20 && plain.selected < 0.6 * 3 * ROWS, `${plain.selected} rows`)
    const search = options({ selector_param }, { hosts: 2 })
    const run = await runComponent(heteroNn, search)
    close(lossesOf(run), plain.losses)
    close(sharedWeights(run, 0), plain.weights[0])
    close(sharedWeights(run, 1), plain.weights[1])
    close(byId(run), plain.scores)
    assert.equal(run.unread, 0)
    // Also when it was stopped: what was seen last is kept.
    const checkpoints: RunOptions['checkpoints'] = {}
    let backs = 0
    const cut = runComponent(heteroNn, {
      ...search,
      checkpoints,
      tamper(message) {
        if (message.tag === 'noise' && ++backs > 7) throw new Error('line cut')
        return message.bytes
      },
    })
    await assert.rejects(cut, /line cut/)
    const rest = await runComponent(heteroNn, { ...search, checkpoints })
    assert.deepEqual(scoresOf(rest), scoresOf(run))
  })

  it('takes several hosts and several classes', async () => {
    const labels = SIGNAL.map((value) => (value > 1 ? 7 : value > -0.5 ? 3 : 5))
    const outputs = { units: 3, activation: 'softmax' } as const
    const loss = 'categoricalCrossentropy'
    const plain = await plainly(2, { labels, outputs, loss, epochs: 2 })
    const run = await runComponent(
      heteroNn,
      options(
        {
          top_nn_define: [dense(3, 'softmax', 40)],
          loss: 'categorical_crossentropy',
          epochs: 2,
        },
        { labels, hosts: 2 },
      ),
    )
    close(lossesOf(run), plain.losses)
    close(sharedWeights(run, 0), plain.weights[0])
    close(sharedWeights(run, 1), plain.weights[1])
    const most = Array.from({ length: ROWS }, (_, row) => plain.scores.slice(3 * row, 3 * row + 3))
    close(
      byId(run),
      most.map((chances) => Math.max(...chances)),
    )
  })

  it('predicts numbers', async () => {
    const outputs = { units: 1, activation: 'linear' } as const
    const plain = await plainly(1, {
      labels: SIGNAL,
      outputs,
      loss: 'meanSquaredError',
      epochs: 2,
      rate: 0.05,
    })
    const run = await runComponent(
      heteroNn,
      options(
        {
          task_type: 'regression',
          top_nn_define: [dense(1, 'linear', 40)],
          loss: 'mse',
          epochs: 2,
          interactive_layer_lr: 0.05,
          optimizer: { optimizer: 'SGD', learning_rate: 0.05 },
        },
        { labels: SIGNAL },
      ),
    )
    close(lossesOf(run), plain.losses)
    close(byId(run), plain.scores)
  })

  it('learns from the columns of both, watches a table, keeps the best, and predicts it later', async () => {
    const run = await runComponent(
      heteroNn,
      options(
        {
          epochs: 14,
          optimizer: { optimizer: 'Adam', learning_rate: 0.1 },
          callback_param: {
            validation_freqs: 1,
            early_stopping_rounds: 3,
            metrics: ['AUC', 'ks'],
          },
        },
        { eval: true },
      ),
    )
    const [table] = run.parties['guest:1'].tables
    assert.equal(table.ids.length, 2 * ROWS)
    const labels = Float64Array.from(numbersOf(table, 'label').slice(0, ROWS))
    const reached = auc(labels, Float64Array.from(scoresOf(run).slice(0, ROWS)))
    assert.ok(reached > 0.9, `AUC ${reached}`)
    const { metrics, models } = run.parties['guest:1']
    const areas = metrics.flatMap(({ namespace, name, points }) =>
      namespace === 'validate' && name === 'auc' ? points.map(([, value]) => value) : [],
    )
    const best = Number(models[0].param['bestIteration'])
    assert.equal(areas[best], Math.max(...areas))
    assert.ok(Math.abs(areas[best] - reached) < 1e-9, `${areas[best]} and ${reached}`)
    const again = await runComponent(heteroNn, {
      members: { guest: ['1'], host: ['2'] },
      params: { encrypt_param: { key_length: 1024 } },
      tables: {
        'guest:1': { eval_data: tableOf(GUEST, { rows: 20 }) },
        'host:2': { eval_data: tableOf(HOST, { rows: 20, turn: 2 }) },
      },
      models: {
        'guest:1': { model: models[0] },
        'host:2': { model: run.parties['host:2'].models[0] },
      },
    })
    // Each row is there twice: it was learnt from, and it was watched.
    const twice = byId(run).slice(0, 40)
    close(
      byId(again),
      twice.filter((_, at) => at % 2 === 0),
      1e-6,
    )
  })

  it('takes a guest that has labels only, and drops units out', async () => {
    const base = options({ drop_out_keep_rate: 0.7, epochs: 2 })
    const labelsOnly = numberFrame({}, { labels: LABELS, ids: tableOf(HOST).ids as string[] })
    const run = await runComponent(heteroNn, {
      ...base,
      tables: { ...base.tables, 'guest:1': { train_data: labelsOnly } },
      paramsAt: { 'host:2': { bottom_nn_define: BOTTOM['host:2'] } },
    })
    assert.equal(lossesOf(run).length, 2)
    assert.equal(run.parties['guest:1'].models[0].param['heteroNnModelParam'] !== undefined, true)
  })

  it('is the same network whatever keys and masks were drawn, and when it was stopped in between', async () => {
    const params = { optimizer: 'Adam', drop_out_keep_rate: 0.8 }
    const whole = await runComponent(heteroNn, options(params))
    const checkpoints: RunOptions['checkpoints'] = {}
    let kept = 0
    await assert.rejects(
      runComponent(heteroNn, {
        ...options(params),
        checkpoints,
        tamper({ tag, bytes }) {
          if (tag === 'kept' && ++kept === 2) throw new Error('stopped')
          return bytes
        },
      }),
      /stopped/,
    )
    const rest = await runComponent(heteroNn, { ...options(params), checkpoints })
    assert.ok(rest.wire.length < whole.wire.length)
    assert.deepEqual(scoresOf(rest), scoresOf(whole))
    assert.deepEqual(lossesOf(rest), lossesOf(whole))
    assert.deepEqual(sharedWeights(rest), sharedWeights(whole))
    const host = (run: ComponentRun) =>
      (run.parties['host:2'].models[0].state as NnHostState).weights
    assert.deepEqual(host(rest), host(whole))
    // The shares are each as good as random: only their sum is the same.
    const share = (run: ComponentRun) =>
      (run.parties['guest:1'].models[0].state as NnGuestState).hosts
    assert.notDeepEqual(share(rest), share(whole))
    assert.ok(encodeModel(rest.parties['guest:1'].models[0]).length > 0)
  })

  it('sends nothing readable but orders, widths and keys', async () => {
    const run = await runComponent(heteroNn, options({ epochs: 1 }))
    const plain = run.ledger.filter(({ kind }) => kind === 'plain').map(({ tag }) => tag)
    assert.deepEqual([...new Set(plain)].toSorted(), [
      'kept',
      'order',
      'public_key',
      'resume_step',
      'row_key',
      'row_verdict',
      'saved_steps',
      'widths',
    ])
  })

  it('cross validates', async () => {
    const cv_param = { need_cv: true, n_splits: 2 }
    const run = await runComponent(heteroNn, options({ cv_param, epochs: 1 }))
    const names = run.parties['guest:1'].metrics.map(({ name }) => name)
    assert.ok(names.includes('loss.1') && names.includes('validate_fold_0'), names.join())
  })

  it('says what is wrong with layers, labels and parameters', async () => {
    const failing = (params: object, more?: Parameters<typeof options>[1]) =>
      runComponent(heteroNn, options({ epochs: 1, ...params }, more))
    await assert.rejects(
      failing({ interactive_layer_define: null }),
      /interactive_layer_define is missing/,
    )
    await assert.rejects(
      failing({ interactive_layer_define: [dense(3, 'tanh', 1), dense(3, 'tanh', 1)] }),
      /has to be one Dense layer/,
    )
    await assert.rejects(
      failing({ top_nn_define: [{ layer: 'Dense', units: 1, input_dim: 9 }] }),
      /top_nn_define, layer 1 takes rows of shape 9, the table has 3 columns/,
    )
    await assert.rejects(failing({}, { labels: SIGNAL }), /holds 60 values .* tells 2 apart/)
    await assert.rejects(
      failing({ validation_freqs: 1 }),
      /validation_freqs needs a validation table/,
    )
    await assert.rejects(failing({ selector_param: { method: 'best' } }), /relative/)
    await assert.rejects(failing({ coae_param: { enable: true } }), /confusional autoencoder/)
    await assert.rejects(failing({ early_stopping_rounds: 2 }), /needs validation_freqs/)
    await assert.rejects(
      failing({
        interactive_layer_define: [dense(3, 'linear', 30)],
        top_nn_define: [dense(1, 'linear', 40)],
        task_type: 'regression',
        loss: 'mse',
        interactive_layer_lr: 1000,
        epochs: 5,
      }),
      /diverges|answers with numbers/,
    )
    const base = options({ epochs: 1 })
    await assert.rejects(
      runComponent(heteroNn, {
        ...base,
        paramsAt: { 'guest:1': base.paramsAt?.['guest:1'] ?? {} },
      }),
      /bottom_nn_define is missing at host:2/,
    )
  })

  it('warns where the guest can work out what the host answers', async () => {
    const interactive_layer_define = [dense(4, 'tanh', 30)]
    const run = await runComponent(heteroNn, options({ epochs: 1, interactive_layer_define }))
    assert.match(run.parties['guest:1'].warnings.join(), /4 units for 4 answers of host:2/)
  })
})

/** Scores in the order of the ids. */
function byId({ parties }: ComponentRun): number[] {
  const [{ ids }] = parties['guest:1'].tables
  const scores = numbersOf(parties['guest:1'].tables[0], 'predict_score')
  const order = [...ids.keys()].toSorted((a, b) =>
    ids[a] < ids[b] ? -1 : ids[a] > ids[b] ? 1 : a - b,
  )
  return order.map((at) => scores[at])
}

function close(found: readonly number[], expected: readonly number[], most = 2e-5): void {
  assert.equal(found.length, expected.length)
  found.forEach((value, at) => {
    const error = Math.abs(value - expected[at])
    assert.ok(error < most, `${at}: ${value}, expected ${expected[at]}`)
  })
}
