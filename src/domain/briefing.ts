/**
 * What a member of an ensemble learns before it begins: where the others are, and the secrets of its job.
 * @module
 */
import { sql } from 'kysely'

import { fromJson, type Json } from '../db/json.ts'
import type { Allocation } from '../db/table/job.ts'
import type { Db } from '../db/type.ts'
import { databaseTime } from './clock.ts'
import { conflict } from './error.ts'
import { groupEnd, groupStart } from './framework-plan.ts'
import type { Briefing, TaskSpec } from './work.ts'

/** How long one that does not need the others waits for them, so that those which come together know each other. */
const COMPANY_MS = 5000

/** The engines whose processes run on the host of their runner, in its network. */
const HERE = ['local', 'container']

/** All on one host find each other there, and nobody else does. */
const LOOPBACK = '127.0.0.1'

/**
 * Tells a runner about the task that it holds; null while a gang is not complete, or others may still come. Throws when its lease is gone: who
 * does not hold the task learns nothing.
 */
export async function briefMember(
  db: Db,
  member: { runnerId: string; attemptId: string },
): Promise<Briefing> {
  const own = await db
    .selectFrom('lease')
    .innerJoin('task', 'task.id', 'lease.task_id')
    .innerJoin('attempt', 'attempt.id', 'lease.attempt_id')
    .leftJoin('framework', 'framework.job_id', 'task.job_id')
    .select(['task.job_id', 'task.spec', 'attempt.number', 'framework.secrets'])
    .select('attempt.started_at')
    .where('lease.attempt_id', '=', member.attemptId)
    .where('lease.runner_id', '=', member.runnerId)
    .executeTakeFirst()
  if (!own) throw conflict('The lease is no longer held')
  const spec = JSON.parse(own.spec) as TaskSpec
  if (spec.type !== 'process' || !spec.ensemble) return { places: [], secrets: {}, taskAttempt: 0 }
  const { gang, attempt } = spec.ensemble
  const seats = await db
    .selectFrom('task')
    .leftJoin('attempt', (join) =>
      join.onRef('attempt.task_id', '=', 'task.id').onRef('attempt.number', '=', 'task.attempts'),
    )
    .leftJoin('runner', 'runner.id', 'attempt.runner_id')
    .select(['task.role', 'task.position', 'task.state', 'task.attempts'])
    .select(['attempt.allocation', 'runner.url'])
    .select([
      sql<string>`coalesce(task.spec ->> '$.engine', 'local')`.as('engine'),
      sql<string | null>`runner.facts ->> '$.host'`.as('host'),
      sql<string | null>`runner.facts ->> '$.address'`.as('address'),
    ])
    .where('task.job_id', '=', own.job_id)
    .where('task.name', '>=', groupStart(attempt))
    .where('task.name', '<', groupEnd(attempt))
    .orderBy('task.id')
    .execute()
  const open = seats.filter(({ state }) => state === 'ready' || state === 'waiting')
  if (gang && open.length > 0) return null
  const missing = open.some(({ attempts }) => attempts === 0)
  if (missing && (await databaseTime(db)) < own.started_at + COMPANY_MS) return null
  const placed = seats.filter((seat) => seat.allocation !== null && seat.state !== 'ready')
  // Where a cluster chooses the host, that of the runner says nothing.
  const together =
    new Set(placed.map(({ host }) => host)).size <= 1 &&
    placed.every(({ engine }) => runsHere(engine))
  return {
    places: placed.map((seat) => ({
      role: seat.role ?? '',
      index: seat.position,
      host: together ? LOOPBACK : addressOf(seat),
      ports: portsOf(seat.allocation),
      engine: seat.engine,
    })),
    secrets: own.secrets === null ? {} : fromJson(own.secrets),
    taskAttempt: own.number - 1,
  }
}

/** Whether processes of that engine run on the host of their runner. */
export function runsHere(engine: string): boolean {
  return HERE.includes(engine)
}

/** By which programs on other hosts reach those on the host of a runner. */
export function addressOf(seat: {
  readonly address: string | null
  readonly url: string | null
  readonly host: string | null
}): string {
  if (seat.address !== null) return seat.address
  if (seat.url !== null && URL.canParse(seat.url)) return new URL(seat.url).hostname
  return seat.host ?? LOOPBACK
}

function portsOf(allocation: Json<Allocation> | null): readonly number[] {
  return allocation === null ? [] : fromJson(allocation).ports
}
