/**
 * A training while it runs and afterwards: how far it is, how good it gets, what can be done with it.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { poll } from '../hx.ts'
import { isOver, jobPath } from '../job/task-words.ts'
import { t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { LineChart } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { formatNumber } from '../ui/format.ts'
import { PageHead, PostButton, Progress, Section } from '../ui/page.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { type Choice, matchPath, trainingPath, trainPath } from './choice.ts'
import type { LabelUse } from './label-use.tsx'
import { Importance, type ImportanceRow } from './model.tsx'
import { type Privacy, PrivacySection } from './privacy.tsx'
import { ProjectTabs } from './tabs.tsx'
import { Trials, type Tuning } from './trials.tsx'
import { Way } from './way.tsx'

/** A metric after every round, as far as it is known. */
export interface MetricSeries {
  readonly name: string
  readonly train: readonly (readonly [round: number, value: number])[]
  readonly validation: readonly (readonly [round: number, value: number])[]
}

export interface TrainingProps {
  readonly job: Job
  readonly algorithm: string
  readonly percent: number
  /** Why it waits or failed, or null. */
  readonly message: string | null
  readonly metrics: readonly MetricSeries[]
  /** The round with the best validation metric; 0 where nothing was validated. */
  readonly bestRound: number
  readonly importance: readonly ImportanceRow[]
  /** The match whose rows it learns from, and what else was chosen. */
  readonly matchId: string
  readonly choice: Choice
  /** The trials of an automatic tuning. */
  readonly tuning?: Tuning
  /** What is promised of labels, where there is noise. */
  readonly privacy?: Privacy
  /** What all trainings of the same labels come to. */
  readonly labels: readonly LabelUse[]
  readonly now: number
}

/** The page; it asks for itself again until the training is over. */
export function TrainingPage(props: TrainingProps) {
  const { job, algorithm, percent, message, metrics, bestRound, importance, now } = props
  const updates = isOver(job.state) ? {} : poll(`${trainingPath(job.id)}/parts`)
  const isDone = job.state === 'succeeded'
  return (
    <div id="training-page" {...updates}>
      <PageHead
        title={`${job.name} · ${algorithm}`}
        trail={[['/projects', t('Projects')]]}
        actions={<Changes job={job} back={trainingPath(job.id)} />}
      />
      <Way
        at="watch"
        links={{
          match: matchPath(props.matchId, props.choice),
          train: trainPath(props.matchId, props.choice, { model: algorithm }),
          ...(isDone ? { predict: `${trainingPath(job.id)}/predict` } : {}),
        }}
      />
      <ProjectTabs token={job.id} at="training" isDone={isDone} />
      <Section
        id="progress"
        title={t('Progress')}
        aside={<a href={jobPath(job.id)}>{t('Job with its log and ledger')}</a>}
      >
        <p class="state-line">
          <StateBadge state={job.state} />
          {isOver(job.state) ? null : (
            <Progress percent={percent} label={t('Progress of the training')} />
          )}
        </p>
        {message === null ? null : (
          <p class={`reason state-${job.state}`}>
            <span>{told(message)}</span>
          </p>
        )}
        <Facts
          facts={[
            [t('Model token'), <code class="break">{job.id}</code>],
            [t('Submitted'), <Ago at={job.createdAt} now={now} />],
            [t('Time'), <Span from={job.startedAt} to={job.endedAt} now={now} />],
            ...(bestRound > 0 ? [[t('Best round'), formatNumber(bestRound)] as const] : []),
          ]}
        />
        {isDone ? (
          <p class="actions">
            <a class="button primary" href={`${trainingPath(job.id)}/predict`}>
              {t('Predict')}
            </a>
          </p>
        ) : null}
      </Section>
      {props.tuning === undefined ? null : (
        <Trials
          tuning={props.tuning}
          again={(values) => trainPath(props.matchId, props.choice, { model: algorithm, values })}
        />
      )}
      {props.privacy === undefined && props.labels.length === 0 ? null : (
        <PrivacySection privacy={props.privacy} labels={props.labels} />
      )}
      {props.tuning !== undefined && !isOver(job.state) ? null : (
        <Metrics metrics={metrics} isOver={isOver(job.state)} />
      )}
      {importance.length === 0 ? null : (
        <Section id="importance" title={t('Feature importance')}>
          <Importance rows={importance} />
        </Section>
      )}
    </div>
  )
}

/** What can be done with a training in its state. */
export function Changes(props: { job: Job; back: string; small?: boolean }) {
  const { job, back, small } = props
  if (isOver(job.state)) return null
  const action = `${trainingPath(job.id)}/change`
  const isSuspended = job.state === 'suspended'
  return (
    <>
      <PostButton
        action={action}
        small={small}
        fields={{ type: isSuspended ? 'resume' : 'suspend', back }}
      >
        {isSuspended ? t('Resume') : t('Suspend')}
      </PostButton>
      <PostButton
        action={action}
        tone="danger"
        small={small}
        confirm={t('Stop this training? It cannot be resumed afterwards.')}
        fields={{ type: 'stop', back }}
      >
        {t('Stop')}
      </PostButton>
    </>
  )
}

function Metrics({ metrics, isOver: over }: { metrics: readonly MetricSeries[]; isOver: boolean }) {
  const drawn = metrics.filter(({ train, validation }) => train.length + validation.length > 1)
  return (
    <Section id="metrics" title={t('Metrics')}>
      {metrics.length === 0 ? (
        <Empty title={over ? t('It has reported no metrics.') : t('No round has ended yet.')} />
      ) : (
        <>
          <ListTable
            caption={t('Metrics after the last round')}
            items={metrics}
            columns={[
              { head: t('Metric'), cell: ({ name }) => name.toUpperCase() },
              {
                head: t('Rounds'),
                kind: 'number',
                cell: ({ train, validation }) =>
                  formatNumber(Math.max(train.length, validation.length)),
              },
              { head: t('Training rows'), kind: 'number', cell: ({ train }) => lastOf(train) },
              {
                head: t('Validation rows'),
                kind: 'number',
                cell: ({ validation }) => lastOf(validation),
              },
            ]}
          />
          <div class="charts">
            {drawn.map(({ name, train, validation }) => (
              <LineChart
                id={`metric-${name.replaceAll(/\W+/g, '-')}`}
                title={name.toUpperCase()}
                description={t('{metric} after each round; {value} after the last.', {
                  metric: name.toUpperCase(),
                  value: lastOf(train.length > 0 ? train : validation),
                })}
                xLabel={t('Round')}
                yLabel={name.toUpperCase()}
                wholeX
                series={[
                  ...(train.length > 0 ? [{ name: t('Training rows'), points: train }] : []),
                  ...(validation.length > 0
                    ? [{ name: t('Validation rows'), points: validation }]
                    : []),
                ]}
              />
            ))}
          </div>
        </>
      )}
    </Section>
  )
}

function lastOf(points: MetricSeries['train']): string {
  const last = points.at(-1)
  return last ? formatNumber(last[1], 5) : '–'
}
