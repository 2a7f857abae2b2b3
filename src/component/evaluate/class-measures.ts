/**
 * Measures of answers among several classes.
 * @module
 */
import { contingency } from '../../compute/ml/cluster-metric.ts'
import { type ClassReport, classReport } from '../../compute/ml/metric.ts'
import { type Emitter, emitter, type EvaluationContext, type Group, round } from './emitter.ts'

/** Accuracy, the means over classes of precision, recall and F1, each by class, and the confusion matrix. */
export function measureMulti(
  context: EvaluationContext,
  group: Group,
  wanted: ReadonlySet<string>,
): void {
  const report = classReport(group.labels, group.results)
  const emit = emitter(context, group)
  const { source } = group
  const values = {
    accuracy: report.accuracy,
    precision: mean(report.precision),
    recall: mean(report.recall),
    f1_score: mean(report.f1),
  }
  emit.summary(
    (['accuracy', 'precision', 'recall', 'f1_score'] as const).flatMap((name) =>
      wanted.has(name) ? [[name, values[name]] as [string, number]] : [],
    ),
  )
  for (const [name, ordinate_name] of [
    ['precision', 'Precision'],
    ['recall', 'Recall'],
  ] as const) {
    if (!wanted.has(name)) continue
    emit.curve(name, `${name.toUpperCase()}_MULTI_EVALUATION`, {
      curve: { x: report.classes, y: report[name], thresholds: [] },
      meta: { ordinate_name, curve_name: `${source}_${name}`, pair_type: source },
    })
  }
  measureClasses(emit, group, { wanted, report })
}

/** F1 by class, and how often each class was answered for each label. */
function measureClasses(
  emit: Emitter,
  group: Group,
  { wanted, report }: { wanted: ReadonlySet<string>; report: ClassReport },
): void {
  const { classes } = report
  if (wanted.has('f1_score')) {
    emit.series('_f1_score', 'F1_MULTI_EVALUATION', {
      points: classes.map((value, at) => [value, round(report.f1[at])]),
      meta: {
        ordinate_name: 'F1',
        curve_name: `${group.source}_f1_score`,
        pair_type: group.source,
      },
    })
  }
  if (!wanted.has('confusion_mat')) return
  const { labels, groups, counts } = contingency(group.labels, group.results)
  const matrix = classes.map((label) =>
    classes.map((answer) => counts[labels.indexOf(label)]?.[groups.indexOf(answer)] ?? 0),
  )
  emit.series('_confusion_mat', 'CONFUSION_MAT_MULTI', {
    meta: { true_labels: classes, predicted_labels: classes, result_table: matrix },
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
