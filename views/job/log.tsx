/**
 * The log of a job's tasks: a tail that grows while the job runs.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import type { LogLevel, LogLine } from '../../src/domain/log.ts'
import type { Task } from '../../src/domain/task.ts'
import { formatClock, formatTime } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { jobPath, partyOf } from './task-words.ts'

/** Lines that the page keeps. */
export const LOG_LINES = 500

/** The levels that can be chosen, quietest first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly LogLevel[]

/** What part of the log is shown. */
export interface LogFilter {
  /** A task's id, or empty for all. */
  readonly task: string
  /** The least level shown. */
  readonly level: LogLevel
}

export interface LogProps {
  readonly job: Job
  readonly tasks: readonly Task[]
  readonly lines: readonly LogLine[]
  readonly filter: LogFilter
}

/** The section of the log with its filter. */
export function Log({ job, tasks, lines, filter }: LogProps) {
  const names = taskNames(tasks)
  return (
    <Section
      id="log"
      title="Log"
      aside={
        <form
          class="filter"
          method="get"
          action={`${jobPath(job.id)}#log`}
          hx-get={`${jobPath(job.id)}/log`}
          hx-target="#log"
          hx-swap="outerHTML"
          hx-push-url="false"
          hx-trigger="change, submit"
        >
          <label class="visually-hidden" htmlFor="log-task">
            Task
          </label>
          <select id="log-task" name="task">
            <option value="">All tasks</option>
            {tasks.map((task) => (
              <option value={task.id} selected={task.id === filter.task}>
                {names.get(task.id)}
              </option>
            ))}
          </select>
          <label class="visually-hidden" htmlFor="log-level">
            Level
          </label>
          <select id="log-level" name="level">
            {LOG_LEVELS.map((level) => (
              <option value={level} selected={level === filter.level}>
                {level === 'debug' ? 'All levels' : `${level} and above`}
              </option>
            ))}
          </select>
          <noscript>
            <button type="submit" class="button small plain">
              Show
            </button>
          </noscript>
        </form>
      }
    >
      <ScrollBox class="log" label="Log lines">
        <ol id="log-lines" data-keep={LOG_LINES}>
          <LogLines lines={lines} names={names} />
        </ol>
        <p class="log-empty">No lines yet.</p>
      </ScrollBox>
    </Section>
  )
}

/** Lines of the log, to be appended as they come; without `names` they do not say which task they are of. */
export function LogLines(props: {
  lines: readonly LogLine[]
  names?: ReadonlyMap<string, string>
}) {
  return (
    <>
      {props.lines.map((line) => (
        <li class={`log-line level-${line.level}`}>
          <time datetime={new Date(line.at).toISOString()} title={formatTime(line.at)}>
            {formatClock(line.at)}
          </time>{' '}
          <span class="log-level">{line.level}</span>{' '}
          {props.names ? (
            <span class="log-task">{`${props.names.get(line.taskId) ?? line.taskId} `}</span>
          ) : null}
          <span class="log-text">{line.text}</span>
        </li>
      ))}
    </>
  )
}

/** What the log calls each task. */
export function taskNames(tasks: readonly Task[]): Map<string, string> {
  return new Map(
    tasks.map((task) => [
      task.id,
      task.party === null ? task.name : `${task.name} · ${partyOf(task)}`,
    ]),
  )
}
