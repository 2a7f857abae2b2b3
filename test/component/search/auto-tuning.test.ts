import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

import { foldRows } from '../../../src/component/cross-validation.ts'
import { component } from '../../../src/component/define.ts'
import { verticalLinearRegression } from '../../../src/component/fedlearn/vertical-linear.ts'
import { autoTuning } from '../../../src/component/search/auto-tuning.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { modelsOf, runVertical, seriesOf, verticalData } from '../../helpers/vertical-data.ts'

const all = verticalData({ rows: 60, widths: [1, 1] })
const [train, validate] = [0, 40].map((from, part) => {
  const to = part === 0 ? 40 : 60
  return {
    ids: all.ids.slice(from, to),
    labels: all.labels.slice(from, to),
    parties: all.parties.map((own) => own.map((column) => column.slice(from, to))),
  }
})

/** Some of all rows, at every party. */
function rowsOf(keep: (row: number) => boolean): typeof all {
  const rows = [...all.ids.keys()].filter(keep)
  return {
    ids: rows.map((row) => all.ids[row]),
    labels: Float64Array.from(rows, (row) => all.labels[row]),
    parties: all.parties.map((own) =>
      own.map((column) => Float64Array.from(rows, (row) => column[row])),
    ),
  }
}

/** One training alone, and how good it was. */
async function once(at: number, maxEpoch: number, data: Parameters<typeof runVertical>[2]) {
  const run = await runVertical(verticalLinearRegression, { ...CANDIDATES[at], maxEpoch }, data)
  return { run, rmse: seriesOf(run, 'rmse', 'validate').at(-1) ?? Number.NaN }
}

const CANDIDATES = [
  { optimizer: 'BatchGD', eta: 0.001, minLoss: 0 },
  { optimizer: 'BatchGD', eta: 0.3, minLoss: 0 },
  { optimizer: 'NEWTON', minLoss: 0 },
]
const EFFORT = { param: 'maxEpoch', values: [2, 5] }

const tried = (run: ComponentRun) => seriesOf(run, 'candidate', 'tuning')
const values = (run: ComponentRun) => seriesOf(run, 'value', 'tuning')

describe('automatic tuning', { timeout: 120_000 }, () => {
  it('keeps the model of the set that is best when each is trained alone', async () => {
    const alone = (at: number, maxEpoch: number) => once(at, maxEpoch, { train, validate })
    const short = await Promise.all(CANDIDATES.map((_, at) => alone(at, 2)))
    const errors = short.map(({ rmse }) => rmse)
    const winner = errors.indexOf(Math.min(...errors))
    const long = await alone(winner, 5)
    const run = await runVertical(
      autoTuning(verticalLinearRegression),
      { candidates: CANDIDATES, effort: EFFORT },
      { train, validate },
    )
    assert.deepEqual(tried(run), [0, 1, 2, winner])
    for (const [at, value] of values(run).entries()) {
      const expected = [...errors, long.rmse][at]
      assert.ok(Math.abs(value - expected) < 1e-6 * Math.max(1, expected), `trial ${at}`)
    }
    const best = long.rmse <= Math.min(...errors) ? long.run : short[winner].run
    const [found, expected] = [modelsOf(run), modelsOf(best)]
    for (const [at, weight] of found.weights.entries()) {
      assert.ok(Math.abs(weight - expected.weights[at]) < 1e-4)
    }
    assert.ok(Math.abs(found.intercept - expected.intercept) < 1e-4)
    // Only the metrics of the model that was kept are told as those of the training.
    assert.deepEqual(
      seriesOf(run, 'rmse', 'validate').length,
      seriesOf(best, 'rmse', 'validate').length,
    )
    assert.equal(run.unread, 0)
  })

  it('goes on behind the trials that it has done', async () => {
    const checkpoints: NonNullable<RunOptions['checkpoints']> = {}
    const whole = await quick({}, checkpoints)
    assert.deepEqual(tried(whole), [0, 1, 2, 3, 2])
    // As after a stop within the last trial: of the states the later one is gone everywhere.
    for (const kept of Object.values(checkpoints)) kept.delete(5)
    const again = await quick({}, checkpoints)
    assert.deepEqual(tried(again), [2])
    assert.deepEqual(modelOf(again), modelOf(whole))
    assert.deepEqual(modelOf(whole), [
      { at: 'guest:0', x: 3, rounds: 5 },
      { at: 'host:1', x: 3, rounds: 5 },
    ])
  })

  it('ranks by the mean over folds where it is asked to, and learns from all rows in the end', async () => {
    const folds = 4
    const params = { candidates: CANDIDATES, effort: EFFORT, folds }
    const run = await runVertical(autoTuning(verticalLinearRegression), params, { train: all })
    const cuts = foldRows(all.ids.length, { folds, seed: 1 })
    const ordered = [...all.ids.keys()].sort((a, b) => (all.ids[a] < all.ids[b] ? -1 : 1))
    const meanOf = async (at: number, maxEpoch: number) => {
      let sum = 0
      for (const cut of cuts) {
        const held = new Set([...cut].map((place) => ordered[place]))
        const { rmse } = await once(at, maxEpoch, {
          train: rowsOf((row) => !held.has(row)),
          validate: rowsOf((row) => held.has(row)),
        })
        sum += rmse / folds
      }
      return sum
    }
    const short = [await meanOf(0, 2), await meanOf(1, 2), await meanOf(2, 2)]
    const winner = short.indexOf(Math.min(...short))
    const expected = [...short, await meanOf(winner, 5)]
    assert.deepEqual(tried(run), [0, 1, 2, winner])
    for (const [at, value] of values(run).entries()) {
      assert.ok(Math.abs(value - expected[at]) < 1e-6 * Math.max(1, value), `trial ${at}`)
    }
    // Which trial leads, as it was after each.
    const leaders = expected.map((_, at) => {
      const known = expected.slice(0, at + 1)
      return known.indexOf(Math.min(...known)) + 1
    })
    assert.deepEqual(seriesOf(run, 'leader', 'tuning'), leaders)
    const rounds = (leaders.at(-1) ?? 0) > CANDIDATES.length ? 5 : 2
    const whole = modelsOf((await once(winner, rounds, { train: all })).run)
    const found = modelsOf(run)
    for (const [at, weight] of found.weights.entries()) {
      assert.ok(Math.abs(weight - whole.weights[at]) < 1e-4)
    }
    assert.equal(run.unread, 0)
  })

  it('begins no trial after its time, and always has one', async () => {
    const run = await quick({ seconds: 1e-9 })
    assert.deepEqual(tried(run), [0])
    assert.deepEqual(
      modelOf(run).map((model) => (model as { x: number }).x),
      [9, 9],
    )
  })

  it('refuses a search without rows to validate with', async () => {
    await assert.rejects(
      quick({ candidates: [{ x: -1 }] }),
      /tells no metric of the rows to validate with/,
    )
  })
})

/** Stands for an algorithm: its error is the distance of `x` from 3, less with more rounds; none below 0. */
const stub = component({
  name: 'Stub',
  summary: 'A training that takes no time',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: z.looseObject({ x: z.number(), rounds: z.number() }),
  paramsName: 'StubParam',
  inputs: { data: ['train_data', 'validate_data'], model: [] },
  outputs: { data: true, model: true },
  deployed: true,
  messages: {
    hello: { kind: 'plain', from: ['guest'], to: ['host'], reveals: 'Nothing.' },
  },
  async run(context) {
    const { x, rounds } = context.params
    if (context.role === 'guest') {
      await context.channel.send('host:1', 'hello', new Uint8Array(1))
      const meta = { name: 'rmse', metric_type: 'LOSS' }
      const points = [[0, Math.abs(x - 3) + 1 / rounds] as const]
      if (x >= 0) context.metric({ namespace: 'validate', name: 'rmse', points, meta })
    } else await context.channel.receive('guest:0', 'hello')
    const param = { at: context.channel.self, x, rounds }
    await context.writeModel({ name: 'Stub', param, meta: {} })
  },
})

function quick(params: object = {}, checkpoints?: RunOptions['checkpoints']) {
  const tuning = autoTuning(stub)
  const candidates = [{ x: 9 }, { x: 4.5 }, { x: 3 }, { x: 1 }]
  const effort = { param: 'rounds', values: [2, 5] }
  return runComponent(tuning, {
    members: { guest: ['0'], host: ['1'] },
    params: tuning.params.parse({ candidates, effort, ...params }),
    ...(checkpoints ? { checkpoints } : {}),
  })
}

function modelOf({ parties }: ComponentRun): unknown[] {
  return Object.values(parties).map(({ models }) => models[0].param)
}
