/**
 * What is wrong with the public implementation of FedLearn, each with a test that it is not so here; those that need
 * real processes are in `test/process/fedlearn.process.ts`.
 * @module
 */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'

import { algorithmParams } from '../../../src/api/fedlearn/algorithms.ts'
import type { Reply } from '../../../src/api/fedlearn/envelope.ts'
import { matchMethod } from '../../../src/api/fedlearn/match-method.ts'
import { readParams } from '../../../src/api/fedlearn/params.ts'
import { trainerOf } from '../../../src/api/fedlearn/trainer.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import {
  verticalLinearRegression,
  verticalLr,
} from '../../../src/component/fedlearn/vertical-linear.ts'
import { unknownKeys } from '../../../src/component/param.ts'
import { intersection } from '../../../src/component/psi/intersection.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { openPublic } from '../../../src/compute/crypto/additive.ts'
import { bytesToBigint } from '../../../src/compute/crypto/bytes.ts'
import { cipherKeyFromBytes, drawCipherKey } from '../../../src/compute/crypto/cipher-vector.ts'
import { inline } from '../../../src/compute/parallel.ts'
import { addPartyUrl } from '../../../src/domain/dataset.ts'
import { blob } from '../../../src/federation/codec.ts'
import { startRunner, testApp, type TestApp } from '../../helpers/app.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { modelsOf, runVertical, seriesOf, verticalData } from '../../helpers/vertical-data.ts'
import { TRIALS } from './parameter-cases.ts'
import { trained } from './parameter-training.ts'

/** A match of three clients by this name, as a job of it would run. */
async function matched(name: string, ids: readonly (readonly string[])[]): Promise<ComponentRun> {
  const method = matchMethod(name)
  assert.ok(method)
  const tables = ids.map((own) => ({
    data: { kind: 'raw' as const, idName: 'uid', ids: own, columns: [] },
  }))
  return runComponent(intersection, {
    members: { guest: ['a'], host: ['b', 'c'] },
    params: intersection.params.parse(method.params('3f7b0e6c')),
    tables: { 'guest:a': tables[0], 'host:b': tables[1], 'host:c': tables[2] },
  })
}

const PHONES = [
  ['13800000001', '13800000002', '13800000003'],
  ['13800000002', '13800000003', '13800000004'],
  ['13800000003', '13800000002', '13800000005'],
]

function shows(run: ComponentRun, text: string | Buffer): boolean {
  return run.wire.some(({ bytes }) => Buffer.from(bytes).includes(text))
}

describe('defects of the public implementation', { timeout: 120_000 }, () => {
  it('1: a fresh ciphertext does not show its number, and is another one each time', async () => {
    const { publicKey } = drawCipherKey('paillier', { bits: 1024 })
    assert.ok(publicKey.scheme === 'paillier')
    const scheme = openPublic(publicKey, {
      parallel: inline,
      signal: new AbortController().signal,
    })
    const { n } = publicKey
    const messages = [0n, 1n, 37n]
    const values = async () => {
      const { data } = await scheme.encrypt(messages, 100n)
      return messages.map((_, at) =>
        bytesToBigint(data.subarray(at * scheme.width, (at + 1) * scheme.width)),
      )
    }
    const [first, second] = [await values(), await values()]
    for (const [at, cipher] of first.entries()) {
      assert.notEqual((cipher - 1n) % n, 0n, 'it is no 1 + m·n')
      assert.notEqual(cipher, second[at])
    }
  })

  for (const name of ['DH', 'RSA', 'MD5', 'ECDH', 'FREEDMAN']) {
    it(`2, 3, 4: ${name} sends no id, and no digest that others could make of one`, async () => {
      const run = await matched(name, PHONES)
      assert.deepEqual(run.parties['guest:a'].tables[0].ids.toSorted(), [
        '13800000002',
        '13800000003',
      ])
      for (const id of PHONES.flat()) {
        assert.ok(!shows(run, id), id)
        for (const [algorithm, text] of [
          ['sha1', `${id}lyz`],
          ['sha1', id],
          ['md5', id],
          ['sha256', id],
        ]) {
          const digest = createHash(algorithm).update(text).digest()
          assert.ok(!shows(run, digest), `${algorithm} of ${id}`)
          assert.ok(!shows(run, digest.toString('hex')), `${algorithm} of ${id}, in hexadecimal`)
        }
      }
      // All messages are between clients: there is no coordinator to see one.
      const seats = new Set(run.wire.flatMap(({ from, to }) => [from, to]))
      assert.deepEqual([...seats].toSorted(), ['guest:a', 'host:b', 'host:c'])
    })
  }

  for (const name of ['MD5', 'DH']) {
    it(`5: what two clients do not share is not made up for by a third, by ${name}`, async () => {
      const run = await matched(name, [
        ['1', '2'],
        ['3', '4'],
        ['1', '2', '3', '4'],
      ])
      for (const { tables } of Object.values(run.parties)) {
        assert.deepEqual(
          tables.map(({ ids }) => ids),
          [[]],
        )
      }
    })
  }

  it('6: the scores of clients without labels count', async () => {
    const train = verticalData({ rows: 60, widths: [0, 2, 1], classes: true })
    const run = await runVertical(
      verticalLr,
      { maxEpoch: 8, minLoss: 0, optimizer: 'NEWTON' },
      { train },
    )
    const { weights, intercept } = modelsOf(run)
    assert.ok(weights.every((weight) => Math.abs(weight) > 1e-3))
    const columns = train.parties.flat()
    const sides = train.labels.map((label, row) => {
      const score = columns.reduce((sum, values, at) => sum + weights[at] * values[row], intercept)
      return Number(score > 0 === (label === 1))
    })
    const right = sides.reduce((sum, side) => sum + side, 0)
    // The holder of the labels has no column: alone it would answer the same for every row.
    assert.ok(right > 50, `${right} of 60`)
  })

  it('7: every client has a key of 2048 bits of its own, and none but clients has one', async () => {
    const train = verticalData({ rows: 20, widths: [1, 1, 1] })
    const run = await runVertical(verticalLinearRegression, { maxEpoch: 1 }, { train })
    const keys = run.wire.filter(({ tag }) => tag === 'share_key')
    const owners = new Map(
      keys.map(({ from, bytes }) => [from, Buffer.from(bytes).toString('hex')]),
    )
    assert.equal(new Set(owners.values()).size, 3)
    for (const { bytes } of keys) assert.ok(cipherKeyFromBytes(blob.decode(bytes)).bits >= 2048)
  })

  it('8: a parameter that is sampling, early stopping, categories or noise changes what is learnt', async () => {
    const base = TRIALS.FederatedGB.base
    const usual = await trained('FederatedGB', base)
    const scores = (run: ComponentRun) =>
      run.parties['guest:0'].tables.map(({ columns }) => columns.map(({ values }) => [...values]))
    for (const [field, value] of [
      ['rowSample', 0.5],
      ['colSample', 0.5],
      ['catFeatures', 'x2'],
      ['randomizedResponseProbability', 0.5],
    ] as const) {
      const other = await trained('FederatedGB', { ...base, [field]: value })
      assert.notDeepEqual(scores(other), scores(usual), field)
    }
    const long = {
      ...base,
      objective: 'binaryLogistic',
      numBoostRound: 8,
      eta: 1,
      evalMetric: ['ACC'],
    }
    const rounds = async (earlyStoppingRound: number) => {
      const run = await trained('FederatedGB', { ...long, earlyStoppingRound })
      return seriesOf(run, 'acc').length
    }
    assert.ok((await rounds(1)) < (await rounds(10)))
  })

  it('12: figures are compared: a linear model meets least squares worked out in one place', async () => {
    const train = verticalData({ rows: 80, widths: [1, 1, 1] })
    const run = await runVertical(
      verticalLinearRegression,
      { optimizer: 'NEWTON', maxEpoch: 12, minLoss: 0, lambda: 0 },
      { train },
    )
    const { weights, intercept } = modelsOf(run)
    // Where the squared error is least, residuals are at right angles to every column and to ones.
    const columns = [...train.parties.flat(), new Float64Array(80).fill(1)]
    const residuals = train.labels.map((label, row) =>
      columns.reduce((left, values, at) => left - (weights[at] ?? intercept) * values[row], label),
    )
    const spread = Math.hypot(...residuals)
    assert.ok(spread > 0.1, 'labels have noise')
    for (const values of columns) {
      const along = residuals.reduce((sum, residual, row) => sum + residual * values[row], 0)
      assert.ok(Math.abs(along) < 1e-4 * spread * Math.hypot(...values), `${along}`)
    }
    const rmse = seriesOf(run, 'rmse').at(-1) ?? Number.NaN
    assert.ok(Math.abs(rmse - spread / Math.sqrt(80)) < 1e-5, `${rmse}`)
  })

  describe('over the API', () => {
    let test: TestApp
    const client = { url: 'http://127.0.0.2:8094', dataset: 'rows.csv' }

    before(async () => {
      test = await testApp({ deps: { catalog: catalogOf(COMPONENTS.values()) } })
      await addPartyUrl(test.db, { party: 'left', url: client.url }, Date.now())
      const features = [{ name: 'x', dtype: 'float' as const }]
      await startRunner(test.db, {
        parties: ['left'],
        site: 'site-left',
        datasets: [{ party: 'left', name: client.dataset, index: 'uid', features }],
      })
    })
    after(() => test.close())

    async function refusal(path: string, body: unknown): Promise<string> {
      const { code, status } = await test.post<Reply<unknown>>(`/api/${path}`, body)
      assert.equal(code, -1, status)
      return status
    }

    it('9: a training whose match is not there is refused, and has no token', async () => {
      const body = {
        taskId: '92',
        model: 'VerticalLR',
        matchId: '92-MD5-210718154231',
        algorithmParams: [{ field: 'label', value: 'y' }],
        clientList: [client, { ...client, url: 'http://127.0.0.3:8094' }],
      }
      assert.match(await refusal('train/start', body), /no match "92-MD5-210718154231"/)
    })

    it('10: nobody reads a file by naming its path', async () => {
      for (const dataset of ['/etc/passwd', '../../etc/passwd', 'datasets.json']) {
        const clientList = [{ ...client, dataset, index: 'uid' }]
        const body = { taskId: '92', matchAlgorithm: 'ECDH', clientList }
        assert.match(await refusal('prepare/match/start', body), /offers|no data set/)
      }
    })

    it('11: HorizontalFedAvg and VerticalFDNN are trained, and every parameter is known to them', () => {
      for (const model of ['HorizontalFedAvg', 'VerticalFDNN']) {
        const { algorithm, module, params } = trainerOf(model)
        const component = COMPONENTS.get(module)
        assert.ok(component)
        const given = component.params.parse(params(readParams(algorithm, [])))
        assert.deepEqual(unknownKeys(component.params, given), [])
        const fields = algorithmParams(algorithm).map(({ field }) => field)
        assert.deepEqual(new Set([...Object.keys(given), 'crossValidation']), new Set(fields))
      }
    })
  })
})
