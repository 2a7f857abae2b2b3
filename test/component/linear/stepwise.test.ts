import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { heteroPoisson } from '../../../src/component/linear/hetero-poisson.ts'
import type { LogisticState } from '../../../src/component/linear/linear-model.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { chooseStepwise, type Mask } from '../../../src/compute/ml/stepwise.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { trainPlain } from '../../helpers/plain-lr.ts'

const ROWS = 60
const SIDES = [
  randomColumns('x', { columns: 2, rows: ROWS, seed: 81 }),
  randomColumns('h', { columns: 2, rows: ROWS, seed: 82 }),
]
const rng = createRng(83)
/** Depends on one column of each party. */
const LABELS = Array.from({ length: ROWS }, (_, row) =>
  SIDES[0]['x1'][row] - SIDES[1]['h0'][row] + 0.7 * rng.normal() > 0 ? 1 : 0,
)
const IDS = LABELS.map((_, row) => String(1000 + row))
const PARAMS = {
  optimizer: 'rmsprop',
  learning_rate: 0.15,
  batch_size: -1,
  max_iter: 4,
  eps: 0,
  init_param: { init_method: 'zeros' },
  encrypt_param: { key_length: 1024 },
}

function options(stepwise: object, params: object = {}): RunOptions {
  return {
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
    params: {
      ...PARAMS,
      ...params,
      stepwise_param: { need_stepwise: true, nvmin: 1, ...stepwise },
    },
    tables: {
      'guest:1': { train_data: numberFrame(SIDES[0], { labels: LABELS, ids: IDS }) },
      'host:2': { train_data: numberFrame(SIDES[1], { ids: IDS }) },
    },
  }
}

/** The same training on plain numbers, of chosen columns. */
function plainly(mask: Mask) {
  const [guest, host] = SIDES.map((columns, side) =>
    Object.values(columns)
      .filter((_, at) => mask[2 * side + at])
      .map((values) => Float64Array.from(values)),
  )
  const labels = Float64Array.from(LABELS, (y) => 2 * y - 1)
  return trainPlain(LogisticParam.parse(PARAMS), { guest, hosts: [host], labels })
}

const stateOf = (run: ComponentRun, at: 'guest:1' | 'host:2'): LogisticState =>
  run.parties[at].models[0].state as LogisticState

const stepsOf = (run: ComponentRun) =>
  run.parties['arbiter:3'].metrics.filter(({ meta }) => meta.metric_type === 'STEPWISE')

describe('stepwise selection', () => {
  for (const [direction, score_name] of [
    ['forward', 'AIC'],
    ['backward', 'BIC'],
    ['both', 'AIC'],
  ] as const) {
    it(`goes ${direction} by ${score_name} as a search on plain numbers does`, async () => {
      const run = await runComponent(heteroLr, options({ direction, score_name }))
      const rule = {
        criterion: score_name,
        direction,
        maxSteps: 10,
        least: 1,
        most: null,
        intercept: true,
        squares: false,
      }
      const expected = await chooseStepwise(
        rule,
        { columns: 4, rows: ROWS },
        async (mask) => plainly(mask).losses.at(-1) ?? Number.NaN,
      )
      const { mask } = expected[expected.length - 1]
      assert.ok(mask.includes(false) && mask.includes(true))
      assert.deepEqual(
        stateOf(run, 'guest:1').header,
        ['x0', 'x1'].filter((_, at) => mask[at]),
      )
      assert.deepEqual(
        stateOf(run, 'host:2').header,
        ['h0', 'h1'].filter((_, at) => mask[2 + at]),
      )
      const fit = plainly(mask)
      const weights = [...stateOf(run, 'guest:1').models[0].weights]
      weights.push(...stateOf(run, 'host:2').models[0].weights)
      const plain = [...fit.guest, ...fit.hosts[0]]
      weights.forEach((value, at) => assert.ok(Math.abs(value - plain[at]) < 1e-9))
      assert.deepEqual(
        stepsOf(run).map(({ name, meta }) => [name, meta['number_in'], meta['n_count']]),
        expected.map((step, at) => [`stepwise_${at}`, step.mask.filter(Boolean).length, ROWS]),
      )
      stepsOf(run).forEach(({ meta }, at) =>
        assert.ok(Math.abs(Number(meta['current_ic_val']) - expected[at].score) < 1e-6),
      )
      const losses = run.parties['arbiter:3'].metrics.filter(({ name }) => name === 'loss')
      assert.equal(losses.length, 4, 'only the final model publishes its losses')
      const [table] = run.parties['guest:1'].tables
      const scores = numbersOf(table, 'predict_score')
      scores.forEach((score, row) =>
        assert.ok(Math.abs(score - 1 / (1 + Math.exp(-fit.scores[row]))) < 1e-9),
      )
      assert.equal(run.unread, 0)
      const told = run.wire.filter(({ tag }) => tag === 'host_score')
      assert.equal(told.length, 1, 'models that were only tried predict nothing')
    })
  }

  it('keeps a host without a column in the model, which predicts rows later', async () => {
    const none = options({ direction: 'forward', nvmax: 1 }, { max_iter: 2 })
    const run = await runComponent(heteroLr, none)
    const widths = (['guest:1', 'host:2'] as const).map((at) => stateOf(run, at).header.length)
    assert.deepEqual(
      widths.toSorted((a, b) => a - b),
      [0, 1],
    )
    const tables = Object.fromEntries(
      Object.entries(none.tables ?? {}).map(([at, { train_data }]) => [
        at,
        { eval_data: train_data },
      ]),
    )
    const later = await runComponent(heteroLr, {
      ...none,
      tables,
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

  it('goes on in the model where it was stopped', async () => {
    const search = options({ direction: 'backward' }, { max_iter: 2 })
    const whole = await runComponent(heteroLr, search)
    const checkpoints: RunOptions['checkpoints'] = {}
    for (const share of [0.5, 0.3]) {
      let count = 0
      const cut = runComponent(heteroLr, {
        ...search,
        checkpoints,
        tamper(message) {
          if (++count > share * whole.wire.length) throw new Error('line cut')
          return message.bytes
        },
      })
      await assert.rejects(cut, /line cut/)
    }
    const resumed = await runComponent(heteroLr, { ...search, checkpoints })
    for (const at of ['guest:1', 'host:2', 'arbiter:3'] as const) {
      assert.deepEqual(resumed.parties[at].models, whole.parties[at].models)
    }
    assert.deepEqual(stepsOf(resumed), stepsOf(whole))
    assert.ok(resumed.wire.length < 0.6 * whole.wire.length)
  })

  for (const component of [heteroLinR, heteroPoisson] as Component[]) {
    it(`of ${component.name} leaves out what does not help`, async () => {
      const gentle = { learning_rate: 0.05, max_iter: 8, alpha: 0 }
      const run = await runComponent(component, options({ score_name: 'BIC' }, gentle))
      const scores = stepsOf(run).map(({ meta }) => Number(meta['current_ic_val']))
      assert.ok(scores.length > 1)
      scores.slice(1).forEach((score, at) => assert.ok(score < scores[at]))
      const names = [...stateOf(run, 'guest:1').header, ...stateOf(run, 'host:2').header]
      assert.ok(names.length < 4 && names.includes('x1') && names.includes('h0'), names.join())
    })
  }

  it('is for one model', async () => {
    const several = options({}, { one_vs_rest_param: { need_one_vs_rest: true } })
    await assert.rejects(runComponent(heteroLr, several), /set need_one_vs_rest to false/)
  })
})
