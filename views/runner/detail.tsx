/**
 * The page of one runner: how busy it is over time, what it offers, what it runs and ran.
 * @module
 */
import type { RunnerAttempt, RunnerTask } from '../../src/domain/runner-control.ts'
import type { TimedSample } from '../../src/domain/runner-use.ts'
import type { Runner } from '../../src/domain/runner.ts'
import { poll } from '../hx.ts'
import { AttemptState } from '../job/attempt-words.tsx'
import { jobPath, jobTitle, partyOf, taskPath } from '../job/task-words.ts'
import { Say, t, told } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { PageHead, Section } from '../ui/page.tsx'
import { Facts, ListTable, showValue } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { RunnerActions, Serves, TaskLink } from './cards.tsx'
import { RunnerState } from './list.tsx'
import { Gpus, Use, type UseSpan } from './use.tsx'
import { allocationWords, formatMb, formatShare, portWords, runnerPath, sizeOf } from './words.ts'

export interface RunnerDetailProps {
  readonly runner: Runner
  readonly tasks: readonly RunnerTask[]
  readonly attempts: readonly RunnerAttempt[]
  readonly samples: readonly TimedSample[]
  readonly span: UseSpan
  readonly now: number
}

/** The page. It asks for itself again until the runner is removed. */
export function RunnerDetail(props: RunnerDetailProps) {
  const { runner, tasks, now } = props
  const path = runnerPath(runner.id)
  const updates = runner.state === 'removed' ? {} : poll(`${path}/parts?span=${props.span}`)
  return (
    <div id="runner" {...updates}>
      <PageHead
        title={runner.name}
        trail={[['/runners', t('Runners')]]}
        actions={<RunnerActions runner={runner} back={path} />}
      />
      <div class="job-state">
        <RunnerState runner={runner} />
        <span class="job-time">
          <Say text="heard of {ago}" ago={<Ago at={runner.seenAt} now={now} />} />
        </span>
        <span class="job-time">
          <Say text="up since {ago}" ago={<Ago at={runner.startedAt} now={now} />} />
        </span>
      </div>
      {runner.live && runner.state === 'draining' ? (
        <p class="reason state-waiting">
          <span>
            {tasks.length === 0
              ? t('It takes no more work and runs nothing: it can be removed.')
              : t('It takes no more work and finishes {tasks}.', {
                  tasks: countOf(tasks.length, 'task'),
                })}
          </span>
        </p>
      ) : null}
      <Section
        id="now"
        title={t('Runs now')}
        aside={t('{length} of {slots}', {
          length: formatNumber(tasks.length),
          slots: countOf(runner.slots, 'slot'),
        })}
      >
        {tasks.length === 0 ? (
          <Empty title={t('Nothing.')} />
        ) : (
          <TaskList tasks={tasks} now={now} />
        )}
      </Section>
      <Use {...props} />
      <Gpus runner={runner} tasks={tasks} samples={props.samples} />
      <Section id="offers" title={t('What it offers')}>
        <Facts facts={factsOf(runner)} />
      </Section>
      <Section id="attempts" title={t('Latest attempts')}>
        {props.attempts.length === 0 ? (
          <Empty title={t('It has not taken a task yet.')} />
        ) : (
          <AttemptList attempts={props.attempts} now={now} />
        )}
      </Section>
    </div>
  )
}

function TaskList({ tasks, now }: { tasks: readonly RunnerTask[]; now: number }) {
  return (
    <ListTable
      caption={t('Tasks that it runs now')}
      items={tasks}
      columns={[
        { head: t('Task'), cell: (task) => <TaskLink task={task} /> },
        { head: t('Job'), cell: (task) => <JobLink task={task} /> },
        { head: t('Attempt'), kind: 'number', cell: (task) => task.attempt },
        { head: t('Given'), cell: (task) => allocationWords(task.allocation) },
        {
          head: t('Progress'),
          kind: 'number',
          cell: (task) => (task.progress > 0 ? formatShare(task.progress) : '–'),
        },
        {
          head: t('Time'),
          kind: 'number',
          cell: (task) => <Span from={task.startedAt} to={null} now={now} />,
        },
      ]}
    />
  )
}

function JobLink({ task }: { task: { jobId: string; jobName: string } }) {
  return <a href={jobPath(task.jobId)}>{jobTitle({ id: task.jobId, name: task.jobName })}</a>
}

function AttemptList({ attempts, now }: { attempts: readonly RunnerAttempt[]; now: number }) {
  return (
    <ListTable
      caption={t('Latest attempts, newest first')}
      items={attempts}
      columns={[
        {
          head: t('Task'),
          cell: (attempt) => (
            <a href={`${taskPath(attempt.jobId, attempt.taskId)}?attempt=${attempt.number}`}>
              {`${attempt.name}${attempt.party === null ? '' : ` · ${partyOf(attempt)}`}`}
            </a>
          ),
        },
        { head: t('Job'), cell: (attempt) => <JobLink task={attempt} /> },
        { head: t('Attempt'), kind: 'number', cell: ({ number }) => number },
        { head: t('State'), cell: ({ state }) => <AttemptState state={state} /> },
        {
          head: t('Reason'),
          cell: ({ reason }) => reason && <span class="muted">{told(reason)}</span>,
        },
        { head: t('Started'), cell: ({ startedAt }) => <Ago at={startedAt} now={now} /> },
        {
          head: t('Time'),
          kind: 'number',
          cell: ({ startedAt, endedAt }) => <Span from={startedAt} to={endedAt} now={now} />,
        },
      ]}
    />
  )
}

/** Facts that are shown elsewhere, or that are nobody's business. */
const HIDDEN_FACTS = ['cores', 'memoryMb', 'identities', 'gateway']

function factsOf(runner: Runner) {
  const { capacity, facts } = runner
  const { cores, memoryMb } = sizeOf(runner)
  const { labels = {}, engines = [], ports } = capacity
  const labelList = Object.entries(labels)
  return [
    [
      t('Serves'),
      <span class="tags">
        <Serves runner={runner} />
      </span>,
    ] as const,
    [t('Slots'), formatNumber(runner.slots)] as const,
    [t('Cores'), cores === null ? '–' : formatNumber(cores)] as const,
    [t('Memory'), memoryMb === null ? '–' : formatMb(memoryMb)] as const,
    ['GPUs', formatNumber(capacity.gpus?.length ?? 0)] as const,
    ...(engines.length === 0 ? [] : [[t('Engines'), engines.join(', ')] as const]),
    ...(ports === undefined ? [] : [[t('Ports'), portWords(ports)] as const]),
    ...(labelList.length === 0
      ? []
      : [
          [
            t('Labels'),
            <span class="tags">
              {labelList.map(([name, value]) => (
                <Tag>
                  {name}={value}
                </Tag>
              ))}
            </span>,
          ] as const,
        ]),
    [t('Id'), <code class="break">{runner.id}</code>] as const,
    [t('Data directory'), <code class="break">{runner.site}</code>] as const,
    [t('Reached at'), runner.url ?? t('not directly; messages go through the app')] as const,
    ...Object.entries(facts)
      .filter(([name]) => !HIDDEN_FACTS.includes(name))
      .map(([name, value]) => [name, <span class="break">{showValue(value)}</span>] as const),
  ]
}
