/**
 * The list of jobs.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { poll } from '../hx.ts'
import { Say, t, told } from '../text/say.tsx'
import { stateLabel, StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead, PostButton, Progress } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { isOver, jobPath, jobTitle, memberWords, SURFACE_NAMES, surfaceName } from './task-words.ts'

/** A job with the sentence that says why it waits, what it does, or why it failed. */
export interface ListedJob {
  readonly job: Job
  readonly percent: number
  readonly reason: string | null
}

export interface JobListFilter {
  readonly state: string
  readonly surface: string
  readonly text: string
  readonly kind: string
  readonly role: string
  readonly party: string
  /** Part of the name of a component, or of its module. */
  readonly component: string
  /** Days in UTC, both included. */
  readonly since: string
  readonly until: string
  readonly order: string
  readonly after: string
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
      <form class="filter bar" method="get" action="/jobs" aria-label={t('Filter')}>
        <div class="field">
          <label htmlFor="text">{t('Name or id')}</label>
          <input id="text" name="text" type="search" value={filter.text} />
        </div>
        <div class="field">
          <label htmlFor="state">{t('State')}</label>
          <select id="state" name="state">
            <option value="">{t('Any')}</option>
            {STATES.map((state) => (
              <option value={state} selected={state === filter.state}>
                {stateLabel(state)}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label htmlFor="surface">{t('Submitted through')}</label>
          <select id="surface" name="surface">
            <option value="">{t('Any API')}</option>
            {SURFACE_NAMES.map(([id, name]) => (
              <option value={id} selected={id === filter.surface}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label htmlFor="kind">{t('Kind')}</label>
          <select id="kind" name="kind">
            <option value="">{t('Jobs')}</option>
            <option value="upload" selected={filter.kind === 'upload'}>
              {t('Uploads')}
            </option>
          </select>
        </div>
        <div class="field">
          <label htmlFor="order">{t('Order')}</label>
          <select id="order" name="order">
            {ORDERS.map(([value, label]) => (
              <option value={value} selected={value === filter.order}>
                {t(label)}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="button plain">
          {t('Filter')}
        </button>
        <MoreFilters filter={filter} />
      </form>
      <JobList {...props} />
    </>
  )
}

const ORDERS = [
  ['', 'Newest first'],
  ['oldest', 'Oldest first'],
  ['longest', 'Longest first'],
] as const

const ROLES = ['guest', 'host', 'arbiter', 'local'] as const

function MoreFilters({ filter }: { filter: JobListFilter }) {
  const { role, party, component, since, until } = filter
  const isUsed = [role, party, component, since, until].some((value) => value !== '')
  return (
    <details class="more-filters" open={isUsed}>
      <summary>{t('More filters')}</summary>
      <div class="more-fields">
        <div class="field">
          <label htmlFor="role">{t('Role')}</label>
          <select id="role" name="role">
            <option value="">{t('Any')}</option>
            {ROLES.map((name) => (
              <option value={name} selected={name === role}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label htmlFor="party">{t('Party')}</label>
          <input id="party" name="party" type="search" inputmode="numeric" value={party} />
        </div>
        <div class="field">
          <label htmlFor="component">{t('Component or module')}</label>
          <input id="component" name="component" type="search" value={component} />
        </div>
        <div class="field">
          <label htmlFor="since">{t('Submitted from')}</label>
          <input id="since" name="since" type="date" value={since} />
        </div>
        <div class="field">
          <label htmlFor="until">{t('Submitted until')}</label>
          <input id="until" name="until" type="date" value={until} />
        </div>
      </div>
    </details>
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

const STATES = ['waiting', 'running', 'suspended', 'succeeded', 'failed', 'canceled'] as const

function queryOf(filter: JobListFilter): string {
  const entries = Object.entries(filter).filter(([, value]) => value !== '')
  return String(new URLSearchParams(entries))
}
