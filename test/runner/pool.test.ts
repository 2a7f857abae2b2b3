/**
 * @module
 */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'

import { createPool, type Pool } from '../../src/runner/pool.ts'

/** Threads start under Node only. */
describe(
  'the compute pool',
  { skip: 'Deno' in globalThis && 'needs Node: its pool threads' },
  () => {
    const pools: Pool[] = []
    after(() => Promise.all(pools.map((pool) => pool.close())))

    function open(cores: number, source?: URL): Pool {
      const pool = createPool({ cores, source })
      pools.push(pool)
      return pool
    }
    const odd = new URL('./fixtures/compute-worker.ts', import.meta.url)

    /** A call that holds its thread until `open` is called. */
    function gate(): { argument: Float64Array; open(): void } {
      const shared = new SharedArrayBuffer(16)
      const argument = new Float64Array(shared)
      argument[0] = -1
      return {
        argument,
        open() {
          const lock = new Int32Array(shared)
          Atomics.store(lock, 2, 1)
          Atomics.notify(lock, 2)
        },
      }
    }

    it('gives results in the order of the calls, over more calls than threads', async () => {
      const client = open(2).client()
      const calls = Array.from({ length: 50 }, (_value, index) => Float64Array.of(index, 1))
      const results = await client.map('square', calls)
      assert.deepEqual(
        results.map((values) => [...values]),
        calls.map(([value]) => [value * value, 1]),
      )
      assert.equal(calls[49][0], 49, 'the arguments stay with their caller')
    })

    it('moves buffers that the caller gives away', async () => {
      const call = Float64Array.of(3)
      const [result] = await open(1).client().mapMoving('square', [call])
      assert.deepEqual([...result], [9])
      assert.equal(call.length, 0)
    })

    it('answers nothing to nothing', async () => {
      assert.deepEqual(await open(1).client().map('square', []), [])
    })

    it('takes turns between tasks', async () => {
      const pool = open(1, odd)
      const order: string[] = []
      const [wide, narrow] = [pool.client(), pool.client()]
      const held = gate()
      const first = wide.map('square', [held.argument])
      const rest = [1, 2, 3].map((value) =>
        wide.map('square', [Float64Array.of(value)]).then(() => order.push(`wide ${value}`)),
      )
      rest.push(narrow.map('square', [Float64Array.of(1)]).then(() => order.push('narrow')))
      held.open()
      await Promise.all([first, ...rest])
      assert.deepEqual(order, ['wide 1', 'narrow', 'wide 2', 'wide 3'])
    })

    it('fails only the calls of a thread that died, and replaces it', async () => {
      const pool = open(2, odd)
      const [good, bad] = [pool.client(), pool.client()]
      const calls = Array.from({ length: 10 }, (_value, index) => Float64Array.of(index))
      const [fine, lost] = await Promise.allSettled([
        good.map('square', calls),
        bad.map('square', [Float64Array.of(666)]),
      ])
      assert.equal(fine.status, 'fulfilled')
      assert.ok(lost.status === 'rejected')
      assert.match(String(lost.reason), /Kernel "square" was lost with its thread/)
      assert.deepEqual((await bad.map('square', [Float64Array.of(4)]))[0][0], 16)
    })

    it('passes on the error of a kernel, of its class', async () => {
      const calls = [Float64Array.of(1), Float64Array.of(Number.NaN)]
      await assert.rejects(open(1, odd).client().map('square', calls), {
        name: 'RangeError',
        message: 'NaN has no square',
      })
    })

    it('drops what waits when a call is cancelled', async () => {
      const client = open(1, odd).client()
      const held = gate()
      const controller = new AbortController()
      const blocked = client.map('square', [held.argument])
      const waiting = client.map('square', [Float64Array.of(666)], { signal: controller.signal })
      controller.abort(new Error('not wanted'))
      await assert.rejects(waiting, /not wanted/)
      held.open()
      await blocked
      // The call that would have ended the thread was never made.
      assert.equal((await client.map('square', [Float64Array.of(5)]))[0][0], 25)
    })

    it('rejects what waits when its task is over or the pool closes', async () => {
      const pool = open(1, odd)
      const [over, open2] = [pool.client(), pool.client()]
      const held = gate()
      const blocked = over.map('square', [held.argument])
      const waiting = over.map('square', [Float64Array.of(1)])
      const other = open2.map('square', [Float64Array.of(1)])
      over.close('The task is over')
      await assert.rejects(waiting, /The task is over/)
      const closed = Promise.allSettled([blocked, other])
      await pool.close()
      for (const result of await closed) assert.equal(result.status, 'rejected')
      await assert.rejects(over.map('square', [Float64Array.of(1)]), /pool is closed/)
    })
  },
)
