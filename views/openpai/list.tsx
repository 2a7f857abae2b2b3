/**
 * The list of jobs of task roles: filters in the address, several stopped at once, the whole of it as CSV.
 * @module
 */
import type { ListedFramework } from '../../src/domain/framework-list.ts'
import { poll } from '../hx.ts'
import { t } from '../text/say.tsx'
import { stateLabel } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { BatchTabs } from './tabs.tsx'
import { BATCH_STATES, BatchBadge, batchPath, SHOWN_AS } from './words.tsx'

/** What the address of the list says; the names are those of the API. */
export interface BatchFilter {
  readonly keyword: string
  readonly state: string
  readonly username: string
  readonly vc: string
  readonly tagsContain: string
  readonly jobPriority: string
  readonly order: string
  readonly offset: string
}

export interface BatchListProps {
  readonly jobs: readonly ListedFramework[]
  readonly total: number
  readonly clusters: readonly string[]
  readonly filter: BatchFilter
  readonly pageSize: number
  readonly now: number
}

const ORDERS = [
  ['', 'Newest first'],
  ['submissionTime,ASC', 'Oldest first'],
  ['completionTime,DESC', 'Last ended first'],
  ['retries,DESC', 'Most retries first'],
  ['totalTaskNumber,DESC', 'Most tasks first'],
  ['totalGpuNumber,DESC', 'Most GPUs first'],
  ['jobName,ASC', 'By name'],
  ['username,ASC', 'By user'],
] as const
const PRIORITIES = ['crit', 'prod', 'test', 'oppo', 'default'] as const

/** The page. */
export function BatchListPage(props: BatchListProps) {
  const { filter, clusters } = props
  return (
    <>
      <PageHead
        title={t('Batch')}
        lead={t('Jobs made of task roles, each with attempts and versions.')}
        actions={
          <a class="button primary" href="/batch/new">
            <Icon name="plus" />
            {t('Submit')}
          </a>
        }
      />
      <BatchTabs tab="jobs" />
      <form class="filter bar" method="get" action="/batch" aria-label={t('Filter')}>
        <div class="field">
          <label htmlFor="keyword">{t('User, name or cluster')}</label>
          <input id="keyword" name="keyword" type="search" value={filter.keyword} />
        </div>
        <div class="field">
          <label htmlFor="state">{t('State')}</label>
          <select id="state" name="state">
            <option value="">{t('Any')}</option>
            {BATCH_STATES.map((state) => (
              <option value={state} selected={state === filter.state}>
                {stateLabel(SHOWN_AS[state])}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label htmlFor="vc">{t('Virtual cluster')}</label>
          <select id="vc" name="vc">
            <option value="">{t('Any')}</option>
            {clusters.map((name) => (
              <option value={name} selected={name === filter.vc}>
                {name}
              </option>
            ))}
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
      <BatchList {...props} />
    </>
  )
}

function MoreFilters({ filter }: { filter: BatchFilter }) {
  const { username, tagsContain, jobPriority } = filter
  return (
    <details class="more-filters" open={username + tagsContain + jobPriority !== ''}>
      <summary>{t('More filters')}</summary>
      <div class="more-fields">
        <div class="field">
          <label htmlFor="username">{t('User')}</label>
          <input id="username" name="username" type="search" value={username} />
        </div>
        <div class="field">
          <label htmlFor="tagsContain">{t('Tag')}</label>
          <input id="tagsContain" name="tagsContain" type="search" value={tagsContain} />
        </div>
        <div class="field">
          <label htmlFor="jobPriority">{t('Priority')}</label>
          <select id="jobPriority" name="jobPriority">
            <option value="">{t('Any')}</option>
            {PRIORITIES.map((one) => (
              <option value={one} selected={one === jobPriority}>
                {one === 'default' ? t('Default priority') : one}
              </option>
            ))}
          </select>
        </div>
      </div>
    </details>
  )
}

/** The list itself; it asks for itself again while one of its jobs is not over. */
export function BatchList(props: BatchListProps) {
  const { jobs, total, filter, pageSize, now } = props
  const isActive = jobs.some(({ completedAt }) => completedAt === null)
  const isFiltered = batchQuery({ ...filter, offset: '', order: '' }) !== ''
  const first = Number(filter.offset) || 0
  return (
    <section
      id="batch-list"
      class="card"
      aria-label={t('Jobs')}
      {...(isActive ? poll(`/batch/list?${batchQuery(filter)}`) : {})}
    >
      {jobs.length === 0 ? (
        <Empty title={isFiltered ? t('No job matches.') : t('No jobs yet.')}>
          {isFiltered ? (
            <a href="/batch">{t('Show all jobs')}</a>
          ) : (
            <a href="/batch/new">{t('Submit one')}</a>
          )}
        </Empty>
      ) : (
        <>
          <form
            id="bulk"
            class="list-bar"
            method="post"
            action="/batch/stop"
            hx-confirm={t('Stop the chosen jobs?')}
          >
            <span class="muted">
              {isFiltered
                ? t('{jobs} found', { jobs: countOf(total, 'job') })
                : countOf(total, 'job')}
            </span>
            <input type="hidden" name="back" value={`/batch?${batchQuery(filter)}`} />
            <a href={`/batch/jobs.csv?${batchQuery(filter)}`} hx-boost="false" download>
              {t('Download as CSV')}
            </a>
            <button type="submit" class="button small plain">
              <Icon name="stop" />
              {t('Stop the chosen ones')}
            </button>
          </form>
          <BatchTable jobs={jobs} now={now} />
        </>
      )}
      {first === 0 && total <= pageSize ? null : (
        <nav class="pager" aria-label={t('Pages')}>
          {first === 0 ? null : (
            <a class="button plain" href={`/batch?${batchQuery({ ...filter, offset: '' })}`}>
              {t('First page')}
            </a>
          )}
          {first + pageSize >= total ? null : (
            <a
              class="button plain"
              href={`/batch?${batchQuery({ ...filter, offset: String(first + pageSize) })}`}
            >
              {t('Next page')}
            </a>
          )}
        </nav>
      )}
    </section>
  )
}

function BatchTable({ jobs, now }: { jobs: readonly ListedFramework[]; now: number }) {
  return (
    <ListTable
      caption={t('Jobs')}
      items={jobs}
      rowId={({ jobId }) => `job-${jobId}`}
      columns={[
        {
          head: t('Job'),
          cell: (job) => (
            <span class="job-cell">
              <a href={batchPath(job)}>{job.name}</a>
              <span class="muted">{job.owner}</span>
              {job.tags.length === 0 ? null : (
                <span class="tags">
                  {job.tags.map((tag) => (
                    <span class="tag">{tag}</span>
                  ))}
                </span>
              )}
            </span>
          ),
        },
        { head: t('State'), cell: ({ state }) => <BatchBadge state={state} /> },
        {
          head: t('Virtual cluster'),
          cell: ({ virtualCluster, priority }) =>
            priority === null ? virtualCluster : `${virtualCluster} · ${priority}`,
        },
        { head: t('Tasks'), kind: 'number', cell: (job) => formatNumber(job.totalTasks) },
        { head: t('GPUs'), kind: 'number', cell: (job) => formatNumber(job.totalGpus) },
        { head: t('Retries'), kind: 'number', cell: (job) => formatNumber(job.attempt) },
        { head: t('Submitted'), cell: (job) => <Ago at={job.submittedAt} now={now} /> },
        {
          head: t('Time'),
          kind: 'number',
          cell: (job) => <Span from={job.launchedAt} to={job.completedAt} now={now} />,
        },
        {
          head: t('Stop'),
          kind: 'action',
          cell: (job) =>
            job.completedAt !== null ? null : (
              <label class="choose">
                <input type="checkbox" form="bulk" name="job" value={`${job.owner}~${job.name}`} />
                {t('Choose')}
                <span class="visually-hidden"> {job.name}</span>
              </label>
            ),
        },
      ]}
    />
  )
}

/** The query string of a filter. */
export function batchQuery(filter: BatchFilter): string {
  return String(new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== '')))
}
