/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import {
  decodeModel,
  encodeModel,
  loadModel,
  saveModel,
  toPlain,
} from '../../../src/runner/data/model-store.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const leaf = fc.oneof(
  fc.string(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
  fc.array(fc.double()).map((values) => Float64Array.from(values)),
  fc.uint8Array(),
  fc.array(fc.bigInt({ min: 0n, max: 2n ** 63n })).map((values) => BigUint64Array.from(values)),
)
const { state } = fc.letrec<{ state: unknown }>((tie) => ({
  state: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('state'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('$weft', 'text')), tie('state'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    fc
      .array(fc.tuple(fc.string(), tie('state')), { maxLength: 3 })
      .map((entries) => new Map(entries)),
    fc.array(fc.string(), { maxLength: 3 }).map((values) => new Set(values)),
  ),
}))

describe('a model as JSON', () => {
  it('comes back as it was: typed arrays, big integers, maps, numbers that JSON has no word for', () => {
    fc.assert(
      fc.property(state, (value) => {
        const model = { name: 'M', param: { a: 1 }, meta: {}, state: value }
        assert.deepEqual(decodeModel(encodeModel(model)), model)
      }),
    )
  })

  it('keeps only the part of a buffer that a view shows', () => {
    const view = Float64Array.of(1, 2, 3, 4).subarray(1, 3)
    const { state: back } = decodeModel(
      encodeModel({ name: 'M', param: {}, meta: {}, state: view }),
    )
    assert.deepEqual(back, Float64Array.of(2, 3))
  })

  it('says where a thing is that no file can hold', () => {
    const model = { name: 'M', param: {}, meta: {}, state: { trees: [{ at: () => 1 }] } }
    assert.throws(
      () => encodeModel(model),
      /cannot hold the function at model\.state\.trees\[0\]\.at/,
    )
    const date = { name: 'M', param: { at: new Date(0) }, meta: {} }
    assert.throws(() => encodeModel(date), /cannot hold the Date at model\.param\.at/)
  })

  it('is stored and found again, or not there', async () => {
    const folder = await temporaryFolder()
    const model = { name: 'M', param: { w: [0.5] }, meta: { n: 1 }, state: Float64Array.of(7) }
    await saveModel(folder, 'jobs/j/model.json', model)
    assert.deepEqual(await loadModel(folder, 'jobs/j/model.json'), model)
    assert.equal(await loadModel(folder, 'jobs/k/model.json'), undefined)
  })

  it('shows typed arrays as lists and big integers as texts', () => {
    const value = { a: Float64Array.of(1, 2), b: 12345678901234567890n, c: new Map([['k', 1]]) }
    assert.deepEqual(toPlain(value), { a: [1, 2], b: '12345678901234567890', c: { k: 1 } })
  })
})
