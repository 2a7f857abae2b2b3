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
import { Tag } from '../ui/badge.tsx'
import { LineChart, type Series } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { PageHead, Section } from '../ui/page.tsx'
import { Facts, ListTable, showValue } from '../ui/table.tsx'
import { Ago, Span } from '../ui/time.tsx'
import { RunnerActions, Serves, TaskLink } from './cards.tsx'
import { RunnerState } from './list.tsx'
import {
  allocationWords,
  formatMb,
  formatShare,
  holderOf,
  portWords,
  runnerPath,
  sizeOf,
} from './words.ts'

/** The stretches of time that the charts can show. */
export const USE_SPANS = {
  quarter: {
    label: '15 minutes',
    ms: 15 * 60_000,
    unitMs: 60_000,
    unit: 'Minutes',
    breakMs: 20_000,
  },
  day: {
    label: '24 hours',
    ms: 24 * 3_600_000,
    unitMs: 3_600_000,
    unit: 'Hours',
    breakMs: 150_000,
  },
} as const
export type UseSpan = keyof typeof USE_SPANS

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
        trail={[['/runners', 'Runners']]}
        actions={<RunnerActions runner={runner} back={path} />}
      />
      <div class="job-state">
        <RunnerState runner={runner} />
        <span class="job-time">
          heard of <Ago at={runner.seenAt} now={now} />
        </span>
        <span class="job-time">
          up since <Ago at={runner.startedAt} now={now} />
        </span>
      </div>
      {runner.live && runner.state === 'draining' ? (
        <p class="reason state-waiting">
          <span>
            {tasks.length === 0
              ? 'It takes no more work and runs nothing: it can be removed.'
              : `It takes no more work and finishes ${countOf(tasks.length, 'task')}.`}
          </span>
        </p>
      ) : null}
      <Section
        id="now"
        title="Runs now"
        aside={`${formatNumber(tasks.length)} of ${countOf(runner.slots, 'slot')}`}
      >
        {tasks.length === 0 ? <Empty title="Nothing." /> : <TaskList tasks={tasks} now={now} />}
      </Section>
      <Use {...props} />
      <Gpus runner={runner} tasks={tasks} samples={props.samples} />
      <Section id="offers" title="What it offers">
        <Facts facts={factsOf(runner)} />
      </Section>
      <Section id="attempts" title="Latest attempts">
        {props.attempts.length === 0 ? (
          <Empty title="It has not taken a task yet." />
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
      caption="Tasks that it runs now"
      items={tasks}
      columns={[
        { head: 'Task', cell: (task) => <TaskLink task={task} /> },
        { head: 'Job', cell: (task) => <JobLink task={task} /> },
        { head: 'Attempt', kind: 'number', cell: (task) => task.attempt },
        { head: 'Given', cell: (task) => allocationWords(task.allocation) },
        {
          head: 'Progress',
          kind: 'number',
          cell: (task) => (task.progress > 0 ? formatShare(task.progress) : '–'),
        },
        {
          head: 'Time',
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

function Use({ runner, samples, span, now }: RunnerDetailProps) {
  const { cores, memoryMb } = sizeOf(runner)
  const path = runnerPath(runner.id)
  const { ms, unitMs, unit, breakMs } = USE_SPANS[span]
  const series = (name: string, value: (sample: TimedSample) => number | null): Series => ({
    name,
    points: samples.flatMap((sample) => {
      const y = value(sample)
      return y === null ? [] : [[round((sample.at - now) / unitMs), y] as const]
    }),
  })
  const shared = {
    xLabel: `${unit} from now`,
    xDomain: [-ms / unitMs, 0] as const,
    breakAt: breakMs / unitMs,
  }
  const gpuIds = [...new Set(samples.flatMap((sample) => sample.gpus.map((gpu) => gpu.id)))]
  const gpus = gpuIds
    .map((id) =>
      series(`GPU ${id}`, ({ gpus: all }) => {
        const use = all.find((gpu) => gpu.id === id)?.use ?? null
        return use === null ? null : round(use * 100)
      }),
    )
    .filter(({ points }) => points.length > 0)
  return (
    <Section id="use" title="How busy it is">
      <nav class="tabs" aria-label="Time shown">
        {(Object.keys(USE_SPANS) as UseSpan[]).map((name) => (
          <a href={`${path}?span=${name}#use`} aria-current={name === span ? 'true' : undefined}>
            {USE_SPANS[name].label}
          </a>
        ))}
      </nav>
      {samples.length === 0 ? (
        <Empty title="It has not told how busy it is within that time." />
      ) : (
        <div class="charts">
          <LineChart
            id="chart-cpu"
            title={`CPU${cores === null ? '' : ` of ${countOf(cores, 'core')}`}`}
            description={`Busy share of the processors of ${runner.name} over ${USE_SPANS[span].label}.`}
            yLabel="Percent"
            yDomain={[0, 100]}
            series={[series('CPU', (sample) => round(sample.cpu * 100))]}
            {...shared}
          />
          <LineChart
            id="chart-memory"
            title={`Memory${memoryMb === null ? '' : ` of ${formatMb(memoryMb)}`}`}
            description={`Memory in use on the host of ${runner.name} over ${USE_SPANS[span].label}.`}
            yLabel="GiB"
            yDomain={[0, (memoryMb ?? Math.max(...samples.map((s) => s.memoryMb))) / 1024]}
            series={[series('Memory', (sample) => round(sample.memoryMb / 1024))]}
            {...shared}
          />
          <LineChart
            id="chart-tasks"
            title={`Tasks on ${countOf(runner.slots, 'slot')}`}
            description={`Tasks that ${runner.name} ran at once over ${USE_SPANS[span].label}.`}
            yLabel="Tasks"
            yDomain={[0, Math.max(runner.slots, ...samples.map((sample) => sample.tasks))]}
            wholeY
            series={[series('Tasks', (sample) => sample.tasks)]}
            {...shared}
          />
          {gpus.length === 0 ? null : (
            <LineChart
              id="chart-gpus"
              title="GPUs"
              description={`Busy share of each GPU of ${runner.name} over ${USE_SPANS[span].label}.`}
              yLabel="Percent"
              yDomain={[0, 100]}
              series={gpus}
              {...shared}
            />
          )}
        </div>
      )}
    </Section>
  )
}

function Gpus(props: Pick<RunnerDetailProps, 'runner' | 'tasks' | 'samples'>) {
  const gpus = props.runner.capacity.gpus ?? []
  if (gpus.length === 0) return null
  const last = props.samples.at(-1)?.gpus ?? []
  return (
    <Section id="gpus" title="GPUs" aside={countOf(gpus.length, 'device')}>
      <ListTable
        caption="GPUs of the runner"
        items={gpus}
        columns={[
          { head: 'Device', cell: (gpu) => `GPU ${gpu.id}` },
          { head: 'Name', cell: (gpu) => gpu.name },
          { head: 'Kind', cell: (gpu) => (gpu.kind === 'cuda' ? 'CUDA' : 'WebGPU') },
          {
            head: 'Memory',
            kind: 'number',
            cell: (gpu) => {
              const used = last.find((one) => one.id === gpu.id)?.memoryMb ?? null
              const size = gpu.memoryMb === null ? '–' : formatMb(gpu.memoryMb)
              return used === null ? size : `${formatMb(used)} of ${size}`
            },
          },
          {
            head: 'Busy',
            kind: 'number',
            cell: (gpu) => {
              const use = last.find((one) => one.id === gpu.id)?.use ?? null
              return use === null ? '–' : formatShare(use)
            },
          },
          { head: 'Driver', cell: (gpu) => gpu.driver ?? '–' },
          {
            head: 'Given to',
            cell: (gpu) => {
              const holder = holderOf(gpu, props.tasks)
              return holder ? <TaskLink task={holder} /> : <span class="muted">nobody</span>
            },
          },
        ]}
      />
    </Section>
  )
}

function AttemptList({ attempts, now }: { attempts: readonly RunnerAttempt[]; now: number }) {
  return (
    <ListTable
      caption="Latest attempts, newest first"
      items={attempts}
      columns={[
        {
          head: 'Task',
          cell: (attempt) => (
            <a href={`${taskPath(attempt.jobId, attempt.taskId)}?attempt=${attempt.number}`}>
              {`${attempt.name}${attempt.party === null ? '' : ` · ${partyOf(attempt)}`}`}
            </a>
          ),
        },
        { head: 'Job', cell: (attempt) => <JobLink task={attempt} /> },
        { head: 'Attempt', kind: 'number', cell: ({ number }) => number },
        { head: 'State', cell: ({ state }) => <AttemptState state={state} /> },
        { head: 'Reason', cell: ({ reason }) => reason && <span class="muted">{reason}</span> },
        { head: 'Started', cell: ({ startedAt }) => <Ago at={startedAt} now={now} /> },
        {
          head: 'Time',
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
      'Serves',
      <span class="tags">
        <Serves runner={runner} />
      </span>,
    ] as const,
    ['Slots', formatNumber(runner.slots)] as const,
    ['Cores', cores === null ? '–' : formatNumber(cores)] as const,
    ['Memory', memoryMb === null ? '–' : formatMb(memoryMb)] as const,
    ['GPUs', formatNumber(capacity.gpus?.length ?? 0)] as const,
    ...(engines.length === 0 ? [] : [['Engines', engines.join(', ')] as const]),
    ...(ports === undefined ? [] : [['Ports', portWords(ports)] as const]),
    ...(labelList.length === 0
      ? []
      : [
          [
            'Labels',
            <span class="tags">
              {labelList.map(([name, value]) => (
                <Tag>
                  {name}={value}
                </Tag>
              ))}
            </span>,
          ] as const,
        ]),
    ['Id', <code class="break">{runner.id}</code>] as const,
    ['Data directory', <code class="break">{runner.site}</code>] as const,
    ['Reached at', runner.url ?? 'not directly; messages go through the app'] as const,
    ...Object.entries(facts)
      .filter(([name]) => !HIDDEN_FACTS.includes(name))
      .map(([name, value]) => [name, <span class="break">{showValue(value)}</span>] as const),
  ]
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
