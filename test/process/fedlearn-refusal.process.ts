/**
 * What cannot be, over FedLearn's API with three clients as processes: `code` and `status` say it at once, or a job fails
 * with its reason and never stays running.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { until } from './cluster.ts'
import { fedlearnWorld, type World, type WorldClient } from './fedlearn-clients.ts'

const ROWS = 60

function table(header: string, cells: (row: number) => readonly unknown[], prefix = 'r'): string {
  const rows = Array.from({ length: ROWS }, (_, row) =>
    [`${prefix}${row}`, ...cells(row)].join(','),
  )
  return [`uid,${header}`, ...rows].join('\n')
}

const dataset = (name: string, features: readonly string[]) => ({
  name,
  source: { type: 'csv', path: name },
  index: 'uid',
  features,
})

const CLIENTS: readonly WorldClient[] = [
  {
    party: 'a',
    urls: ['http://a.test'],
    files: {
      rows: table('x,y,secret', (row) => [row % 7, row, 1]),
      words: table('x,y', (row) => [row === 41 ? 'seven' : row % 7, row]),
      gone: table('x,y', (row) => [row % 7, row]),
      'import/ids.csv': 'r1\nr2\n',
      'import/empty.csv': '\n',
      'outside.csv': 'r1\n',
    },
    datasets: [
      dataset('rows', ['x', 'y']),
      dataset('words', ['x', 'y']),
      dataset('gone', ['x', 'y']),
    ],
  },
  {
    party: 'b',
    urls: ['http://b.test'],
    files: {
      rows: table('z', (row) => [row % 5]),
      others: table('z', (row) => [row % 5], 'q'),
      labelled: table('z,y', (row) => [row % 5, row]),
    },
    datasets: [dataset('rows', ['z']), dataset('others', ['z']), dataset('labelled', ['z', 'y'])],
  },
  {
    party: 'c',
    urls: ['http://c.test'],
    files: { rows: table('v', (row) => [row % 3]) },
    datasets: [dataset('rows', ['v'])],
  },
]

const client = (party: string, name = 'rows') => ({ url: `http://${party}.test`, dataset: name })
const field = (name: string, value: unknown) => ({ field: name, value })

describe('what cannot be, over FedLearn’s API', { timeout: 300_000 }, () => {
  let world: World
  let matchId: string
  let modelToken: string

  const matched = (taskId: string, clientList: object[]) =>
    world.match({ taskId, matchAlgorithm: 'ECDH', clientList })

  const training = (over: object = {}) => ({
    taskId: '1',
    model: 'FederatedGB',
    matchId,
    algorithmParams: [field('label', 'y')],
    clientList: [client('a'), client('b')],
    ...over,
  })

  const prediction = (over: object = {}) => ({
    uid: ['r1'],
    modelToken,
    clientList: [client('a'), client('b')],
    ...over,
  })

  /** What a training fails with. */
  async function failure(over: object): Promise<string> {
    const { modelToken: token } = await world.ask<{ modelToken: string }>(
      'train/start',
      training(over),
    )
    const { runningType, message } = await world.trained(token)
    assert.equal(runningType, 'fail', message)
    const listed = await world.ask<{ trainList: object[] }>('train/list', {
      taskList: ['1'],
      type: 'fail',
    })
    assert.ok(listed.trainList.some((one) => (one as { modelToken: string }).modelToken === token))
    assert.match(
      await world.refusal('inference/batch', prediction({ modelToken: token })),
      /its training is failed/,
    )
    return message
  }

  before(async () => {
    world = await fedlearnWorld('refusal', CLIENTS)
    matchId = await matched('1', [client('a'), client('b')])
    ;({ modelToken } = await world.ask<{ modelToken: string }>('train/start', training()))
    const { runningType, message } = await world.trained(modelToken)
    assert.equal(runningType, 'complete', message)
  })
  after(() => world.close())

  it('an unknown token is refused wherever one is asked for', async () => {
    const unknown = { modelToken: '1-FederatedGB-000000000000' }
    for (const [path, body] of [
      ['train/status', unknown],
      ['train/parameter', { ...unknown, type: 2 }],
      ['train/change', { ...unknown, type: 'stop' }],
      ['system/model/delete', unknown],
      ['inference/batch', prediction(unknown)],
      ['inference/validate', { ...prediction(unknown), metricType: ['RMSE'] }],
      [
        'inference/remote',
        { ...prediction(unknown), path: '/ids.csv', userAddress: 'http://a.test' },
      ],
    ] as const) {
      assert.match(await world.refusal(path, body), /There is no model "1-FederatedGB-0/, path)
    }
    for (const path of ['match/detail', 'match/delete']) {
      assert.match(await world.refusal(path, { matchId: 'x' }), /There is no match "x"/)
    }
    for (const inferenceId of ['x', matchId, modelToken]) {
      assert.match(await world.refusal('inference/progress', { inferenceId }), /no inference/)
    }
    assert.match(await world.refusal('train/start', training({ matchId: modelToken })), /no match/)
  })

  it('a change that the state does not allow is refused, and so is one that there is not', async () => {
    const change = (type: string) => world.refusal('train/change', { modelToken, type })
    assert.match(await change('resume'), /^resume fail: .*is succeeded/)
    assert.match(await change('suspend'), /^suspend fail: .*is succeeded/)
    assert.match(await change('stop'), /^stop fail: .*is succeeded/)
    assert.match(await change('toString'), /type "toString" is unknown: expected stop/)
    assert.match(await world.refusal('train/list', { taskList: ['1'], type: 'DONE' }), /"DONE"/)
  })

  it('a match of other clients, or of other data sets, is none for a training', async () => {
    for (const [clientList, message] of [
      [[client('a'), client('c')], /no data set "rows" of http:\/\/c.test/],
      [[client('a'), client('b', 'labelled')], /no data set "labelled" of http:\/\/b.test/],
      [[client('a')], /clientList/],
      [[client('a'), client('b'), client('c')], /no data set "rows" of http:\/\/c.test/],
      [[client('a'), client('a')], /names http:\/\/a.test twice/],
    ] as const) {
      assert.match(await world.refusal('train/start', training({ clientList })), message)
    }
    const three = await matched('1', [client('a'), client('b'), client('c')])
    const body = training({ matchId: three })
    assert.match(await world.refusal('train/start', body), /is also of http:\/\/c.test/)
  })

  it('a label has to be named, offered, and of one client', async () => {
    const other = await matched('1', [client('a'), client('b', 'labelled')])
    const clientList = [client('a'), client('b', 'labelled')]
    for (const [over, message] of [
      [
        { matchId: other, clientList, algorithmParams: [] },
        /The label is missing: name its column/,
      ],
      [{ matchId: other, clientList }, /Both .* offer a column "y"/],
      [{ algorithmParams: [field('label', 'secret')] }, /No client offers the label "secret"/],
      [{ algorithmParams: [field('label', 'uid')] }, /No client offers the label "uid"/],
      [{ algorithmParams: [field('label', '')] }, /label/],
    ] as const) {
      assert.match(await world.refusal('train/start', training(over)), message)
    }
  })

  it('a column that its owner does not list cannot be asked for', async () => {
    const features = { index: 'uid', featureList: [{ name: 'uid' }, { name: 'secret' }] }
    const clientList = [{ ...client('a'), features }, client('b')]
    assert.match(
      await world.refusal('train/start', training({ clientList })),
      /Client http:\/\/a.test does not offer "secret"/,
    )
  })

  it('a training over no common rows fails, and says so', async () => {
    const clientList = [client('a'), client('b', 'others')]
    const none = await matched('1', clientList)
    const message = await failure({ matchId: none, clientList })
    assert.match(message, /no rows|no common|0 rows|empty/i)
  })

  it('a value that is no number fails the training, with its column and row', async () => {
    const clientList = [client('a', 'words'), client('b')]
    const own = await matched('1', clientList)
    const message = await failure({ matchId: own, clientList })
    assert.match(message, /"x"/)
    assert.match(message, /in row \d+ of 60/)
    assert.ok(!message.includes('seven'), 'reasons are kept at the server, and values are not')
  })

  it('a prediction is of the model’s clients, with its columns, and of some ids', async () => {
    for (const [over, message] of [
      [{ clientList: [client('a')] }, /has a part at http:\/\/b.test: add it/],
      [{ clientList: [client('a'), client('b'), client('c')] }, /trained without party c/],
      [{ clientList: [client('a'), client('b', 'nothing')] }, /offers no data set "nothing"/],
      [{ uid: [] }, /at least one uid/],
      [{ uid: Array.from({ length: 1001 }, String) }, /at most 1000 uids/],
    ] as const) {
      assert.match(await world.refusal('inference/batch', prediction(over)), message)
    }
    const { predict } = await world.ask<{ predict: object[] }>(
      'inference/batch',
      prediction({ uid: ['nobody'] }),
    )
    assert.deepEqual(predict[1], { uid: 'nobody', score: ['NaN'] })
    const nothing = { ...prediction({ uid: ['nobody'] }), metricType: ['RMSE'] }
    assert.match(await world.refusal('inference/validate', nothing), /nothing to validate/)
  })

  it('a file of ids is one of a client of the model, below its folder', async () => {
    const remote = (over: object = {}) => ({
      ...prediction(),
      path: '/ids.csv',
      userAddress: 'http://a.test',
      ...over,
    })
    for (const [over, message] of [
      [{ userAddress: 'http://c.test' }, /is none of clientList/],
      [{ userAddress: 'http://nobody.test' }, /No party is called/],
      [{ path: '../outside.csv' }, /path "..\/outside.csv" cannot be/],
      [{ path: undefined }, /path: is missing/],
    ] as const) {
      assert.match(await world.refusal('inference/remote', remote(over)), message)
    }
    for (const [path, message] of [
      ['/none.csv', /was not found/],
      ['/empty.csv', /has no ids/],
      [`${world.folders[0]}/outside.csv`, /was not found/],
      ['/etc/passwd', /was not found/],
    ] as const) {
      const { inferenceId } = await world.ask<{ inferenceId: string }>(
        'inference/remote',
        remote({ path }),
      )
      const told = await until(`the end of ${path}`, async () => {
        const progress = await world.ask<{ percent: unknown; predictInfo: string }>(
          'inference/progress',
          { inferenceId },
        )
        return progress.percent === '-' && progress.predictInfo
      })
      assert.match(told, message)
    }
  })

  it('a client whose runner is away is said to be, for matches, trainings and predictions', async () => {
    await world.stopClient(1)
    const clientList = [client('a'), client('b')]
    for (const [path, body] of [
      ['prepare/match/start', { taskId: '2', matchAlgorithm: 'RSA', clientList }],
      ['train/start', training()],
      ['inference/batch', prediction()],
      ['system/query/dataset', { url: 'http://b.test' }],
    ] as const) {
      assert.match(await world.refusal(path, body), /party b|of b|runner/, path)
    }
  })
})
