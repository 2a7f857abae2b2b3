/**
 * What is wrong is said over HTTP by a server as an operator starts it: at submission where it can be known then, else by
 * the job, which ends. Every answer has the document's shape and names the thing.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { CONF, DSL, FILES, GUEST, HOST, NAMESPACE, PARTY } from '../helpers/document-job.ts'
import { setPath } from '../helpers/fate-jobs.ts'
import { ROOT } from '../helpers/place.ts'
import {
  type Answer,
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  type Started,
} from './cluster.ts'

type Job = { job_dsl: typeof DSL; job_runtime_conf: typeof CONF }

const TABLE = { head: 1, partition: 1, work_mode: 0, namespace: NAMESPACE }

describe('bad input to FATE-Flow', { timeout: 300_000 }, () => {
  let folder: string
  let server: Started
  let url: string
  let client: ReturnType<typeof fateClient>

  before(async () => {
    folder = await freshFolder('bad-input')
    const started = await start({
      entry: 'start.ts',
      env: {
        WEFT_DATA_DIR: folder,
        WEFT_PORT: '0',
        WEFT_LOG_LEVEL: 'error',
        WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
      },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    server = started
    url = started.match[1]
    client = fateClient(url)
    for (const table of [GUEST, HOST]) {
      const text = await readFile(join(ROOT, 'public', FILES[table.name as keyof typeof FILES]))
      assert.equal((await uploaded(table.name, text)).status, 'success')
    }
  })
  after(async () => {
    await server.stop()
    await removeFolders([folder])
  })

  /** Uploads text as a table; answers how the job ended, and why. */
  async function uploaded(name: string, text: string | Buffer<ArrayBuffer>) {
    const form = new FormData()
    form.set('file', new Blob([text]), `${name}.csv`)
    for (const [key, value] of Object.entries({ ...TABLE, table_name: name })) {
      form.set(key, String(value))
    }
    const sent = await fetch(`${url}/v1/data/upload`, { method: 'POST', body: form })
    const { jobId, retcode, retmsg } = (await sent.json()) as Answer
    assert.equal(retcode, 0, retmsg)
    return ended(jobId ?? '')
  }

  async function ended(jobId: string): Promise<{ status: string; reason: string }> {
    const [row] = await finished(url, jobId)
    const job = await fetch(`${url}/api/weft/jobs/${jobId}`)
    const { reason } = (await job.json()) as { reason: string | null }
    return { status: row.f_status, reason: reason ?? '' }
  }

  function changed(change: (job: Job) => void): Job {
    const job = structuredClone({ job_dsl: DSL, job_runtime_conf: CONF })
    change(job)
    return job
  }

  const refused: [name: string, path: string, body: () => object, retmsg: RegExp][] = [
    [
      'a missing argument',
      'data/upload',
      () => ({ ...TABLE, table_name: 'x' }),
      /the following arguments are required: file/,
    ],
    [
      'a wrong type',
      'data/upload',
      () => ({ ...TABLE, table_name: 'x', file: FILES.breast_b, partition: 'many' }),
      /partition: expected a whole number/,
    ],
    [
      'a file that is not there',
      'data/upload',
      () => ({ ...TABLE, table_name: 'x', file: 'example/nothing.csv' }),
      /"example\/nothing\.csv" is not in the import folders/,
    ],
    [
      'a file outside the import folders',
      'data/upload',
      () => ({ ...TABLE, table_name: 'x', file: '/etc/passwd' }),
      /"\/etc\/passwd" is outside the import folders/,
    ],
    [
      'a download outside the export folder',
      'data/download',
      () => ({ ...TABLE, table_name: GUEST.name, output_path: '../../out.csv' }),
      /"\.\.\/\.\.\/out\.csv" is outside the export folder/,
    ],
    [
      'an unknown module',
      'job/submit',
      () => changed(({ job_dsl }) => setPath(job_dsl, 'components.hetero_lr_0.module', 'HeteroLP')),
      /no module "HeteroLP"/,
    ],
    [
      'a cyclic DSL',
      'job/submit',
      () =>
        changed(({ job_dsl }) =>
          setPath(job_dsl, 'components.dataio_0.input.data.data', ['hetero_lr_0.train']),
        ),
      /loop|cycle/,
    ],
    [
      'a table that does not exist',
      'job/submit',
      () =>
        changed(({ job_runtime_conf }) =>
          setPath(job_runtime_conf, 'role_parameters.guest.args.data.train_data', [
            { namespace: NAMESPACE, name: 'breast_c' },
          ]),
        ),
      /table fate_flow_test_breast\.breast_c does not exist: upload it/,
    ],
    [
      'a parameter that cannot be',
      'job/submit',
      () =>
        changed(({ job_runtime_conf }) =>
          setPath(job_runtime_conf, 'algorithm_parameters.hetero_lr_0.max_iter', 'some'),
        ),
      /hetero_lr_0\.max_iter: .*guest 10000/,
    ],
    [
      'a prediction with a model that there is not',
      'job/submit',
      () =>
        changed(({ job_runtime_conf }) =>
          setPath(job_runtime_conf, 'job_parameters', {
            work_mode: 0,
            job_type: 'predict',
            model_id: 'guest-1#model',
            model_version: '1',
          }),
        ),
      /There is no model guest-1#model of version 1/,
    ],
    ['an unknown job', 'job/query', () => ({ job_id: '1' }), /find job failed/],
    [
      'an unknown component',
      'tracking/component/parameters',
      () => ({ job_id: '1', role: 'guest', party_id: PARTY, component_name: 'x_0' }),
      /can not found this job/,
    ],
  ]
  for (const [name, path, body, retmsg] of refused) {
    it(`${name} is refused`, async () => {
      const answer = await client.post(path, body())
      const keys = Object.keys(answer).toSorted()
      assert.deepEqual(keys, ['data', 'jobId', 'meta', 'retcode', 'retmsg'])
      assert.ok([100, 101].includes(answer.retcode), `${answer.retcode}`)
      assert.match(answer.retmsg, retmsg)
      assert.equal(answer.data, null)
    })
  }

  it('what is no JSON, and a path that there is not, are refused in the same shape', async () => {
    const sent = await fetch(`${url}/v1/job/submit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{',
    })
    const answer = (await sent.json()) as Answer
    assert.deepEqual([sent.status, answer.retcode], [200, 100])
    assert.match(answer.retmsg, /not valid JSON/)
    const unknown = await fetch(`${url}/v1/job/nothing`, { method: 'POST' })
    assert.equal(unknown.status, 404)
    assert.equal(((await unknown.json()) as Answer).retcode, 100)
  })

  it('unknown parameters are told of by name, and the job goes ahead', async () => {
    const job = changed(({ job_runtime_conf }) =>
      setPath(job_runtime_conf, 'algorithm_parameters.hetero_lr_0.lerning_rate', 1),
    )
    const { data, jobId } = await client.ok<{ warnings: string[] }>('job/submit', job)
    assert.match(data.warnings.join(), /"lerning_rate".*did you mean "learning_rate"/)
    await client.ok('job/stop', { job_id: jobId })
  })

  const faults: [name: string, text: string, reason: RegExp][] = [
    ['a ragged row', 'id,y,x0\na,1,2\nb,1\n', /Line 3: expected 3 fields/],
    ['an id that is there twice', 'id,y,x0\na,1,2\na,0,3\n', /repeats an id .* lines 2 and 3/],
  ]
  for (const [name, text, reason] of faults) {
    it(`a table with ${name} ends its upload with the line at fault`, async () => {
      const end = await uploaded(`fault-${name.replaceAll(' ', '-')}`, text)
      assert.equal(end.status, 'failed')
      assert.match(end.reason, reason)
    })
  }

  it('labels of one class end the training with a sentence', async () => {
    const lines = (await readFile(join(ROOT, 'public', FILES.breast_b), 'utf8')).trim().split('\n')
    const flat = lines.map((line, at) => (at === 0 ? line : line.replace(/^([^,]+),[^,]+/, '$1,1')))
    assert.equal((await uploaded('one_class', flat.join('\n'))).status, 'success')
    const job = changed(({ job_runtime_conf }) =>
      setPath(job_runtime_conf, 'role_parameters.guest.args.data.train_data', [
        { namespace: NAMESPACE, name: 'one_class' },
      ]),
    )
    const { jobId } = await client.ok('job/submit', job)
    const end = await ended(jobId ?? '')
    assert.equal(end.status, 'failed')
    assert.match(end.reason, /label|class/)
  })
})
