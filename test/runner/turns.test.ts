/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createTurns } from '../../src/runner/turns.ts'

const given = (ports: number[], gpus: string[] = []) => ({
  allocation: { cores: 0, memoryMb: 0, gpus, ports },
  signal: new AbortController().signal,
})

describe('turns', () => {
  it('a process waits for those who had its ports or devices, and for nobody else', async () => {
    const turns = createTurns()
    const told: string[] = []
    const first = Promise.withResolvers<void>()
    const one = turns(given([1], ['0']), () => first.promise.then(() => void told.push('one')))
    const two = turns(given([1, 2]), async () => void told.push('two'))
    const three = turns(given([3], ['0']), async () => void told.push('three'))
    await turns(given([4], ['1']), async () => void told.push('four'))
    first.resolve()
    await Promise.all([one, two, three])
    assert.deepEqual(told.slice(0, 2), ['four', 'one'])
    assert.deepEqual(told.slice(2).toSorted(), ['three', 'two'])
  })

  it('one that gives up waiting does not let the next one through', async () => {
    const turns = createTurns()
    const told: string[] = []
    const first = Promise.withResolvers<void>()
    const one = turns(given([1]), () => first.promise.then(() => void told.push('one')))
    const signal = AbortSignal.abort()
    await turns({ ...given([1]), signal }, async () => void told.push('gave up'))
    const three = turns(given([1]), async () => void told.push('three'))
    first.resolve()
    await Promise.all([one, three])
    assert.deepEqual(told, ['gave up', 'one', 'three'])
  })
})
