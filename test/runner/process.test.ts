/**
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'

import type { LogTail } from '../../src/domain/log-tail.ts'
import type { LeasedTask, Outcome, ProcessTaskSpec } from '../../src/domain/work.ts'
import type { Ending, Engine, ProcessHandle, ProcessSpec } from '../../src/engine/engine.ts'
import { createLocalEngine } from '../../src/engine/local.ts'
import { sandboxTrouble } from '../../src/engine/sandbox.ts'
import type { ReportBody } from '../../src/runner/executor.ts'
import {
  createProcesses,
  type ProcessExecutor,
  type ProcessOptions,
} from '../../src/runner/process.ts'
import type { HandleStore } from '../../src/runner/store.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { processSpec } from '../helpers/process-jobs.ts'
import { leasedTask, testLog } from '../helpers/runner.ts'
import { until } from '../helpers/until.ts'

let folder: string
let executor: ProcessExecutor

beforeEach(async () => {
  folder = await temporaryFolder()
  executor = local()
})
afterEach(() => executor.close())

function local(options: Partial<ProcessOptions> = {}): ProcessExecutor {
  return createProcesses({
    engines: new Map([['local', { engine: createLocalEngine({ watchMs: 20 }), folder }]]),
    mode: 'host',
    hidden: [folder],
    runnerId: 'r',
    log: testLog(),
    graceMs: 1000,
    ...options,
  })
}

interface Run {
  readonly outcome: Promise<Outcome>
  readonly reports: ReportBody[]
  abort(reason: string): void
  /** Resolves with the first log line that matches. */
  line(pattern: RegExp): Promise<string>
  /** Resolves with the first value of a fact that is wanted. */
  fact(wanted: (value: unknown) => boolean): Promise<unknown>
}

function run(task: LeasedTask, room: () => Promise<void> = () => Promise.resolve()): Run {
  const reports: ReportBody[] = []
  const controller = new AbortController()
  let heard = (): void => undefined
  const outcome = executor.run(task, {
    signal: controller.signal,
    local: [],
    room,
    report(body) {
      reports.push(body)
      heard()
    },
  })
  return {
    outcome,
    reports,
    abort: (reason) => controller.abort(reason),
    line: (pattern) =>
      new Promise((resolve) => {
        heard = () => {
          const found = logOf(reports).find(([, text]) => pattern.test(text))
          if (found) resolve(found[1])
        }
        heard()
      }),
    fact: (wanted) =>
      new Promise((resolve) => {
        heard = () => {
          const values = reports.flatMap((report) => (report.type === 'fact' ? [report.value] : []))
          const found = values.find(wanted)
          if (found !== undefined) resolve(found)
        }
        heard()
      }),
  }
}

function task(spec: Partial<ProcessTaskSpec>, options: Partial<LeasedTask> = {}): LeasedTask {
  const base = { kind: 'process', role: null, party: null, jobId: 'j1', name: 'Work' } as const
  return leasedTask('t', { ...base, attemptId: 'a1', spec: processSpec(spec), ...options })
}

function script(
  text: string,
  spec: Partial<ProcessTaskSpec> = {},
  options: Partial<LeasedTask> = {},
) {
  return task({ command: { script: text }, ...spec }, options)
}

function logOf(reports: readonly ReportBody[]): (readonly [string, string])[] {
  return reports.flatMap((report) =>
    report.type === 'log' ? [[report.level, report.text] as const] : [],
  )
}

const linux = { skip: process.platform !== 'linux' && 'needs Linux: it reads /proc' }

describe('a process as a task', linux, () => {
  it('succeeds with exit code 0, its two streams as lines of two levels', async () => {
    const { outcome, reports } = run(script('echo one; echo two >&2'))
    const { state, ending } = await outcome
    assert.equal(state, 'succeeded')
    assert.deepEqual([ending?.type, ending?.exitCode, ending?.signal], ['exited', 0, null])
    assert.deepEqual(
      logOf(reports).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      [
        ['error', 'two'],
        ['info', 'one'],
      ],
    )
  })

  it('fails with its exit code and its last words', async () => {
    const outcome = await run(script('echo fine; echo "no such column: y" >&2; exit 3')).outcome
    assert.ok(outcome.state === 'failed')
    assert.equal(outcome.reason, 'It ended with exit code 3. Its last words: no such column: y')
    assert.equal(outcome.ending?.exitCode, 3)
  })

  it('tells the signal that ended it', async () => {
    const outcome = await run(script('kill -SEGV $$')).outcome
    assert.ok(outcome.state === 'failed')
    assert.match(outcome.reason, /SIGSEGV/)
    assert.deepEqual([outcome.ending?.type, outcome.ending?.signal], ['signaled', 'SIGSEGV'])
  })

  it('works in a directory of its attempt, with its files, and leaves what it wrote there', async () => {
    const files = { 'data/in.txt': 'text of the task', 'run.sh': 'cat data/in.txt > out.txt; pwd' }
    const { outcome, reports } = run(
      task({ command: { argv: ['sh', 'run.sh'] }, files }, { attempt: 2 }),
    )
    assert.equal((await outcome).state, 'succeeded')
    const cwd = join(folder, 'jobs/j1/%57ork/2')
    assert.deepEqual(logOf(reports), [['info', cwd]])
    assert.equal(await readFile(join(cwd, 'out.txt'), 'utf8'), 'text of the task')
  })

  for (const path of ['../x', '/x', 'a/../../x', 'a//b', 'a\0b', '.']) {
    it(`puts no file at ${JSON.stringify(path)}, whatever the server says`, async () => {
      await assert.rejects(run(task({ files: { [path]: 'x' } })).outcome, /no path below/)
      assert.equal(existsSync(join(folder, 'jobs/j1/x')), false)
    })
  }

  it('knows what it was given, and cannot say otherwise', async () => {
    const allocation = { cores: 2, memoryMb: 256, gpus: ['1', '3'], ports: [4001, 4002] }
    const env = { A: 'b', CUDA_VISIBLE_DEVICES: '0', WEFT_PORTS: '1', PORT_7: '7' }
    const { outcome, reports } = run(task({ command: { argv: ['env'] }, env }, { allocation }))
    assert.equal((await outcome).state, 'succeeded')
    const seen = Object.fromEntries(logOf(reports).map(([, text]) => text.split('=')))
    assert.deepEqual(
      [
        'A',
        'CUDA_VISIBLE_DEVICES',
        'WEFT_PORTS',
        'PORT_0',
        'PORT_1',
        'PORT_7',
        'OMP_NUM_THREADS',
      ].map((name) => seen[name]),
      ['b', '1,3', '4001,4002', '4001', '4002', undefined, '2'],
    )
    assert.deepEqual(
      [seen['WEFT_JOB_ID'], seen['WEFT_TASK'], seen['WEFT_ATTEMPT']],
      ['j1', 'Work', '1'],
    )
  })

  it('sees no GPU where none was given', async () => {
    const { outcome, reports } = run(script('echo "<$CUDA_VISIBLE_DEVICES>"'))
    await outcome
    assert.deepEqual(logOf(reports), [['info', '<>']])
    const refused = await run(script('true', { needs: { gpus: 2 } })).outcome
    assert.ok(refused.state === 'failed')
    assert.match(refused.reason, /asks for 2 GPUs and was given 0/)
  })

  it('is ended at its time limit, with all it started, and says which limit that was', async () => {
    const { outcome, line } = run(
      script('sh -c "echo \\$\\$; sleep 1000" & wait', { timeLimitMs: 2000 }),
    )
    const pid = await line(/\d/)
    const ended = await outcome
    assert.ok(ended.state === 'failed')
    assert.equal(ended.reason, 'It ran longer than its time limit of 2 s.')
    assert.equal(ended.ending?.type, 'time-limit')
    assert.equal(alive(pid), false)
  })

  const eat = `perl -e 'my $x = "x" x (200 << 20); sleep 1000'`
  for (const [what, given] of [
    ['what it asked for', script(eat, { needs: { memoryMb: 64 } })],
    [
      'what it was given',
      script(
        eat,
        { needs: { memoryMb: 32 } },
        { allocation: { cores: 0, memoryMb: 64, gpus: [], ports: [] } },
      ),
    ],
  ] as const) {
    it(`is ended when it uses more memory than ${what}`, async () => {
      const outcome = await run(given).outcome
      assert.ok(outcome.state === 'failed')
      assert.match(outcome.reason, /more memory than its limit of 64 MiB/)
      assert.equal(outcome.ending?.type, 'memory-limit')
      assert.ok((outcome.ending?.peakMemoryMb ?? 0) >= 60)
    })
  }

  it('is ended with its whole tree when it is to stop, also when it does not listen', async () => {
    const { outcome, line, abort } = run(
      script(`trap '' TERM; (setsid sh -c "echo \\$\\$; sleep 1000" & wait) & sleep 1000`),
    )
    const pid = await line(/\d/)
    abort('Stopped by ann')
    assert.deepEqual(
      { ...(await outcome), ending: undefined },
      {
        state: 'failed',
        reason: 'It was cancelled.',
        ending: undefined,
      },
    )
    assert.equal(alive(pid), false)
  })

  it('is held back while the server does not keep up with its output', async () => {
    const free = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const { outcome, reports } = run(script('seq 200000'), () => {
      asked.resolve()
      return free.promise
    })
    await asked.promise
    assert.equal(reports.length, 64)
    free.resolve()
    assert.equal((await outcome).state, 'succeeded')
    assert.equal(logOf(reports).length, 200_000)
  })

  it('logs no more than its bound and its end, says so, and goes on', async () => {
    executor = local({ logBytes: 1000 })
    const { outcome, reports } = run(script('seq 100000; echo late >&2; touch done'))
    assert.equal((await outcome).state, 'succeeded')
    const lines = logOf(reports).map(([, text]) => text)
    const mark = lines.findIndex((line) => /^\[\d+ lines are left out\]$/.test(line))
    const size = (some: string[]) => some.reduce((sum, text) => sum + text.length + 1, 0)
    const begun = size(lines.slice(0, mark))
    assert.ok(begun > 990 && begun <= 1000, String(begun))
    const rest = lines.slice(mark + 1)
    assert.ok(size(rest) > 65_000 && size(rest) <= 65_536, String(size(rest)))
    const left = Number(/\d+/.exec(lines[mark])?.[0])
    assert.equal(mark + left + rest.length, 100_001)
    assert.ok(rest.includes('late') && rest.includes('100000'))
    const notes = reports.filter((report) => report.type === 'event')
    assert.deepEqual(
      notes.map(({ message }) => message),
      [
        'Its output beyond 1000 bytes is not shown here, but for its newest lines; the log as a file has no more',
      ],
    )
    assert.equal(existsSync(join(folder, 'jobs/j1/%57ork/1/done')), true)
  })

  it('tells its newest lines while it runs and logs no more, in place of those before', async () => {
    executor = local({ logBytes: 1000 })
    const go = join(folder, 'go')
    const { outcome, reports, fact } = run(
      script(`seq 5000; until [ -e ${go} ]; do sleep 0.05; done; echo over >&2`),
    )
    const newest = await fact((value) => JSON.stringify(value).includes('"5000"'))
    const { lines, left, attemptId } = newest as LogTail
    assert.equal(attemptId, 'a1')
    const size = lines.reduce((sum, { text }) => sum + text.length + 1, 0)
    assert.ok(size > 16_000 && size < 16_400, String(size))
    assert.deepEqual(lines.at(-1), { level: 'info', text: '5000' })
    assert.equal(logOf(reports).length + left + lines.length, 5000)
    await writeFile(go, '')
    assert.equal((await outcome).state, 'succeeded')
    const told = reports.flatMap((report) => (report.type === 'fact' ? [report.value] : []))
    assert.equal(told.at(-1), null, 'then the log has them')
    assert.equal(logOf(reports).at(-1)?.[1], 'over')
  })

  it('finds the storages that it names below its working directory, and no others', async () => {
    const stored = await temporaryFolder()
    const storages = [{ name: 'data', path: stored, readOnly: false }]
    executor = local({ storages })
    const wanted = { storages: [{ name: 'data', mountPath: '/mnt/data' }] }
    const { outcome } = run(
      script('echo kept > mnt/data/new; cd /; cat "$OLDPWD"/mnt/data/new', wanted),
    )
    assert.equal((await outcome).state, 'succeeded')
    assert.equal(await readFile(join(stored, 'new'), 'utf8'), 'kept\n')
    const other = script('true', { storages: [{ name: 'other', mountPath: '/mnt/x' }] })
    await assert.rejects(run(other).outcome, /has no storage "other".*WEFT_STORAGES/)
    const out = script('true', { storages: [{ name: 'data', mountPath: '/../x' }] })
    await assert.rejects(run(out).outcome, /is no path of a storage/)
  })

  it('is refused where its engine or its way is not offered', async () => {
    const reason = async (refused: LeasedTask): Promise<string> => {
      const outcome = await run(refused).outcome
      assert.ok(outcome.state === 'failed' && outcome.ending === undefined)
      return outcome.reason
    }
    assert.match(await reason(script('true', { engine: 'slurm' })), /only local, not "slurm"/)
    executor = local({ mode: 'sandbox' })
    assert.match(await reason(script('true', { sandbox: false })), /WEFT_PROCESSES=host/)
    executor = local({ engines: new Map() })
    assert.match(await reason(script('true')), /has no engine, not "local"/)
  })
})

const trouble = await sandboxTrouble()

describe('a process in a sandbox', { skip: trouble ?? linux.skip }, () => {
  it('sees its working directory, and nothing else of what the runner keeps', async () => {
    executor = local({ mode: 'sandbox' })
    const { outcome, reports } = run(
      script(`cat in.txt; ls ${'$PWD'}/../../..; echo x > out.txt; ls /sys/class/net`, {
        files: { 'in.txt': 'mine\n' },
      }),
    )
    assert.equal((await outcome).state, 'succeeded', JSON.stringify(reports))
    assert.deepEqual(logOf(reports).slice(0, 2), [
      ['info', 'mine'],
      ['info', 'j1'],
    ])
    assert.equal(await readFile(join(folder, 'jobs/j1/%57ork/1/out.txt'), 'utf8'), 'x\n')
  })

  it('writes to the storages that it names, and only reads those that are to be read', async () => {
    const [open, closed] = [await temporaryFolder(), await temporaryFolder()]
    await writeFile(join(closed, 'old'), 'old\n')
    const storages = [
      { name: 'open', path: open, readOnly: false },
      { name: 'closed', path: closed, readOnly: true },
    ]
    executor = local({ mode: 'sandbox', storages })
    const spec = storages.map(({ name }) => ({ name, mountPath: `/mnt/${name}` }))
    const text = 'cat mnt/closed/old > mnt/open/new; echo x > mnt/closed/new || echo refused'
    const { outcome, reports } = run(script(text, { storages: spec }))
    assert.equal((await outcome).state, 'succeeded', JSON.stringify(reports))
    assert.equal(await readFile(join(open, 'new'), 'utf8'), 'old\n')
    assert.equal(existsSync(join(closed, 'new')), false)
    assert.ok(logOf(reports).some(([, line]) => line === 'refused'))
  })

  it('finds its storages at the very paths that it names, wherever these are', async () => {
    const [open, closed] = [await temporaryFolder(), await temporaryFolder()]
    await writeFile(join(closed, 'old'), 'old\n')
    const storages = [
      { name: 'open', path: open, readOnly: false },
      { name: 'closed', path: closed, readOnly: true },
    ]
    executor = local({ mode: 'sandbox', storages })
    const text = `cat /weft-models/deep/old > /usr/share/weft-data/new
      echo x > /weft-models/deep/new || echo refused
      echo x > /usr/share/weft-other || echo refused
      echo x > /weft-other || echo refused
      [ -d /usr/share/dict -o -d /usr/share/doc ] && [ -x /usr/bin/env ] && echo there
      ls $PWD/../../..`
    const { outcome, reports } = run(
      script(text, {
        storages: [
          { name: 'open', mountPath: '/usr/share/weft-data' },
          { name: 'closed', mountPath: '/weft-models/deep/' },
        ],
      }),
    )
    assert.equal((await outcome).state, 'succeeded', JSON.stringify(reports))
    assert.equal(await readFile(join(open, 'new'), 'utf8'), 'old\n')
    assert.equal(existsSync(join(closed, 'new')), false)
    const lines = logOf(reports).flatMap(([level, line]) => (level === 'info' ? [line] : []))
    assert.deepEqual(lines, ['refused', 'refused', 'refused', 'there', 'j1'])
    const taken = script('true', { storages: [{ name: 'open', mountPath: '/proc/1' }] })
    await assert.rejects(run(taken).outcome, /system's own: choose a path below \/mnt/)
  })
})

/** A cluster in memory: what it has been asked, and processes that end when the test says so. */
function fakeCluster() {
  const starts: ProcessSpec[] = []
  const handles: { detached: boolean; end(ending: Ending): void }[] = []
  const discarded: string[] = []
  const cluster = {
    starts,
    handles,
    discarded,
    /** Answers of `discard`, one after the other; true when there are none left. */
    discards: [] as (boolean | Error)[],
    hold: undefined as Promise<void> | undefined,
  }
  const engine: Engine = {
    name: 'slurm',
    arrays: true,
    async start(spec) {
      starts.push(spec)
      await cluster.hold
      const over = Promise.withResolvers<Ending>()
      over.promise.catch(() => undefined)
      const entry = { detached: false, end: over.resolve }
      handles.push(entry)
      const handle: ProcessHandle = {
        id: `slurm:1@${spec.key}`,
        wait: () => over.promise,
        cancel: () => assert.fail('a process that outlives the runner is not cancelled by it'),
        detach() {
          entry.detached = true
          over.reject(new Error('no longer followed'))
        },
        state: () => 'waiting',
        detail: () => 'PENDING: Resources',
      }
      return handle
    },
    async discard(key) {
      discarded.push(key)
      const answer = cluster.discards.shift() ?? true
      if (answer instanceof Error) throw answer
      return answer
    },
    probe: () => Promise.resolve({ available: true, detail: '' }),
  }
  return { cluster, engine }
}

/** Handles in memory. */
function fakeHandles(held = true) {
  const left: string[] = []
  const kept: string[] = []
  let emptied = (): void => undefined
  const store: HandleStore = {
    async hold(_runner, _attempt, handle) {
      kept.push(handle)
      return held
    },
    leftovers: () => Promise.resolve([...left]),
    async clear(_runner, cleared) {
      for (const handle of cleared) left.splice(left.indexOf(handle), 1)
      emptied()
    },
  }
  return {
    store,
    left,
    kept,
    cleared: () =>
      new Promise<void>((resolve) => {
        emptied = () => left.length === 0 && resolve()
        emptied()
      }),
  }
}

describe('a process that outlives its runner', () => {
  const done: Ending = { exitCode: 0, signal: null, reason: 'exited', message: '' }
  /** Time that passes as soon as it is waited for, but not for ever in one go. */
  const clock = {
    now: () => Date.now(),
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1)
        signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
        if (signal?.aborted) resolve()
      }),
  }
  const open = (cluster: Engine, handles: HandleStore) =>
    local({ engines: new Map([['slurm', { engine: cluster, folder }]]), handles, clock })
  const slurm = (options: Partial<LeasedTask> = {}) =>
    task({ engine: 'slurm', needs: { cores: 2, memoryMb: 9, gpus: 1 }, files: { f: '1' } }, options)

  it('has a handle with the store before it is started, and asks the cluster for all it needs', async () => {
    const { cluster, engine } = fakeCluster()
    const handles = fakeHandles()
    executor = open(engine, {
      ...handles.store,
      async hold(...args) {
        assert.equal(cluster.starts.length, 0)
        return handles.store.hold(...args)
      },
    })
    const { outcome, reports } = run(slurm())
    await until('a report', () => cluster.handles.length === 1 && reports.length > 0)
    cluster.handles[0].end(done)
    assert.equal((await outcome).state, 'succeeded')
    assert.deepEqual(handles.kept, ['slurm:a1'])
    const [{ key, resources, cwd, sandbox }] = cluster.starts
    assert.deepEqual([key, resources], ['a1', { cpus: 2, memoryMb: 9, gpus: 1 }])
    assert.equal(sandbox, undefined)
    assert.equal(await readFile(join(cwd, 'f'), 'utf8'), '1')
    assert.deepEqual(reports[0], { type: 'progress', fraction: 0, note: 'PENDING: Resources' })
  })

  it('is not started when the lease is gone', async () => {
    const { cluster, engine } = fakeCluster()
    executor = open(engine, fakeHandles(false).store)
    assert.equal((await run(slurm()).outcome).state, 'failed')
    assert.equal(cluster.starts.length, 0)
  })

  it('goes on when its runner stops, and the next attempt takes it up by its handle', async () => {
    const { cluster, engine } = fakeCluster()
    const handles = fakeHandles()
    executor = open(engine, handles.store)
    const first = run(slurm())
    await until('the handle', () => cluster.handles.length === 1)
    first.abort('The runner shuts down')
    assert.deepEqual(await first.outcome, { state: 'failed', reason: 'The runner shuts down' })
    assert.equal(cluster.handles[0].detached, true)
    const second = run(slurm({ attemptId: 'a2', attempt: 2, handle: 'slurm:a1' }))
    await until('the second handle', () => cluster.handles.length === 2)
    cluster.handles[1].end(done)
    assert.equal((await second.outcome).state, 'succeeded')
    assert.deepEqual(
      cluster.starts.map(({ key }) => key),
      ['a1', 'a1'],
    )
    assert.equal(cluster.starts[0].cwd, cluster.starts[1].cwd)
    assert.deepEqual(handles.kept, ['slurm:a1'], 'held once')
  })

  it('is let go when it is started only after its runner was told to stop', async () => {
    const { cluster, engine } = fakeCluster()
    const submitted = Promise.withResolvers<void>()
    cluster.hold = submitted.promise
    const handles = fakeHandles()
    executor = open(engine, handles.store)
    const { outcome, abort } = run(slurm())
    await until('the start', () => cluster.starts.length === 1)
    handles.left.push('slurm:a1')
    abort('Stopped')
    await outcome
    await executor.finish(slurm(), await outcome, false)
    assert.deepEqual(cluster.discarded, [], 'not while its start may still come to something')
    submitted.resolve()
    await handles.cleared()
    assert.equal(cluster.handles[0].detached, true)
    assert.deepEqual(cluster.discarded, ['a1'])
  })

  it('is ended when it is left over, asked again until nothing of it is left', async () => {
    const { cluster, engine } = fakeCluster()
    cluster.discards.push(false, new Error('no controller'), false)
    const handles = fakeHandles()
    handles.left.push('slurm:old', 'other:kept')
    executor = open(engine, handles.store)
    await until('the end of what is left', () => handles.left.length === 1)
    assert.deepEqual(handles.left, ['other:kept'], 'of another engine')
    assert.deepEqual(cluster.discarded, ['old', 'old', 'old', 'old'])
  })
})

function alive(pid: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
