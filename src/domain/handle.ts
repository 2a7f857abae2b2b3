/**
 * Handles: by which an engine finds the process of an attempt again after its runner has died.
 *
 * At any time one attempt at most has a handle. It goes to the next attempt at the task, which follows the same
 * process; when nobody will, it becomes a leftover, and whichever runner takes it ends what is left.
 * @module
 */
import { inList } from '../db/list.ts'
import { type Db, inTransaction, type Trx } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { invalid } from './error.ts'
import { findRunner } from './runner-scope.ts'

/** The attempts whose process may go on: their runner is gone, not the process. */
const FOLLOWED = ['lost', 'released'] as const

/**
 * Keeps the handle of an attempt. False when its lease is no longer held: the process must then not be started, as
 * nobody would know of it. A handle names its attempt, `<engine>:<attempt>`, so that nobody can name a foreign process.
 */
export async function holdHandle(
  db: Db,
  hold: { runnerId: string; attemptId: string; handle: string },
): Promise<boolean> {
  const { attemptId, handle } = hold
  if (
    !/^[a-z][a-z0-9-]*$/.test(handle.slice(0, -attemptId.length - 1)) ||
    !handle.endsWith(`:${attemptId}`)
  )
    throw invalid(`"${handle}" is no handle of attempt ${attemptId}: expected ENGINE:${attemptId}`)
  return inTransaction(db, async (trx) => {
    const lease = await trx
      .selectFrom('lease')
      .select('task_id')
      .where('runner_id', '=', hold.runnerId)
      .where('attempt_id', '=', attemptId)
      .executeTakeFirst()
    if (!lease) return false
    await trx.updateTable('attempt').set({ handle }).where('id', '=', attemptId).execute()
    return true
  })
}

/** Moves the handles of earlier attempts to those that were just leased; answers them by task. */
export async function inheritHandles(
  trx: Trx,
  leased: readonly { kind: string; attempt: number; taskId: string; attemptId: string }[],
): Promise<Map<string, string>> {
  const again = leased.filter(
    ({ kind, attempt }) => (kind === 'process' || kind === 'work') && attempt > 1,
  )
  if (again.length === 0) return new Map()
  const rows = await trx
    .selectFrom('attempt')
    .select(['id', 'task_id', 'handle'])
    .where('task_id', 'in', inList(again.map((one) => one.taskId)))
    .where('handle', 'is not', null)
    .where('state', 'in', FOLLOWED)
    .execute()
  const handles = new Map<string, string>()
  for (const { id, task_id, handle } of rows) {
    const next = again.find((one) => one.taskId === task_id)
    if (!next || handle === null) continue
    await trx.updateTable('attempt').set({ handle: null }).where('id', '=', id).execute()
    await trx.updateTable('attempt').set({ handle }).where('id', '=', next.attemptId).execute()
    handles.set(task_id, handle)
  }
  return handles
}

/**
 * The handles of processes that are over or that nobody will follow, of the parties that the runner serves: to be
 * ended and cleared. They are given to every runner that asks until one has cleared them.
 */
export async function listLeftovers(db: Db, runnerId: string): Promise<string[]> {
  const runner = await findRunner(db, runnerId)
  if (!runner) return []
  if (await abandoned(db).limit(1).executeTakeFirst()) await inTransaction(db, collect)
  const rows = await db
    .selectFrom('leftover')
    .select('handle')
    .$if(runner.parties !== null, (query) =>
      query.where('party', 'in', inList(runner.parties ?? [])),
    )
    .orderBy('at')
    .limit(100)
    .execute()
  return rows.map(({ handle }) => handle)
}

/** Forgets leftovers of which nothing is left. */
export async function clearLeftovers(
  db: Db,
  cleared: { runnerId: string; handles: readonly string[] },
): Promise<void> {
  const runner = await findRunner(db, cleared.runnerId)
  if (!runner || cleared.handles.length === 0) return
  await db
    .deleteFrom('leftover')
    .where('handle', 'in', inList(cleared.handles))
    .$if(runner.parties !== null, (query) =>
      query.where('party', 'in', inList(runner.parties ?? [])),
    )
    .execute()
}

/** Attempts that are over and keep a handle, unless another attempt will take it up. */
function abandoned(db: Db) {
  return db
    .selectFrom('attempt')
    .innerJoin('task', 'task.id', 'attempt.task_id')
    .select(['attempt.id', 'attempt.handle', 'task.party'])
    .where('attempt.handle', 'is not', null)
    .where('attempt.state', '!=', 'running')
    .where(({ or, eb }) =>
      or([
        eb('attempt.state', 'not in', FOLLOWED),
        // Of a task that waits, as its job was suspended, nobody is to work on either.
        eb('task.state', 'not in', ['ready', 'running']),
      ]),
    )
}

async function collect(trx: Trx): Promise<void> {
  const at = await databaseTime(trx)
  for (const { id, handle, party } of await abandoned(trx).limit(100).execute()) {
    if (handle === null) continue
    await trx.updateTable('attempt').set({ handle: null }).where('id', '=', id).execute()
    await trx
      .insertInto('leftover')
      .values({ handle, party, at })
      .onConflict((clash) => clash.column('handle').doNothing())
      .execute()
  }
}
