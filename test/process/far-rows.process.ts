/**
 * Rows that lie with a real runner of another organisation, which has no database and a data directory of its own: they are
 * exported there, sent to a client of the server, and deleted with their files.
 */
import assert from 'node:assert/strict'
import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES } from '../../src/console/example.ts'
import { outputLocation, tableLocation } from '../../src/runner/data/path.ts'
import { ROOT } from '../helpers/place.ts'
import { untarGzip } from '../helpers/untar.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  runnerToken,
  start,
  type Started,
  until,
  uploadExample,
} from './cluster.ts'

const [, TABLE] = EXAMPLE_TABLES
const { namespace, name, party } = TABLE

describe('rows of a runner on another host', () => {
  const folders: string[] = []
  const processes: Started[] = []
  let url: string
  let appDir: string
  let farDir: string
  let source: string[]
  let jobId: string

  before(async () => {
    appDir = await freshFolder('far-app')
    farDir = await freshFolder('far-runner')
    folders.push(appDir, farDir)
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: appDir, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    url = app.match[1]
    const runner = await start({
      entry: 'runner.ts',
      env: {
        WEFT_DATA_DIR: farDir,
        WEFT_PARTIES: party,
        WEFT_PREVIEWS: '1',
        WEFT_SERVER_URL: url,
        WEFT_SERVER_TOKEN: runnerToken(appDir, party),
        WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
      },
      ready: /weft runner ready/,
    })
    processes.push(runner)
    await uploadExample(url, TABLE)
    const text = await readFile(join(ROOT, 'public', TABLE.path), 'utf8')
    source = text.trim().split('\n').slice(1).toSorted()
    const answer = await fateClient(url).ok('job/submit', {
      job_dsl: {
        components: {
          dataio_0: {
            module: 'DataIO',
            input: { data: { data: ['args.train_data'] } },
            output: { data: ['train'], model: ['dataio'] },
          },
        },
      },
      job_runtime_conf: {
        initiator: { role: 'host', party_id: party },
        job_parameters: { work_mode: 0 },
        role: { host: [party] },
        role_parameters: { host: { args: { data: { train_data: [{ namespace, name }] } } } },
      },
    })
    jobId = answer.jobId ?? ''
    const [row] = await finished(url, jobId)
    assert.equal(row.f_status, 'success')
  })

  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  const isThere = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    )
  const tableFile = () => join(farDir, tableLocation({ party, namespace, name }))
  const outputFile = () =>
    join(farDir, outputLocation({ jobId, role: 'host', party, node: 'dataio_0' }, 'table'))

  it('data/download writes the table below the export folder of that runner', async () => {
    const { jobId: id } = await fateClient(url).ok('data/download', {
      work_mode: 0,
      namespace,
      table_name: name,
      output_path: 'out/host.csv',
      local: { role: 'host', party_id: party },
    })
    const [row] = await finished(url, id ?? '')
    assert.equal(row.f_status, 'success')
    const text = await readFile(join(farDir, 'export/out/host.csv'), 'utf8')
    assert.deepEqual(text.trim().split('\n').toSorted(), source)
    assert.equal(await isThere(join(appDir, 'export/out/host.csv')), false)
  })

  it('output/data/download sends a client all rows, and leaves none at the server', async () => {
    const query = new URLSearchParams({
      job_id: jobId,
      role: 'host',
      party_id: party,
      component_name: 'dataio_0',
    })
    const path = `${url}/v1/tracking/component/output/data/download?${query}`
    const response = await fetch(path)
    assert.equal(response.status, 200)
    const files = await untarGzip(new Blob([await response.arrayBuffer()]).stream())
    const lines = (files.get('output_data.csv') ?? '').trim().split('\n')
    const numbers = (line: string) => line.split(',').map(Number).join()
    assert.deepEqual(lines.map(numbers).toSorted(), source.map(numbers).toSorted())
    const left = await readdir(appDir, { recursive: true })
    assert.deepEqual(
      left.filter((file) => /spool\/.|\.arrow/.test(file)),
      [],
    )
  })

  it('job/clean and table/delete take the files off that runner', async () => {
    assert.deepEqual([await isThere(outputFile()), await isThere(tableFile())], [true, true])
    const cleaned = await fateClient(url).ok<{ tables: number; jobs: string[] }>('job/clean', {
      job_id: jobId,
    })
    assert.deepEqual([cleaned.data.tables, cleaned.data.jobs.length], [1, 1])
    await until('the output to go', async () => !(await isThere(outputFile())))
    assert.equal(await isThere(tableFile()), true)
    const gone = await fateClient(url).ok('table/delete', { namespace, table_name: name })
    const [row] = await finished(url, gone.jobId ?? '')
    assert.equal(row.f_status, 'success')
    assert.equal(await isThere(tableFile()), false)
    const { data } = await fateClient(url).ok<{ count: number }>('table/table_info', {
      namespace,
      table_name: name,
    })
    assert.equal(data.count, 0)
  })

  it('what was there says so once its runner is gone', async () => {
    await uploadExample(url, TABLE)
    await processes[1].stop()
    await until('word of the runner', async () => {
      const { retmsg } = await fateClient(url).post('table/delete', { namespace, table_name: name })
      return /holds table example\.breast_host is not running/.test(retmsg)
    })
    assert.equal(await isThere(tableFile()), true)
  })
})
