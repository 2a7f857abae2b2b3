/**
 * What a job found: scores, loss, curves.
 * @module
 */
import type { Metric } from '../../src/domain/metric.ts'
import type { Task } from '../../src/domain/task.ts'
import { Confusion } from '../chart/confusion.tsx'
import { t } from '../text/say.tsx'
import { LineChart } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { formatNumber } from '../ui/format.ts'
import { Section } from '../ui/page.tsx'
import { Facts, ListTable } from '../ui/table.tsx'
import { resultsOf, type ScoreRow, scoreName } from './metric-charts.ts'

/** The section of all results. */
export function Results(props: {
  metrics: readonly Metric[]
  tasks: readonly Task[]
  isOver: boolean
}) {
  const { metrics, tasks, isOver } = props
  return (
    <Section id="results" title={t('Results')}>
      {metrics.length === 0 ? (
        <Empty
          title={isOver ? t('The job reported no results.') : t('No results yet.')}
          children={
            isOver ? t('Scores and curves come from components such as Evaluation.') : undefined
          }
        />
      ) : (
        <MetricViews metrics={metrics} tasks={tasks} />
      )}
    </Section>
  )
}

/** Every series in the form that suits it. */
export function MetricViews(props: { metrics: readonly Metric[]; tasks: readonly Task[] }) {
  const results = resultsOf(props.metrics, props.tasks)
  return (
    <>
      {results.scores.length > 0 ? <Scores rows={results.scores} /> : null}
      {results.facts.length > 0 ? (
        <div class="found">
          {results.facts.map(({ title, parties, values }) => (
            <div>
              <h3>
                {title} <span class="muted">{parties.join(' · ')}</span>
              </h3>
              <Facts
                facts={values.map(([name, value]) => [
                  typeof name === 'number' ? formatNumber(name) : scoreName(name),
                  formatNumber(value),
                ])}
              />
            </div>
          ))}
        </div>
      ) : null}
      <div class="charts">
        {[...results.loss, ...results.charts].map((chart) => (
          <LineChart {...chart} />
        ))}
        {results.confusions.map((confusion) => (
          <Confusion {...confusion} />
        ))}
      </div>
    </>
  )
}

function Scores({ rows }: { rows: readonly ScoreRow[] }) {
  const names = [...new Set(rows.flatMap((row) => [...row.scores.keys()]))]
  return (
    <ListTable
      caption={t('Scores')}
      items={rows}
      columns={[
        { head: t('Model'), cell: (row) => row.model },
        { head: t('Data'), cell: (row) => row.dataset },
        ...names.map((name) => ({
          head: scoreName(name),
          kind: 'number' as const,
          cell: (row: ScoreRow) => {
            const value = row.scores.get(name)
            return value === undefined ? '–' : <strong>{formatNumber(value, 5)}</strong>
          },
        })),
      ]}
    />
  )
}
