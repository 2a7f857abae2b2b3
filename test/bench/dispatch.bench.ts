/**
 * What dispatching costs: durable tasks that do nothing, through the real database file, store and runner loop.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { type NewJob, submitJob } from '../../src/domain/job.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { createRunner, type Executor, type Runner } from '../../src/runner/runner.ts'
import { dbStore } from '../../src/runner/store-db.ts'

const JOBS = 5
const TASKS_A_JOB = 2000
const RUNNERS = 4
const SLOTS = 64
const IDLE_JOBS = 200
const SEQUENCE = 40

export const bench = { name: 'dispatch', run }

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  for (const chain of [1, 20]) {
    for (const runners of [1, RUNNERS]) {
      const { seconds, cpuSeconds, tasks } = await throughput({ runners, chain })
      const params = { tasks, runners, chain }
      yield {
        params: { figure: 'no-op tasks', ...params },
        value: tasks / seconds,
        unit: 'tasks/s',
      }
      const value = (cpuSeconds * 1e6) / tasks
      yield { params: { figure: 'processor time', ...params }, value, unit: 'µs/task' }
    }
  }
  const delays = (await idleLatency()).toSorted((a, b) => a - b)
  for (const [figure, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const value = delays[Math.floor(delays.length * share)]
    yield { params: { figure: `submit to start when idle, ${figure}` }, value, unit: 'ms' }
  }
  const params = { figure: `${SEQUENCE} tasks one after another` }
  yield { params, value: await sequence(), unit: 's' }
}

/** Five jobs of many nodes in chains of that length, over runners with a connection each. */
async function throughput(options: {
  runners: number
  chain: number
}): Promise<{ seconds: number; cpuSeconds: number; tasks: number }> {
  return onFreshFile(async (db, open) => {
    const tasks = JOBS * TASKS_A_JOB
    for (let job = 0; job < JOBS; job++) {
      await submitJob(db, noopJob({ tasks: TASKS_A_JOB, chain: options.chain }))
    }
    const counter = countTo(tasks)
    const runners = Array.from({ length: options.runners }, (_, index) =>
      noopRunner(open(), { name: `r${index}`, finished: counter.add }),
    )
    const before = process.cpuUsage()
    const began = performance.now()
    for (const runner of runners) await runner.start()
    await counter.reached
    const seconds = (performance.now() - began) / 1000
    const { user, system } = process.cpuUsage(before)
    await check(db, JOBS)
    for (const runner of runners) await runner.drain(1000)
    return { seconds, cpuSeconds: (user + system) / 1e6, tasks }
  })
}

/** Milliseconds from the call of submit to the start of the task, for jobs that come when nothing else runs. */
async function idleLatency(): Promise<number[]> {
  return onFreshFile(async (db, open) => {
    let heard: (at: number) => void = () => {}
    let settled: () => void = () => {}
    const runner = noopRunner(open(), {
      name: 'r',
      started: () => heard(performance.now()),
      finished: () => settled(),
    })
    await runner.start()
    const delays: number[] = []
    for (let index = 0; index < IDLE_JOBS; index++) {
      // Long enough to be asleep, and out of step with any poll.
      await new Promise((resolve) => setTimeout(resolve, 20 + (index % 17)))
      const start = new Promise<number>((resolve) => (heard = resolve))
      const end = new Promise<void>((resolve) => (settled = resolve))
      const began = performance.now()
      await submitJob(db, noopJob({ tasks: 1, chain: 1 }))
      delays.push((await start) - began)
      await end
    }
    await runner.drain(1000)
    return delays
  })
}

/** Seconds from submit until the last of a chain of light tasks is settled. */
async function sequence(): Promise<number> {
  return onFreshFile(async (db, open) => {
    const counter = countTo(SEQUENCE)
    const runner = noopRunner(open(), { name: 'r', finished: counter.add })
    await runner.start()
    const began = performance.now()
    await submitJob(db, noopJob({ tasks: SEQUENCE, chain: SEQUENCE }))
    await counter.reached
    const seconds = (performance.now() - began) / 1000
    await check(db, 1)
    await runner.drain(1000)
    return seconds
  })
}

async function onFreshFile<T>(work: (db: Db, open: () => Db) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  const url = `file:${join(folder, 'weft.db')}`
  const opened: { destroy(): Promise<void> }[] = []
  const open = (): Db => {
    const db = openDatabase({ url, busyMs: 30_000 })
    opened.push(db)
    return db
  }
  try {
    const db = open()
    await migrate(db)
    return await work(db, open)
  } finally {
    for (const one of opened) await one.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

function noopRunner(
  db: Db,
  options: { name: string; started?: () => void; finished(task: LeasedTask): void },
): Runner {
  const noSpool = () => Promise.reject(new Error('no spool'))
  const silent = (): void => {}
  const executor: Executor = {
    run() {
      options.started?.()
      return Promise.resolve({ state: 'succeeded' })
    },
    finish(task) {
      options.finished(task)
      return Promise.resolve()
    },
  }
  return createRunner({
    store: dbStore(db, { openSpool: noSpool, dropSpool: noSpool, watchMs: 10 }),
    profile: {
      id: options.name,
      name: options.name,
      site: options.name,
      parties: null,
      url: null,
      slots: SLOTS,
      identities: { '*': 'key' },
      facts: {},
    },
    slots: SLOTS,
    executor,
    log: { debug: silent, info: silent, warn: silent, error: silent },
  })
}

function noopJob(shape: { tasks: number; chain: number }): NewJob {
  const nodes = Array.from({ length: shape.tasks }, (_, index) => `n${index}`)
  return {
    surface: 'weft',
    kind: 'train',
    members: {},
    graph: nodes.map((name, index) => ({
      name,
      module: 'Noop',
      needs: index % shape.chain === 0 ? [] : [{ node: nodes[index - 1], kind: 'data' }],
    })),
    tasks: nodes.map((name) => ({
      name,
      kind: 'component',
      role: null,
      party: null,
      position: 0,
      spec: {
        type: 'component',
        module: 'Noop',
        params: {},
        members: {},
        data: [],
        models: [],
        run: true,
      },
    })),
    request: {},
  }
}

function countTo(goal: number): { add(): void; reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let count = 0
  return {
    add() {
      if (++count === goal) resolve()
    },
    reached: promise,
  }
}

/** A figure counts only when the work behind it is done. */
async function check(db: Db, jobs: number): Promise<void> {
  const { done } = await db
    .selectFrom('job')
    .select((expression) => expression.fn.countAll<number>().as('done'))
    .where('state', '=', 'succeeded')
    .executeTakeFirstOrThrow()
  if (done !== jobs) throw new Error(`Only ${done} of ${jobs} jobs succeeded`)
}
