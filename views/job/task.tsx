/**
 * The page of one task: what it does or waits for, its attempts, and of one of them what it was given, what happened
 * to it and what it logged.
 * @module
 */
import type { AttemptDetail } from '../../src/domain/attempt.ts'
import type { JobEvent } from '../../src/domain/event.ts'
import type { Job } from '../../src/domain/job.ts'
import type { LogTail } from '../../src/domain/log-tail.ts'
import type { LogLine } from '../../src/domain/log.ts'
import type { Task } from '../../src/domain/task.ts'
import { live } from '../hx.ts'
import { needsWords } from '../runner/words.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { PageHead, Progress, Section } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { type AttemptFilter, AttemptLog, attemptQuery } from './attempt-log.tsx'
import { attemptCount, AttemptEvents, AttemptFacts, Attempts } from './attempts.tsx'
import { NewestLines } from './newest-lines.tsx'
import {
  componentPath,
  isOver,
  jobPath,
  jobTitle,
  partyOf,
  taskPath,
  taskTitle,
} from './task-words.ts'

/** Everything known of a task at one moment. */
export interface TaskSnapshot {
  readonly job: Job
  readonly task: Task
  readonly attempts: readonly AttemptDetail[]
  /** The attempt that is shown, or undefined before the first. */
  readonly shown: AttemptDetail | undefined
  /** What happened to it, oldest first. */
  readonly events: readonly JobEvent[]
  /** Its newest lines, where they are not among the lines of its log. */
  readonly tail: LogTail | undefined
  readonly now: number
}

/** The page of a task. */
export function TaskDetail(props: {
  snapshot: TaskSnapshot
  lines: readonly LogLine[]
  filter: AttemptFilter
}) {
  const { snapshot, lines, filter } = props
  const parts = taskPartsOf(snapshot, filter)
  return (
    <>
      {parts.head}
      {parts.attempts}
      <ShownAttempt snapshot={snapshot} lines={lines} filter={filter} />
      <TaskLiveLink snapshot={snapshot} filter={filter} after={lines.at(-1)?.id ?? 0} />
    </>
  )
}

/** The parts that change while the task runs, by name; each carries the id that it is found by. */
export function taskPartsOf(snapshot: TaskSnapshot, filter: AttemptFilter) {
  return {
    head: <TaskHead {...snapshot} />,
    attempts: <Attempts snapshot={snapshot} filter={filter} />,
    facts: <AttemptFacts attempt={snapshot.shown} now={snapshot.now} />,
    events: <AttemptEvents events={snapshot.events} now={snapshot.now} />,
    tail: <NewestLines tail={snapshot.tail} />,
  }
}

export type TaskPart = keyof ReturnType<typeof taskPartsOf>

/** The ids of the changing parts. */
export const TASK_LIVE_IDS: Readonly<Record<TaskPart, string>> = {
  head: 'task-head',
  attempts: 'attempts',
  facts: 'attempt-facts',
  events: 'attempt-events',
  tail: 'log-tail',
}

/** The page's one connection; none once the job is over. */
export function TaskLiveLink(props: {
  snapshot: Pick<TaskSnapshot, 'job' | 'task' | 'shown'>
  filter: AttemptFilter
  after: number
}) {
  const { job, task, shown } = props.snapshot
  if (isOver(job.state)) return <div id="live"></div>
  const query = attemptQuery(props.filter)
  query.set('after', String(props.after))
  // Which attempt the page shows, so that it hears of the next one.
  query.set('shown', String(shown?.number ?? 0))
  return <div id="live" {...live(`${taskPath(job.id, task.id)}/live?${query}`)}></div>
}

/** One attempt with its log. */
export function ShownAttempt(props: {
  snapshot: TaskSnapshot
  lines: readonly LogLine[]
  filter: AttemptFilter
}) {
  const { snapshot, lines, filter } = props
  const { shown, job, task } = snapshot
  const parts = taskPartsOf(snapshot, filter)
  if (!shown) {
    return (
      <div id="attempt">
        <Section id="no-attempt" title={t('Log')}>
          <Empty title={t('No runner has taken this task yet.')} />
        </Section>
      </div>
    )
  }
  return (
    <div id="attempt">
      <div class="halves">
        <Section id="given" title={t('Attempt {number}', { number: shown.number })}>
          {parts.facts}
        </Section>
        <Section
          id="events"
          title={t('What happened to attempt {number}', { number: shown.number })}
        >
          {parts.events}
        </Section>
      </div>
      <AttemptLog job={job} task={task} attempt={shown} lines={lines} filter={filter} />
      {parts.tail}
    </div>
  )
}

function TaskHead({ job, task, attempts, now }: TaskSnapshot) {
  const module = task.spec.type === 'component' ? task.spec.module : t('Upload')
  return (
    <div id="task-head" class="job-head">
      <PageHead
        title={titleOf(task)}
        lead={module}
        trail={[
          ['/jobs', t('Jobs')],
          [jobPath(job.id), jobTitle(job)],
          // An instance of a role is no component.
          ...(taskTitle(task) === task.name
            ? [[componentPath(job.id, task.name), task.name] as const]
            : []),
        ]}
      />
      <div class="job-state">
        <StateBadge state={task.state} />
        <Progress
          percent={task.state === 'succeeded' ? 100 : task.progress * 100}
          label={t('Progress of the task')}
        />
        <span class="job-time">
          {task.startedAt === null ? (
            <Say text="submitted {ago}" ago={<Ago at={task.createdAt} now={now} />} />
          ) : (
            <Say
              text="last attempt {span}"
              span={<Span from={task.startedAt} to={task.endedAt} now={now} />}
            />
          )}
        </span>
      </div>
      {task.reason === null ? null : (
        <p class={`reason state-${task.state}`}>
          <span>{told(task.reason)}</span>
        </p>
      )}
      <Facts
        facts={[
          [t('Asks for'), needsWords(task.needs)],
          [t('Attempts'), attemptCount(task, attempts)],
          [t('Id'), <code class="break">{task.id}</code>],
        ]}
      />
    </div>
  )
}

function titleOf(task: Task): string {
  if (task.party === null) return taskTitle(task)
  return t('{name} at {party}', { name: task.name, party: partyOf(task) })
}
