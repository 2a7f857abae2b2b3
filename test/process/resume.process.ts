/**
 * Trainings that go on: suspended, everything killed and started again, resumed; and a party killed in mid-training in
 * a job that allows it. Models and loss curves are those of a job that nobody disturbed, bit for bit.
 * @module
 */
import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freePort,
  freshFolder,
  removeFolders,
  start,
  type Started,
  until,
  uploadExample,
} from './cluster.ts'

const LEASE_SECONDS = 4
const EPOCHS = 8
const PARTIES = ['9999', '10000', '10001'] as const
type Party = (typeof PARTIES)[number]

describe('a training that goes on', () => {
  const folders: string[] = []
  const dataDirs = new Map<Party, string>()
  const runners = new Map<Party, Started>()
  let app: Started | undefined
  let url: string
  let port: number
  let calm: Result

  before(async () => {
    port = await freePort()
    url = `http://127.0.0.1:${port}`
    for (const name of ['app', ...PARTIES]) {
      const folder = await freshFolder(`resume-${name}`)
      folders.push(folder)
      if (name !== 'app') dataDirs.set(name as Party, folder)
    }
    await startAll()
    for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
    const jobId = await submit({})
    await finished(url, jobId)
    calm = await resultOf(jobId)
    assert.equal(calm.losses.length, EPOCHS)
  })

  after(async () => {
    await killAll()
    await removeFolders(folders)
  })

  it('ends as an undisturbed one after a suspension in which everything was killed', async () => {
    const jobId = await submit({})
    await epochs(jobId, 3)
    const suspended = await weft(jobId, 'suspend')
    assert.equal(suspended.state, 'suspended')
    await killAll()
    await startAll()
    const before = await weft(jobId)
    assert.equal(before.state, 'suspended')
    for (const party of PARTIES) {
      const kept = await checkpoints(party, jobId)
      assert.ok(kept.length >= 1 && kept.length <= 2, `${party} kept ${kept.length} states`)
      for (const path of kept) assert.equal((await stat(path)).mode & 0o077, 0, path)
    }
    const [latest] = (await checkpoints('10001', jobId)).map(stepOf).toSorted((a, b) => b - a)
    assert.ok(latest >= 2 && latest < EPOCHS, `suspended after epoch ${latest}`)
    assert.equal((await weft(jobId, 'resume')).state, 'running')
    await finished(url, jobId)
    assert.deepEqual(await resultOf(jobId), calm)
    // It did go on and not start over.
    assert.match(await logOf(jobId), /Goes on after step [2-7] of an earlier attempt/)
    await until('the states of a job that is done to go', async () => {
      const left = await Promise.all(PARTIES.map((party) => checkpoints(party, jobId)))
      return left.flat().length === 0
    })
  })

  it('ends as an undisturbed one after a party was killed, where the job allows a retry', async () => {
    const jobId = await submit({ auto_retries: 1 })
    await epochs(jobId, 3)
    await runners.get('10000')?.stop('SIGKILL')
    await startRunner('10000')
    await finished(url, jobId)
    const job = await weft(jobId)
    assert.equal(job.state, 'succeeded', job.reason ?? '')
    assert.deepEqual(await resultOf(jobId), calm)
    assert.match(await logOf(jobId), /Goes on after step [2-7] of an earlier attempt/)
    const training = job.tasks.filter(({ name }) => name === 'hetero_lr_0')
    assert.deepEqual(
      training.map(({ attempts }) => attempts),
      [2, 2, 2],
    )
  })

  it('goes on after everything was told to stop and started again, which costs no retry', async () => {
    const jobId = await submit({})
    await epochs(jobId, 3)
    const all = [...runners.values(), ...(app ? [app] : [])]
    const codes = await Promise.all(all.map((one) => one.stop('SIGTERM')))
    assert.deepEqual([...new Set(codes)], [0])
    await startAll()
    const before = await weft(jobId)
    assert.equal(before.state, 'running', before.reason ?? '')
    await finished(url, jobId)
    const job = await weft(jobId)
    assert.equal(job.state, 'succeeded', job.reason ?? '')
    assert.deepEqual(await resultOf(jobId), calm)
    assert.match(await logOf(jobId), /Goes on after step [2-7] of an earlier attempt/)
    const training = job.tasks.filter(({ name }) => name === 'hetero_lr_0')
    assert.ok(training.every(({ attempts }) => attempts >= 2))
  })

  it('leaves no states behind when it is stopped', async () => {
    const jobId = await submit({})
    await epochs(jobId, 3)
    await weft(jobId, 'stop')
    // At the latest after the next start: nobody waits for the runners' own round here.
    await killAll()
    await startAll()
    await until('the states of a stopped job to go', async () => {
      const left = await Promise.all(PARTIES.map((party) => checkpoints(party, jobId)))
      return left.flat().length === 0
    })
  })

  async function startAll(): Promise<void> {
    const [folder] = folders
    app = await start({
      entry: 'serve.ts',
      env: { ...database(), WEFT_DATA_DIR: folder, WEFT_PORT: String(port) },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    for (const party of PARTIES) await startRunner(party)
  }

  async function startRunner(party: Party): Promise<void> {
    const runner = await start({
      entry: 'runner.ts',
      env: {
        ...database(),
        WEFT_DATA_DIR: dataDirs.get(party) ?? '',
        WEFT_PARTIES: party,
        WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
        WEFT_LEASE_SECONDS: String(LEASE_SECONDS),
        WEFT_DRAIN_SECONDS: '0',
      },
      ready: /weft runner ready/,
    })
    runners.set(party, runner)
  }

  async function killAll(): Promise<void> {
    for (const runner of runners.values()) await runner.stop('SIGKILL')
    await app?.stop('SIGKILL')
  }

  function database(): Record<string, string> {
    return { WEFT_DATABASE_URL: `file:${join(folders[0], 'weft.db')}` }
  }

  async function submit(parameters: object): Promise<string> {
    const { dsl, conf } = exampleJob({
      arbiter: '10001',
      maxIterations: EPOCHS,
      tolerance: 1e-12,
    })
    Object.assign(conf['job_parameters'] as object, parameters)
    const answer = await fateClient(url).ok('job/submit', {
      job_dsl: dsl,
      job_runtime_conf: conf,
    })
    assert.ok(answer.jobId)
    return answer.jobId
  }

  async function weft(jobId: string, verb?: 'suspend' | 'resume' | 'stop'): Promise<WeftJob> {
    const path = `${url}/api/weft/jobs/${jobId}`
    const response = await (verb ? fetch(`${path}/${verb}`, { method: 'POST' }) : fetch(path))
    assert.equal(response.status, 200)
    return (await response.json()) as WeftJob
  }

  function points(jobId: string, seat: Seat): Promise<Point[]> {
    return fateClient(url)
      .ok<Point[]>('tracking/component/metric_data', {
        job_id: jobId,
        role: seat.role,
        party_id: Number(seat.party),
        component_name: seat.component,
        metric_namespace: 'train',
        metric_name: seat.metric,
      })
      .then(({ data }) => data)
  }

  function losses(jobId: string): Promise<Point[]> {
    const component = 'hetero_lr_0'
    return points(jobId, { role: 'arbiter', party: '10001', component, metric: 'loss' })
  }

  function epochs(jobId: string, count: number): Promise<boolean> {
    return until(`loss ${count} of job ${jobId}`, async () => {
      return (await losses(jobId)).length >= count
    })
  }

  async function resultOf(jobId: string): Promise<Result> {
    const seat = { role: 'guest', party: '9999', component: 'evaluation_0' }
    return {
      losses: await losses(jobId),
      scores: await points(jobId, { ...seat, metric: 'hetero_lr_0' }),
      models: await Promise.all(
        PARTIES.map((party) => readFile(join(nodeFolder(party, jobId), 'model.json'), 'utf8')),
      ),
      predictions: (await readFile(join(nodeFolder('9999', jobId), 'data.arrow'))).toString(
        'base64',
      ),
    }
  }

  function nodeFolder(party: Party, jobId: string): string {
    const role = { 9999: 'guest', 10000: 'host', 10001: 'arbiter' }[party]
    return join(dataDirs.get(party) ?? '', 'jobs', jobId, `${role}_${party}`, 'hetero%5flr%5f0')
  }

  async function checkpoints(party: Party, jobId: string): Promise<string[]> {
    const folder = join(nodeFolder(party, jobId), 'checkpoint')
    const names = await readdir(folder).catch(() => [])
    return names.map((name) => join(folder, name))
  }

  async function logOf(jobId: string): Promise<string> {
    const response = await fetch(`${url}/jobs/${jobId}/log`)
    return response.text()
  }
})

type Point = [x: number | string, y: number]

interface Seat {
  readonly role: string
  readonly party: string
  readonly component: string
  readonly metric: string
}

interface Result {
  readonly losses: Point[]
  readonly scores: Point[]
  /** The files of guest, host and arbiter. */
  readonly models: string[]
  /** The guest's table. */
  readonly predictions: string
}

interface WeftJob {
  readonly state: string
  readonly reason: string | null
  readonly tasks: readonly { readonly name: string; readonly attempts: number }[]
}

function stepOf(path: string): number {
  return Number(/(\d+)\.json$/.exec(path)?.[1])
}
