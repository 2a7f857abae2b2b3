import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Ending, Engine, ProcessHandle, ProcessSpec } from '../../src/engine/engine.ts'
import { createSlurmCli } from '../../src/engine/slurm-cli.ts'
import { type SlurmPort, SlurmUnreachable, stateOf } from '../../src/engine/slurm-port.ts'
import { createSlurmRest } from '../../src/engine/slurm-rest.ts'
import { createSlurmEngine } from '../../src/engine/slurm.ts'
import { until } from '../process/cluster.ts'
import { type Cluster, missing, startCluster } from './cluster.ts'

const lacking = missing()
if (lacking !== undefined) console.log(`skipped: ${lacking}`)

describe('the Slurm engine on a real cluster', { skip: lacking ?? false, timeout: 300_000 }, () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster()
  })
  after(async () => {
    await cluster?.stop()
  })

  const rest = (url = cluster.restUrl): SlurmPort =>
    createSlurmRest({ url, user: 'root', token: cluster.token, timeoutMs: 5000 })
  const cli = (): SlurmPort => createSlurmCli({ env: cluster.env })

  for (const [way, port] of [
    ['slurmrestd', rest],
    ['commands', cli],
  ] as const) {
    describe(`through ${way}`, () => {
      let engine: Engine
      let reached: boolean[]
      let cwd: string
      const make = (ports: SlurmPort[]): Engine =>
        createSlurmEngine({
          ports,
          folder: join(cluster.folder, 'jobs'),
          env: { PATH: cluster.env['PATH'], WEFT_SERVER_TOKEN: 'secret' },
          pollMs: 200,
          maxPauseMs: 1000,
          onReachable: (reachable) => reached.push(reachable),
        })
      before(async () => {
        reached = []
        cwd = join(cluster.folder, `work-${way}`)
        await mkdir(cwd)
        engine = make([port()])
      })
      const start = (script: string, spec: Partial<ProcessSpec> = {}): Promise<ProcessHandle> =>
        engine.start({ name: 'a test', command: { script }, cwd, ...spec })
      const run = async (
        script: string,
        spec: Partial<ProcessSpec> = {},
      ): Promise<{ ending: Ending; out: string[]; err: string[]; handle: ProcessHandle }> => {
        const out: string[] = []
        const err: string[] = []
        const handle = await start(script, {
          output: {
            stdout: (line, index) => void out.push(`${index}:${line}`),
            stderr: (line, index) => void err.push(`${index}:${line}`),
          },
          ...spec,
        })
        return { ending: await handle.wait(), out, err, handle }
      }

      it('is available', async () => {
        const { available, detail } = await engine.probe()
        assert.ok(available, detail)
        console.log(`    ${detail}`)
      })

      it('runs a command to its success, with both streams and nothing of our environment', async () => {
        const words = ['a b', '$(touch pwned)', "it's", '"', '\\', 'é']
        const { ending, out, err } = await run('', {
          command: {
            argv: ['sh', '-c', 'printf "<%s>\\n" "$@"; pwd; env; echo no >&2', 'sh', ...words],
          },
          env: { set: { VALUE: "x,y='$HOME'" } },
        })
        assert.deepEqual([ending.reason, ending.exitCode, ending.signal], ['exited', 0, null])
        assert.deepEqual(
          out.slice(0, 7),
          [...words.map((word) => `<${word}>`), cwd].map((line) => `0:${line}`),
        )
        assert.ok(out.includes("0:VALUE=x,y='$HOME'"))
        assert.equal(
          out.some((line) => line.includes('secret')),
          false,
        )
        assert.deepEqual(err, ['0:no'])
      })

      it('tells a failure by its exit code, and a signal as one', async () => {
        const [failed, signaled] = await Promise.all([run('exit 7'), run('kill -SEGV $$')])
        assert.deepEqual([failed.ending.reason, failed.ending.exitCode], ['exited', 7])
        assert.deepEqual(
          [signaled.ending.reason, signaled.ending.exitCode, signaled.ending.signal],
          ['signaled', null, 'SIGSEGV'],
        )
      })

      it('follows the output while the job runs, and cancels it', async () => {
        const { promise, resolve } = Promise.withResolvers<string>()
        const handle = await start('echo started; sleep 1000', { output: { stdout: resolve } })
        assert.equal(await promise, 'started')
        await until('running', async () => handle.state() === 'running')
        await handle.cancel()
        const ending = await handle.wait()
        assert.equal(ending.reason, 'cancelled')
        assert.equal(handle.state(), 'ended')
      })

      it('ends a job that does not listen when the grace is over', async () => {
        const { promise, resolve } = Promise.withResolvers<string>()
        const handle = await start(`trap '' TERM; echo $$; while :; do sleep 0.1; done`, {
          output: { stdout: resolve },
        })
        const pid = await promise
        await handle.cancel(300)
        assert.equal((await handle.wait()).reason, 'cancelled')
        await until('gone', async () => !existsSync(`/proc/${pid}`), 20)
      })

      it('runs an array of three, each member with its index and its own ending', async () => {
        const { ending, out } = await run(
          'echo "member $WEFT_ARRAY_INDEX"; exit $WEFT_ARRAY_INDEX',
          {
            arraySize: 3,
          },
        )
        assert.deepEqual(
          ending.members?.map((member) => member.exitCode),
          [0, 1, 2],
        )
        assert.equal(ending.exitCode, 1)
        assert.deepEqual(out.toSorted(), ['0:member 0', '1:member 1', '2:member 2'])
      })

      it('ends a job at its time limit, and tells Slurm the whole minutes', async () => {
        const handle = await start('sleep 1000', { resources: { timeMs: 1000 } })
        assert.match(show(handle), /TimeLimit=00:02:00/)
        const ending = await handle.wait()
        assert.equal(ending.reason, 'time-limit')
        assert.match(ending.message, /1000 ms/)
      })

      it('asks for cores, memory and GPUs', async () => {
        const { ending, out, handle } = await run('echo "gpu $CUDA_VISIBLE_DEVICES"', {
          resources: { cpus: 1, memoryMb: 123, gpus: 2 },
        })
        assert.equal(ending.exitCode, 0)
        assert.match(show(handle), /MinMemoryNode=123M.*gpu:2/)
        assert.deepEqual(out, ['0:gpu 0,1'])
      })

      it('ends a job that uses more memory than it asked for', async () => {
        const { ending } = await run(`perl -e 'my $x = "x" x (200 << 20); sleep 1000'`, {
          resources: { memoryMb: 50 },
        })
        assert.equal(ending.reason, 'memory-limit', ending.message)
      })

      it('passes on why the cluster refuses a job', async () => {
        await assert.rejects(
          start('true', { resources: { memoryMb: 100_000_000 } }),
          /node configuration is not available/i,
        )
      })

      it('shows an unreachable controller, and loses nothing when it is back', async () => {
        const out: string[] = []
        const marker = join(cwd, 'go')
        const handle = await start(
          `echo before; until [ -e ${marker} ]; do sleep 0.1; done; echo after; exit 6`,
          { output: { stdout: (line) => void out.push(line) } },
        )
        await until('running', async () => handle.state() === 'running')
        await cluster.stopController()
        await until('unreachable', async () => handle.state() === 'unreachable')
        assert.notEqual(handle.detail(), '')
        const submitted = start('echo late').then((late) => late.wait())
        submitted.catch(() => undefined)
        await cluster.startController()
        await until('running again', async () => handle.state() === 'running')
        await mkdir(marker)
        assert.deepEqual([(await handle.wait()).exitCode, out], [6, ['before', 'after']])
        assert.equal((await submitted).exitCode, 0)
        assert.deepEqual(reached.slice(0, 2), [false, true])
      })

      it('takes a job up again by its id, also when the controller has forgotten it', async () => {
        const first = await start('echo one; echo two; exit 8')
        const lines: string[] = []
        const again = await make([port()]).reattach?.(first.id, {
          stdout: (line) => void lines.push(line),
        })
        assert.equal((await again?.wait())?.exitCode, 8)
        assert.deepEqual(lines, ['one', 'two'])
        const forgetful: SlurmPort = { ...port(), query: async () => [] }
        const late = await make([forgetful]).reattach?.(first.id)
        assert.equal((await late?.wait())?.exitCode, 8)
      })

      it('follows what was started with the same key, however little was known of it', async () => {
        const key = `key-${way}`
        const folder = join(cluster.folder, 'jobs', `weft.${key}`)
        const lines: string[] = []
        const again = () =>
          make([port()]).start({
            name: 'again',
            key,
            command: { script: 'echo once; exit 4' },
            cwd,
            output: { stdout: (line) => void lines.push(line) },
          })
        const first = await again()
        assert.equal((await again()).id, first.id)
        // As if the runner had been killed before it wrote the number down, and the job had not begun.
        const record = JSON.parse(await readFile(join(folder, 'job.json'), 'utf8')) as object
        const without = JSON.stringify({ ...record, jobId: undefined })
        await until('begun', async () => existsSync(join(folder, 'job.id')))
        await writeFile(join(folder, 'job.json'), without)
        assert.equal((await again()).id, first.id, 'its own script has the number')
        await rm(join(folder, 'job.id'))
        await writeFile(join(folder, 'job.json'), without)
        const found = await again()
        assert.equal(found.id, first.id, 'the cluster knows its name')
        assert.equal((await found.wait()).exitCode, 4)
        assert.deepEqual([...new Set(lines)], ['once'])
      })

      it('discards what runs, what has ended and what never was', async () => {
        const key = `gone-${way}`
        const pid = Promise.withResolvers<string>()
        await engine.start({
          name: 'gone',
          key,
          command: { script: 'echo $$; sleep 1000' },
          cwd,
          output: { stdout: pid.resolve },
        })
        const running = await pid.promise
        assert.equal(await engine.discard?.(key), false, 'it is still ending')
        await until('discarded', async () => engine.discard?.(key), 30)
        assert.equal(existsSync(`/proc/${running}`), false)
        assert.equal(existsSync(join(cluster.folder, 'jobs', `weft.${key}`)), false)
        assert.equal(await engine.discard?.(key), true)
      })

      it('leaves a job alone that it no longer follows', async () => {
        const handle = await start('echo here; sleep 2; exit 5')
        await until('running', async () => handle.state() === 'running')
        handle.detach?.()
        await assert.rejects(handle.wait(), /no longer followed; it goes on/)
        const again = await engine.reattach?.(handle.id)
        assert.equal((await again?.wait())?.exitCode, 5)
      })

      it('does not submit twice when an answer is lost', async () => {
        const sure = port()
        let tries = 0
        const lossy: SlurmPort = {
          ...sure,
          async submit(job) {
            tries += 1
            const jobId = await sure.submit(job)
            throw new SlurmUnreachable(`the answer ${jobId} is lost`)
          },
        }
        const handle = await make([lossy]).start({
          name: 'once',
          command: { script: 'exit 2' },
          cwd,
        })
        assert.equal((await handle.wait()).exitCode, 2)
        assert.equal(tries, 1)
      })

      it('runs once what two runners have submitted under one key, and keeps the first', async () => {
        const sure = port()
        const ids: string[] = []
        const late: SlurmPort = {
          ...sure,
          async submit(job) {
            // The other runner was faster, while this one was frozen after it had looked.
            ids.push(await sure.submit(job), await sure.submit(job))
            return ids[1]
          },
        }
        const key = `twice-${way}`
        const log = join(cwd, key)
        const command = { script: `echo ran >> ${log}; sleep 1` }
        const handle = await make([late]).start({ name: 'twice', command, cwd, key })
        assert.match(handle.id, new RegExp(`^slurm:${ids[0]}@`))
        assert.equal((await handle.wait()).exitCode, 0)
        const both = async (): Promise<boolean> => {
          const rows = await Promise.all(ids.map((id) => sure.query(id)))
          return rows.flat().every((row) => stateOf(row) === 'ended')
        }
        await until('the end of both', both, 60)
        assert.equal(await readFile(log, 'utf8'), 'ran\n')
      })

      function show(handle: ProcessHandle): string {
        const jobId = /:(\d+)@/.exec(handle.id)?.[1] ?? ''
        return cluster.command('scontrol', 'show', 'job', '-o', jobId)
      }
    })
  }

  it('goes on with the commands when slurmrestd does not answer', async () => {
    const engine = createSlurmEngine({
      ports: [rest('http://127.0.0.1:9'), cli()],
      folder: join(cluster.folder, 'jobs'),
      pollMs: 200,
    })
    const spec = { name: 'fallback', command: { script: 'exit 3' }, cwd: cluster.folder }
    const handle = await engine.start(spec)
    assert.equal((await handle.wait()).exitCode, 3)
    const folder = join(cluster.folder, 'jobs', handle.id.split('@')[1])
    assert.equal((await readFile(join(folder, '0.exit'), 'utf8')).trim(), '3')
  })
})
