/**
 * Matching, training and inference over FedLearn's API with three clients, each a runner of its own with its own data
 * directory and list of data sets, over sealed channels.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'

import { until } from './cluster.ts'
import { type Ask, type Status, trained } from './fedlearn-ask.ts'
import { fedlearnWorld, type FedlearnWorld, type Files } from './fedlearn-world.ts'
import { readFrame } from './frame.ts'

const SHARED = new URL('../../../shared/data/fedlearn/', import.meta.url)

/** Three clients with nine ids in common, a label that depends on columns of all three, and rows to predict. */
function ownFiles(): Files[] {
  const at = (row: number, column: number) => ((row * 7919 + column * 104_729) % 1000) / 1000
  const label = (row: number) => (at(row, 1) + at(row, 2) + at(row, 3) > 1.5 ? 1 : 0)
  return [0, 1, 2].map((own) => {
    const ids = [...Array.from({ length: 9 }, (_, row) => `id${row}`), `only${own}`]
    const lines = Array.from({ length: 300 }, (_, row) => {
      const cells = [`r${row}`, at(row, own + 1), ...(own === 0 ? [label(row)] : [])]
      return cells.join(',')
    })
    return {
      [`few${own}.csv`]: ['uid,x', ...ids.map((id, row) => `${id},${row}`)].join('\n'),
      [`train${own}.csv`]: [`uid,x${own}${own === 0 ? ',Outcome' : ''}`, ...lines].join('\n'),
      [`inference${own}.csv`]: [
        `uid,x${own}`,
        ...lines.slice(0, 9).map((line) => line.split(',').slice(0, 2).join(',')),
      ].join('\n'),
    }
  })
}

/** The shared tables where they are there: ten ids a client, and 590 rows of three clients. */
async function sharedFiles(): Promise<Files[]> {
  const text = (path: string) => readFile(new URL(path, SHARED), 'utf8')
  return Promise.all(
    [0, 1, 2].map(async (own) => ({
      [`few${own}.csv`]: await text(`classificationA_IDMatch/train${own}.csv`),
      // The third of them has two columns twice.
      [`train${own}.csv`]: withoutTwins(await text(`classificationA/train${own}.csv`)),
      [`inference${own}.csv`]: withoutTwins(await text(`classificationA/inference${own}.csv`)),
    })),
  )
}

function withoutTwins(csv: string): string {
  const rows = csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  const kept = rows[0].flatMap((name, at) => (rows[0].indexOf(name) === at ? [at] : []))
  return rows.map((row) => kept.map((at) => row[at]).join(',')).join('\n')
}

describe('FedLearn’s API', { timeout: 900_000 }, () => {
  let files: Files[]
  let world: FedlearnWorld
  const ask: Ask = (path, body) => world.ask(path, body)
  const refusal = (path: string, body: object) => world.refusal(path, body)
  const clientsOf = (name: string) => world.clientsOf(name)
  const match = (algorithm: string, name = 'few') => world.match(algorithm, name)

  before(async () => {
    files = existsSync(SHARED) ? await sharedFiles() : ownFiles()
    world = await fedlearnWorld(files)
  })
  after(() => world.stop())

  it('tells what each client offers', async () => {
    const { list } = await ask<{ list: { dataset: string; features: { name: string }[] }[] }>(
      'system/query/dataset',
      { url: world.urls[0] },
    )
    assert.deepEqual(
      list.map(({ dataset }) => dataset),
      ['few0.csv', 'inference0.csv', 'train0.csv'],
    )
    assert.equal(list[0].features[0].name, 'uid')
  })

  for (const algorithm of ['MD5', 'RSA', 'DH', 'ECDH', 'FREEDMAN']) {
    it(`finds the nine common ids of three clients by ${algorithm}`, async () => {
      const { matchId, describe: text } = await match(algorithm)
      assert.match(text, algorithm === 'DH' ? /matched size is 9$/ : /Match num is 9$/)
      const tables = await Promise.all(
        [0, 1, 2].map((at) =>
          readFrame(world.folders[at], {
            jobId: matchId,
            role: at === 0 ? 'guest' : 'host',
            party: `client-${at}`,
            node: 'match',
          }),
        ),
      )
      assert.equal(tables[0].ids.length, 9)
      // The same order everywhere, so that rows of one id lie side by side in a training.
      for (const { ids, columns } of tables) {
        assert.deepEqual([ids, columns.length], [tables[0].ids, 0])
      }
    })
  }

  it('lets clients keep their own rows by EMPTY', async () => {
    const { describe: text } = await match('EMPTY')
    assert.equal(text, 'Match type is EMPTY!! \n ')
  })

  describe('a training', () => {
    let matchId: string
    let modelToken: string

    const request = (params: Record<string, unknown>) => ({
      taskId: '92',
      model: 'SecureBoost',
      matchId,
      algorithmParams: Object.entries({
        label: 'Outcome',
        objective: 'regLogistic',
        evalMetric: ['AUC', 'ACC'],
        firstRoundPred: 'ZERO',
        numBoostRound: '3',
        bitLength: 'bit2048',
        ...params,
      }).map(([field, value]) => ({ field, value })),
      clientList: clientsOf('train'),
    })

    before(async () => {
      ;({ matchId } = await match('ECDH', 'train'))
    })

    const finished = (token: string) => trained(ask, token)

    it('learns trees of all columns, and says how good after each', async () => {
      ;({ modelToken } = await ask<{ modelToken: string }>('train/start', request({})))
      assert.match(modelToken, /^92-SecureBoost-\d{12}$/)
      const status = await finished(modelToken)
      assert.deepEqual(
        [status.runningType, status.message, status.percent],
        ['complete', 'ok', 100],
      )
      const [auc, acc, importance] = status.trainMetrics
      assert.deepEqual([auc.name, acc.name, importance.name], ['auc', 'acc', 'fetureImportance'])
      assert.deepEqual(
        auc.metric.map(({ x }) => x),
        [0, 1, 2, 3],
      )
      assert.ok(Number(auc.metric[3].y) > 0.88, `auc ${String(auc.metric[3].y)}`)
      assert.deepEqual(status.validationMetrics, [])
    })

    it('shows what it was asked for', async () => {
      const detail = await ask<{
        model: string
        algorithmParams: { field: string; value: unknown }[]
        trainInfo: string[]
      }>('train/parameter', { modelToken, type: 2 })
      assert.equal(detail.model, 'SecureBoost')
      const value = (field: string) =>
        detail.algorithmParams.find((param) => param.field === field)?.value
      assert.deepEqual(
        [value('label'), value('numBoostRound'), value('numBin')],
        ['Outcome', 3, 33],
      )
      assert.equal(detail.trainInfo.filter((line) => /^第\d轮/.test(line)).length, 3)
    })

    it('predicts by id, and answers NaN for an id that some client lacks', async () => {
      const known = files[0]['inference0.csv']
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0])
      const { predict } = await ask<{ predict: { uid: string; score: unknown[] }[] }>(
        'inference/batch',
        { uid: [...known, 'nobody', known[0]], modelToken, clientList: clientsOf('inference') },
      )
      assert.deepEqual(predict[0], { uid: 'header', score: ['label'] })
      assert.deepEqual(
        predict.slice(1).map(({ uid }) => uid),
        [...known, 'nobody', known[0]],
      )
      for (const { uid, score } of predict.slice(1)) {
        if (uid === 'nobody') assert.deepEqual(score, ['NaN'])
        else assert.ok(Number(score[0]) > 0 && Number(score[0]) < 1, `${uid} ${String(score[0])}`)
      }
      assert.deepEqual(predict.at(-1), { uid: known[0], score: predict[1].score })
    })

    it('keeps a share of the rows to validate with', async () => {
      const { modelToken: token } = await ask<{ modelToken: string }>(
        'train/start',
        request({ crossValidation: 0.7 }),
      )
      const status = await finished(token)
      assert.equal(status.runningType, 'complete', status.message)
      const [auc] = status.validationMetrics
      assert.deepEqual([auc.name, auc.metric.length], ['auc', 4])
      assert.ok(status.bestRound >= 1)
    })

    it('learns a logistic regression of all columns, and predicts with it', async () => {
      const params = [
        { field: 'label', value: 'Outcome' },
        { field: 'optimizer', value: 'NEWTON' },
        { field: 'maxEpoch', value: '8' },
        { field: 'minLoss', value: 0 },
        { field: 'metricType', value: ['CROSS_ENTRO', 'G_L2NORM'] },
        { field: 'crossValidation', value: '0.7' },
      ]
      const body = { ...request({}), model: 'LogisticRegression', algorithmParams: params }
      const { modelToken: token } = await ask<{ modelToken: string }>('train/start', body)
      const status = await finished(token)
      assert.equal(status.runningType, 'complete', status.message)
      const [entropy, length] = status.trainMetrics
      assert.deepEqual([entropy.name, length.name], ['cross_entropy', 'gL2Norm'])
      const values = entropy.metric.slice(1).map(({ y }) => Number(y))
      assert.ok(
        values.length >= 3 && values.every((value, at) => at === 0 || value <= values[at - 1]),
      )
      assert.equal(status.validationMetrics[0].name, 'cross_entropy')
      const uid = files[0]['inference0.csv']
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0])
      const { predict } = await ask<{ predict: { uid: string; score: unknown[] }[] }>(
        'inference/batch',
        { uid, modelToken: token, clientList: clientsOf('inference') },
      )
      const scores = predict.slice(1).map(({ score }) => Number(score[0]))
      assert.ok(scores.length === 9 && new Set(scores).size > 2)
      assert.ok(scores.every((score) => score > 0 && score < 1))
    })

    it('is set aside and taken up again, and ends as it would have', async () => {
      const params = { numBoostRound: 12 }
      const whole = await ask<{ modelToken: string }>('train/start', request(params))
      const expected = await finished(whole.modelToken)
      const cut = await ask<{ modelToken: string }>('train/start', request(params))
      const token = cut.modelToken
      await until('two rounds', async () => {
        const { trainMetrics, runningType, message } = await ask<Status>('train/status', {
          modelToken: token,
        })
        assert.equal(runningType, 'running', message)
        return (trainMetrics[0]?.metric.length ?? 0) > 2
      })
      await ask('train/change', { modelToken: token, type: 'suspend' })
      const { runningType } = await ask<Status>('train/status', { modelToken: token })
      assert.equal(runningType, 'suspend')
      await ask('train/change', { modelToken: token, type: 'resume' })
      const resumed = await finished(token)
      assert.equal(resumed.runningType, 'complete', resumed.message)
      assert.deepEqual(resumed.trainMetrics[0], expected.trainMetrics[0])
    })

    it('is stopped, and cannot be resumed', async () => {
      const { modelToken: token } = await ask<{ modelToken: string }>(
        'train/start',
        request({ numBoostRound: 50 }),
      )
      await ask('train/change', { modelToken: token, type: 'stop' })
      assert.equal((await finished(token)).runningType, 'stop')
      const response = await refusal('train/change', { modelToken: token, type: 'resume' })
      assert.match(response, /^resume fail: /)
    })

    it('fails with its reason when labels are not what the objective is for', async () => {
      const { modelToken: token } = await ask<{ modelToken: string }>(
        'train/start',
        request({ label: files[0]['train0.csv'].split(',')[1] }),
      )
      const status = await finished(token)
      assert.equal(status.runningType, 'fail')
      assert.match(status.message, /regLogistic is for labels 0 to 1/)
    })

    it('is refused by name where something does not fit', async () => {
      const cases: [object, RegExp][] = [
        [{ ...request({}), matchId: '92-RSA-000000000000' }, /no match "92-RSA/],
        [{ ...request({}), clientList: clientsOf('few') }, /has no data set "few0.csv"/],
        [{ ...request({}), clientList: clientsOf('train').slice(1) }, /is also of http/],
        [request({ label: 'nothing' }), /No client offers the label "nothing"/],
        [request({ label: null }), /label/],
        [request({ eta: 7 }), /eta is 7, expected a number from 0.01 to 1/],
        [{ ...request({}), model: 'Oracle' }, /model "Oracle" is unknown/],
      ]
      for (const [body, message] of cases) assert.match(await refusal('train/start', body), message)
    })

    it('is forgotten when its model is deleted', async () => {
      await ask('system/model/delete', { modelToken })
      const message = await refusal('inference/batch', {
        uid: ['1'],
        modelToken,
        clientList: clientsOf('inference'),
      })
      assert.match(message, /no model/)
    })
  })
})
