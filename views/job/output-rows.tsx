/**
 * The rows that a component left at one party, page by page, and as a file.
 * @module
 */
import type { Artifact } from '../../src/domain/artifact.ts'
import type { Job } from '../../src/domain/job.ts'
import type { Task } from '../../src/domain/task.ts'
import { t, told } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf, formatNumber } from '../ui/format.ts'
import { DataGrid } from '../ui/table.tsx'
import { type ComponentChoice, seatOf, SeatSteps } from './component-choice.tsx'
import { componentPath, partyOf } from './task-words.ts'

/** Rows of one page. */
export const ROWS_SHOWN = 50

/** A table, and the rows of it that are shown. */
export interface RowsShown {
  readonly task: Task
  readonly artifact: Artifact
  /** All that can be chosen from. */
  readonly tables: readonly { readonly task: Task; readonly artifact: Artifact }[]
  readonly header: readonly string[]
  /** Undefined where the party keeps them to itself. */
  readonly rows: readonly (readonly unknown[])[] | undefined
  readonly offset: number
  /** Rows that can be paged through. */
  readonly within: number
  /** Why not all rows can be, or null. */
  readonly limit: string | null
}

/** One page of one table. */
export function OutputRows(props: {
  job: Job
  tasks: readonly Task[]
  choice: ComponentChoice
  rows: RowsShown | undefined
}) {
  const { job, rows: shown } = props
  if (!shown) return <Empty title={t('It has left no table.')} />
  const { task, artifact, tables, header, rows, offset, within, limit } = shown
  const path = componentPath(job.id, task.name)
  const seat = seatOf(task)
  const own = tables.filter((table) => table.task.id === task.id)
  const seats = [...new Map(tables.map((table) => [table.task.id, table.task])).values()]
  const address = (change: Readonly<Record<string, string>>) =>
    `${path}?${new URLSearchParams({ tab: 'data', at: seat, output: artifact.name, ...change })}`
  return (
    <>
      <div class="row-bar">
        <SeatSteps seats={seats} current={seat} path={path} tab="data" />
        {own.length > 1 ? (
          <nav class="steps" aria-label={t('Tables')}>
            {own.map((table) => (
              <a
                class="step"
                href={address({ output: table.artifact.name })}
                aria-current={table.artifact.name === artifact.name ? 'true' : undefined}
              >
                {table.artifact.name}
              </a>
            ))}
          </nav>
        ) : null}
        {rows === undefined ? null : (
          <a
            class="button small plain"
            href={`${path}/rows.csv?${new URLSearchParams({ at: seat, output: artifact.name })}`}
            hx-boost="false"
            download
          >
            {t('Download as CSV')}
          </a>
        )}
      </div>
      {rows === undefined ? (
        <p class="note">
          {t('The rows stay with {party}: its runner hands out no preview of this table.', {
            party: partyOf(task),
          })}
        </p>
      ) : (
        <>
          <DataGrid
            label={t('Rows of {name} at {party}', {
              name: artifact.name,
              party: partyOf(task),
            })}
            header={header}
            rows={rows}
          />
          <nav class="row-pager" aria-label={t('Pages of rows')}>
            <span class="muted">
              {rows.length === 0
                ? t('No rows here.')
                : t('Rows {start} to {end} of {rows}', {
                    start: formatNumber(offset + 1),
                    end: formatNumber(offset + rows.length),
                    rows: countOf(artifact.rows ?? within, 'row'),
                  })}
            </span>
            <Pages offset={offset} within={within} address={address} />
          </nav>
          {limit === null ? null : <p class="note">{told(limit)}</p>}
        </>
      )}
    </>
  )
}

function Pages(props: {
  offset: number
  within: number
  address: (change: Readonly<Record<string, string>>) => string
}) {
  const { offset, within, address } = props
  const last = Math.max(0, Math.floor((within - 1) / ROWS_SHOWN) * ROWS_SHOWN)
  const links: [string, number, boolean][] = [
    [t('First'), 0, offset > 0],
    [t('Previous'), Math.max(0, offset - ROWS_SHOWN), offset > 0],
    [t('Next'), offset + ROWS_SHOWN, offset < last],
    [t('Last'), last, offset < last],
  ]
  return (
    <>
      {links.map(([label, to, isOpen]) =>
        isOpen ? (
          <a class="button small plain" href={address({ offset: String(to) })}>
            {label}
          </a>
        ) : null,
      )}
    </>
  )
}
