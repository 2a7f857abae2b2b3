/**
 * What the Slurm engine does without a cluster; `test/slurm` has a real one.
 * @module
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { exitOf, retryVerdict } from '../../src/domain/exit.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { type SlurmJob, type SlurmPort, SlurmUnreachable } from '../../src/engine/slurm-port.ts'
import { createSlurmEngine } from '../../src/engine/slurm.ts'
import { temporaryFolder } from '../helpers/folder.ts'

interface Cluster {
  readonly engine: Engine
  readonly port: SlurmPort & { up: boolean }
  readonly folder: string
  readonly submitted: SlurmJob[]
  readonly cancelled: string[]
  /** How its jobs stand, and how often it was asked. */
  readonly state: { now: string; looks: number }
}

/** A controller that gives every job the next number and lets it run for ever. */
async function cluster(): Promise<Cluster> {
  const folder = join(await temporaryFolder(), 'jobs')
  const submitted: SlurmJob[] = []
  const cancelled: string[] = []
  const state = { now: 'RUNNING', looks: 0 }
  const port = {
    name: 'fake',
    up: true,
    async submit(job: SlurmJob) {
      if (!port.up) throw new SlurmUnreachable('away')
      return String(submitted.push(job))
    },
    async find(key: string) {
      if (!port.up) throw new SlurmUnreachable('away')
      const at = submitted.findIndex((job) => job.key === key)
      return at < 0 ? undefined : String(at + 1)
    },
    async query(jobId: string) {
      state.looks += 1
      return [
        {
          jobId,
          members: [],
          state: cancelled.includes(jobId) ? 'CANCELLED' : state.now,
          reason: state.now === 'PENDING' ? 'Resources' : '',
          exitCode: 0,
          signal: 0,
        },
      ]
    },
    async cancel(jobId: string) {
      cancelled.push(jobId)
    },
    partition: () => Promise.resolve(undefined),
    ping: () => Promise.resolve('fake'),
  }
  const engine = createSlurmEngine({ folder, ports: [port], pollMs: 5, maxPauseMs: 5 })
  return { engine, port, folder, submitted, cancelled, state }
}

const spec = { name: 'test', command: { argv: ['true'] }, cwd: '/tmp' }

describe('the Slurm engine', () => {
  it('submits once what is started again with its key, also when the number was not written down', async () => {
    const { engine, folder, submitted } = await cluster()
    const first = await engine.start({ ...spec, key: 'k' })
    first.detach?.()
    await writeFile(
      join(folder, 'weft.k', 'job.json'),
      JSON.stringify({ name: 'test', key: 'weft.k', size: 1 }),
    )
    const second = await engine.start({ ...spec, key: 'k' })
    second.detach?.()
    const third = await engine.start({ ...spec, key: 'k' })
    third.detach?.()
    assert.deepEqual([second.id, third.id], [first.id, first.id])
    assert.equal(submitted.length, 1)
    const other = await engine.start({ ...spec, key: 'k2' })
    other.detach?.()
    assert.equal(submitted.length, 2)
  })

  it('takes back a submission that comes after another one under the same name', async () => {
    const { engine, port, folder, submitted, cancelled } = await cluster()
    const { submit } = port
    // The other runner submits while this one is frozen between looking and submitting.
    port.submit = async (job) => {
      port.submit = submit
      await submit(job)
      return submit(job)
    }
    const handle = await engine.start({ ...spec, key: 'k' })
    handle.detach?.()
    assert.equal(submitted.length, 2)
    assert.deepEqual(cancelled, ['2'])
    assert.equal(handle.id, 'slurm:1@weft.k')
    const record = await readFile(join(folder, 'weft.k', 'job.json'), 'utf8')
    assert.equal((JSON.parse(record) as { jobId: string }).jobId, '1')
  })

  it('follows what has begun, whatever was written down', async () => {
    const { engine, folder } = await cluster()
    const first = await engine.start({ ...spec, key: 'k' })
    first.detach?.()
    await writeFile(join(folder, 'weft.k', 'job.id'), '7\n')
    const second = await engine.start({ ...spec, key: 'k' })
    second.detach?.()
    assert.equal(second.id, 'slurm:7@weft.k')
  })

  it('has a script of which only the job that begins first does anything', async () => {
    const { engine, submitted } = await cluster()
    const cwd = await temporaryFolder()
    const command = { script: 'echo once >> done' }
    const handle = await engine.start({ ...spec, cwd, command, key: 'k' })
    handle.detach?.()
    for (const id of ['5', '4', '5']) {
      const env = { PATH: process.env['PATH'], SLURM_JOB_ID: id }
      execFileSync('sh', ['-c', submitted[0].script], { env })
    }
    assert.equal(await readFile(join(cwd, 'done'), 'utf8'), 'once\nonce\n')
  })

  it('has a script that meets others: each learns on which node they all run', async () => {
    const { engine, submitted } = await cluster()
    const cwd = await temporaryFolder()
    const bin = await temporaryFolder()
    // The second node is not known to the controller, so its name is all there is.
    const scontrol =
      '#!/bin/sh\n[ "$4" = n1 ] && echo "NodeName=n1 NodeAddr=10.1.2.3 Reason=x NodeAddr=9 "\n'
    await writeFile(join(bin, 'scontrol'), scontrol, { mode: 0o700 })
    const members = ['ps.0', 'worker.0', 'worker.1'].map((name, index) => ({
      name,
      mark: `weft-mark-${index}`,
      otherwise: `it's $HOME ${index}`,
    }))
    const folder = join(cwd, 'meet')
    // Where it was before this attempt.
    await mkdir(folder)
    await writeFile(join(folder, 'worker.0'), 'elsewhere\n')
    for (const { name } of members.slice(0, 2)) {
      const handle = await engine.start({
        ...spec,
        cwd,
        command: { script: `echo "$A|$B|$C" > ${name}.told` },
        env: { set: { A: 'weft-mark-0:80', B: `'weft-mark-1',weft-mark-0`, C: '"weft-mark-2' } },
        key: name,
        meeting: { folder, name, members, waitSeconds: name === 'ps.0' ? 30 : 0 },
      })
      handle.detach?.()
    }
    const short = submitted.map(({ script }) =>
      script.replace('"$waited" -lt 30', '"$waited" -lt 1'),
    )
    for (const [index, script] of short.entries()) {
      const env = {
        PATH: `${bin}:${process.env['PATH']}`,
        SLURM_JOB_ID: String(index + 1),
        SLURMD_NODENAME: `n${index + 1}`,
      }
      const text = script.replace(/^export PATH=.*$/m, '')
      execFileSync('sh', ['-c', text], { env })
    }
    const told = (name: string) => readFile(join(cwd, `${name}.told`), 'utf8')
    const last = `"it's $HOME 2`
    assert.equal(await told('ps.0'), `10.1.2.3:80|'it's $HOME 1',10.1.2.3|${last}\n`)
    assert.equal(await told('worker.0'), `10.1.2.3:80|'n2',10.1.2.3|${last}\n`)
  })

  it('says for whom a job waits that has its node, until all have had theirs', async (t) => {
    const { engine, state } = await cluster()
    const folder = join(await temporaryFolder(), 'meet')
    const members = ['ps.0', 'w.0', 'w.1'].map((name, index) => ({
      name,
      mark: `weft-mark-${index}`,
      otherwise: 'nowhere',
    }))
    state.now = 'PENDING'
    const handle = await engine.start({
      ...spec,
      key: 'meets',
      meeting: { folder, name: 'ps.0', members },
    })
    t.after(() => handle.detach?.())
    const says = async (pattern: RegExp) => {
      while (!pattern.test(handle.detail())) await nextTurn()
    }
    await says(/^Slurm job 1: waits for room in the cluster \(PENDING: Resources\)$/)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'ps.0'), 'n1\n')
    state.now = 'RUNNING'
    await says(
      /^Slurm job 1 has its node and waits for w\.0, w\.1, for which the cluster has had no room/,
    )
    await writeFile(join(folder, 'w.0'), 'n2\n')
    await says(/waits for w\.1, for which/)
    await writeFile(join(folder, 'w.1'), 'n3\n')
    await says(/^Slurm job 1: RUNNING$/)
    await rm(join(folder, 'w.1'))
    const { looks } = state
    while (state.looks < looks + 3) await nextTurn()
    assert.equal(handle.detail(), 'Slurm job 1: RUNNING')
    handle.detach?.()
    await assert.rejects(handle.wait(), /no longer followed/)
  })

  it('gives up a meeting to which not all come, says who is missing, and is taken for absent', async () => {
    const { engine, submitted } = await cluster()
    const cwd = await temporaryFolder()
    const folder = join(cwd, 'meet')
    await mkdir(folder)
    const members = ['ps.0', 'worker.0', 'worker.1'].map((name, index) => ({
      name,
      mark: `weft-mark-${index}`,
      otherwise: '127.0.0.1',
    }))
    await writeFile(join(folder, 'worker.0'), '10.0.0.2\n')
    const command = { script: 'echo begun > begun' }
    const meeting = { folder, name: 'ps.0', members, giveUpSeconds: 1 }
    const handle = await engine.start({ ...spec, cwd, command, key: 'ps', meeting })
    const script = submitted[0].script.replace(/^export PATH=.*$/m, '')
    const env = { PATH: process.env['PATH'], SLURM_JOB_ID: '1', SLURMD_NODENAME: 'n1' }
    const ran = spawnSync('sh', ['-c', script], { env, encoding: 'utf8' })
    assert.equal(ran.status, 1)
    assert.match(
      ran.stderr,
      /^The cluster has had no room for all instances of the gang at once: after 1 s on node n1 there is none for worker\.1$/m,
    )
    assert.deepEqual(await readdir(folder), ['worker.0'])
    await assert.rejects(readFile(join(cwd, 'begun')))
    const kept = await readFile(join(submitted[0].folder, '0.exit'), 'utf8')
    assert.equal(kept, '251\n')
    handle.detach?.()
    const reason = `It ended with exit code 251. Its last words: ${ran.stderr.trim()}`
    const ending = { type: 'exited', exitCode: 251, signal: null, peakMemoryMb: null }
    const exit = exitOf({ state: 'failed', reason, ending })
    assert.equal(exit?.code, 251)
    const so = { fancy: true, max: 0, accountable: 0, free: 0, random: 0 }
    assert.deepEqual(retryVerdict({ code: 251 }, so), { counted: 'resource', delayMs: 60_000 })
  })

  it('refuses a meeting that leads out of its folder, or whose marks are part of the shell', async () => {
    const { engine } = await cluster()
    const member = { name: 'a.0', mark: 'weft-mark-0', otherwise: '' }
    const meeting = { folder: '/tmp/meet', name: 'a.0', members: [member] }
    for (const wrong of [
      { ...meeting, name: '../a' },
      { ...meeting, folder: 'here' },
      { ...meeting, members: [{ ...member, name: '..' }] },
      { ...meeting, members: [{ ...member, mark: "'$(x)'xxx" }] },
    ])
      await assert.rejects(engine.start({ ...spec, meeting: wrong }), RangeError)
    await assert.rejects(engine.start({ ...spec, arraySize: 2, meeting }), /array/)
  })

  it('gives up a submission that nobody wants any more while the controller is away', async () => {
    const { engine, port, submitted } = await cluster()
    port.up = false
    const stop = new AbortController()
    const start = engine.start({ ...spec, key: 'k', signal: stop.signal })
    stop.abort(new Error('The job was stopped'))
    await assert.rejects(start, /The job was stopped/)
    port.up = true
    assert.equal(await engine.discard?.('k'), true)
    assert.equal(submitted.length, 0)
  })

  it('discards by ending first and removing afterwards', async () => {
    const { engine, folder, cancelled } = await cluster()
    const handle = await engine.start({ ...spec, key: 'k' })
    handle.detach?.()
    assert.equal(await engine.discard?.('k'), false)
    assert.deepEqual(cancelled, ['1'])
    assert.deepEqual(await readdir(folder), ['weft.k'])
    assert.equal(await engine.discard?.('k'), true)
    assert.deepEqual(await readdir(folder), [])
  })

  it('takes no key that leads out of its folder, as a server of somebody else may name one', async () => {
    const { engine, folder } = await cluster()
    const victim = join(folder, '../victim')
    await mkdir(victim, { recursive: true })
    for (const key of ['/../../victim', '../victim', '', 'a/b', '.', 'x'.repeat(200)]) {
      await assert.rejects(async () => engine.discard?.(key), /is no key/, key)
      await assert.rejects(engine.start({ ...spec, key }), /is no key/, key)
    }
    assert.equal(existsSync(victim), true)
  })
})
