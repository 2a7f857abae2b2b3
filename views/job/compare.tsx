/**
 * Jobs side by side: scores with their differences, parameters that differ, curves over each other, times.
 * @module
 */
import { Say, t } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { LineChart } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { formatDuration, formatNumber } from '../ui/format.ts'
import { PageHead, Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Ago, Span } from '../ui/time.tsx'
import {
  compareCharts,
  type ComparedRow,
  compareParameters,
  compareScores,
  compareTimes,
} from './comparison.ts'
import type { JobSnapshot } from './detail.tsx'
import { jobPath, jobTitle } from './task-words.ts'

/** Jobs that are compared at most. */
export const COMPARED_AT_MOST = 6

/** The page. */
export function Compare({ jobs, now }: { jobs: readonly JobSnapshot[]; now: number }) {
  const scores = compareScores(jobs)
  const parameters = compareParameters(jobs)
  const charts = compareCharts(jobs)
  const ids = jobs.map(({ job }) => job.id)
  return (
    <>
      <PageHead
        title={t('Compare jobs')}
        lead={t('Up to {most} jobs side by side; differences are from the first.', {
          most: COMPARED_AT_MOST,
        })}
        trail={[['/jobs', t('Jobs')]]}
      />
      <section class="card" aria-label={t('Jobs')}>
        <ul class="compared">
          {jobs.map(({ job }, at) => (
            <li>
              <span class="compared-number">{at + 1}</span>
              <span class="compared-name">
                <a href={jobPath(job.id)}>{jobTitle(job)}</a> <StateBadge state={job.state} />
                <span class="muted">
                  <Say
                    text="submitted {ago}, took {span}"
                    ago={<Ago at={job.createdAt} now={now} />}
                    span={<Span from={job.startedAt} to={job.endedAt} now={now} />}
                  />
                </span>
                {job.description === '' ? null : <span class="muted">{job.description}</span>}
              </span>
              {jobs.length > 1 ? (
                <a class="button small plain" href={addressOf(ids.filter((id) => id !== job.id))}>
                  {t('Leave out')}
                  <span class="visually-hidden"> {jobTitle(job)}</span>
                </a>
              ) : null}
            </li>
          ))}
        </ul>
        <form class="filter bar" method="get" action="/compare">
          {ids.map((id) => (
            <input type="hidden" name="job" value={id} />
          ))}
          <div class="field">
            <label htmlFor="add-job">{t('Add a job by its id')}</label>
            <input id="add-job" name="job" type="text" autocomplete="off" />
          </div>
          <button type="submit" class="button plain">
            {t('Add')}
          </button>
        </form>
      </section>
      <Section id="scores" title={t('Scores')}>
        {scores.length === 0 ? (
          <Empty title={t('None of the jobs has reported scores.')} />
        ) : (
          <Rows label={t('Scores')} rows={scores} jobs={jobs} hasDifference />
        )}
      </Section>
      <Section
        id="parameters"
        title={t('Parameters that differ')}
        note={t('As the components used them, defaults included.')}
      >
        {parameters.length === 0 ? (
          <Empty title={t('All parameters are the same.')} />
        ) : (
          <Rows label={t('Parameters that differ')} rows={parameters} jobs={jobs} />
        )}
      </Section>
      {charts.length === 0 ? null : (
        <Section id="charts" title={t('Curves')}>
          <div class="charts">
            {charts.map((chart) => (
              <LineChart {...chart} />
            ))}
          </div>
        </Section>
      )}
      <Section id="times" title={t('Times')}>
        <Rows
          label={t('Time of every component')}
          rows={compareTimes(jobs)}
          jobs={jobs}
          show={(value) => formatDuration(value)}
        />
      </Section>
    </>
  )
}

/** The address of a comparison. */
export function addressOf(ids: readonly string[]): string {
  return `/compare?${new URLSearchParams(ids.map((id) => ['job', id]))}`
}

function Rows(props: {
  label: string
  rows: readonly ComparedRow[]
  jobs: readonly JobSnapshot[]
  hasDifference?: boolean
  show?: (value: number) => string
}) {
  const { label, rows, jobs, hasDifference, show = (value) => formatNumber(value, 5) } = props
  const names = rows.some(({ name }) => name !== '')
  return (
    <ScrollBox class="scroll" label={label}>
      <table class="grid compare-grid">
        <thead>
          <tr>
            <th scope="col">{t('Of')}</th>
            {names ? <th scope="col">{t('What')}</th> : null}
            {jobs.map(({ job }, at) => (
              <th scope="col">{`${at + 1} ${jobTitle(job)}`}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, of, cells }) => (
            <tr>
              <th scope="row">{of}</th>
              {names ? <td>{name}</td> : null}
              {cells.map((cell, at) => (
                <td class={typeof cell === 'number' ? 'cell-number' : undefined}>
                  {cell === null ? '–' : typeof cell === 'number' ? show(cell) : cell}
                  {hasDifference && at > 0 ? <Difference from={cells[0]} to={cell} /> : null}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function Difference({ from, to }: { from: ComparedRow['cells'][number]; to: unknown }) {
  if (typeof from !== 'number' || typeof to !== 'number' || from === to) return null
  const change = to - from
  return (
    <span class="muted difference">{`${change > 0 ? '+' : '−'}${formatNumber(Math.abs(change), 3)}`}</span>
  )
}
