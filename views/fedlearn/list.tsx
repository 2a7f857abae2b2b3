/**
 * Projects: trainings, and matches that wait for one.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { poll } from '../hx.ts'
import { isOver } from '../job/task-words.ts'
import { t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Progress, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { trainingPath } from './choice.ts'
import { Changes } from './training.tsx'

export interface ProjectListProps {
  readonly trainings: readonly Job[]
  readonly matches: readonly Job[]
  /** The address of the next page of trainings. */
  readonly next?: string
  readonly now: number
}

/** The page; it asks for itself again while something runs. */
export function ProjectsPage({ trainings, matches, next, now }: ProjectListProps) {
  const isBusy = [...trainings, ...matches].some(({ state }) => !isOver(state))
  return (
    <div id="projects-page" {...(isBusy ? poll('/projects/parts') : {})}>
      <PageHead
        title={t('Projects')}
        lead={t('Several parties train a model together; the rows of each stay where they are.')}
        actions={
          <a class="button primary" href="/projects/new">
            <Icon name="plus" />
            {t('New project')}
          </a>
        }
      />
      <Section id="trainings" title={t('Trainings')}>
        {trainings.length === 0 ? (
          <Empty title={t('No trainings yet.')}>
            <a href="/projects/new">{t('Begin with the data sets that the parties offer')}</a>
          </Empty>
        ) : (
          <ListTable
            caption={t('Trainings, newest first')}
            items={trainings}
            rowId={({ id }) => `training-${id}`}
            columns={[
              {
                head: t('Project'),
                cell: (job) => (
                  <span class="project-name">
                    <a href={trainingPath(job.id)}>{job.name}</a>
                    <span class="muted">{job.id}</span>
                  </span>
                ),
              },
              { head: t('Algorithm'), cell: ({ tag }) => tag },
              {
                head: t('State'),
                cell: (job) => (
                  <span>
                    <StateBadge state={job.state} />
                    {job.state === 'failed' && job.reason !== null ? (
                      <span class="why bad">{told(job.reason)}</span>
                    ) : null}
                  </span>
                ),
              },
              {
                head: t('Progress'),
                cell: (job) =>
                  isOver(job.state) ? null : (
                    <Progress
                      percent={job.progress}
                      label={t('Progress of {job}', { job: job.name })}
                    />
                  ),
              },
              { head: t('Submitted'), cell: ({ createdAt }) => <Ago at={createdAt} now={now} /> },
              {
                head: t('Time'),
                kind: 'number',
                cell: ({ startedAt, endedAt }) => <Span from={startedAt} to={endedAt} now={now} />,
              },
              {
                head: t('Actions'),
                kind: 'action',
                cell: (job) => (
                  <div class="actions">
                    <Changes job={job} back="/projects" small />
                  </div>
                ),
              },
            ]}
          />
        )}
        {next === undefined ? null : (
          <nav class="pager" aria-label={t('Pages')}>
            <a href={next}>{t('Next page')}</a>
          </nav>
        )}
      </Section>
      {matches.length === 0 ? null : (
        <Section
          id="matches"
          title={t('Aligned rows')}
          note={t('Any number of trainings can be made of the same rows.')}
        >
          <ListTable
            caption={t('Alignments, newest first')}
            items={matches}
            columns={[
              {
                head: t('Project'),
                cell: (job) => (
                  <a href={`/projects/match/${encodeURIComponent(job.id)}`}>{job.name}</a>
                ),
              },
              { head: t('Method'), cell: ({ tag }) => tag },
              { head: t('State'), cell: ({ state }) => <StateBadge state={state} /> },
              { head: t('Submitted'), cell: ({ createdAt }) => <Ago at={createdAt} now={now} /> },
            ]}
          />
        </Section>
      )}
    </div>
  )
}
