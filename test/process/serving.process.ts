/**
 * Online predictions with two runners that have a data directory each: the answers are those of a batch prediction.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { secureBoostJob } from '../helpers/sbt-job.ts'
import {
  call,
  guestRows,
  type ServingCluster,
  startServingCluster,
  type TrainedName,
} from '../helpers/serving.ts'
import { untarGzip } from '../helpers/untar.ts'
import { fateClient, finished, until } from './cluster.ts'

const [GUEST, HOST] = EXAMPLE_TABLES

describe('models online', { timeout: 400_000 }, () => {
  let cluster: ServingCluster
  let features: Map<string, Record<string, string>>
  let model: TrainedName

  before(async () => {
    cluster = await startServingCluster()
    features = await guestRows()
  })

  after(() => cluster.stop())

  async function batch(component: string): Promise<Map<string, string>> {
    const table = ({ namespace, name }: { namespace: string; name: string }) => ({
      args: { data: { eval_data: [{ namespace, name }] } },
    })
    const { jobId } = await fateClient(cluster.url).ok('job/submit', {
      job_runtime_conf: {
        initiator: { role: 'guest', party_id: 9999 },
        job_parameters: { work_mode: 0, job_type: 'predict', ...model },
        role: { guest: [9999], host: [10000] },
        role_parameters: { guest: table(GUEST), host: table(HOST) },
      },
    })
    await finished(cluster.url, jobId ?? '')
    const place = { job_id: jobId ?? '', role: 'guest', party_id: '9999' }
    const query = new URLSearchParams({ ...place, component_name: component })
    const path = `${cluster.url}/v1/tracking/component/output/data/download?${query}`
    const response = await fetch(path)
    assert.ok(response.body)
    const lines = (await untarGzip(response.body)).get('output_data.csv')?.trimEnd().split('\n')
    return new Map(lines?.map((line) => [line.split(',')[0], line.split(',')[3]]))
  }

  function online(service: string): Promise<Awaited<ReturnType<typeof call>>> {
    const { model_id: modelId, model_version: modelVersion } = model
    return call(cluster.url, 'PUT', `/api/weft/serving/${service}`, { modelId, modelVersion })
  }

  /** The scores of all rows, in batches of several hundred. */
  async function scores(service: string, known: boolean): Promise<Map<string, string>> {
    const rows = [...features].map(([id, own]) => (known ? { id, features: own } : { id }))
    const { status, body } = await call(cluster.url, 'POST', `/api/weft/serving/${service}`, {
      rows,
      timeoutMs: 20_000,
    })
    assert.equal(status, 200, JSON.stringify(body))
    const results = body['rows'] as { id: string; predict_score: number }[]
    return new Map(results.map(({ id, predict_score: score }) => [id, String(score)]))
  }

  it('HeteroLR answers each row exactly as a prediction of the whole table does', async () => {
    model = await cluster.train(exampleJob({ arbiter: '10001', maxIterations: 3 }))
    const { status, body } = await online('cancer')
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body['online'], true, String(body['trouble']))
    const expected = await batch('hetero_lr_0')
    assert.equal(expected.size, 569)
    assert.deepEqual(await scores('cancer', true), expected)
    assert.deepEqual(await scores('cancer', false), expected)
    for (const [id, own] of [...features].slice(0, 5)) {
      const one = await call(cluster.url, 'POST', '/api/weft/serving/cancer', { id, features: own })
      assert.equal(String(one.body['predict_score']), expected.get(id))
    }
  })

  it('the ledger tells what a host learns and what it gives away, and no more crosses', async () => {
    const { body: service } = await call(cluster.url, 'GET', '/api/weft/serving/cancer')
    const lines = await until('the ledger', async () => {
      const { body } = await call(
        cluster.url,
        'GET',
        `/api/weft/jobs/${String(service['jobId'])}/ledger`,
      )
      const found = body['lines'] as {
        tag: string
        sender: string
        kind: string
        messages: number
      }[]
      return found.length === 2 && found.every(({ messages }) => messages >= 7) && found
    })
    assert.deepEqual(
      lines
        .map(({ tag, sender, kind }) => [tag, sender, kind])
        .toSorted(([a], [b]) => a.localeCompare(b)),
      [
        ['ask', 'guest:9999', 'plain'],
        ['hetero_lr_0.host_score', 'host:10000', 'plain'],
      ],
    )
  })

  it('HeteroSecureBoost does so too, under the same name', async () => {
    const tree = { bin_num: 16, tree_param: { max_depth: 3 }, encrypt_param: { key_length: 1024 } }
    const training = { task_type: 'classification', num_trees: 4, ...tree }
    model = await cluster.train(secureBoostJob({ guest: GUEST, host: HOST, training }))
    const { body } = await online('cancer')
    assert.equal(body['online'], true, String(body['trouble']))
    assert.deepEqual(await scores('cancer', true), await batch('secureboost_0'))
  })

  it('FATE-Flow loads the model and publishes it under the party id of its guest', async () => {
    const client = fateClient(cluster.url)
    const body = {
      initiator: { role: 'guest', party_id: '9999' },
      role: { guest: [9999], host: [10000] },
      job_parameters: { work_mode: 0, ...model },
    }
    const { data, jobId } = await client.ok('model/load', body)
    assert.deepEqual(data, { guest: { 9999: 0 }, host: { 10000: 0 } })
    const { body: service } = await call(cluster.url, 'GET', '/api/weft/serving/cancer')
    assert.equal(jobId, service['jobId'], 'what is loaded already is not loaded again')
    await client.ok('model/online', body)
    const [[id]] = features
    const [one, other] = await Promise.all(
      ['9999', 'cancer'].map((name) =>
        call(cluster.url, 'POST', `/api/weft/serving/${name}`, { id }),
      ),
    )
    assert.equal(one.status, 200, JSON.stringify(one.body))
    assert.deepEqual(one.body, other.body)
    const nameless = await client.post('model/bind', body)
    assert.deepEqual([nameless.retcode, nameless.retmsg], [101, 'no service id'])
    const wrong = { ...body, job_parameters: { ...model, model_version: '1' } }
    const { retcode, retmsg } = await client.post('model/load', wrong)
    assert.equal(retcode, 101)
    assert.match(retmsg, /no model .* version 1/)
    assert.equal((await call(cluster.url, 'DELETE', '/api/weft/serving/9999')).status, 204)
    // The other name is left, and goes on.
    assert.equal((await call(cluster.url, 'POST', '/api/weft/serving/cancer', { id })).status, 200)
  })

  it('what cannot be answered says why at once', async () => {
    const ask = (body: object) => call(cluster.url, 'POST', '/api/weft/serving/cancer', body)
    const [[id, own]] = features
    const stranger = await ask({ id: 'nobody', features: own })
    assert.equal(stranger.status, 404)
    assert.match(JSON.stringify(stranger.body), /host 10000 has no row with the id \\"nobody\\"/)
    const { mean_radius: _, ...lacking } = own
    const incomplete = await ask({ id: 'p9999', features: lacking })
    assert.equal(incomplete.status, 422)
    assert.match(JSON.stringify(incomplete.body), /mean_radius/)
    const mixed = await ask({ rows: [{ id }, { id: 'nobody', features: own }, { id }] })
    const results = mixed.body['rows'] as Record<string, unknown>[]
    assert.deepEqual(
      results.map((result) => [result['id'], 'error' in result]),
      [
        [id, false],
        ['nobody', true],
        [id, false],
      ],
    )
    assert.deepEqual(results[0], results[2])
    const unknown = await call(cluster.url, 'POST', '/api/weft/serving/none', { id })
    assert.equal(unknown.status, 404)
    assert.match(JSON.stringify(unknown.body), /no service/)
  })

  it('a host that is killed is named, and its service is back when it is', async () => {
    const [[id]] = features
    const ask = (timeoutMs: number) =>
      call(cluster.url, 'POST', '/api/weft/serving/cancer', { id, timeoutMs })
    const before = await ask(5000)
    assert.equal(before.status, 200)
    await cluster.host.stop('SIGKILL')
    const began = performance.now()
    const down = await ask(500)
    assert.equal(down.status, 503)
    assert.match(JSON.stringify(down.body), /host 10000/)
    assert.ok(performance.now() - began < 20_000, 'an answer soon after the time that was given')
    cluster.host = await cluster.startHost()
    const again = await until('the service', async () => {
      const answer = await ask(2000)
      return answer.status === 200 && answer
    })
    assert.deepEqual(again.body, before.body)
  })

  it('a name that is taken away answers no more, and its job ends', async () => {
    const { body } = await call(cluster.url, 'GET', '/api/weft/serving/cancer')
    const gone = await call(cluster.url, 'DELETE', '/api/weft/serving/cancer')
    assert.equal(gone.status, 204)
    const job = await call(cluster.url, 'GET', `/api/weft/jobs/${String(body['jobId'])}`)
    assert.equal(job.body['state'], 'canceled')
    const [[id]] = features
    assert.equal((await call(cluster.url, 'POST', '/api/weft/serving/cancer', { id })).status, 404)
  })
})
