import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { homoLr } from '../../../src/component/linear/homo-lr.ts'
import { createWeights } from '../../../src/component/linear/linear-weights.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { fromColumns, multiply, multiplyTransposed } from '../../../src/compute/ml/matrix.ts'
import { auc, regressionReport } from '../../../src/compute/ml/metric.ts'
import { fitLogistic } from '../../../src/compute/ml/newton-logistic.ts'
import { numbersOf } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'
import { rawTable, sharedData } from '../../helpers/shared-data.ts'

/** One of FATE's tables as DataIO leaves it. */
function table(file: string, labelName?: string): Frame {
  const raw = rawTable(file)
  return {
    ...raw,
    kind: 'data',
    ...(labelName === undefined ? {} : { labelName }),
    columns: raw.columns.map(({ name, values }) => ({
      name,
      type: 'number',
      values: Float64Array.from(values, Number),
    })),
  }
}

function columnsOf(frame: Frame): Float64Array[] {
  return frame.columns.flatMap(({ name }) =>
    name === frame.labelName ? [] : [Float64Array.from(numbersOf(frame, name))],
  )
}

function train(
  component: Component,
  params: object,
  tables: { guest: Frame; host: Frame },
): Promise<ComponentRun> {
  return runComponent(component, {
    members: { guest: ['1'], host: ['2'], arbiter: ['3'] },
    params: { encrypt_param: { key_length: 1024 }, ...params },
    tables: { 'guest:1': { train_data: tables.guest }, 'host:2': { train_data: tables.host } },
  })
}

function labelled(run: ComponentRun): { labels: Float64Array; scores: Float64Array } {
  const [frame] = run.parties['guest:1'].tables
  const numbers = (name: string) => Float64Array.from(numbersOf(frame, name))
  return { labels: numbers('label'), scores: numbers('predict_score') }
}

const skip = sharedData === undefined && 'needs the shared data'

describe('the quality of linear models on the tables of the original', { skip }, () => {
  it('motor speed by HeteroLinR: R² of at least 0.90', async () => {
    const guest = table('motor_hetero_guest.csv', 'motor_speed')
    const host = table('motor_hetero_host.csv')
    const params = {
      optimizer: 'adam',
      learning_rate: 0.1,
      alpha: 0.001,
      max_iter: 60,
      batch_size: -1,
      init_param: { init_method: 'zeros' },
    }
    const { labels, scores } = labelled(await train(heteroLinR, params, { guest, host }))
    const { r2_score } = regressionReport(labels, scores)
    assert.ok(r2_score >= 0.9, `R² ${r2_score}`)
  })

  it('default of credit cards by HeteroLR: AUC of at least 0.716, within 0.01 of plain training', async () => {
    const guest = table('default_credit_hetero_guest.csv', 'y')
    const host = table('default_credit_hetero_host.csv')
    assert.deepEqual(guest.ids, host.ids)
    const params = {
      optimizer: 'adam',
      learning_rate: 0.05,
      decay: 0.3,
      max_iter: 6,
      batch_size: 3200,
      init_param: { init_method: 'zeros' },
    }
    const { labels, scores } = labelled(await train(heteroLr, params, { guest, host }))
    const matrix = fromColumns([...columnsOf(guest), ...columnsOf(host)])
    const plain = fitLogistic(matrix, labels, {
      l2: 1,
      intercept: true,
      maxIterations: 50,
      tol: 1e-9,
    })
    const best = auc(labels, multiply(matrix, Float64Array.from(plain.weights)))
    const found = auc(labels, scores)
    assert.ok(found >= 0.716 && best - found < 0.01, `AUC ${found}, plain ${best}`)
  })

  const HOMO = {
    penalty: 'L2',
    optimizer: 'nesterov_momentum_sgd',
    eps: 1e-5,
    alpha: 0.01,
    max_iter: 10,
    converge_func: 'diff',
    batch_size: 320,
    learning_rate: 0.01,
  }
  const homoTables = () => ({
    guest: table('v1.0.2/breast_homo_guest.csv', 'y'),
    host: table('v1.0.2/breast_homo_host.csv', 'y'),
  })

  /** The same steps on the rows of both parties together: these are linear in the gradient, as averages are. */
  function homoPlainly(params: object, tables: { guest: Frame; host: Frame }): number {
    const param = LogisticParam.parse(params)
    const both = [tables.guest, tables.host]
    const labels = Float64Array.from(both.flatMap((frame) => numbersOf(frame, 'y')))
    const parts = both.map(columnsOf)
    const matrix = fromColumns(
      parts[0].map((values, col) => Float64Array.from([...values, ...parts[1][col]])),
    )
    const weights = createWeights(param, { features: matrix.cols, intercept: true, stream: 0 })
    const predict = () => multiply(matrix, weights.weights).map((wx) => wx + weights.intercept)
    for (let epoch = 0; epoch < param.max_iter; epoch++) {
      const slopes = predict().map((wx, row) => (sigmoid(wx) - labels[row]) / labels.length)
      const gradient = [
        ...multiplyTransposed(matrix, slopes),
        slopes.reduce((sum, slope) => sum + slope, 0),
      ]
      weights.step(Float64Array.from(gradient), epoch)
    }
    return auc(
      labels.subarray(0, tables.guest.ids.length),
      predict().subarray(0, tables.guest.ids.length),
    )
  }

  it('breast by the published conf of HomoLR: ten short steps from positive weights end where plain ones do', async () => {
    const tables = homoTables()
    // Most columns speak against y = 1, so that weights from 0 to 1 rank rows the wrong way round.
    const params = { ...HOMO, init_param: { init_method: 'random_uniform' } }
    const { labels, scores } = labelled(await train(homoLr, params, tables))
    const found = auc(labels, scores)
    const plain = homoPlainly(params, tables)
    assert.ok(Math.abs(found - plain) < 1e-6, `AUC ${found}, plain ${plain}`)
    assert.ok(found < 0.5)
  })

  for (const [name, change] of [
    ['from zeros', { init_param: { init_method: 'zeros' } }],
    [
      'with longer steps',
      { init_param: { init_method: 'random_uniform' }, learning_rate: 0.5, alpha: 0 },
    ],
  ] as const) {
    it(`breast by HomoLR ${name}: AUC of at least 0.98, as plain training`, async () => {
      const tables = homoTables()
      const params = {
        ...HOMO,
        ...change,
        ...('learning_rate' in change ? { decay: 0, max_iter: 30 } : {}),
      }
      const { labels, scores } = labelled(await train(homoLr, params, tables))
      const found = auc(labels, scores)
      const plain = homoPlainly(params, tables)
      assert.ok(Math.abs(found - plain) < 1e-3, `AUC ${found}, plain ${plain}`)
      assert.ok(found >= 0.98, `AUC ${found}`)
    })
  }
})
