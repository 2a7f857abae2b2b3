/**
 * The page of a flow: what its nodes do at the moment, a request to try, its log.
 * @module
 */
import type { FlowJob } from '../../src/domain/flow-job.ts'
import type { LogLine } from '../../src/domain/log.ts'
import { poll } from '../hx.ts'
import { LogLines } from '../job/log.tsx'
import { isOver } from '../job/task-words.ts'
import { Say, t } from '../text/say.tsx'
import { Tag } from '../ui/badge.tsx'
import { AreaField, Field, SelectField, TextField } from '../ui/field.tsx'
import { countOf, formatBytes, formatNumber } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Code } from '../ui/json.tsx'
import { PageHead, Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { ListTable } from '../ui/table.tsx'
import { Span } from '../ui/time.tsx'
import { FlowDrawing, type NodeMoment, type Sketch } from './drawing.tsx'
import { FlowChanges, flowPath, FlowState } from './list.tsx'

/** A request that was tried, and what came of it. */
export interface FlowTrial {
  readonly node: string
  readonly method: string
  readonly path: string
  readonly contentType: string
  readonly body: string
  readonly problem?: string
  readonly answer?: {
    readonly status: number
    readonly contentType: string
    readonly tookMs: number
    readonly size: number
    readonly isWhole: boolean
    /** Null where it is no text. */
    readonly text: string | null
    /** A picture as `data:` address. */
    readonly image: string | null
  }
}

export interface FlowPageProps {
  readonly flow: FlowJob
  readonly sketch: Sketch
  readonly moments: ReadonlyMap<string, NodeMoment>
  /** Nodes that take requests, with where they do. */
  readonly listeners: readonly (readonly [node: string, url: string])[]
  readonly lines: readonly LogLine[]
  readonly methods: readonly string[]
  /** Whether its calls are noted. */
  readonly traced: boolean
  readonly trial?: FlowTrial
  readonly now: number
}

/** The page. */
export function FlowPage(props: FlowPageProps) {
  const { flow, listeners, traced } = props
  const { job } = flow
  return (
    <>
      <PageHead
        title={job.name}
        lead={job.description === '' ? undefined : job.description}
        trail={[['/flows', t('Flows')]]}
        actions={
          <>
            <a class="button plain" href={`${flowPath(job.name)}/edit`}>
              {t('Edit')}
            </a>
            {traced ? (
              <a
                class="button plain"
                href={`${flowPath(job.name)}/trace`}
                hx-boost="false"
                title={t('The last calls of its nodes, for chrome://tracing and Perfetto')}
                download
              >
                {t('Trace')}
              </a>
            ) : null}
            <FlowChanges flow={flow} />
          </>
        }
      />
      <FlowLive {...props} />
      {isOver(job.state) || listeners.length === 0 ? null : <TryRequest {...props} />}
    </>
  )
}

/** What changes while somebody looks. */
export function FlowLive({ flow, sketch, moments, lines, now }: FlowPageProps) {
  const { job, task } = flow
  const errors = [...moments.values()].reduce((sum, moment) => sum + moment.errors, 0)
  return (
    <div id="flow-live" {...(isOver(job.state) ? {} : poll(`${flowPath(job.name)}/live`))}>
      <p class="job-state">
        <FlowState flow={flow} />
        <Replicas flow={flow} />
        <Span from={job.startedAt} to={job.endedAt} now={now} />
        {errors > 0 ? <span class="bad">{countOf(errors, 'error')}</span> : null}
        <a href={`/jobs/${job.id}`}>{t('Job with its log and metrics')}</a>
      </p>
      <Section
        id="flow-drawing"
        title={t('At the moment')}
        note={t(
          'On the edges: buffers a second, how many wait, and about how long one waits there.',
        )}
      >
        {sketch.nodes.length === 0 ? (
          <p class="note">{t('Nothing to draw yet.')}</p>
        ) : (
          <FlowDrawing sketch={sketch} moments={moments} />
        )}
        <Figures sketch={sketch} moments={moments} />
      </Section>
      <Section
        id="flow-log"
        title={t('Log')}
        aside={task ? <a href={`/jobs/${job.id}/tasks/${task.id}`}>{t('Whole log')}</a> : undefined}
      >
        {lines.length === 0 ? (
          <p class="note">{t('Nothing was said yet.')}</p>
        ) : (
          <ScrollBox class="log" label={t('Log lines')}>
            <ol id="log-lines">
              <LogLines lines={lines} />
            </ol>
          </ScrollBox>
        )}
      </Section>
    </div>
  )
}

/** How many of several run. */
function Replicas({ flow: { job, tasks } }: { flow: FlowJob }) {
  if (tasks.length < 2 || isOver(job.state)) return null
  const open = tasks.filter(({ state, progress }) => state === 'running' && progress >= 1).length
  return (
    <Tag tone={open < tasks.length ? 'warn' : 'good'}>
      {t('{running} of {wanted} replicas run', { running: open, wanted: tasks.length })}
    </Tag>
  )
}

/** The figures in the order in which the graph names its nodes. */
function Figures({ sketch, moments }: Pick<FlowPageProps, 'sketch' | 'moments'>) {
  if (moments.size === 0) return null
  const places = new Map(sketch.nodes.map(({ name }, place) => [name, place]))
  const placeOf = (name: string) => places.get(name) ?? places.size
  const waiting = ({ queues }: NodeMoment) =>
    Object.values(queues).reduce((sum, count) => sum + count, 0)
  return (
    <ListTable
      caption={t('Figures of the nodes')}
      items={[...moments].toSorted(([a], [b]) => placeOf(a) - placeOf(b))}
      rowId={([name]) => `figures-${name}`}
      columns={[
        { head: t('Node'), cell: ([name]) => name },
        {
          head: t('Buffers a second'),
          kind: 'number',
          cell: ([, { throughput }]) => formatNumber(throughput, 4),
        },
        {
          head: t('Milliseconds a call'),
          kind: 'number',
          cell: ([, { callMs }]) => formatNumber(callMs, 3),
        },
        { head: t('Waiting'), kind: 'number', cell: ([, one]) => formatNumber(waiting(one)) },
        {
          head: t('Taken so far'),
          kind: 'number',
          cell: ([, { taken }]) => formatNumber(taken, 12),
        },
        { head: t('Errors'), kind: 'number', cell: ([, { errors: count }]) => formatNumber(count) },
      ]}
    />
  )
}

function TryRequest({ flow, listeners, methods, trial }: FlowPageProps) {
  const answer = trial?.answer
  return (
    <Section id="try" title={t('Try a request')}>
      <form
        class="form"
        method="post"
        action={`${flowPath(flow.job.name)}/try#try`}
        enctype="multipart/form-data"
        hx-boost="false"
      >
        <div class="fields">
          <SelectField
            name="node"
            label={t('Source')}
            value={trial?.node ?? listeners[0][0]}
            options={listeners.map(([node, url]) => [node, `${node} · ${url}`] as const)}
          />
          <SelectField
            name="method"
            label={t('HTTP method')}
            value={trial?.method ?? 'POST'}
            options={methods.map((method) => [method, method] as const)}
          />
          <TextField
            name="path"
            label={t('Path behind the source’s own')}
            value={trial?.path ?? ''}
            error={trial?.problem}
          />
          <TextField
            name="type"
            label={t('Type of the body')}
            value={trial?.contentType ?? 'application/json'}
          />
          <AreaField name="body" label={t('Body')} value={trial?.body ?? ''} rows={4} />
          <Field
            name="file"
            label={t('Or a file as the body')}
            control={(tie) => <input {...tie} type="file" />}
          />
        </div>
        <button type="submit" class="button primary">
          <Icon name="play" />
          {t('Send')}
        </button>
      </form>
      {answer === undefined ? null : (
        <div id="answer">
          <p class="note">
            <Say
              text="{status} in {ms} ms, {size} of {type}"
              status={<strong>{answer.status}</strong>}
              ms={formatNumber(answer.tookMs, 3)}
              size={formatBytes(answer.size)}
              type={<code>{answer.contentType || '–'}</code>}
            />
            {answer.isWhole ? '' : ` (${t('only its beginning')})`}
          </p>
          {answer.image === null ? null : (
            <img class="answer-image" src={answer.image} alt={t('The answer')} />
          )}
          {answer.text === null ? null : <Code text={answer.text} label={t('The answer')} />}
        </div>
      )}
    </Section>
  )
}

/** Instead of the editor, for a graph that lies in a file of a runner's host. */
export function FileFlow({ name, file }: { name: string; file: string }) {
  return (
    <>
      <PageHead title={t('Edit {name}', { name })} trail={[['/flows', t('Flows')]]} />
      <p class="note">
        {t('The graph lies in the file {file} of the runner’s host: edit it there.', { file })}
      </p>
    </>
  )
}
