/**
 * The console over a database of its own, and jobs in every stage that its pages show.
 * @module
 */
import { Hono } from 'hono'
import { requestId } from 'hono/request-id'

import { fedlearnSurface } from '../../src/api/fedlearn/index.ts'
import { worksSurface } from '../../src/api/works/index.ts'
import { docsRoutes, type DocsSource } from '../../src/console/docs.tsx'
import { exampleJob } from '../../src/console/example.ts'
import { askingOf } from '../../src/console/fedlearn/ask.ts'
import { type ConsoleDeps, consoleRoutes } from '../../src/console/index.ts'
import { languageRoutes } from '../../src/console/language.ts'
import { askingWorks } from '../../src/console/works/ask.ts'
import { toJson } from '../../src/db/json.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { type Job, submitJob } from '../../src/domain/job.ts'
import { submitUpload } from '../../src/domain/upload.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import type { FakeRunner } from '../helpers/fake-runner.ts'
import { startRunner } from './fake-runner.ts'

export interface LogEntry {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

export interface TestConsole {
  readonly app: Hono
  readonly db: Db
  readonly logged: LogEntry[]
  /** Bodies that were handed to the FATE surface. */
  readonly submitted: unknown[]
  /** The page at `path` as text; a browser's whole page unless `part` is set; `more` are headers. */
  page(
    path: string,
    part?: boolean,
    more?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; html: string }>
  post(path: string, fields: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

/** The console without a runner; `submitFate` decides what the surface says. */
export async function testConsole(
  options: Partial<
    Pick<ConsoleDeps, 'submitFate' | 'liveMs' | 'files' | 'catalog' | 'passwords'>
  > & {
    docs?: readonly DocsSource[]
  } = {},
): Promise<TestConsole> {
  const db = openDatabase({ url: ':memory:' })
  await migrate(db)
  const logged: LogEntry[] = []
  const submitted: unknown[] = []
  const log = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields: { ...fields }, message })
  const submitFate = options.submitFate ?? (() => seedJob(db).then(accepted))
  const app = new Hono()
  app.use(requestId())
  if (options.docs) app.route('/docs', docsRoutes(options.docs))
  app.route('/', languageRoutes())
  const deps = {
    db,
    catalog: options.catalog ?? new Map(),
    ...(options.files ? { files: options.files } : {}),
    ...(options.passwords ? { passwords: options.passwords } : {}),
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    settings: {
      version: '0.0.0-test',
      publicUrl: null,
      hosts: null,
      auth: 'off' as const,
      bodyLimit: 1024 * 1024,
      uploadLimit: 1024 * 1024,
    },
    now: () => Date.now(),
    watchMs: 5,
  }
  app.route(
    '/',
    consoleRoutes({
      ...deps,
      liveMs: options.liveMs ?? 5,
      submitFate: (body) => {
        submitted.push(body)
        return submitFate(body)
      },
      askFedlearn: askingOf(fedlearnSurface(deps)),
      askWorks: askingWorks(worksSurface(deps)),
    }),
  )
  return {
    app,
    db,
    logged,
    submitted,
    async page(path, part = false, more = {}) {
      const headers = { ...more, ...(part ? { 'HX-Request-Type': 'partial' } : {}) }
      const response = await app.request(path, { headers })
      return { status: response.status, html: await response.text() }
    },
    post: async (path, fields) =>
      app.request(path, { method: 'POST', body: new URLSearchParams(fields) }),
    close: () => db.destroy(),
  }
}

/** The example's tables, uploaded by `runner`. */
export async function seedTables(db: Db, runner: FakeRunner): Promise<void> {
  for (const [name, party, columns] of TABLES) {
    await submitUpload(db, {
      surface: 'fate',
      party,
      namespace: 'example',
      name,
      source: { type: 'path', path: `example/${name}.csv` },
      head: true,
      delimiter: ',',
      partitions: 4,
      request: {},
    })
    await runner.work(async (task) =>
      runner.report(task, {
        type: 'table',
        location: `tables/${name}`,
        columns: [...columns],
        idColumn: 'id',
        rows: 569,
        partitions: 4,
        preview: rowsOf(columns.length, 100),
      }),
    )
  }
}

/** The example job, just submitted. */
export function seedJob(
  db: Db,
  change: { name?: string; description?: string } = {},
): Promise<Job> {
  const { dsl, conf } = exampleJob()
  const members = { guest: ['9999'], host: ['10000'], arbiter: ['10000'] }
  return submitJob(db, {
    surface: 'fate',
    kind: 'train',
    name: change.name ?? '',
    description: change.description ?? '',
    members,
    initiator: { role: 'guest', party: '9999' },
    graph: NODES.map(({ name, module, needs }) => ({
      name,
      module,
      needs: needs.map((node) => ({ node, kind: 'data' as const })),
    })),
    tasks: NODES.flatMap(({ name, module, roles, params }) =>
      roles.map((role) => ({
        name,
        kind: 'component' as const,
        role,
        party: members[role][0],
        position: 0,
        spec: {
          type: 'component' as const,
          module,
          params: { ...params },
          members,
          data: [],
          models: [],
          run: true,
        },
      })),
    ),
    request: { job_dsl: dsl, job_runtime_conf: conf },
    modelId: 'arbiter-10000#guest-9999#host-10000#model',
  })
}

/** Does the work of one task as its component would report it. */
export async function perform(runner: FakeRunner, task: LeasedTask): Promise<void> {
  await runner.report(task, {
    type: 'log',
    level: 'info',
    text: `${task.name} starts as ${task.role}`,
  })
  if (task.name === 'intersection_0') await intersect(runner, task)
  if (task.name === 'hetero_lr_0') await train(runner, task, ITERATIONS)
  if (task.name === 'evaluation_0' && task.role === 'guest') await evaluate(runner, task)
  if (task.name === 'dataio_0') {
    await runner.report(task, tableOf(['id', 'y', 'mean_radius', 'mean_texture'], 569))
  }
  await runner.report(task, { type: 'log', level: 'debug', text: 'flushed buffers' })
}

/** The claimed tasks of the next component, or an empty list. */
export function next(runner: FakeRunner): Promise<LeasedTask[]> {
  return runner.claim()
}

/** A job that has run to its end. */
export async function seedFinished(db: Db, name = 'Breast cancer, two parties'): Promise<Job> {
  const runner = await startRunner(db)
  const job = await seedJob(db, { name })
  await runner.work((task) => perform(runner, task))
  return job
}

/** A job in the middle of its training, with the runner that works on it. */
export async function seedRunning(
  db: Db,
): Promise<{ job: Job; runner: FakeRunner; tasks: LeasedTask[] }> {
  const runner = await startRunner(db)
  const job = await seedJob(db, { name: 'Training under way' })
  for (let step = 0; step < 2; step += 1) {
    const tasks = await runner.claim()
    for (const task of tasks) await perform(runner, task)
    for (const task of tasks) await runner.settle(task)
  }
  const tasks = await runner.claim()
  for (const task of tasks) await train(runner, task, 4)
  return { job, runner, tasks }
}

/** A runner with two devices, a day of samples, and a task that holds one of the devices. */
export async function seedBusyRunner(db: Db): Promise<{ runner: FakeRunner; tasks: LeasedTask[] }> {
  const gpu = (id: string) => ({
    id,
    name: 'NVIDIA H100 80GB HBM3',
    memoryMb: 81_559,
    driver: '580.95.05',
    kind: 'cuda' as const,
  })
  const runner = await startRunner(db, ['77'], {
    cores: 16,
    memoryMb: 131_072,
    gpus: [gpu('0'), gpu('1')],
    labels: { zone: 'basement' },
    engines: ['local', 'slurm'],
    ports: [40_000, 40_099],
  })
  await submitJob(db, {
    surface: 'fate',
    kind: 'train',
    name: 'Night shift',
    members: { local: ['77'] },
    graph: [{ name: 'train_0', module: 'Program', needs: [] }],
    tasks: [
      {
        name: 'train_0',
        kind: 'component',
        role: 'local',
        party: '77',
        position: 0,
        maxAttempts: 3,
        spec: {
          type: 'component',
          module: 'Program',
          params: {},
          members: { local: ['77'] },
          data: [],
          models: [],
          run: true,
        },
      },
    ],
    request: {},
  })
  const [first] = await runner.claim()
  await runner.report(
    first,
    { type: 'log', level: 'info', text: 'first attempt: loading' },
    { type: 'log', level: 'error', text: 'first attempt: CUDA out of memory' },
  )
  const ending = { type: 'exited', exitCode: 137, signal: 'SIGKILL', peakMemoryMb: 9000 }
  await db
    .updateTable('attempt')
    .set({ ending: toJson(ending) })
    .where('id', '=', first.attemptId)
    .execute()
  await runner.settle(first, { state: 'released', reason: 'Its memory was needed elsewhere' })
  const tasks = await runner.claim()
  const allocation = toJson({ cores: 4, memoryMb: 16_384, gpus: ['0'], ports: [40_000] })
  const given = (table: 'lease' | 'attempt', column: 'attempt_id' | 'id') =>
    db.updateTable(table).set({ allocation }).where(column, '=', tasks[0].attemptId).execute()
  await given('lease', 'attempt_id')
  await given('attempt', 'id')
  for (let line = 0; line < 700; line += 100) {
    await runner.report(
      tasks[0],
      ...Array.from(
        { length: 100 },
        (_, index) =>
          ({
            type: 'log',
            level: index % 10 === 0 ? 'debug' : 'info',
            text: stepOf(line + index),
          }) as const,
      ),
    )
  }
  await runner.report(
    tasks[0],
    { type: 'event', level: 'warning', message: 'The learning rate was halved' },
    { type: 'progress', fraction: 0.4, note: 'Step 700 of 1750' },
  )
  const now = Date.now()
  const minute = 60_000
  const times = [
    ...Array.from({ length: 8 * 60 }, (_, index) => now - (8 * 60 - index) * minute),
    ...Array.from({ length: 180 }, (_, index) => now - (179 - index) * 5000),
  ]
  await db
    .insertInto('runner_sample')
    .values(
      times
        // The host was away for a while.
        .filter((at) => at < now - 300 * minute || at > now - 240 * minute)
        .map((at) => ({
          runner_id: runner.id,
          at: at - (at % (at < now - 15 * minute ? minute : 5000)),
          cpu: 0.55 + 0.3 * Math.sin(at / 40 / minute) + 0.1 * Math.sin(at / 90_000),
          memory_mb: Math.round(40_000 + 20_000 * Math.sin(at / 90 / minute)),
          tasks: at < now - 120 * minute ? 0 : 1,
          gpus: toJson([
            { id: '0', use: 0.9 + 0.08 * Math.sin(at / 9000), memoryMb: 60_123 },
            { id: '1', use: 0, memoryMb: 4 },
          ]),
        })),
    )
    .onConflict((clash) => clash.doNothing())
    .execute()
  return { runner, tasks }
}

function stepOf(step: number): string {
  return `step ${step}: loss ${(0.2 + 2 / (step + 1)).toFixed(4)}`
}

/** A job that failed at the host. */
export async function seedFailed(db: Db): Promise<Job> {
  const runner = await startRunner(db)
  const job = await seedJob(db, { name: 'Wrong label column' })
  const tasks = await runner.claim()
  await runner.report(tasks[0], {
    type: 'log',
    level: 'error',
    text: 'No column "Y": the table has y',
  })
  await runner.settle(tasks[0], {
    state: 'failed',
    reason: 'No column "Y": the table has id, y, mean_radius',
  })
  return job
}

/** Reports one iteration of the training. */
export async function iterate(
  runner: FakeRunner,
  task: LeasedTask,
  iteration: number,
): Promise<void> {
  const loss = 0.25 + 0.44 * Math.exp(-iteration / 2.5)
  await runner.report(task, {
    type: 'progress',
    fraction: (iteration + 1) / ITERATIONS,
    note: `Iteration ${iteration + 1} of ${ITERATIONS}`,
  })
  await runner.report(task, {
    type: 'log',
    level: 'info',
    text: `iteration ${iteration}: loss ${loss.toFixed(6)}`,
  })
  if (task.role === 'arbiter') {
    await runner.report(task, {
      type: 'metric',
      namespace: 'train',
      name: 'loss',
      points: [[iteration, loss]],
      meta: { name: 'train', metric_type: 'LOSS', unit_name: 'iters', curve_name: 'loss' },
    })
  }
}

const ITERATIONS = 10

const NODES = [
  {
    name: 'dataio_0',
    module: 'DataIO',
    roles: ['guest', 'host'],
    needs: [],
    params: { with_label: true, label_name: 'y', output_format: 'dense' },
  },
  {
    name: 'intersection_0',
    module: 'Intersection',
    roles: ['guest', 'host'],
    needs: ['dataio_0'],
    params: { intersect_method: 'ecdh' },
  },
  {
    name: 'hetero_lr_0',
    module: 'HeteroLR',
    roles: ['guest', 'host', 'arbiter'],
    needs: ['intersection_0'],
    params: {
      penalty: 'L2',
      optimizer: 'rmsprop',
      learning_rate: 0.15,
      max_iter: 10,
      encrypt_param: { method: 'Paillier', key_length: 2048 },
    },
  },
  {
    name: 'evaluation_0',
    module: 'Evaluation',
    roles: ['guest', 'host'],
    needs: ['hetero_lr_0'],
    params: { eval_type: 'binary', pos_label: 1 },
  },
] as const satisfies readonly {
  name: string
  module: string
  roles: readonly ('guest' | 'host' | 'arbiter')[]
  needs: readonly string[]
  params: object
}[]

const GUEST_COLUMNS = [
  'y',
  'mean_radius',
  'mean_texture',
  'mean_perimeter',
  'mean_area',
  'mean_smoothness',
  'mean_compactness',
  'mean_concavity',
  'mean_concave_points',
  'mean_symmetry',
  'mean_fractal_dimension',
]
const HOST_COLUMNS = [
  'radius_error',
  'texture_error',
  'worst_radius',
  'worst_texture',
  'worst_area',
]

const TABLES = [
  ['breast_guest', '9999', GUEST_COLUMNS],
  ['breast_host', '10000', HOST_COLUMNS],
] as const

function accepted(job: Job) {
  return { retcode: 0, retmsg: 'success', jobId: job.id }
}

async function intersect(runner: FakeRunner, task: LeasedTask): Promise<void> {
  const other = task.role === 'guest' ? 'host:10000' : 'guest:9999'
  await runner.report(task, {
    type: 'ledger',
    receiver: other,
    tag: 'blinded_ids',
    kind: 'blinded',
    reveals: 'How many ids there are; an id only where the receiver has it too.',
    messages: 2,
    bytes: 569 * 64,
  })
  await runner.report(task, {
    type: 'metric',
    namespace: 'train',
    name: 'intersection',
    points: [
      ['intersect_count', 569],
      ['intersect_rate', 1],
    ],
    meta: { name: 'intersection', metric_type: 'INTERSECTION' },
  })
  await runner.report(task, tableOf(['id', 'y', 'mean_radius', 'mean_texture'], 569))
}

async function train(runner: FakeRunner, task: LeasedTask, iterations: number): Promise<void> {
  for (let iteration = 0; iteration < iterations; iteration += 1)
    await iterate(runner, task, iteration)
  if (task.role === 'arbiter') {
    await runner.report(task, {
      type: 'ledger',
      receiver: 'guest:9999',
      tag: 'optimised_gradient',
      kind: 'aggregate',
      reveals: 'The guest’s own gradient, summed over all rows of the batch.',
      messages: iterations,
      bytes: iterations * 88,
    })
    return
  }
  const other = task.role === 'guest' ? 'host:10000' : 'guest:9999'
  await runner.report(
    task,
    {
      type: 'ledger',
      receiver: other,
      tag: task.role === 'guest' ? 'fore_gradient' : 'host_forward',
      kind: 'ciphertext',
      reveals: 'Nothing: encrypted under the arbiter’s key.',
      messages: iterations,
      bytes: iterations * 569 * 512,
    },
    {
      type: 'artifact',
      kind: 'model',
      name: 'hetero_lr',
      location: 'models/hetero_lr',
      summary: { name: 'HeteroLogisticRegression' },
      preview: {
        param: {
          iters: iterations,
          isConverged: false,
          weight: Object.fromEntries(
            (task.role === 'guest' ? GUEST_COLUMNS.slice(1) : HOST_COLUMNS).map((name, index) => [
              name,
              Math.sin(index + 1) / 2,
            ]),
          ),
          intercept: 0.42,
          header: task.role === 'guest' ? GUEST_COLUMNS.slice(1) : HOST_COLUMNS,
        },
        meta: { penalty: 'L2', optimizer: 'rmsprop', maxIter: '10' },
      },
    },
  )
}

async function evaluate(runner: FakeRunner, task: LeasedTask): Promise<void> {
  const grid = Array.from({ length: 101 }, (_, index) => index / 100)
  const meta = (metric_type: string, more: object = {}) => ({
    name: 'hetero_lr_0',
    metric_type,
    curve_name: 'hetero_lr_0',
    ...more,
  })
  const series = (name: string, points: [number, number][], more: ReturnType<typeof meta>) =>
    ({ type: 'metric', namespace: 'train', name, points, meta: more }) as const
  const tpr = (x: number) => Math.min(1, 1.02 * (1 - Math.exp(-x * 8)))
  const fpr = (x: number) => x ** 4
  await runner.report(
    task,
    {
      type: 'metric',
      namespace: 'train',
      name: 'hetero_lr_0',
      points: [
        ['auc', 0.985623],
        ['ks', 0.912345],
      ],
      meta: meta('EVALUATION_SUMMARY'),
    },
    series(
      'hetero_lr_0_roc',
      grid.map((x): [number, number] => [x, x === 0 ? 0 : Math.min(1, x ** 0.06)]),
      meta('ROC_EVALUATION', { unit_name: 'fpr', ordinate_name: 'tpr' }),
    ),
    series(
      'hetero_lr_0_ks_tpr',
      grid.map((x): [number, number] => [x, tpr(x)]),
      meta('KS_EVALUATION', { pair_type: 'hetero_lr_0' }),
    ),
    series(
      'hetero_lr_0_ks_fpr',
      grid.map((x): [number, number] => [x, fpr(x)]),
      meta('KS_EVALUATION', { pair_type: 'hetero_lr_0' }),
    ),
    series(
      'hetero_lr_0_lift',
      grid.slice(1).map((x): [number, number] => [x, Math.min(1.59, 1 / x)]),
      meta('LIFT_EVALUATION'),
    ),
    series(
      'hetero_lr_0_gain',
      grid.slice(1).map((x): [number, number] => [x, tpr(x)]),
      meta('GAIN_EVALUATION'),
    ),
    series(
      'hetero_lr_0_accuracy',
      grid.map((x): [number, number] => [x, 0.4 + 0.57 * Math.exp(-((x - 0.6) ** 2) * 6)]),
      meta('ACCURACY_EVALUATION'),
    ),
    series(
      'hetero_lr_0_precision',
      grid.map((x): [number, number] => [x, 1 - 0.37 * x ** 3]),
      meta('PRECISION_BINARY_EVALUATION'),
    ),
    series(
      'hetero_lr_0_recall',
      grid.map((x): [number, number] => [x, tpr(x)]),
      meta('RECALL_BINARY_EVALUATION'),
    ),
    tableOf(['id', 'y', 'predict_result', 'predict_score', 'predict_detail', 'type'], 569),
  )
}

function tableOf(header: readonly string[], rows: number) {
  return {
    type: 'artifact',
    kind: 'table',
    name: 'train',
    location: 'outputs/train',
    rows,
    summary: { header, kind: 'data', idName: 'id', labelName: 'y' },
    preview: rowsOf(header.length - 1, 100),
  } as const
}

function rowsOf(columns: number, rows: number): unknown[][] {
  return Array.from({ length: rows }, (_, row) => [
    `p${String(row + 1).padStart(4, '0')}`,
    ...Array.from({ length: columns }, (_unused, column) =>
      column === 0 ? String(row % 2) : Math.sin(row * columns + column).toFixed(6),
    ),
  ])
}
