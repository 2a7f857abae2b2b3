import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Metric } from '../../../src/domain/metric.ts'
import type { Task } from '../../../src/domain/task.ts'
import {
  compareCharts,
  compareParameters,
  compareScores,
  compareTimes,
} from '../../../views/job/comparison.ts'
import type { JobSnapshot } from '../../../views/job/detail.tsx'

describe('comparison of jobs', () => {
  it('scores stand beside each other, with a gap where a job has none', () => {
    const rows = compareScores([job('a', { auc: 0.9, ks: 0.7 }), job('b', { auc: 0.95 })])
    assert.deepEqual(rows, [
      { name: 'AUC', of: 'lr_0, train', cells: [0.9, 0.95] },
      { name: 'KS', of: 'lr_0, train', cells: [0.7, null] },
    ])
  })

  it('only parameters that differ are listed, with the party where parties differ', () => {
    const one = job(
      'a',
      {},
      { guest: { max_iter: 5, tree: { depth: 3 } }, host: { max_iter: 5, tree: { depth: 3 } } },
    )
    const two = job(
      'b',
      {},
      { guest: { max_iter: 5, tree: { depth: 4 } }, host: { max_iter: 6, tree: { depth: 4 } } },
    )
    assert.deepEqual(compareParameters([one, two]), [
      { of: 'lr_0', name: 'max_iter', cells: ['5', 'guest 1: 5, host 2: 6'] },
      { of: 'lr_0', name: 'tree.depth', cells: ['3', '4'] },
    ])
    assert.deepEqual(compareParameters([one, one]), [])
  })

  it('curves of the same name lie over each other, named by their job', () => {
    const [chart, ...others] = compareCharts([job('a', { auc: 1 }), job('b', { auc: 1 })])
    assert.deepEqual(others, [])
    assert.deepEqual(
      chart.series.map(({ name, points }) => [name, points.length]),
      [
        ['1 a', 2],
        ['2 b', 2],
      ],
    )
  })

  it('a component takes from its first start to its last end, and has no time before that', () => {
    const open = job('b', {})
    const tasks = open.tasks.map((task, at) => (at === 0 ? { ...task, endedAt: null } : task))
    assert.deepEqual(compareTimes([job('a', {}), { ...open, tasks }]), [
      { of: 'lr_0', name: '', cells: [50, null] },
    ])
  })
})

function job(
  name: string,
  scores: Record<string, number>,
  params: Record<'guest' | 'host', Record<string, unknown>> = { guest: {}, host: {} },
): JobSnapshot {
  const metric = (metricName: string, type: string, points: Metric['points']): Metric => ({
    taskId: `${name}-guest`,
    namespace: 'train',
    name: metricName,
    meta: { metric_type: type },
    points,
  })
  const tasks = [
    { role: 'guest' as const, party: '1', startedAt: 100, endedAt: 130 },
    { role: 'host' as const, party: '2', startedAt: 110, endedAt: 150 },
  ].map((one) => ({
    ...one,
    id: `${name}-${one.role}`,
    name: 'lr_0',
    spec: { type: 'component', params: params[one.role] },
  }))
  const found = Object.entries(scores)
  return {
    job: { id: name, name },
    tasks: tasks as unknown as Task[],
    metrics: [
      metric('lr_0', 'EVALUATION_SUMMARY', found),
      metric(
        'loss',
        'LOSS',
        found.length > 0
          ? [
              [0, 0.7],
              [1, 0.5],
            ]
          : [],
      ),
    ].filter(({ points }) => points.length > 0),
  } as unknown as JobSnapshot
}
