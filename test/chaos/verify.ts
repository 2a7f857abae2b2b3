/**
 * Compares what the database says of tasks with what their journals say.
 * @module
 */
import type { Db } from '../../src/db/type.ts'
import type { Entry } from './fixtures/journal.ts'
import type { Submitted } from './jobs.ts'

/** What came out; every list has to be empty. */
export interface Verdict {
  readonly tasks: number
  readonly attempts: number
  /** Attempts that were lost, with their runner or without. */
  readonly lostAttempts: number
  readonly lost: readonly string[]
  readonly double: readonly string[]
  readonly open: readonly string[]
  readonly mixed: readonly string[]
  readonly late: readonly string[]
  /**
   * Longest time from the death of a runner until its task was running again, in milliseconds, by the length of
   * its lease.
   */
  readonly longestTakeUp: Readonly<Record<string, number>>
  /**
   * Longest time that a task bound to a data directory waited after its release for the runner that has it, in
   * milliseconds: that runner may have been down, or killed again.
   */
  readonly longestReturn: number
  /** How many of the take-ups were measured. */
  readonly takeUps: number
  /** Leases that ran out although their runner lived: it could not reach the database. */
  readonly expiredAlive: number
}

export interface Happened {
  readonly submitted: readonly Submitted[]
  readonly journal: readonly Entry[]
  /** When each runner was killed, in the database's time, and the lease it had. */
  readonly deaths: ReadonlyMap<string, { readonly at: number; readonly leaseMs: number }>
  /** When the database was locked. */
  readonly locks: readonly { readonly from: number; readonly to: number }[]
  readonly sweepMs: number
  /** What a busy host may add. */
  readonly slackMs: number
}

/** Looks at everything once all has ended. */
export async function verify(db: Db, happened: Happened): Promise<Verdict> {
  const { submitted, journal } = happened
  const found = {
    lost: [] as string[],
    double: [] as string[],
    open: [] as string[],
    mixed: [] as string[],
    late: [] as string[],
  }
  const tasks = await db.selectFrom('task').selectAll().execute()
  const bound = new Set(tasks.filter((task) => task.site !== null).map((task) => task.id))
  const attempts = await db.selectFrom('attempt').selectAll().orderBy('number').execute()
  const jobs = new Map((await db.selectFrom('job').selectAll().execute()).map((j) => [j.id, j]))
  const tasksOf = Map.groupBy(tasks, (task) => task.job_id)
  const attemptsOf = Map.groupBy(attempts, (attempt) => attempt.task_id)
  const worked = new Set(journal.filter((e) => e.type === 'work').map((e) => e.attemptId))
  const started = new Set(journal.filter((e) => e.type === 'start').map((e) => e.attemptId))
  const counted = Map.groupBy(
    journal.filter((entry) => entry.type === 'counted'),
    (entry) => entry.taskId,
  )
  const restarted = new Set(
    (
      await db.selectFrom('event').select('job_id').where('type', '=', 'task.restarted').execute()
    ).map((event) => event.job_id),
  )
  for (const leased of await db.selectFrom('lease').selectAll().execute()) {
    found.open.push(`${leased.task_id} is still leased`)
  }
  for (const { id, kind, tasks: expected } of submitted) {
    const job = jobs.get(id)
    const own = tasksOf.get(id) ?? []
    if (!job || own.length !== expected) {
      found.lost.push(`job ${id}: ${own.length} of ${expected} tasks`)
      continue
    }
    if (job.ended_at === null) found.open.push(`job ${id} is ${job.state}`)
    if (kind === 'full') {
      const fits = job.state === 'succeeded' || /disk .* full/i.test(job.reason ?? '')
      if (!fits) found.lost.push(`job ${id} is ${job.state}: ${job.reason}`)
      continue
    }
    if (job.state !== 'succeeded') found.lost.push(`job ${id} is ${job.state}: ${job.reason}`)
    for (const task of own) {
      const tries = attemptsOf.get(task.id) ?? []
      const ends = tries.filter((attempt) => attempt.state === 'succeeded')
      const last = ends.at(-1)
      if (task.state !== 'succeeded' || !last || last.number !== task.attempts) {
        found.lost.push(`task ${task.id} is ${task.state}`)
      } else if (!started.has(last.id) || !worked.has(last.id)) {
        found.lost.push(`task ${task.id} ended without its work`)
      }
      // Members of a group start again together, also those that were done.
      const mayRepeat = kind === 'pair' && restarted.has(id)
      if (ends.length > 1 && !mayRepeat)
        found.double.push(`task ${task.id} ended ${ends.length} times`)
      const outside = counted.get(task.id) ?? []
      if (outside.length > 1 && !mayRepeat) found.double.push(`task ${task.id} counted twice`)
      if (new Set(outside.map((entry) => entry.attemptId)).size !== outside.length) {
        found.double.push(`an attempt of ${task.id} counted twice`)
      }
      for (const { attemptId } of outside) {
        const state = tries.find((attempt) => attempt.id === attemptId)?.state
        if (state !== 'succeeded') found.double.push(`attempt ${attemptId} counted but is ${state}`)
      }
      for (const attempt of tries) {
        if (attempt.state === 'running') found.open.push(`attempt ${attempt.id} never ended`)
      }
    }
  }
  found.mixed.push(...(await mixedRecords(db)))
  const takeUp = measureTakeUp(attempts, { ...happened, bound })
  found.late.push(...takeUp.late)
  return {
    ...found,
    tasks: tasks.length,
    attempts: attempts.length,
    lostAttempts: attempts.filter((attempt) => attempt.state === 'lost').length,
    longestTakeUp: takeUp.longest,
    longestReturn: takeUp.back,
    takeUps: takeUp.count,
    expiredAlive: takeUp.alive,
  }
}

/** Log lines and notes that are under another attempt than the one that wrote them, missing, or there twice. */
async function mixedRecords(db: Db): Promise<string[]> {
  const wrong: string[] = []
  const logs = await db.selectFrom('log_chunk').select(['attempt_id', 'text']).execute()
  const notes = await db
    .selectFrom('event')
    .select(['attempt_id', 'message'])
    .where('type', '=', 'task.note')
    .execute()
  const logged = new Map<string, number>()
  for (const { attempt_id: id, text } of logs) {
    if (text !== `said by ${id}`) wrong.push(`log of ${id}: ${text}`)
    logged.set(id ?? '', (logged.get(id ?? '') ?? 0) + 1)
  }
  const noted = new Map<string, number>()
  for (const { attempt_id: id, message } of notes) {
    if (message !== `noted by ${id}`) wrong.push(`note of ${id}: ${message}`)
    noted.set(id ?? '', (noted.get(id ?? '') ?? 0) + 1)
  }
  const ended = await db
    .selectFrom('attempt')
    .select('id')
    .where('state', '=', 'succeeded')
    .execute()
  for (const { id } of ended) {
    if (!logged.has(id)) wrong.push(`the log of ${id} is missing`)
    if (!noted.has(id)) wrong.push(`the note of ${id} is missing`)
  }
  for (const [id, times] of [...logged, ...noted]) {
    if (times > 1) wrong.push(`attempt ${id} said the same ${times} times`)
  }
  return wrong
}

interface AttemptRow {
  readonly task_id: string
  readonly number: number
  readonly runner_id: string
  readonly state: string
  readonly started_at: number
  readonly ended_at: number | null
}

/** From the death of a runner to the next attempt at what it held; a database that nobody can write is not counted. */
function measureTakeUp(
  attempts: readonly AttemptRow[],
  happened: Happened & { readonly bound: ReadonlySet<string> },
): {
  longest: Record<string, number>
  back: number
  count: number
  alive: number
  late: string[]
} {
  const byKey = new Map(attempts.map((row) => [`${row.task_id} ${row.number}`, row]))
  const longest: Record<string, number> = {}
  let back = 0
  let count = 0
  let alive = 0
  const late: string[] = []
  for (const row of attempts) {
    const death = happened.deaths.get(row.runner_id)
    if (row.state !== 'lost' || row.ended_at === null) continue
    if (!death || row.ended_at < death.at) {
      alive++
      continue
    }
    const next = byKey.get(`${row.task_id} ${row.number + 1}`)
    if (!next) continue
    // What lies in a data directory waits for its runner, so only its release is timed.
    if (happened.bound.has(row.task_id)) back = Math.max(back, next.started_at - row.ended_at)
    const until = happened.bound.has(row.task_id) ? row.ended_at : next.started_at
    const locked = happened.locks
      .map(({ from, to }) => Math.min(to, until) - Math.max(from, death.at))
      .filter((ms) => ms > 0)
      .reduce((sum, ms) => sum + ms, 0)
    const took = until - death.at - locked
    const bound = death.leaseMs + happened.sweepMs + happened.slackMs
    count++
    const length = `${death.leaseMs} ms`
    longest[length] = Math.max(longest[length] ?? 0, took)
    if (took > bound) late.push(`${row.task_id} was taken up after ${took} ms (at most ${bound})`)
  }
  return { longest, back, count, alive, late }
}
