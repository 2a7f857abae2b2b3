import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { linearRegression } from '../../../src/component/fedlearn/linear-regression.ts'
import { LinearRegressionParam } from '../../../src/component/fedlearn/mix-linear-param.ts'
import { learntNumbers } from '../../../src/component/fedlearn/mix-setup.ts'
import { mixedMatch, NUMBER_COLUMN } from '../../../src/component/fedlearn/mixed-match.ts'
import { cholesky, solveFactored } from '../../../src/compute/ml/cholesky.ts'
import { column, type Frame } from '../../../src/compute/ml/frame.ts'
import { frames, joined, type Scene, scene, sharedScene } from '../../helpers/mixed-scene.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { hasShared } from '../../helpers/vertical-data.ts'

const ADDRESSES = ['guest:1', 'host:2', 'host:3'] as const

type Given = Partial<LinearRegressionParam>

const BASE: Given = { maxEpoch: 4, minLoss: 0, eta: 0.5 }

function membersOf(tables: readonly unknown[]) {
  return { guest: ['1'], host: ['2', '3'].slice(0, tables.length - 1) }
}

async function match(tables: readonly Frame[]): Promise<readonly Frame[]> {
  const addresses = ADDRESSES.slice(0, tables.length)
  const run = await runComponent(mixedMatch, {
    members: membersOf(tables),
    tables: Object.fromEntries(addresses.map((at, party) => [at, { data: tables[party] }])),
    random: (bytes) => new Uint8Array(bytes).fill(7),
  })
  return addresses.map((at) => run.parties[at].tables[0])
}

async function train(
  of: Scene,
  given: Given = {},
  more: {
    checkpoints?: NonNullable<RunOptions['checkpoints']>
    tamper?: (tag: string, from: string) => void
  } = {},
): Promise<ComponentRun> {
  const tables = frames(of)
  const matched = await match(tables)
  return runComponent(linearRegression, {
    members: membersOf(tables),
    params: LinearRegressionParam.parse({ ...BASE, ...given }),
    tables: Object.fromEntries(
      tables.map((table, party) => [ADDRESSES[party], { data: matched[party], train_data: table }]),
    ),
    ...(more.checkpoints ? { checkpoints: more.checkpoints } : {}),
    tamper(message) {
      more.tamper?.(message.tag, message.from)
      return message.bytes
    },
  })
}

interface Plain {
  readonly weights: ReadonlyMap<string, number>
  readonly intercept: number
  /** After every epoch, of the rows that are learnt from and of the others. */
  readonly lengths: readonly number[]
  readonly others: readonly number[]
  readonly squares: readonly number[]
  predict(row: number): number
}

/** The same descent over one table with gaps, which count as the mean. */
function plain(
  of: Scene,
  given: Given = {},
  { learnt, solved = false }: { learnt?: (row: number) => boolean; solved?: boolean } = {},
): Plain {
  const { maxEpoch = 1, eta = 1 } = { ...BASE, ...given }
  const { rows, value } = joined(of)
  const names = Object.keys(of.columns)
  const train = rows.filter((row) => learnt?.(row) ?? true)
  const rest = rows.filter((row) => !train.includes(row))
  const scales = new Map(
    names.map((name) => {
      const known = train.map((row) => value(row, name)).filter((each) => !Number.isNaN(each))
      const middle = known.reduce((sum, each) => sum + each, 0) / known.length
      return [name, { middle, extent: Math.max(...known) - Math.min(...known) }]
    }),
  )
  const scaled = (row: number, name: string) => {
    const { middle, extent } = scales.get(name) ?? { middle: 0, extent: 1 }
    const plainValue = value(row, name)
    return Number.isNaN(plainValue) || extent === 0 ? 0 : (plainValue - middle) / extent
  }
  const weights = new Map(names.map((name) => [name, 0]))
  let constant = 0
  const predict = (row: number) =>
    names.reduce((sum, name) => sum + (weights.get(name) ?? 0) * scaled(row, name), constant)
  const gradient = (list: readonly number[]) =>
    [...names, null].map(
      (name) =>
        list.reduce(
          (sum, row) =>
            sum + (predict(row) - of.labels[row]) * (name === null ? 1 : scaled(row, name)),
          0,
        ) / list.length,
    )
  const length = (list: readonly number[]) => Math.hypot(...gradient(list))
  const [lengths, others, squares]: number[][] = [[], [], []]
  for (let epoch = 0; epoch < maxEpoch; epoch++) {
    const slope = gradient(train)
    names.forEach((name, at) => weights.set(name, (weights.get(name) ?? 0) - eta * slope[at]))
    constant -= eta * (slope.at(-1) ?? 0)
    lengths.push(length(train))
    if (rest.length > 0) others.push(length(rest))
    squares.push(
      train.reduce((sum, row) => sum + (predict(row) - of.labels[row]) ** 2, 0) / train.length,
    )
  }
  if (solved) {
    // The lowest point by the normal equations.
    const list = [...names, null]
    const at = (row: number, name: string | null) => (name === null ? 1 : scaled(row, name))
    const products = list.map((one) =>
      list.map((other) => train.reduce((sum, row) => sum + at(row, one) * at(row, other), 0)),
    )
    const right = list.map((one) =>
      train.reduce((sum, row) => sum + at(row, one) * of.labels[row], 0),
    )
    const factor = cholesky({
      rows: list.length,
      cols: list.length,
      data: Float64Array.from(products.flat()),
    })
    assert.ok(factor)
    const best = solveFactored(factor, Float64Array.from(right))
    names.forEach((name, place) => weights.set(name, best[place]))
    constant = best[names.length]
  }
  const raw = new Map(
    names.map((name) => {
      const extent = scales.get(name)?.extent ?? 0
      return [name, extent === 0 ? 0 : (weights.get(name) ?? 0) / extent]
    }),
  )
  const intercept = names.reduce(
    (sum, name) => sum - (raw.get(name) ?? 0) * (scales.get(name)?.middle ?? 0),
    constant,
  )
  return { weights: raw, intercept, lengths, others, squares, predict }
}

/** The model of all parties; each has the same weight of a column that several have. */
function modelOf(run: ComponentRun): { weights: Map<string, number>; intercept: number } {
  const weights = new Map<string, number>()
  let intercept = 0
  for (const { models } of Object.values(run.parties)) {
    const param = models[0].param as { weight: Record<string, number>; intercept: number }
    intercept += param.intercept
    for (const [name, weight] of Object.entries(param.weight)) {
      assert.equal(weights.get(name) ?? weight, weight, name)
      weights.set(name, weight)
    }
  }
  return { weights, intercept }
}

function assertModel(run: ComponentRun, expected: Plain, within = 1e-5): void {
  const { weights, intercept } = modelOf(run)
  for (const [name, value] of weights) {
    const wanted = expected.weights.get(name) ?? Number.NaN
    assert.ok(Math.abs(value - wanted) < within, `${name}: ${value}, ${wanted}`)
  }
  assert.ok(Math.abs(intercept - expected.intercept) < within, `${intercept}`)
}

function near(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  expected.forEach((value, at) =>
    assert.ok(Math.abs(actual[at] - value) < 1e-5, `${at}: ${actual[at]}, ${value}`),
  )
}

function series(run: ComponentRun, namespace = 'train'): number[] {
  return run.parties['guest:1'].metrics
    .filter((metric) => metric.namespace === namespace && metric.name === 'gL2Norm')
    .flatMap(({ points }) => points.map(([, y]) => y))
}

async function predict(trained: ComponentRun, of: Scene, ids: readonly string[]) {
  const tables = frames(of, false)
  const used = ADDRESSES.slice(0, tables.length)
  const run = await runComponent(linearRegression, {
    members: membersOf(tables),
    params: LinearRegressionParam.parse({ ...BASE, ids }),
    tables: Object.fromEntries(used.map((at, party) => [at, { eval_data: tables[party] }])),
    models: Object.fromEntries(used.map((at) => [at, { model: trained.parties[at].models[0] }])),
  })
  const [table] = run.parties['guest:1'].tables
  const values = column(table, 'predict_score').values
  assert.equal(run.parties['host:2'].tables.length, 0)
  return new Map(table.ids.map((id, at) => [id, Number(values[at])]))
}

describe('LinearRegression', { timeout: 180_000 }, () => {
  const numbers = scene(0)

  it('is gradient descent on one table with gaps, labels at two of three parties', async () => {
    const run = await train(numbers)
    const expected = plain(numbers)
    assertModel(run, expected)
    near(series(run), expected.lengths)
    assert.equal(run.unread, 0)
  })

  it('is the same where all have the same columns, and where all have the same rows', async () => {
    const columns = numbers.has.map((one) => ({ ...one, names: ['x', 'u'], labelled: true }))
    const rows = numbers.has.map((one, at) => ({
      rows: numbers.has[0].rows,
      names: [['x', 'a'], ['b'], ['c']][at],
      labelled: one.labelled,
    }))
    for (const has of [columns, rows]) {
      const of = { ...numbers, has }
      const names = new Set(has.flatMap((one) => one.names))
      const kept = Object.entries(numbers.columns).filter(([name]) => names.has(name))
      const whole = { ...of, columns: Object.fromEntries(kept) }
      assertModel(await train(of), plain(whole))
    }
  })

  it('works between two parties, of which the second alone has labels of most rows', async () => {
    const [one, two] = numbers.has
    const few = { ...one, rows: one.rows.slice(0, 20) }
    const { c: _gone, ...columns } = numbers.columns
    const of = { ...numbers, columns, has: [few, two] }
    assertModel(await train(of), plain(of))
  })

  it('goes a shorter way for a smaller eta, and on for more epochs', async () => {
    for (const given of [{ eta: 0.1 }, { maxEpoch: 2 }]) {
      const [expected, base] = [plain(numbers, given), plain(numbers)]
      assert.ok(Math.abs(expected.intercept - base.intercept) > 1e-3)
      assertModel(await train(numbers, given), expected)
    }
  })

  it('ends as soon as the mean squared residual is not above minLoss', async () => {
    const { squares } = plain(numbers)
    const minLoss = (squares[1] + squares[2]) / 2
    assert.equal(series(await train(numbers, { minLoss })).length, 3)
  })

  it('goes to the lowest point with NEWTON', async () => {
    const run = await train(numbers, { optimizer: 'NEWTON', maxEpoch: 12, eta: 0.001 })
    assertModel(run, plain(numbers, { maxEpoch: 0 }, { solved: true }), 1e-5)
    assert.ok((series(run).at(-1) ?? 1) < 1e-6, String(series(run).at(-1)))
  })

  it('measures rows that it does not learn from', async () => {
    const matched = await match(frames(numbers))
    const chosen = learntNumbers(120, { crossValidation: 0.7, seed: 666 })
    const numberOf = new Map(
      matched.flatMap((frame) =>
        frame.ids.map((id, at): [string, number] => [
          id,
          Number(column(frame, NUMBER_COLUMN).values[at]),
        ]),
      ),
    )
    const run = await train(numbers, { crossValidation: 0.7 })
    const learnt = (row: number) => chosen.has(numberOf.get(`r${row}`) ?? -1)
    const expected = plain(numbers, {}, { learnt })
    assertModel(run, expected)
    near(series(run), expected.lengths)
    near(series(run, 'validate'), expected.others)
  })

  it('predicts rows of any party, as in training', async () => {
    const trained = await train(numbers)
    const ids = [...numbers.labels.keys()].map((row) => `r${row}`)
    const found = await predict(trained, numbers, [...ids, 'nobody'])
    assert.equal(found.size, 120)
    const expected = plain(numbers)
    const { rows } = joined(numbers)
    near(
      rows.map((row) => found.get(`r${row}`) ?? Number.NaN),
      rows.map((row) => expected.predict(row)),
    )
    const alone = await predict(trained, numbers, ['r115'])
    assert.equal(alone.get('r115'), found.get('r115'))
  })

  it('takes gaps in columns as means', async () => {
    const { columns } = numbers
    const holes = (values: Float64Array, step: number) =>
      values.map((value, row) => (row % step === 0 ? Number.NaN : value))
    const gaps = {
      ...numbers,
      columns: { ...columns, x: holes(columns.x, 3), a: holes(columns.a, 4) },
    }
    assertModel(await train(gaps), plain(gaps))
  })

  it('goes on after the epoch that it was stopped at', async () => {
    const checkpoints = {}
    let averages = 0
    await assert.rejects(
      train(
        numbers,
        {},
        {
          checkpoints,
          tamper(tag, from) {
            if (tag === 'average' && from === 'guest:1' && ++averages === 6) {
              throw new Error('stopped')
            }
          },
        },
      ),
      /stopped/,
    )
    const rest = await train(numbers, {}, { checkpoints })
    assertModel(rest, plain(numbers))
    near(series(rest), plain(numbers).lengths)
  })

  it('sends what it declares, sums under masks, and no two times the same', async () => {
    const given = { maxEpoch: 1 }
    const [one, two] = [await train(numbers, given), await train(numbers, given)]
    const kinds = new Map(one.ledger.map(({ tag, kind }) => [tag, kind]))
    assert.deepEqual(
      ['column', 'column_products', 'weights', 'weight_products', 'sum_part', 'column_part'].map(
        (tag) => kinds.get(tag),
      ),
      ['ciphertext', 'masked', 'ciphertext', 'masked', 'masked', 'aggregate'],
    )
    const first = (run: ComponentRun, tag: string) =>
      run.wire.find((message) => message.tag === tag && message.from === 'host:2')?.bytes
    for (const tag of ['column', 'column_products', 'sum_part', 'column_part']) {
      assert.notDeepEqual(first(one, tag), first(two, tag), tag)
    }
  })

  it(
    'is that descent on rows and columns that three tables share in part',
    { skip: hasShared() ? false : 'no shared data' },
    async () => {
      const names = [0, 1, 2].map((own) => `regressionB/train${own}.csv`)
      const mixed = sharedScene(names, '40')
      const parties = mixed.has.map((one) => new Set(one.rows))
      assert.ok([...parties[0]].some((row) => !parties[1].has(row)))
      assert.ok(mixed.has[0].names.some((name) => mixed.has[1].names.includes(name)))
      assertModel(await train(mixed, { maxEpoch: 2 }), plain(mixed, { maxEpoch: 2 }), 1e-3)
    },
  )

  it(
    'finds the weights that three tables of the same rows were made with',
    { skip: hasShared() ? false : 'no shared data' },
    async () => {
      const names = [0, 1, 2].map((own) => `regressionA/train${own}.csv`)
      const made = sharedScene(names, 'y')
      const run = await train(made, { optimizer: 'NEWTON', maxEpoch: 10 })
      assertModel(run, plain(made, {}, { solved: true }), 1e-3)
      const { weights, intercept } = modelOf(run)
      const found = [...weights.values(), intercept]
      ;[4, 7, 9, 7, 4, 7, 72].forEach((value, at) =>
        assert.ok(Math.abs(found[at] - value) < 0.05, `${at}: ${found[at]}`),
      )
    },
  )

  it('says what is wrong with a column or a label', async () => {
    const spoilt = (at: number): Scene => ({
      ...numbers,
      columns: { ...numbers.columns, b: numbers.columns.b.with(at, Infinity) },
    })
    await assert.rejects(train(spoilt(50)), /Column "b" of host:2 has a value that is not finite/)
    const labels = numbers.labels.with(3, Number.NaN)
    await assert.rejects(train({ ...numbers, labels }), /label column of guest:1 lacks a number/)
  })

  it('warns where a party could tell residuals of rows from what it learns', async () => {
    const [one, two, three] = numbers.has
    const few = { ...three, rows: three.rows.slice(0, 1) }
    const run = await train({ ...numbers, has: [one, two, few] }, { maxEpoch: 1 })
    assert.match(run.parties['host:3'].warnings.join(), /could work out residuals/)
    assert.deepEqual(run.parties['guest:1'].warnings, [])
  })
})
