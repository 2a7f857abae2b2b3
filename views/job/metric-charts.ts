/**
 * From metric series to what a page shows: a table of scores, charts by kind, and names with values for the rest.
 * @module
 */
import type { Metric, Point } from '../../src/domain/metric.ts'
import type { Task } from '../../src/domain/task.ts'
import type { ConfusionProps } from '../chart/confusion.tsx'
import { type Word, t, told } from '../text/say.tsx'
import type { ChartProps, Series } from '../ui/chart.tsx'
import { countOf, formatNumber, listOf } from '../ui/format.ts'
import { confusionOf, metaChartsOf } from './meta-charts.ts'
import { partyOf } from './task-words.ts'

/** Scores of one evaluated data set. */
export interface ScoreRow {
  readonly component: string
  readonly model: string
  readonly dataset: string
  readonly scores: ReadonlyMap<string, number>
}

export interface Results {
  readonly scores: readonly ScoreRow[]
  readonly loss: readonly ChartProps[]
  readonly charts: readonly ChartProps[]
  readonly confusions: readonly ConfusionProps[]
  readonly facts: readonly NamedValues[]
}

/** Single values that one or more parties reported alike. */
export interface NamedValues {
  readonly title: string
  readonly parties: readonly string[]
  readonly values: readonly Point[]
}

/** Sorts the series of a job into what can be shown of them. */
export function resultsOf(metrics: readonly Metric[], tasks: readonly Task[]): Results {
  const names = new Map(tasks.map((task) => [task.id, task.name]))
  const entries = metrics.map((metric) => ({
    ...metric,
    component: names.get(metric.taskId) ?? metric.taskId,
    type: textOf(metric.meta['metric_type']),
  }))
  const known = new Set<Entry>()
  const take = (match: (entry: Entry) => boolean) => {
    const found = entries.filter((entry) => !known.has(entry) && match(entry))
    for (const entry of found) known.add(entry)
    return found
  }
  const scores = take((entry) => entry.type.endsWith('_SUMMARY')).map(toScores)
  const loss = lossCharts(take((entry) => entry.type === 'LOSS'))
  const curves = CURVES.flatMap((kind) =>
    byComponent(take((entry) => kind.type.test(entry.type))).map((group) =>
      curveChart(kind, group),
    ),
  )
  const ks = ksCharts(take((entry) => entry.type === 'KS_EVALUATION'))
  const confusions = take((entry) => entry.type === 'CONFUSION_MAT').flatMap(confusionOf)
  const meta = byComponent(take(({ type }) => META_TYPES.has(type))).flatMap(metaChartsOf)
  const rest = entries.filter((entry) => !known.has(entry))
  const drawn = rest.filter((entry) => numericPoints(entry.points).length >= 3)
  return {
    scores,
    loss,
    charts: [
      ...curves.slice(0, 1),
      ...ks,
      ...curves.slice(1),
      ...meta,
      ...drawn.map(plainChart),
    ].filter((chart) => chart.series.some((series) => series.points.length > 0)),
    confusions,
    facts: factsOf(
      rest.filter((entry) => !drawn.includes(entry) && entry.points.length > 0),
      tasks,
    ),
  }
}

/** Whether there is anything to see: some components report that they ran, and no number. */
export function hasResults(metrics: readonly Metric[]): boolean {
  return metrics.some(({ points, meta }) => points.length > 0 || Array.isArray(meta['thresholds']))
}

/** What people call a score. */
export function scoreName(name: string): string {
  return SCORE_NAMES[name] ?? name.replaceAll('_', ' ')
}

interface Entry extends Metric {
  readonly component: string
  readonly type: string
}

interface CurveKind {
  readonly type: RegExp
  readonly title: Word
  readonly x: Word
  readonly y: Word
  readonly isRoc?: boolean
}

const CURVES: readonly CurveKind[] = [
  {
    type: /^ROC_EVALUATION$/,
    title: 'ROC curve',
    x: 'False positive rate',
    y: 'True positive rate',
    isRoc: true,
  },
  { type: /^LIFT_EVALUATION$/, title: 'Lift', x: 'Share called positive', y: 'Lift' },
  { type: /^GAIN_EVALUATION$/, title: 'Gain', x: 'Share called positive', y: 'Recall' },
  { type: /^ACCURACY_EVALUATION$/, title: 'Accuracy', x: 'Share called positive', y: 'Accuracy' },
  {
    type: /^(PRECISION|RECALL)_(BINARY|MULTI)_EVALUATION$/,
    title: 'Precision and recall',
    x: 'Share called positive',
    y: 'Rate',
  },
]

const META_TYPES = new Set(['F1_SCORE', 'QUANTILE_PR'])

const SCORE_NAMES: Readonly<Record<string, string>> = {
  auc: 'AUC',
  ks: 'KS',
  f1_score: 'F1',
  r2_score: 'R²',
  root_mean_squared_error: 'RMSE',
  mean_squared_error: 'MSE',
  mean_absolute_error: 'MAE',
}

function toScores(entry: Entry): ScoreRow {
  return {
    component: entry.component,
    model: entry.name,
    dataset: entry.namespace,
    scores: new Map(entry.points.map(([name, value]) => [String(name), value])),
  }
}

function lossCharts(entries: readonly Entry[]): ChartProps[] {
  return byComponent(entries).map((group) => {
    const series = group.map((entry) => ({
      name: group.length === 1 ? entry.component : curveName(entry),
      points: numericPoints(entry.points),
    }))
    const [points] = series.map((one) => one.points)
    const first = points?.at(0)
    const last = points?.at(-1)
    return {
      id: chartId('loss', group[0]),
      title: t('Loss of {component}', { component: group[0].component }),
      description:
        first && last
          ? t('The loss goes from {first} to {last} in {iterations}.', {
              first: formatNumber(first[1]),
              last: formatNumber(last[1]),
              iterations: countOf(points.length, 'iteration'),
            })
          : t('No iteration has been reported yet.'),
      xLabel: t('Iteration'),
      yLabel: t('Loss'),
      wholeX: true,
      series,
    }
  })
}

function curveChart(kind: CurveKind, group: readonly Entry[]): ChartProps {
  const series = group.map((entry) => ({
    name: nameIn(group, entry),
    points: numericPoints(entry.points),
  }))
  return {
    id: chartId(kind.title, group[0]),
    title: t('{title} of {component}', { title: t(kind.title), component: group[0].component }),
    description: t('{y} over {axis} for {series}.', {
      y: t(kind.y),
      axis: t(kind.x).toLowerCase(),
      series: listOf(series.map((one) => one.name)),
    }),
    xLabel: t(kind.x),
    yLabel: t(kind.y),
    series,
    ...(kind.isRoc ? { xDomain: [0, 1], yDomain: [0, 1], diagonal: true } : {}),
  }
}

function ksCharts(entries: readonly Entry[]): ChartProps[] {
  const pairs = Map.groupBy(
    entries,
    (entry) => `${entry.taskId} ${entry.namespace} ${textOf(entry.meta['pair_type'])}`,
  )
  return [...pairs.values()].map((pair) => {
    const rate = (ending: string) => pair.find((entry) => entry.name.endsWith(ending))
    const tpr = numericPoints(rate('_tpr')?.points ?? [])
    const fpr = numericPoints(rate('_fpr')?.points ?? [])
    const gap = widestGap(tpr, fpr)
    const of = `${pair[0].namespace}${pairs.size > 1 ? ` (${textOf(pair[0].meta['pair_type'])})` : ''}`
    return {
      id: chartId('ks', pair[0]),
      title: t('KS curve of {component}, {of}', { component: pair[0].component, of }),
      description: gap
        ? t(
            'True and false positive rate are furthest apart, by {from}, where {x} percent are called positive.',
            { from: formatNumber(gap.from - gap.to, 4), x: formatNumber(gap.x * 100, 3) },
          )
        : t('True and false positive rate over the share called positive.'),
      xLabel: t('Share called positive'),
      yLabel: t('Rate'),
      xDomain: [0, 1],
      yDomain: [0, 1],
      series: [
        { name: t('true positive rate'), points: tpr },
        { name: t('false positive rate'), points: fpr },
      ],
      ...(gap
        ? { gap: { ...gap, label: t('KS {from}', { from: formatNumber(gap.from - gap.to, 4) }) } }
        : {}),
    }
  })
}

function widestGap(
  tpr: Series['points'],
  fpr: Series['points'],
): { x: number; from: number; to: number } | undefined {
  const other = new Map(fpr)
  let best: { x: number; from: number; to: number } | undefined
  for (const [x, from] of tpr) {
    const to = other.get(x)
    if (to !== undefined && (!best || from - to > best.from - best.to)) best = { x, from, to }
  }
  return best
}

function plainChart(entry: Entry): ChartProps {
  const title = `${entry.component}: ${entry.name}`
  return {
    id: chartId('plain', entry),
    title,
    description: t('{name} as {component} reported it, {points}.', {
      name: entry.name,
      component: entry.component,
      points: countOf(entry.points.length, 'point'),
    }),
    xLabel: textOf(entry.meta['unit_name']) || 'x',
    yLabel: textOf(entry.meta['ordinate_name']) || entry.name,
    series: [{ name: entry.name, points: numericPoints(entry.points) }],
  }
}

/** Parties that report the same are named together. */
function factsOf(entries: readonly Entry[], tasks: readonly Task[]): NamedValues[] {
  const parties = new Map(tasks.map((task) => [task.id, partyOf(task)]))
  const alike = Map.groupBy(entries, ({ component, name, points }) =>
    JSON.stringify([component, name, points]),
  )
  return [...alike.values()].map((group) => ({
    title: `${group[0].component}: ${group[0].name}`,
    parties: group.map(({ taskId }) => parties.get(taskId) ?? taskId),
    values: group[0].points,
  }))
}

function byComponent(entries: readonly Entry[]): Entry[][] {
  return [...Map.groupBy(entries, (entry) => entry.taskId).values()]
}

/** The data set, and as much of the curve's own name as tells it from the others. */
function nameIn(group: readonly Entry[], entry: Entry): string {
  const rate = /^(PRECISION|RECALL)/.exec(entry.type)?.[1].toLowerCase()
  const models = new Set(group.map((other) => baseName(other)))
  const words = [
    rate === undefined ? rate : told(rate),
    models.size > 1 ? baseName(entry) : undefined,
    entry.namespace,
  ]
  return words.filter((word) => word !== undefined && word !== '').join(' ')
}

function baseName(entry: Entry): string {
  const ending = /_(roc|lift|gain|accuracy|precision|recall|f1_score)$/
  return entry.name.replace(ending, '')
}

function curveName(entry: Entry): string {
  const name = entry.name === 'loss' ? entry.namespace : entry.name
  return name.replace(/^loss\.(.*)/, (_, fold: string) => t('fold {fold}', { fold }))
}

function numericPoints(points: readonly Point[]): (readonly [number, number])[] {
  return points.flatMap(([x, y]) =>
    typeof x === 'number' && Number.isFinite(x) && Number.isFinite(y) ? [[x, y] as const] : [],
  )
}

function chartId(kind: string, entry: Entry): string {
  const text = `chart-${kind}-${entry.component}-${entry.namespace}-${entry.name}`
  return text.replaceAll(/[^A-Za-z0-9_-]+/g, '-')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
