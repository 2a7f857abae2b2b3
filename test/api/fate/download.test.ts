import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import type { OutputPlace } from '../../../src/api/deps.ts'
import { FateJobs, FateNoOutput } from '../../../src/api/fate/schema.ts'
import { FateUploaded } from '../../../src/api/fate/table-schema.ts'
import { toJson } from '../../../src/db/json.ts'
import { forbidden } from '../../../src/domain/error.ts'
import {
  type FakeRunner,
  type FateAnswer,
  startRunner,
  testApp,
  type TestApp,
  uploadTable,
} from '../../helpers/app.ts'
import { trainConf, trainDsl } from '../../helpers/fate-jobs.ts'
import { untarGzip } from '../../helpers/untar.ts'

const BODY = { work_mode: 0, namespace: 'bank', table_name: 'guest', output_path: 'out/guest.csv' }

describe('data/download', () => {
  let test: TestApp
  let runner: FakeRunner
  beforeEach(async () => {
    test = await testApp()
    runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest', party: '9999' })
  })
  afterEach(() => test.close())

  it('queues the file for a runner that holds the table', async () => {
    const answer = FateUploaded.parse(
      await test.post('/v1/data/download', {
        ...BODY,
        delimitor: ';',
        local: { party_id: '9999' },
      }),
    )
    assert.deepEqual([answer.retcode, answer.retmsg], [0, 'success'])
    assert.deepEqual([answer.data?.namespace, answer.data?.table_name], ['bank', 'guest'])
    const [task] = await runner.claim()
    assert.deepEqual(
      [task.jobId, task.party, task.spec],
      [
        answer.jobId,
        '9999',
        {
          type: 'download',
          namespace: 'bank',
          name: 'guest',
          path: 'out/guest.csv',
          delimiter: ';',
        },
      ],
    )
    await runner.settle(task)
    const { data } = FateJobs.parse(await test.post('/v1/job/query', { job_id: answer.jobId }))
    assert.deepEqual(
      data?.map((row) => [row.f_role, row.f_party_id, row.f_status]),
      [['local', '9999', 'success']],
    )
  })

  it('goes to the data directory of the table and waits for no other', async () => {
    const other = await startRunner(test.db, { site: 'site-2' })
    await test.post('/v1/data/download', BODY)
    assert.deepEqual(await other.claim(), [])
    assert.equal((await runner.claim()).length, 1)
  })

  const refused: [name: string, body: object, retcode: number, retmsg: RegExp][] = [
    ['a table that is not there', { table_name: 'nobody' }, 101, /bank\.nobody does not exist/],
    ["another party's table", { local: { party_id: 1 } }, 100, /belongs to party 9999: party 1/],
    ['no path', { output_path: undefined }, 100, /arguments are required: output_path /],
    ['a long delimiter', { delimitor: '||' }, 100, /delimitor: expected one character/],
  ]
  for (const [name, body, retcode, retmsg] of refused) {
    it(`refuses ${name}`, async () => {
      const answer = await test.post('/v1/data/download', { ...BODY, ...body })
      assert.equal(answer.retcode, retcode)
      assert.match(answer.retmsg, retmsg)
      assert.deepEqual(await runner.claim(), [])
    })
  }

  it('asks the host whether the path is below the export folder', async () => {
    const asked: string[] = []
    const { files } = test
    files.checkExport = (path) => {
      asked.push(path)
      throw forbidden('outside')
    }
    const answer = await test.post('/v1/data/download', { ...BODY, output_path: '/etc/passwd' })
    assert.deepEqual([answer.retcode, answer.retmsg, asked], [100, 'outside', ['/etc/passwd']])
    assert.deepEqual(await runner.claim(), [])
  })
})

describe('tracking/component/output/data/download', () => {
  const PATH = '/v1/tracking/component/output/data/download'
  let test: TestApp
  let job: string
  const opened: object[] = []

  beforeEach(async () => {
    opened.length = 0
    test = await testApp()
    test.files.openRows = (place, { limit }) => {
      opened.push(place)
      const rows = ['a,1,0.5\n', 'b,0,1.5\n'].slice(0, limit)
      return Promise.resolve({ lines: () => rows.map((row) => new TextEncoder().encode(row)) })
    }
    const runner = await startRunner(test.db)
    await uploadTable(test, runner, { namespace: 'bank', name: 'guest' })
    await uploadTable(test, runner, { namespace: 'shop', name: 'host' })
    const { jobId } = await test.post('/v1/job/submit', {
      job_dsl: trainDsl(),
      job_runtime_conf: trainConf(),
    })
    job = jobId ?? ''
    await runner.work(async (task) => {
      if (task.name !== 'dataio_0') return
      await runner.report(task, {
        type: 'artifact',
        kind: 'table',
        name: 'data',
        location: 'anywhere',
        rows: 2,
        summary: { header: ['id', 'y', 'x0'], kind: 'data' },
        preview:
          task.role === 'host'
            ? null
            : [
                ['a', 1, 0.5],
                ['b,c', 0, null],
              ],
      })
    })
  })
  afterEach(() => test.close())

  const query = (more: Record<string, string>) =>
    new URLSearchParams({ job_id: job, component_name: 'dataio_0', ...more }).toString()

  it('packs all rows and their header, for GET and POST alike', async () => {
    const body = JSON.stringify({
      job_id: job,
      component_name: 'dataio_0',
      role: 'guest',
      party_id: 9999,
    })
    const answers = [
      await test.app.request(`${PATH}?${query({ role: 'guest', party_id: '9999' })}`),
      await test.app.request(PATH, { method: 'POST', body }),
    ]
    for (const response of answers) {
      assert.equal(response.status, 200)
      assert.equal(
        response.headers.get('content-disposition'),
        `attachment; filename="job_${job}_dataio_0_guest_9999_output_data.tar.gz"`,
      )
      assert.ok(response.body)
      assert.deepEqual(
        [...(await untarGzip(response.body))],
        [
          ['output_data.csv', 'a,1,0.5\nb,0,1.5\n'],
          ['output_data_meta.json', '{"header":["id","y","x0"]}'],
        ],
      )
    }
    assert.deepEqual(opened[0], {
      site: 'site-1',
      jobId: job,
      role: 'guest',
      party: '9999',
      node: 'dataio_0',
    })
  })

  it('packs every table of a component that has several, each under its name', async () => {
    const rows = { location: 'x', rows: 2, preview: [['a']] }
    const summary = { header: ['id', 'x0'], kind: 'data' }
    for (const name of ['data', 'test']) {
      const values = { kind: 'table', name, site: 'site-1', created_at: 1 }
      const { id } = await test.db
        .selectFrom('task')
        .select('id')
        .where('job_id', '=', job)
        .where('name', '=', 'intersection_0')
        .where('role', '=', 'guest')
        .executeTakeFirstOrThrow()
      const kept = {
        summary: toJson<Record<string, unknown>>(summary),
        preview: toJson<unknown>(rows.preview),
      }
      await test.db
        .insertInto('artifact')
        .values({ job_id: job, task_id: id, ...values, ...rows, ...kept })
        .execute()
    }
    const response = await test.app.request(
      `${PATH}?${query({ component_name: 'intersection_0' })}`,
    )
    assert.ok(response.body)
    assert.deepEqual(
      [...(await untarGzip(response.body))],
      ['data', 'test'].flatMap((name) => [
        [`${name}.csv`, 'a,1,0.5\nb,0,1.5\n'],
        [`${name}.meta`, '{"header":["id","x0"]}'],
      ]),
    )
    assert.deepEqual(
      opened.map((place) => (place as OutputPlace).output),
      [undefined, 'test'],
    )
  })

  it('takes the first rows for all where there are no others, from another host', async () => {
    test.files.openRows = () => Promise.resolve(undefined)
    const response = await test.app.request(`${PATH}?${query({})}`)
    assert.ok(response.body)
    const files = await untarGzip(response.body)
    assert.equal(files.get('output_data.csv'), 'a,1,0.5\n"b,c",0,\n')
  })

  it('gives no more rows than asked for', async () => {
    const response = await test.app.request(`${PATH}?${query({ limit: '1' })}`)
    assert.ok(response.body)
    assert.equal((await untarGzip(response.body)).get('output_data.csv'), 'a,1,0.5\n')
  })

  const without: [name: string, more: Record<string, string>, retmsg: RegExp][] = [
    ['no table', { component_name: 'evaluation_0' }, /^no data$/],
    ['no rows wanted', { limit: '0' }, /^limit is 0$/],
    ['rows that a party keeps', { role: 'host', party_id: '10000' }, /keeps its rows to itself/],
  ]
  for (const [name, more, retmsg] of without) {
    it(`answers with status 500, as the original, for ${name}`, async () => {
      const response = await test.app.request(`${PATH}?${query(more)}`)
      assert.equal(response.status, 500)
      const answer = FateNoOutput.strict().parse(await response.json())
      assert.match(answer.retmsg, retmsg)
      assert.deepEqual(opened, [])
    })
  }

  it('says what is missing, and which job there is not', async () => {
    const ask = async (text: string) =>
      (await (await test.app.request(`${PATH}?${text}`)).json()) as FateAnswer
    const missing = await ask('job_id=1')
    assert.deepEqual(
      [missing.retcode, missing.retmsg],
      [100, 'the following arguments are required: component_name '],
    )
    assert.equal((await ask('job_id=1&component_name=a_0')).retcode, 101)
  })
})
