/**
 * Placing in the database: what tasks ask for and are given, groups over several runners, and why tasks wait.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { sql } from 'kysely'

import type { Db } from '../../src/db/type.ts'
import { databaseTime } from '../../src/domain/clock.ts'
import { GATHER_MS, PAUSE_MS } from '../../src/domain/group.ts'
import { getJob, type Job, stopJob, submitJob } from '../../src/domain/job.ts'
import { claimTasks, renewLeases } from '../../src/domain/lease.ts'
import { activateRunner, drainRunner } from '../../src/domain/runner-control.ts'
import { beatRunner, findPeers } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { resumeJob, suspendJob } from '../../src/domain/suspend.ts'
import { sweep } from '../../src/domain/sweep.ts'
import { listAttempts, listTasks } from '../../src/domain/task.ts'
import { explainWaiting } from '../../src/domain/wait.ts'
import type { Capacity, Gpu, LeasedTask, Needs } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner, seatsOf, START, submit } from '../helpers/jobs.ts'

const done = { state: 'succeeded' } as const
const LATER = START + 3_000

describe('needs', () => {
  it('are met with cores, memory, devices and ports that nobody else has, until the task ends', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { capacity: host({ gpus: 2 }), at: START })
    const wish = { cores: 2, memoryMb: 1024, gpus: 1, ports: 2 }
    await single(db, { one: wish, two: wish, three: wish })
    const tasks = await claim(db, 'r')
    assert.deepEqual(
      tasks.map(({ allocation }) => allocation),
      [
        { cores: 2, memoryMb: 1024, gpus: ['0'], ports: [20_000, 20_001] },
        { cores: 2, memoryMb: 1024, gpus: ['1'], ports: [20_002, 20_003] },
      ],
    )
    const attempts = await db.selectFrom('attempt').select('allocation').execute()
    assert.deepEqual(
      attempts.map(({ allocation }) => JSON.parse(allocation ?? 'null') as unknown),
      tasks.map(({ allocation }) => allocation),
    )
    assert.deepEqual(await claim(db, 'r'), [])
    await settle(db, 'r', tasks[0])
    const [third] = await claim(db, 'r')
    assert.deepEqual(third.allocation?.gpus, ['0'])
  })

  it('leave tasks that ask for nothing as they were', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { at: START })
    await submit(db, { members: { local: ['1'] }, nodes: ['x'] })
    const [task] = await claim(db, 'r')
    assert.equal(task.allocation, null)
    assert.equal((await listTasks(db, task.jobId))[0].needs, null)
  })

  it('send a task only to a runner with its labels and its engine', async () => {
    const db = await freshDatabase()
    const labels = { gpu: 'a100', zone: 'eu' }
    await enterRunner(db, 'a', { capacity: host({ labels: { gpu: 't4', zone: 'eu' } }), at: START })
    await enterRunner(db, 'b', { capacity: host({ labels }), at: START })
    await enterRunner(db, 'c', { capacity: host({ labels, engines: ['local'] }), at: START })
    await single(db, { x: { labels }, y: { labels, engine: 'local' } })
    assert.deepEqual(await claim(db, 'a'), [])
    assert.deepEqual(namesOf(await claim(db, 'b')), ['x'])
    assert.deepEqual(namesOf(await claim(db, 'c')), ['y'])
  })

  it('are refused where nobody can mean them', async () => {
    const db = await freshDatabase()
    for (const wrong of [{ cores: 0 }, { cores: Number.NaN }, { gpus: -1 }, { ports: 1.5 }]) {
      await assert.rejects(single(db, { x: wrong }), /Task x asks for/)
    }
  })

  it('a large task behind a stream of small ones starts, and lets light ones pass', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { capacity: host({ cores: 4 }), at: START })
    const running: LeasedTask[] = []
    await single(db, { s0: { cores: 1 }, s1: { cores: 1 }, s2: { cores: 1 } }, START)
    running.push(...(await claim(db, 'r')))
    const big = await single(db, { big: { cores: 4 } }, START + 1)
    for (let turn = 0; turn < 3; turn++) {
      await stopOthers(db, big)
      await single(db, { [`s${turn + 3}`]: { cores: 1 } }, START + 2 + turn)
      await submit(db, { members: { local: ['1'] }, nodes: [`l${turn}`], at: START + 2 + turn })
      const light = await claim(db, 'r')
      assert.deepEqual(namesOf(light), [`l${turn}`])
      await settle(db, 'r', light[0])
      await settle(db, 'r', running[turn])
    }
    assert.ok(namesOf(await claim(db, 'r')).includes('big'))
  })
})

describe('groups over several runners', () => {
  it('of two jobs on two runners with one slot each come together one after the other', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], slots: 1, at: START })
    await enterRunner(db, 'h', { parties: ['10000'], slots: 1, at: START })
    const first = await submit(db, { nodes: ['a'] })
    const second = await submit(db, { nodes: ['a'], at: START + 1 })
    for (const job of [first, second]) {
      // Whoever comes first decides for both.
      const order = job === first ? ['g', 'h'] : ['h', 'g']
      const tasks = []
      for (const id of order) tasks.push(...(await claim(db, id, 1)).map((task) => ({ id, task })))
      assert.deepEqual(
        tasks.map(({ task }) => task.jobId),
        [job.id, job.id],
      )
      for (const { id, task } of tasks) await settle(db, id, task)
      assert.equal((await getJob(db, job.id)).state, 'succeeded')
    }
  })

  it('are not begun while a runner has no room, and later ones that need none of it go on', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], slots: 2, at: START })
    await enterRunner(db, 'h', { parties: ['10000'], slots: 1, at: START })
    await submit(db, { members: { host: ['10000'] }, nodes: ['busy'] })
    const [busy] = await claim(db, 'h', 1)
    await submit(db, { nodes: ['both'], at: START + 1 })
    await submit(db, { members: { guest: ['9999'] }, nodes: ['x'], at: START + 2 })
    await submit(db, { members: { guest: ['9999'] }, nodes: ['y'], at: START + 3 })
    // One of the two slots is kept for the pair.
    assert.deepEqual(namesOf(await claim(db, 'g', 2)), ['x'])
    assert.deepEqual(await claim(db, 'g', 1), [])
    await settle(db, 'h', busy)
    assert.deepEqual(namesOf(await claim(db, 'h', 1)), ['both'])
    assert.deepEqual(namesOf(await claim(db, 'g', 1)), ['both'])
  })

  it('keep the room of the others: nobody else gets it, and peers are told of those who have begun', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], slots: 1, at: START })
    await enterRunner(db, 'h2', { parties: ['10000'], slots: 1, at: START - 1 })
    const job = await submit(db, { nodes: ['a'] })
    assert.equal((await claim(db, 'g')).length, 1)
    assert.deepEqual(await claim(db, 'h2', 1), [])
    assert.equal((await findPeers(db, { jobId: job.id, node: 'a' })).length, 1)
    assert.deepEqual(seatsOf(await claim(db, 'h', 1)), ['a host 10000'])
    assert.equal((await findPeers(db, { jobId: job.id, node: 'a' })).length, 2)
    assert.equal((await db.selectFrom('reservation').selectAll().execute()).length, 0)
  })

  it('are given up when one does not begin in time, so that another group has its turn first', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], slots: 1, at: START })
    await enterRunner(db, 'h', { parties: ['10000'], slots: 1, at: START })
    const job = await submit(db, { nodes: ['a'] })
    const [task] = await claim(db, 'g', 1)
    const late = START + GATHER_MS + 1
    await submit(db, { members: { guest: ['9999'] }, nodes: ['other'], at: START + 1 })
    // It beats, but does not come for its work.
    for (const id of ['g', 'h']) await beatRunner(db, { id, state: 'active' }, late)
    await renewLeases(db, { runnerId: 'g', attemptIds: [task.attemptId] }, late - 1)
    await sweep(db, late)
    const lost = await renewLeases(db, { runnerId: 'g', attemptIds: [task.attemptId] }, late)
    assert.match(lost[0].reason, /host 10000 did not begin .* "h" did not take it in 30 s/)
    const [other] = await claim(db, 'g', 1, late)
    assert.equal(other.name, 'other')
    await settle(db, 'g', other)
    assert.deepEqual(await claim(db, 'g', 1, late), [])
    const after = late + PAUSE_MS + 1
    await sweep(db, after)
    const again = [...(await claim(db, 'h', 1, after)), ...(await claim(db, 'g', 1, after))]
    assert.deepEqual(
      again.map(({ attempt }) => attempt),
      [2, 2],
    )
    // Nothing was lost, so the only try that the job allows is still there.
    const states = (await listAttempts(db, job.id)).map(({ state }) => state).toSorted()
    assert.deepEqual(states, ['released', 'running', 'running'])
  })

  it('go on at once with a runner that has started again in the same data directory', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], at: START })
    await submit(db, { nodes: ['a'] })
    await claim(db, 'g')
    await enterRunner(db, 'h-again', { parties: ['10000'], site: 'site-h', at: START + 1 })
    assert.deepEqual(seatsOf(await claim(db, 'h-again')), ['a host 10000'])
  })

  it('are not for a runner that has come to serve others in the meantime', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], at: START })
    await submit(db, { nodes: ['a'] })
    await claim(db, 'g')
    await enterRunner(db, 'h', { parties: ['9999'], at: START + 1 })
    await submit(db, { members: { guest: ['9999'] }, nodes: ['x'], at: START + 1 })
    assert.deepEqual(namesOf(await claim(db, 'h')), ['x'])
  })

  it('begin again elsewhere when the runner that was meant is gone', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], at: START })
    const job = await submit(db, { nodes: ['a'] })
    await claim(db, 'g')
    await beatRunner(db, { id: 'h', state: 'gone' }, START + 1)
    await enterRunner(db, 'h2', { parties: ['10000'], at: START + 1 })
    await sweep(db, START + 2)
    const again = [...(await claim(db, 'h2')), ...(await claim(db, 'g'))]
    assert.deepEqual(seatsOf(again), ['a guest 9999', 'a host 10000'])
    assert.equal((await getJob(db, job.id)).state, 'running')
  })

  it('are placed on a runner only as long as its own lease, after its last word', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await enterRunner(db, 'h', { parties: ['10000'], leaseMs: 3000, at: START })
    await submit(db, { nodes: ['a'] })
    assert.deepEqual(await claim(db, 'g', 8, START + 3001), [])
    await beatRunner(db, { id: 'h', state: 'active' }, START + 3002)
    assert.equal((await claim(db, 'g', 8, START + 3003)).length, 1)
  })

  it('begin again elsewhere as soon as the runner that was meant is silent for its lease', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'h', { parties: ['10000'], leaseMs: 3000, at: START })
    await enterRunner(db, 'g', { parties: ['9999'], at: START })
    await submit(db, { nodes: ['a'] })
    await claim(db, 'g', 8, START)
    await enterRunner(db, 'h2', { parties: ['10000'], at: START + 1 })
    await sweep(db, START + 2999)
    assert.deepEqual(await claim(db, 'h2', 8, START + 2999), [])
    await sweep(db, START + 3001)
    const again = [
      ...(await claim(db, 'h2', 8, START + 3001)),
      ...(await claim(db, 'g', 8, START + 3001)),
    ]
    assert.deepEqual(seatsOf(again), ['a guest 9999', 'a host 10000'])
  })

  it('leave nothing kept behind when their job is stopped, suspended or fails', async () => {
    for (const end of ['stop', 'suspend', 'fail'] as const) {
      const db = await freshDatabase()
      await enterRunner(db, 'g', { parties: ['9999'], at: START })
      await enterRunner(db, 'h', { parties: ['10000'], at: START })
      const { id } = await submit(db, { nodes: ['a'] })
      const [task] = await claim(db, 'g')
      if (end === 'stop') await stopJob(db, { id, reason: 'Stopped' }, START)
      if (end === 'suspend') await suspendJob(db, { id, reason: 'Suspended' }, START)
      if (end === 'fail') {
        const outcome = { state: 'failed', reason: 'it broke' } as const
        await settleTask(db, { runnerId: 'g', attemptId: task.attemptId, outcome }, START)
      }
      assert.deepEqual(await db.selectFrom('reservation').selectAll().execute(), [], end)
      assert.deepEqual(await claim(db, 'h'), [], end)
      if (end === 'suspend') {
        await resumeJob(db, { id, reason: '' }, START + 1)
        const both = [...(await claim(db, 'h')), ...(await claim(db, 'g'))]
        assert.equal(both.length, 2)
      }
    }
  })

  it('of tasks with needs are spread over runners, all at once or not at all', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'a', { capacity: host({ gpus: 2 }), at: START })
    await enterRunner(db, 'b', { capacity: host({ gpus: 2 }), at: START })
    await single(db, { before: { gpus: 1 } })
    const [before] = await claim(db, 'a')
    const job = await gang(db, 4, { gpus: 1 })
    assert.deepEqual(await claim(db, 'a'), [])
    assert.deepEqual(await claim(db, 'b'), [])
    await settle(db, 'a', before)
    const tasks = [...(await claim(db, 'b')), ...(await claim(db, 'a'))]
    assert.deepEqual(
      tasks.map(({ role, allocation }) => [role, allocation?.gpus]),
      [
        ['worker', ['0']],
        ['worker', ['1']],
        ['worker', ['0']],
        ['worker', ['1']],
      ],
    )
    assert.equal(new Set(tasks.map(({ taskId }) => taskId)).size, 4)
    assert.equal((await getJob(db, job.id)).state, 'running')
  })
})

describe('explainWaiting', () => {
  it('names what is short now, and stops when the task runs', async () => {
    const db = await freshDatabase()
    for (const id of ['a', 'b']) {
      await enterRunner(db, id, { capacity: host({ gpus: 1, cores: 4 }), at: LATER })
    }
    await single(db, { x: { gpus: 1 }, y: { gpus: 1 } })
    const [x] = await claim(db, 'a', 8, LATER)
    const [y] = await claim(db, 'b', 8, LATER)
    const job = await single(db, { z: { gpus: 1 } })
    assert.deepEqual(await why(db, job), ['Needs 1 GPU; 0 of 2 runners have one free'])
    const next = await single(db, { v: { gpus: 1, cores: 1 } }, START + 1)
    assert.deepEqual(await why(db, next), [
      'Needs 1 GPU; 0 of 2 runners have one free; 1 task ahead of it',
    ])
    await settle(db, 'a', x)
    const [z] = await claim(db, 'a', 8, LATER)
    assert.equal(z.name, 'z')
    assert.deepEqual(await why(db, job), [null])
    assert.equal(y.name, 'y')
  })

  it('says plainly what can never start, and what would help', async () => {
    const db = await freshDatabase()
    const labels = { gpu: 't4' }
    await enterRunner(db, 'a', { capacity: host({ gpus: 1, cores: 4, labels }), at: LATER })
    await enterRunner(db, 'b', { capacity: host({ cores: 16 }), at: LATER })
    const reasons: [Needs, RegExp][] = [
      [
        { gpus: 2 },
        /^Can never start on the runners that live now: needs 2 GPUs, the largest runner for it has 1 GPU$/,
      ],
      [{ gpus: 1, cores: 8 }, /: none has 1 GPU and 8 cores together$/],
      [
        { labels: { gpu: 'a100' } },
        /^No live runner has the label gpu=a100 \(there are gpu=t4\): start one with WEFT_LABELS=gpu=a100$/,
      ],
      [{ engine: 'slurm' }, /^No live runner has the engine slurm: there are none$/],
      [{ labels, cores: 5 }, /needs 5 cores, the only runner for it has 4 cores$/],
    ]
    for (const [wish, reason] of reasons) {
      const job = await single(db, { x: wish })
      assert.match(String((await why(db, job))[0]), reason)
      await stopJob(db, { id: job.id, reason: '' }, LATER)
    }
    const job = await gang(db, 3, { gpus: 1 })
    assert.match(
      String((await why(db, job))[0]),
      /: its group of 3 tasks begins together and needs 3 GPUs, all runners together have 1 GPU$/,
    )
  })

  it('names the drained runners that could take it, and the remedy, where nobody else can', async () => {
    const db = await freshDatabase()
    const now = await databaseTime(db)
    await enterRunner(db, 'big', { capacity: host({ gpus: 2 }), at: now })
    await enterRunner(db, 'small', { capacity: host({ gpus: 1 }), at: now })
    await drainRunner(db, 'big', now)
    const job = await single(db, { x: { gpus: 2 }, y: { gpus: 3 }, z: { gpus: 1 } }, now - 5000)
    await explainWaiting(db, now)
    const drained = /^Only runner "big" could take it, drained by the operator: activate one/
    const [x, y, z] = (await listTasks(db, job.id)).map(({ reason }) => String(reason))
    assert.match(x, drained)
    assert.match(y, /^Can never start on the runners that live now: needs 3 GPUs/)
    assert.match(z, /^(About to be taken|Waits for)/)
    await drainRunner(db, 'small', now)
    // Light tasks and those that were never looked at say so as well.
    const [light] = await listTasks(db, (await submit(db, { at: now })).id)
    assert.match(String(light.reason), /^Only runners "(big|small)", "(big|small)" could take it/)
    await activateRunner(db, 'big', now)
    await explainWaiting(db, now)
    const again = (await listTasks(db, job.id)).map(({ reason }) => String(reason))
    assert.doesNotMatch(again[0], /drained/)
  })

  it('tells a member of what its group waits for, and a task of those ahead of it', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], slots: 1, at: LATER })
    await enterRunner(db, 'h', { parties: ['10000'], slots: 1, at: LATER })
    await submit(db, { members: { host: ['10000'] }, nodes: ['busy'] })
    await claim(db, 'h', 1, LATER)
    const job = await submit(db, { nodes: ['a'] })
    const behind = await submit(db, { members: { guest: ['9999'] }, nodes: ['x'], at: START + 1 })
    assert.deepEqual(await why(db, job), [
      'Waits for the member of its group on party 10000: Waits for a free slot; 0 of 1 runner has one',
      'Waits for a free slot; 0 of 1 runner has one',
    ])
    assert.deepEqual(await why(db, behind), ['Waits for 1 task ahead'])
  })

  it('names the runner that is to take what is kept for it', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'g', { parties: ['9999'], at: LATER })
    await enterRunner(db, 'h', { parties: ['10000'], at: LATER })
    const job = await submit(db, { nodes: ['a'] })
    await claim(db, 'g', 8, LATER)
    assert.deepEqual(await why(db, job), [
      null,
      'The other members of its group have begun; runner "h" is to take it',
    ])
  })

  it('is done by the sweep, for what has waited a while, and never touches a note of progress', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { capacity: host({ gpus: 1 }), at: START })
    const job = await single(db, { x: { gpus: 1 }, y: { gpus: 1 } })
    const [{ taskId }] = await claim(db, 'r')
    await db.updateTable('task').set({ reason: 'Epoch 3' }).where('id', '=', taskId).execute()
    await sweep(db, START + 1)
    assert.deepEqual(await stored(db, job), ['Epoch 3', null])
    await sweep(db, LATER)
    assert.deepEqual(await stored(db, job), ['Epoch 3', 'Needs 1 GPU; 0 of 1 runner has one free'])
  })

  it('writes nothing when nothing has changed', async () => {
    const db = await freshDatabase()
    await enterRunner(db, 'r', { capacity: host({ gpus: 0 }), at: LATER })
    await single(db, { x: { gpus: 1 } })
    await explainWaiting(db, LATER)
    const written = await changes(db)
    await explainWaiting(db, LATER + 10)
    assert.equal(await changes(db), written)
  })
})

function host(options: Partial<Omit<Capacity, 'gpus'>> & { gpus?: number } = {}): Capacity {
  const { gpus = 0, ...rest } = options
  return {
    cores: 16,
    memoryMb: 65_536,
    ports: [20_000, 20_009],
    ...rest,
    gpus: Array.from({ length: gpus }, (_, index): Gpu => ({
      id: String(index),
      name: 'NVIDIA A100-SXM4-80GB',
      memoryMb: 81_920,
      driver: '550.54.15',
      kind: 'cuda',
    })),
  }
}

/** A job with a task of its own for each name. */
function single(db: Db, tasks: Record<string, Needs>, at = START): Promise<Job> {
  return submitTasks(
    db,
    Object.entries(tasks).map(([name, needs]) => ({ name, role: null, position: 0, needs })),
    at,
  )
}

/** A job with one group of tasks that begin together. */
function gang(db: Db, size: number, needs: Needs): Promise<Job> {
  return submitTasks(
    db,
    Array.from({ length: size }, (_, position) => ({ name: 'w', role: 'worker', position, needs })),
    START + 1,
  )
}

function submitTasks(
  db: Db,
  tasks: { name: string; role: string | null; position: number; needs: Needs }[],
  at: number,
): Promise<Job> {
  return submitJob(
    db,
    {
      surface: 'weft',
      kind: 'train',
      members: {},
      graph: [...new Set(tasks.map(({ name }) => name))].map((name) => ({
        name,
        module: 'Test',
        needs: [],
      })),
      tasks: tasks.map((task) => ({
        ...task,
        kind: 'component',
        party: null,
        spec: {
          type: 'component',
          module: 'Test',
          params: {},
          members: {},
          data: [],
          models: [],
          run: true,
        },
      })),
      request: {},
    },
    at,
  )
}

function claim(db: Db, runnerId: string, slots = 8, at = START): Promise<LeasedTask[]> {
  return claimTasks(db, { runnerId, slots }, at)
}

async function settle(db: Db, runnerId: string, { attemptId }: LeasedTask): Promise<void> {
  assert.equal(await settleTask(db, { runnerId, attemptId, outcome: done }, START), true)
}

/** Jobs run five at a time: those that wait behind the one under test make room for the next. */
async function stopOthers(db: Db, kept: Job): Promise<void> {
  const waiting = await db
    .selectFrom('task')
    .select('job_id')
    .where('state', '=', 'ready')
    .where('job_id', '!=', kept.id)
    .execute()
  for (const { job_id: id } of waiting) await stopJob(db, { id, reason: '' }, START)
}

function namesOf(tasks: readonly LeasedTask[]): string[] {
  return tasks.map(({ name }) => name)
}

async function why(db: Db, job: Job): Promise<(string | null)[]> {
  await explainWaiting(db, LATER)
  return stored(db, job)
}

async function stored(db: Db, { id }: Job): Promise<(string | null)[]> {
  const rows = await db
    .selectFrom('task')
    .select('reason')
    .where('job_id', '=', id)
    .orderBy('id')
    .execute()
  return rows.map(({ reason }) => reason)
}

async function changes(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(db)
  return rows[0].n
}
