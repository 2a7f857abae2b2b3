/**
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Hono } from 'hono'

import { FLOW_SURFACE } from '../../src/api/flow-check.ts'
import { createApp } from '../../src/app.ts'
import { scryptPasswords } from '../../src/bin/password.ts'
import { toJson } from '../../src/db/json.ts'
import type { Db } from '../../src/db/type.ts'
import { createAccount, getAccount } from '../../src/domain/account.ts'
import { submitFlow } from '../../src/domain/flow-job.ts'
import { submitJob } from '../../src/domain/job.ts'
import { createAccountToken } from '../../src/domain/principal.ts'
import { bindService } from '../../src/domain/serving.ts'
import { createToken } from '../../src/domain/token.ts'
import { startRunner } from '../helpers/app.ts'
import { freshDatabase } from '../helpers/database.ts'
import { quietDeps } from '../helpers/deps.ts'

const passwords = scryptPasswords({ logN: 10 })

interface Reply {
  readonly status: number
  readonly text: string
  // What a field holds is for the assertion to say.
  readonly body: ReturnType<typeof JSON.parse>
}

describe('accounts at every API', () => {
  let db: Db
  let app: Hono
  const tokens: Record<string, string> = {}
  before(async () => {
    db = await freshDatabase()
    app = createApp({
      ...quietDeps(db, { version: '1', bodyLimit: 100_000, uploadLimit: 1000, flowWaitMs: 0 }),
      now: () => Date.now(),
      passwords,
    })
    for (const [name, admin] of [
      ['ann', false],
      ['bob', false],
      ['root', true],
    ] as const) {
      await createAccount(db, { name, password: 'secret-1', admin }, { passwords, at: 0 })
      const account = await getAccount(db, name)
      tokens[name] = await createAccountToken(db, { account, application: false }, Date.now())
    }
    tokens['operator'] = await createToken(
      db,
      { kind: 'user', name: '', parties: null },
      Date.now(),
    )
  })
  after(() => db.destroy())

  async function ask(who: string, method: string, path: string, sent?: unknown): Promise<Reply> {
    const form = sent instanceof URLSearchParams || sent instanceof FormData
    const response = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${tokens[who]}`,
        ...(form || sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: form ? sent : JSON.stringify(sent) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return { status: response.status, text, body: isJson ? JSON.parse(text) : undefined }
  }
  const enter = (owner: string | null, surface: string, kind: string, name: string) =>
    submitJob(db, {
      surface,
      kind,
      owner,
      name,
      members: { guest: ['9999'] },
      initiator: { role: 'guest', party: '9999' },
      graph: [],
      tasks: [],
      request: { job_dsl: {}, job_runtime_conf: {} },
    })

  it('FATE-Flow: lists, stops and describes one’s own jobs, to administrators all', async () => {
    const mine = await enter('ann', 'fate', 'train', 'a')
    const other = await enter('bob', 'fate', 'train', 'b')
    const operators = await enter(null, 'fate', 'train', 'c')
    const ids = async (who: string) => {
      const { body } = await ask(who, 'POST', '/v1/job/query', { role: 'guest' })
      return (body.data ?? []).map(({ f_job_id: id }: { f_job_id: string }) => id).toSorted()
    }
    const all = [mine.id, other.id, operators.id].toSorted()
    assert.deepEqual(await ids('ann'), [mine.id])
    assert.deepEqual(await ids('root'), all)
    assert.deepEqual(await ids('operator'), all)
    for (const path of ['/v1/job/stop', '/v1/job/query', '/v1/tracking/job/data_view']) {
      const ask1 = { job_id: other.id, role: 'guest', party_id: '9999' }
      const { body } = await ask('ann', 'POST', path, ask1)
      assert.notEqual(body.retcode, 0, path)
      assert.match(body.retmsg, /There is no ".*" of yours/, path)
    }
    const listed = await ask('ann', 'POST', '/v1/job/list/job', {})
    assert.deepEqual(
      listed.body.data.jobs.map((one: { f_job_id: string }) => one.f_job_id),
      [mine.id],
    )
    const cleared = await ask('ann', 'POST', '/v1/job/clean/queue', {})
    assert.equal(Object.keys(cleared.body.data).includes(other.id), false)
    assert.equal((await ask('ann', 'POST', '/v1/job/stop', { job_id: mine.id })).body.retcode, 0)
  })

  it('FATE-Flow: a body of another type than it says is looked at as well', async () => {
    const other = await enter('bob', 'fate', 'train', 'x')
    const response = await app.request('/v1/job/log', {
      method: 'POST',
      headers: { authorization: `Bearer ${tokens['ann']}`, 'content-type': 'application/x-odd' },
      body: JSON.stringify({ job_id: other.id }),
    })
    assert.match(await response.text(), /There is no \\?".*\\?" of yours/)
  })

  it('FATE-Flow: an upload is its account’s', async () => {
    await startRunner(db)
    const form = new FormData()
    form.set('namespace', 'n')
    form.set('table_name', 't')
    const refused = await ask('ann', 'POST', '/v1/data/upload', form)
    // There is no disk in this test; the job of the console's example says whose it is.
    assert.notEqual(refused.body.retcode, 0)
    await ask('ann', 'POST', '/example', new URLSearchParams())
    const owners = await db
      .selectFrom('job')
      .select('owner')
      .where('kind', '=', 'upload')
      .distinct()
      .execute()
    assert.deepEqual(owners, [{ owner: 'ann' }])
  })

  it('Weft: jobs of others are not found, and say whose they are to administrators', async () => {
    const other = await enter('bob', 'weft', 'process', 'p')
    for (const [method, path] of [
      ['GET', `/api/weft/jobs/${other.id}`],
      ['POST', `/api/weft/jobs/${other.id}/stop`],
      ['GET', `/api/weft/jobs/${other.id}/events`],
      ['GET', `/jobs/${other.id}`],
      ['POST', `/jobs/${other.id}/stop`],
      ['GET', `/compare?a=${other.id}&b=${other.id}`],
    ] as const)
      assert.equal((await ask('ann', method, path)).status, 404, path)
    assert.equal((await ask('root', 'GET', `/api/weft/jobs/${other.id}`)).body.owner, 'bob')
    const { body } = await ask('bob', 'GET', '/api/weft/jobs')
    assert.ok(body.jobs.length > 0)
    assert.ok(body.jobs.every(({ owner }: { owner: string }) => owner === 'bob'))
    assert.doesNotMatch((await ask('ann', 'GET', '/jobs')).text, new RegExp(other.id))
    assert.match((await ask('bob', 'GET', '/jobs')).text, new RegExp(other.id))
  })

  it('flows: known by names, which are others’ as well', async () => {
    const spec = { type: 'flow', source: {}, format: 'json' } as const
    await submitFlow(db, {
      name: 'taken',
      surface: FLOW_SURFACE,
      description: '',
      spec,
      units: [],
      owner: 'bob',
    })
    const graph = { graphconf: 'digraph d { a -> b }', format: 'graphviz' }
    const put = await ask('ann', 'PUT', '/api/weft/flows/taken', { graph: { graph } })
    assert.equal(put.status, 404)
    for (const fields of [new FormData(), new URLSearchParams()]) {
      fields.set('name', 'taken')
      fields.set('do', 'run')
      assert.equal((await ask('ann', 'POST', '/flows/draft', fields)).status, 404)
    }
    assert.equal((await ask('ann', 'GET', '/flows/taken')).status, 404)
    assert.deepEqual((await ask('ann', 'GET', '/api/weft/flows')).body, { flows: [] })
    assert.equal((await ask('bob', 'GET', '/api/weft/flows')).body.flows.length, 1)
  })

  it('ModelBox: jobs are their account’s', async () => {
    const graph = { job_id: 'box', job_graph: { graph: { graphconf: 'no graph' } } }
    await ask('ann', 'PUT', '/v1/modelbox/job', graph)
    const ids = async (who: string) =>
      (await ask(who, 'GET', '/v1/modelbox/job/list/all')).body.job_list.map(
        (one: { job_id: string }) => one.job_id,
      )
    assert.deepEqual(await ids('ann'), ['box'])
    assert.ok(!(await ids('bob')).includes('box'))
    assert.ok((await ids('root')).includes('box'))
    assert.equal((await ask('bob', 'GET', '/v1/modelbox/job/box')).status, 404)
    assert.equal((await ask('bob', 'DELETE', '/v1/modelbox/job/box')).status, 404)
    assert.equal((await ask('ann', 'DELETE', '/v1/modelbox/job/box')).status, 204)
  })

  it('fedlearn: matches and trainings are their account’s', async () => {
    const training = await enter('bob', 'fedlearn', 'train', 'task-1')
    const mine = await enter('ann', 'fedlearn', 'train', 'task-1')
    const list = { taskList: ['task-1'] }
    const { body } = await ask('ann', 'POST', '/api/train/list', list)
    assert.deepEqual(
      body.data.trainList.map((one: { modelToken: string }) => one.modelToken),
      [mine.id],
    )
    const both = await ask('root', 'POST', '/api/train/list', list)
    assert.equal(both.body.data.trainList.length, 2)
    const status = await ask('ann', 'POST', '/api/train/status', { modelToken: training.id })
    assert.match(status.body.status, /There is no ".*" of yours/)
    assert.equal((await ask('ann', 'GET', `/projects/${training.id}`)).status, 404)
  })

  it('works: lists, changes and runs are their account’s', async () => {
    const work = { user_id: 'u', name: 'w', description: '', type: 'BATCH', category: 'FLINK_SQL' }
    const made = await ask('ann', 'POST', '/api/v1/works', { ...work, script: 'select 1' })
    const id: string = made.body.data.work_id
    assert.deepEqual((await ask('bob', 'GET', '/api/v1/works')).body.data, [])
    assert.equal((await ask('root', 'GET', '/api/v1/works')).body.data.length, 1)
    assert.equal((await ask('bob', 'GET', `/api/v1/works/${id}`)).status, 404)
    assert.equal((await ask('bob', 'PATCH', `/api/v1/works/${id}`, { name: 'x' })).status, 404)
    assert.equal((await ask('bob', 'POST', '/api/v1/works/start', { work_ids: [id] })).status, 404)
    assert.equal((await ask('bob', 'GET', `/works/${id}`)).status, 404)
    assert.match((await ask('ann', 'GET', '/works')).text, new RegExp(id))
    assert.doesNotMatch((await ask('bob', 'GET', '/works')).text, new RegExp(id))
    const copied = await ask('root', 'POST', `/works/${id}/do/copy`)
    assert.equal(copied.status, 303)
    const owners = await db.selectFrom('work').select('owner').orderBy('owner').execute()
    assert.deepEqual(owners, [{ owner: 'ann' }, { owner: 'root' }])
  })

  it('tables: lists and pages are their account’s, and the operator’s are everybody’s', async () => {
    for (const [owner, name] of [
      ['ann', 'ann_rows'],
      ['bob', 'bob_rows'],
      [null, 'shared_rows'],
    ] as const) {
      const upload = await enter(owner, 'fate', 'upload', name)
      await db
        .insertInto('data_table')
        .values({
          namespace: 'space',
          name,
          columns: toJson(['x']),
          partitions: 1,
          rows: 7,
          job_id: upload.id,
          preview: toJson([['secret-cell']]),
          created_at: 1,
          updated_at: upload.createdAt,
        })
        .execute()
    }
    const seen = async (who: string, path: string) =>
      [...new Set((await ask(who, 'GET', path)).text.match(/\w+_rows\b/g))].toSorted()
    for (const path of ['/tables', '/jobs/new']) {
      assert.deepEqual(await seen('ann', path), ['ann_rows', 'shared_rows'], path)
      const all = ['ann_rows', 'bob_rows', 'shared_rows']
      assert.deepEqual(await seen('root', path), all, path)
      assert.deepEqual(await seen('operator', path), all, path)
    }
    assert.equal((await ask('ann', 'GET', '/tables/space/bob_rows')).status, 404)
    for (const name of ['ann_rows', 'shared_rows'])
      assert.equal((await ask('ann', 'GET', `/tables/space/${name}`)).status, 200)
    const info = (who: string, name?: string) =>
      ask(who, 'POST', '/v1/table/table_info', { namespace: 'space', table_name: name })
    assert.match((await info('ann', 'bob_rows')).body.retmsg, /There is no "space\.bob_rows"/)
    assert.equal((await info('bob', 'bob_rows')).body.data.count, 7)
    const drop = { namespace: 'space', table_name: 'bob_rows' }
    const dropped = await ask('ann', 'POST', '/v1/table/delete', drop)
    assert.match(dropped.body.retmsg, /There is no "space\.bob_rows"/)
    assert.equal((await ask('bob', 'GET', '/tables/space/bob_rows')).status, 200)
  })

  it('models and services are their account’s', async () => {
    const train = async (owner: string) => {
      const { id } = await enter(owner, 'fate', 'train', 'm')
      await db.updateTable('job').set({ state: 'succeeded' }).where('id', '=', id).execute()
      for (const version of [id, `deployed-${owner}`])
        await db
          .insertInto('model')
          .values({
            model_id: 'arbiter-9#model',
            version,
            job_id: id,
            members: toJson({ guest: ['9999'] }),
            created_at: 1,
          })
          .execute()
      return id
    }
    const [mine, other] = [await train('ann'), await train('bob')]
    const rows = async (who: string) => {
      const { body } = await ask(who, 'POST', '/v1/model/query', { model_id: 'arbiter-9#model' })
      return body.data.map((row: { f_model_version: string }) => row.f_model_version).toSorted()
    }
    assert.deepEqual(await rows('ann'), [mine, 'deployed-ann'].toSorted())
    assert.equal((await rows('root')).length, 4)
    const versions = await ask('ann', 'POST', '/v1/model/version', { namespace: 'arbiter-9#model' })
    assert.deepEqual(
      versions.body.data.map((one: { name: string }) => one.name).toSorted(),
      [mine, 'deployed-ann'].toSorted(),
    )
    for (const version of [other, 'deployed-bob']) {
      const named = { model_id: 'arbiter-9#model', model_version: version }
      const { body } = await ask('ann', 'POST', '/v1/model/query', named)
      assert.match(body.retmsg, /There is no ".*" of yours/, version)
    }

    for (const owner of ['ann', 'bob']) {
      const { id: jobId } = await enter(owner, 'weft', 'serving', `Online ${owner}`)
      await bindService(db, { name: `credit-${owner}`, jobId })
    }
    const names = async (who: string) =>
      (await ask(who, 'GET', '/api/weft/serving')).body.services.map(
        (one: { name: string }) => one.name,
      )
    assert.deepEqual(await names('ann'), ['credit-ann'])
    assert.deepEqual(await names('root'), ['credit-ann', 'credit-bob'])
    assert.doesNotMatch((await ask('ann', 'GET', '/models')).text, /credit-bob/)
    assert.match((await ask('bob', 'GET', '/models')).text, /credit-bob/)
    const at = '/api/weft/serving/credit-bob'
    for (const [method, path, body] of [
      ['GET', at],
      ['DELETE', at],
      ['POST', at, { id: '1' }],
      ['PUT', at, { modelId: 'arbiter-9#model', modelVersion: mine }],
      ['POST', '/models/try', new URLSearchParams({ service: 'credit-bob', id: '1' })],
    ] as const) {
      const { status, text } = await ask('ann', method, path, body)
      assert.equal(status, 404, `${method} ${path}`)
      assert.match(text, /There is no .*credit-bob.* of yours/)
    }
    const load = { job_parameters: { model_id: 'arbiter-9#model', model_version: mine } }
    const bound = await ask('ann', 'POST', '/v1/model/bind', { ...load, service_id: 'credit-bob' })
    assert.match(bound.body.retmsg, /There is no .*credit-bob.* of yours/)
    assert.deepEqual(await names('bob'), ['credit-bob'])
  })

  it('leaves runners to administrators, and gateways to runners', async () => {
    assert.equal((await ask('ann', 'GET', '/runners')).status, 200)
    for (const path of ['/runners/r/drain', '/api/weft/runners/r/drain', '/runners/invite'])
      assert.equal((await ask('ann', 'POST', path, new URLSearchParams())).status, 403, path)
    assert.equal((await ask('ann', 'GET', '/runners/invite')).status, 403)
    assert.equal((await ask('root', 'GET', '/runners/invite')).status, 200)
    const leased = await ask('root', 'POST', '/runner/v1/orders', {})
    assert.equal(leased.status, 401)
  })

  it('knows programs by their name and token', async () => {
    const basic = (text: string) =>
      app.request('/api/weft/jobs', { headers: { authorization: `Basic ${btoa(text)}` } })
    assert.equal((await basic(`ann:${tokens['ann']}`)).status, 200)
    assert.equal((await basic(`bob:${tokens['ann']}`)).status, 401)
  })

  it('OpenPAI: pages of other origins may call it with a token, and with nothing else', async () => {
    const origin = 'http://portal.example'
    const preflight = await app.request('/rest-server/api/v2/jobs', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })
    assert.equal(preflight.status, 204)
    assert.equal(preflight.headers.get('access-control-allow-origin'), '*')
    assert.equal(
      preflight.headers.get('access-control-allow-headers'),
      'authorization,content-type',
    )
    const call = (path: string, headers: Record<string, string>, body: BodyInit = 'no document') =>
      app.request(path, { method: 'POST', body, headers: { origin, ...headers } })
    const bearer = { authorization: `Bearer ${tokens['ann']}` }
    const refused = await call('/api/v2/jobs', bearer)
    assert.equal(refused.status, 400)
    assert.equal(refused.headers.get('access-control-allow-origin'), '*')
    const form = new URLSearchParams({ username: 'ann', password: 'secret-1' })
    const entered = await call('/api/v2/authn/basic/login', {}, form)
    assert.equal(entered.status, 200)
    assert.equal(entered.headers.get('set-cookie'), null)
    const cookie = { cookie: `weft_token=${tokens['ann']}` }
    assert.equal((await call('/api/v2/jobs', cookie)).status, 403)
    for (const path of ['/api/v1/works', '/v1/job/submit', '/api/weft/jobs', '/login']) {
      const answer = await call(path, bearer)
      assert.equal(answer.status, 403, path)
      assert.equal(answer.headers.get('access-control-allow-origin'), null, path)
    }
  })

  it('OpenPAI: who fails to log in too often has to wait, and may log in from elsewhere', async () => {
    const login = (password: string, address: string) =>
      app.request(
        '/api/v2/authn/basic/login',
        { method: 'POST', body: new URLSearchParams({ username: 'bob', password }) },
        { incoming: { socket: { remoteAddress: address } } },
      )
    for (let turn = 0; turn < 6; turn += 1)
      assert.equal((await login('wrong-1', '6.6.6.6')).status, 400)
    const held = await login('secret-1', '6.6.6.6')
    assert.equal(held.status, 429)
    assert.match(await held.text(), /Too many failed logins: try again in \d+ seconds/)
    assert.equal((await login('secret-1', '1.1.1.1')).status, 200)
  })
})
