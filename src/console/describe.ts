/**
 * Why a job waits, what it does, or why it failed, in one sentence.
 * @module
 */
import type { ListedJob } from '../../views/job/list.tsx'
import { jobPercent, partyOf, taskTitle } from '../../views/job/task-words.ts'
import { isJobOver } from '../domain/job-state.ts'
import { explainJob, type Job } from '../domain/job.ts'
import { listTasks, type Task } from '../domain/task.ts'
import type { Db } from './deps.ts'

/** Jobs with their sentences and progress, in the order given. */
export async function describeJobs(db: Db, jobs: readonly Job[]): Promise<ListedJob[]> {
  return Promise.all(
    jobs.map(async (job) => {
      // The tasks of a job that is over have nothing to add.
      const tasks = isJobOver(job.state) ? [] : await listTasks(db, job.id)
      return {
        job,
        percent: jobPercent(job, tasks),
        reason: await describeJob(db, { job, tasks }),
      }
    }),
  )
}

/** The sentence for one job, or null where there is nothing to say. */
export async function describeJob(
  db: Db,
  about: { job: Job; tasks: readonly Task[] },
): Promise<string | null> {
  const { job, tasks } = about
  if (isJobOver(job.state) || job.state === 'suspended') return job.reason
  if (job.state === 'waiting') return explainJob(db, job)
  const ready = tasks.find((task) => task.state === 'ready' && task.reason !== null)
  const running = tasks.find((task) => task.state === 'running' && task.reason !== null)
  if (ready) return `${placeOf(ready)}: ${ready.reason}`
  if (running) return `${placeOf(running)}: ${running.reason}`
  const names = [...new Set(tasks.filter((task) => task.state === 'running').map(taskTitle))]
  return names.length === 0 ? null : `Runs ${names.join(', ')}`
}

function placeOf(task: Task): string {
  const title = taskTitle(task)
  return title === task.name ? `${title} at ${partyOf(task)}` : title
}
