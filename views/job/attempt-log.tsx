/**
 * The log of one attempt: its end grows while it runs; narrowed by level and text, paged backwards, downloaded.
 * @module
 */
import type { AttemptDetail } from '../../src/domain/attempt.ts'
import type { Job } from '../../src/domain/job.ts'
import type { LogLevel, LogLine } from '../../src/domain/log.ts'
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { LOG_LEVELS, LOG_LINES, LogLines } from './log.tsx'
import { taskPath } from './task-words.ts'

/** Which attempt is shown, and what part of its log. */
export interface AttemptFilter {
  /** Undefined for the last one, also when another begins. */
  readonly attempt: number | undefined
  /** The least level shown. */
  readonly level: LogLevel
  /** Only lines that contain it, or empty. */
  readonly text: string
  /** Only lines before this one; the page then does not grow. */
  readonly before: number | undefined
}

export interface AttemptLogProps {
  readonly job: Job
  readonly task: Task
  readonly attempt: AttemptDetail
  readonly lines: readonly LogLine[]
  readonly filter: AttemptFilter
}

/** The query string of a filter. */
export function attemptQuery(filter: AttemptFilter): URLSearchParams {
  const { attempt, level, text, before } = filter
  const query = new URLSearchParams()
  if (attempt !== undefined) query.set('attempt', String(attempt))
  if (level !== 'debug') query.set('level', level)
  if (text !== '') query.set('text', text)
  if (before !== undefined) query.set('before', String(before))
  return query
}

/** The section of the log with its filter. */
export function AttemptLog(props: AttemptLogProps) {
  const { job, task, filter } = props
  const path = taskPath(job.id, task.id)
  return (
    <Section
      id="log"
      title={t('Log')}
      aside={
        <form
          class="filter"
          method="get"
          action={`${path}#log`}
          hx-get={`${path}/log`}
          hx-target="#log-part"
          hx-swap="outerHTML"
          hx-push-url="false"
          hx-trigger="input delay:250ms, submit"
        >
          {filter.attempt === undefined ? null : (
            <input type="hidden" name="attempt" value={String(filter.attempt)} />
          )}
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
      <AttemptLogPart {...props} />
    </Section>
  )
}

/** What the filter changes: the lines, the way to earlier ones, the way to keep them. */
export function AttemptLogPart({ job, task, attempt, lines, filter }: AttemptLogProps) {
  const path = taskPath(job.id, task.id)
  const to = (before: number | undefined) => attemptQuery({ ...filter, before })
  const swap = { 'hx-target': '#log-part', 'hx-swap': 'outerHTML', 'hx-push-url': 'false' }
  const own = attemptQuery({ ...filter, attempt: undefined, before: undefined })
  const download = `${path}/attempts/${attempt.number}/log.txt?${own}`
  const isNarrowed = filter.text !== '' || filter.level !== 'debug'
  const first = lines[0]?.id
  return (
    <div id="log-part">
      <p class="log-bar">
        {first !== undefined && lines.length >= LOG_LINES ? (
          <a href={`${path}?${to(first)}#log`} hx-get={`${path}/log?${to(first)}`} {...swap}>
            {t('Earlier lines')}
          </a>
        ) : (
          <span class="muted">
            {lines.length === 0
              ? ''
              : isNarrowed
                ? t('From the first line that matches')
                : t('From the first line')}
          </span>
        )}
        {filter.before === undefined ? null : (
          <a
            href={`${path}?${to(undefined)}#log`}
            hx-get={`${path}/log?${to(undefined)}`}
            {...swap}
          >
            {t('Newest lines')}
          </a>
        )}
        {task.kind === 'process' ? (
          <a href={`${path}/attempts/${attempt.number}/printed.txt`} hx-boost="false" download>
            {t('Whole log')}
          </a>
        ) : null}
        <a
          href={download}
          hx-boost="false"
          download={`${task.id}-attempt-${attempt.number}.log.txt`}
        >
          {isNarrowed ? t('Download what matches') : t('Download as text')}
        </a>
      </p>
      <ScrollBox class="log" label={t('Log lines of attempt {number}', { number: attempt.number })}>
        <ol id="log-lines" data-keep={LOG_LINES}>
          <LogLines lines={lines} />
        </ol>
        <p class="log-empty">{isNarrowed ? t('No line matches.') : t('No lines yet.')}</p>
      </ScrollBox>
    </div>
  )
}
