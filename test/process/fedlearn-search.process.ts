/**
 * Searches over FedLearn's API with three clients as processes, of the algorithms whose clients have rows of their own or
 * share a network: small ones, to the end. The model that is kept has the best trial's metric, and predicts.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Status } from './fedlearn-ask.ts'
import { type FedlearnWorld, fedlearnWorld } from './fedlearn-world.ts'

/** Few, as a shared network costs much of each. */
const ROWS = 48

/** A column of numbers from 0 to 1 that looks random. */
function noise(row: number, column: number): number {
  const at = Math.sin(row * 12.9898 + column * 78.233) * 43758.5453
  return at - Math.floor(at)
}

const amountOf = (row: number) => noise(row, 1) + 2 * noise(row, 2) - noise(row, 3)

function csv(columns: Readonly<Record<string, (row: number) => number>>, rows: readonly number[]) {
  const lines = rows.map((row) =>
    [`r${row}`, ...Object.values(columns).map((of) => of(row))].join(),
  )
  return [['uid', ...Object.keys(columns)].join(), ...lines].join('\n')
}

const rowsOf = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)
const x = (column: number) => ({ [`x${column}`]: (row: number) => noise(row, column) })

/** Of each client a column of all rows (`wide`), and some columns of some rows (`mixed`); the first two have amounts. */
const FILES = [0, 1, 2].map((own) => ({
  [`wide${own}.csv`]: csv(
    { ...x(own + 1), ...(own === 0 ? { amount: amountOf } : {}) },
    rowsOf(0, ROWS),
  ),
  [`mixed${own}.csv`]: csv(
    {
      ...[x(1), { ...x(1), ...x(2) }, { ...x(1), ...x(2), ...x(3) }][own],
      ...(own < 2 ? { amount: amountOf } : {}),
    },
    rowsOf(own * 20, own * 20 + 80),
  ),
}))

interface Case {
  readonly model: string
  /** How the clients' tables are matched, and which. */
  readonly match: readonly [method: string, name: string]
  readonly params: Readonly<Record<string, unknown>>
  readonly ranges: readonly { readonly field: string; readonly describe: readonly unknown[] }[]
  readonly metric: string
  /** How many sets there are, and how many trials: the best set again with more rounds, as far as there are more. */
  readonly sets: number
  readonly trials: number
  /** The first and the last row that is predicted. */
  readonly asked: readonly [from: number, to: number]
  /** How far predictions are from the amounts on average, at most. */
  readonly off: number
}

const CASES: readonly Case[] = [
  {
    model: 'MixGBoost',
    match: ['MIX_MD5', 'mixed'],
    params: { maxTreeNum: 3, evalMetric: ['RMSE'], minSampleSplit: 4, maxDepth: 3 },
    ranges: [{ field: 'eta', describe: [0.01, 0.8] }],
    metric: 'rmse',
    sets: 3,
    trials: 4,
    asked: [30, 70],
    off: 0.9,
  },
  {
    model: 'LinearRegression',
    match: ['MIX_MD5', 'mixed'],
    params: { maxEpoch: 3, minLoss: 0 },
    ranges: [{ field: 'eta', describe: [0.001, 1] }],
    metric: 'gl2norm',
    sets: 3,
    trials: 4,
    asked: [30, 70],
    off: 0.9,
  },
  {
    model: 'VerticalFDNN',
    match: ['ECDH', 'wide'],
    params: { num_epochs: 1 },
    ranges: [{ field: 'batch_size', describe: [16, 64] }],
    metric: 'mse',
    sets: 2,
    trials: 2,
    asked: [0, 12],
    off: 1.5,
  },
]

interface SearchStatus extends Status {
  readonly tuning: {
    readonly trials: { x: number; y: number; params: Record<string, unknown> }[]
    readonly best: number | null
    readonly leader: number | null
  }
}

describe('searches over FedLearn’s API, three clients as processes', { timeout: 300_000 }, () => {
  let world: FedlearnWorld
  const matches = new Map<string, string>()

  before(async () => {
    world = await fedlearnWorld(FILES)
    for (const [method, name] of new Map(CASES.map(({ match }) => match))) {
      matches.set(method, (await world.match(method, name)).matchId)
    }
  })
  after(() => world.stop())

  for (const one of CASES) {
    const { model, params, ranges, metric, off } = one
    const [method, name] = one.match
    it(`keeps the best trial of ${model}, and predicts with it`, async () => {
      const [{ field }] = ranges
      const { modelToken, status } = await world.train(
        {
          taskId: '92',
          model,
          matchId: matches.get(method),
          clientList: world.clientsOf(name),
          algorithmParams: Object.entries({ label: 'amount', ...params }).map(([key, value]) => {
            return { field: key, value }
          }),
          ranges,
          maxTrials: one.sets,
        },
        'auto',
      )
      assert.equal(status.runningType, 'complete', status.message)
      const { tuning, validationMetrics } = status as SearchStatus
      const { trials, best, leader } = tuning
      assert.equal(trials.length, one.trials)
      const tried = new Set(trials.map((trial) => trial.params[field]))
      assert.equal(tried.size, one.sets)
      const winner = trials.reduce((a, b) => (b.y < a.y ? b : a))
      assert.equal(leader, winner.x)
      const [told] = validationMetrics
      assert.equal(told.name.toLowerCase(), metric)
      const last = Number(told.metric.at(-1)?.y)
      assert.ok(Math.abs(last - winner.y) <= 1e-9 * Math.max(1, winner.y), `${last}, ${winner.y}`)
      assert.ok(best !== null)

      const detail = await world.ask<{ algorithmParams: { field: string; value: unknown }[] }>(
        'train/parameter',
        { modelToken },
      )
      const kept = detail.algorithmParams.find((param) => param.field === field)?.value
      assert.equal(kept, winner.params[field])

      const rows = rowsOf(...one.asked)
      const uid = rows.map((row) => `r${row}`)
      const predict = await world.predict(modelToken, name, uid)
      const scores = predict.slice(1)
      assert.deepEqual(
        scores.map((row) => row.uid),
        uid,
      )
      const errors = scores.map(({ score }, at) => Math.abs(Number(score[0]) - amountOf(rows[at])))
      const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
      assert.ok(mean < off, `${model} is off by ${mean}`)
    })
  }
})
