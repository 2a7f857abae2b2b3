/**
 * Durable tasks that do nothing, and runners for them: what the benchmarks of dispatching share.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { migrate } from '../../src/db/migrate.ts'
import { databaseFile, openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import type { NewJob } from '../../src/domain/job.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import type { Executor } from '../../src/runner/executor.ts'
import { createRunner, type Runner } from '../../src/runner/runner.ts'
import { dbStore } from '../../src/runner/store-db.ts'
import { SILENT } from '../helpers/deps.ts'

const SLOTS = 64

/** A database file as the runners and the app use it. */
export interface FreshFile {
  readonly db: Db
  readonly url: string
  /** Another connection to it. */
  open(): { db: Db; url: string }
}

/** Works on a migrated file in a folder of its own, and removes it. */
export async function onFreshFile<T>(work: (file: FreshFile) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  const url = `file:${join(folder, 'weft.db')}`
  const opened: { destroy(): Promise<void> }[] = []
  const open = (): { db: Db; url: string } => {
    const db = openDatabase({ url, busyMs: 30_000 })
    opened.push(db)
    return { db, url }
  }
  try {
    const { db } = open()
    await migrate(db)
    return await work({ db, url, open })
  } finally {
    for (const one of opened) await one.destroy()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A runner whose tasks are done at once. */
export function noopRunner(
  { db, url }: { db: Db; url: string },
  options: { name: string; started?: () => void; finished(task: LeasedTask): void },
): Runner {
  const noSpool = () => Promise.reject(new Error('no spool'))
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
    store: dbStore(db, {
      openSpool: noSpool,
      dropSpool: noSpool,
      watch: { everyMs: 10, file: databaseFile(url) },
    }),
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
    log: SILENT,
  })
}

/** A job of so many tasks, in chains of that length. */
export function noopJob(shape: { tasks: number; chain: number }): NewJob {
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

/** Resolves at the count of `goal`. */
export function countTo(goal: number): { add(): void; reached: Promise<void> } {
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
export async function checkDone(db: Db, jobs: number): Promise<void> {
  const { done } = await db
    .selectFrom('job')
    .select((expression) => expression.fn.countAll<number>().as('done'))
    .where('state', '=', 'succeeded')
    .executeTakeFirstOrThrow()
  if (done !== jobs) throw new Error(`Only ${done} of ${jobs} jobs succeeded`)
}
