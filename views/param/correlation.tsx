/**
 * Correlations as heat maps, and how far each feature follows from the others.
 * @module
 */
import { BarChart } from '../chart/bars.tsx'
import { HeatMap } from '../chart/heat-map.tsx'
import { t } from '../text/say.tsx'
import { numbersOf, type Param, recordsOf, rowsOf, textsOf } from './read.ts'

/** The keys that are shown here. */
export const CORRELATION_KEYS = ['localCorr', 'localVif', 'corr', 'hostCorr', 'allNames'] as const

/** Whether a model holds correlations. */
export function isCorrelation(param: Param): boolean {
  return Array.isArray(param['localCorr']) && Array.isArray(param['names'])
}

/** Own features with each other, and with those of the other parties. */
export function CorrelationModel({ id, param }: { id: string; param: Param }) {
  const names = textsOf(param['names'])
  const local = rowsOf(numbersOf(param['localCorr']), names.length)
  const [, columns = 0] = numbersOf(param['shape'])
  const cross = rowsOf(numbersOf(param['corr']), columns)
  const known = recordsOf(param['allNames'])
    .slice(1)
    .flatMap(({ name }) => textsOf(name))
  const others = Array.from(
    { length: columns },
    (_, at) => known[at] ?? t('column {at}', { at: at + 1 }),
  )
  const vif = numbersOf(param['localVif'])
  // The guest's columns are the rows of what crosses.
  const [rows, across] = cross.length === names.length ? [names, others] : [[], []]
  return (
    <div class="charts">
      {local.length === names.length ? (
        <HeatMap
          id={`${id}-local`}
          title={t('Correlation of own features')}
          rows={names}
          columns={names}
          values={local}
        />
      ) : null}
      {rows.length > 0 && across.length > 0 ? (
        <HeatMap
          id={`${id}-cross`}
          title={t('Correlation across parties')}
          rows={rows}
          columns={across}
          values={cross}
        />
      ) : null}
      {vif.length === names.length ? (
        <BarChart
          id={`${id}-vif`}
          title={t('Variance inflation')}
          nameLabel={t('Feature')}
          valueLabel="VIF"
          bars={names.map((name, at) => ({ name, value: vif[at] }))}
        />
      ) : null}
    </div>
  )
}
