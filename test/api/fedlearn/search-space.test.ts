import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  ALGORITHM_NAMES,
  algorithmOf,
  algorithmParams,
} from '../../../src/api/fedlearn/algorithms.ts'
import { readParams } from '../../../src/api/fedlearn/params.ts'
import { drawCandidates, searchSpace } from '../../../src/api/fedlearn/search-space.ts'

function space(
  model: string,
  sent: Record<string, unknown> = {},
  wanted: { field: string; describe: (string | number | boolean)[] }[] = [],
) {
  const algorithm = algorithmOf(model)
  assert.ok(algorithm)
  const params = Object.entries(sent).map(([field, value]) => ({ field, value }))
  const read = readParams(algorithm, params)
  return { read, found: searchSpace(algorithm, { read, sent: Object.keys(sent), wanted }) }
}

describe('the space of an automatic tuning', () => {
  it('is drawn from within the tables of every algorithm', () => {
    let searched = 0
    for (const name of ALGORITHM_NAMES) {
      const algorithm = algorithmOf(name)
      assert.ok(algorithm)
      const table = algorithmParams(algorithm)
      let own: ReturnType<typeof space>
      try {
        own = space(name)
      } catch {
        continue
      }
      searched++
      const { values } = own.read
      const drawn = drawCandidates(own.found, { count: 50, seed: 3, values })
      for (const candidate of drawn) {
        // Whatever was drawn can be sent as it is.
        const sent = Object.entries(candidate).map(([field, value]) => ({ field, value }))
        assert.deepEqual(readParams(algorithm, sent).values, candidate)
      }
      for (const field of Object.keys(own.found.ranges)) {
        assert.ok(table.some((param) => param.field === field))
        assert.ok(new Set(drawn.map((one) => one[field])).size > 1, `${name}.${field} varies`)
      }
    }
    assert.ok(searched >= 8, `${searched} algorithms`)
  })

  it('leaves what was sent as it is, and begins with the defaults', () => {
    const { read, found } = space('FederatedGB', { max_depth: 4, numBoostRound: 27 })
    assert.deepEqual(found.effort, { param: 'numBoostRound', values: [3, 9, 27] })
    const drawn = drawCandidates(found, { count: 20, seed: 1, values: read.values })
    assert.ok(drawn.every(({ maxDepth }) => maxDepth === 4))
    assert.equal(drawn[0]['eta'], read.values['eta'])
    assert.deepEqual(drawn, drawCandidates(found, { count: 20, seed: 1, values: read.values }))
    assert.notDeepEqual(drawn, drawCandidates(found, { count: 20, seed: 2, values: read.values }))
  })

  it('is as narrow as the caller wants, within the table', () => {
    const wanted = [{ field: 'maxDepth', describe: ['3', 4] }]
    const { read, found } = space('FederatedGB', {}, wanted)
    const drawn = drawCandidates(found, { count: 40, seed: 1, values: read.values })
    assert.deepEqual(new Set(drawn.map(({ maxDepth }) => maxDepth)), new Set([3, 4]))
    for (const describe_ of [[1, 4], [4, 3], [3], ['a', 'b']]) {
      const wrong = [{ field: 'maxDepth', describe: describe_ }]
      assert.throws(() => space('FederatedGB', {}, wrong), /maxDepth has to lie within 2, 20/)
    }
    for (const field of ['numClass', 'nothing', 'crossValidation']) {
      const wrong = [{ field, describe: [0, 1] }]
      assert.throws(() => space('FederatedGB', {}, wrong), /no parameter of FederatedGB/)
    }
  })

  it('has every word of the tables where a caller names what to choose from', () => {
    // What is promised of labels, how safe keys are, and what changes no model.
    const fixed = ['useDP', 'bitLength', 'encryptionType', 'maximize']
    const seen = new Set<string>()
    for (const name of ALGORITHM_NAMES) {
      const algorithm = algorithmOf(name)
      assert.ok(algorithm)
      for (const { field, type, describe: words } of algorithmParams(algorithm)) {
        if (type === 'NUMS') continue
        const wanted = [{ field, describe: [...words] }]
        if (type === 'MULTI' || fixed.includes(field) || words.length === 0) {
          const refused = new RegExp(`ranges: ${field} is no parameter of ${algorithm} that`)
          assert.throws(
            () => space(name, {}, wanted),
            (error) => refused.test(String(error)),
          )
          continue
        }
        seen.add(field)
        const { read, found } = space(name, { [field]: words[0] }, wanted)
        const drawn = drawCandidates(found, { count: 60, seed: 5, values: read.values })
        assert.deepEqual(
          new Set(drawn.map((one) => one[field])),
          new Set(words),
          `${name}.${field}`,
        )
        // As in `train/start`, capitals and underscores do not matter.
        const spelt = [{ field: field.toUpperCase(), describe: [`_${words[1].toUpperCase()}`] }]
        const one = drawCandidates(space(name, {}, spelt).found, { count: 4, seed: 5, values: {} })
        assert.deepEqual(new Set(one.map((set) => set[field])), new Set([words[1]]))
        assert.throws(
          () => space(name, {}, [{ field, describe: [words[0], 'nothing'] }]),
          new RegExp(`ranges: ${field} has no choice "nothing": expected ${words[0]}, `),
        )
      }
    }
    for (const field of ['objective', 'loss', 'modelName', 'dpType', 'isTest', 'optimizer']) {
      assert.ok(seen.has(field), field)
    }
    const { found } = space('VerticalFDNN', {}, [{ field: 'isTest', describe: [true, false] }])
    assert.deepEqual(found.ranges['isTest'], { type: 'word', words: ['true', 'false'] })
    assert.equal(space('FederatedGB').found.ranges['objective'], undefined)
  })

  it('is refused where nothing is left to be searched', () => {
    const sent = { eta: 0.1, optimizer: 'NEWTON' }
    assert.throws(() => space('VerticalLR', sent), /fixes every parameter/)
  })
})
