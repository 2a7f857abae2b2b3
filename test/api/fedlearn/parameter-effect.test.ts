/**
 * Every parameter of every algorithm's table has an effect on a training, or is said to have none.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { type AlgorithmName, algorithmParams } from '../../../src/api/fedlearn/algorithms.ts'
import type { ComponentRun } from '../../helpers/parties.ts'
import { type Effect, TRIALS } from './parameter-cases.ts'
import { type Sent, trained } from './parameter-training.ts'

/** Parameters of a training's rows or answers, beside its component: `parameter-rows.test.ts` shows these. */
const OUTSIDE: Readonly<Partial<Record<AlgorithmName, readonly string[]>>> = {
  FederatedGB: ['maximize', 'crossValidation'],
  RandomForest: ['crossValidation'],
  VerticalLinearRegression: ['crossValidation'],
  VerticalLR: ['crossValidation'],
  FederatedKernel: ['crossValidation'],
  HorizontalFedAvg: ['crossValidation'],
  VerticalFDNN: ['crossValidation'],
}

const ALGORITHMS = Object.keys(TRIALS) as AlgorithmName[]

/**
 * What a training has learnt: predictions, weights and metrics, to four digits. Models as a whole are left out, as they
 * repeat their parameters, and shares of one are drawn anew in every training.
 */
function learnt(run: ComponentRun): string {
  const all = Object.entries(run.parties).map(([party, { models, tables, metrics }]) => [
    party,
    models.map(({ state }) => (state as { weights?: unknown }).weights),
    tables.map(({ columns }) => columns.map(({ values }) => [...values])),
    metrics.map(({ name, points }) => [name, points]),
  ])
  return JSON.stringify(run.parties['guest:0'].tables.length > 0 ? all.map(shown) : all, digits)
}

/** Where rows are predicted, what is told of them. */
function shown([party, _weights, ...told]: readonly unknown[]): unknown[] {
  return [party, ...told]
}

function digits(_key: string, value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return [...(value as Float64Array)].map(rounded)
  // A share.
  if (typeof value === 'bigint') return null
  return typeof value === 'number' ? rounded(value) : value
}

function rounded(value: number): number {
  return Math.abs(value) < 1e-6 ? 0 : Number(value.toPrecision(4))
}

function namesOf(run: ComponentRun): string[] {
  const own = run.parties['guest:0'].metrics.filter(({ namespace }) => namespace === 'train')
  return [...new Set(own.map(({ name }) => name).filter((name) => !/^(loss|dp)/.test(name)))]
}

function warningsOf(run: ComponentRun): string {
  return Object.values(run.parties)
    .flatMap(({ warnings }) => warnings)
    .join('\n')
}

describe('every parameter has its effect', { timeout: 600_000 }, () => {
  for (const algorithm of ALGORITHMS) {
    describe(`in ${algorithm}`, () => {
      const { base, effects } = TRIALS[algorithm]
      const known = new Map<string, Promise<ComponentRun>>()
      const once = (sent: Sent) => {
        const key = JSON.stringify(sent)
        const run = known.get(key) ?? trained(algorithm, sent)
        known.set(key, run)
        return run
      }

      it('so that all of its table are tried', () => {
        const tried = [...Object.keys(effects), ...(OUTSIDE[algorithm] ?? [])].toSorted()
        const listed = algorithmParams(algorithm).map(({ field }) => field)
        assert.deepEqual(tried, listed.toSorted())
      })

      it('where nothing else changes what is learnt', async () => {
        assert.equal(learnt(await trained(algorithm, base)), learnt(await once(base)))
      })

      for (const [field, shown] of Object.entries(effects)) {
        for (const effect of Array.isArray(shown) ? shown : [shown]) {
          const { value, given, changes } = effect as Effect
          it(`of ${field} ${JSON.stringify(value)} on ${String(changes)}`, async () => {
            const usual = { ...base, ...given }
            const before = await once(usual)
            const after = await once({ ...usual, [field]: value })
            if (changes === 'model') assert.notEqual(learnt(after), learnt(before))
            else if (changes === 'metrics') {
              assert.equal(namesOf(after).length, (value as string[]).length, namesOf(after).join())
            } else {
              assert.match(warningsOf(after), changes)
              assert.notEqual(warningsOf(after), warningsOf(before))
            }
          })
        }
      }
    })
  }
})
