import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import { type DiffLine, lineDiff } from '../../src/domain/line-diff.ts'

/** The longest common subsequence by its definition. */
function plainLength(a: readonly string[], b: readonly string[]): number {
  const [first, ...rest] = a
  if (first === undefined || b.length === 0) return 0
  const at = b.indexOf(first)
  const without = plainLength(rest, b)
  return at < 0 ? without : Math.max(without, 1 + plainLength(rest, b.slice(at + 1)))
}

const pick = (lines: readonly DiffLine[], not: DiffLine['kind']) =>
  lines.filter(({ kind }) => kind !== not).map(({ text }) => text)

describe('a diff of lines', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 })

  it('has both texts in it, each line with its number, and as many lines in common as there can be', () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const diff = lineDiff(a.join('\n'), b.join('\n'))
        assert.deepEqual(pick(diff, 'added'), a)
        assert.deepEqual(pick(diff, 'removed'), b)
        assert.equal(diff.filter(({ kind }) => kind === 'same').length, plainLength(a, b))
        for (const { text, before, after } of diff) {
          if (before !== null) assert.equal(a[before - 1], text)
          if (after !== null) assert.equal(b[after - 1], text)
        }
      }),
    )
  })

  it('of texts that have nothing in common is bounded in time and memory', () => {
    const text = (letter: string) =>
      Array.from({ length: 20_000 }, (_, at) => `${letter}${at}`).join('\n')
    const diff = lineDiff(`x\n${text('a')}\ny`, `x\n${text('b')}\ny`)
    assert.equal(diff.length, 40_002)
    assert.deepEqual(
      [diff[0]?.kind, diff[1]?.kind, diff[20_001]?.kind, diff.at(-1)?.after],
      ['same', 'removed', 'added', 20_002],
    )
  })

  it('does not mind the end of the last line, nor how lines end', () => {
    assert.ok(lineDiff('a\nb', 'a\r\nb\r\n').every(({ kind }) => kind === 'same'))
  })
})
