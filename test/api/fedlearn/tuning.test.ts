import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { algorithmParams } from '../../../src/api/fedlearn/algorithms.ts'
import type { Reply } from '../../../src/api/fedlearn/envelope.ts'
import { trainable } from '../../../src/api/fedlearn/trainer.ts'
import { trainingRequest } from '../../../src/api/fedlearn/training.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { repeatedLoss } from '../../../src/compute/crypto/privacy-composition.ts'
import { addPartyUrl } from '../../../src/domain/dataset.ts'
import { getJob } from '../../../src/domain/job.ts'
import type { LeasedTask, OfferedDataset } from '../../../src/domain/work.ts'
import { type FakeRunner, startRunner, testApp, type TestApp } from '../../helpers/app.ts'

/** Two clients; both have a table with labels, as some algorithms need, and the second one without. */
const PARTIES = ['left', 'right']
const URLS = PARTIES.map((party) => `http://${party}.test:8094`)
const table = (party: string, name: string, columns: readonly string[]): OfferedDataset => ({
  party,
  name,
  index: 'uid',
  features: columns.map((column) => ({ name: column, dtype: 'float' })),
})
const DATASETS = [
  table('left', 'long.csv', ['x', 'y']),
  table('right', 'long.csv', ['x', 'y']),
  table('right', 'wide.csv', ['x']),
]

/** The data sets that are matched by this method. */
const clientsOf = (method: string) =>
  URLS.map((url, at) => ({
    url,
    index: 'uid',
    dataset: method === 'ECDH' && at > 0 ? 'wide.csv' : 'long.csv',
  }))

/** What `train/status` and `train/parameter` say of differential privacy. */
interface Told {
  readonly privacy?: {
    readonly epsilon: number
    readonly delta: number
    readonly trainings: number
    readonly each: { readonly epsilon: number; readonly delta: number }
    readonly limit: number | null
    readonly spent: number | null
  }
}

describe('automatic tuning over /api/train/auto', () => {
  let test: TestApp
  let runner: FakeRunner
  const matches = new Map<string, string>()

  before(async () => {
    test = await testApp({ deps: { catalog: catalogOf(COMPONENTS.values()) } })
    for (const [at, party] of PARTIES.entries()) {
      await addPartyUrl(test.db, { party, url: URLS[at] }, Date.now())
    }
    runner = await startRunner(test.db, { datasets: DATASETS })
    for (const matchAlgorithm of ['ECDH', 'MIX_MD5', 'EMPTY']) {
      const body = { taskId: '5', matchAlgorithm, clientList: clientsOf(matchAlgorithm) }
      const { matchId } = await ok<{ matchId: string }>('prepare/match/start', body)
      matches.set(matchAlgorithm, matchId)
      await runner.work(() => Promise.resolve())
    }
  })
  after(() => test.close())

  const ask = <D>(path: string, body: unknown) => test.post<Reply<D>>(`/api/${path}`, body)

  async function ok<D>(path: string, body: unknown): Promise<D> {
    const { code, status, data } = await ask<D>(path, body)
    assert.deepEqual([code, status], [0, 'success'])
    assert.ok(data !== undefined)
    return data
  }

  function body(model: string, params: Readonly<Record<string, unknown>>, over: object = {}) {
    const mixed = model === 'MixGBoost' || model === 'LinearRegression'
    const method = mixed ? 'MIX_MD5' : model === 'HorizontalFedAvg' ? 'EMPTY' : 'ECDH'
    return {
      taskId: '5',
      model,
      matchId: matches.get(method),
      algorithmParams: Object.entries({ label: 'y', ...params }).map(([field, value]) => {
        return { field, value }
      }),
      clientList: clientsOf(method),
      ...over,
    }
  }

  const start = async (path: string, ...of: Parameters<typeof body>) =>
    (await ok<{ modelToken: string }>(`train/${path}`, body(...of))).modelToken
  const refusal = async (...of: Parameters<typeof body>) => {
    const { code, status } = await ask('train/auto', body(...of))
    assert.equal(code, -1)
    return status
  }
  const request = async (token: string) => trainingRequest(await getJob(test.db, token))
  const told = async (path: string, modelToken: string) =>
    (await ok<Told>(`train/${path}`, { modelToken })).privacy

  for (const { algorithm, module } of trainable()) {
    it(`searches parameters of ${algorithm} over the rows of the match that it needs`, async () => {
      const token = await start('auto', algorithm, {}, { maxTrials: 4 })
      const seen: LeasedTask[] = []
      await runner.work((task) => {
        if (task.name === 'train') seen.push(task)
        return Promise.resolve()
      })
      const alone = await start('start', algorithm, { crossValidation: 0.7 })
      const trained: LeasedTask[] = []
      await runner.work((task) => {
        if (task.name === 'train') trained.push(task)
        return Promise.resolve()
      })
      assert.equal(seen.length, PARTIES.length)
      for (const [at, { role, party, spec }] of seen.entries()) {
        assert.ok(spec.type === 'component')
        const other = trained[at].spec
        assert.ok(other.type === 'component')
        assert.equal(spec.module, `Auto${module}`)
        assert.deepEqual([role, party], [trained[at].role, trained[at].party])
        // It learns from what a training of the same would, and keeps rows to rank trials by.
        const inputs = ({ data }: typeof spec) =>
          JSON.parse(JSON.stringify(data).replaceAll(alone, '').replaceAll(token, '')) as unknown
        assert.deepEqual(inputs(spec), inputs(other))
      }
    })
  }

  it('tries words that the caller names, and of them only what fits together', async () => {
    const ranges = [
      { field: 'loss', describe: ['Regression:MSE', 'Classification:Cross entropy'] },
      { field: 'modelName', describe: ['SGDRegressor', 'SGDClassifier'] },
    ]
    const token = await start('auto', 'HorizontalFedAvg', {}, { ranges, maxTrials: 30 })
    const { tuning } = await request(token)
    const tried = new Set(
      tuning?.candidates.map((set) => [set['loss'], set['modelName']].join(' ')),
    )
    assert.deepEqual(
      tried,
      new Set([
        'Regression:MSE SGDRegressor',
        'Regression:MSE SGDClassifier',
        'Classification:Cross entropy SGDClassifier',
      ]),
    )
    assert.equal(tuning?.candidates.length, 30)
    // Nothing that could be drawn can be.
    const only = {
      ranges: [
        { field: 'loss', describe: ['Classification:Cross entropy'] },
        { field: 'modelName', describe: ['SGDRegressor'] },
      ],
    }
    assert.match(await refusal('HorizontalFedAvg', {}, only), /Cross entropy is of chances/)
    const wrong = { ranges: [{ field: 'loss', describe: ['hinge'] }] }
    assert.equal(
      await refusal('HorizontalFedAvg', {}, wrong),
      'ranges: loss has no choice "hinge": expected Regression:MSE, Classification:Cross entropy',
    )
    await runner.work(() => Promise.resolve())
  })

  for (const { algorithm } of trainable()) {
    it(`tries several values of every number in the table of ${algorithm}`, async () => {
      // What labels are, what is promised of them, and which rows rank the trials are the caller's.
      const never = ['numClass', 'randomizedResponseProbability', 'dpEpsilon', 'crossValidation']
      const numbers = algorithmParams(algorithm)
        .filter(({ type, field }) => type === 'NUMS' && !never.includes(field))
        .map(({ field }) => field)
      const ranges = numbers.map((field) => ({ field }))
      const token = await start('auto', algorithm, {}, { ranges, maxTrials: 9 })
      const seen: Record<string, unknown>[] = []
      await runner.work((task) => {
        if (task.name === 'train' && task.spec.type === 'component') seen.push(task.spec.params)
        return Promise.resolve()
      })
      const [params] = seen as unknown as {
        candidates: Record<string, unknown>[]
        effort: { param: string; values: number[] }
      }[]
      assert.equal(params.candidates.length, 9)
      for (const field of numbers) {
        const tried =
          params.effort.param === field
            ? params.effort.values
            : params.candidates.map((set) => set[field])
        const { describe: bounds } = algorithmParams(algorithm).find(
          (one) => one.field === field,
        ) ?? {
          describe: [],
        }
        assert.ok(new Set(tried).size > 1, `${field} is always ${String(tried[0])}`)
        const [low, high] = bounds.map(Number)
        assert.ok(
          tried.every((value) => Number(value) >= low && Number(value) <= high),
          field,
        )
      }
      const { tuning } = await request(token)
      assert.equal(tuning?.candidates.length, 9)
      for (const field of never) {
        const status = await refusal(algorithm, {}, { ranges: [{ field, describe: [0.5, 0.6] }] })
        assert.match(
          status,
          new RegExp(`${field} is no parameter of ${algorithm} that is searched`),
        )
      }
    })
  }

  it('ranks trials by a metric of rows to validate with, whatever is asked for', async () => {
    for (const [model, metricType, names] of [
      ['FederatedKernel', undefined, ['TRAINLOSS', 'RMSE']],
      ['FederatedKernel', ['TRAINLOSS', 'MAE'], ['TRAINLOSS', 'MAE']],
      ['VerticalLR', ['G_L2NORM'], ['G_L2NORM', 'CROSS_ENTRO']],
      ['VerticalLR', ['CROSS_ENTRO'], ['CROSS_ENTRO']],
      ['LinearRegression', undefined, ['G_L2NORM']],
    ] as const) {
      const { tuning } = await request(
        await start('auto', model, metricType ? { metricType } : {}, { maxTrials: 2 }),
      )
      assert.deepEqual(
        tuning?.candidates.map((set) => set['metricType']),
        [names, names],
      )
    }
  })

  it('is refused, as a training is, where parameters do not go with each other', async () => {
    const params = { useDP: 'true', metricType: ['MAE'] }
    for (const path of ['start', 'auto']) {
      const sent = body('VerticalLinearRegression', params)
      const { code, status } = await ask(`train/${path}`, sent)
      assert.equal(code, -1)
      assert.match(status, /^metricType: MAE compares labels row by row/)
    }
  })

  it('says what all trials promise of labels together, and each alone', async () => {
    const each = { epsilon: 1.2, delta: 1e-8 }
    const token = await start(
      'auto',
      'VerticalLR',
      { useDP: 'true', dpEpsilon: 1.2 },
      { maxTrials: 9 },
    )
    // Of nine sets three again, and of these one.
    const whole = repeatedLoss(each, 13)
    const expected = { ...whole, trainings: 13, each, limit: null, spent: 0 }
    assert.deepEqual(await told('status', token), expected)
    assert.deepEqual(await told('parameter', token), expected)
    await runner.work(async (task) => {
      if (task.name !== 'train' || task.role !== 'guest') return
      for (const at of [1, 2]) {
        await runner.report(task, {
          type: 'metric',
          namespace: 'tuning',
          name: 'epsilon',
          points: [[at, repeatedLoss(each, at).epsilon]],
          meta: {},
        })
      }
    })
    assert.equal((await told('status', token))?.spent, repeatedLoss(each, 2).epsilon)

    const params = { useDP: 'true', dpEpsilon: 1.2, crossValidation: 4 }
    const folded = await told('status', await start('auto', 'VerticalLR', params, { maxTrials: 9 }))
    assert.equal(folded?.trainings, 13 * 4 + 1)
    const forest = { useDP: 'true', dpEpsilon: 2, crossValidation: 4 }
    const trees = await told(
      'status',
      await start('auto', 'RandomForest', forest, { maxTrials: 9 }),
    )
    assert.deepEqual([trees?.trainings, trees?.epsilon], [13 * 3 + 1, 2 * (13 * 3 + 1)])
  })

  it('says of one training what it promises, and nothing where there is no noise', async () => {
    const alone = await start('start', 'VerticalLR', { useDP: 'true', dpEpsilon: 0.4 })
    const each = { epsilon: 0.4, delta: 1e-8 }
    const expected = { ...each, trainings: 1, each, limit: null, spent: null }
    assert.deepEqual(await told('status', alone), expected)
    assert.deepEqual(await told('parameter', alone), expected)
    const half = { randomizedResponseProbability: 0.5, objective: 'binaryLogistic' }
    const drawn = await told('status', await start('start', 'SecureBoost', half))
    assert.ok(Math.abs((drawn?.epsilon ?? 0) - Math.log(3)) < 1e-12)
    for (const path of ['start', 'auto']) {
      assert.equal(await told('status', await start(path, 'VerticalLR', {})), undefined)
    }
  })

  it('tries as many sets as an epsilon leaves room for, and says where more are asked for', async () => {
    const noise = { useDP: 'true', dpEpsilon: 1 }
    const limited = await start('auto', 'RandomForest', noise, { maxEpsilon: 10 })
    const kept = await request(limited)
    // 6 + 2 + 1; a seventh set would be a tenth training, an eighth an eleventh.
    assert.equal(kept.tuning?.candidates.length, 7)
    assert.deepEqual([kept.privacy?.epsilon, kept.privacy?.limit], [10, 10])
    assert.equal(
      await refusal('RandomForest', noise, { maxEpsilon: 10, maxTrials: 8 }),
      'maxEpsilon is 10, and 8 sets come to an epsilon of 11 in 11 trainings of 1 each: ' +
        'set maxTrials to 7 at most, or ask for a smaller epsilon of each',
    )
    assert.match(
      await refusal('RandomForest', noise, { maxEpsilon: 3 }),
      /18 sets come to an epsilon of 26 .* 2 sets come to 4 already: allow more, or ask for/,
    )
    assert.match(await refusal('RandomForest', {}, { maxEpsilon: 3 }), /add no noise to labels/)
    assert.match(await refusal('RandomForest', noise, { maxEpsilon: 0 }), /maxEpsilon/)
  })
})
