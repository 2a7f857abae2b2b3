/**
 * The overview: the state of the server in one look, and a way to start where there is nothing yet.
 * @module
 */
import type { JobState } from '../src/domain/job-state.ts'
import type { Runner } from '../src/domain/runner.ts'
import { poll } from './hx.ts'
import { JobTable, type ListedJob } from './job/list.tsx'
import { RunnerList } from './runner/list.tsx'
import { Say, t } from './text/say.tsx'
import { stateLabel } from './ui/badge.tsx'
import { Empty } from './ui/empty.tsx'
import { countOf, formatNumber } from './ui/format.ts'
import { Icon } from './ui/icon.tsx'
import { PageHead, PostButton, Section } from './ui/page.tsx'

export interface HomeProps {
  readonly counts: Partial<Record<JobState, number>>
  readonly runners: readonly Runner[]
  readonly tableCount: number
  readonly jobs: readonly ListedJob[]
  readonly now: number
}

/** The page. It keeps itself current: a runner may come or go at any time. */
export function Home(props: HomeProps) {
  const { counts, runners, jobs, now } = props
  const live = runners.filter((runner) => runner.live)
  return (
    <div id="home" {...poll('/overview')}>
      <PageHead title={t('Overview')} />
      <ul class="tiles">
        {TILES.map((state) => (
          <li>
            <a class={`tile state-${state}`} href={`/jobs?state=${state}`}>
              <span class="tile-number">{formatNumber(counts[state] ?? 0)}</span>
              <span class="tile-label">
                <Icon name={state} />
                {stateLabel(state)}
              </span>
            </a>
          </li>
        ))}
        <li>
          <a class={`tile ${live.length === 0 ? 'state-failed' : ''}`} href="/runners">
            <span class="tile-number">{formatNumber(live.length)}</span>
            <span class="tile-label">
              {live.length === 0 ? <Icon name="warning" /> : null}
              {live.length === 1 ? t('Live runner') : t('Live runners')}
            </span>
          </a>
        </li>
        <li>
          <a class="tile" href="/tables">
            <span class="tile-number">{formatNumber(props.tableCount)}</span>
            <span class="tile-label">{props.tableCount === 1 ? t('Table') : t('Tables')}</span>
          </a>
        </li>
      </ul>
      {jobs.length === 0 ? (
        <Welcome hasRunner={live.length > 0} />
      ) : (
        <Section id="latest" title={t('Latest jobs')} aside={<a href="/jobs">{t('All jobs')}</a>}>
          <JobTable jobs={jobs} now={now} back="/" />
        </Section>
      )}
      <Section
        id="runners"
        title={t('Runners')}
        aside={<a href="/runners">{countOf(runners.length, 'runner')}</a>}
      >
        {runners.length === 0 ? <NoRunner /> : <RunnerList runners={runners} now={now} />}
      </Section>
      {jobs.length === 0 ? null : (
        <Section id="example" title={t('Example')}>
          <ExampleStart hasRunner={live.length > 0} />
        </Section>
      )}
    </div>
  )
}

/** What to do when no runner has been heard of. */
export function NoRunner() {
  return (
    <Empty title={t('No runner has been heard of in the last hour.')}>
      <Say
        text="Jobs wait until one comes: start one with {code}, or the app and a runner together with {both}."
        code={<code>npm run runner</code>}
        both={<code>npm start</code>}
      />
    </Empty>
  )
}

const TILES = ['running', 'waiting', 'succeeded', 'failed'] as const

function Welcome({ hasRunner }: { hasRunner: boolean }) {
  return (
    <section class="card welcome" aria-labelledby="welcome-title">
      <h2 id="welcome-title">{t('Train a first model together')}</h2>
      <ExampleStart hasRunner={hasRunner} />
      <p class="note">
        <Say
          text="Or {link}, or point a client at {other}."
          link={<a href="/jobs/new">{t('submit a job of your own')}</a>}
          other={<a href="/docs">{t('one of the APIs')}</a>}
        />
      </p>
    </section>
  )
}

function ExampleStart({ hasRunner }: { hasRunner: boolean }) {
  return (
    <div class="example-start">
      <p>
        {t(
          'Two parties hold different columns of the same 569 patients: one has the diagnosis and ten measurements, the other twenty more. The example uploads both tables and trains a logistic regression on them without either party seeing the other’s data.',
        )}
      </p>
      {hasRunner ? null : (
        <p class="reason state-waiting">
          <Icon name="warning" />
          <span>
            <Say
              text="It needs a live runner first: start one with {code}."
              code={<code>npm run runner</code>}
            />
          </span>
        </p>
      )}
      <PostButton action="/example" tone="primary">
        <Icon name="play" />
        {t('Run the example')}
      </PostButton>
      <p class="note">
        <Say
          text="Parties that offer data sets of their own begin with {link}."
          link={<a href="/projects/new">{t('a project')}</a>}
        />
      </p>
    </div>
  )
}
