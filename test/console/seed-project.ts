/**
 * Parties with data sets, and a runner that matches, trains and predicts as it is told.
 * @module
 */
import assert from 'node:assert/strict'

import type { LeasedTask, OfferedDataset } from '../../src/domain/work.ts'
import { type FakeRunner, startRunner } from '../helpers/app.ts'
import { textOf } from './html.ts'
import type { TestConsole } from './seed.ts'

/** Columns of two parties; both have a column `x`. */
export const OFFERS: readonly OfferedDataset[] = [
  {
    party: 'left',
    name: 'loans.csv',
    index: 'uid',
    features: [
      { name: 'uid', dtype: 'string' },
      { name: 'x', dtype: 'float' },
      { name: 'age', dtype: 'float' },
      { name: 'y', dtype: 'float' },
    ],
  },
  {
    party: 'right',
    name: 'calls.csv',
    index: 'phone',
    features: [
      { name: 'x', dtype: 'float' },
      { name: 'calls', dtype: 'float' },
    ],
  },
]

export const pair = (party: string, name: string) => JSON.stringify([party, name])

/** What the first two steps ask for; `x` of the right party is left out. */
export function columnForm(change: Readonly<Record<string, string>> = {}): URLSearchParams {
  const form = new URLSearchParams({
    task: 'credit',
    label: pair('left', 'y'),
    method: 'ECDH',
    ...change,
  })
  for (const { party, name } of OFFERS) form.append('data', pair(party, name))
  for (const [party, name] of [
    ['left', 'x'],
    ['left', 'age'],
    ['left', 'y'],
    ['right', 'calls'],
  ]) {
    form.append('use', pair(party, name))
  }
  return form
}

/** A runner that offers the data sets of both parties. */
export function startClients({ db }: TestConsole): Promise<FakeRunner> {
  return startRunner(db, { datasets: OFFERS })
}

/** Posts a form and answers where it leads. */
export async function post(
  test: TestConsole,
  path: string,
  form: URLSearchParams,
): Promise<string> {
  const answer = await test.app.request(path, { method: 'POST', body: form })
  assert.equal(answer.status, 303, textOf(await answer.clone().text()))
  return answer.headers.get('location') ?? ''
}

/** A match that has found as many rows as that; answers the page of it. */
export async function matched(
  test: TestConsole,
  runner: FakeRunner,
  count: number,
): Promise<string> {
  const path = await post(test, '/projects/match', columnForm())
  await runner.work(async (task) => {
    if (task.role !== 'guest') return
    await runner.report(task, {
      type: 'metric',
      namespace: 'train',
      name: 'intersection',
      points: [['intersect_count', count]],
      meta: {},
    })
  })
  return path
}

/** What a round of a training reports. */
export async function round(runner: FakeRunner, task: LeasedTask, at: number): Promise<void> {
  for (const [namespace, value] of [
    ['train', 0.9],
    ['validate', 0.8],
  ] as const) {
    await runner.report(task, {
      type: 'metric',
      namespace,
      name: 'auc',
      points: [[at, value + at / 100]],
      meta: {},
    })
  }
}

/** Does the tasks of a training: two rounds, and how much each column matters. */
export async function train(runner: FakeRunner): Promise<void> {
  await runner.work(async (task) => {
    if (task.name !== 'train') return
    if (task.role === 'guest') {
      await round(runner, task, 0)
      await round(runner, task, 1)
    }
    await runner.report(task, {
      type: 'artifact',
      kind: 'model',
      name: 'model',
      location: `models/${task.party}`,
      summary: { name: 'train' },
      preview: {
        param: {
          featureImportances:
            task.role === 'guest'
              ? [
                  { sitename: 'guest', fid: 1, importance: 7 },
                  { sitename: 'host', fid: -1, importance: 3 },
                ]
              : [{ sitename: 'host', fid: 0, importance: 3 }],
        },
      },
    })
  })
}

/** Does the tasks of a search: the first trials have these scores, and each time the least so far leads. */
export async function search(runner: FakeRunner, scores: readonly number[]): Promise<void> {
  await runner.work(async (task) => {
    if (task.name !== 'train' || task.role !== 'guest') return
    for (const [at, score] of scores.entries()) {
      const known = scores.slice(0, at + 1)
      for (const [name, value] of [
        ['value', score],
        ['candidate', at],
        ['leader', known.indexOf(Math.min(...known)) + 1],
      ] as const) {
        const points = [[at + 1, value] as const]
        await runner.report(task, { type: 'metric', namespace: 'tuning', name, points, meta: {} })
      }
    }
    await round(runner, task, 0)
  })
}
