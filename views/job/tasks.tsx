/**
 * The tasks of a job: every component at every party, with what it does or waits for.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import type { Attempt, Task } from '../../src/domain/task.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { countOf } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { attemptWord } from './attempt-words.tsx'
import { Durations } from './durations.tsx'
import { componentPath, partyOf, taskPath } from './task-words.ts'

export interface TasksProps {
  readonly job: Job
  readonly tasks: readonly Task[]
  readonly attempts: readonly Attempt[]
  readonly now: number
}

/** The section of all tasks. */
export function Tasks(props: TasksProps) {
  const done = props.tasks.filter((task) => task.state === 'succeeded').length
  return (
    <Section
      id="tasks"
      title={t('Tasks')}
      aside={t('{done} of {tasks} done', { done, tasks: countOf(props.tasks.length, 'task') })}
    >
      <TaskTable {...props} />
      <Durations tasks={props.tasks} attempts={props.attempts} now={props.now} />
    </Section>
  )
}

/** Tasks as a table. */
export function TaskTable({ job, tasks, attempts, now }: TasksProps) {
  const byTask = Map.groupBy(attempts, (attempt) => attempt.taskId)
  return (
    <ListTable
      caption={t('Tasks of the job')}
      items={tasks}
      columns={[
        {
          head: t('Component'),
          cell: (task) => <a href={componentPath(job.id, task.name)}>{task.name}</a>,
        },
        {
          head: t('Party'),
          cell: (task) => (
            <a class="nowrap" href={taskPath(job.id, task.id)}>
              {partyOf(task)}
            </a>
          ),
        },
        { head: t('State'), cell: (task) => <TaskState task={task} /> },
        {
          head: t('What it does, or why not'),
          cell: (task) => {
            const reason = reasonOf(task, job)
            if (reason === null) return null
            return <span class={task.state === 'failed' ? 'bad' : 'muted'}>{told(reason)}</span>
          },
        },
        {
          head: t('Runner'),
          cell: (task) => {
            const tries = byTask.get(task.id) ?? []
            const last = tries.at(-1)
            if (!last) return null
            return (
              <span>
                {last.runner}
                {tries.length > 1 ? (
                  <span class="muted">
                    <Say text="· attempt {number}" number={last.number} />
                  </span>
                ) : null}
              </span>
            )
          },
        },
        {
          head: t('Time'),
          kind: 'number',
          cell: (task) => <Span from={task.startedAt} to={task.endedAt} now={now} />,
        },
      ]}
    />
  )
}

/** Every try at some tasks. */
export function AttemptTable(props: {
  tasks: readonly Task[]
  attempts: readonly Attempt[]
  now: number
}) {
  const tasks = new Map(props.tasks.map((task) => [task.id, task]))
  return (
    <ListTable
      caption={t('Attempts')}
      items={props.attempts.filter((attempt) => tasks.has(attempt.taskId))}
      columns={[
        { head: t('Party'), cell: ({ taskId }) => partyOfTask(tasks.get(taskId)) },
        {
          head: t('Attempt'),
          kind: 'number',
          cell: ({ taskId, number }) => <AttemptLink task={tasks.get(taskId)} number={number} />,
        },
        { head: t('Runner'), cell: ({ runner }) => runner },
        { head: t('Ended as'), cell: ({ state }) => attemptWord(state) },
        {
          head: t('Reason'),
          cell: ({ reason }) => <span class="muted">{reason === null ? '–' : told(reason)}</span>,
        },
        { head: t('Started'), cell: ({ startedAt }) => <Ago at={startedAt} now={props.now} /> },
        {
          head: t('Time'),
          kind: 'number',
          cell: ({ startedAt, endedAt }) => <Span from={startedAt} to={endedAt} now={props.now} />,
        },
      ]}
    />
  )
}

function TaskState({ task }: { task: Task }) {
  return (
    <span class="task-state">
      <StateBadge state={task.state} />
      {task.state === 'running' && task.progress > 0 ? (
        <progress
          max={1}
          value={task.progress}
          aria-label={t('Progress of {name} at {party}', {
            name: task.name,
            party: partyOf(task),
          })}
        ></progress>
      ) : null}
    </span>
  )
}

/** What ended the whole job is said at its head, not again for every task that it stopped. */
function reasonOf(task: Task, job: Job): string | null {
  if (task.state === 'canceled' && task.reason === job.reason) {
    return job.state === 'failed' ? t('Stopped because the job failed') : t('Stopped with the job')
  }
  return task.reason
}

function AttemptLink({ task, number }: { task: Task | undefined; number: number }) {
  if (!task) return <>{number}</>
  return <a href={`${taskPath(task.jobId, task.id)}?attempt=${number}`}>{number}</a>
}

function partyOfTask(task: Task | undefined): string {
  return task ? partyOf(task) : '–'
}
