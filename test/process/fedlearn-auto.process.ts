/**
 * Automatic tuning over FedLearn's API with two clients as processes: set aside, taken up again, over a crash of the
 * server too, and its model used.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { until } from './cluster.ts'
import type { Status } from './fedlearn-ask.ts'
import { fedlearnWorld, type World } from './fedlearn-clients.ts'

const ROWS = 240
const at = (row: number, column: number) => ((row * 7919 + column * 104_729) % 1000) / 1000
const label = (row: number) => (at(row, 1) + at(row, 2) * at(row, 1) > 0.8 ? 1 : 0)

function table(columns: Readonly<Record<string, (row: number) => number>>): string {
  const rows = Array.from({ length: ROWS }, (_, row) =>
    [`r${row}`, ...Object.values(columns).map((value) => value(row))].join(','),
  )
  return [['uid', ...Object.keys(columns)].join(','), ...rows].join('\n')
}

const CLIENTS = ['a', 'b'].map((party, own) => ({
  party,
  urls: [`http://${party}.test:8094`],
  files: {
    't.csv': table(own === 0 ? { x: (row) => at(row, 1), y: label } : { z: (row) => at(row, 2) }),
  },
  datasets: [
    { name: 't', source: { type: 'csv', path: 't.csv' }, index: 'uid', features: '*' as const },
  ],
}))

interface Tuning extends Status {
  readonly tuning: { trials: { x: number; y: number; params: object }[]; best: number | null }
}

describe('automatic tuning, over real processes', { timeout: 300_000 }, () => {
  let world: World
  let matchId: string
  const clientList = CLIENTS.map(({ urls }) => ({ url: urls[0], dataset: 't', index: 'uid' }))

  before(async () => {
    world = await fedlearnWorld('auto', CLIENTS)
    matchId = await world.match({ taskId: '7', matchAlgorithm: 'ECDH', clientList })
  })
  after(() => world.close())

  const body = (over: object = {}) => ({
    taskId: '7',
    model: 'SecureBoost',
    matchId,
    tuneType: 'auto',
    clientList,
    maxTrials: 6,
    algorithmParams: [
      { field: 'objective', value: 'binaryLogistic' },
      { field: 'evalMetric', value: ['AUC'] },
      { field: 'numBoostRound', value: 9 },
    ],
    ranges: [{ field: 'maxDepth', describe: [2, 5] }],
    ...over,
  })
  const start = async (over: object = {}) =>
    (await world.ask<{ modelToken: string }>('train/auto', body(over))).modelToken
  const status = (modelToken: string) => world.ask<Tuning>('train/status', { modelToken })

  it('is set aside and taken up again over a crash, and keeps the best model', async () => {
    const modelToken = await start()
    await until('the second trial', async () => {
      const { runningType, message, tuning } = await status(modelToken)
      assert.equal(runningType, 'running', message)
      return tuning.trials.length > 1
    })
    await world.ask('train/change', { modelToken, type: 'suspend' })
    assert.equal((await status(modelToken)).runningType, 'suspend')
    await world.restart()
    assert.equal((await status(modelToken)).runningType, 'suspend')
    await world.ask('train/change', { modelToken, type: 'resume' })
    const { runningType, message } = await world.trained(modelToken)
    assert.equal(runningType, 'complete', message)

    const done = await status(modelToken)
    const { trials, best } = done.tuning
    // Of six the better two again, and of these the best.
    assert.equal(trials.at(-1)?.x, 9)
    const winner = trials.reduce((a, b) => (b.y > a.y ? b : a))
    assert.ok(best !== null && winner.y > 0.8, `AUC ${winner.y}`)
    const [auc] = done.validationMetrics
    assert.equal(auc.name, 'auc')
    assert.ok(Number(auc.metric.at(-1)?.y) >= winner.y - 1e-12)

    const detail = await world.ask<{ algorithmParams: { field: string; value: unknown }[] }>(
      'train/parameter',
      { modelToken },
    )
    const depth = detail.algorithmParams.find(({ field }) => field === 'maxDepth')?.value
    assert.ok([2, 3, 4, 5].includes(Number(depth)))

    const uid = Array.from({ length: 50 }, (_, row) => `r${row}`)
    const { predict } = await world.ask<{ predict: { uid: string; score: number[] }[] }>(
      'inference/batch',
      { uid, modelToken, clientList },
    )
    const right = predict.slice(1).filter(({ score }, row) => score[0] > 0.5 === (label(row) === 1))
    assert.ok(right.length > 40, `${right.length} of 50`)
    assert.ok(
      (
        await world.ask<{ trainList: { modelToken: string }[] }>('train/list', { taskList: [7] })
      ).trainList.some((one) => one.modelToken === modelToken),
    )
  })

  it('ends with what it has when its time is over, and is stopped when it is told to', async () => {
    const short = await start({ maxTrials: 50, maxSeconds: 0.001 })
    assert.equal((await world.trained(short)).runningType, 'complete')
    assert.equal((await status(short)).tuning.trials.length, 1)
    const long = await start({ maxTrials: 100 })
    await world.ask('train/change', { modelToken: long, type: 'stop' })
    assert.equal((await world.trained(long)).runningType, 'stop')
  })

  it('is refused where the limits, the ranges or the algorithm do not fit', async () => {
    for (const [over, message] of [
      [{ maxTrials: 1 }, /maxTrials/],
      [{ maxTrials: 1000 }, /maxTrials/],
      [{ maxSeconds: 0 }, /maxSeconds/],
      [{ ranges: [{ field: 'maxDepth', describe: [2, 99] }] }, /maxDepth has to lie within/],
      [{ model: 'Nothing' }, /model "Nothing" is unknown/],
      [{ matchId: 'x' }, /no match "x"/],
    ] as const) {
      assert.match(await world.refusal('train/auto', body(over)), message)
    }
  })
})
