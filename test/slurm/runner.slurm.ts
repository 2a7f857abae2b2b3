/**
 * Tasks of a server that run in a real cluster: followed by one runner after the other, and ended with their job.
 * @module
 */
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from '../process/cluster.ts'
import { weftClient, type WeftClient } from '../process/weft-client.ts'
import { type Cluster, missing, startCluster } from './cluster.ts'

const lacking = missing()

describe('tasks in a real cluster', { skip: lacking ?? false, timeout: 300_000 }, () => {
  const processes: Started[] = []
  const folders: string[] = []
  let cluster: Cluster
  let shared: string
  let client: WeftClient
  let runner: Started

  before(async () => {
    cluster = await startCluster()
    shared = join(cluster.folder, 'shared')
    const folder = await freshFolder('slurm-app')
    folders.push(folder)
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    client = weftClient(app.match[1])
    runner = await startRunner(app.match[1])
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGKILL')
    await cluster?.stop()
    await removeFolders(folders)
  })

  /** A runner with a data directory of its own, so that only the cluster's folder is common. */
  async function startRunner(url: string): Promise<Started> {
    const folder = await freshFolder('slurm-runner')
    folders.push(folder)
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, cluster.token())
    const started = await start({
      entry: 'runner.ts',
      env: {
        ...cluster.env,
        WEFT_DATA_DIR: folder,
        WEFT_SERVER_URL: url,
        WEFT_PROCESSES: 'sandbox',
        WEFT_ENGINES: 'slurm',
        WEFT_SLURM_URL: cluster.restUrl,
        WEFT_SLURM_USER: 'root',
        WEFT_SLURM_TOKEN_FILE: tokenFile,
        WEFT_SLURM_FOLDER: shared,
      },
      ready: /weft runner ready/,
    })
    processes.push(started)
    serverUrl = url
    return started
  }
  let serverUrl = ''

  const submit = (name: string, script: string, more: object = {}): Promise<{ id: string }> =>
    client.submit({ name, tasks: [{ name, engine: 'slurm', script, ...more }] })
  const printed = (id: string, text: string): Promise<boolean> =>
    until(text, async () => (await client.log(id)).some((line) => line.text === text), 60)
  /** Numbers of all jobs that the cluster has ever been given under our names. */
  const jobsOf = (pattern: RegExp): string[] =>
    cluster
      .command('scontrol', 'show', 'job', '-o')
      .split('\n')
      .filter((line) => pattern.test(line))
  const isPruned = async (): Promise<boolean> => (await readdir(join(shared, 'slurm'))).length === 0

  it('one ends with its exit code, its output and its resources, and its folder is removed', async () => {
    const { id } = await submit('ends', 'echo here; echo "gpu $CUDA_VISIBLE_DEVICES"; exit 7', {
      needs: { cores: 1, memoryMb: 100, gpus: 1 },
      timeLimitSeconds: 60,
    })
    const job = await client.ended(id)
    assert.match(job.reason ?? '', /ends failed: It ended with exit code 7/)
    const [attempt] = await client.attempts(id)
    assert.equal(attempt.ending?.exitCode, 7)
    const texts = (await client.log(id)).map(({ text }) => text)
    assert.equal(texts[0], 'here')
    assert.match(texts[1], /^gpu [01]$/)
    await until('its folder is removed', isPruned, 30)
  })

  it('one outlives its runner: the next one takes it up, and the cluster sees one job in all', async () => {
    const before = jobsOf(/weft\./).length
    const go = join(cluster.folder, 'go')
    const { id } = await submit(
      'outlives',
      `echo before; until [ -e ${go} ]; do sleep 0.1; done; echo after; exit 0`,
    )
    await printed(id, 'before')
    await runner.stop('SIGKILL')
    runner = await startRunner(serverUrl)
    await until('the second attempt', async () => (await client.attempts(id)).length === 2, 60)
    await writeFile(go, '')
    const job = await client.ended(id)
    assert.equal(job.state, 'succeeded', job.reason ?? '')
    assert.equal(jobsOf(/weft\./).length - before, 1)
    assert.deepEqual(
      (await client.attempts(id)).map(({ state }) => state),
      ['lost', 'succeeded'],
    )
    const texts = (await client.log(id)).map(({ text }) => text)
    assert.deepEqual(texts, ['before', 'before', 'after'], 'each attempt has the output it saw')
    await until('its folder is removed', isPruned, 30)
  })

  it('one outlives an orderly restart of its runner as well', async () => {
    const before = jobsOf(/weft\./).length
    const go = join(cluster.folder, 'go-again')
    const { id } = await submit('restart', `echo before; until [ -e ${go} ]; do sleep 0.1; done`)
    await printed(id, 'before')
    assert.equal(await runner.stop('SIGTERM'), 0)
    runner = await startRunner(serverUrl)
    await until('the second attempt', async () => (await client.attempts(id)).length === 2, 60)
    await writeFile(go, '')
    assert.equal((await client.ended(id)).state, 'succeeded')
    assert.equal(jobsOf(/weft\./).length - before, 1)
  })

  it('one ends when its job is stopped', async () => {
    const { id } = await submit('stopped', 'echo up; sleep 1000')
    await printed(id, 'up')
    await client.stop(id)
    await until('cancelled', async () => jobsOf(/JobState=RUNNING/).length === 0, 60)
    await until('its folder is removed', isPruned, 30)
  })

  it('one ends also when its job is stopped while its runner is dead', async () => {
    const { id } = await submit('orphan', 'echo up; sleep 1000')
    await printed(id, 'up')
    await runner.stop('SIGKILL')
    await client.stop(id)
    assert.equal(jobsOf(/JobState=RUNNING/).length, 1)
    runner = await startRunner(serverUrl)
    await until('cancelled', async () => jobsOf(/JobState=RUNNING/).length === 0, 60)
    await until('its folder is removed', isPruned, 30)
  })

  it('a submission that a killed runner began is not begun again: the key finds it', async () => {
    const before = jobsOf(/weft\./).length
    const { id } = await submit('hasty', 'echo up; sleep 2; echo done')
    // As soon as the cluster knows it, most often before the runner has heard its number.
    await until('submitted', async () => jobsOf(/weft\./).length > before, 60)
    await runner.stop('SIGKILL')
    runner = await startRunner(serverUrl)
    const job = await client.ended(id, 90)
    assert.equal(job.state, 'succeeded', job.reason ?? '')
    assert.equal(jobsOf(/weft\./).length - before, 1)
  })
})
