/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { FINE_MS, KEPT_MS, listSamples, SAMPLE_MS } from '../../src/domain/runner-use.ts'
import { beatRunner } from '../../src/domain/runner.ts'
import type { RunnerSample } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START } from '../helpers/jobs.ts'

const MINUTE = 60_000
/** The beginning of a minute. */
const ZERO = START - (START % MINUTE)

function sampleOf(cpu: number, more: Partial<RunnerSample> = {}): RunnerSample {
  return { cpu, memoryMb: 1000, tasks: 1, gpus: [], ...more }
}

async function beat(db: Db, at: number, sample: RunnerSample, id = 'r'): Promise<void> {
  await beatRunner(db, { id, state: 'active', sample }, at)
}

async function samplesOf(db: Db, id = 'r', every?: number) {
  const found = await listSamples(db, { runnerIds: [id], since: 0, every })
  return found.get(id) ?? []
}

describe('samples of a runner', () => {
  it('are kept one to five seconds, the last of which counts', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: ZERO })
    const gpus = [{ id: '0', use: 0.5, memoryMb: 2048 }]
    await beat(db, ZERO, sampleOf(0.1))
    await beat(db, ZERO + SAMPLE_MS - 1, sampleOf(0.2, { gpus, memoryMb: 7, tasks: 3 }))
    await beat(db, ZERO + SAMPLE_MS, sampleOf(7))
    assert.deepEqual(await samplesOf(db), [
      { at: ZERO, cpu: 0.2, memoryMb: 7, tasks: 3, gpus },
      { at: ZERO + SAMPLE_MS, cpu: 1, memoryMb: 1000, tasks: 1, gpus: [] },
    ])
  })

  it('become one a minute, their mean, after a quarter of an hour, and go after a day', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: ZERO })
    await beat(db, ZERO + 5000, sampleOf(0.2, { memoryMb: 100, tasks: 0 }))
    await beat(db, ZERO + 10_000, sampleOf(0.4, { memoryMb: 200, tasks: 4 }))
    await beat(db, ZERO + MINUTE, sampleOf(0.9))
    const later = ZERO + MINUTE + FINE_MS
    await beat(db, later, sampleOf(0.5))
    const rounded = (await samplesOf(db)).map(({ at, cpu, memoryMb, tasks }) => [
      at,
      Number(cpu.toFixed(9)),
      memoryMb,
      tasks,
    ])
    assert.deepEqual(rounded, [
      [ZERO, 0.3, 150, 2],
      [ZERO + MINUTE, 0.9, 1000, 1],
      [later, 0.5, 1000, 1],
    ])
    await beat(db, later + KEPT_MS, sampleOf(0.6))
    assert.deepEqual(
      (await samplesOf(db)).map(({ at }) => at),
      [later, later + KEPT_MS],
    )
  })

  it('of a whole day stay few, and a mean is not taken of means', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: ZERO })
    const end = ZERO + 40 * MINUTE
    for (let at = ZERO; at < end; at += SAMPLE_MS) {
      // Eleven quiet samples and a busy one in every minute.
      await beat(db, at, sampleOf(at % MINUTE === 0 ? 1 : 0))
    }
    const samples = await samplesOf(db)
    const coarse = samples.filter(({ at }) => at < end - FINE_MS - MINUTE)
    assert.equal(coarse.length, 24)
    for (const { cpu } of coarse) assert.ok(Math.abs(cpu - 1 / 12) < 1e-9, String(cpu))
    assert.ok(samples.length - coarse.length <= 16 * 12, `${samples.length} samples`)
  })

  it('of a runner that has been silent for a day go with the beat of another', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'old', { at: ZERO })
    await enterRunner(db, 'r', { at: ZERO })
    await beat(db, ZERO, sampleOf(0.1), 'old')
    await beat(db, ZERO + KEPT_MS, sampleOf(0.1))
    assert.equal((await samplesOf(db, 'old')).length, 1)
    await beat(db, ZERO + KEPT_MS + MINUTE, sampleOf(0.1))
    assert.deepEqual(await samplesOf(db, 'old'), [])
  })

  it('are thinned out for a small drawing', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: ZERO })
    for (let at = ZERO; at < ZERO + MINUTE; at += SAMPLE_MS) await beat(db, at, sampleOf(0.1))
    assert.equal((await samplesOf(db)).length, 12)
    assert.equal((await samplesOf(db, 'r', 3)).length, 4)
  })
})
