/**
 * A training over the rows of four organisations of which one is killed for good in the middle: it goes on with the others,
 * and the job says who left.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { EXAMPLE_TABLES } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  type Started,
  until,
  uploadExample,
} from './cluster.ts'

const HOSTS = ['10000', '10002', '10003']
const LOST = '10002'
const ROUNDS = 40

describe('a host that is killed for good', () => {
  const folders: string[] = []
  const processes: Started[] = []
  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  it('is done without, where the job allows it', { timeout: 600_000 }, async (t) => {
    const appDir = await freshFolder('lost-app')
    folders.push(appDir)
    const database = { WEFT_DATABASE_URL: `file:${join(appDir, 'weft.db')}` }
    const app = await start({
      entry: 'serve.ts',
      env: { ...database, WEFT_DATA_DIR: appDir, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    const url = app.match[1]
    const runners = new Map<string, Started>()
    for (const party of ['9999', '10001', ...HOSTS]) {
      const folder = await freshFolder(`lost-${party}`)
      folders.push(folder)
      const runner = await start({
        entry: 'runner.ts',
        env: {
          ...database,
          WEFT_DATA_DIR: folder,
          WEFT_PARTIES: party,
          WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
          WEFT_LEASE_SECONDS: '4',
          WEFT_DRAIN_SECONDS: '0',
        },
        ready: /weft runner ready/,
      })
      runners.set(party, runner)
      processes.push(runner)
    }
    const client = fateClient(url)
    const [guest] = EXAMPLE_TABLES
    const tables = [
      guest,
      ...HOSTS.map((party) => ({ ...guest, role: 'host', party, name: `rows_${party}` })),
    ]
    for (const table of tables) await uploadExample(url, table)
    const seats = (of: readonly { namespace: string; name: string }[]) => ({
      args: { data: { train_data: of.map(({ namespace, name }) => ({ namespace, name })) } },
      dataio_0: {
        with_label: of.map(() => true),
        label_idx: of.map(() => 0),
        label_type: of.map(() => 'int'),
      },
    })
    const { jobId } = await client.ok('job/submit', {
      job_dsl: {
        components: {
          dataio_0: {
            module: 'DataIO',
            input: { data: { data: ['args.train_data'] } },
            output: { data: ['train'], model: ['dataio'] },
          },
          homo_lr_0: {
            module: 'HomoLR',
            input: { data: { train_data: ['dataio_0.train'] } },
            output: { data: ['train'], model: ['model'] },
          },
          evaluation_0: { module: 'Evaluation', input: { data: { data: ['homo_lr_0.train'] } } },
        },
      },
      job_runtime_conf: {
        initiator: { role: 'guest', party_id: 9999 },
        job_parameters: { work_mode: 0 },
        role: { guest: [9999], host: HOSTS.map(Number), arbiter: [10001] },
        role_parameters: { guest: seats([guest]), host: seats(tables.slice(1)) },
        algorithm_parameters: {
          homo_lr_0: {
            min_parties: 3,
            max_iter: ROUNDS,
            eps: 1e-12,
            learning_rate: 0.15,
            optimizer: 'rmsprop',
            init_param: { init_method: 'zeros' },
          },
          evaluation_0: { eval_type: 'binary', pos_label: 1 },
        },
      },
    })
    assert.ok(jobId)
    const points = async (seat: {
      role: string
      party: number
      component: string
      name: string
    }) => {
      const { data } = await client.ok<[string | number, number][]>(
        'tracking/component/metric_data',
        {
          job_id: jobId,
          role: seat.role,
          party_id: seat.party,
          component_name: seat.component,
          metric_namespace: 'train',
          metric_name: seat.name,
        },
      )
      return data ?? []
    }
    const losses = () =>
      points({ role: 'arbiter', party: 10001, component: 'homo_lr_0', name: 'loss' })
    await until('the third round', async () => (await losses()).length >= 3)
    assert.ok((await losses()).length < ROUNDS, 'the training was over before the host was killed')
    await runners.get(LOST)?.stop('SIGKILL')
    const rows = await finished(url, jobId)
    const job = (await (await fetch(`${url}/api/weft/jobs/${jobId}`)).json()) as WeftJob
    assert.deepEqual(
      [job.state, job.reason],
      ['succeeded', `The job succeeded without host ${LOST}, lost on the way`],
      rows.map((row) => row.f_status).join(),
    )
    const states = job.tasks.map(
      ({ name, role, party, state }) => `${name} ${role} ${party} ${state}`,
    )
    assert.deepEqual(states.filter((line) => !line.endsWith('succeeded')).toSorted(), [
      `evaluation_0 host ${LOST} left`,
      `homo_lr_0 host ${LOST} left`,
    ])
    const training = job.tasks.filter((task) => task.name === 'homo_lr_0' && task.state !== 'left')
    assert.deepEqual(
      training.map(({ attempts }) => attempts),
      [2, 2, 2, 2],
    )
    assert.equal((await losses()).length, ROUNDS)
    const log = await (await fetch(`${url}/jobs/${jobId}/log`)).text()
    assert.match(log, /Goes on after step \d+ of an earlier attempt/)
    assert.match(log, new RegExp(`goes on without host ${LOST}`))
    const measured = new Map(
      await points({ role: 'guest', party: 9999, component: 'evaluation_0', name: 'homo_lr_0' }),
    )
    const auc = measured.get('auc') ?? 0
    t.diagnostic(`AUC ${auc}`)
    assert.ok(auc > 0.97, `AUC ${auc}`)
  })
})

interface WeftJob {
  readonly state: string
  readonly reason: string | null
  readonly tasks: readonly {
    readonly name: string
    readonly role: string
    readonly party: string
    readonly state: string
    readonly attempts: number
  }[]
}
