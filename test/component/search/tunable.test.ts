import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { federatedKernel } from '../../../src/component/fedlearn/federated-kernel.ts'
import { horizontalFedAvg } from '../../../src/component/fedlearn/horizontal-fed-avg.ts'
import { randomForest } from '../../../src/component/fedlearn/random-forest.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
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

const CASES = [
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
]

function run(component: Component, params: object, tables: (typeof CASES)[number]['tables']) {
  return runComponent(component, {
    members: { guest: ['0'], host: ['1'] },
    params: component.params.parse(params),
    tables,
  })
}

const models = (of: ComponentRun) =>
  Object.values(of.parties).map(({ models: own }) => own[0].param)

describe('a search over an algorithm', { timeout: 120_000 }, () => {
  for (const { inner, tables, effort, candidates } of CASES) {
    it(`of ${inner.name} scores as its trainings do, and keeps the better model`, async () => {
      const component = COMPONENTS.get(`Auto${inner.name}`)
      assert.ok(component)
      const found = await run(component, { candidates, effort }, tables)
      const alone = []
      for (const one of candidates) {
        alone.push(await run(inner, { ...one, [effort.param]: effort.values[0] }, tables))
      }
      const errors = alone.map((one) => seriesOf(one, 'rmse', 'validate').at(-1) ?? Number.NaN)
      assert.ok(Math.abs(errors[0] - errors[1]) > 1e-3, `nothing to choose: ${errors.join(', ')}`)
      const scores = seriesOf(found, 'value', 'tuning')
      assert.equal(scores.length, candidates.length)
      for (const [at, score] of scores.entries()) {
        assert.ok(Math.abs(score - errors[at]) < 1e-6 * Math.max(1, score), `${at}: ${score}`)
      }
      const better = errors[1] < errors[0] ? 1 : 0
      assert.deepEqual(seriesOf(found, 'leader', 'tuning').at(-1), better + 1)
      const shape = (of: ComponentRun) =>
        JSON.stringify(models(of), (_key, value: unknown) =>
          typeof value === 'number' ? Number(value.toPrecision(6)) : value,
        )
      // The last digits of a kernel's weights depend on shares that are drawn anew; its score is compared above.
      if (inner !== federatedKernel) assert.equal(shape(found), shape(alone[better]))
      assert.equal(found.unread, 0)
    })
  }
})
