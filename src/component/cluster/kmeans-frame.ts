/**
 * Groups of rows as a table of predictions.
 * @module
 */
import { GROUP_SHAPE, type GroupShape } from '../../compute/ml/cluster-metric.ts'
import { type Frame, label } from '../../compute/ml/frame.ts'

/**
 * The groups as a prediction table. The first row of each group carries what Evaluation needs to measure groups without
 * the rows' columns; not where nobody has found that out.
 */
export function groupFrame(
  frame: Frame,
  groups: Float64Array,
  { shape, type }: { shape: readonly GroupShape[] | undefined; type: 'train' | 'test' },
): Frame {
  const labels = label(frame)
  return {
    kind: 'prediction',
    idName: frame.idName,
    ids: frame.ids,
    columns: [
      labels
        ? { name: 'label', type: 'number', values: labels }
        : { name: 'label', type: 'json', values: frame.ids.map(() => null) },
      { name: 'predict_result', type: 'number', values: groups },
      { name: 'predict_score', type: 'number', values: groups },
      {
        name: 'predict_detail',
        type: 'json',
        values: Array.from(groups, (cluster) => ({ cluster })),
      },
      ...(shape
        ? [
            {
              name: GROUP_SHAPE,
              type: 'json',
              values: Array.from(groups, (group, row) =>
                groups.indexOf(group) === row ? shape[group] : null,
              ),
            } as const,
          ]
        : []),
      { name: 'type', type: 'text', values: frame.ids.map(() => type) },
    ],
  }
}
