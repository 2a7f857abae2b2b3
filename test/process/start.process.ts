/**
 * `npm start` as an operator meets it: ready line, health, clean end.
 * @module
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { after, describe, it } from 'node:test'

import { ROOT } from '../helpers/place.ts'
import { freePort, freshFolder, removeFolders, start, until } from './cluster.ts'

describe('npm start', () => {
  const folders: string[] = []
  const leaders: number[] = []
  after(async () => {
    for (const pid of leaders.filter(isAlive)) process.kill(-pid, 'SIGKILL')
    await removeFolders(folders)
  })

  it('says where it listens when app and runner are ready, and ends cleanly on SIGTERM', async () => {
    const folder = await freshFolder('start')
    folders.push(folder)
    const server = await start({
      entry: 'start.ts',
      env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0' },
      ready: /^weft listening on (http:\/\/127\.0\.0\.1:\d+)$/,
    })
    const url = server.match[1]
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    const ready = await fetch(`${url}/readyz`)
    assert.equal(ready.status, 200, await ready.text())
    assert.equal(await server.stop(), 0)
    assert.doesNotMatch(server.output(), /could not stop|unhandled|error/i)
  })

  it('passes one signal of a terminal on to its runner, which drains once', async () => {
    const server = await startLeader(folders, leaders)
    const runner = await runnerOf(server.pid)
    // What a terminal sends to a whole group reaches it by way of the server only.
    assert.equal(await groupOf(runner), runner)
    process.kill(-server.pid, 'SIGINT')
    assert.equal(await server.ended, 0)
    assert.equal(isAlive(runner), false)
    assert.equal(server.output().match(/The runner drains/g)?.length, 1, server.output())
  })

  it('leaves no runner behind when it is killed', async () => {
    const server = await startLeader(folders, leaders)
    const runner = await runnerOf(server.pid)
    process.kill(server.pid, 'SIGKILL')
    await until('the end of the runner', () => Promise.resolve(!isAlive(runner)))
    assert.match(server.output(), /The runner drains/)
  })

  it('a wrong variable ends the start with a sentence that names it', async () => {
    await assert.rejects(
      start({ entry: 'serve.ts', env: { WEFT_PORT: 'eleven' }, ready: /listening/ }),
      /WEFT_PORT/,
    )
    await assert.rejects(
      start({ entry: 'serve.ts', env: { WEFT_PROT: '1' }, ready: /listening/ }),
      /Unknown variable WEFT_PROT/,
    )
  })

  it('answers on the ports of the originals too, and says which one is taken', async (test) => {
    const original = [1104, 8092]
    const free = !(await Promise.all(original.map(isTaken))).includes(true)
    if (!free)
      test.diagnostic('1104 or 8092 is taken on this host: others are tried in their place')
    const ports = free ? original : [await freePort(), await freePort()]
    const folder = await freshFolder('compat')
    folders.push(folder)
    const env = {
      WEFT_DATA_DIR: folder,
      WEFT_PORT: '0',
      WEFT_COMPAT_PORTS: free ? '1' : ports.join(),
    }
    const ready = /^weft listening on (http:\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    for (const port of ports) {
      const response = await fetch(`http://127.0.0.1:${port}/api/prepare/parameter/common`, {
        method: 'POST',
      })
      const { code } = (await response.json()) as { code: number }
      assert.equal(code, 0)
    }
    await assert.rejects(
      start({ entry: 'serve.ts', env: { ...env, WEFT_COMPAT_PORTS: ports.join() }, ready }),
      new RegExp(`Port ${ports[0]} on 127.0.0.1 is taken.*WEFT_COMPAT_PORTS`),
    )
    assert.equal(await server.stop(), 0)
    assert.deepEqual(await Promise.all(ports.map(isTaken)), [false, false])
  })
})

/** `npm start` as the leader of a group of processes, as a terminal starts it. */
async function startLeader(folders: string[], leaders: number[]) {
  const folder = await freshFolder('signal')
  folders.push(folder)
  const argv = ['--import', 'tsx', join(ROOT, 'src/bin/start.ts')]
  const env = {
    PATH: process.env['PATH'] ?? '',
    WEFT_DATA_DIR: folder,
    WEFT_PORT: '0',
    WEFT_CONTAINERS: 'off',
  }
  const child = spawn(process.execPath, argv, { cwd: ROOT, env, detached: true, stdio: 'pipe' })
  const ended = new Promise<number | null>((done) => child.once('close', done))
  if (child.pid === undefined) throw new Error('npm start could not be started')
  leaders.push(child.pid)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  await until('a server', () => Promise.resolve(output.includes('weft listening on')))
  return { pid: child.pid, ended, output: () => output }
}

async function runnerOf(pid: number): Promise<number> {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = (await readFile(path, 'utf8')).trim().split(' ')
  for (const child of children) {
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).includes('runner.ts'))
      return Number(child)
  }
  throw new Error(`No runner among the processes ${children.join(', ')} of ${pid}`)
}

async function groupOf(pid: number): Promise<number> {
  const [, afterName] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')
  return Number(afterName.split(' ')[2])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function isTaken(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
