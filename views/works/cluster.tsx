/**
 * What a Flink cluster told of the jobs of a task: their parts, their checkpoints, what went wrong in them.
 * @module
 */
import { t } from '../text/say.tsx'
import { formatBytes, formatDuration, formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { Ago } from '../ui/time.tsx'
import type { ShownJob, ShownTaskDetail } from './shown.ts'

type Told = Readonly<Record<string, unknown>>

/** Jobs that are told of part by part; of more there is a line each. */
const MOST_IN_DETAIL = 10

/** What the cluster told of every job of a task; nothing where no cluster told of any. */
export function ClusterJobs({ jobs, now }: { jobs: readonly ShownJob[]; now: number }) {
  const [only] = jobs
  if (only === undefined) return null
  if (jobs.length === 1) {
    return (
      <>
        {hasState(only) ? (
          <Section id="cluster" title={t('At the cluster')}>
            <Parts job={only} />
          </Section>
        ) : null}
        {isTold(only.checkpoints) ? (
          <Section id="checkpoints" title={t('Checkpoints')}>
            <Checkpoints checkpoints={only.checkpoints} now={now} />
          </Section>
        ) : null}
      </>
    )
  }
  const inDetail = jobs.length <= MOST_IN_DETAIL ? jobs.filter(hasState) : []
  return (
    <>
      <Section id="cluster" title={t('At the cluster')}>
        <JobList jobs={jobs} now={now} />
      </Section>
      {inDetail.map((job) => (
        <Section id={`job-${job.job_id}`} title={titleOf(job)}>
          <Parts job={job} />
          {isTold(job.checkpoints) ? (
            <>
              <h3 class="job-part">{t('Checkpoints')}</h3>
              <Checkpoints checkpoints={job.checkpoints} now={now} />
            </>
          ) : null}
        </Section>
      ))}
    </>
  )
}

/** A line for each job. */
function JobList({ jobs, now }: { jobs: readonly ShownJob[]; now: number }) {
  const isStream = jobs.some(({ checkpoints }) => isTold(checkpoints))
  return (
    <ListTable
      caption={t('Jobs of the run, in the order of their statements')}
      items={jobs}
      columns={[
        {
          head: t('Statement'),
          kind: 'number',
          cell: ({ statement }) => (statement === null ? '–' : formatNumber(statement + 1)),
        },
        { head: t('Flink job'), cell: (job) => <JobLink id={job.job_id} url={job.url} /> },
        { head: t('State'), cell: ({ metrics }) => <code>{textOf(metrics['state'])}</code> },
        {
          head: t('Records read'),
          kind: 'number',
          cell: ({ metrics }) => numberWords(metrics['records_read']),
        },
        {
          head: t('Records written'),
          kind: 'number',
          cell: ({ metrics }) => numberWords(metrics['records_written']),
        },
        ...(isStream
          ? [{ head: t('Last checkpoint'), cell: (job: ShownJob) => lastOf(job, now) }]
          : []),
      ]}
    />
  )
}

/** A job's page at the cluster. */
export function JobLink({ id, url }: { id: string; url: string | null }) {
  // What an engine tells is not ours: only a page of the web is linked.
  if (url === null || !/^https?:\/\//.test(url)) return <code class="break">{id}</code>
  return (
    <a href={url} rel="noreferrer" hx-boost="false" class="break">
      {id}
    </a>
  )
}

function titleOf({ statement }: ShownJob): string {
  return statement === null
    ? t('At the cluster')
    : t('Job of statement {number}', { number: statement + 1 })
}

function lastOf({ checkpoints }: ShownJob, now: number) {
  const completed = recordOf(recordOf(recordOf(checkpoints)['latest'])['completed'])
  const begun = completed['trigger_timestamp']
  return typeof begun === 'number' ? <Ago at={begun} now={now} /> : '–'
}

const hasState = ({ metrics }: ShownJob) => typeof metrics['state'] === 'string'
const isTold = (value: unknown) => typeof value === 'object' && value !== null

/** State, records and parts of a job. */
function Parts({ job: { metrics } }: { job: ShownJob }) {
  const { records_read: read, records_written: written } = metrics
  const parts = listOf(metrics['vertices']).map(recordOf)
  return (
    <>
      <Facts
        facts={[
          [t('State'), <code>{textOf(metrics['state'])}</code>],
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
    </>
  )
}

/** How many checkpoints there were, and the newest that was completed and that failed. */
function Checkpoints({ checkpoints, now }: Pick<ShownJob, 'checkpoints'> & { now: number }) {
  const told = recordOf(checkpoints)
  const counts = recordOf(told['counts'])
  const latest = recordOf(told['latest'])
  const completed = recordOf(latest['completed'])
  const failed = recordOf(latest['failed'])
  const begun = completed['trigger_timestamp']
  const failedAt = failed['failure_timestamp']
  if ((counts['total'] ?? 0) === 0)
    return (
      <p class="note">
        {t('None so far: a job writes them where execution.checkpointing.interval is set.')}
      </p>
    )
  return (
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
