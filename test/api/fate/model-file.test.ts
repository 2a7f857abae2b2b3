/**
 * Models as files: out of one server and into another, and nothing that was changed on the way.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { FateStored } from '../../../src/api/fate/model-schema.ts'
import type { TarEntry } from '../../../src/api/tar.ts'
import { tarGzipStream } from '../../../src/api/tar.ts'
import { diskFiles } from '../../../src/bin/files.ts'
import { modelShelf } from '../../../src/bin/model-shelf.ts'
import { SPOOL_FACT } from '../../../src/domain/spool.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import {
  type FakeRunner,
  type FateAnswer,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { temporaryFolder } from '../../helpers/folder.ts'
import { untarGzip } from '../../helpers/untar.ts'

const MODEL_ID = 'arbiter-10000#guest-9999#host-10000#model'
const MODEL = {
  name: 'HeteroLogisticRegression',
  param: { weight: { x0: 0.5 }, intercept: -1 },
  meta: { penalty: 'L2' },
  state: { weights: Float64Array.of(0.5, -0), exact: 12345678901234567890n },
}

interface Place {
  readonly test: TestApp
  readonly runner: FakeRunner
  readonly files: ReturnType<typeof diskFiles>
}

describe('models as files', () => {
  const places: Place[] = []
  let home: Place
  let version: string
  let shelf: string

  async function open(site: string): Promise<Place> {
    const dataDir = await temporaryFolder()
    const spoolDir = `${dataDir}/spool`
    const files = diskFiles({ spoolDir, importRoots: [], dataDir, site })
    const deps = { models: modelShelf(shelf) }
    const test = await testApp({ settings: { uploadLimit: 1024 * 1024 }, deps })
    const runner = await startRunner(test.db, { site })
    for (const table of [
      { namespace: 'bank', name: 'guest' },
      { namespace: 'shop', name: 'host' },
    ]) {
      await uploadTable(test, runner, table)
    }
    // From here on the disk: what was uploaded so far is only talk.
    Object.assign(test.files, files)
    const place = { test, runner, files }
    places.push(place)
    return place
  }

  before(async () => {
    shelf = await temporaryFolder()
    home = await open('site-home')
    const { jobId } = await home.test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    version = jobId ?? ''
    await home.runner.work(async (task) => {
      const { role, party, name: node } = task
      if (role === null || party === null || role === 'arbiter' || node === 'evaluation_0') return
      await home.files.saveModel?.({ jobId: version, role, party, node }, encodeModel(MODEL))
      const { name, param, meta } = MODEL
      const report = { type: 'artifact', kind: 'model', name: 'model', location: 'x' } as const
      await home.runner.report(task, { ...report, summary: { name }, preview: { param, meta } })
    })
  })
  after(async () => {
    for (const { test } of places) await test.close()
  })

  const part = (role: string, party: string | number) => ({
    model_id: MODEL_ID,
    model_version: version,
    role,
    party_id: party,
  })

  async function exported(role: string, party: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await home.test.app.request('/v1/model/export', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(part(role, party)),
    })
    assert.equal(response.headers.get('content-type'), 'application/gzip')
    return new Uint8Array(await response.arrayBuffer())
  }

  async function send(
    place: Place,
    archive: Uint8Array<ArrayBuffer>,
    fields: Record<string, string> = {},
  ): Promise<FateAnswer> {
    const form = new FormData()
    form.set('file', new Blob([archive]), 'model.tar.gz')
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    const response = await place.test.app.request('/v1/model/import', {
      method: 'POST',
      body: form,
    })
    return (await response.json()) as FateAnswer
  }

  async function pack(files: ReadonlyMap<string, string>): Promise<Uint8Array<ArrayBuffer>> {
    const entries = [...files].map(([path, text]): TarEntry => {
      const bytes = new TextEncoder().encode(text)
      return { path, size: bytes.length, modifiedAt: 0, content: [bytes] }
    })
    return new Uint8Array(
      await new Response(
        tarGzipStream(entries) as ReadableStream<Uint8Array<ArrayBuffer>>,
      ).arrayBuffer(),
    )
  }

  const unpack = (archive: Uint8Array<ArrayBuffer>) => untarGzip(new Blob([archive]).stream())

  it('an archive has the model of every component, as it is kept and in plain words', async () => {
    const files = await unpack(await exported('guest', '9999'))
    assert.deepEqual([...files.keys()].slice(0, 2), ['manifest.json', 'manifest.sha256'])
    const plain = JSON.parse(files.get('plain/hetero_lr_0.json') ?? '') as object
    assert.deepEqual(plain, { param: MODEL.param, meta: MODEL.meta })
    assert.equal(files.get('parts/hetero_lr_0.json'), encodeModel(MODEL))
    const json = await home.test.post('/v1/model/export', {
      ...part('guest', 9999),
      format: 'json',
    })
    assert.deepEqual((json.data as Record<string, object>)['hetero_lr_0'], plain)
    const query = new URLSearchParams({ ...part('guest', '9999'), party_id: '9999' })
    const get = await home.test.app.request(`/v1/model/export?${query}`)
    assert.equal(get.headers.get('content-type'), 'application/gzip')
    await get.body?.cancel()
  })

  it('goes into a server that has never seen it, which then predicts with it', async () => {
    const away = await open('site-away')
    for (const [role, party] of [
      ['guest', '9999'],
      ['host', '10000'],
    ]) {
      const { retcode, retmsg, data } = await send(away, await exported(role, party))
      assert.equal(retcode, 0, retmsg)
      assert.deepEqual(data, { ...part(role, party) })
    }
    const text = await away.files.readModel?.({
      site: 'site-away',
      jobId: version,
      role: 'host',
      party: '10000',
      node: 'hetero_lr_0',
    })
    assert.equal(text, encodeModel(MODEL))
    const listed = await away.test.post('/v1/model/version', { namespace: MODEL_ID })
    assert.equal((listed.data as { commitId: string }[])[0].commitId, version)
    const { retcode, retmsg } = await away.test.post('/v1/job/submit', {
      job_runtime_conf: predictConf({ model_id: MODEL_ID, model_version: version }),
    })
    assert.equal(retcode, 0, retmsg)
    const tasks = await away.runner.claim()
    assert.ok(
      tasks.some(({ spec }) => spec.type === 'component' && spec.models[0]?.job === version),
    )
    const again = await send(away, await exported('guest', '9999'))
    assert.equal(again.retcode, 100)
    assert.match(again.retmsg, /already/)
    const forced = await send(away, await exported('guest', '9999'), { force_update: 'true' })
    assert.equal(forced.retcode, 0, forced.retmsg)
  })

  it('one that was changed on the way is refused, and nothing of it stays', async () => {
    const away = await open('site-tampered')
    const files = await unpack(await exported('guest', '9999'))
    const changed = (path: string, change: (text: string) => string) =>
      new Map([...files].map(([name, text]) => [name, name === path ? change(text) : text]))
    const cases: [Map<string, string>, RegExp][] = [
      [changed('parts/hetero_lr_0.json', (text) => text.replace('0.5', '0.6')), /SHA-256/],
      [changed('plain/hetero_lr_0.json', (text) => `${text} `), /SHA-256/],
      [changed('manifest.json', (text) => text.replace(version, `${version}1`)), /SHA-256/],
      [new Map([...files].filter(([name]) => name !== 'parts/dataio_0.json')), /lacks parts/],
      [new Map([...files, ['parts/extra_0.json', '{}']]), /does not name/],
      [new Map([...files, ['parts/../../../x.json', '{}']]), /does not belong/],
      [new Map([...files, ['/etc/x', '{}']]), /does not belong/],
      [new Map([...files].slice(2)), /no manifest/],
    ]
    for (const [map, expected] of cases) {
      const { retcode, retmsg } = await send(away, await pack(map))
      assert.equal(retcode, 100)
      assert.match(retmsg, expected)
    }
    const noise = await send(away, Uint8Array.of(1, 2, 3))
    assert.match(noise.retmsg, /no whole tar\.gz/)
    const wrong = await send(away, await exported('guest', '9999'), { party_id: '10000' })
    assert.match(wrong.retmsg, /not "10000"/)
    const rows = await away.test.db.selectFrom('model').selectAll().execute()
    assert.deepEqual(rows, [])
  })

  it('endless zeros are not unpacked', async () => {
    const zeros = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (let megabyte = 0; megabyte < 140; megabyte++) controller.enqueue(ZEROS)
        controller.close()
      },
    })
    const packed = zeros.pipeThrough(new CompressionStream('gzip'))
    const bomb = new Uint8Array(await new Response(packed).arrayBuffer())
    assert.ok(bomb.length < 1024 * 1024)
    const { retcode, retmsg } = await send(home, bomb)
    assert.equal(retcode, 100)
    assert.match(retmsg, /more than \d+ bytes once unpacked/)
  })

  it('is stored in a folder of the server, and restored from there by another', async () => {
    const key = { model_id: MODEL_ID, model_version: version }
    const address = { storage: 'redis', host: '127.0.0.1', password: 'hunter2' }
    for (const verb of ['store', 'restore']) {
      const elsewhere = await home.test.post(`/v1/model/${verb}`, {
        ...key,
        store_address: address,
      })
      assert.match(elsewhere.retmsg, /^store_address\.storage "redis": .* WEFT_MODEL_STORE/)
      assert.doesNotMatch(JSON.stringify(elsewhere), /hunter2/)
    }
    const one = await home.test.post('/v1/model/store', {
      ...part('guest', 9999),
      store_address: { storage: 'file' },
    })
    assert.equal(one.retcode, 0, one.retmsg)
    const all = FateStored.parse(await home.test.post('/v1/model/store', key))
    assert.deepEqual(
      all.data?.parts.map(({ role, party_id, bytes }) => [role, party_id, Number(bytes) > 100]),
      [
        ['guest', '9999', true],
        ['host', '10000', true],
        ['arbiter', '10000', true],
      ],
    )
    const away = await open('site-restored')
    const none = await away.test.post('/v1/model/restore', { ...key, model_version: '1' })
    assert.deepEqual(
      [none.retcode, /put it there with model\/store/.test(none.retmsg)],
      [101, true],
    )
    const stranger = await away.test.post('/v1/model/restore', part('host', 7))
    assert.match(stranger.retmsg, /no part of model .* at that party/)
    const restored = FateStored.parse(await away.test.post('/v1/model/restore', key))
    assert.equal(restored.data?.parts.length, 3)
    const text = await away.files.readModel?.({
      site: 'site-restored',
      jobId: version,
      role: 'host',
      party: '10000',
      node: 'hetero_lr_0',
    })
    assert.equal(text, encodeModel(MODEL))
    const again = await away.test.post('/v1/model/restore', part('guest', 9999))
    assert.match(again.retmsg, /already: send force_update/)
    const forced = await away.test.post('/v1/model/restore', {
      ...part('guest', 9999),
      force_update: true,
    })
    assert.equal(forced.retcode, 0, forced.retmsg)
  })

  it('a part that lies with a runner on another host is sent here by it', async () => {
    const at = home.test.db
      .updateTable('artifact')
      .where('task_id', 'like', `${version}%host_10000`)
    await at.set({ site: 'site-far' }).execute()
    const refused = await home.test.post('/v1/model/export', part('host', 10000))
    assert.match(refused.retmsg, /the party's own runner, or lost: .* is not running: start it/)
    const far = await startRunner(home.test.db, { site: 'site-far' })
    await home.test.db
      .updateTable('runner')
      .set({ facts: JSON.stringify({ [SPOOL_FACT]: true }) })
      .where('id', '=', far.id)
      .execute()
    const done = new AbortController()
    const answering = answer(far, done.signal)
    const files = await unpack(await exported('host', '10000'))
    done.abort()
    await answering
    assert.equal(files.get('parts/hetero_lr_0.json'), encodeModel(MODEL))
    await at.set({ site: 'site-home' }).execute()
  })

  /** Does what a runner does with what it is asked to send, until told to stop. */
  async function answer(far: FakeRunner, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      for (const task of await far.claim()) {
        assert.ok(task.spec.type === 'fetch' && task.spec.what === 'model')
        const body = new Blob([encodeModel(MODEL)]).stream()
        await home.files.fillSpool?.(task.spec.spool, body, 1e6)
        await far.settle(task)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  it('what has no store says so', async () => {
    const test = await testApp()
    const { retcode, retmsg } = await test.post('/v1/model/store', part('guest', 9999))
    assert.deepEqual([retcode, /has no disk and stores no models/.test(retmsg)], [100, true])
    await test.close()
  })

  it('model/query has a row for each party of a version, and what is wanted of it', async () => {
    const { data } = await home.test.post('/v1/model/query', { model_version: version })
    const rows = data as Record<string, unknown>[]
    assert.deepEqual(
      rows.map((row) => [row['f_role'], row['f_party_id'], row['f_job_status']]),
      [
        ['guest', '9999', 'success'],
        ['host', '10000', 'success'],
        ['arbiter', '10000', 'success'],
      ],
    )
    assert.equal(rows[0]['f_party_model_id'], `guest#9999#${MODEL_ID}`)
    assert.ok('components' in (rows[0]['f_inference_dsl'] as object))
    const some = await home.test.post('/v1/model/query', {
      ...part('host', '10000'),
      query_filters: ['f_role', 'f_parent'],
    })
    assert.deepEqual(some.data, [{ f_role: 'host', f_parent: true }])
    assert.equal((await home.test.post('/v1/model/query', { model_id: 'none' })).retcode, 101)
  })

  it('what is not there, or not to be had, says so', async () => {
    const ask = (body: object) => home.test.post('/v1/model/export', body)
    const unknown = await ask({ ...part('guest', 9999), model_version: '1' })
    assert.deepEqual(unknown.retcode, 101)
    const stranger = await ask(part('host', 7))
    assert.match(stranger.retmsg, /no part at host 7/)
    const nothing = await ask({})
    assert.match(nothing.retmsg, /model_id.*model_version.*role.*party_id/)
    await home.test.db
      .updateTable('artifact')
      .set({ preview: null })
      .where('task_id', '=', `${version}_hetero_lr_0_host_10000`)
      .execute()
    const kept = await ask(part('host', 10000))
    assert.match(kept.retmsg, /keeps its models to itself/)
  })

  it('a deployed version predicts with the components that were chosen, and is a version of its own', async () => {
    const { retcode, data, jobId } = await home.test.post('/v1/model/deploy', {
      model_id: MODEL_ID,
      model_version: version,
      cpn_list: ['dataio_0', 'hetero_lr_0'],
    })
    assert.equal(retcode, 0)
    const deployed = (data as { model_version: string }).model_version
    assert.equal(jobId, deployed)
    assert.notEqual(deployed, version)
    const predicted = await home.test.post('/v1/job/submit', {
      job_runtime_conf: predictConf({ model_id: MODEL_ID, model_version: deployed }),
    })
    assert.equal(predicted.retcode, 0, predicted.retmsg)
    const { data: graph } = await home.test.post('/v1/pipeline/dag/dependency', {
      job_id: predicted.jobId,
    })
    assert.deepEqual(graph, {
      component_list: ['dataio_0', 'hetero_lr_0'],
      dependencies: { hetero_lr_0: ['dataio_0'] },
      component_module: { dataio_0: 'DataIO', hetero_lr_0: 'HeteroLR' },
    })
    const strange = await home.test.post('/v1/model/deploy', {
      model_id: MODEL_ID,
      model_version: version,
      cpn_list: ['evaluation_0'],
    })
    assert.equal(strange.retcode, 100)
    assert.match(strange.retmsg, /no component "evaluation_0"/)
  })
})

function predictConf(model: { model_id: string; model_version: string }): object {
  const table = (namespace: string, name: string) => ({
    args: { data: { eval_data: [{ namespace, name }] } },
  })
  return {
    initiator: { role: 'guest', party_id: 9999 },
    job_parameters: { work_mode: 0, job_type: 'predict', ...model },
    role: { guest: [9999], host: [10000] },
    role_parameters: { guest: table('bank', 'guest'), host: table('shop', 'host') },
  }
}

const ZEROS = new Uint8Array(1024 * 1024)
