/**
 * What the components of a job produced: tables with their first rows, models with their weights.
 * @module
 */
import type { Artifact } from '../../src/domain/artifact.ts'
import type { Task } from '../../src/domain/task.ts'
import { t } from '../text/say.tsx'
import { Empty } from '../ui/empty.tsx'
import { countOf } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { DataGrid } from '../ui/table.tsx'
import { seatOf } from './component-choice.tsx'
import { Model } from './model.tsx'
import { componentPath, partyOf } from './task-words.ts'

/** The section of all outputs. */
export function Outputs(props: {
  tasks: readonly Task[]
  artifacts: readonly Artifact[]
  isOver: boolean
}) {
  const { artifacts } = props
  return (
    <Section id="outputs" title={t('Outputs')} aside={countOf(artifacts.length, 'output')}>
      {artifacts.length === 0 ? (
        <Empty title={props.isOver ? t('The job left no outputs.') : t('No outputs yet.')} />
      ) : (
        <ArtifactList {...props} />
      )}
    </Section>
  )
}

/** Outputs that open one by one. */
export function ArtifactList(props: {
  tasks: readonly Task[]
  artifacts: readonly Artifact[]
  isOpen?: boolean
}) {
  const tasks = new Map(props.tasks.map((task) => [task.id, task]))
  return (
    <div class="folds">
      {props.artifacts.map((artifact) => {
        const task = tasks.get(artifact.taskId)
        return (
          <details
            class="fold"
            id={`artifact-${artifact.taskId}-${artifact.kind}-${artifact.name}`}
            open={props.isOpen}
          >
            <summary>
              <strong>{task?.name ?? artifact.taskId}</strong>
              <span>{task ? partyOf(task) : ''}</span>
              <span class="muted">{describe(artifact)}</span>
            </summary>
            <ArtifactBody artifact={artifact} task={task} />
          </details>
        )
      })}
    </div>
  )
}

/** One output. */
function ArtifactBody({ artifact, task }: { artifact: Artifact; task: Task | undefined }) {
  const page = (change: Readonly<Record<string, string>>) =>
    task
      ? `${componentPath(task.jobId, task.name)}?${new URLSearchParams({ at: seatOf(task), ...change })}`
      : '#outputs'
  if (artifact.kind === 'model') {
    const href = (change: Readonly<Record<string, string>>) => page({ tab: 'model', ...change })
    return <Model artifact={artifact} choice={{ feature: '', tree: 0, href }} />
  }
  const rows = previewRows(artifact.preview)
  if (rows === undefined) {
    return (
      <p class="note">
        {t('The rows stay with the party: its runner hands out no preview of this table.')}
      </p>
    )
  }
  const header = headerOf(artifact, rows)
  return (
    <>
      <DataGrid
        label={t('First rows of {name}', { name: artifact.name })}
        header={header}
        rows={rows}
      />
      <p class="note">
        {shown(rows.length, artifact.rows)}{' '}
        <a href={page({ tab: 'data', output: artifact.name })}>{t('All rows, and as a file')}</a>
      </p>
    </>
  )
}

/** How many rows of how many are shown. */
export function shown(count: number, rows: number | null): string {
  if (rows === null || rows <= count) return t('All {rows}.', { rows: countOf(count, 'row') })
  return t('The first {count} of {rows}.', { count, rows: countOf(rows, 'row') })
}

function describe(artifact: Artifact): string {
  if (artifact.kind === 'model') {
    const name = artifact.summary['name']
    return t('model {what}', { what: typeof name === 'string' ? name : artifact.name })
  }
  const header = artifact.summary['header']
  const width = Array.isArray(header) ? ` × ${countOf(header.length, 'column')}` : ''
  return artifact.rows === null
    ? t('table')
    : t('table, {size}', { size: `${countOf(artifact.rows, 'row')}${width}` })
}

function previewRows(preview: unknown): unknown[][] | undefined {
  return Array.isArray(preview) && preview.every((row) => Array.isArray(row)) ? preview : undefined
}

function headerOf(artifact: Artifact, rows: readonly unknown[][]): string[] {
  const width = Math.max(0, ...rows.map((row) => row.length))
  const header = artifact.summary['header']
  const names = Array.isArray(header) ? header.map(String) : []
  return Array.from(
    { length: width },
    (_, index) => names[index] ?? t('column {index}', { index: index + 1 }),
  )
}
