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

describe('a cluster that has told its nodes', () => {
  let db: Db
  before(async () => {
    db = await freshDatabase()
    const nodes = [
      { count: 3, cores: 4, memoryMb: 1000, gpus: 0 },
      { count: 1, cores: 8, memoryMb: 500, gpus: 2 },
    ]
    const capacity = {
      cores: 1,
      engines: ['slurm'],
      ports: [20_000, 29_999] as [number, number],
      cluster: { name: 'debug of node1', nodes },
    }
    // Two runners before one cluster do not make it larger.
    for (const id of [RUNNER, 'other'])
      await enterRunner(db, id, { slots: 100, facts: { host: id }, capacity })
  })
  after(() => db.destroy())

  let jobs = 0
  const asking = (
    needs: { cores?: number; memoryMb?: number; gpus?: number },
    { instances = 1, gang = true, engine = 'slurm' as const } = {},
  ) => {
    const spec = processSpec({ engine, needs: { ...needs, ports: 0 } })
    return submit(db, {
      name: `job-${(jobs += 1)}`,
      plan: plan([{ name: 'w', instances, spec }], { gang }),
    })
  }

  it('refuses an instance that no node could take', async () => {
    await asking({ cores: 8 })
    await asking({ cores: 1, memoryMb: 1000 })
    await asking({ cores: 1, gpus: 2 })
    await assert.rejects(
      asking({ cores: 9 }),
      /"w" asks for 9 cores an instance, and no node of the cluster has more than 8: ask for less/,
    )
    await assert.rejects(asking({ memoryMb: 1001 }), /asks for 1001 MB of memory .* than 1000/)
    await assert.rejects(asking({ gpus: 3 }), /asks for 3 GPUs .* more than 2/)
    await assert.rejects(asking({ cores: 8, memoryMb: 900 }), /No node of the cluster has all/)
  })

  it('refuses a gang for which all its nodes together are too few, with the numbers', async () => {
    await asking({ cores: 1 }, { instances: 20 })
    await assert.rejects(
      asking({ cores: 1 }, { instances: 21 }),
      /All instances together ask for 21 cores, and the 4 nodes of the cluster have 20: ask for less/,
    )
    await assert.rejects(
      asking({ gpus: 1 }, { instances: 3 }),
      /ask for 3 GPUs, and the 4 nodes of the cluster have 2/,
    )
    // What is asked for as nothing takes a core all the same.
    await assert.rejects(asking({}, { instances: 21 }), /ask for 21 cores/)
  })

  it('refuses a gang whose instances do not fit its nodes one by one', async () => {
    await asking({ cores: 3 }, { instances: 5 })
    await assert.rejects(
      asking({ cores: 3 }, { instances: 6 }),
      /"w" has 6 instances of 3 cores, and the 4 nodes of the cluster have room for 5 of them/,
    )
    await assert.rejects(
      asking({ cores: 4, memoryMb: 600 }, { instances: 4 }),
      /room for 3 of them at once/,
    )
  })

  it('takes what is no gang, as its instances may come one after the other', async () => {
    await asking({ cores: 4 }, { instances: 50, gang: false })
    await assert.rejects(asking({ cores: 9 }, { instances: 2, gang: false }), /no node/)
  })

  it('is not taken for the whole of it while another has not told its own', async () => {
    await asking({ cores: 2 }, { instances: 8 })
    await assert.rejects(asking({ cores: 2 }, { instances: 11 }), /together ask for 22 cores/)
    const capacity = { engines: ['slurm'], ports: [1, 1000] as [number, number] }
    await enterRunner(db, 'silent', { slots: 100, facts: {}, capacity })
    await asking({ cores: 2 }, { instances: 11 })
  })
})
