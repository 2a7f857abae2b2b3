/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Briefing, EnsembleSeat, LeasedTask } from '../../src/domain/work.ts'
import { systemClock } from '../../src/runner/clock.ts'
import { briefTask } from '../../src/runner/ensemble.ts'
import { processSpec } from '../helpers/process-jobs.ts'
import { testLog } from '../helpers/runner.ts'

const places = ['ps', 'worker'].map((role, index) => ({
  role,
  index: 0,
  host: `10.0.0.${index}`,
  ports: [20_000 + index, 21_000 + index],
  engine: 'slurm',
}))
const seat: EnsembleSeat = {
  role: 'worker',
  index: 0,
  attempt: 2,
  gang: true,
  roles: [
    { name: 'ps', ports: {} },
    { name: 'worker', ports: {} },
  ],
}

describe('a program that knows of others', () => {
  it('has the addresses that the server knows, where its engine runs on the host of its runner', async () => {
    const { env, meeting } = await brief({ engine: 'slurm' })
    assert.equal(env['PAI_HOST_IP_ps_0'], '10.0.0.0')
    assert.equal(env['PAI_TASK_ROLE_worker_HOST_LIST'], '10.0.0.1:21001')
    assert.equal(meeting, undefined)
  })

  it('meets the others of its attempt in a folder of its job, where its engine chooses the hosts', async () => {
    const { env, meeting } = await brief({ engine: 'slurm', meetings: '/shared' })
    assert.equal(meeting?.folder, '/shared/jobs/job-1/.places/attempt-2')
    assert.equal(meeting.name, 'worker.0')
    assert.equal(meeting.waitSeconds, undefined, 'a gang waits for all')
    const [ps, worker] = meeting.members
    assert.deepEqual([ps.name, ps.otherwise], ['ps.0', '10.0.0.0'])
    assert.equal(env['PAI_HOST_IP_ps_0'], ps.mark)
    assert.equal(env['PAI_CURRENT_CONTAINER_IP'], worker.mark)
    assert.equal(env['PAI_TASK_ROLE_worker_HOST_LIST'], `${worker.mark}:21001`)
    const alone = await brief({ engine: 'slurm', meetings: '/shared', gang: false })
    assert.ok(Number(alone.meeting?.waitSeconds) > 0)
  })

  it('does not wait for those that another engine runs', async () => {
    const mixed = [{ ...places[0], engine: 'local' }, places[1]]
    const { env, meeting } = await brief({ engine: 'slurm', meetings: '/shared', given: mixed })
    assert.deepEqual(
      meeting?.members.map(({ name }) => name),
      ['worker.0'],
    )
    assert.equal(env['PAI_HOST_IP_ps_0'], '10.0.0.0')
  })
})

async function brief(options: {
  engine: string
  meetings?: string
  gang?: boolean
  given?: NonNullable<Briefing>['places']
}) {
  const { engine, meetings, gang = true, given = places } = options
  const task: LeasedTask = {
    taskId: 'task-1',
    attemptId: 'attempt-1',
    attempt: 1,
    jobId: 'job-1',
    name: 'r0002',
    kind: 'process',
    role: 'worker',
    party: null,
    position: 0,
    spec: processSpec({ engine, ensemble: { ...seat, gang } }),
    allocation: null,
    handle: null,
  }
  const briefed = await briefTask(task, new AbortController().signal, {
    brief: async () => ({ places: given, secrets: {}, taskAttempt: 0 }),
    meetings,
    runnerId: 'runner-1',
    clock: systemClock,
    log: testLog(),
  })
  const spec = briefed?.task.spec
  assert.ok(briefed !== undefined && spec?.type === 'process')
  return { env: spec.env, meeting: briefed.meeting }
}
