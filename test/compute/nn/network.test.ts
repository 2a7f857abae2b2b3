import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Matrix } from '../../../src/compute/ml/matrix.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { readDescent } from '../../../src/compute/nn/descent.ts'
import { lossNamed } from '../../../src/compute/nn/loss.ts'
import { createNetwork, type Network } from '../../../src/compute/nn/network.ts'
import { readTopology } from '../../../src/compute/nn/topology.ts'

const BCE = lossNamed('binary_crossentropy')

function randomMatrix(rows: number, cols: number, seed: number): Matrix {
  const rng = createRng(seed)
  return { rows, cols, data: Float64Array.from({ length: rows * cols }, () => rng.normal()) }
}

function network(define: unknown, inputs: number, optimizer: unknown = 'SGD'): Promise<Network> {
  const topology = readTopology(define, { type: 'nn', inputs, seed: 3, name: 'nn_define' })
  return createNetwork(topology, { descent: readDescent(optimizer), seed: 3, name: 'nn_define' })
}

const X = randomMatrix(40, 4, 1)
const Y: Matrix = {
  rows: 40,
  cols: 1,
  data: Float64Array.from({ length: 40 }, (_, row) => (X.data[4 * row] > 0 ? 1 : 0)),
}

describe('network', () => {
  it('answers and learns as a sum of products and a sigmoid worked out by hand', async () => {
    const net = await network([{ layer: 'Dense', units: 1, activation: 'sigmoid' }], 4, {
      optimizer: 'SGD',
      learning_rate: 0.5,
    })
    const weights = Float64Array.from(net.weights())
    const chances = Array.from({ length: 40 }, (_, row) => {
      let sum = weights[4]
      for (let col = 0; col < 4; col++) sum += X.data[4 * row + col] * weights[col]
      return 1 / (1 + Math.exp(-sum))
    })
    net.forward(X).data.forEach((found, row) => close(found, chances[row]))
    const loss = chances.map((p, row) => -Math.log(Y.data[row] === 1 ? p : 1 - p))
    const mean = loss.reduce((a, b) => a + b) / 40
    close(net.loss(X, Y, BCE), mean)
    const lesson = net.learn(X, Y, { loss: BCE, step: 0 })
    close(lesson.loss, mean)
    const after = net.weights()
    for (let col = 0; col < 5; col++) {
      let slope = 0
      chances.forEach((p, row) => {
        slope += ((p - Y.data[row]) * (col < 4 ? X.data[4 * row + col] : 1)) / 40
      })
      close(after[col], weights[col] - 0.5 * slope)
    }
    chances.forEach((p, row) =>
      close(lesson.derivative.data[4 * row + 1], ((p - Y.data[row]) * weights[1]) / 40),
    )
    net.dispose()
  })

  it('learns the same in two parts, of which the lower follows derivatives of the upper', async () => {
    const below = { layer: 'Dense', units: 3, activation: 'tanh' }
    const above = { layer: 'Dense', units: 1, activation: 'sigmoid' }
    const whole = await network([below, above], 4)
    const lower = await network([below], 4)
    const upper = await network([above], 3)
    lower.setWeights(whole.weights().slice(0, 15))
    upper.setWeights(whole.weights().slice(15))
    for (let step = 0; step < 5; step++) {
      whole.learn(X, Y, { loss: BCE, step })
      const middle = lower.forward(X, step)
      const { derivative } = upper.learn(middle, Y, { loss: BCE, step })
      lower.follow(X, derivative, { step })
    }
    const parts = [...lower.weights(), ...upper.weights()]
    whole.weights().forEach((weight, at) => close(parts[at], weight))
    for (const net of [whole, lower, upper]) net.dispose()
  })

  for (const optimizer of [
    'SGD',
    { optimizer: 'SGD', momentum: 0.9, nesterov: true },
    'RMSprop',
    'Adagrad',
    'Adadelta',
    'Adam',
  ]) {
    it(`goes on from a saved state, to the same bits: ${JSON.stringify(optimizer)}`, async () => {
      const define = [
        { layer: 'Dense', units: 5, activation: 'relu', kernel_regularizer: 'l2' },
        { layer: 'Dropout', rate: 0.4 },
        { layer: 'Dense', units: 1, activation: 'sigmoid' },
      ].map(({ kernel_regularizer: penalty, ...layer }) => ({
        ...layer,
        ...(penalty
          ? { kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.01 } } }
          : {}),
      }))
      const one = await network(define, 4, optimizer)
      const first = one.weights()
      for (let step = 0; step < 3; step++) one.learn(X, Y, { loss: BCE, step })
      const saved = await one.save()
      const other = await network(define, 4, optimizer)
      await other.restore(saved)
      for (let step = 3; step < 6; step++) {
        one.learn(X, Y, { loss: BCE, step })
        other.learn(X, Y, { loss: BCE, step })
      }
      assert.deepEqual(other.weights(), one.weights())
      assert.notDeepEqual(one.weights(), first)
      one.dispose()
      other.dispose()
    })
  }

  it('drops out other units at each step, the same ones at the same step', async () => {
    const net = await network(
      [
        { layer: 'Dense', units: 8 },
        { layer: 'Dropout', rate: 0.5 },
      ],
      4,
    )
    const at = (step?: number) => net.forward(X, step).data
    assert.deepEqual(at(1), at(1))
    assert.notDeepEqual(at(1), at(2))
    assert.ok(at(1).some((value) => value === 0) && !at().some((value) => value === 0))
    net.dispose()
  })
})

describe('readTopology', () => {
  const read = (define: unknown, type: 'nn' | 'keras' | 'pytorch' = 'nn') =>
    readTopology(define, { type, inputs: 4, seed: 1, name: 'nn_define' })
  const sequential = (layers: unknown) => ({ class_name: 'Sequential', config: { layers } })
  const dense = (shape: unknown) => ({
    class_name: 'Dense',
    config: { units: 2, batch_input_shape: shape },
  })

  it('says which layer is wrong and what would do', () => {
    assert.throws(() => read([]), /nn_define has no layers/)
    assert.throws(() => read([{ layer: 'Dens', units: 2 }]), /layer 1: there is no layer "Dens"/)
    assert.throws(() => read([{ layer: 'Dense' }]), /Dense needs units from 1 to 16384/)
    assert.throws(() => read([{ layer: 'Dense', units: 1e9 }]), /got 1000000000/)
    assert.throws(
      () => read([{ layer: 'Dense', units: 1, activation: 'reluu' }]),
      /no activation "reluu"; there are elu/,
    )
    assert.throws(
      () => read([{ layer: 'Dense', units: 1, kernel_initializer: 'best' }]),
      /no initializer "best"/,
    )
    assert.throws(() => read('{', 'keras'), /not JSON/)
    assert.throws(
      () => read({ class_name: 'Functional', config: {} }, 'keras'),
      /a Functional model/,
    )
    assert.throws(
      () => read(sequential([dense([null, 30])]), 'keras'),
      /takes rows of shape \[30\], the table has 4 columns/,
    )
    assert.throws(
      () =>
        read(
          [
            { layer: 'Linear', config: [4, 3] },
            { layer: 'Linear', config: [2, 1] },
          ],
          'pytorch',
        ),
      /takes 2 numbers, the layer before gives 3/,
    )
    assert.throws(() => read([{ layer: 'LSTM', config: [4, 3] }], 'pytorch'), /no module "LSTM"/)
  })

  it('reads what Keras and PyTorch write, with seeds', async () => {
    const keras = read(
      sequential([dense([null, 4]), { class_name: 'Softmax', config: {} }]),
      'keras',
    )
    const torch = read([{ layer: 'Linear', config: [4, 2] }, { layer: 'Softmax' }], 'pytorch')
    for (const topology of [keras, torch]) {
      const options = { descent: readDescent('SGD'), seed: 1, name: 'nn_define' }
      const [one, other] = await Promise.all([1, 2].map(() => createNetwork(topology, options)))
      assert.deepEqual(one.weights(), other.weights())
      assert.equal(one.size, 10)
      const { data } = one.forward(X)
      close(data[0] + data[1], 1)
      one.dispose()
      other.dispose()
    }
  })

  it('refuses layers that do not fit together, and networks that are too large', async () => {
    const make = (define: unknown) => network(define, 4)
    await assert.rejects(
      make([
        { layer: 'Dense', units: 3 },
        { layer: 'Conv1D', filters: 2, kernel_size: 2 },
      ]),
      /nn_define: its layers do not fit together/,
    )
    await assert.rejects(
      make([
        { layer: 'Dense', units: 16384 },
        { layer: 'Dense', units: 16384 },
      ]),
      /more than 16777216: use fewer units/,
    )
    await assert.rejects(make([{ layer: 'Reshape', target_shape: [2, 2] }]), /end it with Flatten/)
  })
})

describe('readDescent and lossNamed', () => {
  it('have the defaults of Keras and name what they do not know', () => {
    assert.deepEqual(readDescent('sgd').settings, {
      learning_rate: 0.01,
      momentum: 0,
      nesterov: false,
    })
    assert.throws(() => readDescent('Nadam'), /no "Nadam"; there are SGD/)
    assert.throws(
      () => readDescent({ optimizer: 'Adam', clipnorm: 1 }),
      /optimizer.clipnorm: Adam has no such/,
    )
    assert.throws(() => readDescent({ optimizer: 'Adam', learning_rate: -1 }), /above 0, got -1/)
    assert.equal(lossNamed('MSELoss').name, 'mean_squared_error')
    assert.equal(lossNamed('L1Loss').name, 'mean_absolute_error')
    assert.throws(() => lossNamed('best'), /no loss "best"; there are binary_crossentropy/)
    assert.throws(() => lossNamed(null), /loss: it is missing/)
  })
})

function close(found: number, expected: number): void {
  assert.ok(Math.abs(found - expected) < 2e-6, `${found}, expected ${expected}`)
}
