import assert from 'node:assert/strict'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { fetchJar } from '../../src/cli/flink/install.ts'
import { until } from '../process/cluster.ts'
import { type FlinkWorld, flinkWorld } from './world.ts'

/** A program that counts the words of a file, as Flink published it. */
const WORD_COUNT = {
  artifact: 'org.apache.flink:flink-examples-streaming:1.19.1:jar:WordCount',
  file: 'flink-examples-streaming-1.19.1-WordCount.jar',
  sha256: 'ee4ab03713478285235a18e919f0bc41e7d5fd1ace51b38d57548bb5ef0a49cc',
}

const ENDLESS = `CREATE TABLE numbers (n BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '50',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000');
CREATE TABLE nowhere (n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO nowhere SELECT n FROM numbers;`

describe('works on a real Flink', { timeout: 600_000 }, () => {
  let world: FlinkWorld

  before(async () => {
    world = await flinkWorld()
  })
  after(() => world?.close())

  const jobsAt = async () => {
    const answer = await fetch(`${world.flink.url}/jobs/overview`)
    const { jobs } = (await answer.json()) as { jobs: { jid: string; state: string }[] }
    return jobs
  }
  const running = async (id: string, task: string) => {
    await until(
      'the job runs',
      async () => {
        const { engine_job_id: job } = await world.task(id, task)
        return (await jobsAt()).some(({ jid, state }) => jid === job && state === 'RUNNING')
      },
      60,
    )
    return String((await world.task(id, task)).engine_job_id)
  }

  /** Waits until every part of a job runs: savepoints fail before that. */
  const streaming = (job: string) =>
    until('every vertex runs', async () => {
      const answer = await fetch(`${world.flink.url}/jobs/${job}`)
      const { vertices } = (await answer.json()) as { vertices: { status: string }[] }
      return vertices.length > 0 && vertices.every(({ status }) => status === 'RUNNING')
    })

  it('run a batch of statements, one after the other, and keep the rows of a query', async () => {
    const out = join(world.works, 'numbers')
    const id = await world.create({
      script: `-- counts
CREATE TABLE numbers (n BIGINT, word STRING) WITH (
  'connector' = 'datagen', 'number-of-rows' = '1000',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000');
CREATE TABLE kept (n BIGINT, odd BOOLEAN) WITH (
  'connector' = 'filesystem', 'path' = 'file://${out}', 'format' = 'csv');
INSERT INTO kept SELECT n, MOD(n, 2) = 1 FROM numbers WHERE n <= 100;
SELECT odd, COUNT(*) AS how_many, SUM(n) / 7 AS sum_by_seven FROM kept GROUP BY odd ORDER BY odd;`,
    })
    const task = await world.run(id)
    const ended = await world.ended(id, task)
    assert.equal(ended.status_name, 'SUCCEEDED', String(ended.error_message))
    assert.equal(ended.engine, 'flink')
    assert.deepEqual(
      ended.statements.map(({ status }) => status),
      ['FINISHED', 'FINISHED', 'FINISHED', 'FINISHED'],
    )
    assert.deepEqual(await world.rows(id, task), [
      [false, 50, 364],
      [true, 50, 357],
    ])
    const files = (await readdir(out)).filter((name) => !name.startsWith('.'))
    const texts = await Promise.all(files.map((name) => readFile(join(out, name), 'utf8')))
    assert.equal(texts.join('').trim().split('\n').length, 100)
  })

  it('say which statement cannot be, and why, in the words of Flink', async () => {
    const id = await world.create({ script: 'SELECT 1;\n  SELECT nothing FROM nowhere;' })
    const ended = await world.ended(id, await world.run(id))
    assert.equal(ended.status_name, 'FAILED')
    assert.match(
      String(ended.error_message),
      /^The statement at line 2, column 3 failed: .*Object 'nowhere' not found/,
    )
    assert.deepEqual(
      ended.statements.map(({ status }) => status),
      ['FINISHED', 'FAILED'],
    )
  })

  it('tell the exception of a job that fails while it runs', async () => {
    const id = await world.create({
      script: `CREATE TABLE bad (n INT) WITH ('connector' = 'filesystem',
        'path' = 'file://${join(world.works, 'not-there')}', 'format' = 'csv');
      CREATE TABLE nowhere (n INT) WITH ('connector' = 'blackhole');
      INSERT INTO nowhere SELECT CAST('x' AS INT) FROM (VALUES (1)) AS t(a);
      INSERT INTO nowhere SELECT n FROM bad;`,
    })
    const ended = await world.ended(id, await world.run(id))
    assert.equal(ended.status_name, 'FAILED')
    assert.match(String(ended.error_message), /^The statement at line 4, column 7 failed: .*x/)
  })

  it('run an endless stream, write a savepoint, stop with one, and go on from it', async () => {
    const id = await world.create({ type: 'STREAMING', script: ENDLESS })
    const first = await world.run(id)
    await streaming(await running(id, first))
    await world.call('POST', `/${id}/tasks/${first}/savepoints`, {})
    await until(
      'a savepoint',
      async () => (await world.task(id, first)).savepoints.length === 1,
      60,
    )
    await world.call('POST', `/${id}/tasks/${first}/savepoints`, { stop: true })
    const stopped = await world.ended(id, first)
    assert.equal(stopped.status_name, 'SUCCEEDED', String(stopped.error_message))
    assert.equal(stopped.savepoints.length, 2)
    const path = String(stopped.savepoints[1]?.path)
    assert.match(path, /^file:\/.*savepoint-/)

    const second = await world.run(id, { savepoint_path: path })
    const job = await running(id, second)
    const answer = await fetch(`${world.flink.url}/jobs/${job}/checkpoints`)
    const { latest } = (await answer.json()) as { latest: { restored?: { external_path: string } } }
    assert.equal(latest.restored?.external_path, path.replace('file:///', 'file:/'))
    assert.equal((await world.task(id, second)).savepoint_path, path)

    await world.call('POST', `/${id}/tasks/${second}/cancel`)
    await until(
      'the job is canceled',
      async () => {
        const found = (await jobsAt()).find(({ jid }) => jid === job)
        return found?.state === 'CANCELED'
      },
      60,
    )
    assert.equal((await world.task(id, second)).status_name, 'CANCELED')
  })

  it('run the main class of a JAR with its parameters', async () => {
    const cache = await mkdtemp(join(tmpdir(), 'weft-jar-'))
    try {
      const jar = await fetchJar(WORD_COUNT, cache)
      await mkdir(join(world.works, 'words'))
      await copyFile(jar, join(world.works, 'words', 'WordCount.jar'))
      const out = join(world.works, 'counted')
      const id = await world.create({
        category: 'FLNK_JAR',
        work_directory: '/words',
        main_class_name: 'org.apache.flink.streaming.examples.wordcount.WordCount',
        extra_params: [
          '-Dparallelism.default=1',
          '--output',
          `file://${out}`,
          '--execution-mode',
          'BATCH',
        ],
      })
      const ended = await world.ended(id, await world.run(id))
      assert.equal(ended.status_name, 'SUCCEEDED', String(ended.error_message))
      const folders = await readdir(out, { recursive: true, withFileTypes: true })
      const texts = await Promise.all(
        folders
          .filter((entry) => entry.isFile())
          .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
      )
      assert.match(texts.join(''), /^\(question,1\)$/m)
    } finally {
      await rm(cache, { recursive: true, force: true })
    }
  })

  it('say what a JAR lacks', async () => {
    await mkdir(join(world.works, 'empty'))
    const id = await world.create({ category: 'FLNK_JAR', work_directory: 'empty' })
    const ended = await world.ended(id, await world.run(id))
    assert.match(String(ended.error_message), /The folder of the work has no \*\.jar/)
  })

  it('go on with the same job when their runner was killed', async () => {
    const id = await world.create({ type: 'STREAMING', script: ENDLESS })
    const task = await world.run(id)
    const job = await running(id, task)
    await world.runner.stop('SIGKILL')
    world.runner = await world.startRunner()
    await until(
      'the job is found again',
      async () => (await world.log(id, task)).includes(`Job ${job} is there already`),
      60,
    )
    const ours = (await jobsAt()).filter(({ state }) => state === 'RUNNING')
    assert.deepEqual(
      ours.map(({ jid }) => jid),
      [job],
    )
    await world.call('PATCH', `/${id}`, { status: 6 })
    await until(
      'the job is canceled',
      async () => (await jobsAt()).find(({ jid }) => jid === job)?.state === 'CANCELED',
      60,
    )
  })

  it('stop at their time limit, at the cluster as well', async () => {
    const id = await world.create({ type: 'STREAMING', script: ENDLESS, time_limit_seconds: 6 })
    const task = await world.run(id)
    const ended = await world.ended(id, task)
    assert.match(String(ended.error_message), /longer than its time limit of 6 s and was stopped/)
    await until(
      'nothing runs',
      async () => !(await jobsAt()).some(({ state }) => state === 'RUNNING'),
      60,
    )
  })

  it('have failed when the cluster was killed and knows their job no more', async () => {
    const id = await world.create({ type: 'STREAMING', script: ENDLESS })
    const task = await world.run(id)
    await running(id, task)
    await world.flink.kill('jobmanager')
    await until(
      'the cluster is missed',
      async () => (await world.log(id, task)).includes('does not answer'),
      60,
    )
    assert.equal((await world.task(id, task)).status_name, 'RUNNING')
    await world.flink.start('jobmanager')
    const ended = await world.ended(id, task)
    assert.equal(ended.status_name, 'FAILED')
    assert.match(String(ended.error_message), /does not know job \w+ any more: it was restarted/)
  })
})
