/**
 * A job as one party in one role sees it: the data that it brings, its part of the graph, what it made.
 * @module
 */
import type { Task } from '../../src/domain/task.ts'
import { poll } from '../hx.ts'
import { Say, t } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { PageHead, Section } from '../ui/page.tsx'
import { ListTable } from '../ui/table.tsx'
import type { JobSnapshot } from './detail.tsx'
import { Durations } from './durations.tsx'
import { isBroad } from './graph-layout.ts'
import { Graph } from './graph.tsx'
import { ArtifactList } from './outputs.tsx'
import {
  componentPath,
  isOver,
  jobPath,
  jobTitle,
  nodeState,
  partyViewPath,
  tablePath,
} from './task-words.ts'
import { TaskTable } from './tasks.tsx'

export interface Seat {
  readonly role: string
  readonly party: string
}

/** A table that a component reads, with its size where the server knows it. */
export interface DataSet {
  readonly component: string
  readonly slot: string
  readonly namespace: string
  readonly name: string
  readonly rows: number | null
  readonly columns: number | null
}

export interface PartyViewProps {
  readonly snapshot: JobSnapshot
  readonly seat: Seat
  readonly data: readonly DataSet[]
}

/** The page; it asks for itself again while the job is not over. */
export function PartyView({ snapshot, seat, data }: PartyViewProps) {
  const { job, now } = snapshot
  const tasks = snapshot.tasks.filter((task) => isAt(task, seat))
  const ids = new Set(tasks.map(({ id }) => id))
  const artifacts = snapshot.artifacts.filter(({ taskId }) => ids.has(taskId))
  const attempts = snapshot.attempts.filter(({ taskId }) => ids.has(taskId))
  const members = Object.entries(job.members).flatMap(([role, parties]) =>
    parties.map((party) => ({ role, party })),
  )
  const updates = isOver(job.state) ? {} : poll(`${partyViewPath(job.id, seat)}/parts`)
  return (
    <div id="party-view" {...updates}>
      <PageHead
        title={`${seat.role} ${seat.party}`}
        lead={t('The job as this party sees it: its data, its part of the graph, what it made.')}
        trail={[
          ['/jobs', t('Jobs')],
          [jobPath(job.id), jobTitle(job)],
        ]}
        actions={<StateBadge state={nodeState(tasks)} />}
      />
      <nav class="steps party-steps" aria-label={t('Members of the job')}>
        {members.map((member) => (
          <a
            class="step"
            href={partyViewPath(job.id, member)}
            aria-current={
              member.role === seat.role && member.party === seat.party ? 'page' : undefined
            }
          >
            {member.role} {member.party}
          </a>
        ))}
      </nav>
      <Section id="data" title={t('Data')} aside={countOf(data.length, 'table')}>
        {data.length === 0 ? (
          <Empty title={t('It brings no table of its own.')} />
        ) : (
          <ListTable
            caption={t('Tables that it brings')}
            items={data}
            columns={[
              { head: t('Table'), cell: (set) => <a href={tablePath(set)}>{set.name}</a> },
              { head: t('Namespace'), cell: ({ namespace }) => namespace },
              {
                head: t('Read by'),
                cell: ({ component, slot }) => (
                  <span>
                    <a href={componentPath(job.id, component)}>{component}</a>
                    <span class="muted">
                      <Say text="as {slot}" slot={slot} />
                    </span>
                  </span>
                ),
              },
              {
                head: t('Rows'),
                kind: 'number',
                cell: ({ rows }) => (rows === null ? '–' : formatNumber(rows)),
              },
              {
                head: t('Columns'),
                kind: 'number',
                cell: ({ columns }) => (columns === null ? '–' : formatNumber(columns)),
              },
            ]}
          />
        )}
      </Section>
      <div class={isBroad(job.graph) ? 'job-stack' : 'job-grid'}>
        <Section id="graph" title={t('Its part of the graph')}>
          <Graph job={{ ...job, graph: ownGraph(snapshot, tasks) }} tasks={tasks} />
        </Section>
        <Section id="tasks" title={t('Its tasks')}>
          <TaskTable job={job} tasks={tasks} attempts={attempts} now={now} />
          <Durations tasks={tasks} attempts={attempts} now={now} />
        </Section>
      </div>
      <Section id="outputs" title={t('What it made')} aside={countOf(artifacts.length, 'output')}>
        {artifacts.length === 0 ? (
          <Empty title={t('Nothing so far.')} />
        ) : (
          <ArtifactList tasks={tasks} artifacts={artifacts} />
        )}
      </Section>
    </div>
  )
}

/** Whether a task is done by a party in a role. */
export function isAt(task: Task, { role, party }: Seat): boolean {
  return task.role === role && task.party === party
}

/** The nodes at which the party has a task; what they need of others is not its part. */
function ownGraph({ job }: JobSnapshot, tasks: readonly Task[]) {
  const names = new Set(tasks.map(({ name }) => name))
  return job.graph
    .filter(({ name }) => names.has(name))
    .map((node) => ({ ...node, needs: node.needs.filter((need) => names.has(need.node)) }))
}
