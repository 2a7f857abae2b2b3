import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component, Model } from '../../../src/component/define.ts'
import { heteroLinR } from '../../../src/component/linear/hetero-linr.ts'
import { heteroLr } from '../../../src/component/linear/hetero-lr.ts'
import { heteroPoisson } from '../../../src/component/linear/hetero-poisson.ts'
import type { Frame } from '../../../src/compute/ml/frame.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { decodeModel, encodeModel } from '../../../src/runner/data/model-store.ts'
import { type ComponentRun, runComponent, type RunOptions } from '../../helpers/parties.ts'

const MEMBERS = { guest: ['1'], host: ['2'], arbiter: ['3'] }
const PARTIES = ['guest:1', 'host:2', 'arbiter:3'] as const
const EVERY = { encrypt_param: { key_length: 1408 }, learning_rate: 0.1, eps: 1e-12 }

const CASES: Record<string, { params: object; component?: Component; classes?: number }> = {
  'sgd, whose rate falls with every step': { params: { optimizer: 'sgd', batch_size: 10 } },
  'adam in several batches': { params: { optimizer: 'adam', batch_size: 10 } },
  'Nesterov with decay by epochs': {
    params: { optimizer: 'nesterov_momentum_sgd', batch_size: -1, decay: 1 },
  },
  'rmsprop of a linear regression': {
    params: { optimizer: 'rmsprop', batch_size: -1 },
    component: heteroLinR,
  },
  'adagrad of a Poisson regression': {
    params: { optimizer: 'adagrad', batch_size: -1 },
    component: heteroPoisson,
  },
  'one against the rest': {
    params: { batch_size: -1, one_vs_rest_param: { need_one_vs_rest: true } },
    classes: 3,
  },
}

describe('a linear model that training goes on from', { timeout: 120_000 }, () => {
  for (const [name, { params, component = heteroLr, classes = 2 }] of Object.entries(CASES)) {
    it(`ends as one longer training, bit for bit: ${name}`, async () => {
      const run = (max_iter: number, before?: ComponentRun) =>
        train(component, { ...EVERY, ...params, max_iter }, { tables: tables(classes), before })
      const first = await run(2)
      const both = await run(3, first)
      const whole = await run(5)
      for (const party of PARTIES) {
        const [got, want] = [both, whole].map(({ parties }) => parties[party].models[0])
        const { maxIter: _more, ...meta } = got.meta
        const { maxIter: _all, ...wanted } = want.meta
        assert.deepEqual({ ...got, meta }, { ...want, meta: wanted }, party)
      }
      assert.notDeepEqual(
        both.parties['guest:1'].models[0].param['weight'],
        first.parties['guest:1'].models[0].param['weight'],
      )
      assert.deepEqual(both.parties['guest:1'].tables, whole.parties['guest:1'].tables)
      assert.equal(both.unread, 0)
    })
  }

  it('goes on too when it was stopped in between', async () => {
    const params = { ...EVERY, optimizer: 'adam', batch_size: -1, max_iter: 3 }
    const options = {
      tables: tables(2),
      before: await train(heteroLr, params, { tables: tables(2) }),
    }
    const whole = await train(heteroLr, params, options)
    const checkpoints: RunOptions['checkpoints'] = {}
    let seen = 0
    const cut = train(heteroLr, params, {
      ...options,
      checkpoints,
      tamper({ tag, bytes }) {
        if (tag === 'loss' && ++seen === 3) throw new Error('line cut')
        return bytes
      },
    })
    await assert.rejects(cut, /line cut/)
    const resumed = await train(heteroLr, params, { ...options, checkpoints })
    for (const party of PARTIES) {
      assert.deepEqual(resumed.parties[party].models, whole.parties[party].models)
    }
    assert.equal(resumed.wire.filter(({ tag }) => tag === 'loss').length, 1)
  })

  it('starts the optimiser afresh where another one is asked for, from the same weights', async () => {
    const params = { ...EVERY, optimizer: 'adam', batch_size: -1, max_iter: 1 }
    const before = await train(heteroLr, params, { tables: tables(2) })
    const sgd = { ...params, optimizer: 'sgd', penalty: 'NONE', learning_rate: 1e-9 }
    const after = await train(heteroLr, sgd, { tables: tables(2), before })
    for (const party of ['guest:1', 'host:2'] as const) {
      const [was, is] = [before, after].map(
        ({ parties }) => parties[party].models[0].param['weight'] as Record<string, number>,
      )
      for (const [column, weight] of Object.entries(was)) {
        assert.ok(Math.abs(is[column] - weight) < 1e-8)
      }
      const logs = after.parties[party].logs.map(({ text }) => text)
      assert.match(logs.join(), /no state of this optimiser: it starts afresh/)
    }
  })

  it('refuses other columns, other classes and models of another kind', async () => {
    const params = { ...EVERY, batch_size: -1, max_iter: 1 }
    const before = await train(heteroLr, params, { tables: tables(2) })
    const go = (other: RunOptions['tables'], component: Component = heteroLr) =>
      train(component, params, { tables: other, before })
    const wide = { ...tables(2), 'host:2': { train_data: frame(['h0', 'h1', 'more']) } }
    await assert.rejects(go(wide), /table of host:2 has the column "more", which the model/)
    const narrow = { ...tables(2), 'host:2': { train_data: frame(['h0']) } }
    await assert.rejects(go(narrow), /h1/)
    const shifted = tables(2, 5)
    await assert.rejects(go(shifted), /has the classes 5, 6, the model .* knows 0, 1/)
    await assert.rejects(go(tables(2), heteroLinR), /cannot use a model of kind/)
    const stepwise = { ...params, stepwise_param: { need_stepwise: true } }
    await assert.rejects(
      train(heteroLr, stepwise, { tables: tables(2), before }),
      /stepwise_param selects columns anew/,
    )
  })
})

function train(
  component: Component,
  params: object,
  options: Partial<RunOptions> & { before?: ComponentRun },
): Promise<ComponentRun> {
  const { before, ...rest } = options
  // As the store keeps them.
  const kept = (model: Model): Model => decodeModel(encodeModel(model))
  const models = before
    ? Object.fromEntries(
        PARTIES.map((party) => [party, { model: kept(before.parties[party].models[0]) }]),
      )
    : undefined
  return runComponent(component, { members: MEMBERS, params, models, ...rest })
}

function tables(classes: number, lowest = 0): RunOptions['tables'] {
  const guest = frame(['x0', 'x1'])
  const labels = Float64Array.from({ length: 30 }, (_, row) => lowest + ((row * 7) % classes))
  const y = { name: 'y', type: 'number' as const, values: labels }
  return {
    'guest:1': { train_data: { ...guest, labelName: 'y', columns: [y, ...guest.columns] } },
    'host:2': { train_data: frame(['h0', 'h1']) },
  }
}

function frame(names: readonly string[]): Frame {
  const rng = createRng(names.join().length, 3)
  return {
    kind: 'data',
    idName: 'id',
    ids: Array.from({ length: 30 }, (_, row) => `r${String(row).padStart(2, '0')}`),
    columns: names.map((name) => ({
      name,
      type: 'number' as const,
      values: Float64Array.from({ length: 30 }, () => rng.normal() / 2),
    })),
  }
}
