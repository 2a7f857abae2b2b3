/**
 * One task of a work: its statements, rows, log and exceptions.
 * @module
 */
import { t, told } from '../text/say.tsx'
import { formatClock, formatDuration, formatNumber, formatTime } from '../ui/format.ts'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { ScrollBox } from '../ui/scroll.tsx'
import { DataGrid, Facts, ListTable } from '../ui/table.tsx'
import { Span } from '../ui/time.tsx'
import { ClusterJobs, Exceptions, JobLink } from './cluster.tsx'
import { pollWork, triggerWords } from './list.tsx'
import {
  isUnderWay,
  type ShownTaskDetail,
  type ShownWork,
  workPath,
  workTaskPath,
} from './shown.ts'
import { When, WorkTaskBadge } from './words.tsx'

export type LogLines = readonly {
  readonly at: string
  readonly level: string
  readonly text: string
}[]

export interface ShownResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  readonly total: number
}

export interface WorkTaskProps {
  readonly work: ShownWork
  readonly task: ShownTaskDetail
  readonly lines: LogLines
  /** The rows of one of its statements. */
  readonly result: (ShownResult & { readonly index: number }) | undefined
  readonly now: number
}

const time = (text: string | null) => (text === null ? null : Date.parse(text))

/** The page; it asks for itself again while the task runs. */
export function WorkTaskPage({ work, task, lines, result, now }: WorkTaskProps) {
  const path = workTaskPath(work.work_id, task.task_id)
  return (
    <div id="work-task" {...pollWork(`${path}/parts`, isUnderWay(task))}>
      <PageHead
        title={t('Run of {name}', { name: work.name })}
        trail={[
          ['/works', t('Works')],
          [workPath(work.work_id), work.name],
        ]}
        actions={isUnderWay(task) ? <TaskActions path={path} task={task} /> : undefined}
      />
      <Section id="state" title={t('State')}>
        <p class="state-line">
          <WorkTaskBadge task={task} />
        </p>
        {task.error_message === null ? null : (
          <p class="reason state-failed">
            <span>{told(task.error_message)}</span>
          </p>
        )}
        {task.notes.map((note) => (
          <p class="note">{told(note)}</p>
        ))}
        <Facts
          facts={[
            [t('Started'), <When at={task.started_at} now={now} />],
            [t('Time'), <Span from={time(task.started_at)} to={time(task.ended_at)} now={now} />],
            [t('Cause'), triggerWords(task.trigger, task.attempt)],
            [t('Engine'), task.engine],
            [t('Version'), formatNumber(task.version)],
            ...(task.time_limit_seconds === null
              ? []
              : [[t('Time limit'), formatDuration(task.time_limit_seconds * 1000)] as const]),
            ...(task.jobs.length > 1 || task.engine_job_id === null
              ? []
              : [
                  [
                    t('Flink job'),
                    <JobLink id={task.engine_job_id} url={task.engine_url} />,
                  ] as const,
                ]),
            ...(task.savepoint_path === null
              ? []
              : [[t('Went on from'), <code class="break">{task.savepoint_path}</code>] as const]),
            ...task.savepoints.map(
              (savepoint) =>
                [t('Savepoint'), <code class="break">{savepointWords(savepoint)}</code>] as const,
            ),
          ]}
        />
      </Section>
      <ClusterJobs jobs={task.jobs} now={now} />
      {task.statements.length === 0 ? null : <Statements path={path} task={task} now={now} />}
      {result === undefined ? null : (
        <Section
          id="rows"
          title={t('Rows of statement {number}', { number: result.index + 1 })}
          note={t('{rows} of {all}', {
            rows: formatNumber(result.rows.length),
            all: formatNumber(result.total),
          })}
          aside={
            <a
              href={`/api/v1/works/${encodeURIComponent(work.work_id)}/tasks/${encodeURIComponent(task.task_id)}/result?statement=${result.index}&format=csv`}
              download
              hx-boost="false"
            >
              {t('Download as CSV')}
            </a>
          }
        >
          <DataGrid
            label={t('Rows of statement {number}', { number: result.index + 1 })}
            header={result.columns.map(({ name }) => name)}
            rows={result.rows}
          />
        </Section>
      )}
      <Exceptions exceptions={task.exceptions} now={now} />
      <Section id="log" title={t('Log')}>
        {lines.length === 0 ? (
          <p class="note">{t('No lines yet.')}</p>
        ) : (
          <ScrollBox class="log" label={t('Log lines')}>
            <ol id="log-lines">
              {lines.map(({ at, level, text }) => (
                <li class={`log-line level-${level}`}>
                  <time datetime={at} title={formatTime(Date.parse(at))}>
                    {formatClock(Date.parse(at))}
                  </time>{' '}
                  <span class="log-level">{level}</span> <span>{text}</span>
                </li>
              ))}
            </ol>
          </ScrollBox>
        )}
      </Section>
    </div>
  )
}

function TaskActions({ path, task }: { path: string; task: ShownTaskDetail }) {
  return (
    <>
      {task.engine === 'flink' ? (
        <>
          <PostButton action={`${path}/savepoint`}>{t('Write a savepoint')}</PostButton>
          <PostButton action={`${path}/stop-with-savepoint`}>
            {t('Stop with a savepoint')}
          </PostButton>
        </>
      ) : null}
      <PostButton action={`${path}/stop`} tone="danger" confirm={t('Stop this run?')}>
        {t('Stop')}
      </PostButton>
    </>
  )
}

function Statements(props: { path: string; task: ShownTaskDetail; now: number }) {
  const { path, task, now } = props
  return (
    <Section id="statements" title={t('Statements')}>
      <ListTable
        caption={t('Statements of the run, in their order')}
        items={task.statements}
        columns={[
          { head: t('Line'), kind: 'number', cell: ({ line }) => formatNumber(line) },
          {
            head: t('Statement'),
            cell: ({ sql, error }) => (
              <span class="job-cell">
                <code class="break">{sql.length > 300 ? `${sql.slice(0, 299)}…` : sql}</code>
                {error === null ? null : <span class="why bad">{error}</span>}
              </span>
            ),
          },
          { head: t('State'), cell: ({ status }) => <code>{status}</code> },
          {
            head: t('Rows'),
            kind: 'number',
            cell: ({ rows, result_ref: ref, index }) =>
              ref === null ? (
                rows === null ? (
                  '–'
                ) : (
                  formatNumber(rows)
                )
              ) : (
                <a href={`${path}?statement=${index}#rows`}>{formatNumber(rows ?? 0)}</a>
              ),
          },
          {
            head: t('Time'),
            kind: 'number',
            cell: (one) => <Span from={time(one.started_at)} to={time(one.ended_at)} now={now} />,
          },
        ]}
      />
    </Section>
  )
}

function savepointWords(savepoint: unknown): string {
  const { path, error } = (savepoint ?? {}) as { path?: unknown; error?: unknown }
  const words = [path, error].find((each) => typeof each === 'string')
  return words ?? JSON.stringify(savepoint)
}
