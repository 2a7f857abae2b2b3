import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { type AdditiveSecret, openSecret } from '../../../src/compute/crypto/additive.ts'
import { generateOuKey } from '../../../src/compute/crypto/okamoto-uchiyama-key.ts'
import { generateKey } from '../../../src/compute/crypto/paillier-key.ts'
import {
  addRings,
  encryptRows,
  fromRing,
  INPUT_FRACTION,
  MOST_VALUE,
  multiplyHidden,
  multiplyRing,
  openProduct,
  type ProductShape,
  randomRing,
  RING_BITS,
  sharedPacking,
  SLOPE_FRACTION,
  toRing,
  toScalars,
  transposeRing,
  WEIGHT_FRACTION,
} from '../../../src/compute/crypto/shared-dense.ts'
import { createRng } from '../../../src/compute/ml/rng.ts'
import { inline } from '../../../src/compute/parallel.ts'

const rng = createRng(5)
const numbers = (rows: number, cols: number, scale = 1) => ({
  rows,
  cols,
  data: Float64Array.from({ length: rows * cols }, () => scale * rng.normal()) as Float64Array,
})

const SECRETS: readonly AdditiveSecret[] = [
  openSecret(generateOuKey({ bits: 2048 }), { parallel: inline }),
  openSecret(generateKey({ bits: 1024, allowSmall: true }), { parallel: inline }),
]

for (const secret of SECRETS) {
  describe(`shared products under ${secret.name}`, () => {
    const product = async (
      scalars: ReturnType<typeof numbers>,
      factor: { rows: number; cols: number; data: readonly bigint[] },
      options: { addend: Parameters<typeof addRings>[0]; shape: ProductShape },
    ) => {
      const { addend, shape } = options
      const packing = sharedPacking(secret.limit, shape)
      const sent = await encryptRows(secret, factor, { packing, encrypted: shape.encrypted })
      const hidden = await multiplyHidden(secret, sent, { scalars, addend, packing, shape })
      const opened = await openProduct(secret, hidden, {
        rows: scalars.rows,
        cols: factor.cols,
        packing,
      })
      return { opened, raw: await Promise.all(hidden.map((batch) => secret.decrypt(batch))) }
    }

    it('inputs times shared weights are the products of the numbers', async () => {
      const x = numbers(6, 3)
      const w = numbers(3, 7)
      const mine = randomRing(3, 7)
      const other = addRings(toRing(w, WEIGHT_FRACTION), mine, -1)
      const scalars = toScalars(x, 'inputs')
      const shape = { cols: 7, terms: 3, encrypted: 'shares', scalars: 'inputs' } as const
      const addend = multiplyRing(scalars, mine)
      const { opened, raw } = await product(scalars, other, { addend, shape })
      const found = fromRing(opened, INPUT_FRACTION + WEIGHT_FRACTION)
      found.forEach((value, at) => {
        let sum = 0
        const [row, col] = [Math.floor(at / 7), at % 7]
        for (let k = 0; k < 3; k++) sum += x.data[3 * row + k] * w.data[7 * k + col]
        assert.ok(Math.abs(value - sum) < 1e-5, `${value}, expected ${sum}`)
      })
      // What is opened is far longer than the ring: the multiple that hides is there, and never the same.
      const again = await product(scalars, other, { addend, shape })
      assert.deepEqual(again.opened, opened)
      assert.ok(raw.flat().every((value, at) => value !== again.raw.flat()[at]))
      assert.ok(raw.flat().some((value) => value >> BigInt(RING_BITS + 30) !== 0n))
    })

    it('a step of the weights is shared, and its sum is exact', async () => {
      const x = numbers(20, 4)
      const slopes = numbers(20, 5, 0.01)
      const scalars = toScalars({ ...transposed(x) }, 'inputs')
      const shape = { cols: 5, terms: 20, encrypted: 'slopes', scalars: 'inputs' } as const
      const mask = randomRing(4, 5)
      const ring = toRing(slopes, SLOPE_FRACTION)
      const { opened } = await product(scalars, ring, { addend: mask, shape })
      assert.deepEqual(addRings(opened, mask, -1), multiplyRing(scalars, ring))
      const step = fromRing(addRings(opened, mask, -1), WEIGHT_FRACTION)
      let sum = 0
      for (let row = 0; row < 20; row++) sum += x.data[4 * row] * slopes.data[5 * row + 2]
      assert.ok(Math.abs(step[2] - sum) < 1e-6)
    })

    it('slopes times shared weights, turned, are what goes back', async () => {
      const slopes = numbers(4, 2, 0.1)
      const w = numbers(3, 2)
      const mine = randomRing(3, 2)
      const other = addRings(toRing(w, WEIGHT_FRACTION), mine, -1)
      const scalars = toScalars(slopes, 'slopes')
      const shape = { cols: 3, terms: 2, encrypted: 'shares', scalars: 'slopes' } as const
      const addend = multiplyRing(scalars, transposeRing(other))
      const { opened } = await product(scalars, transposeRing(mine), { addend, shape })
      const found = fromRing(opened, SLOPE_FRACTION + WEIGHT_FRACTION)
      const expected = slopes.data[2] * w.data[4] + slopes.data[3] * w.data[5]
      assert.ok(Math.abs(found[5] - expected) < 1e-8, `${found[5]}, expected ${expected}`)
    })

    it('extreme values do not spill into their neighbours', async () => {
      const most = MOST_VALUE - 2 ** -12
      const fill = (rows: number, cols: number, value: number) => ({
        rows,
        cols,
        data: new Float64Array(rows * cols).map((_, at) => (at % 2 === 0 ? value : -value)),
      })
      const scalars = toScalars(fill(2, 6, most), 'inputs')
      const top = { rows: 6, cols: 3, data: Array.from({ length: 18 }, () => (1n << 112n) - 1n) }
      const shape = { cols: 3, terms: 6, encrypted: 'shares', scalars: 'inputs' } as const
      const addend = { rows: 2, cols: 3, data: Array.from({ length: 6 }, () => (1n << 112n) - 1n) }
      const { opened } = await product(scalars, top, { addend, shape })
      assert.deepEqual(opened, addRings(multiplyRing(scalars, top), addend))
    })

    it('refuses a number that is too large', () => {
      assert.throws(() => toScalars(numbers(1, 1, 1e9), 'inputs'), /not below 4096/)
    })
  })
}

describe('sharedPacking', () => {
  it('says when not even one number fits', () => {
    const shape = { cols: 4, terms: 2 ** 20, encrypted: 'shares', scalars: 'slopes' } as const
    assert.throws(() => sharedPacking(1n << 200n, shape), /use fewer units or a longer key/)
    assert.ok(sharedPacking(1n << 682n, shape).slots >= 1)
  })
})

function transposed({ rows, cols, data }: { rows: number; cols: number; data: Float64Array }) {
  const turned = Float64Array.from({ length: data.length }, (_, at) => {
    return data[(at % rows) * cols + Math.floor(at / rows)]
  })
  return { rows: cols, cols: rows, data: turned }
}
