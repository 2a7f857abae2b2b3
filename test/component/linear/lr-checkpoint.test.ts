/**
 * Trainings that are stopped and go on: the result is that of a training that nobody disturbed, bit for bit.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { readFit, readWatch } from '../../../src/component/linear/lr-checkpoint.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { address, type Address } from '../../../src/federation/channel.ts'
import { encodeModel } from '../../../src/runner/data/model-store.ts'
import {
  type ComponentRun,
  runComponent,
  type RunOptions,
  type WireMessage,
} from '../../helpers/parties.ts'

const MEMBERS = { guest: ['1'], host: ['2', '3'], arbiter: ['4'] }
const ROWS = 30
const EVERY = {
  encrypt_param: { key_length: 1408 },
  learning_rate: 0.1,
  max_iter: 4,
  eps: 1e-9,
}

const CASES: Record<string, { params: object; classes?: number }> = {
  'rmsprop on all rows': { params: { ...EVERY, optimizer: 'rmsprop', batch_size: -1 } },
  'adam in several batches an epoch': { params: { ...EVERY, optimizer: 'adam', batch_size: 10 } },
  'Nesterov, whose rate falls': {
    params: { ...EVERY, optimizer: 'nesterov_momentum_sgd', batch_size: -1 },
  },
  'sgd until weight_diff stops it': {
    params: { ...EVERY, max_iter: 9, converge_func: 'weight_diff', eps: 0.0274, batch_size: -1 },
  },
  'adagrad until diff stops it': {
    params: { ...EVERY, max_iter: 9, optimizer: 'adagrad', eps: 0.05, batch_size: -1 },
  },
  'one against the rest': {
    params: {
      ...EVERY,
      optimizer: 'adagrad',
      batch_size: -1,
      max_iter: 2,
      one_vs_rest_param: { need_one_vs_rest: true },
    },
    classes: 3,
  },
}

describe('a HeteroLR that is stopped and goes on', { timeout: 120_000 }, () => {
  for (const [name, { params, classes = 2 }] of Object.entries(CASES)) {
    it(`ends as an undisturbed one: ${name}`, async () => {
      const options = { members: MEMBERS, params, tables: tables(classes) }
      const whole = await runComponent(heteroLr, options)
      const { isConverged } = whole.parties['guest:1'].models[0].param
      assert.equal(isConverged, name.endsWith('stops it'))
      const rng = createRng(name.length)
      const checkpoints: RunOptions['checkpoints'] = {}
      // More than once: an attempt that went on may be stopped as well.
      for (const share of [0.3 + 0.6 * rng.uniform(), rng.uniform()]) {
        const last = Math.floor(share * whole.wire.length)
        const crash = runComponent(heteroLr, { ...options, checkpoints, tamper: breakAt(last) })
        // One that goes on may be done before that many messages.
        await crash.then(undefined, (error: Error) => assert.equal(error.message, 'line cut'))
      }
      const resumed = await runComponent(heteroLr, { ...options, checkpoints })
      assert.deepEqual(outcome(resumed), outcome(whole))
      assert.ok(count(resumed.wire, 'loss') < count(whole.wire, 'loss'))
    })
  }

  it('goes on where it was when every party was told to stop in the middle of an epoch', async () => {
    const params = { ...EVERY, optimizer: 'adam', batch_size: 10 }
    const options = { members: MEMBERS, params, tables: tables(2) }
    const whole = await runComponent(heteroLr, options)
    const checkpoints: RunOptions['checkpoints'] = {}
    const controller = new AbortController()
    const seen: WireMessage[] = []
    await assert.rejects(
      runComponent(heteroLr, {
        ...options,
        checkpoints,
        signal: controller.signal,
        tamper(message) {
          seen.push(message)
          // The guest's second batch of the third epoch.
          if (count(seen, 'loss') === 8) controller.abort(new Error('told to stop'))
          return message.bytes
        },
      }),
      /told to stop/,
    )
    assert.deepEqual([...checkpoints['arbiter:4'].keys()], [1, 2])
    const resumed = await runComponent(heteroLr, { ...options, checkpoints })
    assert.deepEqual(outcome(resumed), outcome(whole))
    // Two of four epochs with three batches each are left.
    assert.equal(count(resumed.wire, 'loss'), 6)
  })

  it('goes back one epoch with a member that was stopped before it kept its state', async () => {
    const { options, whole, checkpoints } = await stoppedAfter(3)
    assert.deepEqual([...checkpoints['host:3'].keys()], [2, 3])
    checkpoints['host:3'].delete(3)
    const resumed = await runComponent(heteroLr, { ...options, checkpoints })
    assert.deepEqual(outcome(resumed), outcome(whole))
    assert.equal(count(resumed.wire, 'loss'), 2)
  })

  it('starts over with a member that has lost everything', async () => {
    const { options, whole, checkpoints } = await stoppedAfter(3)
    checkpoints['host:2'].clear()
    const resumed = await runComponent(heteroLr, { ...options, checkpoints })
    assert.deepEqual(outcome(resumed), outcome(whole))
    assert.equal(count(resumed.wire, 'loss'), 4)
  })

  it('computes no epoch again when it was stopped after the last one', async () => {
    const { options, whole, checkpoints } = await stoppedAfter(4)
    const resumed = await runComponent(heteroLr, { ...options, checkpoints })
    assert.deepEqual(outcome(resumed), outcome(whole))
    assert.equal(count(resumed.wire, 'loss'), 0)
  })

  it('keeps no key, and no weight at the arbiter', async () => {
    const { checkpoints } = await stoppedAfter(2)
    const text = [...checkpoints['arbiter:4'].values()].join()
    assert.deepEqual(Object.keys(JSON.parse([...checkpoints['arbiter:4'].values()][0])), [
      'histories',
      'losses',
    ])
    assert.doesNotMatch(text, /weights|Uint8Array|bigint/)
  })

  it('refuses a state of another version with a sentence', () => {
    const saved = { step: 7, state: { epoch: 7 } }
    assert.throws(() => readFit(saved), /after epoch 7 is of another version: submit/)
    assert.throws(() => readWatch(saved), /after epoch 7 is of another version: submit/)
  })
})

/** A training of four epochs, and one that ended when all had kept their state of epoch `epochs`. */
async function stoppedAfter(epochs: number) {
  const params = { ...EVERY, optimizer: 'rmsprop', batch_size: -1 }
  const options = { members: MEMBERS, params, tables: tables(2) }
  const whole = await runComponent(heteroLr, options)
  const checkpoints: Record<Address, Map<number, string>> = {}
  const seen: WireMessage[] = []
  const run = runComponent(heteroLr, {
    ...options,
    checkpoints,
    tamper(message) {
      seen.push(message)
      const next = epochs === 4 ? count(seen, 'host_score') === 1 : count(seen, 'loss') > epochs
      if (next) throw new Error('line cut')
      return message.bytes
    },
  })
  await assert.rejects(run, /line cut/)
  return { options, whole, checkpoints }
}

function breakAt(last: number): (message: WireMessage) => Uint8Array {
  let left = last
  return ({ bytes }) => {
    if (left-- <= 0) throw new Error('line cut')
    return bytes
  }
}

function count(wire: readonly WireMessage[], tag: string): number {
  return wire.filter((message) => message.tag === tag).length
}

/** What a training leaves behind; series of points as the server would have them. */
function outcome(run: ComponentRun): unknown {
  return Object.entries(MEMBERS).flatMap(([role, names]) =>
    names.map((party) => {
      const { models, tables: frames, metrics } = run.parties[address(role, party)]
      const curves = Map.groupBy(metrics, (series) => series.name)
      return {
        models: models.map(encodeModel),
        frames,
        curves: [...curves].map(([curve, parts]) => [curve, parts.flatMap(({ points }) => points)]),
      }
    }),
  )
}

function tables(classes: number): RunOptions['tables'] {
  const rng = createRng(7)
  const columns = Array.from({ length: 5 }, () =>
    Float64Array.from({ length: ROWS }, () => rng.normal()),
  )
  const labels = Float64Array.from({ length: ROWS }, (_, row) => {
    const sum = columns.reduce((all, values) => all + values[row], 0.2 * rng.normal())
    if (classes === 2) return sum > 0 ? 1 : 0
    return sum < -1 ? 0 : sum < 1 ? 1 : 2
  })
  const frame = (from: number, to: number, y?: Float64Array): Frame => ({
    kind: 'data',
    idName: 'id',
    ids: Array.from({ length: ROWS }, (_, row) => `r${row}`),
    ...(y ? { labelName: 'y' } : {}),
    columns: [
      ...(y ? [{ name: 'y', type: 'number' as const, values: y }] : []),
      ...columns
        .slice(from, to)
        .map((values, at) => ({ name: `x${from + at}`, type: 'number' as const, values })),
    ],
  })
  return {
    'guest:1': { train_data: frame(0, 2, labels) },
    'host:2': { train_data: frame(2, 4) },
    'host:3': { train_data: frame(4, 5) },
  }
}
