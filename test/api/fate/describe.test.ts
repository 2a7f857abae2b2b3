/**
 * What the server says of itself, and of what it does not have.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { INSTEAD } from '../../../src/api/fate/routes/instead.ts'
import {
  type FakeRunner,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

describe('the server in the words of later clients', () => {
  let test: TestApp
  let runner: FakeRunner
  before(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
  })
  after(() => test.close())

  it('component/list and component/get have modules and their parameters', async () => {
    const { data } = await test.post('/v1/component/list')
    assert.ok((data as string[]).includes('DataIO'))
    const get = (body: object) => test.post('/v1/component/get', body)
    const found = (await get({ name: 'dataio' })).data as Record<string, unknown>
    assert.deepEqual([found['name'], found['param_class']], ['DataIO', 'DataIOParam'])
    assert.deepEqual(found['input'], { data: ['data'], model: ['model'] })
    const { properties } = found['parameters'] as { properties: Record<string, object> }
    assert.deepEqual(Object.keys(properties), ['with_label', 'label_idx', 'output_format'])
    assert.equal((await get({ module: 'Nothing' })).retcode, 101)
    assert.match((await get({})).retmsg, /arguments are required: name/)
  })

  it('table/bind makes a table of a file, and of nothing else', async () => {
    test.files.imports.add('rows.csv')
    const body = { namespace: 'bank', name: 'bound', engine: 'LOCALFS', head: true, partitions: 8 }
    const answer = await test.post('/v1/table/bind', { ...body, address: { path: 'rows.csv' } })
    assert.equal(answer.retcode, 0, answer.retmsg)
    const [task] = await runner.claim()
    assert.equal(task.jobId, answer.jobId)
    assert.ok(task.spec.type === 'upload')
    const { name, namespace, source, partitions } = task.spec
    assert.deepEqual(
      [namespace, name, source, partitions],
      ['bank', 'bound', { type: 'path', path: 'rows.csv' }, 8],
    )
    await runner.settle(task)
    const mysql = await test.post('/v1/table/bind', { ...body, engine: 'MYSQL', address: {} })
    assert.deepEqual(
      [mysql.retcode, /engine "MYSQL".*data\/upload/.test(mysql.retmsg)],
      [100, true],
    )
    const outside = { ...body, address: { path: '/etc/passwd' } }
    assert.notEqual((await test.post('/v1/table/bind', outside)).retcode, 0)
    const missing = await test.post('/v1/table/bind', { namespace: 'bank' })
    assert.match(missing.retmsg, /address\.path,name/)
  })

  it('job/url/get is the page of a job', async () => {
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const job = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    const { jobId } = await test.post('/v1/job/submit', job)
    const at = { job_id: jobId, role: 'host', party_id: 10000 }
    const { data } = await test.post('/v1/job/url/get', at)
    assert.match(
      (data as { board_url: string }).board_url,
      new RegExp(`/jobs/${jobId}\\?job_id=${jobId}&role=host&party_id=10000`),
    )
    assert.equal((await test.post('/v1/job/url/get', { job_id: '1' })).retcode, 101)
  })

  it('says what there is instead of what it does not have', async () => {
    const asked = {
      permission: '/v1/permission/grant/privilege',
      key: '/v1/key/save',
      site: '/v1/site/authentication',
      provider: '/v1/provider/register',
      resource: '/v1/resource/query',
      checkpoint: '/v1/checkpoint/list',
      template: '/v1/template/download',
      server: '/v1/server/list',
      'model/homo': '/v1/model/homo/convert',
      'job/log/path': '/v1/job/log/path',
    }
    assert.deepEqual(Object.keys(asked), Object.keys(INSTEAD))
    for (const [name, path] of Object.entries(asked)) {
      const answer = await test.post(path)
      assert.deepEqual([answer.retcode, answer.retmsg], [100, INSTEAD[name]], path)
    }
    const unknown = await test.app.request('/v1/permissions', { method: 'POST' })
    assert.equal(unknown.status, 404)
  })
})
