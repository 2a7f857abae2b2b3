/**
 * What a member of an ensemble learns before it begins: where the others are, and the secrets of its job.
 * @module
 */
import { sql } from 'kysely'

import { fromJson, type Json } from '../db/json.ts'
import type { Allocation } from '../db/schema.ts'
import type { Db } from '../db/type.ts'
import { conflict } from './error.ts'
import { groupEnd, groupStart } from './framework-plan.ts'
import type { Briefing, TaskSpec } from './work.ts'

/** All on one host find each other there, and nobody else does. */
const LOOPBACK = '127.0.0.1'

/**
 * Tells a runner about the task that it holds; null while a gang is not complete. Throws when its lease is gone: who
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
    .select(['task.role', 'task.position', 'task.state', 'attempt.allocation', 'runner.url'])
    .select([
      sql<string | null>`runner.facts ->> '$.host'`.as('host'),
      sql<string | null>`runner.facts ->> '$.address'`.as('address'),
    ])
    .where('task.job_id', '=', own.job_id)
    .where('task.name', '>=', groupStart(attempt))
    .where('task.name', '<', groupEnd(attempt))
    .orderBy('task.id')
    .execute()
  if (gang && seats.some(({ state }) => state === 'ready' || state === 'waiting')) return null
  const placed = seats.filter((seat) => seat.allocation !== null && seat.state !== 'ready')
  const together = new Set(placed.map(({ host }) => host)).size <= 1
  return {
    places: placed.map((seat) => ({
      role: seat.role ?? '',
      index: seat.position,
      host: together ? LOOPBACK : addressOf(seat),
      ports: portsOf(seat.allocation),
    })),
    secrets: own.secrets === null ? {} : fromJson(own.secrets),
    taskAttempt: own.number - 1,
  }
}

function addressOf(seat: {
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
