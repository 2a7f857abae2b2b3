/**
 * The page of a job of task roles: versions, attempts, how each ended in words, its roles, what happened, its log.
 * @module
 */
import type { JobEvent } from '../../src/domain/event.ts'
import type { ExitSpec } from '../../src/domain/exit-spec.ts'
import type { FrameworkAttempt } from '../../src/domain/framework-record.ts'
import type { Framework } from '../../src/domain/framework.ts'
import type { JobState } from '../../src/domain/job-state.ts'
import type { Job } from '../../src/domain/job.ts'
import type { LogLine } from '../../src/domain/log.ts'
import type { Task } from '../../src/domain/task.ts'
import { live } from '../hx.ts'
import { EventList } from '../job/events.tsx'
import { Log, type LogFilter, logQuery } from '../job/log.tsx'
import { isOver, jobPath } from '../job/task-words.ts'
import { Say, t, told } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { Facts } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { Attempts, Tags } from './job-parts.tsx'
import { NewestOfTasks, type TalkingTask } from './newest.tsx'
import { Roles, type ShownMember } from './roles.tsx'
import { batchPath, ExitWords, seatWords } from './words.tsx'

/** Everything that is known of a version at one moment. */
export interface BatchSnapshot {
  readonly framework: Framework
  readonly job: Job
  readonly versions: readonly number[]
  readonly attempts: readonly FrameworkAttempt[]
  readonly shown: FrameworkAttempt
  /** What its exit means; null while it goes on. */
  readonly exit: ExitSpec | null
  readonly members: readonly ShownMember[]
  /** The tasks of the attempt, named like their instances. */
  readonly tasks: readonly Task[]
  /** Instances that print more than the log takes. */
  readonly talking: readonly TalkingTask[]
  /** Oldest first. */
  readonly events: readonly JobEvent[]
  readonly reason: string | null
  readonly mayChange: boolean
  readonly now: number
}

/** What the address of the page says. */
export interface BatchChoice {
  /** Undefined for the newest. */
  readonly version: number | undefined
  /** Undefined for the last, also when another begins. */
  readonly attempt: number | undefined
  readonly log: LogFilter
}

/** The page. */
export function BatchJobPage(props: {
  snapshot: BatchSnapshot
  lines: readonly LogLine[]
  choice: BatchChoice
}) {
  const { snapshot, lines, choice } = props
  const { framework, job, tasks } = snapshot
  const parts = batchPartsOf(snapshot)
  const path = batchPath(framework)
  return (
    <>
      {parts.head}
      {parts.roles}
      <Log
        job={job}
        tasks={tasks}
        lines={lines}
        filter={choice.log}
        page={path}
        part={`${path}/log`}
        fields={choiceFields(choice)}
      />
      {parts.newest}
      <div class="halves">
        {parts.attempts}
        {parts.events}
      </div>
      <Section id="config" title={t('What was submitted')}>
        <ScrollBox class="scroll framed" label={t('What was submitted')}>
          <pre class="mono">{framework.config}</pre>
        </ScrollBox>
      </Section>
      <Tags framework={framework} mayChange={snapshot.mayChange} />
      <BatchLiveLink snapshot={snapshot} choice={choice} after={lines.at(-1)?.id ?? 0} />
    </>
  )
}

/** The parts that change while it runs. */
export function batchPartsOf(snapshot: BatchSnapshot) {
  return {
    head: <Head {...snapshot} />,
    roles: <Roles {...snapshot} />,
    attempts: <Attempts {...snapshot} />,
    events: <Events {...snapshot} />,
    newest: <NewestOfTasks talking={snapshot.talking} />,
  }
}

export type BatchPart = keyof ReturnType<typeof batchPartsOf>

/** The ids of the changing parts. */
export const BATCH_LIVE_IDS: Readonly<Record<BatchPart, string>> = {
  head: 'batch-head',
  roles: 'batch-roles',
  attempts: 'attempts',
  events: 'events',
  newest: 'log-tail',
}

/** The page's one connection; none once the job is over. */
export function BatchLiveLink(props: {
  snapshot: Pick<BatchSnapshot, 'framework' | 'job'>
  choice: BatchChoice
  after: number
}) {
  const { snapshot, choice, after } = props
  if (isOver(snapshot.job.state)) return <div id="live"></div>
  const query = new URLSearchParams([
    ...Object.entries(choiceFields(choice)),
    ...logQuery(choice.log),
    ['after', String(after)],
  ])
  return <div id="live" {...live(`${batchPath(snapshot.framework)}/live?${query}`)}></div>
}

function choiceFields({ version, attempt }: BatchChoice): Record<string, string> {
  return {
    ...(version === undefined ? {} : { version: String(version) }),
    ...(attempt === undefined ? {} : { attempt: String(attempt) }),
  }
}

/** How the job stands: one of whose newest attempt nothing runs waits. */
export function standOf({ job, framework, shown, members }: BatchSnapshot): JobState {
  const newest = shown.number === framework.attempt
  const runs = !newest || members.some(({ state }) => state === 'running')
  return job.state === 'running' && !runs ? 'waiting' : job.state
}

function Head(snapshot: BatchSnapshot) {
  const { framework, job, shown, exit, attempts, reason, now } = snapshot
  const { retries } = framework
  const waits = framework.dueAt !== null && framework.dueAt > now
  return (
    <div id="batch-head" class="job-head">
      <PageHead
        title={framework.name}
        lead={
          framework.version > 1
            ? t('Version {version} · by {owner}', framework)
            : t('by {owner}', framework)
        }
        trail={[['/batch', t('Batch')]]}
        actions={<Actions {...snapshot} />}
      />
      <div class="job-state">
        <StateBadge state={standOf(snapshot)} />
        <span class="job-time">
          {framework.launchedAt === null ? (
            <Say text="submitted {ago}" ago={<Ago at={framework.submittedAt} now={now} />} />
          ) : (
            <Say
              text="ran for {span}"
              span={<Span from={framework.launchedAt} to={framework.completedAt} now={now} />}
            />
          )}
        </span>
        <Versions {...snapshot} />
      </div>
      {waits && framework.dueAt !== null ? (
        <p class="reason state-waiting">
          <span>
            <Say
              text="The next attempt begins {ago}"
              ago={<Ago at={framework.dueAt} now={now} />}
            />
          </span>
        </p>
      ) : reason === null || shown.exitCode !== null ? null : (
        <p class={`reason state-${standOf(snapshot)}`}>
          <span>{told(reason)}</span>
        </p>
      )}
      {exit === null ? null : <ExitWords spec={exit} diagnostics={shown.diagnostics} />}
      <Facts
        facts={[
          [t('Virtual cluster'), framework.virtualCluster],
          [t('Priority'), framework.priority ?? t('Default priority')],
          [t('Tasks'), formatNumber(framework.totalTasks)],
          [t('GPUs'), formatNumber(framework.totalGpus)],
          [
            t('Attempt shown'),
            t('{number} ({attempts} so far)', {
              number: shown.number,
              attempts: countOf(attempts.length, 'attempt'),
            }),
          ],
          [
            t('Retries'),
            t(
              '{user} for the program, {platform} for the host, {resource} for want of room',
              retries,
            ),
          ],
          ...(shown.trigger === null ? [] : [[t('Decided by'), seatWords(shown.trigger)] as const]),
          [t('Id'), <a href={jobPath(job.id)}>{job.id}</a>],
        ]}
      />
    </div>
  )
}

function Actions({ framework, job, mayChange }: BatchSnapshot) {
  const path = batchPath(framework)
  const from = new URLSearchParams({
    from: `${framework.owner}~${framework.name}`,
    version: String(framework.version),
  })
  return (
    <>
      <a class="button plain" href={`/batch/new?${from}`}>
        <Icon name="copy" />
        {t('Clone')}
      </a>
      {mayChange && isOver(job.state) ? (
        <PostButton
          action={`${path}/resubmit`}
          fields={{ version: String(framework.version) }}
          confirm={t('Run {job} again as a new version?', { job: framework.name })}
        >
          <Icon name="repeat" />
          {t('Resubmit')}
        </PostButton>
      ) : null}
      {mayChange && !isOver(job.state) ? (
        <PostButton
          action={`${path}/stop`}
          tone="danger"
          confirm={t('Stop {job}?', { job: framework.name })}
        >
          <Icon name="stop" />
          {t('Stop')}
        </PostButton>
      ) : null}
    </>
  )
}

function Versions({ framework, versions }: BatchSnapshot) {
  if (versions.length < 2) return null
  return (
    <nav class="tabs" aria-label={t('Versions')}>
      {versions.map((version) => (
        <a
          href={`${batchPath(framework)}?version=${version}`}
          aria-current={version === framework.version ? 'page' : undefined}
        >
          {t('Version {version}', { version })}
        </a>
      ))}
    </nav>
  )
}

function Events({ events, now }: BatchSnapshot) {
  return (
    <Section id="events" title={t('Timeline')} aside={countOf(events.length, 'event')}>
      <EventList label={t('Events, newest first')} events={events} now={now} />
    </Section>
  )
}
