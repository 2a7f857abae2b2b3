/**
 * What dispatching costs: durable tasks that do nothing, through the real database file, store and runner loop.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import type { Db } from '../../src/db/type.ts'
import { submitJob } from '../../src/domain/job.ts'
import { ROOT } from '../helpers/place.ts'
import { checkDone, countTo, noopJob, noopRunner, onFreshFile } from './noop.ts'

const JOBS = 5
const TASKS_A_JOB = 2000
const RUNNERS = 4
const PROCESSES = 2
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
  const { seconds, tasks } = await processThroughput(PROCESSES)
  yield {
    params: { figure: 'no-op tasks', tasks, processes: PROCESSES, chain: 1 },
    value: tasks / seconds,
    unit: 'tasks/s',
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

/** The same over runners that are processes of their own, timed by what the database says. */
export async function processThroughput(
  processes: number,
): Promise<{ seconds: number; tasks: number }> {
  return onFreshFile(async ({ db, url }) => {
    const tasks = JOBS * TASKS_A_JOB
    for (let job = 0; job < JOBS; job++) {
      await submitJob(db, noopJob({ tasks: TASKS_A_JOB, chain: 1 }))
    }
    const script = join(ROOT, 'test/bench/noop-process.ts')
    const children = Array.from({ length: processes }, () =>
      spawn(process.execPath, ['--import', 'tsx', script, url], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    )
    const ends = children.map((child) => once(child, 'exit'))
    try {
      await Promise.all(children.map((child) => once(child.stdout, 'data')))
      const began = performance.now()
      for (const child of children) child.stdin.write('go\n')
      while ((await openTasks(db)) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
      const seconds = (performance.now() - began) / 1000
      await checkDone(db, JOBS)
      return { seconds, tasks }
    } finally {
      for (const child of children) child.kill()
      await Promise.all(ends)
    }
  })
}

async function openTasks(db: Db): Promise<number> {
  const { open } = await db
    .selectFrom('task')
    .select((expression) => expression.fn.countAll<number>().as('open'))
    .where('state', 'in', ['waiting', 'ready', 'running'])
    .executeTakeFirstOrThrow()
  return open
}

/** Five jobs of many nodes in chains of that length, over runners with a connection each. */
export async function throughput(options: {
  runners: number
  chain: number
}): Promise<{ seconds: number; cpuSeconds: number; tasks: number }> {
  return onFreshFile(async ({ db, open }) => {
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
    await checkDone(db, JOBS)
    for (const runner of runners) await runner.drain(1000)
    return { seconds, cpuSeconds: (user + system) / 1e6, tasks }
  })
}

/** Milliseconds from the call of submit to the start of the task, for jobs that come when nothing else runs. */
async function idleLatency(): Promise<number[]> {
  return onFreshFile(async ({ db, open }) => {
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
  return onFreshFile(async ({ db, open }) => {
    const counter = countTo(SEQUENCE)
    const runner = noopRunner(open(), { name: 'r', finished: counter.add })
    await runner.start()
    const began = performance.now()
    await submitJob(db, noopJob({ tasks: SEQUENCE, chain: SEQUENCE }))
    await counter.reached
    const seconds = (performance.now() - began) / 1000
    await checkDone(db, 1)
    await runner.drain(1000)
    return seconds
  })
}
