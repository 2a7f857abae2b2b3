/**
 * The third step of a project: the parties find the rows that all of them have.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { poll } from '../hx.ts'
import { isOver, jobPath } from '../job/task-words.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { formatNumber } from '../ui/format.ts'
import { PageHead, PostButton, Progress, Section } from '../ui/page.tsx'
import { Facts } from '../ui/table.tsx'
import { Span } from '../ui/time.tsx'
import { type Choice, columnQuery, dataQuery, matchPath, trainPath } from './choice.ts'
import { type LabelUse, LabelUses } from './label-use.tsx'
import { Way } from './way.tsx'

export interface MatchPageProps {
  readonly job: Job
  readonly choice: Choice
  readonly clients: readonly { readonly party: string; readonly dataset: string }[]
  readonly method: string
  readonly protocol: string
  /** Rows that all have; null before that is known. */
  readonly common: number | null
  readonly reason: string | null
  /** What trainings have told of labels, where differential privacy is asked for. */
  readonly labels: readonly LabelUse[]
  readonly now: number
}

/** The page; it asks for itself again until the match is over. */
export function MatchPage(props: MatchPageProps) {
  const { job, choice, clients, method, protocol, common, reason, now } = props
  const here = `/projects/match/${encodeURIComponent(job.id)}`
  const updates = isOver(job.state) ? {} : poll(`${here}/parts?${columnQuery(choice)}`)
  const data = clients.map(({ party, dataset }) => ({ party, name: dataset }))
  const back = dataQuery({ ...choice, task: job.name, data })
  return (
    <div id="match-page" {...updates}>
      <PageHead
        title={job.name}
        lead={t('Each party learns which of its rows the others have, too.')}
        trail={[['/projects', t('Projects')]]}
        actions={
          isOver(job.state) ? undefined : (
            <PostButton
              action={`${jobPath(job.id)}/stop`}
              tone="danger"
              fields={{ back: matchPath(job.id, choice) }}
            >
              {t('Stop')}
            </PostButton>
          )
        }
      />
      <Way
        at="match"
        links={{
          data: `/projects/new?${back}`,
          columns: `/projects/new/columns?${back}`,
          ...(job.state === 'succeeded' ? { train: trainPath(job.id, choice) } : {}),
        }}
      />
      <Section
        id="alignment"
        title={t('Aligning')}
        aside={<a href={jobPath(job.id)}>{t('Job with its log and ledger')}</a>}
      >
        <p class="state-line">
          <StateBadge state={job.state} />
          {isOver(job.state) ? null : (
            <Progress percent={Math.min(99, job.progress)} label={t('Progress of the alignment')} />
          )}
        </p>
        {reason === null ? null : (
          <p class={`reason state-${job.state}`}>
            <span>{told(reason)}</span>
          </p>
        )}
        <Facts
          facts={[
            [t('Parties'), clients.map(({ party, dataset }) => `${party}: ${dataset}`).join(' · ')],
            [t('Method'), `${method}: ${told(protocol)}`],
            [t('Time'), <Span from={job.startedAt} to={job.endedAt} now={now} />],
            ...(common === null
              ? []
              : [[t('Rows in common'), <strong>{formatNumber(common)}</strong>] as const]),
          ]}
        />
        <LabelUses uses={props.labels} />
        <Onward job={job} choice={choice} common={common} />
      </Section>
    </div>
  )
}

function Onward({ job, choice, common }: Pick<MatchPageProps, 'job' | 'choice' | 'common'>) {
  if (job.state !== 'succeeded') {
    return isOver(job.state) ? (
      <p class="note">
        <Say
          text="Mend what is wrong and {link}."
          link={
            <a href={`/projects/new?${new URLSearchParams({ task: job.name })}`}>
              {t('begin again')}
            </a>
          }
        />
      </p>
    ) : (
      <output class="note">{t('This page keeps itself current.')}</output>
    )
  }
  if (common === 0) {
    return (
      <p class="form-error">
        {t('The parties have no row in common: check that their ids mean the same.')}
      </p>
    )
  }
  return (
    <p class="actions">
      <a class="button primary" href={trainPath(job.id, choice)}>
        {t('Choose how to train')}
      </a>
    </p>
  )
}
