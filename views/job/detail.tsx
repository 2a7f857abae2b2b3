/**
 * The page of a job.
 * @module
 */
import type { Artifact } from '../../src/domain/artifact.ts'
import type { JobEvent } from '../../src/domain/event.ts'
import type { Job } from '../../src/domain/job.ts'
import type { LedgerLine } from '../../src/domain/ledger.ts'
import type { LogLine } from '../../src/domain/log.ts'
import type { Metric } from '../../src/domain/metric.ts'
import type { Attempt, Task } from '../../src/domain/task.ts'
import type { LabelUse } from '../fedlearn/label-use.tsx'
import { live } from '../hx.ts'
import { t } from '../text/say.tsx'
import { Section } from '../ui/page.tsx'
import { Events } from './events.tsx'
import { isBroad } from './graph-layout.ts'
import { Graph } from './graph.tsx'
import { JobHead } from './head.tsx'
import { Ledger } from './ledger.tsx'
import { Log, type LogFilter, logQuery } from './log.tsx'
import { Outputs } from './outputs.tsx'
import { Parameters, Request } from './request.tsx'
import { Results } from './results.tsx'
import { isOver, jobPath } from './task-words.ts'
import { Tasks } from './tasks.tsx'

/** Everything that is known of a job at one moment. */
export interface JobSnapshot {
  readonly job: Job
  /** Why it waits, what it does, or why it failed. */
  readonly reason: string | null
  readonly tasks: readonly Task[]
  readonly attempts: readonly Attempt[]
  readonly events: readonly JobEvent[]
  readonly metrics: readonly Metric[]
  readonly ledger: readonly LedgerLine[]
  /** What trainings of its labels come to, where differential privacy is asked for. */
  readonly labels: readonly LabelUse[]
  readonly artifacts: readonly Artifact[]
  readonly now: number
}

const SECTIONS = [
  ['graph', 'Graph'],
  ['tasks', 'Tasks'],
  ['results', 'Results'],
  ['ledger', 'Ledger'],
  ['log', 'Log'],
  ['outputs', 'Outputs'],
  ['events', 'Timeline'],
  ['parameters', 'Parameters'],
  ['request', 'Request'],
] as const

/** The page of a job. */
export function JobDetail(props: {
  snapshot: JobSnapshot
  lines: readonly LogLine[]
  filter: LogFilter
}) {
  const { snapshot, lines, filter } = props
  const { job, tasks } = snapshot
  const parts = livePartsOf(snapshot)
  return (
    <>
      {parts.head}
      <nav class="section-nav" aria-label={t('On this page')}>
        {SECTIONS.map(([id, label]) => (
          <a href={`#${id}`}>{t(label)}</a>
        ))}
      </nav>
      <div class={isBroad(job.graph) ? 'job-stack' : 'job-grid'}>
        {parts.graph}
        {parts.tasks}
      </div>
      {parts.results}
      {parts.ledger}
      <Log
        job={job}
        tasks={tasks}
        lines={lines}
        filter={filter}
        page={jobPath(job.id)}
        part={`${jobPath(job.id)}/log`}
      />
      {parts.outputs}
      <div class="halves">
        {parts.events}
        <Parameters tasks={tasks} />
      </div>
      <Request job={job} />
      <LiveLink job={job} filter={filter} after={lines.at(-1)?.id ?? 0} />
    </>
  )
}

/** The parts of the page that change while the job runs, by name; each carries the id that it is found by. */
export function livePartsOf(snapshot: JobSnapshot) {
  const { job, tasks, now } = snapshot
  const over = isOver(job.state)
  return {
    head: <JobHead job={job} tasks={tasks} reason={snapshot.reason} now={now} />,
    graph: (
      <Section id="graph" title={t('Graph')}>
        <Graph job={job} tasks={tasks} />
      </Section>
    ),
    tasks: <Tasks job={job} tasks={tasks} attempts={snapshot.attempts} now={now} />,
    results: <Results metrics={snapshot.metrics} tasks={tasks} isOver={over} />,
    ledger: <Ledger lines={snapshot.ledger} isOver={over} labels={snapshot.labels} />,
    outputs: <Outputs tasks={tasks} artifacts={snapshot.artifacts} isOver={over} />,
    events: <Events events={snapshot.events} now={now} />,
  }
}

export type LivePart = keyof ReturnType<typeof livePartsOf>

/** The ids of the changing parts. */
export const LIVE_IDS: Readonly<Record<LivePart, string>> = {
  head: 'job-head',
  graph: 'graph',
  tasks: 'tasks',
  results: 'results',
  ledger: 'ledger',
  outputs: 'outputs',
  events: 'events',
}

/** The page's one connection; none once the job is over. */
export function LiveLink(props: { job: Job; filter: LogFilter; after: number }) {
  const { job, filter, after } = props
  if (isOver(job.state)) return <div id="live"></div>
  const query = logQuery(filter)
  query.set('after', String(after))
  return <div id="live" {...live(`${jobPath(job.id)}/live?${query}`)}></div>
}
