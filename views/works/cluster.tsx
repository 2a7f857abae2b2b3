/**
 * What a Flink cluster told of the job of a task: its parts, its checkpoints, what went wrong in it.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatBytes, formatDuration, formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import type { ShownTaskDetail } from './shown.ts'

type Told = Readonly<Record<string, unknown>>

/** State, records and parts of the job; nothing where no cluster told of any. */
export function ClusterJob({ metrics }: Pick<ShownTaskDetail, 'metrics'>) {
  const { state, records_read: read, records_written: written } = metrics
  const parts = listOf(metrics['vertices']).map(recordOf)
  if (typeof state !== 'string') return null
  return (
    <Section id="cluster" title={t('At the cluster')}>
      <Facts
        facts={[
          [t('State'), <code>{state}</code>],
          [t('Records read'), numberWords(read)],
          [t('Records written'), numberWords(written)],
        ]}
      />
      {parts.length === 0 ? null : (
        <ListTable
          caption={t('Parts of the job, from its sources on')}
          items={parts}
          columns={[
            { head: t('Name'), cell: ({ name }) => <span class="break">{textOf(name)}</span> },
            { head: t('State'), cell: (part) => <code>{textOf(part['status'])}</code> },
            {
              head: t('Parallelism'),
              kind: 'number',
              cell: ({ parallelism }) => numberWords(parallelism),
            },
            {
              head: t('Records in'),
              kind: 'number',
              cell: (part) => numberWords(part['read-records']),
            },
            {
              head: t('Records out'),
              kind: 'number',
              cell: (part) => numberWords(part['write-records']),
            },
          ]}
        />
      )}
    </Section>
  )
}

/** How many checkpoints there were, and the newest that was completed and that failed. */
export function Checkpoints(props: Pick<ShownTaskDetail, 'checkpoints'> & { now: number }) {
  const { checkpoints, now } = props
  if (typeof checkpoints !== 'object' || checkpoints === null) return null
  const told = recordOf(checkpoints)
  const counts = recordOf(told['counts'])
  const latest = recordOf(told['latest'])
  const completed = recordOf(latest['completed'])
  const failed = recordOf(latest['failed'])
  const begun = completed['trigger_timestamp']
  const failedAt = failed['failure_timestamp']
  if ((counts['total'] ?? 0) === 0)
    return (
      <Section id="checkpoints" title={t('Checkpoints')}>
        <p class="note">
          {t('None so far: a job writes them where execution.checkpointing.interval is set.')}
        </p>
      </Section>
    )
  return (
    <Section id="checkpoints" title={t('Checkpoints')}>
      <Facts
        facts={[
          [t('Completed'), numberWords(counts['completed'])],
          [t('Under way'), numberWords(counts['in_progress'])],
          [t('Failed'), numberWords(counts['failed'])],
          ...(typeof begun === 'number'
            ? [
                [t('The last completed one'), <Ago at={begun} now={now} />] as const,
                [t('Time'), durationWords(completed['end_to_end_duration'])] as const,
                [t('Size'), bytesWords(completed['state_size'])] as const,
              ]
            : []),
          ...(typeof failedAt === 'number'
            ? [
                [t('The last one that failed'), <Ago at={failedAt} now={now} />] as const,
                [t('Why'), <code class="break">{textOf(failed['failure_message'])}</code>] as const,
              ]
            : []),
          ...(typeof completed['external_path'] === 'string'
            ? [[t('Written to'), <code class="break">{completed['external_path']}</code>] as const]
            : []),
        ]}
      />
    </Section>
  )
}

/** What went wrong in the job, the newest first, each with its stack. */
export function Exceptions(props: Pick<ShownTaskDetail, 'exceptions'> & { now: number }) {
  const { exceptions, now } = props
  if (exceptions.length === 0) return null
  return (
    <Section id="exceptions" title={t('Exceptions')}>
      {exceptions.map((exception) => {
        const { at, name, task, trace } = recordOf(exception)
        const moment = typeof at === 'string' ? Date.parse(at) : Number.NaN
        return (
          <div class="exception">
            {typeof name === 'string' ? (
              <p class="break">
                <strong>{name}</strong>
                {Number.isNaN(moment) ? null : (
                  <>
                    {' · '}
                    <Ago at={moment} now={now} />
                  </>
                )}
                {typeof task === 'string' ? <> · {task}</> : null}
              </p>
            ) : null}
            <ScrollBox class="scroll" label={t('Exceptions')}>
              <pre>{traceOf(exception, trace)}</pre>
            </ScrollBox>
          </div>
        )
      })}
    </Section>
  )
}

function traceOf(exception: unknown, trace: unknown): string {
  const text = [trace, exception].find((each) => typeof each === 'string')
  return text?.trimEnd() ?? JSON.stringify(exception, null, 2)
}

function recordOf(value: unknown): Told {
  return typeof value === 'object' && value !== null ? (value as Told) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '–'
}

const numberWords = (value: unknown) => (typeof value === 'number' ? formatNumber(value) : '–')
const bytesWords = (value: unknown) => (typeof value === 'number' ? formatBytes(value) : '–')
const durationWords = (value: unknown) => (typeof value === 'number' ? formatDuration(value) : '–')
