/**
 * Jobs of task roles for the pages of the console: one that failed, was tried again and has a second version.
 * @module
 */
import type { Db } from '../../../src/db/type.ts'
import { createGroup } from '../../../src/domain/account-group.ts'
import { createAccount } from '../../../src/domain/account.ts'
import type { Framework } from '../../../src/domain/framework.ts'
import { LOG_TAIL, type LogTail } from '../../../src/domain/log-tail.ts'
import { applyReports } from '../../../src/domain/report.ts'
import { saveCluster } from '../../../src/domain/virtual-cluster.ts'
import type { LeasedTask } from '../../../src/domain/work.ts'
import { claim, end, enterHost, plan, RUNNER, submit } from '../../helpers/framework.ts'

const CONFIG = `protocolVersion: 2
name: a
type: job
version: 9
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
taskRoles:
  main:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [python train.py]
extras: { weft: { host: true } }
`

/** Two versions of `ann~a`: the first succeeded, the second failed once and runs. Beside it `bob~waits`. */
export async function seedBatch(db: Db): Promise<{ old: Framework; job: Framework }> {
  await enterHost(db)
  const config = CONFIG
  const old = await submit(db, { config })
  for (const task of await claim(db)) await end(db, task)
  const job = await submit(db, {
    config,
    version: 2,
    plan: plan([{ name: 'ps' }, { name: 'worker', instances: 2 }], { retries: 1 }),
  })
  const [first, ...others] = await claim(db)
  await print(db, first, 'first try')
  await end(db, first, { code: 1, words: 'No such file: rows.csv' })
  for (const task of others) await end(db, task)
  const again = await claim(db)
  await print(db, again[0], 'second try')
  await submit(db, { owner: 'bob', name: 'waits', priority: 'oppo' })
  return { old, job }
}

/** A group, and a user in it who may use a virtual cluster of its own beside. */
export async function seedPeople(db: Db): Promise<void> {
  const passwords = {
    hash: () => Promise.resolve('none'),
    check: () => Promise.resolve(false),
  }
  for (const name of ['small', 'night'])
    await saveCluster(db, { name, quota: { cores: 2, memoryMb: null, gpus: 0 } }, 0)
  const acls = { virtualClusters: ['small'], storageConfigs: ['models'] }
  const group = { name: 'lab', description: 'room-3', extension: { acls } }
  await createGroup(db, group, 0)
  const user = { name: 'kim', password: 'secret1', groups: ['lab'], virtualClusters: ['night'] }
  await createAccount(db, user, { passwords, at: 0 })
}

/** Has a task print a line. */
export function print(db: Db, { taskId, attemptId }: LeasedTask, text: string): Promise<void> {
  const line = { type: 'log' as const, level: 'info' as const, taskId, attemptId, text }
  return applyReports(db, RUNNER, [{ ...line, at: Date.now() }])
}

/** Has a task tell its newest lines. */
export function tellNewest(
  db: Db,
  { taskId, attemptId }: LeasedTask,
  value: LogTail,
): Promise<void> {
  const fact = { type: 'fact' as const, key: LOG_TAIL, taskId, attemptId, value }
  return applyReports(db, RUNNER, [{ ...fact, at: Date.now() }])
}
