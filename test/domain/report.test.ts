/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { listArtifacts } from '../../src/domain/artifact.ts'
import { listEvents } from '../../src/domain/event.ts'
import { stopJob } from '../../src/domain/job.ts'
import { claimTasks, LEASE_MS } from '../../src/domain/lease.ts'
import { listLedger } from '../../src/domain/ledger.ts'
import { listLog } from '../../src/domain/log.ts'
import { listMetrics } from '../../src/domain/metric.ts'
import { applyReports } from '../../src/domain/report.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { findTable } from '../../src/domain/table.ts'
import { listTasks } from '../../src/domain/task.ts'
import { submitUpload } from '../../src/domain/upload.ts'
import type { LeasedTask, Report } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, START, submit } from '../helpers/jobs.ts'

async function begun() {
  const db = await freshDatabase()
  await enterRunner(db, 'r', { at: START })
  const job = await submit(db, { members: { guest: ['9999'] }, nodes: ['a'] })
  const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 }, START)
  return { db, job, task }
}

function stamp(task: LeasedTask): { taskId: string; attemptId: string; at: number } {
  return { taskId: task.taskId, attemptId: task.attemptId, at: START + 5 }
}

describe('applyReports', () => {
  it('keeps log lines, events, progress, metrics, ledger and artifacts in order', async () => {
    const { db, job, task } = await begun()
    const base = stamp(task)
    const jobId = job.id
    const loss = { ...base, type: 'metric', namespace: 'train', name: 'loss' } as const
    const wire = {
      ...base,
      type: 'ledger',
      receiver: 'host:10000',
      tag: 'gradient',
      kind: 'ciphertext',
      reveals: 'nothing',
    } as const
    const reports: Report[] = [
      { ...base, type: 'log', level: 'info', text: 'one' },
      { ...base, type: 'log', level: 'info', text: 'two' },
      { ...base, type: 'event', level: 'warning', message: 'The key is short' },
      { ...base, type: 'progress', fraction: 0.5, note: 'epoch 5 of 10' },
      { ...loss, points: [[0, 0.7]], meta: { name: 'loss', metric_type: 'LOSS' } },
      { ...loss, points: [[1, 0.5]], meta: { unit: 'nat' } },
      { ...wire, messages: 2, bytes: 10 },
      { ...wire, messages: 1, bytes: 5 },
      {
        ...base,
        type: 'artifact',
        kind: 'table',
        name: 'data',
        location: 'jobs/x',
        rows: 3,
        summary: { header: ['id'] },
        preview: null,
      },
    ]
    await applyReports(db, 'r', reports)
    assert.deepEqual(
      (await listLog(db, { jobId })).map((line) => line.text),
      ['one', 'two'],
    )
    const [warning] = (await listEvents(db, { jobId })).filter(
      (event) => event.type === 'task.note',
    )
    assert.deepEqual([warning.level, warning.message], ['warning', 'The key is short'])
    const [row] = await listTasks(db, jobId)
    assert.deepEqual([row.progress, row.reason], [0.5, 'epoch 5 of 10'])
    const [metric] = await listMetrics(db, { jobId })
    assert.deepEqual(metric.points, [
      [0, 0.7],
      [1, 0.5],
    ])
    assert.deepEqual(metric.meta, { name: 'loss', metric_type: 'LOSS', unit: 'nat' })
    const [line] = await listLedger(db, jobId)
    assert.deepEqual(
      [line.component, line.sender, line.messages, line.bytes],
      ['a', 'guest:9999', 3, 15],
    )
    const [artifact] = await listArtifacts(db, { jobId })
    assert.deepEqual([artifact.rows, artifact.preview], [3, null])
  })

  it('drops what comes after the lease is gone: stopped, settled, expired or never held', async () => {
    const gone: Record<string, (run: Awaited<ReturnType<typeof begun>>) => Promise<unknown>> = {
      stopped: ({ db, job }) => stopJob(db, { id: job.id, reason: 'Stopped' }, START + 1),
      settled: ({ db, task: { attemptId } }) =>
        settleTask(db, { runnerId: 'r', attemptId, outcome: { state: 'succeeded' } }, START + 1),
      expired: ({ db }) => sweep(db, START + LEASE_MS + 1),
    }
    for (const [how, lose] of Object.entries(gone)) {
      const run = await begun()
      await lose(run)
      await applyReports(run.db, 'r', [
        { ...stamp(run.task), type: 'log', level: 'info', text: 'late' },
      ])
      assert.deepEqual(await listLog(run.db, { jobId: run.job.id }), [], how)
    }
    const { db, job, task } = await begun()
    await enterRunner(db, 'other', { at: START })
    await applyReports(db, 'other', [
      { ...stamp(task), type: 'log', level: 'info', text: 'forged' },
    ])
    await applyReports(db, 'r', [
      { ...stamp(task), taskId: 'another task', type: 'log', level: 'info', text: 'forged' },
    ])
    assert.deepEqual(await listLog(db, { jobId: job.id }), [])
  })

  it('leaves out points that are no numbers and keeps the others', async () => {
    const { db, job, task } = await begun()
    await applyReports(db, 'r', [
      {
        ...stamp(task),
        type: 'metric',
        namespace: 'train',
        name: 'loss',
        points: [
          [0, Number.NaN],
          [1, 0.5],
          [2, Number.POSITIVE_INFINITY],
        ],
        meta: {},
      },
    ])
    assert.deepEqual((await listMetrics(db, { jobId: job.id }))[0].points, [[1, 0.5]])
  })

  it('keeps an uploaded table under the name that was submitted', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { parties: ['9999'] })
    await submitUpload(db, {
      surface: 'fate',
      party: '9999',
      namespace: 'space',
      name: 'people',
      source: { type: 'path', path: 'people.csv' },
      head: true,
      delimiter: ',',
      partitions: 4,
      request: {},
    })
    const [task] = await claimTasks(db, { runnerId: 'r', slots: 8 })
    await applyReports(db, 'r', [
      {
        ...stamp(task),
        type: 'table',
        location: 'tables/9999/space/people.arrow',
        columns: ['age'],
        idColumn: 'id',
        rows: 2,
        partitions: 4,
        preview: [['a', '1']],
      },
    ])
    const table = await findTable(db, { namespace: 'space', name: 'people' })
    assert.deepEqual(
      [table?.party, table?.site, table?.rows, table?.columns, table?.preview],
      ['9999', 'site-r', 2, ['age'], [['a', '1']]],
    )
  })

  it('lets a component register no table', async () => {
    const { db, task } = await begun()
    await applyReports(db, 'r', [
      {
        ...stamp(task),
        type: 'table',
        location: 'x',
        columns: [],
        idColumn: 'id',
        rows: 1,
        partitions: 1,
        preview: null,
      },
    ])
    assert.deepEqual(await db.selectFrom('data_table').selectAll().execute(), [])
  })
})
