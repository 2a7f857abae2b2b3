/**
 * OpenPAI's job list with 30,000 jobs, and what became of a job of 250 instances in 100 attempts: whole requests to the
 * surface, without a network, after each other.
 * @module
 */
import { sql } from 'kysely'

import type { Bench } from '../../src/cli/bench.ts'
import type { Db } from '../../src/db/type.ts'
import { testApp, type TestApp } from '../helpers/app.ts'
import { plan } from '../helpers/framework.ts'

const JOBS = 30_000
const TASKS = 250
const ATTEMPTS = 100
const CALLS = Number(process.env['WEFT_BENCH_CALLS'] ?? 300)

const QUERIES = [
  'limit=20&withTotalCount=true',
  'limit=20&withTotalCount=true&state=FAILED,RUNNING&order=completionTime,DESC',
  'limit=20&withTotalCount=true&username=user7,user8&vc=vc2&order=jobName,ASC',
  'limit=20&withTotalCount=true&keyword=job-123&order=totalGpuNumber,DESC',
  'limit=20&withTotalCount=true&offset=29000&order=retries,ASC',
  'limit=20&withTotalCount=true&tagsContain=tag3&order=state,ASC&jobPriority=default,prod',
]

export const list: Bench = {
  name: 'pai-list',
  async *run() {
    const app = await testApp()
    await enterJobs(app.db, JOBS)
    for (const query of QUERIES) yield* figures(app, `/jobs?${query}`, { jobs: JOBS, query })
    await app.close()
  },
}

export const attempts: Bench = {
  name: 'pai-attempts',
  async *run() {
    const app = await testApp()
    await enterHistory(app.db)
    const params = { tasks: TASKS, attempts: ATTEMPTS }
    for (const path of [
      '/jobs/big/job-attempts',
      '/jobs/big/attempts/50',
      '/frameworks/big/attempts',
    ])
      yield* figures(app, path, { ...params, path })
    const one = '/jobs/often/attempts/0/taskRoles/w/taskIndex/7/attempts'
    for (const path of ['/jobs/often', one]) yield* figures(app, path, { ...params, path })
    await app.close()
  },
}

async function* figures(app: TestApp, path: string, params: object) {
  const times: number[] = []
  let spent = process.cpuUsage()
  for (let call = 0; call < CALLS + 10; call += 1) {
    // The first calls prepare what all later ones use.
    if (call === 10) spent = process.cpuUsage()
    const start = performance.now()
    const response = await app.app.request(`/api/v2${path}`)
    await response.arrayBuffer()
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    if (call >= 10) times.push(performance.now() - start)
  }
  // What else the machine does lengthens times, but not this.
  const { user, system } = process.cpuUsage(spent)
  const cpu = (user + system) / 1000 / times.length
  yield { params: { ...params, figure: 'cpu' }, value: cpu, unit: 'ms' }
  const sorted = times.toSorted((a, b) => a - b)
  for (const [figure, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
    yield { params: { ...params, figure }, value: Math.round(value * 100) / 100, unit: 'ms' }
  }
}

/** Jobs of twenty users; one in a hundred is not over. */
async function enterJobs(db: Db, count: number): Promise<void> {
  await sql`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1})
    insert into job (id, surface, kind, name, description, tag, state, priority, progress, members, graph, request, created_at, updated_at)
    select 'j' || i, 'openpai', 'framework', 'user' || (i % 20) || '~job-' || i, '', '',
      iif(i % 100 = 0, 'running', 'succeeded'), 10, 100, '{}', '[]', '{}', i, i from n`.execute(db)
  await sql`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1})
    insert into framework (job_id, owner, name, version, latest, virtual_cluster, priority, config, plan, tags, execution,
      state, attempt, total_gpus, total_tasks, total_roles, submitted_at, launched_at, completed_at, exit_code)
    select 'j' || i, 'user' || (i % 20), 'job-' || i, 1, 1, 'vc' || (i % 5), iif(i % 3 = 0, 'prod', null),
      ${'name: a\n'.repeat(100)}, ${JSON.stringify(plan())}, iif(i % 7 = 3, '["tag3","other"]', '[]'), 'START',
      case when i % 100 = 0 then 'active' when i % 4 = 1 then 'FAILED' else 'SUCCEEDED' end, i % 6, i % 9, 1 + i % 17, 1,
      i, i, iif(i % 100 = 0, null, i + 10), iif(i % 100 = 0, null, i % 2) from n`.execute(db)
  await sql`
    insert into task (id, job_id, name, kind, role, position, state, spec, progress, attempts, max_attempts, created_at, updated_at)
    select job_id || '_t', job_id, 'attempt-0:all', 'process', 'w', 0, iif(rowid % 2, 'running', 'ready'), '{}', 0, 1, 1, 1, 1
    from framework where state = 'active'`.execute(db)
}

/** One job with many attempts at all, and one whose instances were tried many times each. */
async function enterHistory(db: Db): Promise<void> {
  const roles = JSON.stringify(plan([{ name: 'w', instances: TASKS }]))
  for (const [id, name, last] of [
    ['big', 'big', ATTEMPTS - 1],
    ['often', 'often', 0],
  ] as const) {
    await sql`
      insert into job (id, surface, kind, name, description, tag, state, priority, progress, members, graph, request, created_at, updated_at)
      values (${id}, 'openpai', 'framework', ${name}, '', '', 'failed', 10, 100, '{}', '[]', '{}', 1, 1)`.execute(
      db,
    )
    await sql`
      insert into framework (job_id, owner, name, version, latest, virtual_cluster, config, plan, execution, state, attempt,
        total_gpus, total_tasks, total_roles, submitted_at, completed_at, exit_code)
      values (${id}, 'ann', ${name}, 1, 1, 'default', 'name: a', ${roles}, 'START', 'FAILED', ${last}, 0, ${TASKS}, 1, 1, 2, 255)`.execute(
      db,
    )
    await sql`
      with recursive a(i) as (select 0 union all select i + 1 from a where i < ${last})
      insert into framework_attempt (job_id, number, created_at, launched_at, completed_at, exit_code, trigger_role, trigger_index)
      select ${id}, i, i, i, i + 1, 255, 'w', 3 from a`.execute(db)
    await sql`
      with recursive a(i) as (select 0 union all select i + 1 from a where i < ${last}),
        t(k) as (select 0 union all select k + 1 from t where k < ${TASKS - 1})
      insert into task (id, job_id, name, kind, role, position, state, spec, progress, attempts, max_attempts, created_at, updated_at, ended_at)
      select ${id} || '_attempt-' || i || ':all_w_' || k, ${id}, 'attempt-' || i || ':all', 'process', 'w', k, 'failed', '{}', 0,
        ${last === 0 ? ATTEMPTS : 1}, 1, 1, 1, 2 from a, t`.execute(db)
    const tries = last === 0 ? ATTEMPTS : 1
    await sql`
      with recursive a(i) as (select 1 union all select i + 1 from a where i < ${tries})
      insert into attempt (id, task_id, number, runner_id, state, reason, allocation, ending, started_at, ended_at)
      select task.id || '-' || a.i, task.id, a.i, 'r', 'failed', 'It ended with exit code 1.',
        '{"cores":1,"memoryMb":100,"gpus":[],"ports":[1,2]}',
        '{"type":"exited","exitCode":1,"signal":null,"peakMemoryMb":10}', 1, 2
      from task, a where task.job_id = ${id}`.execute(db)
  }
}
