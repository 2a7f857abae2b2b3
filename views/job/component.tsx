/**
 * The page of one component of a job: what it found, what it learnt, the rows it left, what it was given, its log.
 * @module
 */
import type { Child } from 'hono/jsx'

import type { Job } from '../../src/domain/job.ts'
import type { LogLine } from '../../src/domain/log.ts'
import type { Task } from '../../src/domain/task.ts'
import { live, poll } from '../hx.ts'
import { t } from '../text/say.tsx'
import { stateLabel, StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { Icon } from '../ui/icon.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import {
  choiceQuery,
  COMPONENT_TABS,
  type ComponentChoice,
  type ComponentTab,
  NO_CHOICE,
  seatOf,
  SeatSteps,
} from './component-choice.tsx'
import type { JobSnapshot } from './detail.tsx'
import { LedgerTable } from './ledger.tsx'
import { Log, type LogFilter, logQuery } from './log.tsx'
import { hasResults } from './metric-charts.ts'
import { Model } from './model.tsx'
import { OutputRows, type RowsShown } from './output-rows.tsx'
import { ParameterSets } from './request.tsx'
import { MetricViews } from './results.tsx'
import {
  byRole,
  componentPath,
  isOver,
  jobPath,
  jobTitle,
  nodeState,
  partyOf,
} from './task-words.ts'
import { AttemptTable, TaskTable } from './tasks.tsx'

export interface ComponentProps {
  readonly snapshot: JobSnapshot
  readonly name: string
  readonly choice: ComponentChoice
  readonly rows: RowsShown | undefined
  readonly lines: readonly LogLine[]
}

/** The page. */
export function ComponentDetail(props: ComponentProps) {
  const { snapshot, name, choice } = props
  const { job } = snapshot
  const tasks = byRole(snapshot.tasks.filter((task) => task.name === name))
  const path = componentPath(job.id, name)
  const over = isOver(job.state)
  const module = job.graph.find((node) => node.name === name)?.module ?? ''
  // A log grows over the stream; asking for everything again would disturb whoever types in its search.
  const updates = over || choice.tab === 'log' ? {} : poll(`${path}/parts?${choiceQuery(choice)}`)
  return (
    <div id="component" {...updates}>
      <PageHead
        title={name}
        lead={module}
        trail={[
          ['/jobs', t('Jobs')],
          [jobPath(job.id), jobTitle(job)],
        ]}
        actions={
          <>
            <StateBadge state={nodeState(tasks)} />
            {job.surface === 'fate' && job.kind !== 'upload' ? (
              <a
                class="button plain"
                href={`${jobPath(job.id)}/rerun?component=${encodeURIComponent(name)}`}
              >
                <Icon name="repeat" />
                {t('Run with other parameters')}
              </a>
            ) : null}
          </>
        }
      />
      <Siblings snapshot={snapshot} name={name} tab={choice.tab} />
      <nav class="tabs" aria-label={t('About this component')}>
        {COMPONENT_TABS.map(([tab, label]) => (
          <a
            href={`${path}?${choiceQuery({ ...NO_CHOICE, tab, at: choice.at })}`}
            aria-current={tab === choice.tab ? 'page' : undefined}
          >
            {t(label)}
          </a>
        ))}
      </nav>
      <Tab {...props} tasks={tasks} />
    </div>
  )
}

/** The ways to the other components, in the order of the graph. */
function Siblings(props: { snapshot: JobSnapshot; name: string; tab: ComponentTab }) {
  const { job, tasks } = props.snapshot
  return (
    <nav class="siblings" aria-label={t('Components of the job')}>
      {job.graph.map((node) => {
        const state = nodeState(tasks.filter((task) => task.name === node.name))
        return (
          <a
            class={`chip state-${state}`}
            href={`${componentPath(job.id, node.name)}?tab=${props.tab}`}
            aria-current={node.name === props.name ? 'page' : undefined}
            title={`${node.module}: ${stateLabel(state).toLowerCase()}`}
          >
            <Icon name={state} />
            {node.name}
          </a>
        )
      })}
    </nav>
  )
}

function Tab(props: ComponentProps & { tasks: readonly Task[] }): Child {
  const { snapshot, name, choice, tasks } = props
  const { job, now } = snapshot
  const ids = new Set(tasks.map((task) => task.id))
  switch (choice.tab) {
    case 'results': {
      const metrics = snapshot.metrics.filter((metric) => ids.has(metric.taskId))
      return (
        <>
          <Section id="tasks" title={t('Parties')}>
            <TaskTable job={job} tasks={tasks} attempts={snapshot.attempts} now={now} />
          </Section>
          <Section id="results" title={t('Results')}>
            {hasResults(metrics) ? (
              <MetricViews metrics={metrics} tasks={tasks} />
            ) : (
              <Empty title={t('It has reported no numbers.')}>
                <a href={`${componentPath(job.id, name)}?tab=model`}>{t('See what it learnt')}</a>
              </Empty>
            )}
          </Section>
        </>
      )
    }
    case 'model':
      return <Models {...props} />
    case 'data':
      return (
        <Section id="data" title={t('Rows that it left')}>
          <OutputRows job={job} tasks={tasks} choice={choice} rows={props.rows} />
        </Section>
      )
    case 'parameters':
      return (
        <Section id="parameters" title={t('Parameters')}>
          <ParameterSets tasks={tasks} />
        </Section>
      )
    case 'log':
      return <ComponentLog {...props} />
    case 'messages': {
      const ledger = snapshot.ledger.filter((line) => line.component === name)
      return (
        <Section id="ledger" title={t('Messages')}>
          {ledger.length > 0 ? (
            <LedgerTable lines={ledger} />
          ) : (
            <Empty title={t('It has sent no message to another party.')} />
          )}
        </Section>
      )
    }
    case 'attempts':
      return (
        <Section id="attempts" title={t('Attempts')}>
          {snapshot.attempts.some((attempt) => ids.has(attempt.taskId)) ? (
            <AttemptTable tasks={tasks} attempts={snapshot.attempts} now={now} />
          ) : (
            <Empty title={t('No runner has taken this component yet.')} />
          )}
        </Section>
      )
  }
}

function Models(props: ComponentProps & { tasks: readonly Task[] }) {
  const { snapshot, name, choice, tasks } = props
  const models = tasks.flatMap((task) =>
    snapshot.artifacts
      .filter(({ kind, taskId }) => kind === 'model' && taskId === task.id)
      .map((artifact) => ({ artifact, task })),
  )
  const shown = models.find(({ task }) => seatOf(task) === choice.at) ?? models.at(0)
  const path = componentPath(snapshot.job.id, name)
  if (!shown) {
    return (
      <Section id="model" title={t('Model')}>
        <Empty title={t('It has left no model.')} />
      </Section>
    )
  }
  const seat = seatOf(shown.task)
  const href = (change: Readonly<Record<string, string>>) =>
    `${path}?${new URLSearchParams({ tab: 'model', at: seat, ...change })}`
  return (
    <Section
      id="model"
      title={t('Model of {party}', { party: partyOf(shown.task) })}
      aside={
        <SeatSteps seats={models.map(({ task }) => task)} current={seat} path={path} tab="model" />
      }
    >
      <Model artifact={shown.artifact} choice={{ ...choice, href }} />
    </Section>
  )
}

function ComponentLog(props: ComponentProps & { tasks: readonly Task[] }) {
  const { snapshot, name, choice, tasks, lines } = props
  const { job } = snapshot
  const { filter } = choice
  return (
    <>
      <Log {...componentLog(job, name)} tasks={tasks} lines={lines} filter={filter} />
      <LogLink job={job} filter={filter} after={lines.at(-1)?.id ?? 0} />
    </>
  )
}

/** Where the log of a component is, and what is meant by all of it. */
export function componentLog(job: Job, name: string) {
  const page = componentPath(job.id, name)
  const all = [`component:${name}`, t('All parties')] as const
  return { job, page, part: `${page}/log`, fields: { tab: 'log' }, all }
}

/** The one connection of a page that shows no more of a job than its log. */
export function LogLink(props: { job: Job; filter: LogFilter; after: number }) {
  const { job, filter, after } = props
  if (isOver(job.state)) return <div id="live"></div>
  const query = logQuery(filter)
  query.set('after', String(after))
  query.set('only', 'log')
  return <div id="live" {...live(`${jobPath(job.id)}/live?${query}`)}></div>
}
