/**
 * FedLearn's document, endpoint by endpoint, with its own samples: only ids are put in their place, as those of the
 * document are of nobody's jobs.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { until } from './cluster.ts'
import type { Status } from './fedlearn-ask.ts'
import { fedlearnWorld, type World, type WorldClient } from './fedlearn-clients.ts'

const ROWS = 120
const job = (row: number) => ((row * 7919) % 97) / 10
const housing = (row: number) => ((row * 104_729) % 89) / 10
const y = (row: number) => 3 * job(row) + 2 * housing(row) + 5

/** A table with the ids 1, 2, … */
function table(columns: Readonly<Record<string, (row: number) => number>>): string {
  const lines = Array.from({ length: ROWS }, (_, row) =>
    [row + 1, ...Object.values(columns).map((value) => value(row + 1))].join(','),
  )
  return [['uid', ...Object.keys(columns)].join(','), ...lines].join('\n')
}

function csv(name: string, features: readonly string[]): WorldClient['datasets'][number] {
  return { name, source: { type: 'csv', path: name }, index: 'uid', features }
}

/** The clients by the addresses of the samples: the first has the labels, the second the file to predict. */
const CLIENTS: readonly WorldClient[] = [
  {
    party: 'first',
    urls: ['http://127.0.0.2:8094', 'http://127.0.0.1:8096', 'http://10.222.113.150:8096'],
    files: { 'cl0_train.csv': table({ job, y }) },
    datasets: [csv('cl0_train.csv', ['job', 'y'])],
  },
  {
    party: 'second',
    urls: ['http://fl.jd.com/train1', 'http://127.0.0.1:8094', 'http://10.222.113.150:8099'],
    files: {
      'cl0_train.csv': table({ housing, rent: job }),
      'cl1_train.csv': table({ housing }),
      'reg0_train.csv': table({ HouseAge: housing, y }),
      'class0_train.csv': table({ job, poutcome: housing, y }),
      'import/aaa/bbb.csv': '12\n11\nnobody\n12\n',
    },
    datasets: [
      csv('cl0_train.csv', ['housing']),
      csv('cl1_train.csv', ['housing']),
      csv('reg0_train.csv', ['HouseAge', 'y']),
      csv('class0_train.csv', ['job', 'poutcome', 'y']),
    ],
  },
]

const MATCH = {
  taskId: '92',
  matchAlgorithm: 'MD5',
  clientList: [
    { url: 'http://127.0.0.2:8094', index: 'uid', dataset: 'cl0_train.csv' },
    { url: 'http://fl.jd.com/train1', index: 'uid', dataset: 'cl0_train.csv' },
  ],
}

/** Section 2.1, but for `matchId`. */
const TRAINING = {
  taskId: '92',
  model: 'SecureBoost',
  algorithmParams: [
    { field: 'secretKey', value: 'rtretwery454' },
    { field: 'encryptionAlgorithm', value: 'RSA' },
    { field: 'trainStepLimit', value: '1000' },
    { field: 'eval_metric', value: ['rmse', 'mape'] },
    { field: 'crossValidation', value: 1 },
  ],
  clientList: [
    {
      url: 'http://127.0.0.1:8096',
      dataset: 'cl0_train.csv',
      features: {
        featureList: [
          { name: 'uid', type: 'float', frequency: 1 },
          { name: 'job', type: 'float', frequency: 1 },
        ],
        index: 'uid',
      },
    },
    {
      url: 'http://127.0.0.1:8094',
      dataset: 'cl1_train.csv',
      features: {
        featureList: [
          { name: 'uid', type: 'float', frequency: 1 },
          { name: 'housing', type: 'float', frequency: 1 },
        ],
        index: 'uid',
      },
    },
  ],
}

const PREDICTED = [
  { url: 'http://10.222.113.150:8096', dataset: 'cl0_train.csv' },
  { url: 'http://10.222.113.150:8099', dataset: 'cl0_train.csv' },
]

describe('the document of FedLearn, over real processes', { timeout: 300_000 }, () => {
  let world: World
  let matchId: string
  let modelToken: string

  before(async () => {
    world = await fedlearnWorld('document', CLIENTS)
  })
  after(() => world.close())

  it('1.1 tells the algorithms and matches', async () => {
    const { model, match } = await world.ask<{ model: string[]; match: string[] }>(
      'prepare/parameter/common',
      {},
    )
    for (const name of ['LogisticRegression', 'LinearRegression', 'Kernel']) {
      assert.ok(model.includes(name), name)
    }
    for (const name of ['MD5', 'RSA', 'DH']) assert.ok(match.includes(name), name)
  })

  it('1.2 tells the parameters of an algorithm', async () => {
    const { algorithmParams } = await world.ask<{
      algorithmParams: { field: string; describe: string[]; type: string; defaultValue: unknown }[]
    }>('prepare/parameter/algorithm', { algorithmType: 'LinearRegression' })
    const found = (field: string) => algorithmParams.find((param) => param.field === field)
    const name = (field: string) => ({ field, name: field })
    assert.deepEqual(found('maxEpoch'), {
      ...name('maxEpoch'),
      describe: ['1', '1000'],
      type: 'NUMS',
      defaultValue: 30,
    })
    assert.deepEqual(found('metricType'), {
      ...name('metricType'),
      describe: ['G_L2NORM'],
      type: 'MULTI',
      defaultValue: 'G_L2NORM',
    })
    assert.deepEqual(found('optimizer'), {
      ...name('optimizer'),
      describe: ['BatchGD', 'NEWTON'],
      type: 'STRING',
      defaultValue: 'BatchGD',
    })
  })

  it('1.3, 1.4 matches ids and tells how far it is', async () => {
    const own = await world.match(MATCH)
    assert.match(own, /^92-MD5-\d{12}$/)
    assert.deepEqual(await world.ask('prepare/match/progress', { matchId: own }), {
      percent: 100,
      describe: `IdMatch is complete!! \n Match num is ${ROWS}`,
    })
    matchId = await world.match({
      ...MATCH,
      clientList: TRAINING.clientList.map(({ url, dataset }) => ({ url, dataset, index: 'uid' })),
    })
    assert.notEqual(matchId, own)
  })

  it('1.5 lists matches of tasks in a state', async () => {
    const body = { taskList: ['3', '4'], type: 'COMPLETE' }
    assert.deepEqual(await world.ask('prepare/match/list', body), { matchList: [] })
    const other = await world.match({ ...MATCH, taskId: '4', matchAlgorithm: 'RSA' })
    assert.deepEqual(await world.ask('prepare/match/list', body), {
      matchList: [{ matchId: other, taskId: '4', runningStatus: 'COMPLETE' }],
    })
    const failed = { ...body, type: 'FAIL' }
    assert.deepEqual(await world.ask('prepare/match/list', failed), { matchList: [] })
  })

  it('2.1, 2.2 trains, and tells the metrics of every round', async () => {
    ;({ modelToken } = await world.ask<{ modelToken: string }>('train/start', {
      ...TRAINING,
      matchId,
    }))
    assert.match(modelToken, /^92-SecureBoost-\d{12}$/)
    const status = await world.trained(modelToken)
    assert.deepEqual([status.percent, status.runningType, status.message], [100, 'complete', 'ok'])
    assert.deepEqual(
      status.trainMetrics.map(({ name }) => name),
      ['rmse', 'mape', 'fetureImportance'],
    )
    const [{ metric }] = status.trainMetrics
    assert.deepEqual(
      metric.map(({ x }) => x),
      [0, 1],
    )
    assert.deepEqual(status.validationMetrics, [])
  })

  it('2.3 tells what a training was asked for', async () => {
    const detail = await world.ask<{
      modelToken: string
      model: string
      percent: number
      runningStatus: string
      trainInfo: string[]
      trainStartTime: string
      algorithmParams: { field: string; name: string; describe: string[]; type: string }[]
    }>('train/parameter', { modelToken, type: 2 })
    assert.deepEqual(
      [detail.modelToken, detail.model, detail.percent, detail.runningStatus],
      [modelToken, 'SecureBoost', 100, 'COMPLETE'],
    )
    assert.match(detail.trainStartTime, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
    assert.equal(detail.trainInfo.at(-1), `modelToken is:${modelToken}`)
    // What the algorithm does not know is said to have no effect.
    for (const field of ['secretKey', 'encryptionAlgorithm', 'trainStepLimit']) {
      assert.ok(detail.trainInfo.some((line) => line.includes(field)))
    }
    const trees = detail.algorithmParams.find(({ field }) => field === 'numBoostRound')
    assert.deepEqual(
      [trees?.name, trees?.describe, trees?.type],
      ['树的个数', ['1', '100'], 'NUMS'],
    )
  })

  it('2.4 lists trainings of tasks in a state', async () => {
    const body = { taskList: ['92', '4'], type: 'COMPLETE' }
    assert.deepEqual(await world.ask('train/list', body), {
      trainList: [{ modelToken, taskId: '92', runningStatus: 'COMPLETE' }],
    })
    assert.deepEqual(await world.ask('train/list', { taskList: ['3', '4'], type: 'COMPLETE' }), {
      trainList: [],
    })
    assert.match(await world.refusal('train/list', { type: 'COMPLETE' }), /taskList: is missing/)
  })

  it('2.5 suspends, resumes and stops', async () => {
    const algorithmParams = [
      ...TRAINING.algorithmParams,
      { field: 'num_boost_round', value: '100' },
      { field: 'MAXDEPTH', value: 4 },
    ]
    const { modelToken: long } = await world.ask<{ modelToken: string }>('train/start', {
      ...TRAINING,
      matchId,
      algorithmParams,
    })
    const state = async () =>
      (await world.ask<Status>('train/status', { modelToken: long })).runningType
    const change = (type: string) => world.reply('train/change', { type, modelToken: long })
    for (const [type, expected] of [
      ['suspend', 'suspend'],
      ['resume', 'running'],
      ['STOP', 'stop'],
    ]) {
      assert.deepEqual(await change(type), { code: 0, status: 'success' })
      assert.equal(await state(), expected)
    }
    const { code, status } = await change('suspend')
    assert.equal(code, -1)
    assert.match(status, /^suspend fail/)
  })

  it('3.1 predicts by id and waits for it', async () => {
    const { predict } = await world.ask<{ predict: { uid: string; score: unknown[] }[] }>(
      'inference/batch',
      { uid: ['11', '12', '13'], modelToken, clientList: PREDICTED },
    )
    assert.deepEqual(
      predict.map(({ uid }) => uid),
      ['header', '11', '12', '13'],
    )
    for (const { score } of predict.slice(1)) assert.ok(Number(score[0]) > 0)
  })

  it('3.2, 3.3 predicts the ids of a file at a client, which gets the answers', async () => {
    const started = await world.ask<{ inferenceId: string; percent: number; startTime: number }>(
      'inference/remote',
      {
        modelToken,
        path: '/aaa/bbb.csv',
        userAddress: 'http://10.222.113.150:8099',
        clientList: PREDICTED,
      },
    )
    const { inferenceId } = started
    assert.match(inferenceId, new RegExp(`^${modelToken}-[0-9a-f]{32}$`))
    assert.equal(started.percent, 0)
    const done = await until('the answers', async () => {
      const progress = await world.ask<Progress>('inference/progress', { inferenceId })
      assert.notEqual(progress.percent, '-', progress.predictInfo)
      return progress.percent === '100' && progress
    })
    assert.deepEqual(Object.keys(done).toSorted(), [
      'endTime',
      'inferenceId',
      'path',
      'percent',
      'predictInfo',
      'startTime',
    ])
    assert.deepEqual([done.path, done.predictInfo], ['/aaa/bbb_result.txt', '推理完成'])
    const text = await readFile(join(world.folders[1], 'export/aaa/bbb_result.txt'), 'utf8')
    const { predict } = await world.ask<{ predict: { uid: string; score: unknown[] }[] }>(
      'inference/batch',
      { uid: ['12', '11', 'nobody', '12'], modelToken, clientList: PREDICTED },
    )
    const expected = predict
      .slice(1)
      .map(({ uid, score }) => `${uid},${score.map(String).join('|')}`)
    assert.deepEqual(text.trimEnd().split('\n'), expected)
    assert.equal(expected[2], 'nobody,NaN')
  })

  it('validates rows whose labels the clients know', async () => {
    const uid = Array.from({ length: 60 }, (_, row) => String(row + 1))
    const body = { model: modelToken, uid, metricType: ['rmse', 'MAE'], clientList: PREDICTED }
    type Validated = { metrics: string; predict: { uid: string; score: unknown[] }[] }
    const { metrics, predict } = await world.ask<Validated>('inference/validate', body)
    const errors = predict.slice(1).map(({ uid: id, score }) => Number(score[0]) - y(Number(id)))
    const found = JSON.parse(metrics) as { rmse: number; mae: number }
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / values.length
    assert.ok(Math.abs(found.rmse - Math.sqrt(mean(errors.map((e) => e * e)))) < 1e-9)
    assert.ok(Math.abs(found.mae - mean(errors.map(Math.abs))) < 1e-9)
    const alias = await world.ask<Validated>('validate/batch', { ...body, labelName: 'y' })
    assert.equal(alias.metrics, metrics)
    assert.match(
      await world.refusal('inference/validate', { ...body, labelName: 'job' }),
      /trained for the label "y"/,
    )
  })

  it('4.2 tells data sets and features', async () => {
    const { list } = await world.ask<{
      list: { dataset: string; features: { name: string; dtype: string }[] }[]
    }>('system/query/dataset', { url: 'http://127.0.0.1:8094' })
    const names = new Map(
      list.map(({ dataset, features }) => [dataset, features.map(({ name }) => name)]),
    )
    assert.deepEqual(names.get('reg0_train.csv'), ['uid', 'HouseAge', 'y'])
    assert.deepEqual(names.get('class0_train.csv'), ['uid', 'job', 'poutcome', 'y'])
  })

  for (const model of ['SecureBoost', 'LogisticRegression', 'LinearRegression', 'Kernel']) {
    it(`trains ${model} under the name of the document`, async () => {
      const field = (name: string, value: unknown) => ({ field: name, value })
      const body = {
        ...TRAINING,
        taskId: '83',
        model,
        matchId,
        algorithmParams: [field('label', 'y'), field('maxEpoch', '5'), field('maxIter', '10')],
      }
      // The one algorithm for rows that not all clients have, which other matches do not find.
      if (model === 'LinearRegression') {
        assert.match(await world.refusal('train/start', body), /match with MIX_MD5, not with MD5/)
        body.matchId = await world.match({
          taskId: '83',
          matchAlgorithm: 'MIX_MD5',
          clientList: TRAINING.clientList.map(({ url, dataset }) => ({
            url,
            dataset,
            index: 'uid',
          })),
        })
      }
      const { modelToken: token } = await world.ask<{ modelToken: string }>('train/start', body)
      const status = await world.trained(token)
      // The samples' label is a number, which no logistic regression is for.
      if (model === 'LogisticRegression') {
        assert.equal(status.runningType, 'fail')
        assert.match(status.message, /0 (and|or) 1/)
        return
      }
      assert.equal(status.runningType, 'complete', status.message)
      const { predict } = await world.ask<{ predict: { uid: string; score: unknown[] }[] }>(
        'inference/batch',
        { uid: ['11', '12', '13'], modelToken: token, clientList: PREDICTED },
      )
      assert.ok(predict.slice(1).every(({ score }) => Number.isFinite(Number(score[0]))))
    })
  }

  it('4.1 deletes a model, which predicts nothing any more', async () => {
    assert.deepEqual(await world.reply('system/model/delete', { modelToken }), {
      code: 0,
      status: 'success',
    })
    assert.match(
      await world.refusal('inference/batch', {
        uid: ['11'],
        modelToken,
        clientList: PREDICTED,
      }),
      /no model/,
    )
  })
})

interface Progress {
  readonly percent: number | string
  readonly predictInfo: string
  readonly path?: string
}
