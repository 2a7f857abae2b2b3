import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroSsheLr } from '../../../src/component/linear/hetero-sshe-lr.ts'
import type { LogisticState } from '../../../src/component/linear/linear-model.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import { SsheParam } from '../../../src/component/linear/sshe-param.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { type PlainResult, trainPlain } from '../../helpers/plain-lr.ts'

const ROWS = 40
const SIDES = [
  randomColumns('x', { columns: 2, rows: ROWS, seed: 91 }),
  randomColumns('h', { columns: 3, rows: ROWS, seed: 92 }),
]
const rng = createRng(93)
const LABELS = Array.from({ length: ROWS }, (_, row) =>
  SIDES[0]['x0'][row] - SIDES[1]['h2'][row] + 0.5 * rng.normal() > 0.2 ? 1 : 0,
)
const IDS = LABELS.map((_, row) => String(1000 + row))
const PARAMS = {
  optimizer: 'sgd',
  learning_rate: 0.3,
  alpha: 0.05,
  batch_size: -1,
  max_iter: 4,
  eps: 0,
  encrypt_param: { key_length: 1408 },
}

function options(params: object = {}): RunOptions {
  return {
    members: { guest: ['1'], host: ['2'] },
    params: { ...PARAMS, ...params },
    tables: {
      'guest:1': { train_data: numberFrame(SIDES[0], { labels: LABELS, ids: IDS }) },
      'host:2': { train_data: numberFrame(SIDES[1], { ids: IDS }) },
    },
  }
}

function plainly(params: object = {}): PlainResult {
  const [guest, host] = SIDES.map((columns) =>
    Object.values(columns).map((values) => Float64Array.from(values)),
  )
  const labels = Float64Array.from(LABELS, (y) => 2 * y - 1)
  const param = LogisticParam.parse({ ...PARAMS, ...params })
  return trainPlain(param, { guest, hosts: [host], labels })
}

const modelOf = (run: ComponentRun, at: 'guest:1' | 'host:2') =>
  (run.parties[at].models[0].state as LogisticState).models[0]

function close(actual: readonly number[], expected: readonly number[], within = 1e-7): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) =>
    assert.ok(Math.abs(value - expected[at]) < within, `${at}: ${value}, not ${expected[at]}`),
  )
}

describe('HeteroSSHELR', () => {
  const CASES: Record<string, object> = {
    'sgd and L2 on all rows': {},
    'sgd with decay in batches, without a penalty': { decay: 1, batch_size: 15, penalty: 'NONE' },
    'Nesterov under Paillier': {
      optimizer: 'nesterov_momentum_sgd',
      learning_rate: 0.05,
      encrypt_param: { key_length: 1024, method: 'Paillier' },
    },
    'no intercept, from zeros': { init_param: { fit_intercept: false, init_method: 'zeros' } },
  }
  for (const [name, params] of Object.entries(CASES)) {
    it(`ends with weights and losses of plain training: ${name}`, async () => {
      const run = await runComponent(heteroSsheLr, options(params))
      const expected = plainly(params)
      close(modelOf(run, 'guest:1').weights, expected.guest)
      close([modelOf(run, 'guest:1').intercept], [expected.intercept])
      close(modelOf(run, 'host:2').weights, expected.hosts[0])
      // The loss that is published has no penalty, as that would need all weights.
      const alone = plainly({ ...params, max_iter: 1, alpha: 0 }).losses
      const losses = run.parties['guest:1'].models[0].param['lossHistory'] as number[]
      assert.equal(losses.length, 4)
      close(losses.slice(0, 1), alone)
      const scores = numbersOf(run.parties['guest:1'].tables[0], 'predict_score')
      close(
        scores,
        [...expected.scores].map((score) => 1 / (1 + Math.exp(-score))),
      )
      assert.equal(run.unread, 0)
    })
  }

  for (const [name, params] of Object.entries({
    'a rate that shrinks step by step': {},
    'a rate that falls by epoch': { decay: 1, batch_size: 15 },
  })) {
    it(`goes on from a model as one longer training does: ${name}`, async () => {
      const first = await runComponent(heteroSsheLr, options({ ...params, max_iter: 2 }))
      const models = Object.fromEntries(
        Object.entries(first.parties).map(
          ([
            at,
            {
              models: [model],
            },
          ]) => [at, { model }],
        ),
      )
      const run = await runComponent(heteroSsheLr, {
        ...options({ ...params, max_iter: 2 }),
        models,
      })
      const expected = plainly(params)
      close(modelOf(run, 'guest:1').weights, expected.guest)
      close([modelOf(run, 'guest:1').intercept], [expected.intercept])
      close(modelOf(run, 'host:2').weights, expected.hosts[0])
      const { param } = run.parties['guest:1'].models[0]
      assert.equal((param['lossHistory'] as number[]).length, 4)
      assert.equal(param['iters'], 4)
    })
  }

  it('models of different trainings are no start', async () => {
    const [first, longer] = await Promise.all(
      [1, 2].map((max_iter) => runComponent(heteroSsheLr, options({ max_iter }))),
    )
    const models = {
      'guest:1': { model: first.parties['guest:1'].models[0] },
      'host:2': { model: longer.parties['host:2'].models[0] },
    }
    await assert.rejects(
      runComponent(heteroSsheLr, { ...options(), models }),
      /guest:1 goes on from a model of 1 epochs, host:2 from one of 2: give both the models of one job/,
    )
  })

  it('publishes the losses of plain training without a penalty, and stops by them', async () => {
    const params = { alpha: 0, eps: 0.02, max_iter: 20 }
    const run = await runComponent(heteroSsheLr, options(params))
    const expected = plainly(params)
    assert.ok(expected.converged && expected.losses.length > 1)
    const points = run.parties['guest:1'].metrics.flatMap((series) => series.points)
    close(
      points.map(([, loss]) => loss),
      expected.losses,
    )
    for (const at of ['guest:1', 'host:2'] as const) {
      const { param } = run.parties[at].models[0]
      assert.deepEqual([param['iters'], param['isConverged']], [expected.losses.length, true])
    }
  })

  it('shows each party what it declares, and nothing in two runs alike but what is said of sizes', async () => {
    const runs = [
      await runComponent(heteroSsheLr, options({ max_iter: 1 })),
      await runComponent(heteroSsheLr, options({ max_iter: 1 })),
    ]
    const sent = (run: ComponentRun, at: 'guest:1' | 'host:2') =>
      run.parties[at].ledger.map(({ tag }) => tag)
    assert.deepEqual(sent(runs[0], 'guest:1'), [
      'row_key',
      'row_verdict',
      'plan',
      'resume_step',
      'share_key',
      'first_share',
      'weight_share',
      'predictor_share',
      'slope_share',
      'gradient_share',
      'stop',
      'last_share',
      'row_key',
      'row_verdict',
    ])
    assert.deepEqual(sent(runs[0], 'host:2'), [
      'row_digest',
      'saved_steps',
      'share_key',
      'first_share',
      'weight_share',
      'predictor_share',
      'slope_share',
      'gradient_share',
      'loss_share',
      'last_share',
      'row_digest',
      'host_score',
    ])
    const masked = /share$/
    const texts = runs.map(({ wire }) =>
      wire.flatMap(({ tag, bytes }) =>
        masked.test(tag) ? [Buffer.from(bytes).toString('hex')] : [],
      ),
    )
    assert.ok(texts[0].length > 8)
    texts[0].forEach((text, at) => assert.notEqual(text, texts[1][at]))
  })

  it('goes on where it was stopped', async () => {
    const search = options({ optimizer: 'nesterov_momentum_sgd', learning_rate: 0.1 })
    const whole = await runComponent(heteroSsheLr, search)
    const checkpoints: RunOptions['checkpoints'] = {}
    let count = 0
    const cut = runComponent(heteroSsheLr, {
      ...search,
      checkpoints,
      tamper(message) {
        if (++count > 0.6 * whole.wire.length) throw new Error('line cut')
        return message.bytes
      },
    })
    await assert.rejects(cut, /line cut/)
    const resumed = await runComponent(heteroSsheLr, { ...search, checkpoints })
    assert.ok(resumed.wire.length < whole.wire.length)
    // Shares are drawn anew, and what is rounded with them is off by a unit in the last of 40 bits.
    for (const at of ['guest:1', 'host:2'] as const) {
      close(modelOf(resumed, at).weights, modelOf(whole, at).weights, 1e-9)
    }
    const points = (run: ComponentRun) =>
      run.parties['guest:1'].metrics.flatMap((series) => series.points.map(([, loss]) => loss))
    close(points(resumed), points(whole), 1e-9)
  })

  it('goes on where it was stopped after the last epoch, or when the losses had ended it', async () => {
    for (const params of [{ max_iter: 2 }, { alpha: 0, eps: 0.02, max_iter: 20 }]) {
      const whole = await runComponent(heteroSsheLr, options(params))
      const checkpoints: RunOptions['checkpoints'] = {}
      const cut = runComponent(heteroSsheLr, {
        ...options(params),
        checkpoints,
        tamper({ tag, bytes }) {
          if (tag === 'last_share') throw new Error('line cut')
          return bytes
        },
      })
      await assert.rejects(cut, /line cut/)
      const resumed = await runComponent(heteroSsheLr, { ...options(params), checkpoints })
      assert.ok(!resumed.wire.some(({ tag }) => tag === 'slope_share'))
      for (const at of ['guest:1', 'host:2'] as const) {
        close(modelOf(resumed, at).weights, modelOf(whole, at).weights, 1e-9)
        const summary = (run: ComponentRun) => {
          const { param } = run.parties[at].models[0]
          return [param['iters'], param['isConverged']]
        }
        assert.deepEqual(summary(resumed), summary(whole))
      }
    }
  })

  it('predicts later with the models of both', async () => {
    const run = await runComponent(heteroSsheLr, options({ max_iter: 1 }))
    const later = await runComponent(heteroSsheLr, {
      ...options(),
      tables: {
        'guest:1': { eval_data: numberFrame(SIDES[0], { labels: LABELS, ids: IDS }) },
        'host:2': { eval_data: numberFrame(SIDES[1], { ids: IDS }) },
      },
      models: {
        'guest:1': { model: run.parties['guest:1'].models[0] },
        'host:2': { model: run.parties['host:2'].models[0] },
      },
    })
    assert.deepEqual(
      numbersOf(later.parties['guest:1'].tables[0], 'predict_score'),
      numbersOf(run.parties['guest:1'].tables[0], 'predict_score'),
    )
  })

  it('refuses what weights that nobody sees cannot do, and columns that are too large', async () => {
    const cases: [object, RegExp][] = [
      [{ optimizer: 'adam' }, /optimizer must be sgd or nesterov/],
      [{ penalty: 'L1' }, /penalty must be L2 or none/],
      [{ early_stop: 'weight_diff' }, /early_stop must be diff or abs/],
      [{ reveal_every_iter: true }, /reveal_every_iter must be false/],
      [{ reveal_strategy: 'encrypted_reveal_in_host' }, /reveal_strategy must be respectively/],
      [{ early_stopping_rounds: 2 }, /early_stopping_rounds must be null/],
      [{ one_vs_rest_param: { need_one_vs_rest: true } }, /two classes/],
    ]
    for (const [params, message] of cases) {
      assert.throws(() => SsheParam.parse(params), message)
    }
    const { tables } = options()
    const large = numberFrame({ ...SIDES[1], big: LABELS.map(() => 5000) }, { ids: IDS })
    await assert.rejects(
      runComponent(heteroSsheLr, {
        ...options(),
        tables: { ...tables, 'host:2': { train_data: large } },
      }),
      /not below 4096 in magnitude: scale the features/,
    )
  })

  it('says that a training diverges, and that a table is not measured in between', async () => {
    await assert.rejects(
      runComponent(heteroSsheLr, options({ learning_rate: 1e12, max_iter: 4 })),
      /The training diverges.*lower learning_rate/,
    )
    const run = await runComponent(heteroSsheLr, options({ validation_freqs: 1, max_iter: 1 }))
    assert.match(run.parties['guest:1'].warnings.join(), /validation_freqs has no effect/)
  })

  it('refuses messages of another form', async () => {
    for (const tag of [
      'plan',
      'share_key',
      'weight_share',
      'gradient_share',
      'loss_share',
      'last_share',
    ]) {
      const run = runComponent(heteroSsheLr, {
        ...options({ max_iter: 1 }),
        tamper: (message) => (message.tag === tag ? message.bytes.subarray(0, -8) : message.bytes),
      })
      await assert.rejects(run, (error: Error) => error.name !== 'ChannelClosed', tag)
    }
  })
})

describe('HeteroSSHELR with three hosts', () => {
  const HOSTS = ['2', '3', '4']
  const COLUMNS = [
    SIDES[1],
    randomColumns('k', { columns: 2, rows: ROWS, seed: 94 }),
    randomColumns('m', { columns: 1, rows: ROWS, seed: 95 }),
  ]
  const several = (params: object = {}): RunOptions => {
    const base = options(params)
    const tables = HOSTS.map((host, at) => [
      `host:${host}`,
      { train_data: numberFrame(COLUMNS[at], { ids: IDS }) },
    ])
    return {
      ...base,
      members: { guest: ['1'], host: HOSTS },
      tables: { ...base.tables, ...Object.fromEntries(tables) },
    }
  }
  const plain = (params: object = {}): PlainResult =>
    trainPlain(LogisticParam.parse({ ...PARAMS, ...params }), {
      guest: Object.values(SIDES[0]).map((values) => Float64Array.from(values)),
      hosts: COLUMNS.map((columns) =>
        Object.values(columns).map((values) => Float64Array.from(values)),
      ),
      labels: Float64Array.from(LABELS, (y) => 2 * y - 1),
    })
  const weightsOf = (run: ComponentRun, at: `${'guest' | 'host'}:${string}`) =>
    (run.parties[at].models[0].state as LogisticState).models[0].weights

  for (const [name, params] of Object.entries({
    'sgd and L2 on all rows': {},
    'Nesterov in batches': {
      optimizer: 'nesterov_momentum_sgd',
      learning_rate: 0.05,
      batch_size: 15,
      penalty: 'NONE',
    },
  })) {
    it(`ends with weights, losses and predictions of plain training: ${name}`, async () => {
      const run = await runComponent(heteroSsheLr, several(params))
      const expected = plain(params)
      close(weightsOf(run, 'guest:1'), expected.guest)
      HOSTS.forEach((host, at) => close(weightsOf(run, `host:${host}`), expected.hosts[at]))
      const losses = run.parties['guest:1'].models[0].param['lossHistory'] as number[]
      close(losses.slice(0, 1), plain({ ...params, max_iter: 1, alpha: 0 }).losses)
      close(
        numbersOf(run.parties['guest:1'].tables[0], 'predict_score'),
        [...expected.scores].map((score) => 1 / (1 + Math.exp(-score))),
      )
      assert.equal(run.unread, 0)
    })
  }

  it('splits what hosts share of the residuals anew each time, and goes on where it was stopped', async () => {
    const runs = [
      await runComponent(heteroSsheLr, several({ max_iter: 2 })),
      await runComponent(heteroSsheLr, several({ max_iter: 2 })),
    ]
    const texts = runs.map(({ wire }) =>
      wire.flatMap(({ tag, bytes }) =>
        tag === 'residual_share' ? [Buffer.from(bytes).toString('hex')] : [],
      ),
    )
    // From each host one part for the guest, and one for the two other hosts alike; twice.
    assert.equal(texts[0].length, 3 * 3 * 2)
    assert.equal(new Set(texts[0]).size, 3 * 2 * 2)
    assert.ok(texts[0].every((text) => !texts[1].includes(text)))
    const checkpoints: RunOptions['checkpoints'] = {}
    let stops = 0
    const cut = runComponent(heteroSsheLr, {
      ...several({ max_iter: 2 }),
      checkpoints,
      tamper(message) {
        if (message.tag === 'slope_share' && ++stops > 5) throw new Error('line cut')
        return message.bytes
      },
    })
    await assert.rejects(cut, /line cut/)
    const resumed = await runComponent(heteroSsheLr, { ...several({ max_iter: 2 }), checkpoints })
    assert.ok(resumed.wire.length < runs[0].wire.length)
    close(weightsOf(resumed, 'host:4'), weightsOf(runs[0], 'host:4'), 1e-9)
  })

  it('refuses shares of another number of rows', async () => {
    await assert.rejects(
      runComponent(heteroSsheLr, {
        ...several({ max_iter: 1 }),
        tamper: ({ tag, bytes }) => (tag === 'residual_share' ? bytes.slice(0, -1) : bytes),
      }),
      /sent a malformed residual_share|blob/,
    )
  })
})
