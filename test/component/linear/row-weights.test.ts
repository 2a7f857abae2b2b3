import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { heteroPoisson } from '../../../src/component/linear/hetero-poisson.ts'
import type { LogisticState } from '../../../src/component/linear/linear-model.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { trainPlain } from '../../helpers/plain-lr.ts'

const ROWS = 30
const rng = createRng(71)
const GUEST = randomColumns('x', { columns: 2, rows: ROWS, seed: 72 })
const HOST = randomColumns('h', { columns: 2, rows: ROWS, seed: 73 })
const LABELS = Array.from({ length: ROWS }, (_, row) =>
  GUEST['x0'][row] - HOST['h1'][row] + rng.normal() > 0.3 ? 1 : 0,
)
const WEIGHTS = Array.from({ length: ROWS }, (_, row) => [0, 1, 2, 3, 5][row % 5])
const IDS = LABELS.map((_, row) => String(1000 + row))
const PARAMS = {
  optimizer: 'rmsprop',
  learning_rate: 0.1,
  batch_size: -1,
  max_iter: 3,
  eps: 0,
  init_param: { init_method: 'zeros' },
  encrypt_param: { key_length: 1408 },
}

function weighted(weights: readonly number[]): Frame {
  const frame = numberFrame({ ...GUEST, w: [...weights] }, { labels: LABELS, ids: IDS })
  return { ...frame, weightName: 'w' }
}

function train(
  component: Component,
  tables: { guest: Frame; host: Frame },
  params: object = PARAMS,
): Promise<ComponentRun> {
  return runComponent(component, {
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
    params,
    tables: { 'guest:1': { train_data: tables.guest }, 'host:2': { train_data: tables.host } },
  })
}

const HOST_TABLE = numberFrame(HOST, { ids: IDS })

function outcome(run: ComponentRun) {
  const at = (address: 'guest:1' | 'host:2') =>
    (run.parties[address].models[0].state as LogisticState).models[0]
  return {
    weights: [...at('guest:1').weights, at('guest:1').intercept, ...at('host:2').weights],
    losses: run.parties['arbiter:3'].models[0].param.lossHistory as number[],
  }
}

function close(actual: readonly number[], expected: readonly number[], within = 1e-9): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) =>
    assert.ok(Math.abs(value - expected[at]) < within, `${at}: ${value}, not ${expected[at]}`),
  )
}

/** Every row as often as it weighs. */
function repeated(columns: Record<string, number[]>): Record<string, number[]> {
  const repeat = (values: readonly number[]) =>
    values.flatMap((value, row) => Array.from({ length: WEIGHTS[row] }, () => value))
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, repeat(values)]))
}

describe('weights of rows', () => {
  it('are those of plain weighted training, in batches and with fractions', async () => {
    const weights = WEIGHTS.map((weight, row) => weight + (row % 3) * 0.25)
    for (const batch_size of [-1, 12]) {
      const params = { ...PARAMS, batch_size, alpha: 0.1 }
      const run = await train(heteroLr, { guest: weighted(weights), host: HOST_TABLE }, params)
      const numbers = (columns: Record<string, number[]>) =>
        Object.values(columns).map((values) => Float64Array.from(values))
      const plain = trainPlain(LogisticParam.parse(params), {
        guest: numbers(GUEST),
        hosts: [numbers(HOST)],
        labels: Float64Array.from(LABELS, (y) => 2 * y - 1),
        rowWeights: Float64Array.from(weights),
      })
      const found = outcome(run)
      close(found.weights, [...plain.guest, plain.intercept, ...plain.hosts[0]])
      close(found.losses, plain.losses)
    }
  })

  // A mean over weighted rows is one over repeated rows times the mean weight; scaled to a mean of 1 they are equal.
  for (const component of [heteroLr, heteroLinR, heteroPoisson]) {
    it(`of ${component.name} do what repeating the rows does`, async () => {
      const count = WEIGHTS.reduce((sum, weight) => sum + weight, 0)
      const scaled = WEIGHTS.map((weight) => (weight * ROWS) / count)
      const params = { ...PARAMS, learning_rate: 0.05, alpha: 0.2 }
      const one = await train(component, { guest: weighted(scaled), host: HOST_TABLE }, params)
      const ids = Array.from({ length: count }, (_, row) => String(1000 + row))
      const labels = repeated({ y: LABELS })['y']
      const other = await train(
        component,
        {
          guest: numberFrame(repeated(GUEST), { labels, ids }),
          host: numberFrame(repeated(HOST), { ids }),
        },
        params,
      )
      // Weights are rounded to 24 fractional bits.
      close(outcome(one).weights, outcome(other).weights, 1e-6)
      close(outcome(one).losses, outcome(other).losses, 1e-6)
    })
  }

  it('of 1 change nothing', async () => {
    const ones = await train(heteroLr, { guest: weighted(LABELS.map(() => 1)), host: HOST_TABLE })
    const plain = numberFrame(GUEST, { labels: LABELS, ids: IDS })
    const none = await train(heteroLr, { guest: plain, host: HOST_TABLE })
    close(outcome(ones).weights, outcome(none).weights, 1e-12)
  })

  it('that are none are refused', async () => {
    for (const [value, message] of [
      [-1, /Row "1004" has the weight -1, which is no number of at least 0/],
      [Number.NaN, /has the weight NaN/],
      [1e6, /set normalize in SampleWeight/],
    ] as const) {
      const guest = weighted(WEIGHTS.with(4, value))
      await assert.rejects(train(heteroLr, { guest, host: HOST_TABLE }), message)
    }
  })
})
