import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { FateJobs, FateTasks } from '../../../src/api/fate/schema.ts'
import { FateTableInfo, FateUploaded } from '../../../src/api/fate/table-schema.ts'
import {
  type FakeRunner,
  type FateAnswer,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'

const CSV = 'id,y,x0\na,1,0.5\nb,0,1.5\n'

describe('data/upload', () => {
  let test: TestApp
  let runner: FakeRunner
  beforeEach(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    test.files.imports.add('examples/data/breast_b.csv')
  })
  afterEach(() => test.close())

  const body = {
    file: 'examples/data/breast_b.csv',
    head: 1,
    partition: 10,
    work_mode: 0,
    table_name: 'breast_b',
    namespace: 'hetero_breast',
  }

  async function sendForm(query: string, fields: Record<string, string>): Promise<FateAnswer> {
    const form = new FormData()
    for (const [key, value] of Object.entries(fields)) form.append(key, value)
    form.append('file', new File([CSV], 'breast_b.csv'))
    const response = await test.app.request(`/v1/data/upload${query}`, {
      method: 'POST',
      body: form,
    })
    return (await response.json()) as FateAnswer
  }

  it('queues the file that a path names, for a runner to read', async () => {
    const answer = FateUploaded.parse(await test.post('/v1/data/upload', body))
    assert.equal(answer.retcode, 0)
    assert.equal(answer.data?.table_name, 'breast_b')
    assert.equal(answer.data?.namespace, 'hetero_breast')
    const [task] = await runner.claim()
    assert.equal(task.jobId, answer.jobId)
    assert.equal(task.party, null)
    assert.deepEqual(task.spec, {
      type: 'upload',
      namespace: 'hetero_breast',
      name: 'breast_b',
      source: { type: 'path', path: 'examples/data/breast_b.csv' },
      head: true,
      delimiter: ',',
      partitions: 10,
    })
  })

  it('belongs to the party of "local"', async () => {
    await test.post('/v1/data/upload', { ...body, local: { role: 'guest', party_id: 9999 } })
    const [task] = await runner.claim()
    assert.equal(task.party, '9999')
  })

  it('is found by its job id like any other job, at role local', async () => {
    const { jobId } = FateUploaded.parse(await test.post('/v1/data/upload', body))
    const [task] = await runner.claim()
    await runner.settle(task)
    const jobs = FateJobs.parse(await test.post('/v1/job/query', { job_id: jobId }))
    assert.equal(jobs.data?.length, 1)
    const [row] = jobs.data ?? []
    assert.deepEqual(
      [row.f_role, row.f_party_id, row.f_status, row.f_is_initiator],
      ['local', '0', 'success', 1],
    )
    assert.deepEqual(JSON.parse(row.f_dsl), { components: { upload_0: { module: 'Upload' } } })
    const tasks = FateTasks.parse(await test.post('/v1/job/task/query', { job_id: jobId }))
    assert.equal(tasks.data?.[0].f_component_name, 'upload_0')
    const others = FateJobs.parse(await test.post('/v1/job/query', { role: 'local' }))
    assert.equal(others.retcode, 101)
  })

  const keys = { head: '0', partition: '4', work_mode: '0', namespace: 'n s', table_name: 't' }
  const asQuery = new URLSearchParams(keys).toString()
  const asDocument = encodeURIComponent(
    JSON.stringify({ ...keys, head: 0, local: { role: 'guest', party_id: '9999' } }),
  )
  const forms: [
    name: string,
    query: string,
    fields: Record<string, string>,
    party: string | null,
  ][] = [
    ['form fields', '', keys, null],
    ['the query string', `?${asQuery}`, {}, null],
    ['a query string that is one JSON document', `?${asDocument}`, {}, '9999'],
    ['form fields with local as JSON', '', { ...keys, local: '{"party_id": 7}' }, '7'],
    [
      'a flattened query string of version 1.4',
      `?${asQuery}&local=role&local=party_id&role=host&party_id=8`,
      {},
      '8',
    ],
  ]
  for (const [name, query, fields, party] of forms) {
    it(`takes the file itself, configured by ${name}`, async () => {
      const answer = FateUploaded.parse(await sendForm(query, fields))
      assert.equal(answer.retmsg, 'success')
      const [task] = await runner.claim()
      assert.equal(task.party, party)
      assert.equal(task.spec.type, 'upload')
      if (task.spec.type !== 'upload') return
      const { source, ...spec } = task.spec
      assert.deepEqual(spec, {
        type: 'upload',
        namespace: 'n s',
        name: 't',
        head: false,
        delimiter: ',',
        partitions: 4,
      })
      assert.equal(source.type, 'spool')
      const kept = source.type === 'spool' ? test.files.spooled.get(source.id) : undefined
      assert.equal(new TextDecoder().decode(kept), CSV)
    })
  }

  it('keeps no file of an upload that is refused', async () => {
    const answer = await sendForm('', { ...keys, partition: '0' })
    assert.equal(answer.retcode, 100)
    assert.match(answer.retmsg, /partition/)
    assert.equal(test.files.spooled.size, 0)
    assert.deepEqual(await runner.claim(), [])
  })

  it('refuses a file over the limit', async () => {
    const form = new FormData()
    for (const [key, value] of Object.entries(keys)) form.append(key, value)
    form.append('file', new File(['x'.repeat(70_000)], 'big.csv'))
    const whole = new Request('http://weft.test', { method: 'POST', body: form })
    const response = await test.app.request('/v1/data/upload', {
      method: 'POST',
      headers: { 'content-type': whole.headers.get('content-type') ?? '' },
      body: await whole.arrayBuffer(),
    })
    const answer = (await response.json()) as FateAnswer
    assert.match(answer.retmsg, /larger than 65536 bytes/)
    assert.equal(test.files.spooled.size, 0)
  })

  it('makes the namespace of the parties with gen_table_info, and a name where none is given', async () => {
    const answer = FateUploaded.parse(
      await test.post('/v1/data/upload', {
        file: body.file,
        head: 1,
        partition: 1,
        work_mode: 0,
        gen_table_info: true,
        local: { role: 'guest', party_id: 9999 },
        role: { host: [10001, 10000], guest: [9999], arbiter: ['10000'] },
        data_type: 'train_input',
      }),
    )
    assert.equal(
      answer.data?.namespace,
      'guest#9999#arbiter-10000#guest-9999#host-10000_10001#train_input',
    )
    assert.match(answer.data?.table_name ?? '', /^[0-9a-f]{32}$/)
  })

  it('replaces a table of the same party and no other', async () => {
    await uploadTable(test, runner, { namespace: 'n', name: 't', party: '1' })
    const again = await test.post('/v1/data/upload', {
      ...body,
      namespace: 'n',
      table_name: 't',
      local: { party_id: 1 },
    })
    assert.equal(again.retcode, 0)
    const other = await test.post('/v1/data/upload', {
      ...body,
      namespace: 'n',
      table_name: 't',
      local: { party_id: 2 },
    })
    assert.equal(other.retcode, 100)
    assert.match(other.retmsg, /n\.t belongs to party 1/)
  })

  it('leaves a file that lies with the party’s own runner to that runner', async () => {
    const own = await testApp({ site: 'of the server' })
    const theirs = await startRunner(own.db, { parties: ['10000'], site: 'far away' })
    const local = { role: 'host', party_id: 10000 }
    const answer = await own.post('/v1/data/upload', { ...body, file: 'theirs.csv', local })
    assert.equal(answer.retcode, 0, answer.retmsg)
    const [task] = await theirs.claim()
    assert.ok(task.spec.type === 'upload')
    assert.deepEqual(task.spec.source, { type: 'path', path: 'theirs.csv' })
    await own.close()
  })

  it('gives a file of the server to the runner that sees it, and to no other', async () => {
    const own = await testApp({ site: 'of the server' })
    const [far, near] = [
      await startRunner(own.db, { site: 'far away' }),
      await startRunner(own.db, { site: 'of the server' }),
    ]
    const missing = await own.post('/v1/data/upload', { ...body, file: 'theirs.csv' })
    assert.match(missing.retmsg, /not in the import folders/)
    own.files.imports.add(body.file)
    assert.equal((await own.post('/v1/data/upload', body)).retcode, 0)
    assert.deepEqual(await far.claim(), [])
    assert.equal((await near.claim()).length, 1)
    await own.close()
  })

  const refused: [name: string, change: object, message: RegExp][] = [
    ['a missing file', { file: undefined }, /^the following arguments are required: file $/],
    [
      'a missing table',
      { namespace: undefined, table_name: undefined },
      /^the following arguments are required: namespace,table_name $/,
    ],
    ['a file that is not there', { file: 'no.csv' }, /File "no\.csv" is not in the import folders/],
    ['an odd head', { head: 'maybe' }, /head: expected 0, 1, .* got "maybe"/],
    ['too many partitions', { partition: 2000 }, /partition: .*1024, got 2000/],
    ['a long delimiter', { id_delimiter: ';;' }, /id_delimiter: expected one character, got ";;"/],
    ['an odd work mode', { work_mode: 2 }, /work_mode/],
    [
      'a party id that is none',
      { local: { party_id: 'bank' } },
      /local\.party_id: expected a party id, a whole number, got "bank"/,
    ],
    [
      'gen_table_info without the parties',
      { gen_table_info: true, namespace: undefined },
      /^the following arguments are required: local,role,data_type $/,
    ],
  ]
  for (const [name, change, message] of refused) {
    it(`refuses ${name}`, async () => {
      const answer = await test.post('/v1/data/upload', { ...body, ...change })
      assert.equal(answer.data, null)
      assert.notEqual(answer.retcode, 0)
      assert.match(answer.retmsg, message)
      assert.deepEqual(await runner.claim(), [])
    })
  }

  const malformed: [name: string, init: RequestInit, message: RegExp][] = [
    [
      'a body without a content type',
      { body: new Uint8Array([123, 125]) },
      /Content-Type: application\/json/,
    ],
    ['another content type', { body: 'a=b', headers: { 'content-type': 'text/csv' } }, /multipart/],
    [
      'malformed JSON',
      { body: '{"file":', headers: { 'content-type': 'application/json' } },
      /not valid JSON/,
    ],
    [
      'a list',
      { body: '[]', headers: { 'content-type': 'application/json' } },
      /expected object, got \[\]/,
    ],
    ['a form without a file', { body: new URLSearchParams() }, /Content-Type/],
    [
      'a form that is cut short',
      { body: '--X\r\n', headers: { 'content-type': 'multipart/form-data; boundary=X' } },
      /ends before its closing boundary/,
    ],
  ]
  for (const [name, init, message] of malformed) {
    it(`refuses ${name}`, async () => {
      const response = await test.app.request('/v1/data/upload', { method: 'POST', ...init })
      const answer = (await response.json()) as FateAnswer
      assert.equal(response.status, 200)
      assert.equal(answer.retcode, 100)
      assert.match(answer.retmsg, message)
    })
  }

  it('refuses a form without the part "file"', async () => {
    const form = new FormData()
    form.append('namespace', 'n')
    const response = await test.app.request('/v1/data/upload', { method: 'POST', body: form })
    assert.match(((await response.json()) as FateAnswer).retmsg, /no part "file"/)
  })
})

describe('data/upload on other servers', () => {
  it('asks whose data it is where no runner serves everybody', async () => {
    const test = await testApp()
    await startRunner(test.db, { parties: ['10000'] })
    await startRunner(test.db, { parties: ['9999'] })
    test.files.imports.add('a.csv')
    const body = { file: 'a.csv', namespace: 'n', table_name: 't' }
    const nobody = await test.post('/v1/data/upload', body)
    assert.match(nobody.retmsg, /serve parties 10000, 9999: say which with "local"/)
    const other = await test.post('/v1/data/upload', { ...body, local: { party_id: 5 } })
    assert.match(other.retmsg, /No live runner serves party 5: start one with WEFT_PARTIES=5/)
    await test.close()
  })

  it('says that there is no disk', async () => {
    const test = await testApp({ deps: { files: undefined } })
    const answer = await test.post('/v1/data/upload', {
      file: 'a.csv',
      namespace: 'n',
      table_name: 't',
    })
    assert.match(answer.retmsg, /has no disk/)
    await test.close()
  })
})

describe('table/table_info', () => {
  it('counts the rows of a table, and 0 for one that is not there or is to be made', async () => {
    const test = await testApp()
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'n', name: 't', rows: 42 })
    const ask = async (body: object) =>
      FateTableInfo.parse(await test.post('/v1/table/table_info', body)).data
    const there = { table_name: 't', namespace: 'n', count: 42, partition: 4 }
    assert.deepEqual(await ask({ namespace: 'n', table_name: 't' }), there)
    assert.deepEqual(
      await ask({ namespace: 'n', gen_table_info: true, local: { party_id: 1 } }),
      there,
    )
    assert.equal((await ask({ namespace: 'n', table_name: 'x' }))?.count, 0)
    assert.equal((await ask({ namespace: 'n', table_name: 't', create: true }))?.count, 0)
    const missing = await test.post('/v1/table/table_info', { namespace: 'n' })
    assert.deepEqual(
      [missing.retcode, missing.retmsg],
      [100, 'the following arguments are required: table_name '],
    )
    await test.close()
  })
})
