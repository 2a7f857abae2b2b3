import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { cutFolds } from '../../../src/component/cross-validation.ts'
import { homoLr } from '../../../src/component/linear/homo-lr.ts'
import { createWeights } from '../../../src/component/linear/linear-weights.ts'
import { type Frame, takeRows } from '../../../src/compute/ml/frame.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { fromColumns, multiply } from '../../../src/compute/ml/matrix.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { fitLogistic } from '../../../src/compute/ml/newton-logistic.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'], arbiter: ['4'] }
const ROWS = 300
const ALL = randomColumns('x', { columns: 4, rows: ROWS, seed: 31 })
const rng = createRng(32)
const LABELS = ALL['x0'].map((x, row) =>
  rng.uniform() < sigmoid(2 * x - ALL['x1'][row] + 0.5 + 0.5 * ALL['x3'][row]) ? 1 : 0,
)
/** Rows of the three parties: 150, 100 and 50. */
const PARTS = [
  [0, 150],
  [150, 250],
  [250, 300],
] as const
const FRAMES = PARTS.map(([from, to]) => partOf(ALL, LABELS, { from, to }))
const PARAMS = {
  optimizer: 'rmsprop',
  learning_rate: 0.1,
  alpha: 0.001,
  batch_size: -1,
  eps: 1e-9,
  max_iter: 12,
  init_param: { init_method: 'zeros' },
}

function partOf(
  columns: Readonly<Record<string, readonly number[]>>,
  labels: readonly number[] | undefined,
  { from, to }: { from: number; to: number },
): Frame {
  const cut = Object.entries(columns).map(([name, values]) => [name, values.slice(from, to)])
  return numberFrame(Object.fromEntries(cut) as Record<string, number[]>, {
    labels: labels?.slice(from, to),
    ids: Array.from({ length: to - from }, (_, row) => `p${from}r${row}`),
  })
}

function options(params: object = {}, frames: readonly Frame[] = FRAMES): RunOptions {
  return {
    members: MEMBERS,
    params: { ...PARAMS, ...params },
    tables: {
      'guest:1': { train_data: frames[0] },
      'host:2': { train_data: frames[1] },
      'host:3': { train_data: frames[2] },
    },
  }
}

const scoresOf = ({ parties }: ComponentRun): Float64Array =>
  Float64Array.from(
    (['guest:1', 'host:2', 'host:3'] as const).flatMap((at) =>
      numbersOf(parties[at].tables[0], 'predict_score'),
    ),
  )

const weightsOf = ({ parties }: ComponentRun, at: 'guest:1' | 'host:2' = 'guest:1'): number[] => {
  const { param } = parties[at].models[0]
  return [...Object.values(param['weight'] as Record<string, number>), Number(param['intercept'])]
}

/** Averages of plain steps on each part, rows weighted: what the parties should find. */
function plainly(epochs: number, every: number, mu = 0): number[] {
  const params = homoLr.params.parse(PARAMS) as Parameters<typeof createWeights>[0]
  const shape = { features: 4, intercept: true, stream: 0 }
  let sides = PARTS.map(() => createWeights(params, shape))
  let common = sides[0].weights.slice()
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const [at, [from, to]] of PARTS.entries()) {
      const gradient = new Float64Array(5)
      for (let row = from; row < to; row++) {
        const xs = [...Object.values(ALL).map((values) => values[row]), 1]
        const own = [...sides[at].weights, sides[at].intercept]
        const wx = xs.reduce((sum, x, col) => sum + x * own[col], 0)
        xs.forEach((x, col) => (gradient[col] += ((sigmoid(wx) - LABELS[row]) * x) / (to - from)))
      }
      sides[at].step(gradient, epoch)
      const { optimizer, weights, intercept } = sides[at].state()
      const pulled = weights.map((value, col) => (1 - mu) * value + mu * common[col])
      const saved = { optimizer, weights: pulled, intercept }
      sides[at] = createWeights(params, { ...shape, saved })
    }
    if ((epoch + 1) % every !== 0) continue
    const mean = new Float64Array(5)
    PARTS.forEach(([from, to], at) => {
      const own = [...sides[at].weights, sides[at].intercept]
      own.forEach((value, col) => (mean[col] += (value * (to - from)) / ROWS))
    })
    sides = sides.map((side) => {
      const saved = { ...side.state(), weights: mean.slice(0, 4), intercept: mean[4] }
      return createWeights(params, { ...shape, saved })
    })
    common = sides[0].weights.slice()
  }
  return [...sides[0].weights, sides[0].intercept]
}

describe('HomoLR', () => {
  it('ranks rows as plain logistic regression on all of them together does', async () => {
    const run = await runComponent(homoLr, options({ max_iter: 60 }))
    const labels = Float64Array.from(LABELS)
    const matrix = fromColumns(Object.values(ALL).map((values) => Float64Array.from(values)))
    const plain = fitLogistic(matrix, labels, {
      l2: 1e-3 * ROWS,
      intercept: true,
      maxIterations: 50,
      tol: 1e-9,
    })
    const expected = auc(labels, multiply(matrix, Float64Array.from(plain.weights)))
    const reached = auc(labels, scoresOf(run))
    assert.ok(Math.abs(reached - expected) < 0.01, `AUC ${reached}, plain ${expected}`)
    assert.ok(expected > 0.85)
    assert.equal(run.unread, 0)
  })

  for (const every of [1, 3]) {
    it(`averages plain steps of the parties every ${every} epochs`, async () => {
      const run = await runComponent(homoLr, options({ aggregate_iters: every }))
      const expected = plainly(12, every)
      close(weightsOf(run), expected)
      assert.deepEqual(weightsOf(run, 'host:2'), weightsOf(run))
      const losses = (at: keyof ComponentRun['parties']) =>
        run.parties[at].metrics.flatMap(({ points }) => points.map(([, loss]) => loss))
      assert.equal(losses('guest:1').length, 12 / every)
      close([losses('guest:1')[0]], [Math.LN2])
      assert.deepEqual(losses('arbiter:4'), losses('guest:1'))
      assert.ok(Number(losses('guest:1').at(-1)) < 0.8 * Math.LN2)
    })
  }

  it('goes back towards the last average after every step, where use_proximal is set', async () => {
    const params = { aggregate_iters: 3, use_proximal: true, mu: 0.4 }
    const run = await runComponent(homoLr, options(params))
    close(weightsOf(run), plainly(12, 3, 0.4))
    assert.ok(Math.abs(weightsOf(run)[0]) < Math.abs(plainly(12, 3)[0]) - 0.01)
  })

  it('gives the arbiter no model but under masks', async () => {
    const run = await runComponent(homoLr, options({ max_iter: 1 }))
    const toArbiter = run.ledger.filter(({ receiver }) => receiver === 'arbiter:4')
    const kinds = new Set(toArbiter.map(({ tag, kind }) => `${tag} ${kind}`))
    assert.ok(kinds.has('sum_vector masked'))
    assert.ok(
      [...kinds].every((kind) => !/aggregate|ciphertext/.test(kind)),
      [...kinds].join(),
    )
    const vectors = (
      await Promise.all([1, 2].map(() => runComponent(homoLr, options({ max_iter: 1 }))))
    ).map(({ wire }) =>
      wire.filter(({ tag }) => tag === 'sum_vector').map(({ bytes }) => bytes.join()),
    )
    assert.equal(vectors[0].length, 6)
    assert.ok(vectors[0].every((text) => !vectors[1].includes(text)))
  })

  it('predicts later what it predicted at once, and rows without labels', async () => {
    const first = await runComponent(homoLr, options())
    const bare = partOf(ALL, undefined, { from: 0, to: 150 })
    const again = await runComponent(homoLr, {
      members: MEMBERS,
      tables: {
        'guest:1': { eval_data: bare },
        'host:2': { eval_data: FRAMES[1] },
        'host:3': { eval_data: FRAMES[2] },
      },
      models: Object.fromEntries(
        (['guest:1', 'host:2', 'host:3'] as const).map((at) => [
          at,
          { model: first.parties[at].models[0] },
        ]),
      ),
    })
    assert.deepEqual(scoresOf(again), scoresOf(first))
    assert.equal(again.wire.length, 0)
  })

  it('trains one model a class where a party may lack some', async () => {
    const kinds = ALL['x0'].map((x, row) => (x > 0.4 ? 2 : ALL['x1'][row] > 0 ? 1 : 0))
    const frames = PARTS.map(([from, to]) => partOf(ALL, kinds, { from, to }))
    const few = numberFrame(
      Object.fromEntries(Object.keys(ALL).map((name) => [name, ALL[name].slice(0, 12)])),
      { labels: Array.from({ length: 12 }, () => 1) },
    )
    const run = await runComponent(
      homoLr,
      options({ one_vs_rest_param: { need_one_vs_rest: true }, max_iter: 30 }, [
        frames[0],
        frames[1],
        few,
      ]),
    )
    const [table] = run.parties['guest:1'].tables
    const right = numbersOf(table, 'predict_result').filter((kind, row) => kind === kinds[row])
    assert.ok(right.length > 0.85 * 150, `${right.length}`)
    const names = run.parties['guest:1'].metrics.map(({ name }) => name)
    assert.deepEqual([...new Set(names)], ['loss.0', 'loss.1', 'loss.2'])
  })

  it('cross validates: every row is checked with once, by a model that has not seen it', async () => {
    const cv_param = { need_cv: true, n_splits: 3, random_seed: 7 }
    const run = await runComponent(homoLr, options({ cv_param, max_iter: 20 }))
    assert.equal(run.unread, 0)
    const { metrics, tables, models } = run.parties['host:2']
    assert.deepEqual(models, [])
    const sizes = (['guest:1', 'host:2', 'host:3'] as const).map((at) => {
      const [{ ids }] = run.parties[at].tables
      return new Set(ids).size === ids.length ? ids.length : 0
    })
    assert.deepEqual([tables.length, sizes], [1, PARTS.map(([from, to]) => to - from)])
    const areas = metrics.flatMap(({ namespace, name, points }) =>
      points.flatMap(([key, value]) => (key === 'auc' ? [{ namespace, name, value }] : [])),
    )
    assert.deepEqual(
      areas.map(({ namespace, name }) => `${namespace} ${name}`),
      [0, 1, 2].flatMap((fold) => [`train train_fold_${fold}`, `validate validate_fold_${fold}`]),
    )
    assert.ok(areas.every(({ value }) => value > 0.75))
    assert.ok(metrics.some(({ name }) => name === 'loss.2'))
  })

  it('learns in a fold what it learns from those rows alone', async () => {
    const cv_param = { need_cv: true, n_splits: 3, random_seed: 7 }
    const run = await runComponent(homoLr, options({ cv_param, max_iter: 20 }))
    const cuts = FRAMES.map((frame) =>
      cutFolds(
        { channel: { self: 'guest:1' } } as never,
        { source: 'x', frame: frame as never },
        { folds: 3, seed: 7 },
      )(1),
    )
    const alone = await runComponent(
      homoLr,
      options(
        { max_iter: 20 },
        cuts.map(({ train }) => train.frame),
      ),
    )
    const losses = (of: ComponentRun, wanted: string) =>
      of.parties['arbiter:4'].metrics.flatMap(({ name, points }) => (name === wanted ? points : []))
    assert.ok(losses(alone, 'loss').length > 3)
    assert.deepEqual(losses(run, 'loss.1'), losses(alone, 'loss'))
  })

  it('goes on in the fold in which it was stopped', async () => {
    const cv_param = { need_cv: true, n_splits: 3 }
    const set = options({ cv_param, max_iter: 6, tol: 1e-12, min_parties: 2 })
    const whole = await runComponent(homoLr, set)
    const averages = ({ wire }: ComponentRun) => wire.filter(({ tag }) => tag === 'average').length
    const checkpoints: RunOptions['checkpoints'] = {}
    let sent = 0
    const stopped = runComponent(homoLr, {
      ...set,
      checkpoints,
      tamper(message) {
        if (message.tag === 'average' && ++sent > averages(whole) / 2) throw new Error('stopped')
        return message.bytes
      },
    })
    await assert.rejects(stopped, /stopped/)
    const rest = await runComponent(homoLr, { ...set, checkpoints })
    assert.ok(averages(rest) < 0.7 * averages(whole), `${averages(rest)} of ${averages(whole)}`)
    for (const at of ['guest:1', 'host:2'] as const)
      assert.deepEqual(rest.parties[at].tables, whole.parties[at].tables)
    const scores = (of: ComponentRun) =>
      of.parties['guest:1'].metrics.flatMap(({ name, points }) =>
        points.flatMap(([key, value]) => (key === 'auc' ? [[name, value]] : [])),
      )
    assert.equal(scores(whole).length, 6)
    assert.deepEqual(scores(rest), scores(whole))
  })

  it('goes on where it was stopped, to the same bits', async () => {
    const whole = await runComponent(homoLr, options())
    const checkpoints: RunOptions['checkpoints'] = {}
    let rounds = 0
    const stopped = runComponent(homoLr, {
      ...options(),
      checkpoints,
      tamper(message) {
        if (message.tag === 'average' && ++rounds > 3 * 5) throw new Error('stopped')
        return message.bytes
      },
    })
    await assert.rejects(stopped, /stopped/)
    assert.equal(rounds, 3 * 5 + 1)
    const rest = await runComponent(homoLr, { ...options(), checkpoints })
    assert.ok(rest.wire.filter(({ tag }) => tag === 'average').length < 3 * 8)
    for (const at of ['guest:1', 'host:2', 'arbiter:4'] as const) {
      assert.deepEqual(
        encodeModel(rest.parties[at].models[0]),
        encodeModel(whole.parties[at].models[0]),
      )
      assert.deepEqual(
        rest.parties[at].metrics.flatMap(({ points }) => points),
        whole.parties[at].metrics.flatMap(({ points }) => points),
      )
    }
  })

  it('says whose table does not fit', async () => {
    const other = partOf({ a: ALL['x0'] }, LABELS, { from: 0, to: 50 })
    await assert.rejects(
      runComponent(homoLr, options({}, [FRAMES[0], FRAMES[1], other])),
      /The table lacks "x0", "x1", "x2", "x3"/,
    )
    const bare = partOf(ALL, undefined, { from: 0, to: 50 })
    await assert.rejects(
      runComponent(homoLr, options({}, [FRAMES[0], FRAMES[1], bare])),
      /host:3 has no label column/,
    )
    const wild = { optimizer: 'sgd', learning_rate: 1e7, penalty: 'NONE' }
    await assert.rejects(runComponent(homoLr, options(wild)), /The training diverges/)
    const { parties } = await runComponent(homoLr, options({ max_iter: 1, use_gpu: 1 }))
    assert.match(parties['host:2'].warnings.join(), /homolr_0 has no parameter "use_gpu"/)
  })
})

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 1e-8, `${value} is not ${expected[at]}`)
  })
}

describe('a validation table of HomoLR', () => {
  const OTHER = partOf(
    randomColumns('x', { columns: 4, rows: 80, seed: 33 }),
    Array.from({ length: 80 }, (_, row) => Number(rng.uniform() < 0.5 || row % 2 === 0)),
    { from: 0, to: 80 },
  )
  /** Ten rows of noise a party: what is learnt from them is soon worse than nothing. */
  const few = [0, 1, 2].map((party) =>
    partOf(
      randomColumns('x', { columns: 4, rows: 10, seed: 40 + party }),
      Array.from({ length: 10 }, (_, row) => row % 2),
      { from: 0, to: 10 },
    ),
  )
  const watched = (params: object): RunOptions => {
    const base = options({ learning_rate: 0.3, metrics: ['loss', 'auc'], ...params }, few)
    const tables = Object.fromEntries(
      Object.entries(base.tables ?? {}).map(([address, slots]) => [
        address,
        { ...slots, validate_data: OTHER },
      ]),
    )
    return { ...base, tables }
  }
  const curve = (run: ComponentRun, at: 'guest:1' | 'host:2', name = 'loss') =>
    run.parties[at].metrics.flatMap((series) =>
      series.namespace === 'validate' && series.name === name ? series.points : [],
    )

  it('is measured with the model of each round, by every party with its own', async () => {
    const run = await runComponent(homoLr, watched({ validation_freqs: 4 }))
    for (const at of ['guest:1', 'host:2'] as const) {
      assert.deepEqual(
        curve(run, at).map(([round]) => round),
        [3, 7, 11],
      )
    }
    const [table] = run.parties['guest:1'].tables
    const rows = numbersOf(table, 'predict_score').slice(10)
    const labels = Float64Array.from(numbersOf(table, 'label').slice(10))
    const scores = rows.map((p) => Math.log(p / (1 - p)))
    const loss = rows.reduce((sum, p, row) => sum - Math.log(labels[row] === 1 ? p : 1 - p), 0)
    close([Number(curve(run, 'guest:1').at(-1)?.[1])], [loss / 80])
    assert.equal(curve(run, 'guest:1', 'auc').at(-1)?.[1], auc(labels, Float64Array.from(scores)))
    assert.ok(!run.wire.some(({ tag }) => tag === 'validation_verdict'))
  })

  it('at the guest ends the training, and all keep the best round, also when stopped in between', async () => {
    const early = watched({ early_stopping_rounds: 2, use_first_metric_only: true, max_iter: 50 })
    const run = await runComponent(homoLr, early)
    const losses = curve(run, 'guest:1').map(([, loss]) => loss)
    const best = losses.indexOf(Math.min(...losses))
    assert.equal(losses.length, best + 3)
    assert.ok(losses.length < 50)
    const short = options({ learning_rate: 0.3, max_iter: best + 1 }, few)
    assert.deepEqual(weightsOf(run), weightsOf(await runComponent(homoLr, short)))
    for (const at of ['guest:1', 'host:2', 'arbiter:4'] as const) {
      const { param } = run.parties[at].models[0]
      assert.deepEqual([param['bestIteration'], param['isConverged']], [best, false])
    }
    const checkpoints: RunOptions['checkpoints'] = {}
    let count = 0
    const crash = runComponent(homoLr, {
      ...early,
      checkpoints,
      tamper(message) {
        if (++count > 0.6 * run.wire.length) throw new Error('line cut')
        return message.bytes
      },
    })
    await assert.rejects(crash, /line cut/)
    const resumed = await runComponent(homoLr, { ...early, checkpoints })
    assert.deepEqual(curve(resumed, 'guest:1'), curve(run, 'guest:1'))
    assert.deepEqual(resumed.parties['host:3'].models, run.parties['host:3'].models)
  })
})

describe('weights of rows in HomoLR', () => {
  it('do what repeating the rows does', async () => {
    const times = Array.from({ length: ROWS }, (_, row) => 1 + (row % 3))
    const weigh = (frame: Frame, from: number): Frame => {
      const own = times.slice(from, from + frame.ids.length)
      // As often on average in each party, so that its share of all rows is the same.
      const values = Float64Array.from(own, (value) => value / 2)
      return {
        ...frame,
        weightName: 'w',
        columns: [...frame.columns, { name: 'w', type: 'number', values }],
      }
    }
    const repeat = (frame: Frame, from: number): Frame => {
      const rows = frame.ids.flatMap((_, row) =>
        Array.from({ length: times[from + row] }, () => row),
      )
      const taken = takeRows(frame, rows)
      return { ...taken, ids: taken.ids.map((id, at) => `${id}#${at}`) }
    }
    const whole = [
      [0, 150],
      [150, 249],
      [249, 300],
    ].map(([from, to]) => ({ from, frame: partOf(ALL, LABELS, { from, to }) }))
    const weighted = await runComponent(
      homoLr,
      options(
        {},
        whole.map(({ from, frame }) => weigh(frame, from)),
      ),
    )
    const repeated = await runComponent(
      homoLr,
      options(
        {},
        whole.map(({ from, frame }) => repeat(frame, from)),
      ),
    )
    close(weightsOf(weighted), weightsOf(repeated))
    const plain = await runComponent(
      homoLr,
      options(
        {},
        whole.map(({ frame }) => frame),
      ),
    )
    assert.ok(
      weightsOf(plain).some((value, at) => Math.abs(value - weightsOf(weighted)[at]) > 1e-3),
    )
  })

  describe('goes on from a model', () => {
    const modelsOf = (run: ComponentRun) =>
      Object.fromEntries(
        Object.entries(run.parties).map(
          ([
            at,
            {
              models: [model],
            },
          ]) => [at, { model }],
        ),
      )

    for (const [name, params] of Object.entries({
      'with an optimiser that remembers': {},
      'with a rate that falls, two epochs at a time': { decay: 0.1, aggregate_iters: 2 },
      'by the length of its changes': { converge_func: 'weight_diff' },
    })) {
      it(`to the bits of one longer training: ${name}`, async () => {
        const whole = await runComponent(homoLr, options({ ...params, max_iter: 10 }))
        const first = await runComponent(homoLr, options({ ...params, max_iter: 4 }))
        const given = options({ ...params, max_iter: 6 })
        const second = await runComponent(homoLr, { ...given, models: modelsOf(first) })
        assert.deepEqual(weightsOf(second), weightsOf(whole))
        assert.deepEqual(weightsOf(second, 'host:2'), weightsOf(whole))
        assert.notDeepEqual(weightsOf(first), weightsOf(whole))
        for (const at of ['guest:1', 'arbiter:4'] as const) {
          const param = (run: ComponentRun) => run.parties[at].models[0].param
          assert.deepEqual(param(second)['lossHistory'], param(whole)['lossHistory'])
          assert.equal(param(second)['iters'], 10)
        }
        assert.equal(second.unread, 0)
      })
    }

    it('with one model for each of several classes', async () => {
      const three = FRAMES.map((frame) => ({
        ...frame,
        columns: frame.columns.map((each) =>
          each.name === 'y' && each.type === 'number'
            ? { ...each, values: each.values.map((y, row) => (row % 5 === 0 ? 2 : y)) }
            : each,
        ),
      }))
      const many = { one_vs_rest_param: { need_one_vs_rest: true } }
      const whole = await runComponent(homoLr, options({ ...many, max_iter: 5 }, three))
      const first = await runComponent(homoLr, options({ ...many, max_iter: 2 }, three))
      const given = options({ ...many, max_iter: 3 }, three)
      const second = await runComponent(homoLr, { ...given, models: modelsOf(first) })
      assert.deepEqual(weightsOf(second), weightsOf(whole))
    })

    it('but not from one of other columns or classes', async () => {
      const first = await runComponent(homoLr, options({ max_iter: 2 }))
      const models = modelsOf(first)
      const renamed = FRAMES.map((frame, at) =>
        at === 1
          ? {
              ...frame,
              columns: frame.columns.map((each) =>
                each.name === 'x3' ? { ...each, name: 'z' } : each,
              ),
            }
          : frame,
      )
      await assert.rejects(
        runComponent(homoLr, { ...options({}, renamed), models }),
        /host:2 has the column "z", which the model that training starts from does not know/,
      )
    })
  })
})
