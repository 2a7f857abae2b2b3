/**
 * Programs as tasks, on a real server and real runners: they end with their job, and with a runner that is killed.
 * @module
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'
import { weftClient, type WeftClient } from './weft-client.ts'

const LEASE_SECONDS = 2
/** Prints two process numbers, the second of a process in a session of its own, and stays. */
const TREE = 'echo $$; (setsid sh -c "echo \\$\\$; sleep 1000" & wait) & wait'

const skip = process.platform !== 'linux' && 'needs Linux: processes are told apart in /proc'

describe('programs as tasks', { skip, timeout: 120_000 }, () => {
  const processes: Started[] = []
  let folder: string
  let client: WeftClient
  let runner: Started

  before(async () => {
    folder = await freshFolder('programs')
    const app = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(app)
    client = weftClient(app.match[1])
    runner = await startRunner()
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGKILL')
    await removeFolders([folder])
  })

  async function startRunner(): Promise<Started> {
    const started = await start({
      entry: 'runner.ts',
      env: {
        WEFT_DATA_DIR: folder,
        WEFT_PROCESSES: 'host',
        WEFT_LEASE_SECONDS: String(LEASE_SECONDS),
      },
      ready: /weft runner ready/,
    })
    processes.push(started)
    return started
  }

  /** The first `count` lines that a task has printed. */
  function lines(jobId: string, count: number): Promise<string[]> {
    return until(`${count} lines`, async () => {
      const found = (await client.log(jobId)).map(({ text }) => text)
      return found.length >= count && found
    })
  }

  it('exit code 3 is seen, with what the program said last', async () => {
    const { id } = await client.submit({
      name: 'fails',
      tasks: [{ name: 'a', command: ['sh', '-c', 'echo "no data" >&2; exit 3'] }],
    })
    const job = await client.ended(id)
    assert.equal(job.state, 'failed')
    assert.match(job.reason ?? '', /a failed: It ended with exit code 3\. Its last words: no data/)
    const [attempt] = await client.attempts(id)
    assert.deepEqual([attempt.ending?.type, attempt.ending?.exitCode], ['exited', 3])
  })

  it('a memory limit is kept, and named with its value', async () => {
    const { id } = await client.submit({
      name: 'eats',
      tasks: [
        {
          name: 'a',
          command: ['perl', '-e', 'my $x = "x" x (300 << 20); sleep 1000'],
          needs: { memoryMb: 64 },
        },
      ],
    })
    const job = await client.ended(id)
    assert.match(job.reason ?? '', /more memory than its limit of 64 MiB/)
    const [attempt] = await client.attempts(id)
    assert.equal(attempt.ending?.type, 'memory-limit')
  })

  it('stopping the job ends the whole tree', async () => {
    const { id } = await client.submit({ name: 'stays', tasks: [{ name: 'a', script: TREE }] })
    const pids = (await lines(id, 2)).map(Number)
    assert.deepEqual(pids.map(alive), [true, true])
    await client.stop(id)
    await until('the tree is gone', async () => !pids.some(alive), 20)
    assert.equal((await client.job(id)).state, 'canceled')
  })

  it('a killed runner leaves nothing behind, and the task is taken up again', async () => {
    const script = `if [ "$WEFT_ATTEMPT" -gt 1 ]; then echo again; exit 0; fi; ${TREE}`
    const { id } = await client.submit({ name: 'survives', tasks: [{ name: 'a', script }] })
    const pids = (await lines(id, 2)).map(Number)
    assert.deepEqual(pids.map(alive), [true, true])
    await runner.stop('SIGKILL')
    assert.deepEqual(pids.map(alive), [true, true], 'the test would show nothing otherwise')
    runner = await startRunner()
    assert.deepEqual(pids.map(alive), [false, false], 'gone before the runner is ready')
    const job = await client.ended(id)
    assert.equal(job.state, 'succeeded', job.reason ?? '')
    const attempts = await client.attempts(id)
    assert.deepEqual(
      attempts.map(({ state }) => state),
      ['lost', 'succeeded'],
    )
    assert.equal((await lines(id, 3)).at(-1), 'again')
    assert.deepEqual(await readdir(join(folder, 'processes')), [])
  })

  it('a runner that is told to stop takes its processes along and hands the task back', async () => {
    const { id } = await client.submit({ name: 'moves', tasks: [{ name: 'a', script: TREE }] })
    const pids = (await lines(id, 2)).map(Number)
    assert.equal(await runner.stop(), 0)
    assert.deepEqual(pids.map(alive), [false, false])
    const [attempt] = await client.attempts(id)
    assert.equal(attempt.state, 'released')
    assert.equal((await client.job(id)).state, 'running')
    await client.stop(id)
  })
})

function alive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
