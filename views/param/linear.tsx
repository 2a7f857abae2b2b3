/**
 * Linear models: weights as bars and as a table, one model a class where there are several.
 * @module
 */
import { BarChart } from '../chart/bars.tsx'
import { t } from '../text/say.tsx'
import { DataGrid } from '../ui/table.tsx'
import { namedNumbers, type Param, recordOf } from './read.ts'

/** The keys that are shown here. */
export const LINEAR_KEYS = ['weight', 'oneVsRestIntercepts'] as const

/** Whether a model has weights by name. */
export function isLinear(param: Param): boolean {
  return 'weight' in param
}

/** Weights, by class where the names say so. */
export function LinearModel({ id, param }: { id: string; param: Param }) {
  const weights = namedNumbers(param['weight'])
  if (weights.length === 0)
    return <p class="note">{t('This party holds no weights of the model.')}</p>
  const intercepts = recordOf(param['oneVsRestIntercepts'])
  const classes = Map.groupBy(weights, ([name]) => /^class_([^_]+)_/.exec(name)?.[1] ?? '')
  return (
    <div class="charts">
      {[...classes].map(([label, group]) => {
        const intercept = label === '' ? param['intercept'] : intercepts[label]
        const rows = group.map(([name, value]): [string, number] => [
          label === '' ? name : name.replace(`class_${label}_`, ''),
          value,
        ])
        const shown =
          typeof intercept === 'number' && intercept !== 0
            ? [...rows, ['intercept', intercept] as [string, number]]
            : rows
        return (
          <>
            <BarChart
              id={`${id}-weights-${label}`}
              title={
                label === ''
                  ? t('Weights')
                  : t('Weights of class {label} against the rest', { label })
              }
              nameLabel={t('Feature')}
              valueLabel={t('Weight')}
              bars={shown.map(([name, value]) => ({ name, value, series: value < 0 ? 2 : 1 }))}
            />
            <DataGrid
              label={label === '' ? t('Weights') : t('Weights of class {label}', { label })}
              header={[t('Feature'), t('Weight')]}
              rows={shown}
            />
          </>
        )
      })}
    </div>
  )
}
