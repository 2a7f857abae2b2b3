/**
 * Measures that compare groups with labels, or the scores of two types of rows.
 * @module
 */
import {
  agreement,
  contingency,
  daviesBouldin,
  GROUP_SHAPE,
  type GroupShape,
} from '../../compute/ml/cluster-metric.ts'
import { column, type Frame } from '../../compute/ml/frame.ts'
import { stability } from '../stats/psi.ts'
import { emitter, type EvaluationContext, type Group, round } from './emitter.ts'

/** Groups against labels. */
export function measureClusters(
  context: EvaluationContext,
  group: Group,
  wanted: ReadonlySet<string>,
): void {
  const emit = emitter(context, group)
  const table = contingency(group.labels, group.results)
  const found = agreement(table)
  emit.summary(
    Object.entries(found).filter((entry): entry is [string, number] => wanted.has(entry[0])),
  )
  if (!wanted.has('contingency_matrix')) return
  emit.series('_contingency_matrix', 'CONTINGENCY_MATRIX', {
    meta: { true_labels: table.labels, predicted_labels: table.groups, result_table: table.counts },
  })
}

/** How well groups lie apart, from what the component that made them says of them; nothing where it says nothing. */
export function measureShapes(
  context: EvaluationContext,
  { source, frame }: { source: string; frame: Frame },
  wanted: ReadonlySet<string>,
): void {
  const shapes = frame.columns.find(({ name }) => name === GROUP_SHAPE)?.values
  if (!shapes) return
  const results = column(frame, 'predict_result').values
  const types = column(frame, 'type').values
  const groups = Array.from<unknown, { at: number; type: string; shape: unknown }>(
    shapes,
    (shape, row) => ({ at: Number(results[row]), type: String(types[row]), shape }),
  ).flatMap(({ at, type, shape }) => (isShape(shape) ? [{ at, type, shape }] : []))
  for (const [type, own] of Map.groupBy(groups, (group) => group.type)) {
    const none = new Float64Array(0)
    const emit = emitter(context, { source, type, labels: none, results: none, scores: none })
    const index = daviesBouldin(own)
    if (wanted.has('davies_bouldin') && Number.isFinite(index)) {
      emit.summary([['davies_bouldin', index]])
    }
    if (!wanted.has('distance_measure')) continue
    const clusters = own.toSorted((a, b) => a.at - b.at)
    emit.series('_distance_measure', 'DISTANCE_MEASURE', {
      meta: {
        cluster_index: clusters.map(({ at }) => at),
        avg_intra_dist: clusters.map(({ shape }) => round(shape.radius)),
        nearest_inter_dist: clusters.map(({ at, shape }) => {
          const others = clusters.flatMap((other) =>
            other.at === at ? [] : shape.distances[other.at],
          )
          return others.length === 0 ? null : round(Math.min(...others))
        }),
        inter_dist: clusters.map(({ shape }) =>
          clusters.map(({ at }) => round(shape.distances[at])),
        ),
      },
    })
  }
}

function isShape(value: unknown): value is GroupShape {
  if (typeof value !== 'object' || value === null) return false
  const { radius, distances } = value as Partial<GroupShape>
  return Number.isFinite(radius) && Array.isArray(distances) && distances.every(Number.isFinite)
}

/** How far the scores of validation rows lie from those of training rows: population stability in twenty bins. */
export function measureStability(context: EvaluationContext, groups: readonly Group[]): void {
  const train = groups.find(({ type }) => type === 'train')
  const other = groups.find(({ type }) => type === 'validation')
  if (!train || !other) return
  const found = stability(train.scores, other.scores, { max_bin_num: 20, dense_missing_val: null })
  const positives = ({ labels }: Group): number =>
    labels.filter((value) => value === context.params.pos_label).length / labels.length
  emitter(context, other).series('_psi', 'PSI', {
    points: [['total_psi', round(found.totalPsi)]],
    meta: {
      psi_scores: found.psi.map(round),
      total_psi: round(found.totalPsi),
      expected_interval: found.expectCounts,
      expected_percentage: found.expectPercentage.map(round),
      actual_interval: found.actualCounts,
      actual_percentage: found.actualPercentage.map(round),
      intervals: found.intervals,
      train_pos_perc: round(positives(train)),
      validate_pos_perc: round(positives(other)),
    },
  })
}
