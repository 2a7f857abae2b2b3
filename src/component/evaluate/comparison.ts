/**
 * Measures that compare groups with labels, or the scores of two types of rows.
 * @module
 */
import { agreement, contingency } from '../../compute/ml/cluster-metric.ts'
import { stability } from '../stats/psi.ts'
import { emitter, type EvaluationContext, type Group, round } from './emitter.ts'

/** Groups against labels; measures of distances need the rows, which a prediction does not have. */
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
