import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { heteroPoisson } from '../../../src/component/linear/hetero-poisson.ts'
import { homoLr } from '../../../src/component/linear/homo-lr.ts'
import type { LogisticState } from '../../../src/component/linear/linear-model.ts'
import { newtonPlan, sampleRows } from '../../../src/component/linear/newton-plan.ts'
import { fromColumns } from '../../../src/compute/ml/matrix.ts'
import { numberFrame, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'
import { trainNewton } from '../../helpers/plain-sqn.ts'

const ROWS = 60
const SIDES = [
  randomColumns('x', { columns: 2, rows: ROWS, seed: 61 }),
  randomColumns('h', { columns: 3, rows: ROWS, seed: 62 }),
  randomColumns('k', { columns: 1, rows: ROWS, seed: 63 }),
]
const SIGNAL = SIDES[0]['x0'].map((value, row) => 3 * value - SIDES[1]['h1'][row] + 2)
const BINARY = SIGNAL.map((value) => Number(value > 2))
const IDS = SIGNAL.map((_, row) => `r${String(row).padStart(3, '0')}`)
const PARAMS = {
  optimizer: 'sqn',
  sqn_param: { update_interval_L: 2, memory_M: 3 },
  learning_rate: 0.3,
  alpha: 0.02,
  max_iter: 14,
  eps: 0,
  batch_size: -1,
  init_param: { init_method: 'zeros' },
  encrypt_param: { key_length: 1408 },
}

function optionsOf(params: object, labels: readonly number[], hosts = 2): RunOptions {
  const names = ['2', '3'].slice(0, hosts)
  const theirs = names.map((name, at) => [
    `host:${name}`,
    { train_data: numberFrame(SIDES[1 + at], { ids: IDS }) },
  ])
  return {
    members: { guest: ['1'], host: names, arbiter: ['4'] },
    params: { ...PARAMS, ...params },
    tables: {
      'guest:1': { train_data: numberFrame(SIDES[0], { labels, ids: IDS }) },
      ...Object.fromEntries(theirs),
    },
  }
}

/** All weights in the order of the parties, the intercept at the end. */
function weightsOf(run: ComponentRun, hosts = 2): number[] {
  const all = ['guest:1', 'host:2', 'host:3'].slice(0, 1 + hosts) as 'guest:1'[]
  const states = all.map((at) => run.parties[at].models[0].state as LogisticState)
  const [{ intercept }] = states[0].models
  return [...states.flatMap(({ models: [model] }) => [...model.weights]), intercept]
}

function plainly(
  rule: {
    scale: number
    centres: readonly number[]
    steps: number
    sampled?: boolean
    rowWeights?: readonly number[]
  },
  params: object = {},
): Float64Array {
  // A weight of a row is its root on both sides of the product.
  const roots = Float64Array.from(IDS, (_, row) => Math.sqrt(rule.rowWeights?.[row] ?? 1))
  const columns = SIDES.flatMap((side) => Object.values(side)).map((values) =>
    roots.map((root, row) => root * values[row]),
  )
  const x = fromColumns([...columns, roots], ROWS)
  const parsed = heteroLr.params.parse({ ...PARAMS, ...params }) as Parameters<typeof newtonPlan>[0]
  const plan = newtonPlan(parsed)
  assert.ok(plan)
  const sample = (t: number) => sampleRows(ROWS, { plan, made: t }) ?? new Uint32Array()
  const { learning_rate: rate, alpha } = parsed
  return trainNewton(
    {
      x,
      centres: roots.map((root, row) => root * rule.centres[row]),
      start: new Float64Array(x.cols),
      ridge: Float64Array.from({ length: x.cols }, (_, at) => (at < columns.length ? alpha : 0)),
    },
    {
      steps: rule.steps,
      scale: rule.scale,
      rate,
      interval: plan.interval,
      memory: plan.memory,
      ...(rule.sampled ? { sample } : {}),
    },
  )
}

function near(found: readonly number[], expected: Float64Array, tolerance = 1e-7): void {
  assert.equal(found.length, expected.length)
  found.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < tolerance, `${at}: ${value}, not ${expected[at]}`)
  })
}

describe('the optimiser sqn', () => {
  it('HeteroLinR of two hosts takes the steps of quasi-Newton training on whole vectors', async () => {
    const run = await runComponent(heteroLinR, optionsOf({}, SIGNAL))
    near(weightsOf(run), plainly({ scale: 1, centres: SIGNAL, steps: 14 }))
    assert.equal(run.unread, 0)
  })

  it('HeteroLR does, from the curvature of sampled rows', async () => {
    const params = { sqn_param: { ...PARAMS.sqn_param, sample_size: 25, random_seed: 9 } }
    const run = await runComponent(heteroLr, optionsOf(params, BINARY))
    const centres = BINARY.map((y) => (y === 1 ? 0.5 : -0.5))
    const expected = plainly({ scale: 0.25, centres, steps: 14, sampled: true }, params)
    near(weightsOf(run), expected)
    const whole = plainly({ scale: 0.25, centres, steps: 14 })
    assert.ok(
      whole.some((value, at) => Math.abs(value - expected[at]) > 1e-3),
      'samples matter',
    )
  })

  it('weights of rows count in the curvature of sampled rows as well', async () => {
    const params = { sqn_param: { ...PARAMS.sqn_param, sample_size: 40 } }
    const options = optionsOf(params, SIGNAL)
    const rowWeights = IDS.map((_, row) => 0.5 + (row % 3))
    const weighed = numberFrame({ ...SIDES[0], w: rowWeights }, { labels: SIGNAL, ids: IDS })
    const run = await runComponent(heteroLinR, {
      ...options,
      tables: { ...options.tables, 'guest:1': { train_data: { ...weighed, weightName: 'w' } } },
    })
    near(
      weightsOf(run),
      plainly({ scale: 1, centres: SIGNAL, steps: 14, sampled: true, rowWeights }, params),
    )
  })

  it('the arbiter opens sums over the columns of all, hosts send nothing but ciphertexts', async () => {
    const { ledger, wire } = await runComponent(heteroLinR, optionsOf({ max_iter: 5 }, SIGNAL))
    const kinds = ledger
      .filter(({ sender }) => sender.startsWith('host:'))
      .map(({ tag, kind }) => `${tag} ${kind}`)
    assert.ok(
      kinds.includes('product_part ciphertext') && kinds.includes('change_predictor ciphertext'),
    )
    assert.ok(
      !wire.some(
        ({ from, to, tag }) => from.startsWith('host') && to === 'arbiter:4' && tag === 'products',
      ),
    )
  })

  it('a training that was stopped goes on to the same bits, memory and all', async () => {
    const options = optionsOf({ max_iter: 8 }, BINARY, 1)
    const whole = await runComponent(heteroLr, options)
    const checkpoints: NonNullable<RunOptions['checkpoints']> = {}
    const stop = new AbortController()
    let loud = 0
    const stopping = {
      ...options,
      checkpoints,
      tamper({ tag, bytes }: { tag: string; bytes: Uint8Array }) {
        if (tag === 'newton_factors' && ++loud === 5) stop.abort(new Error('stopped'))
        return bytes
      },
      signal: stop.signal,
    }
    await assert.rejects(runComponent(heteroLr, stopping), /stopped/)
    const steps = Object.values(checkpoints).map((kept) => Math.max(...kept.keys()))
    assert.ok(
      steps.every((step) => step > 2 && step < 8),
      steps.join(),
    )
    const again = await runComponent(heteroLr, { ...options, checkpoints })
    assert.deepEqual(weightsOf(again, 1), weightsOf(whole, 1))
  })

  it('parties with different optimisers, and components without it, are refused', async () => {
    const options = { ...optionsOf({}, BINARY), paramsAt: { 'host:2': { optimizer: 'sgd' } } }
    await assert.rejects(runComponent(heteroLr, options), /name different optimisers/)
    for (const component of [heteroPoisson, homoLr]) {
      assert.throws(
        () => component.params.parse({ optimizer: 'sqn' }),
        /sqn is for HeteroLR and HeteroLinR/,
      )
    }
  })
})
