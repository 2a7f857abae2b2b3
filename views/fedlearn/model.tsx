/**
 * What came of a training: whose columns it uses and how much, what it was asked for, how to call it.
 * @module
 */
import type { Job } from '../../src/domain/job.ts'
import { BarChart } from '../chart/bars.tsx'
import { jobPath } from '../job/task-words.ts'
import { t } from '../text/say.tsx'
import { StateBadge } from '../ui/badge.tsx'
import { Empty } from '../ui/empty.tsx'
import { Code } from '../ui/json.tsx'
import { PageHead, PostButton, Section } from '../ui/page.tsx'
import { Facts, ListTable, showValue } from '../ui/table.tsx'
import { trainingPath } from './choice.ts'
import { ProjectTabs } from './tabs.tsx'

/** How much a column matters to a model. */
export interface ImportanceRow {
  readonly party: string
  readonly column: string
  readonly value: number
}

export interface ModelPageProps {
  readonly job: Job
  readonly algorithm: string
  readonly label: string
  readonly clients: readonly {
    readonly party: string
    readonly url: string
    readonly dataset: string
    readonly columns: readonly string[]
  }[]
  readonly params: readonly (readonly [field: string, value: unknown])[]
  readonly importance: readonly ImportanceRow[]
  /** The call that predicts with it. */
  readonly command: string
}

/** The page. */
export function ModelPage(props: ModelPageProps) {
  const { job, algorithm, label, clients, params, importance, command } = props
  const isDone = job.state === 'succeeded'
  return (
    <>
      <PageHead
        title={`${job.name} · ${algorithm}`}
        lead={t('Each party keeps its part of the model.')}
        trail={[['/projects', t('Projects')]]}
        actions={isDone ? <Forget token={job.id} /> : <StateBadge state={job.state} />}
      />
      <ProjectTabs token={job.id} at="model" isDone={isDone} />
      <Section
        id="parts"
        title={t('Parties and columns')}
        aside={<a href={jobPath(job.id)}>{t('Job with its log and ledger')}</a>}
      >
        <ListTable
          caption={t('Parties and columns')}
          items={clients}
          columns={[
            { head: t('Party'), cell: ({ party }) => <strong>{party}</strong> },
            { head: t('Data set'), cell: ({ dataset }) => dataset },
            { head: t('Label'), cell: ({ columns }) => (columns.includes(label) ? label : '–') },
            {
              head: t('Columns to learn from'),
              cell: ({ columns }) => columns.filter((name) => name !== label).join(', ') || '–',
            },
          ]}
        />
      </Section>
      <Section id="importance" title={t('Feature importance')}>
        {importance.length === 0 ? (
          <Empty
            title={
              isDone
                ? t('The parties do not show how much each column matters.')
                : t('It is known when the training has ended.')
            }
          />
        ) : (
          <Importance rows={importance} />
        )}
      </Section>
      <Section id="parameters" title={t('Parameters')}>
        <Facts facts={params.map(([field, value]) => [field, showValue(value)] as const)} />
      </Section>
      {isDone ? (
        <Section id="call" title={t('Call it over the API')}>
          <Code text={command} label={t('Command')} />
        </Section>
      ) : null}
    </>
  )
}

/** Importances as bars, each with its party. */
export function Importance({ rows }: { rows: readonly ImportanceRow[] }) {
  return (
    <div class="charts">
      <BarChart
        id="feature-importance"
        title={t('Feature importance')}
        nameLabel={t('Feature')}
        valueLabel={t('Importance')}
        bars={rows.map(({ party, column, value }) => ({ name: `${party}: ${column}`, value }))}
      />
    </div>
  )
}

function Forget({ token }: { token: string }) {
  return (
    <PostButton
      action={`${trainingPath(token)}/delete`}
      tone="danger"
      confirm={t(
        'Delete this model? It predicts nothing any more; the parts at the parties stay theirs.',
      )}
    >
      {t('Delete model')}
    </PostButton>
  )
}
