import { taskTitle } from '../../../views/job/task-words.ts'
/**
 * Everything that the page of a job of task roles shows, read at one moment.
 * @module
 */
import type { BatchChoice, BatchSnapshot } from '../../../views/openpai/job.tsx'
import { memberExit } from '../../api/openpai/states.ts'
import { notFound } from '../../domain/error.ts'
import { exitSpec } from '../../domain/exit-spec.ts'
import { listFrameworkAttempts, listMembers } from '../../domain/framework-record.ts'
import { listVersions } from '../../domain/framework.ts'
import { isJobOver } from '../../domain/job-state.ts'
import { explainJob, getJob } from '../../domain/job.ts'
import { listLogTails } from '../../domain/log-tail.ts'
import type { Principal } from '../../domain/principal.ts'
import { listTasks, type Task } from '../../domain/task.ts'
import type { ConsoleDeps } from '../deps.ts'
import { newestEvents } from '../snapshot.ts'
import { mayChange } from './caller.ts'
import { findNamed } from './find.ts'

/** Reads the version and the attempt that were chosen. */
export async function readBatch(
  { db, now }: ConsoleDeps,
  caller: Principal,
  { name, choice }: { name: string; choice: Pick<BatchChoice, 'version' | 'attempt'> },
): Promise<BatchSnapshot> {
  const framework = await findNamed(db, name, caller, choice.version)
  const { jobId } = framework
  const [job, versions, attempts, all, events, tails] = await Promise.all([
    getJob(db, jobId),
    listVersions(db, framework),
    listFrameworkAttempts(db, jobId),
    listTasks(db, jobId),
    newestEvents(db, jobId),
    listLogTails(db, jobId),
  ])
  const shown =
    choice.attempt === undefined
      ? attempts.at(-1)
      : attempts.find(({ number }) => number === choice.attempt)
  if (!shown)
    throw notFound(`Job ${name} has ${attempts.length} attempts, and none with that number.`)
  const stopped = framework.state === 'STOPPED'
  const members = (await listMembers(db, { jobId, attempt: shown.number })).map((member) => {
    const exit = memberExit(member, stopped)
    return { ...member, exit: exit ? exitSpec(exit.code) : null }
  })
  const own = new Set(members.map(({ taskId }) => taskId))
  const tasks = all.flatMap((task) =>
    own.has(task.id) ? [{ ...task, name: taskTitle(task) }] : [],
  )
  const names = new Map(all.map((task) => [task.id, [task.name, taskTitle(task)] as const]))
  return {
    framework,
    job,
    versions,
    attempts,
    shown,
    exit: shown.exitCode === null ? null : exitSpec(shown.exitCode),
    members,
    tasks,
    talking: members.flatMap(({ taskId, tries }) => {
      const tail = tails.get(taskId)
      const name = tasks.find(({ id }) => id === taskId)?.name ?? taskId
      // What an earlier try told is in its log.
      return tail?.attemptId === tries.at(-1)?.id && tail ? [{ jobId, taskId, name, tail }] : []
    }),
    events: events.map((event) => {
      // What happened to a task is told under the name of its group, which says nothing to people.
      const [group, title] = names.get(event.taskId ?? '') ?? ['', '']
      return group === '' ? event : { ...event, message: event.message.replaceAll(group, title) }
    }),
    reason: isJobOver(job.state) ? job.reason : (waitReason(tasks) ?? (await explainJob(db, job))),
    mayChange: mayChange(caller, framework.owner),
    now: now(),
  }
}

/** What the first instance waits for that waits for something. */
function waitReason(tasks: readonly Task[]): string | null {
  const open = tasks.find(({ state, reason }) => reason !== null && WAITS.includes(state))
  return open?.reason ?? null
}

const WAITS: readonly string[] = ['waiting', 'ready']
