import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isBelow, isWithin } from '../../../src/runner/data/below.ts'

describe('below a folder', () => {
  const cases: readonly [path: string, below: boolean, within: boolean][] = [
    ['/a/b', false, true],
    ['/a/b/', false, true],
    ['/a/b/c', true, true],
    ['/a/b/../b/c', true, true],
    ['/a/b/c/../../d', false, false],
    ['/a/b-other', false, false],
    ['/a', false, false],
    ['/', false, false],
    ['/a/b/..c', true, true],
    ['/a/b/..', false, false],
  ]
  for (const [path, below, within] of cases) {
    it(`${path} is ${below ? 'below' : within ? 'the folder' : 'outside'}`, () => {
      assert.equal(isBelow('/a/b', path), below)
      assert.equal(isWithin('/a/b', path), within)
    })
  }

  it('everything is below the root', () => {
    assert.equal(isBelow('/', '/a'), true)
    assert.equal(isBelow('/', '/'), false)
  })
})
