/**
 * Dispatch beside plainjob, the nearest queue on SQLite: durable no-op jobs, one process, both with WAL and
 * `synchronous=NORMAL`.
 *
 * The two do not the same for a task: plainjob marks a row, takes one job after the other and hears of new ones by polling.
 * Here a task has a lease, an attempt, an event, a place in a graph and a job that it ends.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { SILENT } from '../../helpers/deps.ts'
import { throughput } from '../dispatch.bench.ts'
import { npmPeers, whyAbsent } from './install.ts'

const VERSIONS = { plainjob: '0.0.14', 'better-sqlite3': '13.2.0' }
const ROUNDS = 3

export const peers = { name: 'dispatch', run }

type Row =
  | { who: string; params: object; value: number; unit: string; ours: number | null }
  | { who: string; absent: string }

async function* run(): AsyncGenerator<Row> {
  const who = `plainjob ${VERSIONS.plainjob}`
  let folder: string | undefined
  try {
    const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`)
    folder = await npmPeers('dispatch', packages)
  } catch (error) {
    yield { who, absent: whyAbsent(error) }
  }
  const own: number[] = []
  const theirs: number[] = []
  let tasks = 0
  // In turns, as a shared machine has better and worse minutes.
  for (let round = 0; round < ROUNDS; round++) {
    const figure = await throughput({ runners: 1, chain: 1 })
    tasks = figure.tasks
    own.push(figure.tasks / figure.seconds)
    if (folder !== undefined) theirs.push(tasks / (await plainjobSeconds(folder, tasks)))
  }
  const ours = median(own)
  yield { who: 'weft', params: { tasks, processes: 1 }, value: ours, unit: 'tasks/s', ours: null }
  if (folder === undefined) return
  yield { who, params: { tasks, processes: 1 }, value: median(theirs), unit: 'tasks/s', ours }
}

/** The part of plainjob that is used here. */
interface Plainjob {
  better(database: unknown): unknown
  defineQueue(options: { connection: unknown; logger: object }): {
    add(type: string, data: unknown): unknown
    close(): void
  }
  defineWorker(
    type: string,
    work: () => Promise<void>,
    options: { queue: unknown; logger: object; onCompleted(): void },
  ): { start(): Promise<void>; stop(): Promise<void> }
}

/** Seconds from the start of a worker until it has done all jobs. */
async function plainjobSeconds(modules: string, tasks: number): Promise<number> {
  const load = (path: string) =>
    import(pathToFileURL(join(modules, 'node_modules', path)).href) as Promise<unknown>
  const { better, defineQueue, defineWorker } = (await load(
    'plainjob/dist/plainjob.js',
  )) as Plainjob
  const { default: Database } = (await load('better-sqlite3/lib/index.js')) as {
    default: new (path: string) => unknown
  }
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  const logger = SILENT
  try {
    const queue = defineQueue({
      connection: better(new Database(join(folder, 'queue.db'))),
      logger,
    })
    for (let index = 0; index < tasks; index++) queue.add('noop', { index })
    const { promise, resolve } = Promise.withResolvers<void>()
    let done = 0
    const worker = defineWorker('noop', () => Promise.resolve(), {
      queue,
      logger,
      onCompleted: () => {
        if (++done === tasks) resolve()
      },
    })
    const began = performance.now()
    void worker.start()
    await promise
    const seconds = (performance.now() - began) / 1000
    await worker.stop()
    queue.close()
    return seconds
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
