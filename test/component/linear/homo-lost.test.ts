/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { homoLr } from '../../../src/component/linear/homo-lr.ts'
import { createWeights } from '../../../src/component/linear/linear-weights.ts'
import { homoNn } from '../../../src/component/nn/homo-nn.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { sigmoid } from '../../../src/compute/ml/logistic.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import type { Address } from '../../../src/federation/channel.ts'
import { numberFrame, numbersOf, randomColumns } from '../../helpers/frames.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const ROWS = 280
const ALL = randomColumns('x', { columns: 3, rows: ROWS, seed: 71 })
const rng = createRng(72)
const LABELS = ALL['x0'].map((x, row) => Number(rng.uniform() < sigmoid(2 * x - ALL['x1'][row])))
const PARTS: Readonly<Record<Address, readonly [number, number]>> = {
  'guest:1': [0, 100],
  'host:2': [100, 180],
  'host:3': [180, 240],
  'host:4': [240, 280],
}
const ROUNDS = 10
const PARAMS = {
  optimizer: 'sgd',
  learning_rate: 0.2,
  alpha: 0.001,
  eps: 1e-12,
  max_iter: ROUNDS,
  min_parties: 3,
  init_param: { init_method: 'zeros' },
}

function framesOf(labels: readonly number[] = LABELS): Record<Address, { train_data: Frame }> {
  return Object.fromEntries(
    Object.entries(PARTS).map(([at, [from, to]]) => {
      const columns = Object.entries(ALL).map(([name, values]) => [name, values.slice(from, to)])
      const frame = numberFrame(Object.fromEntries(columns) as Record<string, number[]>, {
        labels: labels.slice(from, to),
        ids: Array.from({ length: to - from }, (_, row) => `r${from + row}`),
      })
      return [at, { train_data: frame }]
    }),
  )
}

function options(hosts: readonly string[], more: Partial<RunOptions> = {}): RunOptions {
  return {
    members: { guest: ['1'], host: hosts, arbiter: ['5'] },
    params: PARAMS,
    tables: framesOf(),
    ...more,
  }
}

type Kept = NonNullable<RunOptions['checkpoints']>

/** Trains with all hosts until `cut` says so of a message, which is what a dying session comes to. */
async function brokenOff(
  component: Component,
  more: Partial<RunOptions>,
  cut: (tag: string, count: number) => boolean,
): Promise<Kept> {
  const checkpoints: Kept = {}
  const counts = new Map<string, number>()
  const run = runComponent(component, {
    ...options(['2', '3', '4'], more),
    checkpoints,
    tamper({ tag, bytes }) {
      const count = (counts.get(tag) ?? 0) + 1
      counts.set(tag, count)
      if (cut(tag, count)) throw new Error('cut')
      return bytes
    },
  })
  await assert.rejects(run, /cut/)
  return checkpoints
}

/** Rounds of plain gradient steps, averaged by rows over the parties that are there in each. */
function plainly(there: readonly (readonly Address[])[]): number[] {
  const params = homoLr.params.parse(PARAMS) as Parameters<typeof createWeights>[0]
  const shape = { features: 3, intercept: true, stream: 0 }
  let mean = [0, 0, 0, 0]
  const sides = new Map(EVERYBODY.map((at) => [at, createWeights(params, shape).state()]))
  for (const [epoch, parties] of there.entries()) {
    const rows = parties.reduce((sum, at) => sum + PARTS[at][1] - PARTS[at][0], 0)
    const next = [0, 0, 0, 0]
    for (const at of parties) {
      const [from, to] = PARTS[at]
      const memory = sides.get(at)
      assert.ok(memory)
      const saved = { ...memory, weights: Float64Array.from(mean.slice(0, 3)), intercept: mean[3] }
      const own = createWeights(params, { ...shape, saved })
      const gradient = new Float64Array(4)
      for (let row = from; row < to; row++) {
        const x = [ALL['x0'][row], ALL['x1'][row], ALL['x2'][row], 1]
        const wx = x.reduce((sum, value, col) => sum + value * mean[col], 0)
        const slope = (sigmoid(wx) - LABELS[row]) / (to - from)
        x.forEach((value, col) => (gradient[col] += slope * value))
      }
      own.step(gradient, epoch)
      sides.set(at, own.state())
      ;[...own.weights, own.intercept].forEach(
        (value, col) => (next[col] += (value * (to - from)) / rows),
      )
    }
    mean = next
  }
  return mean
}

const EVERYBODY = Object.keys(PARTS) as Address[]
const WITHOUT_3 = EVERYBODY.filter((at) => at !== 'host:3')
const rounds = (all: number): Address[][] =>
  Array.from({ length: ROUNDS }, (_, round) => (round < all ? EVERYBODY : WITHOUT_3))

function weightsOf({ parties }: ComponentRun): number[] {
  const { param } = parties['guest:1'].models[0]
  return [...Object.values(param['weight'] as Record<string, number>), Number(param['intercept'])]
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((value, at) => {
    assert.ok(Math.abs(value - expected[at]) < 1e-8, `${value} is not ${expected[at]}`)
  })
}

const vectors = (run: ComponentRun) => run.wire.filter(({ tag }) => tag === 'sum_vector').length

describe('HomoLR after a host was lost for good', () => {
  it('goes on with the others, whose mean it is from the round that was broken off', async () => {
    // The first four vectors are sums of rows; host 3 falls silent in round 5.
    const checkpoints = await brokenOff(
      homoLr,
      {},
      (tag, count) => tag === 'sum_vector' && count === 4 + 4 * 4 + 2,
    )
    const run = await runComponent(homoLr, options(['2', '4'], { checkpoints }))
    assert.equal(vectors(run), 3 + 3 * (ROUNDS - 4))
    close(weightsOf(run), plainly(rounds(4)))
    assert.equal(run.unread, 0)
    const losses = run.parties['arbiter:5'].metrics.flatMap(({ points }) => points)
    assert.equal(losses.length, ROUNDS)
  })

  for (const round of [1, 5]) {
    it(`never adds up round ${round} again of fewer parties, once its sum was opened`, async () => {
      const checkpoints = await brokenOff(
        homoLr,
        {},
        (tag, count) => tag === 'average' && count === 4 * (round - 1) + 1,
      )
      const run = await runComponent(homoLr, options(['2', '4'], { checkpoints }))
      assert.equal(vectors(run), 3 + 3 * (ROUNDS - round))
      close(weightsOf(run), plainly(rounds(round)))
      const told = run.wire.filter(({ tag }) => tag === 'opened_sum')
      assert.ok(told.every(({ bytes }) => bytes.length > 5 * 8))
    })
  }

  it('is refused where some have lost what they kept, and a round would be repeated', async () => {
    const checkpoints = await brokenOff(
      homoLr,
      {},
      (tag, count) => tag === 'average' && count === 4 * 4 + 1,
    )
    checkpoints['host:2'].clear()
    await assert.rejects(
      runComponent(homoLr, options(['2', '4'], { checkpoints: structuredClone(checkpoints) })),
      /cannot go on without host:3: not all have the state of its last round/,
    )
    // With the same parties nothing new is seen.
    const whole = await runComponent(homoLr, options(['2', '3', '4'], { checkpoints }))
    close(weightsOf(whole), plainly(rounds(ROUNDS)))
  })

  it('still tells the label values apart that only the lost one had', async () => {
    const [from, to] = PARTS['host:3']
    const labels = LABELS.map((label, row) =>
      row >= from && row < to && row % 3 === 0 ? 2 : label,
    )
    const more = {
      tables: framesOf(labels),
      params: { ...PARAMS, one_vs_rest_param: { need_one_vs_rest: true } },
    }
    const checkpoints = await brokenOff(
      homoLr,
      more,
      (tag, count) => tag === 'average' && count === 4 * (ROUNDS + 3),
    )
    const run = await runComponent(homoLr, { ...options(['2', '4']), ...more, checkpoints })
    const names = run.parties['guest:1'].metrics.map(({ name }) => name)
    assert.deepEqual([...new Set(names)], ['loss.0', 'loss.1', 'loss.2'])
  })

  it('says to the scheduler how many have to stay: more than half, and never fewer than asked for', () => {
    const members = { guest: ['1'], host: ['2', '3', '4'], arbiter: ['5'] }
    const least = (params: object, of: Component = homoLr) =>
      of.quorum?.(of.params.parse(params), members)?.least
    assert.deepEqual(
      [2, 3, 4].map((min_parties) => least({ min_parties })),
      [3, 3, 4],
    )
    assert.deepEqual([least({}), least({}, homoNn)], [undefined, undefined])
    assert.equal(least({ min_parties: 3, cv_param: { need_cv: true } }), undefined)
    assert.deepEqual(homoLr.quorum?.(homoLr.params.parse({ min_parties: 2 }), members)?.leaves, [
      'host',
    ])
  })
})

describe('HomoNN after a host was lost for good', () => {
  const params = {
    min_parties: 2,
    config_type: 'nn',
    nn_define: [{ layer: 'Dense', units: 1, activation: 'sigmoid' }],
    loss: 'binary_crossentropy',
    optimizer: { optimizer: 'SGD', learning_rate: 0.5 },
    early_stop: { early_stop: 'diff', eps: 1e-12 },
    max_iter: ROUNDS,
  }

  it('goes on with the others, and repeats no round that was opened', async () => {
    const checkpoints = await brokenOff(
      homoNn,
      { params },
      (tag, count) => tag === 'average' && count === 4 * 4 + 1,
    )
    const run = await runComponent(homoNn, options(['2', '4'], { params, checkpoints }))
    assert.equal(vectors(run), 3 + 3 * (ROUNDS - 5))
    assert.equal(run.unread, 0)
    const scores = numbersOf(run.parties['guest:1'].tables[0], 'predict_score')
    const right = scores.filter((score, row) => Number(score > 0.5) === LABELS[row]).length
    assert.ok(right > 70, `${right} of 100`)
  })

  it('is the network of the rounds that each took part in', async () => {
    // After the last opened round nobody of the lost ones is missing: the same bits with and without it.
    const last = (tag: string, count: number) => tag === 'average' && count === 4 * (ROUNDS - 1) + 1
    const checkpoints = await brokenOff(homoNn, { params }, last)
    const fewer = await runComponent(homoNn, options(['2', '4'], { params, checkpoints }))
    const all = await runComponent(homoNn, options(['2', '3', '4'], { params }))
    assert.deepEqual(
      fewer.parties['guest:1'].models[0].state,
      all.parties['guest:1'].models[0].state,
    )
  })
})
