/**
 * Jobs of task roles whose programs run in a cluster.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { getJob, stopJob } from '../../src/domain/job.ts'
import { freshDatabase } from '../helpers/database.ts'
import { claim, plan, RUNNER, submit } from '../helpers/framework.ts'
import { enterRunner } from '../helpers/jobs.ts'
import { processSpec } from '../helpers/process-jobs.ts'

const CLUSTER = plan([
  { name: 'w', spec: processSpec({ engine: 'slurm', needs: { cores: 64, ports: 2 } }) },
])

describe('programs in a cluster', () => {
  let db: Db
  before(async () => {
    db = await freshDatabase()
    const capacity = { cores: 1, engines: ['slurm'], ports: [20_000, 20_003] as [number, number] }
    await enterRunner(db, RUNNER, { slots: 100, facts: {}, capacity })
  })
  after(() => db.destroy())

  it('ask the cluster for cores, and their runner for ports, which nobody else gets', async () => {
    await submit(db, { name: 'a', plan: CLUSTER })
    await submit(db, { name: 'b', plan: CLUSTER })
    await submit(db, { name: 'c', plan: CLUSTER })
    const taken = await claim(db)
    assert.deepEqual(
      taken.map(({ allocation }) => allocation?.ports),
      [
        [20_000, 20_001],
        [20_002, 20_003],
      ],
    )
  })

  it('keep their ports until the cluster has nothing left of them', async () => {
    const [first] = await db.selectFrom('attempt').select(['id', 'task_id']).orderBy('id').execute()
    const handle = `slurm:${first.id}`
    await db.updateTable('attempt').set({ handle }).where('id', '=', first.id).execute()
    const task = await db
      .selectFrom('task')
      .select('job_id')
      .where('id', '=', first.task_id)
      .executeTakeFirstOrThrow()
    await stopJob(db, { id: task.job_id, reason: 'enough' })
    assert.equal((await getJob(db, task.job_id)).state, 'canceled')
    assert.deepEqual(await claim(db), [])
    await db.updateTable('attempt').set({ handle: null }).where('id', '=', first.id).execute()
    await db.insertInto('leftover').values({ handle, party: null, at: 0 }).execute()
    assert.deepEqual(await claim(db), [])
    await db.deleteFrom('leftover').execute()
    assert.equal((await claim(db)).length, 1)
  })

  it('are refused for want of ports, and of nothing else of the runner', async () => {
    const spec = processSpec({ engine: 'slurm', needs: { cores: 64, ports: 5 } })
    await assert.rejects(
      submit(db, { name: 'd', plan: plan([{ name: 'w', spec }]) }),
      /asks for 5 ports an instance, and no live runner has more than 4/,
    )
  })
})
