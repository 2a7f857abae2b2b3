/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { readPaiYaml } from '../../../src/flow/parse/pai-yaml.ts'

const many = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n')

describe('a YAML document', () => {
  it('names the line of a key that was there before, in every map', () => {
    for (const [text, line] of [
      ['a: 1\nb: 2\na: 3', 3],
      ['x:\n  a: 1\n  "a": 2', 3],
      ['x: [{ b: 1 },\n { c: 1, c: 2 }]', 2],
    ] as const)
      assert.throws(() => readPaiYaml(text), {
        message: `The job is not one valid YAML document, line ${line}: Map keys must be unique`,
      })
    const same = readPaiYaml('a: { b: 1 }\nc: { b: 1 }\n1: x\n"1": y')
    assert.deepEqual(Object.keys(same.value as object), ['1', 'a', 'c'])
  })

  it('may have many keys: they are not compared each with each', () => {
    const { value } = readPaiYaml(many(60_000, (at) => `key-${at}: 1`))
    assert.equal(Object.keys(value as object).length, 60_000)
  })

  it('may repeat parts by reference, but not so often that it takes long to find them', () => {
    const few = many(50, (at) => `a${at}: &x${at} 1\nb${at}: *x${at}`)
    assert.equal((readPaiYaml(few).value as Record<string, unknown>)['b49'], 1)
    const often = many(20_000, (at) => `a${at}: &x${at} 1\nb${at}: *x${at}`)
    assert.throws(() => readPaiYaml(often), /repeats parts by reference too often/)
    const bomb = many(9, (at) => {
      const below = at === 0 ? 'x' : `*l${at - 1}`
      return `l${at}: &l${at} [${Array<string>(10).fill(below).join()}]`
    })
    assert.throws(() => readPaiYaml(bomb), /repeats parts by reference too often/)
  })
})
