import assert from 'node:assert/strict'
import { it } from 'node:test'

import { fourierMap } from '../../../src/compute/ml/fourier-features.ts'

const X = { rows: 3, cols: 2, data: Float64Array.of(0.1, 0.4, -0.3, 0.9, 1.2, -0.5) }
const PLAN = { seed: 5, stream: 1, inputs: 2, features: 4000, scale: 0.3 }

it('products of random Fourier features come close to the Gaussian kernel', () => {
  const { data, cols } = fourierMap(PLAN)(X)
  for (const a of [0, 1, 2]) {
    for (const b of [0, 1, 2]) {
      let product = 0
      for (let at = 0; at < cols; at++) product += data[a * cols + at] * data[b * cols + at]
      const [dx, dy] = [0, 1].map((col) => X.data[2 * a + col] - X.data[2 * b + col])
      const kernel = Math.exp(-0.3 * (dx * dx + dy * dy))
      assert.ok(Math.abs(product - kernel) < 0.05, `${a} ${b}: ${product}, ${kernel}`)
    }
  }
})

it('random Fourier features are those of their seed and stream', () => {
  const of = (plan: object) => [...fourierMap({ ...PLAN, features: 8, ...plan })(X).data]
  assert.deepEqual(of({}), of({}))
  assert.notDeepEqual(of({}), of({ seed: 6 }))
  assert.notDeepEqual(of({}), of({ stream: 2 }))
})
