import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import type { ProcessSpec } from '../../src/engine/engine.ts'
import { createLocalEngine, type LocalOptions } from '../../src/engine/local.ts'
import { sandboxTrouble } from '../../src/engine/sandbox.ts'
import { temporaryFolder } from '../helpers/folder.ts'

let folder = ''
before(async () => {
  folder = await temporaryFolder()
})
const engine = createLocalEngine()

/** Runs a script to its end and keeps its lines. */
async function run(
  script: string,
  spec: Partial<ProcessSpec> = {},
  options?: LocalOptions,
): Promise<{
  ending: Awaited<ReturnType<Awaited<ReturnType<typeof start>>['wait']>>
  out: string[]
  err: string[]
}> {
  const out: string[] = []
  const err: string[] = []
  const handle = await start(script, { output: sinks(out, err), ...spec }, options)
  return { ending: await handle.wait(), out, err }
}

function start(script: string, spec: Partial<ProcessSpec> = {}, options?: LocalOptions) {
  const chosen = options === undefined ? engine : createLocalEngine(options)
  return chosen.start({ name: 'test', command: { script }, cwd: join(folder, 'work'), ...spec })
}

function sinks(out: string[], err: string[] = []): NonNullable<ProcessSpec['output']> {
  return { stdout: (line) => void out.push(line), stderr: (line) => void err.push(line) }
}

/** A spec part whose promise resolves with the first line that matches. */
function firstLine(pattern: RegExp) {
  const { promise, resolve } = Promise.withResolvers<string[]>()
  const output = {
    stdout(line: string) {
      const match = pattern.exec(line)
      if (match) resolve([...match])
    },
  }
  return { output, promise }
}

function freshCwd(): Promise<string> {
  return mkdtemp(join(folder, 'fresh-'))
}

function alive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('a process of this host', () => {
  it('tells exit code and both streams, in a working directory made for it', async () => {
    const cwd = join(folder, 'deep', 'er')
    const { ending, out, err } = await run('pwd; echo no >&2; exit 3', { cwd })
    assert.deepEqual(out, [cwd])
    assert.deepEqual(err, ['no'])
    assert.equal(ending.exitCode, 3)
    assert.equal(ending.signal, null)
    assert.equal(ending.reason, 'exited')
  })

  it('tells the signal that ended it', async () => {
    const { ending } = await run('kill -SEGV $$')
    assert.deepEqual([ending.exitCode, ending.signal, ending.reason], [null, 'SIGSEGV', 'signaled'])
  })

  it('takes arguments as they are, without a shell reading them', async () => {
    const words = ['a b', '$(touch pwned)', '`id`', "'", '"; rm x', '', '*', 'new\nline']
    const { ending, out } = await run('', {
      command: { argv: ['printf', '<%s>\\n', ...words] },
    })
    assert.equal(ending.exitCode, 0)
    assert.equal(out.join('\n'), words.map((word) => `<${word}>`).join('\n'))
    assert.equal(existsSync(join(folder, 'work', 'pwned')), false)
  })

  it('ends with 127 when there is no such program, as in a shell', async () => {
    const { ending, err } = await run('', { command: { argv: ['/no/such/program'] } })
    assert.equal(ending.exitCode, 127)
    assert.match(err.join('\n'), /no\/such\/program/)
  })

  it('honours the first line of a script and removes the script afterwards', async () => {
    const { out } = await run(
      '#!/usr/bin/env -S awk -f\nBEGIN { print "awk" ; print ENVIRON["PWD"] }',
    )
    assert.equal(out[0], 'awk')
    const tempDir = await mkdtemp(join(folder, 'temp-'))
    const { out: where } = await run('echo "$0"', {}, { tempDir })
    assert.ok(where[0].startsWith(tempDir))
    assert.equal(existsSync(where[0]), false)
  })

  it('refuses what it could not keep', async () => {
    await assert.rejects(start('', { command: { argv: [] } }), /name a program/)
    await assert.rejects(start('true', { arraySize: 2 }), /no arrays/)
    await assert.rejects(start('true', { resources: { gpus: 1 } }), /name the devices/)
    await assert.rejects(start('true', { env: { set: { 'A B': '1' } } }), /environment variable/)
  })
})

describe('the memory of a process', () => {
  it('is told at its end, as the most that its whole tree had', async () => {
    const { ending } = await run(`perl -e 'my $x = "x" x (60 << 20); sleep 1'`, {}, { watchMs: 20 })
    const { peakMemoryMb = 0 } = ending
    assert.ok(peakMemoryMb >= 60 && peakMemoryMb < 200, String(peakMemoryMb))
  })
})

describe('the environment of a process', () => {
  const env = {
    PATH: process.env['PATH'],
    WEFT_SERVER_TOKEN: 'secret-token',
    LANG: 'C',
    EXTRA: 'e',
  }

  it('holds nothing of the runner but what is allowed', async () => {
    const { out } = await run('env', { env: { set: { OWN: 'x y' } } }, { env })
    assert.equal(
      out.some((line) => line.includes('secret-token')),
      false,
    )
    assert.equal(
      out.some((line) => line.startsWith('EXTRA=')),
      false,
    )
    assert.ok(out.includes('OWN=x y'))
    assert.ok(out.includes('LANG=C'))
    assert.ok(out.includes(`HOME=${join(folder, 'work')}`))
  })

  it('takes the names that are allowed, and no file that the runner has open', async () => {
    const file = await open(join(folder, 'key'), 'w')
    const { out } = await run(
      'echo "$EXTRA"; ls -l /proc/$$/fd',
      { env: { inherit: ['PATH', 'EXTRA'] } },
      { env },
    )
    await file.close()
    assert.equal(out[0], 'e')
    assert.ok(out.length > 3)
    assert.equal(
      out.some((line) => line.endsWith('/key')),
      false,
    )
  })

  it('shows the GPUs that were given and hides all others', async () => {
    const show = 'echo "[$CUDA_VISIBLE_DEVICES]"'
    assert.deepEqual((await run(show)).out, ['[]'])
    assert.deepEqual((await run(show, { resources: { gpus: ['1', '3'] } })).out, ['[1,3]'])
  })
})

describe('the output of a process', () => {
  it('is cut where a line is too long, and keeps a last line without an end', async () => {
    const out: string[] = []
    const { ending } = await run('printf "%s\\nshort\\r\\nlast" "$(printf "é%.0s" 1 2 3 4 5 6)"', {
      output: { ...sinks(out), maxLineBytes: 7 },
    })
    assert.equal(ending.exitCode, 0)
    assert.deepEqual(out, ['ééé … [line cut]', 'short', 'last'])
  })

  it('is dropped beyond its limit, while the process goes on', async () => {
    const out: string[] = []
    const { ending } = await run('yes 123456789 | head -n 200000; exit 4', {
      output: { ...sinks(out), maxBytes: 1000 },
    })
    assert.equal(ending.exitCode, 4)
    assert.equal(out.length, 101)
    assert.match(out[100], /beyond 1000 bytes is dropped/)
  })

  it('holds the process back while the sink is busy', async () => {
    const gate = Promise.withResolvers<void>()
    const first = Promise.withResolvers<void>()
    const marker = join(folder, 'written')
    let lines = 0
    const handle = await start(`yes 0123456789 | head -n 200000; touch ${marker}`, {
      output: {
        stdout() {
          lines += 1
          first.resolve()
          return lines === 1 ? gate.promise : undefined
        },
      },
    })
    await first.promise
    const ended = handle.wait()
    assert.equal(await Promise.race([ended, after100()]), 'still running')
    assert.equal(existsSync(marker), false)
    gate.resolve()
    assert.equal((await ended).exitCode, 0)
    assert.equal(lines, 200_000)
  })

  it('ends the process when its sink fails, and says so to who waits', async () => {
    const handle = await start('while :; do echo x; done', {
      output: {
        stdout() {
          throw new Error('disk full')
        },
      },
    })
    await assert.rejects(handle.wait(), /disk full/)
    assert.equal(handle.state(), 'ended')
  })
})

for (const controlGroups of [true, false]) {
  describe(`the tree of a process, ${controlGroups ? 'in a control group where there is one' : 'tracked in /proc'}`, () => {
    const options = { controlGroups, watchMs: 20 }
    const doubleFork = `
      perl -MPOSIX -e 'exit if fork; POSIX::setsid(); exit if fork; $SIG{TERM} = "IGNORE";
        $| = 1; print "stray $$\\n"; open(F, ">stray"); sleep 1000' &
      wait; until [ -e stray ]; do sleep 0.01; done; sleep 1000`

    it('is gone after a cancel, with a grandchild that left group and session', async () => {
      const { output, promise } = firstLine(/stray (\d+)/)
      const handle = await start(doubleFork, { output, cwd: await freshCwd() }, options)
      const stray = Number((await promise)[1])
      assert.ok(alive(stray))
      assert.equal(handle.state(), 'running')
      await handle.cancel(50)
      assert.equal((await handle.wait()).reason, 'cancelled')
      assert.equal(alive(stray), false)
      await handle.cancel()
    })

    it('is gone when the process itself has ended', async () => {
      const { output, promise } = firstLine(/stray (\d+)/)
      const handle = await start(
        doubleFork.replace(/sleep 1000$/, ''),
        { output, cwd: await freshCwd() },
        options,
      )
      const stray = Number((await promise)[1])
      assert.equal((await handle.wait()).exitCode, 0)
      assert.equal(alive(stray), false)
    })

    it('is waited for no longer than it lives, though a stranger holds its output', async () => {
      const { output, promise } = firstLine(/hidden (\d+)/)
      const handle = await start(
        `env -i perl -MPOSIX -e 'POSIX::setsid(); exit if fork; $| = 1; print "hidden $$\\n";
          open(F, ">hidden"); sleep 1000'; until [ -e hidden ]; do sleep 0.01; done`,
        { output, cwd: await freshCwd() },
        options,
      )
      const hidden = Number((await promise)[1])
      assert.equal((await handle.wait()).exitCode, 0)
      if (alive(hidden)) process.kill(hidden, 'SIGKILL')
    })

    it('may end itself within the grace', async () => {
      const { output, promise } = firstLine(/ready/)
      const handle = await start(
        'trap "exit 9" TERM; echo ready; while :; do sleep 0.01; done',
        { output },
        options,
      )
      await promise
      await handle.cancel(10_000)
      const ending = await handle.wait()
      assert.deepEqual([ending.reason, ending.exitCode], ['cancelled', 9])
    })

    it('is ended at its time limit', async () => {
      const { ending } = await run('sleep 1000', { resources: { timeMs: 50 } }, options)
      assert.equal(ending.reason, 'time-limit')
      assert.match(ending.message, /50 ms/)
    })

    it('is ended at its memory limit, all processes together', async () => {
      const hog = `perl -e 'my $x = "x" x (40 << 20); sleep 1000' &`
      const { ending } = await run(
        `${hog}\n${hog}\n wait`,
        { resources: { memoryMb: 64 } },
        options,
      )
      assert.equal(ending.reason, 'memory-limit')
      assert.match(ending.message, /64 MiB/)
    })
  })
}

const trouble = await sandboxTrouble()

describe('a sandboxed process', { skip: trouble ?? false }, () => {
  const sandbox = { network: false }

  it('writes in its working directory and nowhere else', async () => {
    const { out } = await run(
      `echo 1 > inside && cat inside; echo 2 > ${folder}/outside; echo 3 > /usr/x || echo refused`,
      { sandbox },
    )
    assert.deepEqual(out, ['1', 'refused'])
    assert.equal(existsSync(join(folder, 'outside')), false)
  })

  it('has processes, a /tmp and no network of its own', async () => {
    await writeFile(join(folder, 'here'), '')
    const { out } = await run(
      'ls /proc | grep -c "^[0-9][0-9]*$"; ls -A /tmp | grep -vc "^weft-"; cat /proc/net/dev | tail -n +3 | grep -vc " lo:"',
      { sandbox, cwd: join(folder, 'work') },
    )
    assert.ok(Number(out[0]) < 10, out[0])
    assert.deepEqual(out.slice(1), ['0', '0'])
  })

  it('does not see what is hidden from it', async () => {
    const keys = await mkdtemp(join(folder, 'keys-'))
    await writeFile(join(keys, 'secret'), 'k')
    const { ending } = await run(`cat ${keys}/secret`, { sandbox: { ...sandbox, hidden: [keys] } })
    assert.equal(ending.exitCode, 1)
  })

  it('has its own variables inside only: neither PATH nor what is preloaded leads out of the room', async () => {
    const evil = await mkdtemp(join(folder, 'evil-'))
    const escaped = join(evil, 'escaped')
    await writeFile(join(evil, 'bwrap'), `#!/bin/sh\ntouch ${escaped}\n`, { mode: 0o755 })
    const set = { PATH: `${evil}:/usr/bin:/bin`, LD_PRELOAD: `${evil}/none.so`, SECRET: 'key-7' }
    const { out, err } = await run('echo "$PATH $SECRET"; cat /proc/1/environ', {
      sandbox,
      env: { set },
    })
    assert.equal(existsSync(escaped), false)
    assert.deepEqual(out[0], `${set.PATH} key-7`)
    // The loader speaks of what it cannot preload: of programs inside, and of no one outside.
    assert.ok(err.length > 0 && err.every((line) => line.includes('none.so')))
    assert.equal(out[1]?.includes('LD_PRELOAD'), false)
  })

  it('shows its variables to nobody in the list of processes', async () => {
    const { output, promise } = firstLine(/^up$/)
    const handle = await start('echo up; sleep 1000', {
      sandbox,
      output,
      env: { set: { SECRET: 'key-8' } },
    })
    await promise
    const [, pid] = /process (\d+)/.exec(handle.detail()) ?? []
    const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1')
    assert.match(line, /bwrap/)
    assert.equal(line.includes('key-8'), false)
    await handle.cancel(0)
  })

  it('tells its exit code, and has its grace when it is cancelled', async () => {
    assert.equal((await run('exit 5', { sandbox })).ending.exitCode, 5)
    const { output, promise } = firstLine(/ready/)
    const handle = await start('trap "exit 9" TERM; echo ready; while :; do sleep 0.01; done', {
      sandbox,
      output,
    })
    await promise
    await handle.cancel(10_000)
    const ending = await handle.wait()
    assert.deepEqual([ending.reason, ending.exitCode], ['cancelled', 9])
  })
})

function after100(): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, 100, 'still running'))
}
