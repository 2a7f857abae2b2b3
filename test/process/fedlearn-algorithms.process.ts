/**
 * FedLearn's algorithms over its API with three clients, each a runner of its own: started, watched until they end, and
 * asked for predictions by id.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { type Ask, type Status, trained } from './fedlearn-ask.ts'
import { fedlearnWorld, type FedlearnWorld } from './fedlearn-world.ts'

const ROWS = 240
const CLIENTS = [0, 1, 2]

/** A column of numbers from 0 to 1 that looks random. */
function noise(row: number, column: number): number {
  const at = Math.sin(row * 12.9898 + column * 78.233) * 43758.5453
  return at - Math.floor(at)
}

function scoreOf(row: number): number {
  return noise(row, 1) + 2 * noise(row, 2) - noise(row, 3)
}

/** Columns of the same rows at each client, the label at the first, and rows to predict. */
function filesOf(own: number): Record<string, string> {
  const lines = Array.from({ length: ROWS }, (_, row) => {
    const label = own === 0 ? `,${Number(scoreOf(row) > 1)},${scoreOf(row)}` : ''
    return `r${row},${noise(row, own + 1)}${label}`
  })
  const head = `uid,x${own}${own === 0 ? ',kind,amount' : ''}`
  const rows = Array.from({ length: ROWS / 3 }, (_, at) => own * (ROWS / 3) + at)
  const cells = (row: number) => [`r${row}`, noise(row, 1), noise(row, 2), noise(row, 3)]
  const long = rows.map((row) => [...cells(row), Number(scoreOf(row) > 1)].join(','))
  return {
    [`long${own}.csv`]: ['uid,x0,x1,x2,kind', ...long].join('\n'),
    [`rows${own}.csv`]: ['uid,x0,x1,x2', ...rows.map((row) => cells(row).join(','))].join('\n'),
    [`mixed${own}.csv`]: mixedOf(own),
    [`wide${own}.csv`]: [head, ...lines].join('\n'),
    [`ask${own}.csv`]: [
      `uid,x${own}`,
      ...lines.map((line) => line.split(',').slice(0, 2).join(',')),
    ].join('\n'),
  }
}

/** Rows 0–159, 40–199 and 80–239; x0 at all clients, x1 at the last two, amounts at the first two. */
function mixedOf(own: number): string {
  const columns = [[1], [1, 2], [1, 2, 3]][own]
  const lines = Array.from({ length: 160 }, (_, at) => {
    const row = own * 40 + at
    const cells = columns.map((column) => noise(row, column))
    return [`r${row}`, ...cells, ...(own < 2 ? [scoreOf(row)] : [])].join(',')
  })
  const names = columns.map((column) => `x${column - 1}`)
  return [`uid,${[...names, ...(own < 2 ? ['amount'] : [])].join(',')}`, ...lines].join('\n')
}

/** What is asked of a client: of two labels only the one. */
function featuresOf(own: number, label: string): { name: string; type: string }[] {
  const names = ['uid', `x${own}`, ...(own === 0 ? [label] : [])]
  return names.map((name) => ({ name, type: 'float' }))
}

describe('FedLearn’s algorithms over its API', { timeout: 600_000 }, () => {
  let world: FedlearnWorld
  let matchId: string
  const reply = (path: string, body: object) => world.reply(path, body)
  const ask: Ask = (path, body) => world.ask(path, body)
  const clientsOf = (name: string) => world.clientsOf(name)
  const match = async (algorithm: string, name: string) =>
    (await world.match(algorithm, name)).matchId

  before(async () => {
    world = await fedlearnWorld(CLIENTS.map(filesOf), {})
    matchId = await match('ECDH', 'wide')
  })
  after(() => world.stop())

  async function train(
    model: string,
    params: Record<string, unknown>,
    of: { matchId: string; name: string } = { matchId, name: 'wide' },
  ): Promise<{ token: string; status: Status }> {
    const { modelToken: token } = await ask<{ modelToken: string }>('train/start', {
      taskId: '92',
      model,
      matchId: of.matchId,
      algorithmParams: Object.entries(params).map(([field, value]) => ({ field, value })),
      clientList: clientsOf(of.name).map((client, at) => ({
        ...client,
        ...(of.name === 'wide'
          ? { features: { featureList: featuresOf(at, String(params['label'])) } }
          : {}),
      })),
    })
    return { token, status: await trained(ask, token) }
  }

  async function predict(token: string, uid: string[], name = 'ask'): Promise<number[]> {
    const body = { uid, modelToken: token, clientList: clientsOf(name) }
    const { predict: rows } = await ask<{ predict: { uid: string; score: unknown[] }[] }>(
      'inference/batch',
      body,
    )
    assert.deepEqual(
      rows.map((row) => row.uid),
      ['header', ...uid],
    )
    return rows.slice(1).map(({ score }) => Number(score[0]))
  }

  const asked = Array.from({ length: 30 }, (_, row) => `r${row * 3}`)
  const amounts = asked.map((id) => scoreOf(Number(id.slice(1))))

  const last = (series: readonly { name: string; metric: { y: unknown }[] }[], name: string) =>
    Number(series.find((one) => one.name === name)?.metric.at(-1)?.y)

  it('FederatedKernel learns numbers, measures them, and predicts by id', async () => {
    const { token, status } = await train('Kernel', {
      label: 'amount',
      scale: 0.5,
      mapdim: 8,
      maxIter: 12,
      earlyStoppingRounds: 12,
      metricType: ['TRAINLOSS', 'RMSE', 'MAE'],
      crossValidation: 0.7,
    })
    assert.equal(status.runningType, 'complete', status.message)
    assert.deepEqual(
      status.trainMetrics.map(({ name }) => name),
      ['kernel_loss', 'rmse', 'mae'],
    )
    assert.equal(status.trainMetrics[1].metric.length, 13)
    assert.ok(last(status.validationMetrics, 'rmse') < 0.1)
    const scores = await predict(token, asked)
    const worst = Math.max(...scores.map((score, at) => Math.abs(score - amounts[at])))
    assert.ok(worst < 0.3, `off by ${worst}`)
  })

  it('HorizontalFedAvg averages models of different rows, and each client predicts its own', async () => {
    const params = {
      label: 'kind',
      modelName: 'SGDClassifier',
      loss: 'Classification:Cross entropy',
      eval_metric: ['AUC'],
      numRound: 12,
      localEpoch: 5,
      batchSize: 10,
      crossValidation: 0.8,
    }
    const rows = { matchId: await match('EMPTY', 'long'), name: 'long' }
    const { token, status } = await train('HorizontalFedAvg', params, rows)
    assert.equal(status.runningType, 'complete', status.message)
    assert.equal(status.trainMetrics[0].metric.length, 13)
    assert.ok(last(status.trainMetrics, 'auc') > 0.95)
    assert.ok(last(status.validationMetrics, 'auc') > 0.9)
    const scores = await predict(token, asked, 'rows')
    const right = scores.filter((score, at) => score > 0.5 === amounts[at] > 1).length
    assert.ok(right > 24, `${right} of 30`)
    const [, , third] = clientsOf('rows')
    const { predict: alone } = await ask<{ predict: { score: unknown[] }[] }>('inference/batch', {
      uid: ['r0', `r${ROWS - 1}`],
      modelToken: token,
      clientList: [third],
    })
    assert.equal(alone[1].score[0], 'NaN', 'a row of another client')
    assert.ok(Number(alone[2].score[0]) > 0)
    const refused = await reply('train/start', {
      taskId: '92',
      model: 'HorizontalFedAvg',
      matchId,
      algorithmParams: [{ field: 'label', value: 'x0' }],
      clientList: clientsOf('wide'),
    })
    assert.match(refused.status, /does not offer the label "x0"/)
  })

  it('LinearRegression learns from rows that not all clients have, and predicts those of any', async () => {
    const mixed = { matchId: await match('MIX_LIN_TRAIN', 'mixed'), name: 'mixed' }
    const params = { label: 'amount', optimizer: 'NEWTON', maxEpoch: 6, minLoss: 0 }
    const { token, status } = await train(
      'LinearRegression',
      { ...params, crossValidation: 0.8 },
      mixed,
    )
    assert.equal(status.runningType, 'complete', status.message)
    for (const series of [status.trainMetrics, status.validationMetrics]) {
      assert.deepEqual(
        series.map(({ name }) => name),
        ['gL2Norm'],
      )
    }
    assert.ok(last(status.trainMetrics, 'gL2Norm') < 1e-6)
    // The third client alone has all columns: rows of the others have gaps.
    const both = ['r100', 'r120', 'r150', 'r230']
    const scores = await predict(token, both, 'mixed')
    scores.forEach((score, at) => {
      const wanted = scoreOf(Number(both[at].slice(1)))
      assert.ok(Math.abs(score - wanted) < 0.6, `${both[at]}: ${score}, ${wanted}`)
    })
    const [ends] = await predict(token, ['r239'], 'mixed')
    assert.ok(Number.isFinite(ends))
    const refused = await reply('train/start', {
      taskId: '92',
      model: 'LinearRegression',
      matchId,
      algorithmParams: [{ field: 'label', value: 'amount' }],
      clientList: clientsOf('wide'),
    })
    assert.match(refused.status, /match with MIX_MD5/)
  })

  it('VerticalFDNN learns a network of all columns, and predicts by id', async () => {
    const params = { label: 'kind', batch_size: 16, num_epochs: 2, crossValidation: 0.5 }
    const { token, status } = await train('VerticalFDNN', { ...params, isTest: 'true' })
    assert.equal(status.runningType, 'complete', status.message)
    assert.deepEqual(
      status.trainMetrics.map(({ name, metric }) => [name, metric.length]),
      [['cross_entropy', 3]],
    )
    // The loss follows from sums after every epoch, what compares rows is measured once, of the finished network.
    assert.deepEqual(
      status.validationMetrics.map(({ name, metric }) => [name, metric.length]),
      [
        ['cross_entropy', 3],
        ['auc', 2],
        ['acc', 2],
      ],
    )
    const scores = await predict(token, asked)
    const above = scores.filter((_, at) => amounts[at] > 1)
    const below = scores.filter((_, at) => amounts[at] <= 1)
    const mean = (all: number[]) => all.reduce((sum, v) => sum + v, 0) / all.length
    assert.ok(mean(above) > mean(below) + 0.1, `${mean(above)} ${mean(below)}`)
  })

  it('VerticalLR hides labels by noise, and says how well', async () => {
    const { status } = await train('VerticalLR', {
      label: 'kind',
      useDP: 'true',
      dpEpsilon: 1.2,
      maxEpoch: 3,
    })
    assert.equal(status.runningType, 'complete', status.message)
    assert.deepEqual(
      [last(status.trainMetrics, 'dpEpsilon'), last(status.trainMetrics, 'dpDelta')],
      [1.2, 1e-8],
    )
    const { code, status: reason } = await reply('train/start', {
      taskId: '92',
      model: 'VerticalLinearRegression',
      matchId,
      algorithmParams: [
        { field: 'label', value: 'amount' },
        { field: 'useDP', value: 'true' },
        { field: 'metricType', value: ['MAE'] },
      ],
      clientList: clientsOf('wide'),
    })
    assert.deepEqual([code, /MAE compares labels row by row/.test(reason)], [-1, true])
  })
})
