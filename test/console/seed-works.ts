/**
 * Works as pages show them: one with runs that ended well and badly, one that runs, one that has never run.
 * @module
 */
import assert from 'node:assert/strict'

import { keepFact } from '../../src/domain/fact.ts'
import { type FakeRunner, startRunner } from '../helpers/app.ts'
import type { TestConsole } from './seed.ts'

export interface SeededWorks {
  readonly done: string
  readonly running: string
  readonly fresh: string
  /** The task of the first with statements and rows, and the one that failed. */
  readonly task: string
  readonly failed: string
  readonly busy: string
  /** The jobs of that one at the cluster. */
  readonly jobs: readonly string[]
  /** A work whose runs wrote 25 savepoints. */
  readonly many: string
  readonly runner: FakeRunner
}

/** Makes them through the console's own forms. */
export async function seedWorks(test: TestConsole): Promise<SeededWorks> {
  const runner = await startRunner(test.db, { engines: ['flink'] })
  const make = async (name: string, more: Record<string, string> = {}) => {
    const answer = await test.post('/works/new', {
      name,
      script: "SELECT 1;\nINSERT INTO t SELECT 'x';\n",
      ...more,
    })
    assert.equal(answer.status, 303, await answer.clone().text())
    return (answer.headers.get('location') ?? '').replace('/works/', '')
  }
  const start = async (id: string) => {
    const answer = await test.post(`/works/${id}/do/run`, {})
    assert.equal(answer.status, 303, await answer.clone().text())
    return (answer.headers.get('location') ?? '').replace(/.*\//, '')
  }

  const done = await make('nightly-sums', { run_frequency: 'daily' })
  const failed = await start(done)
  for (const task of await runner.claim()) {
    await runner.settle(task, { state: 'failed', reason: "Object 't' not found" })
  }
  await test.post(`/works/${done}/script`, { script: "SELECT 1;\nSELECT 'x';\n" })
  const task = await start(done)
  for (const claimed of await runner.claim()) {
    const at = Date.now()
    const fact = (key: string, value: unknown) =>
      keepFact(test.db, { taskId: claimed.taskId, key, value, at })
    await fact('statement.0', {
      index: 0,
      sql: 'SELECT 1',
      line: 1,
      status: 'FINISHED',
      rows: 2,
      startedAt: at,
      endedAt: at + 2000,
      error: null,
      jobId: 'f'.repeat(32),
    })
    await fact('result.0', {
      columns: [
        { name: 'shop', type: 'STRING' },
        { name: 'total', type: 'DOUBLE' },
      ],
      rows: [
        ['<b>north</b>', 1.5],
        ['south', null],
      ],
      total: 2,
    })
    await fact('job_id', 'f'.repeat(32))
    await fact('job_url', 'http://flink.example:8081/#/job/f')
    await fact('exceptions', [
      {
        at: new Date(at).toISOString(),
        name: 'java.lang.RuntimeException',
        trace: 'java.lang.RuntimeException: once\n\tat org.example.Once.now(Once.java:7)\n',
        task: 'Sink: <kept> (1/1)',
      },
      'as another runner told it',
    ])
    await fact('metrics', {
      state: 'FINISHED',
      duration_ms: 2000,
      records_read: 12_000,
      records_written: 7,
      vertices: [
        {
          name: 'Source: <t>',
          status: 'FINISHED',
          parallelism: 3,
          'read-records': 0,
          'write-records': 12_000,
        },
      ],
    })
    await fact('checkpoints', {
      counts: { total: 5, completed: 4, in_progress: 0, failed: 1 },
      latest: {
        completed: {
          trigger_timestamp: at - 120_000,
          end_to_end_duration: 1500,
          state_size: 2048,
          external_path: 'file:/checkpoints/chk-4',
        },
        failed: { failure_timestamp: at - 60_000, failure_message: 'It took too long' },
      },
    })
    await fact('savepoints', [
      { at: new Date(at - 7_200_000).toISOString(), path: 'file:/savepoints/older' },
      { at: new Date(at - 3_600_000).toISOString(), path: 'file:/savepoints/newer' },
      { at: new Date(at).toISOString(), error: 'The disk is full' },
    ])
    await runner.settle(claimed, { state: 'succeeded' })
  }
  const running = await make('clicks', { type: 'STREAMING' })
  const busy = await start(running)
  const jobs = await tellOfStreams(test, await runner.claim())
  const fresh = await make('never-run')
  const many = await make('often-kept', { type: 'STREAMING' })
  const at = Date.now()
  for (let run = 0; run < 5; run += 1) {
    await start(many)
    for (const claimed of await runner.claim()) {
      const savepoints = Array.from({ length: 5 }, (_, index) => ({
        at: new Date(at + index).toISOString(),
        path: `file:/savepoints/many-${5 * run + index}`,
      }))
      const told = { taskId: claimed.taskId, key: 'savepoints', value: savepoints, at }
      await keepFact(test.db, told)
      await runner.settle(claimed, { state: 'succeeded' })
      // The order of runs that a fast machine makes in one millisecond is anybody's.
      await test.db
        .updateTable('job')
        .set({ created_at: at - 60_000 * (5 - run) })
        .where('id', '=', claimed.jobId)
        .execute()
    }
  }
  return { done, running, fresh, task, failed, busy, jobs, many, runner }
}

/** Tells of two streams that run beside each other; answers the ids of their jobs. */
async function tellOfStreams(
  test: TestConsole,
  claimed: readonly { readonly taskId: string }[],
): Promise<string[]> {
  const jobs = ['a'.repeat(32), 'b'.repeat(32)]
  const at = Date.now()
  for (const { taskId } of claimed) {
    for (const [index, id] of jobs.entries()) {
      const fact = (key: string, value: unknown) => keepFact(test.db, { taskId, key, value, at })
      await fact(`statement.${index + 1}`, {
        index: index + 1,
        sql: `INSERT INTO t${index} SELECT * FROM s${index}`,
        line: index + 2,
        status: 'RUNNING',
        rows: null,
        startedAt: at,
        endedAt: null,
        error: null,
        jobId: id,
      })
      await fact('job_id', id)
      await fact(`job.${id}`, {
        url: `http://flink.example:8081/#/job/running/${id}`,
        metrics: {
          state: 'RUNNING',
          records_read: 5 + index,
          vertices: [{ name: `Source: s${index}`, status: 'RUNNING', parallelism: 1 }],
        },
        checkpoints: {
          counts: { total: 9, completed: 9, in_progress: 0, failed: 0 },
          latest: {
            completed: {
              trigger_timestamp: at - 60_000 * (index + 1),
              external_path: `file:/checkpoints/${id}/chk-9`,
            },
          },
        },
      })
    }
  }
  return jobs
}
