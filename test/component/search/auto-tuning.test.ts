import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { z } from 'zod'

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
    const alone = async (at: number, maxEpoch: number) => {
      const run = await runVertical(
        verticalLinearRegression,
        { ...CANDIDATES[at], maxEpoch },
        { train, validate },
      )
      return { run, rmse: seriesOf(run, 'rmse', 'validate').at(-1) ?? Number.NaN }
    }
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
