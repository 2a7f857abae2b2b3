import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { federatedKernel } from '../../../src/component/fedlearn/federated-kernel.ts'
import { horizontalFedAvg } from '../../../src/component/fedlearn/horizontal-fed-avg.ts'
import { linearRegression } from '../../../src/component/fedlearn/linear-regression.ts'
import { mixGBoost } from '../../../src/component/fedlearn/mix-gboost.ts'
import { mixedMatch } from '../../../src/component/fedlearn/mixed-match.ts'
import { randomForest } from '../../../src/component/fedlearn/random-forest.ts'
import { verticalFdnn } from '../../../src/component/fedlearn/vertical-fdnn.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { frames, scene } from '../../helpers/mixed-scene.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { seriesOf, verticalData } from '../../helpers/vertical-data.ts'

const { ids, labels, parties } = verticalData({ rows: 120, widths: [2, 2] })

/** Some rows of some columns, with labels or without. */
function frameOf(
  columns: readonly Float64Array[],
  [from, to]: readonly [number, number],
  labelled: boolean,
): Frame {
  const number = (name: string, values: Float64Array) => ({
    name,
    type: 'number' as const,
    values: values.slice(from, to),
  })
  const own = columns.map((values, at) => number(`x${at}`, values))
  const head = { kind: 'data' as const, idName: 'uid', ids: ids.slice(from, to) }
  return labelled
    ? { ...head, labelName: 'y', columns: [number('y', labels), ...own] }
    : { ...head, columns: own }
}

/** Two parties with different columns of the same rows, 80 to learn from. */
const BY_COLUMNS = {
  'guest:0': {
    train_data: frameOf(parties[0], [0, 80], true),
    validate_data: frameOf(parties[0], [80, 120], true),
  },
  'host:1': {
    train_data: frameOf(parties[1], [0, 80], false),
    validate_data: frameOf(parties[1], [80, 120], false),
  },
}

/** Two parties with different rows of the same columns. */
const BY_ROWS = {
  'guest:0': {
    train_data: frameOf(parties[0], [0, 40], true),
    validate_data: frameOf(parties[0], [80, 100], true),
  },
  'host:1': {
    train_data: frameOf(parties[0], [40, 80], true),
    validate_data: frameOf(parties[0], [100, 120], true),
  },
}

/** Two parties with some rows and some columns in common, which they have matched. */
async function mixed(): Promise<Tables> {
  const of = scene(0)
  const own = frames({ ...of, has: of.has.slice(0, 2) })
  const names = ['guest:0', 'host:1'] as const
  const match = await runComponent(mixedMatch, {
    members: { guest: ['0'], host: ['1'] },
    tables: Object.fromEntries(names.map((name, at) => [name, { data: own[at] }])),
    random: (bytes) => new Uint8Array(bytes).fill(7),
  })
  return Object.fromEntries(
    names.map((name, at) => [name, { data: match.parties[name].tables[0], train_data: own[at] }]),
  )
}

type Tables = NonNullable<RunOptions['tables']>

interface Case {
  readonly inner: Component
  readonly tables: Tables | (() => Promise<Tables>)
  readonly effort: { readonly param: string; readonly values: readonly number[] }
  readonly candidates: readonly object[]
  /** The first validation metric, which is the RMSE elsewhere. */
  readonly metric?: string
  /** How much the last digits vary with shares that are drawn anew, of the score; not at all without it. */
  readonly drawn?: number
}

const CASES: readonly Case[] = [
  {
    inner: randomForest,
    tables: BY_COLUMNS,
    effort: { param: 'numTrees', values: [2] },
    candidates: [
      { maxDepth: 1, maxTreeSamples: -1, minSamplesSplit: 2 },
      { maxDepth: 5, maxTreeSamples: -1, minSamplesSplit: 2 },
    ],
  },
  {
    inner: federatedKernel,
    tables: BY_COLUMNS,
    effort: { param: 'maxIter', values: [10] },
    drawn: 1e-6,
    candidates: [
      { scale: 500, mapdim: 40, metricType: ['RMSE'] },
      { scale: 0.05, mapdim: 40, metricType: ['RMSE'] },
    ],
  },
  {
    inner: horizontalFedAvg,
    tables: BY_ROWS,
    effort: { param: 'numRound', values: [6] },
    candidates: [
      { localEpoch: 1, batchSize: 40 },
      { localEpoch: 8, batchSize: 5 },
    ],
  },
  {
    inner: mixGBoost,
    tables: mixed,
    effort: { param: 'maxTreeNum', values: [3] },
    candidates: [
      { eta: 0.01, crossValidation: 0.7, evalMetric: ['RMSE'] },
      { eta: 0.5, crossValidation: 0.7, evalMetric: ['RMSE'] },
    ],
  },
  {
    inner: linearRegression,
    tables: mixed,
    effort: { param: 'maxEpoch', values: [4] },
    metric: 'gL2Norm',
    drawn: 1e-6,
    candidates: [
      { eta: 0.01, crossValidation: 0.7, minLoss: 0 },
      { eta: 0.6, crossValidation: 0.7, minLoss: 0 },
    ],
  },
  {
    inner: verticalFdnn,
    tables: BY_COLUMNS,
    effort: { param: 'num_epochs', values: [2] },
    metric: 'mse',
    drawn: 1e-3,
    candidates: [
      { batch_size: 80, isTest: 'true' },
      { batch_size: 16, isTest: 'true' },
    ],
  },
]

function run(component: Component, params: object, tables: Tables) {
  return runComponent(component, {
    members: { guest: ['0'], host: ['1'] },
    params: component.params.parse(params),
    tables,
  })
}

const models = (of: ComponentRun) =>
  Object.values(of.parties).map(({ models: own }) => own[0].param)

describe('a search over an algorithm', { timeout: 120_000 }, () => {
  for (const one of CASES) {
    const { inner, effort, candidates, metric = 'rmse', drawn } = one
    it(`of ${inner.name} scores as its trainings do, and keeps the better model`, async () => {
      const component = COMPONENTS.get(`Auto${inner.name}`)
      assert.ok(component)
      const tables = typeof one.tables === 'function' ? await one.tables() : one.tables
      const found = await run(component, { candidates, effort }, tables)
      const alone = []
      for (const set of candidates) {
        alone.push(await run(inner, { ...set, [effort.param]: effort.values[0] }, tables))
      }
      const errors = alone.map((each) => seriesOf(each, metric, 'validate').at(-1) ?? Number.NaN)
      assert.ok(Math.abs(errors[0] - errors[1]) > 1e-3, `nothing to choose: ${errors.join(', ')}`)
      const scores = seriesOf(found, 'value', 'tuning')
      assert.equal(scores.length, candidates.length)
      for (const [at, score] of scores.entries()) {
        const off = Math.abs(score - errors[at])
        assert.ok(
          off < (drawn ?? 1e-6) * Math.max(1, score),
          `${at}: ${score}, alone ${errors[at]}`,
        )
      }
      const better = errors[1] < errors[0] ? 1 : 0
      assert.deepEqual(seriesOf(found, 'leader', 'tuning').at(-1), better + 1)
      const shape = (of: ComponentRun) =>
        JSON.stringify(models(of), (_key, value: unknown) =>
          typeof value === 'number' ? Number(value.toPrecision(6)) : value,
        )
      // Where they do, the score is compared above.
      if (drawn === undefined) assert.equal(shape(found), shape(alone[better]))
      assert.equal(found.unread, 0)
    })
  }
})
