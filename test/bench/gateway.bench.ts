/**
 * What dispatching costs a runner that has no database: the same no-op tasks as in `dispatch`, over the gateway and real
 * HTTP on one machine. Server and runners share this process.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Hono } from 'hono'

import { runnerGateway } from '../../src/api/runner/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { type NewJob, submitJob } from '../../src/domain/job.ts'
import { createRunner, type Runner } from '../../src/runner/runner.ts'
import { gatewayStore } from '../../src/runner/store-gateway.ts'
import { quietDeps, SILENT } from '../helpers/deps.ts'
import { jobOf } from '../helpers/jobs.ts'
import { listen } from '../helpers/listen.ts'

const JOBS = 5
const TASKS_A_JOB = 400
const RUNNERS = 4
const SLOTS = 64
const IDLE_JOBS = 100
const SEQUENCE = 40

export const bench = { name: 'gateway', run }

async function* run(): AsyncGenerator<{ params: object; value: number; unit: string }> {
  for (const runners of [1, RUNNERS]) {
    const tasks = JOBS * TASKS_A_JOB
    const params = { figure: 'no-op tasks', tasks, runners }
    yield { params, value: tasks / (await throughput(runners)), unit: 'tasks/s' }
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

/** Seconds for five jobs of tasks that do not depend on each other. */
function throughput(runners: number): Promise<number> {
  return onServer(async (db, start) => {
    for (let job = 0; job < JOBS; job++) {
      await submitJob(db, noopJob(Array.from({ length: TASKS_A_JOB }, (_, n) => [`n${n}`])))
    }
    const all = countTo(JOBS * TASKS_A_JOB)
    const began = performance.now()
    for (let n = 0; n < runners; n++) await start(`r${n}`, { finished: all.add })
    await all.reached
    return (performance.now() - began) / 1000
  })
}

/** Milliseconds from the call of submit to the start of the task, when nothing else runs. */
function idleLatency(): Promise<number[]> {
  return onServer(async (db, start) => {
    let heard: (at: number) => void = () => {}
    let ended: () => void = () => {}
    await start('r', { started: () => heard(performance.now()), finished: () => ended() })
    const delays: number[] = []
    for (let index = 0; index < IDLE_JOBS; index++) {
      // Long enough to be asleep, and out of step with any poll.
      await new Promise((resolve) => setTimeout(resolve, 20 + (index % 17)))
      const begun = new Promise<number>((resolve) => (heard = resolve))
      const over = new Promise<void>((resolve) => (ended = resolve))
      const began = performance.now()
      await submitJob(db, noopJob([['a']]))
      delays.push((await begun) - began)
      await over
    }
    return delays
  })
}

/** Seconds from submit until the last of a chain of tasks is settled. */
function sequence(): Promise<number> {
  return onServer(async (db, start) => {
    const all = countTo(SEQUENCE)
    await start('r', { finished: all.add })
    const began = performance.now()
    await submitJob(db, noopJob([Array.from({ length: SEQUENCE }, (_, n) => `n${n}`)]))
    await all.reached
    return (performance.now() - began) / 1000
  })
}

interface Heard {
  started?(): void
  finished(): void
}

async function onServer<T>(
  work: (db: Db, start: (name: string, heard: Heard) => Promise<void>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  const db = openDatabase({ url: `file:${join(folder, 'weft.db')}` })
  await migrate(db)
  const gateway = runnerGateway({
    ...quietDeps(db, { auth: 'off' }),
    now: () => Date.now(),
    watchMs: 10,
  })
  const app = new Hono().route('/runner/v1', gateway)
  const server = await listen((request) => app.fetch(request))
  const runners: Runner[] = []
  try {
    return await work(db, async (name, heard) => {
      const runner = createRunner({
        store: gatewayStore({ url: server.url, claimWaitMs: 20_000 }),
        profile: {
          id: name,
          name,
          site: name,
          parties: null,
          url: null,
          slots: SLOTS,
          identities: { '*': 'k'.repeat(43) },
          facts: {},
        },
        slots: SLOTS,
        executor: {
          run() {
            heard.started?.()
            return Promise.resolve({ state: 'succeeded' })
          },
          finish: () => Promise.resolve(heard.finished()),
        },
        log: SILENT,
      })
      runners.push(runner)
      await runner.start()
    })
  } finally {
    for (const runner of runners) await runner.drain(1000)
    await server.close()
    await db.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A job of chains of tasks that belong to nobody. */
function noopJob(chains: readonly (readonly string[])[]): NewJob {
  const one = jobOf({ nodes: ['x'], members: { local: ['1'] } })
  const nodes = chains.flatMap((chain) =>
    chain.map((name, at) => ({ name, before: chain[at - 1] })),
  )
  return {
    ...one,
    members: {},
    graph: nodes.map(({ name, before }) => ({
      name,
      module: 'Noop',
      needs: before === undefined ? [] : [{ node: before, kind: 'data' }],
    })),
    tasks: nodes.map(({ name }) => ({ ...one.tasks[0], name, role: null, party: null })),
  }
}

function countTo(most: number): { add(): void; reached: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let count = 0
  return {
    reached: promise,
    add() {
      if (++count === most) resolve()
    },
  }
}
