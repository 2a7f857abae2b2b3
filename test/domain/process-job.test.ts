/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { getJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { submitProcesses } from '../../src/domain/process-job.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { listAttempts, listTasks } from '../../src/domain/task.ts'
import type {
  AttemptEnding,
  Outcome,
  ProcessTaskSpec,
  RunnerProfile,
} from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner } from '../helpers/jobs.ts'
import { processSpec, submitProcess } from '../helpers/process-jobs.ts'

const LOCAL = { capacity: { engines: ['local'], labels: { processes: 'sandbox', sandbox: 'yes' } } }

describe('submitProcesses', () => {
  it('makes tasks that are ready at once and belong to no group', async () => {
    const db = await withRunner()
    const job = await submitProcesses(db, {
      name: 'two',
      tasks: ['a', 'b'].map((name) => ({ name, party: null, spec: processSpec() })),
      request: {},
    })
    assert.deepEqual([job.surface, job.kind, job.state], ['weft', 'process', 'running'])
    const [one] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    const [two] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    assert.deepEqual([one.name, two.name, one.kind], ['a', 'b', 'process'])
    assert.deepEqual(one.spec, processSpec())
  })

  it('keeps for placement what the runner needs to have, and for a cluster the way there only', async () => {
    const db = await withRunner({
      capacity: { engines: ['local', 'slurm'], labels: { sandbox: 'yes' } },
    })
    const needs = { cores: 2, memoryMb: 100, labels: { disk: 'ssd' } }
    await enterRunner(db, 's', {
      capacity: { engines: ['local', 'slurm'], labels: { disk: 'ssd' } },
    })
    const local = await submitProcess(db, { needs, sandbox: true })
    const remote = await submitProcess(db, { needs, engine: 'slurm' })
    assert.deepEqual(await needsOf(db, local.id), {
      ...needs,
      engine: 'local',
      labels: { disk: 'ssd', sandbox: 'yes' },
    })
    assert.deepEqual(await needsOf(db, remote.id), { engine: 'slurm', labels: { disk: 'ssd' } })
  })

  it('lets tasks of a party run at several data directories', async () => {
    const db = await withRunner({ ...LOCAL, parties: ['9999'] })
    await enterRunner(db, 's', { ...LOCAL, parties: ['9999'] })
    const tasks = ['a', 'b'].map((name) => ({ name, party: '9999', spec: processSpec() }))
    await submitProcesses(db, { name: '', tasks, request: {} })
    for (const runnerId of ['r', 's']) {
      assert.equal((await claimTasks(db, { runnerId, slots: 1 })).length, 1, runnerId)
    }
  })

  const refused: [string, Partial<ProcessTaskSpec> & { party?: string }, RegExp][] = [
    [
      'an engine that no live runner has',
      { engine: 'slurm' },
      /engine "slurm" for task "work"; they have local.*WEFT_ENGINES=local,slurm/,
    ],
    [
      'a host process where there are sandboxes only',
      { sandbox: false },
      /no live runner allows that.*WEFT_PROCESSES=host/,
    ],
    ['a party that nobody serves', { party: '7' }, /No live runner serves worker party 7/],
    ['a label that nobody has', { needs: { labels: { disk: 'ssd' } } }, /disk=ssd/],
    ['ports without a network', { needs: { ports: 1 } }, /"network": true/],
    ['ports of a cluster', { engine: 'slurm', needs: { ports: 1 } }, /leave "ports" out/],
    ['a sandbox of a cluster', { engine: 'slurm', sandbox: true }, /leave "sandbox" out/],
  ]
  for (const [what, spec, message] of refused) {
    it(`refuses ${what}, with the remedy`, async () => {
      const db = await withRunner(what.startsWith('a party') ? { ...LOCAL, parties: ['1'] } : LOCAL)
      await assert.rejects(submitProcess(db, spec), message)
      assert.equal((await db.selectFrom('job').select('id').execute()).length, 0)
    })
  }

  it('says that runners run no processes where none is allowed to', async () => {
    const db = await withRunner({ capacity: {} })
    await assert.rejects(
      submitProcess(db),
      /no processes at all: install bubblewrap.*WEFT_PROCESSES=host/,
    )
  })
})

describe('the ending of a process', () => {
  it('is kept with its attempt, of a success as of a failure', async () => {
    const { db, id } = await attempted([
      { state: 'succeeded', ending: ending({ exitCode: 0, peakMemoryMb: 12 }) },
    ])
    const [attempt] = await listAttempts(db, id)
    assert.deepEqual(attempt.ending, ending({ exitCode: 0, peakMemoryMb: 12 }))
    const other = await attempted([failure({})])
    assert.deepEqual((await listAttempts(other.db, other.id))[0].ending, ending({}))
    assert.match((await getJob(other.db, other.id)).reason ?? '', /work failed: exit code 3/)
  })

  it('leads to as many retries as were asked for, each with its reason', async () => {
    const { db, id } = await attempted([failure({}), failure({}), failure({})], { retries: 2 })
    const attempts = await listAttempts(db, id)
    assert.deepEqual(
      attempts.map(({ state }) => state),
      ['failed', 'failed', 'failed'],
    )
    assert.equal((await getJob(db, id)).state, 'failed')
    const events = await db
      .selectFrom('event')
      .select('message')
      .where('type', '=', 'task.restarted')
      .execute()
    assert.deepEqual(
      events.map(({ message }) => message),
      [
        'work starts again: exit code 3 (retry 1 of 2)',
        'work starts again: exit code 3 (retry 2 of 2)',
      ],
    )
  })

  it('leads to none where the same limit would end it again, nor where nothing was started', async () => {
    for (const type of ['time-limit', 'memory-limit']) {
      const { db, id } = await attempted([failure({ type })], { retries: 5 })
      assert.equal((await getJob(db, id)).state, 'failed', type)
    }
    const { db, id } = await attempted([{ state: 'failed', reason: 'no engine' }], { retries: 5 })
    assert.equal((await getJob(db, id)).state, 'failed')
  })

  it('is nothing that a lost runner counts as: the task begins again without a retry', async () => {
    const db = await withRunner()
    const { id } = await submitProcess(db)
    await claimTasks(db, { runnerId: 'r', slots: 1 })
    await sweep(db, Date.now() + LEASE_MS + 1000)
    assert.equal((await listTasks(db, id))[0].state, 'ready')
    assert.equal((await claimTasks(db, { runnerId: 'r', slots: 1 }))[0].attempt, 2)
  })
})

async function withRunner(options: Partial<RunnerProfile> = LOCAL): Promise<Db> {
  const db = await freshDatabase()
  await enterRunner(db, 'r', options)
  return db
}

async function needsOf(db: Db, jobId: string): Promise<unknown> {
  const row = await db
    .selectFrom('task')
    .select('needs')
    .where('job_id', '=', jobId)
    .executeTakeFirstOrThrow()
  return JSON.parse(row.needs ?? 'null')
}

function ending(some: Partial<AttemptEnding>): AttemptEnding {
  return { type: 'exited', exitCode: 3, signal: null, peakMemoryMb: null, ...some }
}

function failure(some: Partial<AttemptEnding>): Outcome {
  return { state: 'failed', reason: 'exit code 3', ending: ending(some) }
}

/** A job whose attempts end like this, one after the other. */
async function attempted(
  outcomes: readonly Outcome[],
  options: Partial<ProcessTaskSpec> = {},
): Promise<{ db: Db; id: string }> {
  const db = await withRunner()
  const { id } = await submitProcess(db, options)
  for (const outcome of outcomes) {
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    await settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome })
  }
  assert.deepEqual(await claimTasks(db, { runnerId: 'r', slots: 1 }), [])
  return { db, id }
}
