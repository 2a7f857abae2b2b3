/**
 * One trial of a search: a training with a validation table, or one for each fold of the rows, whose scores count by
 * their mean. Every party cuts its own rows, sorted by id, with the same seed, so that folds need no message.
 * @module
 */
import { cutFolds } from '../cross-validation.ts'
import type { Component, DataSlot, TaskContext } from '../define.ts'
import { recorder, type Recorded } from './trial-context.ts'

/** Every trial is measured on the same folds. */
const SEED = 1

export interface TrialOptions {
  readonly params: object
  /** 1 for the tables as they are. */
  readonly folds: number
  /** Whether it is the first: the others would warn of the same again. */
  readonly first: boolean
  progress(fraction: number, note: string | undefined): void
}

/** What each training of a trial has left at this party; one of all the rows, or one a fold. */
export async function runTrial(
  context: TaskContext,
  inner: Component,
  { params, folds, first, progress }: TrialOptions,
): Promise<Recorded[]> {
  if (folds === 1) {
    const trial = recorder(context, { params, first, progress })
    await inner.run(trial.context)
    return [trial.recorded()]
  }
  const tables = await context.tables('train_data')
  const cuts = tables.map((table) => cutFolds(context, table, { folds, seed: SEED }))
  const left: Recorded[] = []
  for (let fold = 0; fold < folds; fold++) {
    const cut = cuts.map((tablesOf) => tablesOf(fold))
    const trial = recorder(context, {
      params,
      first: first && fold === 0,
      progress: (fraction, note) => progress((fold + fraction) / folds, note),
    })
    await inner.run({
      ...trial.context,
      connected: { ...context.connected, data: ['train_data', 'validate_data'] },
      tables: (slot: DataSlot) =>
        Promise.resolve(
          cut.map(({ train, validate }) => (slot === 'train_data' ? train : validate)),
        ),
    })
    left.push(trial.recorded())
  }
  return left
}
