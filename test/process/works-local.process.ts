/**
 * A batch of SQL without Flink, by processes: over the API to a runner that is killed in the middle of it, and by
 * another to its end; nothing is there twice.
 * @module
 */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'

/** Cubed, more rows than anybody waits for. */
const LONG = Array.from({ length: 50_000 }, (_, index) => `${index}\n`).join('')

/** A write, a query that ends this century where `slow.csv` is short, and a second write. */
const SCRIPT = `CREATE TABLE sales (shop STRING, amount INT) WITH ('connector' = 'filesystem', 'path' = 'sales.csv', 'format' = 'csv');
CREATE TABLE kept (shop STRING, total INT) WITH ('connector' = 'filesystem', 'path' = 'kept', 'format' = 'csv');
CREATE TABLE slow (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'slow.csv', 'format' = 'csv');
INSERT INTO kept SELECT shop, SUM(amount) FROM sales GROUP BY shop;
SELECT COUNT(*) AS c FROM slow AS a, slow AS b, slow AS c WHERE a.n + b.n + c.n = -1;
INSERT INTO kept SELECT shop, total * 10 FROM kept;
SELECT shop, total FROM kept ORDER BY total;`

interface Reply {
  readonly code: number
  readonly msg?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what comes over the wire
  readonly data?: any
}

describe('a batch of SQL without Flink', { timeout: 240_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let folder = ''
  let env: Record<string, string> = {}
  let base = ''
  let id = ''
  let task = ''
  let runner: Started

  const startRunner = async () => {
    const one = await start({ entry: 'runner.ts', env, ready: /weft runner ready/ })
    processes.push(one)
    return one
  }

  before(async () => {
    folder = await freshFolder('works-local')
    folders.push(folder)
    env = {
      WEFT_DATA_DIR: folder,
      WEFT_PORT: '0',
      WEFT_LOG_LEVEL: 'warn',
      WEFT_LEASE_SECONDS: '2',
      WEFT_CORES: '1',
    }
    const app = await start({ entry: 'serve.ts', env, ready: /^weft listening on (http:\S+)$/ })
    processes.push(app)
    base = `${app.match[1]}/api/v1/works`
    runner = await startRunner()
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  async function ask(method: string, path: string, body?: object): Promise<Reply> {
    const response = await fetch(`${base}${path}`, {
      method,
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    return (await response.json()) as Reply
  }
  const put = (name: string, body: string) =>
    fetch(`${base}/${id}/files/${name}`, { method: 'PUT', body })
  const detail = async () => (await ask('GET', `/${id}/tasks/${task}`)).data
  const shown = async (path: string) =>
    (await readdir(join(folder, 'works', id, path))).filter((name) => !name.startsWith('.'))

  it('is checked, made and given its files', async () => {
    const checked = await ask('POST', '/check', { script: SCRIPT })
    assert.deepEqual([checked.code, checked.data.error], [0, null])
    const made = await ask('POST', '', {
      user_id: 'u',
      name: 'sums',
      description: '',
      type: 'BATCH',
      category: 'FLINK_SQL',
      script: SCRIPT,
    })
    assert.equal(made.code, 0, made.msg)
    id = made.data.work_id
    assert.equal((await put('sales.csv', 'north,1\nsouth,2\nnorth,3\n')).status, 200)
    assert.equal((await put('slow.csv', LONG)).status, 200)
  })

  it('is under way when its runner is killed, and nothing of it is to be seen', async () => {
    const begun = await ask('POST', `/${id}/tasks`)
    assert.equal(begun.code, 0, begun.msg)
    task = begun.data.task_id
    await until('the query runs', async () => {
      const { statements } = await detail()
      return statements[4]?.status === 'RUNNING'
    })
    const { statements } = await detail()
    assert.deepEqual([statements[3].status, statements[3].rows], ['FINISHED', 2])
    await runner.stop('SIGKILL')
    assert.deepEqual((await shown('')).toSorted(), ['sales.csv', 'slow.csv'])
  })

  it('is begun again by another runner, and has written everything once', async () => {
    assert.equal((await put('slow.csv', '5\n')).status, 200)
    runner = await startRunner()
    await until('the task has ended', async () => (await detail()).ended_at !== null)
    const done = await detail()
    assert.deepEqual([done.status, done.engine, done.error_message], [0, 'local', null])
    const { data } = await ask('GET', `/${id}/tasks/${task}/result?statement=6`)
    assert.deepEqual(data.rows, [
      ['south', 2],
      ['north', 4],
      ['south', 20],
      ['north', 40],
    ])
    assert.equal((await shown('kept')).length, 2)
    const left = async () =>
      (await readdir(join(folder, 'works', id))).every((name) => !name.startsWith('.weft'))
    await until('what it kept for itself is removed', left)
    const logs = await ask('GET', `/${id}/tasks/${task}/logs`)
    assert.match(JSON.stringify(logs.data), /Statement 4 of 7.*Statement 4 of 7/)
  })

  it('is canceled in the middle of a query, and writes nothing', async () => {
    assert.equal((await put('slow.csv', LONG)).status, 200)
    const begun = await ask('POST', `/${id}/tasks`)
    task = begun.data.task_id
    await until('the query runs', async () => (await detail()).statements[4]?.status === 'RUNNING')
    assert.equal((await ask('POST', `/${id}/tasks/${task}/cancel`)).code, 0)
    await until('the task has ended', async () => (await detail()).status === 5)
    await until('its files are gone', async () =>
      (await readdir(join(folder, 'works', id))).every((name) => !name.startsWith('.weft')),
    )
    assert.equal((await shown('kept')).length, 2)
  })
})
