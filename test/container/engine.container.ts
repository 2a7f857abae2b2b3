/**
 * The container engine with a real podman and a real docker.
 * @module
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { createContainerEngine } from '../../src/engine/container.ts'
import type { ContainerRequest, ProcessSpec } from '../../src/engine/engine.ts'
import { openJournal } from '../../src/engine/journal.ts'
import { until } from '../process/cluster.ts'
import type { Machine } from './machine.ts'
import { IMAGE, tellOfEach } from './open-machine.ts'
import { LOGIN, openRegistry } from './registry.ts'

const registry = await openRegistry()
const skip = typeof registry === 'string' && registry
after(async () => {
  if (typeof registry !== 'string') await registry.close()
})
await tellOfEach('programs in images', tellOf)

function tellOf(program: string, machine: Machine): void {
  const { folder, host, command } = machine
  const dataDir = join(folder, 'data')
  const journal = openJournal(join(dataDir, 'processes'))
  const engine = createContainerEngine({ host, folder: dataDir, journal })

  interface Wishes extends Partial<ProcessSpec> {
    readonly image?: Partial<ContainerRequest>
  }
  const specOf = (script: string, { image, ...spec }: Wishes = {}): ProcessSpec => ({
    name: 'job_task:0',
    command: { script: `#!/bin/bash\n${script}` },
    cwd: join(folder, 'work'),
    container: { image: IMAGE, shmMb: 0, network: false, mounts: [], ...image },
    ...spec,
  })
  const run = async (script: string, wishes?: Wishes) => {
    const out: string[] = []
    const err: string[] = []
    const output = {
      stdout: (line: string) => void out.push(line),
      stderr: (line: string) => void err.push(line),
    }
    const handle = await engine.start({ ...specOf(script, wishes), output })
    return { ending: await handle.wait(), out, err }
  }
  /** Starts it and waits for a line, which it answers without its end. */
  const started = async (script: string, wishes?: Wishes) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const handle = await engine.start({ ...specOf(script, wishes), output: { stdout: resolve } })
    handle.wait().then(({ message }) => reject(new Error(message)), reject)
    return { handle, line: await promise }
  }

  describe(`programs in images of ${program}`, { timeout: 120_000 }, () => {
    after(() => machine.close())

    it('a script runs in its image, with both streams and its exit code, and nothing stays', async () => {
      const { ending, out, err } = await run('cat /only-in-image; echo no >&2; exit 3')
      assert.deepEqual(out, ['from the image'])
      assert.deepEqual(err, ['no'])
      assert.deepEqual([ending.reason, ending.exitCode, ending.signal], ['exited', 3, null])
      assert.equal(command('ps', '--all', '--quiet'), '')
      assert.deepEqual(await readdir(join(dataDir, 'processes')), [])
      assert.deepEqual(await readdir(dataDir), ['processes'])
    })

    it('the working directory is that of the task, and the environment what it was given', async () => {
      const cwd = join(folder, 'own-work')
      const value = 'a "b" #c \\n $HOME'
      const { out } = await run('pwd; echo "$WORD"; echo kept > file; echo "${WEFT_PROCESS_ID-}"', {
        cwd,
        env: { set: { WORD: value } },
      })
      assert.deepEqual(out, ['/weft/work', value, ''])
      assert.equal(await readFile(join(cwd, 'file'), 'utf8'), 'kept\n')
    })

    it('storages are at their absolute paths, and read-only ones stay as they are', async () => {
      const [rw, ro] = [join(folder, 'rw'), join(folder, 'ro')]
      for (const path of [rw, ro]) await mkdir(path)
      await writeFile(join(ro, 'given'), 'rows\n')
      const mounts = [
        { source: rw, target: '/mnt/out', readOnly: false },
        { source: ro, target: '/data/in', readOnly: true },
      ]
      const { ending, out } = await run(
        'cat /data/in/given; touch /mnt/out/made; touch /data/in/given || echo kept',
        { image: { mounts } },
      )
      assert.equal(ending.exitCode, 0)
      assert.deepEqual(out, ['rows', 'kept'])
      assert.deepEqual(await readdir(rw), ['made'])
    })

    it('it has few privileges, none of the host, and no network unless it asks', async () => {
      const { out } = await run(
        `grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status
         grep -c : /proc/net/dev; ls ${folder} 2>/dev/null || [ -e ${folder} ] || echo hidden`,
      )
      // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID are the bits 0, 1, 3, 4, 5, 6, 7.
      assert.deepEqual(
        out.slice(0, 3).map((line) => line.split('\t')[1]),
        ['00000000000000fb', '00000000000000fb', '1'],
      )
      assert.deepEqual(out.slice(3), ['1', 'hidden'])
      const shared = await run('cat /proc/net/dev', { image: { network: true } })
      const own = await readFile('/proc/net/dev', 'utf8')
      const names = (text: string) => [...text.matchAll(/^\s*(\S+):/gm)].map(([, name]) => name)
      assert.deepEqual(names(shared.out.join('\n')), names(own))
    })

    it('shared memory is as large as it asks', async () => {
      const { out } = await run('df -k /dev/shm', { image: { shmMb: 37 } })
      assert.match(out.join(' '), /\b37888\b/)
    })

    it(
      'cores and memory are limited, and the end names the limit',
      { skip: !host.limits },
      async () => {
        const { ending } = await run('dd if=/dev/zero of=/dev/null bs=300M count=1', {
          resources: { memoryMb: 64, cpus: 1 },
        })
        assert.equal(ending.exitCode, 137)
        assert.equal(ending.reason, 'memory-limit', ending.message)
        assert.match(ending.message, /used more memory than its 64 MiB/)
        const cores = await run(
          'cat /sys/fs/cgroup/cpu.max 2>/dev/null || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us',
          {
            resources: { cpus: 0.5 },
          },
        )
        assert.match(cores.out.join(), /^50000\b/)
      },
    )

    it('what is stopped may tidy up, also where its shell takes no notice', async () => {
      const cwd = join(folder, 'tidy')
      const { handle } = await started(
        'bash -c \'trap "echo bye > last; exit 0" TERM; echo ready; while :; do sleep 0.1; done\'; :',
        { cwd },
      )
      await handle.cancel(30_000)
      assert.equal((await handle.wait()).reason, 'cancelled')
      assert.equal(await readFile(join(cwd, 'last'), 'utf8'), 'bye\n')
      assert.equal(command('ps', '--all', '--quiet'), '')
    })

    it('what does not listen is killed after its grace, and at its time limit', async () => {
      const deaf = "trap '' TERM; echo ready; while :; do sleep 1; done"
      const { handle } = await started(deaf)
      await handle.cancel(300)
      assert.equal((await handle.wait()).reason, 'cancelled')
      const { ending } = await run('sleep 600', { resources: { timeMs: 1500 } })
      assert.equal(ending.reason, 'time-limit')
      assert.equal(command('ps', '--all', '--quiet'), '')
    })

    it('an image without the program, and one that is nowhere, say so', async () => {
      const absent = await run('', { command: { argv: ['/bin/nope'] } })
      assert.deepEqual([absent.ending.reason, absent.ending.exitCode], ['exited', 127])
      assert.match(absent.ending.message, /\/bin\/nope/)
      const image = '127.0.0.1:9/no/image:1'
      const nowhere = await run('', { image: { image } })
      assert.equal(nowhere.ending.reason, 'failed-to-start')
      assert.match(
        nowhere.ending.message,
        /^Image 127\.0\.0\.1:9\/no\/image:1 could not be fetched: /,
      )
      assert.match(
        nowhere.out.join('\n'),
        /127\.0\.0\.1:9/,
        'what it says while it fetches is in the log',
      )
    })

    it('a registry that asks hears the login, which nothing else shows', async () => {
      const heard = new Set<string>()
      const registry = createServer((request, response) => {
        if (request.headers.authorization) heard.add(request.headers.authorization)
        response.writeHead(request.headers.authorization ? 404 : 401, {
          'www-authenticate': 'Basic realm="test"',
        })
        response.end()
      })
      registry.listen(0, '127.0.0.1')
      await once(registry, 'listening')
      try {
        const { port } = registry.address() as AddressInfo
        const at = `127.0.0.1:${port}`
        const login = { registry: at, username: 'me', password: 'never-shown' }
        const { ending, out, err } = await run('', { image: { image: `${at}/a/b:1`, login } })
        assert.equal(ending.reason, 'failed-to-start')
        assert.deepEqual([...heard], [`Basic ${btoa('me:never-shown')}`])
        assert.doesNotMatch([ending.message, ...out, ...err].join(), /never-shown|bWU6/)
        assert.deepEqual((await readdir(dataDir)).toSorted(), ['processes'])
      } finally {
        registry.close()
      }
    })

    it(
      'an image comes from a registry that asks for a password, and only with it',
      { skip },
      async () => {
        assert.ok(typeof registry !== 'string')
        const image = await registry.push(machine, IMAGE, `${program}/engine:1`)
        const login = { registry: registry.at, ...LOGIN }
        const stranger = await run('', { image: { image } })
        assert.equal(stranger.ending.reason, 'failed-to-start')
        assert.match(
          stranger.ending.message,
          /could not be fetched: .*(unauthorized|no basic auth)/i,
        )
        const wrong = { ...login, password: 'not-it-at-all' }
        const refused = await run('', { image: { image, login: wrong } })
        assert.match(
          refused.ending.message,
          /could not be fetched: .*(unauthorized|authentication)/i,
        )
        const { ending, out } = await run('cat /only-in-image', { image: { image, login } })
        assert.deepEqual([ending.reason, ending.exitCode], ['exited', 0], ending.message)
        assert.equal(out.at(-1), 'from the image')
        assert.doesNotMatch(out.join('\n'), new RegExp(`${LOGIN.password}|${btoa(LOGIN.password)}`))
        // What was fetched is there, and its login is nowhere.
        const again = await run('echo again', { image: { image } })
        assert.deepEqual(again.out, ['again'])
        assert.deepEqual((await readdir(dataDir)).toSorted(), ['processes'])
        command('rmi', image)
      },
    )

    it('the next runner removes what one that was killed has left, and not what lives', async () => {
      const living = await started('echo ready; sleep 600')
      const child = spawn(
        process.execPath,
        [
          '--import',
          'tsx',
          fileURLToPath(new URL('left.ts', import.meta.url)),
          dataDir,
          folder,
          program,
        ],
        { env: machine.env, stdio: ['ignore', 'pipe', 'inherit'] },
      )
      await once(child.stdout, 'data')
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      // Docker may still call one that has begun to print a created one.
      assert.equal(command('ps', '--all', '--quiet').split('\n').length, 2)
      await openJournal(join(dataDir, 'processes')).sweep()
      assert.equal(await engine.sweep(), 1)
      assert.equal(command('ps', '--all', '--quiet').split('\n').length, 1)
      assert.equal(living.handle.state(), 'running')
      await living.handle.cancel(0)
      await until('nothing is left', async () => command('ps', '--all', '--quiet') === '')
    })
  })
}
