/**
 * What a component learnt of each column, as tables of one row a feature: selection, scales, imputation, statistics,
 * stability; and clusters, one row a cluster.
 * @module
 */
import { BarChart } from '../chart/bars.tsx'
import { t } from '../text/say.tsx'
import { formatNumber } from '../ui/format.ts'
import { DataGrid } from '../ui/table.tsx'
import { namedNumbers, numbersOf, type Param, recordOf, recordsOf, textsOf } from './read.ts'

interface Shown {
  readonly id: string
  readonly param: Param
}

/** Which columns every filter left, and what it measured. */
export function SelectionModel({ param }: Shown) {
  const filters = recordsOf(param['results'])
  const final = recordOf(param['finalLeftCols'])
  const columns = textsOf(final['originalCols'])
  const left = recordOf(final['leftCols'])
  const kept = columns.filter((name) => left[name] === true)
  return (
    <>
      <p class="note">
        {t('{length} of {total} columns are left.', {
          length: kept.length,
          total: columns.length,
        })}
      </p>
      <DataGrid
        label={t('Columns by filter')}
        header={[t('Column'), ...filters.map(({ filterName }) => String(filterName)), t('Left')]}
        rows={columns.map((name) => [
          name,
          ...filters.map((filter) => filterCell(filter, name)),
          left[name] === true ? t('✓ yes') : t('✗ no'),
        ])}
      />
    </>
  )
}

function filterCell(filter: Param, name: string): string {
  const left = recordOf(recordOf(filter['leftCols'])['leftCols'])[name]
  const value = recordOf(filter['featureValues'])[name]
  const sign = left === true ? '✓' : left === false ? '✗' : '–'
  return typeof value === 'number' ? `${sign} ${formatNumber(value, 4)}` : sign
}

/** The scale of each column. */
export function ScaleModel({ param }: Shown) {
  const scales = Object.entries(recordOf(param['colScaleParam']))
  return (
    <DataGrid
      label={t('Scale of each column')}
      header={[t('Column'), t('Lower'), t('Upper'), t('Mean'), t('Deviation')]}
      rows={scales.map(([name, value]) => {
        const scale = recordOf(value)
        return [name, scale['columnLower'], scale['columnUpper'], scale['mean'], scale['std']]
      })}
    />
  )
}

/** What stands in for missing values and outliers. */
export function ImputationModel({ param }: Shown) {
  const missing = recordOf(param['imputerParam'])
  const outliers = recordOf(param['outlierParam'])
  const lists = [
    [t('Missing'), recordOf(missing['missingValueRatio'])],
    [t('In its place'), recordOf(missing['missingReplaceValue'])],
    [t('Outliers'), recordOf(outliers['outlierValueRatio'])],
    [t('In their place'), recordOf(outliers['outlierReplaceValue'])],
  ] as const
  const filled = lists.filter(([, values]) => Object.keys(values).length > 0)
  const columns = textsOf(param['header'])
  if (filled.length === 0 || columns.length === 0) return null
  return (
    <DataGrid
      label={t('Missing values and outliers by column')}
      header={[t('Column'), ...filled.map(([head]) => head)]}
      rows={columns.map((name) => [name, ...filled.map(([, values]) => values[name])])}
    />
  )
}

/** Statistics, one row a column. */
export function StatisticsModel({ param }: Shown) {
  const results = recordsOf(recordOf(param['selfValues'])['results'])
  const columns = textsOf(results.at(0)?.['colNames'])
  return (
    <DataGrid
      label={t('Statistics by column')}
      header={[t('Column'), ...results.map(({ valueName }) => String(valueName))]}
      rows={columns.map((name, at) => [
        name,
        ...results.map(({ values }) => numbersOf(values)[at] ?? '–'),
      ])}
    />
  )
}

/** How far the values of each column have moved. */
export function StabilityModel({ id, param }: Shown) {
  return (
    <div class="charts">
      <BarChart
        id={`${id}-psi`}
        title={t('Population stability')}
        nameLabel={t('Column')}
        valueLabel="PSI"
        bars={namedNumbers(param['totalScore']).map(([name, value]) => ({ name, value }))}
        mark={{ at: 0.25, label: t('From 0.25 on a column counts as changed') }}
      />
    </div>
  )
}

/** Sizes of clusters and their centres. */
export function ClusterModel({ id, param }: Shown) {
  const sizes = recordsOf(param['clusterDetail']).map(({ cluster }) => {
    const [name, count] = String(cluster).split(':')
    return { name: t('cluster {name}', { name }), value: Number(count) || 0 }
  })
  const centres = recordsOf(param['centroidDetail']).map(({ centroid }) => numbersOf(centroid))
  const columns = textsOf(param['header'])
  return (
    <>
      <div class="charts">
        <BarChart
          id={`${id}-sizes`}
          title={t('Rows in each cluster')}
          nameLabel={t('Cluster')}
          valueLabel={t('Rows')}
          bars={sizes}
        />
      </div>
      {centres.length > 0 && columns.length > 0 ? (
        <DataGrid
          label={t('Centres of the clusters')}
          header={[t('Column'), ...centres.map((_, at) => t('cluster {at}', { at }))]}
          rows={columns.map((name, at) => [name, ...centres.map((centre) => centre[at])])}
        />
      ) : null}
    </>
  )
}

/** The values of each encoded column and the columns that they became. */
export function OneHotModel({ param }: Shown) {
  return (
    <DataGrid
      label={t('Encoded columns')}
      header={[t('Column'), t('Values'), t('Became')]}
      rows={Object.entries(recordOf(param['colMap'])).map(([name, value]) => {
        const map = recordOf(value)
        const names = textsOf(map['transformedHeaders'] ?? map['encodedVariables'])
        return [name, textsOf(map['values']).join(', '), names.join(', ')]
      })}
    />
  )
}
