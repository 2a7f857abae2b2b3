/**
 * The log of a job's tasks: a tail that grows while the job runs.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import type { LogLevel, LogLine } from '../../src/domain/log.ts'
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
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
  /** A task's id, `role:guest`, `component:hetero_lr_0`, or empty for all. */
  readonly task: string
  /** The least level shown. */
  readonly level: LogLevel
  /** Only lines that contain it, or empty. */
  readonly text: string
  /** Only lines before this one; the log then does not grow. */
  readonly before: number | undefined
}

/** The query string of a filter. */
export function logQuery({ task, level, text, before }: LogFilter): URLSearchParams {
  const query = new URLSearchParams()
  if (task !== '') query.set('task', task)
  if (level !== 'debug') query.set('level', level)
  if (text !== '') query.set('text', text)
  if (before !== undefined) query.set('before', String(before))
  return query
}

/** The tasks that a filter means, or undefined for all. */
export function tasksIn(filter: LogFilter, tasks: readonly Task[]): readonly Task[] | undefined {
  const { task: choice } = filter
  if (choice === '') return undefined
  const [, kind, name] = /^(role|component):(.*)$/s.exec(choice) ?? []
  if (kind === 'role') return tasks.filter(({ role }) => role === name)
  if (kind === 'component') return tasks.filter((task) => task.name === name)
  return tasks.filter(({ id }) => id === choice)
}

export interface LogProps {
  readonly job: Job
  /** Those that can be chosen from. */
  readonly tasks: readonly Task[]
  readonly lines: readonly LogLine[]
  readonly filter: LogFilter
  /** The page that shows it, and the address of the section alone. */
  readonly page: string
  readonly part: string
  /** What the page's address says beside the filter. */
  readonly fields?: Readonly<Record<string, string>>
  /** What is meant by all tasks. */
  readonly all?: readonly [value: string, label: string]
}

/** The section of the log with its filter. */
export function Log(props: LogProps) {
  const { lines, filter, page, part, fields = {} } = props
  const swap = {
    'hx-target': '#log-part',
    'hx-swap': 'outerHTML',
    'hx-push-url': 'false',
  }
  return (
    <Section
      id="log"
      title={t('Log')}
      aside={
        <form
          class="filter"
          method="get"
          action={`${page}#log`}
          hx-get={part}
          {...swap}
          hx-trigger="input delay:250ms, submit"
        >
          {Object.entries(fields).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <label class="visually-hidden" htmlFor="log-text">
            {t('Text in the line')}
          </label>
          <input
            id="log-text"
            name="text"
            type="search"
            value={filter.text}
            placeholder={t('Search')}
            maxlength={200}
            autocomplete="off"
          />
          <TaskChoice {...props} />
          <label class="visually-hidden" htmlFor="log-level">
            {t('Level')}
          </label>
          <select id="log-level" name="level">
            {LOG_LEVELS.map((level) => (
              <option value={level} selected={level === filter.level}>
                {level === 'debug' ? t('All levels') : t('{level} and above', { level })}
              </option>
            ))}
          </select>
          <noscript>
            <button type="submit" class="button small plain">
              {t('Show')}
            </button>
          </noscript>
        </form>
      }
    >
      <LogPart {...props} lines={lines} />
    </Section>
  )
}

/** What the filter changes: the lines, and the way to earlier ones. */
export function LogPart(props: LogProps) {
  const { job, tasks, lines, filter, page, part, fields = {}, all = ['', ''] } = props
  const names = taskNames(tasks)
  const swap = { 'hx-target': '#log-part', 'hx-swap': 'outerHTML', 'hx-push-url': 'false' }
  const link = (before: number | undefined) => {
    const query = logQuery({ ...filter, before })
    const whole = new URLSearchParams([...Object.entries(fields), ...query])
    return { href: `${page}?${whole}#log`, 'hx-get': `${part}?${query}`, ...swap }
  }
  const isNarrowed = filter.text !== '' || filter.level !== 'debug' || filter.task !== all[0]
  const [first] = lines
  const own = logQuery({ ...filter, before: undefined })
  return (
    <div id="log-part">
      <p class="log-bar">
        {first !== undefined && lines.length >= LOG_LINES ? (
          <a {...link(first.id)}>{t('Earlier lines')}</a>
        ) : (
          <span class="muted">
            {lines.length === 0
              ? ''
              : isNarrowed
                ? t('From the first line that matches')
                : t('From the first line')}
          </span>
        )}
        {filter.before === undefined ? null : <a {...link(undefined)}>{t('Newest lines')}</a>}
        <a href={`${jobPath(job.id)}/log.txt?${own}`} hx-boost="false" download>
          {isNarrowed ? t('Download what matches') : t('Download as text')}
        </a>
      </p>
      <ScrollBox class="log" label={t('Log lines')}>
        <ol id="log-lines" data-keep={LOG_LINES}>
          <LogLines lines={lines} names={names} />
        </ol>
        <p class="log-empty">{isNarrowed ? t('No line matches.') : t('No lines yet.')}</p>
      </ScrollBox>
    </div>
  )
}

function TaskChoice({ tasks, filter, all = ['', t('All tasks')] }: LogProps) {
  const names = taskNames(tasks)
  const roles = [...new Set(tasks.flatMap(({ role }) => (role === null ? [] : [role])))]
  const components = [...new Set(tasks.map(({ name }) => name))]
  const groups: [string, (readonly [string, string])[]][] = [
    [
      t('Roles'),
      all[0] === '' ? roles.map((role) => [`role:${role}`, t('all of {role}', { role })]) : [],
    ],
    [
      t('Components'),
      components.length > 1 ? components.map((name) => [`component:${name}`, name]) : [],
    ],
    [t('Tasks'), tasks.map(({ id }) => [id, names.get(id) ?? id])],
  ]
  return (
    <>
      <label class="visually-hidden" htmlFor="log-task">
        {t('Role, component or task')}
      </label>
      <select id="log-task" name="task">
        <option value={all[0]}>{all[1]}</option>
        {groups
          .filter(([, options]) => options.length > 0)
          .map(([label, options]) => (
            <optgroup label={label}>
              {options.map(([value, text]) => (
                <option value={value} selected={value === filter.task}>
                  {text}
                </option>
              ))}
            </optgroup>
          ))}
      </select>
    </>
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
