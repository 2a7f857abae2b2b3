import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { WorkRun } from '../../../../src/runner/work/engine.ts'
import { followJobs } from '../../../../src/runner/work/flink/follow.ts'
import type { JobManager } from '../../../../src/runner/work/flink/rest.ts'

const URL = 'http://flink.example:8081'

/** A cluster whose jobs run for some looks; all but the first then fail. */
function cluster(ids: readonly string[], looks: number): JobManager {
  const seen = new Map<string, number>()
  const never = () => Promise.reject(new Error('not asked for'))
  return {
    url: URL,
    job(id) {
      const count = (seen.get(id) ?? 0) + 1
      seen.set(id, count)
      const end = id === ids[0] ? 'FINISHED' : 'FAILED'
      return Promise.resolve({
        jid: id,
        name: `job ${id}`,
        state: count > looks ? end : 'RUNNING',
        'start-time': 0,
        duration: count,
        vertices: [
          {
            name: `source of ${id}`,
            status: 'RUNNING',
            parallelism: 1,
            metrics: { 'read-records': 0, 'write-records': 10 * count },
          },
        ],
      } as unknown as Awaited<ReturnType<JobManager['job']>>)
    },
    checkpoints: (id) => Promise.resolve({ counts: { total: ids.indexOf(id) + 1 } }),
    exceptions: (id) =>
      Promise.resolve(
        id === ids[0]
          ? []
          : [{ at: '2030-01-01T00:00:00.000Z', name: `of ${id}`, trace: 'a trace', task: null }],
      ),
    version: never,
    jobs: never,
    cancel: never,
    savepoint: never,
    savepointStatus: never,
    uploadJar: never,
    runJar: never,
    deleteJar: never,
  }
}

describe('jobs of a task that run beside each other', () => {
  const ids = ['a', 'b', 'c']

  async function follow(mode: 'STREAMING' | 'BATCH') {
    const facts = new Map<string, unknown>()
    const run = {
      spec: { mode },
      signal: new AbortController().signal,
      log: () => undefined,
      progress: () => undefined,
      fact: (key: string, value: unknown) => void facts.set(key, value),
      orders: () => Promise.resolve([]),
    } as unknown as WorkRun
    const clock = { now: () => 0, sleep: () => Promise.resolve() }
    const ends = await followJobs(ids, run, {
      cluster: cluster(ids, 2),
      clock: clock as never,
      patienceMs: 1000,
    })
    return { facts, ends }
  }

  it('are told of each under its own name, with its page, checkpoints and exceptions', async () => {
    const { facts, ends } = await follow('STREAMING')
    assert.deepEqual(
      ends.map(({ id, state }) => [id, state]),
      [
        ['a', 'FINISHED'],
        ['b', 'FAILED'],
        ['c', 'FAILED'],
      ],
    )
    assert.deepEqual([...facts.keys()], ['job.a', 'job.b', 'job.c'])
    for (const [index, id] of ids.entries()) {
      assert.partialDeepStrictEqual(facts.get(`job.${id}`), {
        url: `${URL}/#/job/running/${id}`,
        metrics: { records_read: 30, vertices: [{ name: `source of ${id}` }] },
        checkpoints: { counts: { total: index + 1 } },
        ...(index === 0 ? {} : { exceptions: [{ name: `of ${id}` }] }),
      })
    }
    assert.equal('exceptions' in (facts.get('job.a') as object), false)
  })

  it('have no checkpoints where they are batches', async () => {
    const { facts } = await follow('BATCH')
    assert.equal('checkpoints' in (facts.get('job.b') as object), false)
  })
})
