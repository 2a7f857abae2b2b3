/**
 * FedLearn's trees over its API with three clients: training, figures, importances and predictions.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { treeData } from '../helpers/tree-data.ts'
import { fedlearnWorld, type FedlearnWorld, type Files } from './fedlearn-world.ts'

/** Rows of three clients: numbers everywhere, a column of categories at the second, labels 0 and 1 at the first. */
function tables(): Files[] {
  const rows = 150
  const data = treeData({ rows, columns: 6, classes: 2 })
  return [0, 1, 2].map((own) => {
    const names = [
      `a${own}`,
      `b${own}`,
      ...(own === 1 ? ['kind'] : []),
      ...(own === 0 ? ['y'] : []),
    ]
    const lines = Array.from({ length: rows }, (_, row) => {
      const values = [data.columns[2 * own][row], data.columns[2 * own + 1][row]]
      const rest = own === 1 ? [row % 4] : own === 0 ? [data.labels[row]] : []
      return [`u${row}`, ...values, ...rest].join(',')
    })
    return {
      [`rows${own}.csv`]: [`uid,${names.join(',')}`, ...lines].join('\n'),
      [`mixed${own}.csv`]: mixed(own),
    }
  })
}

/** Rows that the clients share in part: 0–119, 10–129 and 20–139, labels at the first two, x at all. */
function mixed(own: number): string {
  const rows = 140
  const data = treeData({ rows, columns: 5, classes: 2, seed: 8 })
  const [from, to] = [
    [0, 120],
    [10, 130],
    [20, 140],
  ][own]
  const names = ['x', `only${own}`, ...(own < 2 ? ['y'] : [])]
  const lines = Array.from({ length: to - from }, (_, at) => {
    const row = from + at
    const values = [data.columns[0][row], data.columns[1 + own][row]]
    return [`u${row}`, ...values, ...(own < 2 ? [data.labels[row]] : [])].join(',')
  })
  return [`uid,${names.join(',')}`, ...lines].join('\n')
}

describe('FedLearn’s trees', { timeout: 300_000 }, () => {
  let world: FedlearnWorld
  let matchId: string

  before(async () => {
    world = await fedlearnWorld(tables())
    ;({ matchId } = await world.match('ECDH', 'rows'))
  })
  after(() => world?.stop())

  const request = (model: string, params: Record<string, unknown>) => ({
    taskId: '92',
    model,
    matchId,
    algorithmParams: Object.entries({ label: 'y', ...params }).map(([field, value]) => ({
      field,
      value,
    })),
    clientList: world.clientsOf('rows'),
  })

  it('grow a random forest, measure it, and predict with it', async () => {
    const { modelToken, status } = await world.train(
      request('DistributedRandomForest', {
        numTrees: 4,
        maxDepth: '5',
        minSamplesSplit: 5,
        maxTreeSamples: -1,
        encryptionType: 'IterativeAffine',
        eval_metric: ['AUC', 'CONFUSION'],
        cat_features: 'kind',
        crossValidation: 0.8,
      }),
    )
    assert.equal(status.runningType, 'complete', status.message)
    const [auc, confusion] = status.trainMetrics
    assert.deepEqual([auc.name, auc.metric.length], ['auc', 5])
    assert.ok(Number(auc.metric[4].y) > 0.8, String(auc.metric[4].y))
    assert.match(String(confusion.metric[1].y), /^\[\d+,\d+\],\[\d+,\d+\]$/)
    assert.equal(status.validationMetrics[0].name, 'auc')
    const owners = status.featureImportance[0].metric.map(({ x }) => x.split('=')[0])
    assert.equal(new Set(owners).size, 3)
    const predicted = await world.predict(modelToken, 'rows', ['u0', 'u1', 'nobody'])
    assert.deepEqual(predicted[3], { uid: 'nobody', score: ['NaN'] })
    for (const { score } of predicted.slice(1, 3)) {
      assert.ok(Number(score[0]) >= 0 && Number(score[0]) <= 1)
    }
  })

  it('learn from rows that not all clients have, and predict those of any', async () => {
    const { matchId: match, describe: text } = await world.match('MIX_MD5', 'mixed')
    assert.match(text, /Match num is 100$/)
    const given = {
      objective: 'binaryLogistic',
      evalMetric: ['AUC', 'ACC'],
      maxTreeNum: 4,
      needVerticalSplitRatio: 0.6,
      crossValidation: 0.8,
    }
    const clientList = world.clientsOf('mixed')
    const body = { ...request('MixGBoost', given), matchId: match, clientList }
    const { modelToken, status } = await world.train(body)
    assert.equal(status.runningType, 'complete', status.message)
    const [auc] = status.trainMetrics
    assert.deepEqual([auc.name, auc.metric.length], ['auc', 5])
    assert.ok(Number(auc.metric[4].y) > 0.65, String(auc.metric[4].y))
    assert.equal(status.validationMetrics[0].name, 'auc')
    assert.ok(status.featureImportance[0].metric.length >= 2)
    const predicted = await world.predict(modelToken, 'mixed', ['u0', 'u80', 'u139', 'nobody'])
    assert.deepEqual(predicted.at(-1), { uid: 'nobody', score: ['NaN'] })
    for (const { score } of predicted.slice(1, 4)) {
      assert.ok(Number(score[0]) > 0 && Number(score[0]) < 1)
    }
    const lonely = await world.predict(modelToken, 'mixed', ['u138'])
    assert.ok(Number(lonely[1].score[0]) > 0)
    const other = { ...request('FederatedGB', {}), matchId: match, clientList }
    assert.match(await world.refusal('train/start', other), /match with ECDH/)
    assert.match(await world.refusal('train/start', request('MixGBoost', {})), /MIX_MD5/)
  })

  it('part categories, and say so where nobody has them', async () => {
    const params = { objective: 'regLogistic', evalMetric: ['AUC'] }
    const given = request('FederatedGB', { ...params, catFeatures: 'kind' })
    const { modelToken, status } = await world.train(given)
    assert.equal(status.runningType, 'complete', status.message)
    const [, { score }] = await world.predict(modelToken, 'rows', ['u7'])
    assert.ok(Number(score[0]) > 0 && Number(score[0]) < 1)
    const stray = request('FederatedGB', { ...params, catFeatures: 'kind,colour' })
    assert.match(await world.refusal('train/start', stray), /catFeatures names the column "colour"/)
  })
})
