/**
 * From how many rows on a GPU is used: the decision, with the times of machines that are made up.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  type GpuThreshold,
  leastRows,
  paysOnGpu,
  planWords,
  type Timed,
} from '../../../src/compute/gpu/gpu-plan.ts'

/** A device with a wait of its own before it computes, beside a core; in milliseconds. */
function machine(wait: number, eachOnGpu: number, eachOnCore: number) {
  const seen: number[] = []
  const timed: Timed = {
    async gpu(rows) {
      seen.push(rows)
      return wait + rows * eachOnGpu
    },
    core: (rows) => rows * eachOnCore,
  }
  return { seen, timed }
}

describe('the measurement of a GPU', () => {
  it('finds the size from which the wait for it is worth while', async () => {
    assert.equal(await leastRows(machine(0.1, 0.0001, 0.01).timed, 1), 64)
    assert.equal(await leastRows(machine(10, 0.0001, 0.01).timed, 1), 4096)
  })

  it('asks more of it the more cores there are', async () => {
    assert.equal(await leastRows(machine(10, 0.0001, 0.01).timed, 8), 32_768)
    assert.equal(await leastRows(machine(10, 0.0001, 0.01).timed, 64), null)
  })

  it('leaves the work to the cores where it is slower at every size', async () => {
    const slower = machine(0.1, 0.011, 0.01)
    assert.equal(await leastRows(slower.timed, 1), null)
    assert.deepEqual(slower.seen.slice(0, 2), [64, 512])
  })

  it('gives up at the first step that takes too long: software that imitates a GPU would take minutes', async () => {
    const imitated = machine(5, 8, 0.04)
    assert.equal(await leastRows(imitated.timed, 2), null)
    assert.deepEqual(imitated.seen, [64])
  })
})

describe('a plan', () => {
  const plan: GpuThreshold[] = [
    { operation: 'products', bits: 2048, rows: 512 },
    { operation: 'multiply', bits: 2048, rows: null },
    { operation: 'products', bits: 4096, rows: 64 },
    { operation: 'multiply', bits: 4096, rows: null },
  ]

  it('sends work from its size on, by the next width that was measured', () => {
    const work = { operation: 'products', bits: 2048, rows: 511 } as const
    assert.equal(paysOnGpu(plan, work), false)
    assert.equal(paysOnGpu(plan, { ...work, rows: 512 }), true)
    assert.equal(paysOnGpu(plan, { ...work, bits: 3072 }), true)
    assert.equal(paysOnGpu(plan, { ...work, bits: 1024 }), false)
    assert.equal(paysOnGpu(plan, { ...work, bits: 6144, rows: 1e6 }), false)
    assert.equal(paysOnGpu(plan, { operation: 'multiply', bits: 2048, rows: 1e6 }), false)
    assert.equal(paysOnGpu(plan, { operation: 'fixedBase', bits: 2048, rows: 1e6 }), false)
  })

  it('says what it sends', () => {
    assert.equal(
      planWords(plan),
      'sums by list of 2048 bits from 512 rows, sums by list of 4096 bits from 64 rows',
    )
    assert.equal(planWords([plan[1]]), 'the cores are faster at everything')
  })
})
