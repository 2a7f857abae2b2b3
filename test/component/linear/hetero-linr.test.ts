import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { createWeights } from '../../../src/component/linear/linear-weights.ts'
import { fromColumns, multiply, multiplyTransposed } from '../../../src/compute/ml/matrix.ts'
import { regressionReport } from '../../../src/compute/ml/metric.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent } from '../../helpers/parties.ts'

const ROWS = 60
const OWN = randomColumns('x', { columns: 2, rows: ROWS, seed: 21 })
const THEIRS = randomColumns('h', { columns: 3, rows: ROWS, seed: 22 })
const rng = createRng(23)
const LABELS = OWN['x0'].map(
  (x, row) => 3 + 2 * x - THEIRS['h1'][row] + 0.5 * THEIRS['h2'][row] + 0.1 * rng.normal(),
)
const MEMBERS = { guest: ['1'], host: ['2'], arbiter: ['3'] }
// Ids in the order in which they are sorted, so that plain training sees the same rows.
const IDS = LABELS.map((_, row) => `r${String(row).padStart(3, '0')}`)
const TABLES = {
  'guest:1': { train_data: numberFrame(OWN, { labels: LABELS, ids: IDS }) },
  'host:2': { train_data: numberFrame(THEIRS, { ids: IDS }) },
}
const PARAMS = {
  optimizer: 'rmsprop',
  learning_rate: 0.15,
  alpha: 0.01,
  max_iter: 8,
  init_param: { init_method: 'random_uniform' },
  encrypt_param: { key_length: 1024 },
}

function train(params: object = {}): Promise<ComponentRun> {
  return runComponent(heteroLinR, {
    members: MEMBERS,
    params: { ...PARAMS, ...params },
    tables: TABLES,
  })
}

/** The same steps on plain numbers: losses by epoch, and the weights. */
function plainly(): {
  losses: number[]
  own: Float64Array
  theirs: Float64Array
  intercept: number
} {
  const params = heteroLinR.params.parse(PARAMS) as Parameters<typeof createWeights>[0]
  const sides = [OWN, THEIRS].map((columns, stream) => {
    const matrix = fromColumns(Object.values(columns).map((values) => Float64Array.from(values)))
    const features = matrix.cols
    return { matrix, weights: createWeights(params, { features, intercept: stream === 0, stream }) }
  })
  const [own, theirs] = sides.map(({ weights }) => weights)
  const losses: number[] = []
  for (let epoch = 0; epoch < 8; epoch++) {
    const residual = Float64Array.from(LABELS, (y) => own.intercept - y)
    for (const { matrix, weights } of sides) {
      multiply(matrix, weights.weights).forEach((wx, row) => (residual[row] += wx))
    }
    const square = residual.reduce((sum, value) => sum + value ** 2, 0) / ROWS
    losses.push(square / 2 + own.penalty + theirs.penalty)
    const sum = residual.reduce((a, b) => a + b, 0)
    const gradients = sides.map(({ matrix }) => [...multiplyTransposed(matrix, residual)])
    own.step(
      Float64Array.from([...gradients[0], sum], (value) => value / ROWS),
      epoch,
    )
    theirs.step(
      Float64Array.from(gradients[1], (value) => value / ROWS),
      epoch,
    )
  }
  return { losses, own: own.weights, theirs: theirs.weights, intercept: own.intercept }
}

describe('HeteroLinR', () => {
  it('takes the steps of the same training on plain numbers, and reports its losses', async () => {
    const { parties, unread } = await train()
    const plain = plainly()
    const guest = parties['guest:1'].models[0]
    const host = parties['host:2'].models[0]
    assert.equal(guest.name, 'HeteroLinearRegression')
    close(Object.values(guest.param['weight'] as Record<string, number>), [...plain.own])
    close(Object.values(host.param['weight'] as Record<string, number>), [...plain.theirs])
    close([guest.param['intercept'] as number], [plain.intercept])
    const points = parties['arbiter:3'].metrics.flatMap((series) => series.points)
    close(
      points.map(([, loss]) => loss),
      plain.losses,
    )
    assert.equal(unread, 0)
  })

  it('predicts the linear predictor, now and later', async () => {
    const { parties } = await train({ max_iter: 60 })
    const [table] = parties['guest:1'].tables
    const scores = Float64Array.from(numbersOf(table, 'predict_score'))
    const { r2_score } = regressionReport(Float64Array.from(LABELS), scores)
    assert.ok(r2_score > 0.95, `${r2_score}`)
    assert.deepEqual(numbersOf(table, 'label'), LABELS)
    const again = await runComponent(heteroLinR, {
      members: MEMBERS,
      tables: {
        'guest:1': { eval_data: TABLES['guest:1'].train_data },
        'host:2': { eval_data: TABLES['host:2'].train_data },
      },
      models: {
        'guest:1': { model: parties['guest:1'].models[0] },
        'host:2': { model: parties['host:2'].models[0] },
      },
    })
    assert.deepEqual(numbersOf(again.parties['guest:1'].tables[0], 'predict_score'), [...scores])
  })

  it('refuses what it cannot do, and warns of what it does not know', async () => {
    assert.throws(
      () => heteroLinR.params.parse({ one_vs_rest_param: { need_one_vs_rest: true } }),
      /a regression has no classes/,
    )
    const { parties } = await train({ max_iter: 1, sqn: 3 })
    assert.match(parties['guest:1'].warnings.join(), /has no parameter "sqn"/)
  })
})

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 1e-9, `${value} is not ${expected[at]}`)
  })
}
