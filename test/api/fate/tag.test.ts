/**
 * Tags of models, as the `flow` client of 1.5 to 1.11 makes them.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { startRunner, testApp, type TestApp, uploadTable } from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'

const MODEL_ID = 'arbiter-10000#guest-9999#host-10000#model'

describe('tags of models', () => {
  let test: TestApp
  let version: string

  before(async () => {
    test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const body = { job_dsl: trainDsl(), job_runtime_conf: trainConf() }
    version = (await test.post('/v1/job/submit', body)).jobId ?? ''
    await runner.work()
  })
  after(() => test.close())

  const ask = (path: string, body: object) => test.post(`/v1/${path}`, body)

  it('is made, listed, found by a part of its name, changed and deleted', async () => {
    const made = await ask('model/tag/create', { tag_name: 'released', tag_desc: 'in use' })
    assert.equal(made.retcode, 0, made.retmsg)
    assert.equal((await ask('model/tag/create', { tag_name: 'rejected' })).retcode, 0)
    const twice = await ask('model/tag/create', { tag_name: 'released' })
    assert.deepEqual([twice.retcode, twice.retmsg], [100, 'There is a tag "released" already'])
    assert.deepEqual((await ask('model/tag/list', { limit: '1' })).data, {
      tags: [{ name: 'rejected', description: null, model_count: 0 }],
    })
    assert.deepEqual((await ask('model/tag/retrieve', { tag_name: 'leas' })).data, {
      tags: [{ name: 'released', description: 'in use' }],
    })
    // Neither a pattern nor anything else than text.
    assert.equal((await ask('model/tag/retrieve', { tag_name: '%' })).retcode, 100)
    const change = { tag_name: 'rejected', new_tag_name: 'refused' }
    assert.equal((await ask('model/tag/update', change)).retcode, 0)
    const same = await ask('model/tag/update', { tag_name: 'refused', new_tag_name: 'refused' })
    assert.match(same.retmsg, /is like that already/)
    const clash = await ask('model/tag/update', { tag_name: 'refused', new_tag_name: 'released' })
    assert.deepEqual([clash.retcode, clash.retmsg], [100, 'There is a tag "released" already'])
    assert.equal((await ask('model/tag/destroy', { tag_name: 'refused' })).retcode, 0)
    assert.equal((await ask('model/tag/destroy', { tag_name: 'refused' })).retcode, 101)
    const { data } = await ask('model/tag/list', {})
    assert.deepEqual(data, {
      tags: [{ name: 'released', description: 'in use', model_count: 0 }],
    })
  })

  it('goes on a version by the id of its training, which is found by it', async () => {
    const key = { job_id: version, tag_name: 'released' }
    assert.equal((await ask('model/model_tag/create', key)).retcode, 0)
    const twice = await ask('model/model_tag/create', key)
    assert.deepEqual([twice.retcode, /already/.test(twice.retmsg)], [100, true])
    // One that nobody has made is made.
    assert.equal(
      (await ask('model/model_tag/create', { job_id: version, tag_name: 'first' })).retcode,
      0,
    )
    assert.deepEqual((await ask('model/model_tag/retrieve', { job_id: version })).data, {
      tags: [
        { name: 'first', description: null },
        { name: 'released', description: 'in use' },
      ],
      count: 2,
    })
    const of = { model_id: MODEL_ID, model_version: version, model_size: null }
    assert.deepEqual(
      (await ask('model/tag/retrieve', { tag_name: 'released', with_model: true })).data,
      {
        models: [
          { ...of, role: 'guest', party_id: '9999' },
          { ...of, role: 'host', party_id: '10000' },
          { ...of, role: 'arbiter', party_id: '10000' },
        ],
        count: 3,
      },
    )
    await ask('model/tag/update', {
      tag_name: 'released',
      new_tag_name: 'live',
      new_tag_desc: 'since May',
    })
    assert.equal(
      (await ask('model/model_tag/remove', { job_id: version, tag_name: 'live' })).retcode,
      0,
    )
    const gone = await ask('model/model_tag/remove', { job_id: version, tag_name: 'live' })
    assert.deepEqual([gone.retcode, /has no tag "live"/.test(gone.retmsg)], [101, true])
    await ask('model/tag/destroy', { tag_name: 'first' })
    assert.deepEqual((await ask('model/model_tag/retrieve', { job_id: version })).data, {
      tags: [],
      count: 0,
    })
  })

  it('says what is wrong with what cannot be', async () => {
    const cases: [string, object, RegExp][] = [
      ['model/tag/create', {}, /required: tag_name/],
      ['model/tag/create', { tag_name: '  ' }, /tag_name: a tag needs a name/],
      ['model/tag/create', { tag_name: 'x'.repeat(101) }, /tag_name/],
      ['model/tag/update', { tag_name: 'none', new_tag_name: 'x' }, /no tag "none": tag\/list/],
      ['model/tag/retrieve', { tag_name: 'none', with_model: 'true' }, /no tag "none"/],
      ['model/tag/list', { limit: 0 }, /limit/],
      ['model/model_tag/create', { tag_name: 'live' }, /required: job_id/],
      ['model/model_tag/create', { job_id: '1', tag_name: 'live' }, /no model of version 1/],
      ['model/model_tag/remove', { job_id: version, tag_name: 'none' }, /no tag "none"/],
    ]
    for (const [path, body, expected] of cases) {
      const { retcode, retmsg } = await ask(path, body)
      assert.notEqual(retcode, 0, path)
      assert.match(retmsg, expected, path)
    }
    const { data } = await ask('model/tag/list', {})
    assert.deepEqual(
      (data as { tags: { name: string }[] }).tags.map(({ name }) => name),
      ['live'],
    )
  })

  it('of a version that two models have asks which is meant', async () => {
    const other = { model_id: 'guest-1#model', version, job_id: version, members: '{}' }
    await test.db
      .insertInto('model')
      .values({ ...other, pipeline: null, created_at: 1 })
      .execute()
    const asked = await ask('model/model_tag/create', { job_id: version, tag_name: 'live' })
    assert.match(asked.retmsg, /by model_id/)
    const named = { job_id: version, model_id: 'guest-1#model', tag_name: 'live' }
    assert.equal((await ask('model/model_tag/create', named)).retcode, 0)
    assert.deepEqual(
      (await ask('model/model_tag/retrieve', { job_id: version, model_id: MODEL_ID })).data,
      {
        tags: [],
        count: 0,
      },
    )
  })
})
