/**
 * The attempts at a task: how many, each in a line, what is known of one and what happened to it.
 * @module
 */
import type { AttemptDetail } from '../../src/domain/attempt.ts'
import type { JobEvent } from '../../src/domain/event.ts'
import type { Task } from '../../src/domain/task.ts'
import { allocationWords, formatMb, runnerPath } from '../runner/words.ts'
import { Say, t, told } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { type AttemptFilter, attemptQuery } from './attempt-log.tsx'
import { AttemptState, attemptWord } from './attempt-words.tsx'
import { EventList } from './events.tsx'
import { taskPath } from './task-words.ts'
import type { TaskSnapshot } from './task.tsx'

/** How many attempts there were, and how many of them were lost with their runner. */
export function attemptCount(task: Task, attempts: readonly AttemptDetail[]): string {
  const lost = attempts.filter(({ state }) => state === 'lost').length
  const made = formatNumber(attempts.length)
  if (lost === 0) return made
  return t('{made}, {times} lost of {maxAttempts} allowed', {
    made,
    times: countOf(lost, 'time'),
    maxAttempts: formatNumber(task.maxAttempts),
  })
}

/** Each attempt in a line, the shown one marked. */
export function Attempts({ snapshot, filter }: { snapshot: TaskSnapshot; filter: AttemptFilter }) {
  const { job, task, attempts, shown, now } = snapshot
  return (
    <Section id="attempts" title={t('Attempts')} aside={countOf(attempts.length, 'attempt')}>
      {attempts.length === 0 ? (
        <Empty title={t('None yet.')} />
      ) : (
        <ListTable
          caption={t('Attempts, newest first')}
          items={attempts.toReversed()}
          rowId={({ number }) => `attempt-${number}`}
          columns={[
            {
              head: t('Attempt'),
              cell: ({ number }) => {
                const query = attemptQuery({ ...filter, attempt: number, before: undefined })
                return (
                  <a
                    href={`${taskPath(job.id, task.id)}?${query}#attempt`}
                    aria-current={number === shown?.number ? 'true' : undefined}
                  >
                    <Say
                      text="Attempt {number}{what}"
                      number={number}
                      what={
                        number === shown?.number ? (
                          <span class="muted">{t('· shown below')}</span>
                        ) : null
                      }
                    />
                  </a>
                )
              },
            },
            { head: t('State'), cell: ({ state }) => <AttemptState state={state} /> },
            {
              head: t('Runner'),
              cell: ({ runner, runnerId }) => (
                <a class="nowrap" href={runnerPath(runnerId)}>
                  {runner}
                </a>
              ),
            },
            { head: t('Given'), cell: ({ allocation }) => allocationWords(allocation) },
            { head: t('Exit'), cell: ({ ending }) => (ending ? exitWords(ending) : null) },
            {
              head: t('Reason'),
              cell: ({ reason }) => reason && <span class="muted">{told(reason)}</span>,
            },
            { head: t('Started'), cell: ({ startedAt }) => <Ago at={startedAt} now={now} /> },
            {
              head: t('Time'),
              kind: 'number',
              cell: ({ startedAt, endedAt }) => <Span from={startedAt} to={endedAt} now={now} />,
            },
          ]}
        />
      )}
    </Section>
  )
}

/** What is known of an attempt. */
export function AttemptFacts({
  attempt,
  now,
}: {
  attempt: AttemptDetail | undefined
  now: number
}) {
  if (!attempt) return <div id="attempt-facts"></div>
  const { runner, runnerId, state, reason, allocation, ending, startedAt, endedAt } = attempt
  return (
    <div id="attempt-facts">
      <Facts
        facts={[
          [endedAt === null ? t('State') : t('Ended as'), attemptWord(state)],
          [t('Runner'), <a href={runnerPath(runnerId)}>{runner}</a>],
          [t('Given'), allocationWords(allocation)],
          [t('Started'), <Ago at={startedAt} now={now} />],
          [t('Time'), <Span from={startedAt} to={endedAt} now={now} />],
          ...(ending === null
            ? []
            : [
                [t('Its process'), exitWords(ending)] as const,
                [
                  t('Most memory'),
                  ending.peakMemoryMb === null ? '–' : formatMb(ending.peakMemoryMb),
                ] as const,
              ]),
        ]}
      />
      {reason === null ? null : <p class="attempt-reason muted">{told(reason)}</p>}
    </div>
  )
}

/** What happened to it. */
export function AttemptEvents({ events, now }: { events: readonly JobEvent[]; now: number }) {
  return (
    <div id="attempt-events">
      {events.length === 0 ? (
        <Empty title={t('Nothing was recorded for this attempt.')} />
      ) : (
        <EventList label={t('Events of the attempt, newest first')} events={events} now={now} />
      )}
    </div>
  )
}

function exitWords(ending: NonNullable<AttemptDetail['ending']>): string {
  const { type, exitCode, signal } = ending
  if (signal !== null) return `${type} (${signal})`
  return exitCode === null ? type : t('{type} with {exitCode}', { type, exitCode })
}
