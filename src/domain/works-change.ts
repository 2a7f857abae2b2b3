/**
 * What owners do to works, with what follows from it: schedules follow, a status that starts or stops one does so.
 * @module
 */
import { type Db, inTransaction } from '../db/type.ts'
import { startWork, stopWork } from './works-run.ts'
import { followWork, pauseSchedule, ruleOf } from './works-schedule.ts'
import {
  changeWork,
  createWork,
  deleteWork,
  getWork,
  isUnderWay,
  type NewWork,
  type Work,
  type WorkChange,
  type WorkState,
} from './works.ts'

/** States that are commands when an owner sets them. */
const STARTS: readonly WorkState[] = ['running']
const STOPS: readonly WorkState[] = ['canceling', 'canceled']

/** Enters a work, and starts it where its state says so. */
export async function enterWork(db: Db, work: NewWork, at: number): Promise<Work> {
  return inTransaction(db, async (trx) => {
    const starts = STARTS.includes(work.state) && work.deletedAt === null
    const { id } = await createWork(trx, starts ? { ...work, state: 'created' } : work)
    if (work.deletedAt !== null) return getWork(trx, id, { deleted: true })
    await followWork(trx, await getWork(trx, id), at)
    if (starts) await start(trx, id, at)
    return getWork(trx, id)
  })
}

/** Changes a work. A state that starts or stops it is obeyed, any other is noted while nothing runs. */
export async function reviseWork(
  db: Db,
  { id, change, at }: { id: string; change: WorkChange; at: number },
): Promise<Work> {
  return inTransaction(db, async (trx) => {
    const { state, ...rest } = change
    const commands = state !== undefined && [...STARTS, ...STOPS].includes(state)
    const before = await getWork(trx, id)
    await changeWork(trx, { id, change: commands ? rest : change, at })
    const work = await getWork(trx, id)
    await followWork(trx, work, at)
    if (state !== undefined && STARTS.includes(state)) await start(trx, id, at)
    if (state !== undefined && STOPS.includes(state)) await stop(trx, before, at)
    return getWork(trx, id)
  })
}

/** A run now, and the schedule from now on; a work that is scheduled may be running already. */
async function start(db: Db, id: string, at: number): Promise<void> {
  const work = await getWork(db, id)
  if (ruleOf(work)) await pauseSchedule(db, { id, paused: false, at })
  await startWork(db, { id, trigger: 'manual' }, at)
}

async function stop(db: Db, work: Work, at: number): Promise<void> {
  await pauseSchedule(db, { id: work.id, paused: true, at })
  await stopWork(db, work.id, at)
  if (!isUnderWay(work)) {
    await changeWork(db, { id: work.id, change: { state: 'canceled' }, at })
  }
}

/** Takes a work out of every list; its run is stopped, its schedule ends. */
export async function removeWork(db: Db, { id, at }: { id: string; at: number }): Promise<void> {
  await inTransaction(db, async (trx) => {
    await stopWork(trx, id, at)
    await deleteWork(trx, { id, at })
    await followWork(trx, await getWork(trx, id, { deleted: true }), at)
  })
}
