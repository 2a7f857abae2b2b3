/**
 * The list of jobs.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { poll } from '../hx.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead, PostButton, Progress } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { JobFilter, type JobListFilter, queryOf } from './list-filter.tsx'
import { isOver, jobPath, jobTitle, memberWords, surfaceName } from './task-words.ts'

/** A job with the sentence that says why it waits, what it does, or why it failed. */
export interface ListedJob {
  readonly job: Job
  readonly percent: number
  readonly reason: string | null
}

export interface JobListProps {
  readonly jobs: readonly ListedJob[]
  readonly next: string | undefined
  /** How many match in all. */
  readonly total: number
  readonly filter: JobListFilter
  readonly now: number
}

/** The page: filter, list, next page. */
export function JobListPage(props: JobListProps) {
  const { filter } = props
  return (
    <>
      <PageHead title={t('Jobs')} />
      <JobFilter filter={filter} />
      <JobList {...props} />
    </>
  )
}

/** The list itself; it asks for itself again while one of its jobs is not over. */
export function JobList(props: JobListProps) {
  const { jobs, next, total, filter, now } = props
  const isActive = jobs.some(({ job }) => !isOver(job.state))
  const updates = isActive ? poll(`/jobs/list?${queryOf(filter)}`) : {}
  const isFiltered = queryOf({ ...filter, after: '', order: '' }) !== ''
  return (
    <section id="job-list" class="card" aria-label={t('Jobs')} {...updates}>
      {jobs.length === 0 ? (
        <Empty title={isFiltered ? t('No job matches.') : t('No jobs yet.')}>
          {isFiltered ? (
            <a href="/jobs">{t('Show all jobs')}</a>
          ) : (
            <>
              <Say
                text="{link}, or {other}."
                link={<a href="/jobs/new">{t('Submit one')}</a>}
                other={<a href="/">{t('run the example')}</a>}
              />
            </>
          )}
        </Empty>
      ) : (
        <>
          <form id="compare" class="list-bar" method="get" action="/compare">
            <span class="muted">
              {isFiltered
                ? t('{jobs} found', { jobs: countOf(total, 'job') })
                : countOf(total, 'job')}
            </span>
            <button type="submit" class="button small plain">
              {t('Compare the chosen ones')}
            </button>
          </form>
          <JobTable jobs={jobs} now={now} back={`/jobs?${queryOf(filter)}`} form="compare" />
        </>
      )}
      {next === undefined && filter.after === '' ? null : (
        <nav class="pager" aria-label={t('Pages')}>
          {filter.after === '' ? null : (
            <a class="button plain" href={`/jobs?${queryOf({ ...filter, after: '' })}`}>
              {t('First page')}
            </a>
          )}
          {next === undefined ? null : (
            <a class="button plain" href={`/jobs?${queryOf({ ...filter, after: next })}`}>
              {t('Next page')}
            </a>
          )}
        </nav>
      )}
    </section>
  )
}

/** Jobs as a table; `back` is where stopping one leads, `form` the form for which jobs can be chosen. */
export function JobTable(props: {
  jobs: readonly ListedJob[]
  now: number
  back: string
  form?: string
}) {
  const { jobs, now, back, form } = props
  return (
    <ListTable
      caption={t('Jobs')}
      items={jobs}
      columns={[
        {
          head: t('Job'),
          cell: ({ job, reason }) => (
            <span class="job-cell">
              <a href={jobPath(job.id)}>{jobTitle(job)}</a>
              {job.name === '' ? null : <code class="muted">{job.id}</code>}
              {reason === null ? null : (
                <span class={job.state === 'failed' ? 'why bad' : 'why'}>{told(reason)}</span>
              )}
            </span>
          ),
        },
        { head: t('State'), cell: ({ job }) => <StateBadge state={job.state} /> },
        {
          head: t('Progress'),
          cell: ({ job, percent }) => (
            <Progress percent={percent} label={t('Progress of {job}', { job: jobTitle(job) })} />
          ),
        },
        {
          head: t('Members'),
          cell: ({ job }) => <span class="muted">{memberWords(job.members) || '–'}</span>,
        },
        {
          head: t('Through'),
          cell: ({ job }) => <span class="nowrap">{surfaceName(job.surface)}</span>,
        },
        { head: t('Submitted'), cell: ({ job }) => <Ago at={job.createdAt} now={now} /> },
        {
          head: t('Time'),
          kind: 'number',
          cell: ({ job }) => <Span from={job.startedAt} to={job.endedAt} now={now} />,
        },
        ...(form === undefined
          ? []
          : [
              {
                head: t('Compare'),
                kind: 'action' as const,
                cell: ({ job }: ListedJob) => (
                  <label class="choose">
                    <input type="checkbox" form={form} name="job" value={job.id} />
                    {t('Compare')}
                    <span class="visually-hidden"> {jobTitle(job)}</span>
                  </label>
                ),
              },
            ]),
        {
          head: t('Actions'),
          kind: 'action',
          cell: ({ job }) =>
            isOver(job.state) ? null : (
              <PostButton
                action={`${jobPath(job.id)}/stop`}
                small
                fields={{ back }}
                confirm={t('Stop {job}?', { job: jobTitle(job) })}
              >
                <Icon name="stop" />
                {t('Stop')}
                <span class="visually-hidden"> {jobTitle(job)}</span>
              </PostButton>
            ),
        },
      ]}
    />
  )
}
