/**
 * Words and addresses for jobs, their components and parties.
 * @module
 */
import type { JobState } from '../../src/domain/job-state.ts'
import type { Job } from '../../src/domain/job.ts'
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
import type { State } from '../ui/badge.tsx'

/** `guest 9999`, or the task's own name where it belongs to no party. */
export function partyOf(task: { role: string | null; party: string | null; name: string }): string {
  return task.party === null ? task.name : `${task.role ?? 'party'} ${task.party}`
}

/** `guest:9999` as `guest 9999`. */
export function addressWords(address: string): string {
  return address.replace(':', ' ')
}

/** `guest 9999 · host 10000`. */
export function memberWords(members: Job['members']): string {
  return Object.entries(members)
    .flatMap(([role, parties]) => parties.map((party) => `${role} ${party}`))
    .join(' · ')
}

/** A job's name, or its id where it has none. */
export function jobTitle(job: Pick<Job, 'id' | 'name'>): string {
  return job.name === '' ? t('Job {id}', { id: job.id }) : job.name
}

/** The page of a job. */
export function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`
}

/** The page of one component of a job. */
export function componentPath(jobId: string, name: string): string {
  return `${jobPath(jobId)}/components/${encodeURIComponent(name)}`
}

/** The page of one task of a job: a component at one party. */
export function taskPath(jobId: string, taskId: string): string {
  return `${jobPath(jobId)}/tasks/${encodeURIComponent(taskId)}`
}

/** The page of a job as one party in one role sees it. */
export function partyViewPath(jobId: string, seat: { role: string; party: string }): string {
  const { role, party } = seat
  return `${jobPath(jobId)}/parties/${encodeURIComponent(role)}/${encodeURIComponent(party)}`
}

/** The page of a table. */
export function tablePath(table: { namespace: string; name: string }): string {
  return `/tables/${encodeURIComponent(table.namespace)}/${encodeURIComponent(table.name)}`
}

/** One state for all parties of a component: the one that matters most. */
export function nodeState(tasks: readonly Pick<Task, 'state'>[]): State {
  const order = ['failed', 'running', 'canceled', 'ready', 'waiting'] as const
  const found = order.find((state) => tasks.some((task) => task.state === state))
  if (found) return found
  return tasks.length === 0 ? 'waiting' : 'succeeded'
}

const ROLE_ORDER = ['guest', 'host', 'arbiter']

/** Those who have the labels first, those who only help last. */
export function byRole<T extends { readonly role: string | null }>(tasks: readonly T[]): T[] {
  const rank = ({ role }: T) => {
    const place = ROLE_ORDER.indexOf(role ?? '')
    return place < 0 ? ROLE_ORDER.length : place
  }
  return tasks.toSorted((a, b) => rank(a) - rank(b))
}

/** Whether nothing can happen to a job any more. */
export function isOver(state: JobState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled'
}

/** How much of a job is done, in percent: finished components, and the shares of those that run. */
export function jobPercent(job: Pick<Job, 'progress' | 'state'>, tasks: readonly Task[]): number {
  const isBegun = job.state === 'running' || job.state === 'suspended'
  if (!isBegun || tasks.length === 0) return job.progress
  const done = tasks.reduce(
    (sum, task) => sum + (task.state === 'succeeded' ? 1 : task.progress),
    0,
  )
  return Math.max(job.progress, Math.min(99, Math.floor((done / tasks.length) * 100)))
}

const SURFACES: Readonly<Record<string, string>> = {
  fate: 'FATE-Flow',
  modelbox: 'ModelBox',
  fedlearn: 'fedlearn',
  works: 'works',
  openpai: 'OpenPAI',
  weft: 'Weft',
}

/** The names of the APIs that a job may have come through. */
export const SURFACE_NAMES: readonly (readonly [id: string, name: string])[] =
  Object.entries(SURFACES)

/** What people call the API that a job came through. */
export function surfaceName(surface: string): string {
  return SURFACES[surface] ?? surface
}
