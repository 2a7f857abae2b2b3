/**
 * The trials of an automatic tuning: what each tried, how good that was, which one is kept.
 * @module
 */
import { t } from '../text/say.tsx'
import { LineChart } from '../ui/chart.tsx'
import { Empty } from '../ui/empty.tsx'
import { formatNumber } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
import { Section } from '../ui/page.tsx'
import { ListTable, showValue } from '../ui/table.tsx'

/** One trial: a set of parameters, how much work it was, how it ended. */
export interface Trial {
  /** From 1, in the order of time. */
  readonly at: number
  /** The number of its set, from 1. */
  readonly set: number
  readonly rounds: number | null
  readonly value: number
  readonly values: readonly (readonly [field: string, value: string])[]
}

/** A search as far as it is. */
export interface Tuning {
  readonly trials: readonly Trial[]
  /** Parameters in which the sets differ. */
  readonly searched: readonly string[]
  /** How many sets there are. */
  readonly sets: number
  /** What the score is, where that is known. */
  readonly metric: string
  /** The trial that is best so far; of a search that is over, the one whose model is kept. Null before the first. */
  readonly best: number | null
}

/** The section. */
export function Trials(props: {
  readonly tuning: Tuning
  /** The address of a form with these values. */
  again(values: Trial['values']): string
}) {
  const { trials, searched, sets, metric, best } = props.tuning
  const score = metric === '' ? t('Validation metric') : metric.toUpperCase()
  const leading = trials.find(({ at }) => at === best)
  return (
    <Section
      id="trials"
      title={t('Trials')}
      note={t('{sets} sets of parameters; the better ones are tried again with more rounds.', {
        sets: formatNumber(sets),
      })}
      aside={
        leading === undefined ? undefined : (
          <a class="button small plain" href={props.again(leading.values)}>
            {t('Train with the best set')}
          </a>
        )
      }
    >
      {trials.length === 0 ? (
        <Empty title={t('No trial has ended yet.')} />
      ) : (
        <>
          <ListTable
            caption={t('Trials')}
            items={trials}
            rowId={({ at }) => `trial-${at}`}
            columns={[
              {
                head: t('Trial'),
                cell: ({ at }) => (
                  <span>
                    {formatNumber(at)}{' '}
                    {at === best ? (
                      <span class="badge state-succeeded">
                        <Icon name="succeeded" /> {t('best')}
                      </span>
                    ) : null}
                  </span>
                ),
              },
              { head: t('Set'), kind: 'number', cell: ({ set }) => formatNumber(set) },
              {
                head: t('Rounds'),
                kind: 'number',
                cell: ({ rounds }) => (rounds === null ? '–' : formatNumber(rounds)),
              },
              { head: score, kind: 'number', cell: ({ value }) => formatNumber(value, 5) },
              {
                head: t('Parameters'),
                // As many columns as an algorithm has parameters would be wider than any screen.
                cell: ({ values }) =>
                  values
                    .filter(([field]) => searched.includes(field))
                    .map(([field, value]) => (
                      <span class="set-value">
                        <span class="muted">{field}</span> {showNumber(value)}{' '}
                      </span>
                    )),
              },
              {
                head: t('Actions'),
                kind: 'action',
                cell: ({ at, values }) => (
                  <a
                    class="button small plain"
                    href={props.again(values)}
                    aria-label={t('Train with the set of trial {at}', { at })}
                  >
                    {t('Train')}
                  </a>
                ),
              },
            ]}
          />
          <div class="charts">
            <LineChart
              id="trial-scores"
              title={score}
              description={t('{metric} of each trial, in the order of time.', { metric: score })}
              xLabel={t('Trial')}
              yLabel={score}
              wholeX
              series={[{ name: score, points: trials.map(({ at, value }) => [at, value]) }]}
            />
          </div>
        </>
      )}
    </Section>
  )
}

function showNumber(value: string): string {
  return value !== '' && Number.isFinite(Number(value))
    ? formatNumber(Number(value), 5)
    : showValue(value)
}
