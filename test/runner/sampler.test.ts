/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createSampler, parseNvidia } from '../../src/runner/sampler.ts'
import { settle } from '../helpers/clock.ts'

const QUIET = () => Promise.reject(Object.assign(new Error('spawn'), { code: 'ENOENT' }))

describe('a sampler', () => {
  it('tells the busy share of all cores since the last sample', () => {
    let times = [
      { user: 100, idle: 100 },
      { user: 0, idle: 200 },
    ]
    const sample = createSampler({ times: () => times, askNvidia: QUIET })
    times = [
      { user: 150, idle: 150 },
      { user: 100, idle: 200 },
    ]
    assert.equal(sample(3).cpu, 0.75)
    assert.equal(sample(3).cpu, 0.75, 'no time has passed')
    times = [
      { user: 150, idle: 250 },
      { user: 100, idle: 300 },
    ]
    assert.deepEqual([sample(3).cpu, sample(3).tasks], [0, 3])
  })

  it('measures this host', () => {
    const sample = createSampler({ askNvidia: QUIET })(0)
    assert.ok(sample.cpu >= 0 && sample.cpu <= 1, String(sample.cpu))
    assert.ok(sample.memoryMb > 0 && Number.isInteger(sample.memoryMb))
  })

  it('has the devices that were known when it was taken, and asks for the next one', async () => {
    const answers = ['0, 10, 100\n', '0, 20, 200\n']
    const sample = createSampler({ askNvidia: () => Promise.resolve(answers.shift() ?? '') })
    assert.deepEqual(sample(0).gpus, [])
    await settle()
    assert.deepEqual(sample(0).gpus, [{ id: '0', use: 0.1, memoryMb: 100 }])
    await settle()
    assert.deepEqual(sample(0).gpus, [{ id: '0', use: 0.2, memoryMb: 200 }])
  })

  it('asks a host without the driver once, and one whose driver fails again', async () => {
    for (const [code, asked] of [
      ['ENOENT', 1],
      [9, 4],
    ] as const) {
      let count = 0
      const sample = createSampler({
        askNvidia: () => {
          count += 1
          return Promise.reject(Object.assign(new Error('no'), { code }))
        },
      })
      for (let round = 0; round < 3; round += 1) {
        await settle()
        assert.deepEqual(sample(0).gpus, [])
      }
      assert.equal(count, asked, String(code))
    }
  })

  it('reads what the driver prints, also where it cannot tell', () => {
    const text = '0, 37, 10240\n1, [N/A], [Not Supported]\n\nNo devices were found\n'
    assert.deepEqual(parseNvidia(text), [
      { id: '0', use: 0.37, memoryMb: 10_240 },
      { id: '1', use: null, memoryMb: null },
    ])
  })
})
