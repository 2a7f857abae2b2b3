/**
 * Logs of a real runner on another host, which has a data directory of its own and the server's gateway only: read whole,
 * by their end and as they grow, while the server is started anew and the runner is killed.
 * @module
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, readdir, readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { freshFolder, removeFolders, start, type Started, until } from './cluster.ts'
import { HEAD } from './pai-train.ts'

const skip = process.platform !== 'linux' && 'needs Linux: the peak of memory is read in /proc'
const MIB = 2 ** 20
/** Lines of a kibibyte. */
const LINES = 65_536
const WIDTH = 1023
const QUICK = LINES * (WIDTH + 1)

describe('the log of a runner on another host', { skip, timeout: 400_000 }, () => {
  const processes: Started[] = []
  let appDir: string
  let farDir: string
  let url: string
  let door: Awaited<ReturnType<typeof openDoor>>
  let app: Started
  let runner: Started

  async function startApp() {
    const started = await start({
      entry: 'serve.ts',
      env: { WEFT_DATA_DIR: appDir, WEFT_PORT: '0', WEFT_LOG_MB: '128' },
      ready: /^weft listening on (http:\/\/\S+)$/,
    })
    processes.push(started)
    return started
  }

  /** Leads everybody to that process of the server. */
  function lead(to: Awaited<ReturnType<typeof startApp>>): void {
    app = to
    door.leadTo(Number(new URL(to.match[1]).port))
  }

  async function startRunner(): Promise<void> {
    runner = await start({
      entry: 'runner.ts',
      env: {
        WEFT_DATA_DIR: farDir,
        WEFT_PROCESSES: 'host',
        WEFT_LOG_MB: '128',
        WEFT_SERVER_URL: url,
      },
      ready: /weft runner ready/,
    })
    processes.push(runner)
  }

  before(async () => {
    appDir = await freshFolder('far-log-app')
    farDir = await freshFolder('far-log-runner')
    door = await openDoor()
    url = `http://127.0.0.1:${door.port}`
    lead(await startApp())
    await startRunner()
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop('SIGKILL')
    await door.close()
    await removeFolders([appDir, farDir])
  })

  const logs = (job: string) =>
    `${url}/api/v2/jobs/${job}/attempts/0/taskRoles/w/taskIndex/0/attempts/0/logs`

  async function submit(job: string, command: string): Promise<void> {
    const headers = { 'content-type': 'text/yaml' }
    const body = `${HEAD(job)}taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands:
      - ${JSON.stringify(command)}
`
    const sent = await fetch(`${url}/api/v2/jobs`, { method: 'POST', headers, body })
    assert.equal(sent.status, 202, await sent.text())
  }

  /** What the program prints first, then what it is told. */
  const talk = (to: string) =>
    `mkfifo ${to}; seq -f %0${WIDTH}.0f ${LINES}; while read -r line; do echo "$line"; if [ "$line" = stop ]; then break; fi; done <> ${to}; echo oops >&2`

  it('is served whole while and after it is printed, and a new line at once', async () => {
    const said = join(farDir, 'said')
    const before_ = { app: await peak(app), runner: await peak(runner) }
    await submit('far', talk(said))
    await until(
      'all that is quick is there',
      async () => (await total(`${logs('far')}/stdout`)) >= QUICK,
    )
    const quick = await read(`${logs('far')}/stdout`)
    assert.deepEqual(quick, { bytes: QUICK, sha: expected(), last: LINES })

    // Whoever follows hears a line soon, and what others have heard as well.
    const followed = await fetch(`${logs('far')}/stdout?follow=true&tail-mode=true`)
    const heard = listen(followed)
    await heard.until(String(LINES))
    const spoken = Date.now()
    await appendFile(said, 'a slow line\n')
    await heard.until('a slow line\n')
    const latency = Date.now() - spoken

    const pages = `${url}/batch/jobs/weft~far`
    await until('the page of the job has it', async () =>
      (await (await fetch(pages)).text()).includes('a slow line'),
    )

    // A process of the server ends without a word, and another goes on with its disk.
    const next = await startApp()
    const whole = { app: await peak(app), runner: await peak(runner) }
    await app.stop('SIGKILL')
    await appendFile(said, 'while it was away\n')
    lead(next)
    const tail = `${logs('far')}/all?tail-mode=true`
    await until('what was printed meanwhile', async () =>
      (await (await fetch(tail)).text()).endsWith('while it was away\n'),
    )
    await appendFile(said, 'stop\n')
    const end = listen(await fetch(`${logs('far')}/all?tail-mode=true&follow=true`))
    await end.until('oops\n')
    await end.done
    await until('the end', async () => {
      const { jobStatus } = await (await fetch(`${url}/api/v2/jobs/far`)).json()
      return jobStatus.state === 'SUCCEEDED'
    })
    const slow = 'a slow line\nwhile it was away\nstop\n'
    assert.equal((await read(`${logs('far')}/stdout`)).sha, expected(slow))
    assert.equal((await read(`${logs('far')}/all`)).sha, expected(`${slow}oops\n`))
    assert.equal(await (await fetch(`${logs('far')}/stderr`)).text(), 'oops\n')
    const range = `bytes=${QUICK - WIDTH - 1}-${QUICK + 1}`
    const part = await fetch(`${logs('far')}/stdout`, { headers: { range } })
    assert.equal(await part.text(), `${String(LINES).padStart(WIDTH, '0')}\na `)
    const after_ = { app: whole.app, runner: await peak(runner) }
    console.log(
      `a line was heard after ${latency} ms; peak resident MiB, before and after:`,
      JSON.stringify([before_, after_]),
    )
    assert.ok(latency < 10_000, `${latency} ms`)
    assert.ok(after_.app - before_.app < 150, `the app grew by ${after_.app - before_.app} MiB`)
    assert.ok(
      after_.runner - before_.runner < 250,
      `the runner grew by ${after_.runner - before_.runner} MiB`,
    )
  })

  it('of one that was killed stays as far as it came, and the next one sends the rest', async () => {
    await submit('killed', talk(join(farDir, 'killed')))
    const stdout = `${logs('killed')}/stdout`
    await until('some of it', async () => (await total(stdout)) > 16 * MIB)
    // The server stands still, so that the runner has more than it could send.
    app.child.kill('SIGSTOP')
    const folder = await until('the disk has all', async () => {
      const [found] = await unsent()
      return found !== undefined && (await onDisk(found)).bytes >= QUICK && found
    })
    await runner.stop('SIGKILL')
    const printed = await onDisk(folder)
    app.child.kill('SIGCONT')
    const came = await total(stdout)
    assert.ok(came > 16 * MIB)
    await startRunner()
    await until('the rest', async () => (await total(stdout)) >= printed.bytes)
    const { bytes, sha } = await read(stdout)
    assert.deepEqual({ bytes, sha }, printed)
    console.log(`${came} of ${bytes} bytes had come when the runner was killed`)
  })

  /** The folders of logs that are not known to be sent. */
  async function unsent(): Promise<string[]> {
    const paths = await readdir(join(farDir, 'jobs'), { recursive: true })
    return paths
      .filter((path) => /\/\.log\/[^/]+$/.test(path) && !paths.includes(`${path}/sent`))
      .map((path) => join(farDir, 'jobs', path))
  }
})

/** A port that leads to another, which may change. */
async function openDoor() {
  let target = 0
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port: number) => void (target = port),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The standard output that a runner's disk has. */
async function onDisk(folder: string): Promise<{ bytes: number; sha: string }> {
  const starts = (await readdir(folder)).flatMap((name) =>
    name.startsWith('stdout.') ? [Number(name.slice(7))] : [],
  )
  const hash = createHash('sha256')
  let bytes = 0
  for (const at of starts.toSorted((a, b) => a - b)) {
    const part = await readFile(join(folder, `stdout.${at}`))
    bytes += part.length
    hash.update(part)
  }
  return { bytes, sha: hash.digest('hex') }
}

/** How much of a log there is. */
async function total(address: string): Promise<number> {
  const response = await fetch(address, { headers: { range: 'bytes=0-0' } })
  await response.arrayBuffer()
  return Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? 0)
}

/** The digest of what is printed quickly, and what comes then. */
function expected(rest = ''): string {
  const hash = createHash('sha256')
  for (let from = 1; from <= LINES; from += 4096) {
    const lines = Array.from({ length: 4096 }, (_, at) => String(from + at).padStart(WIDTH, '0'))
    hash.update(`${lines.join('\n')}\n`)
  }
  return hash.update(rest).digest('hex')
}

async function read(address: string): Promise<{ bytes: number; sha: string; last: number }> {
  const response = await fetch(address)
  const hash = createHash('sha256')
  let bytes = 0
  let end = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.ok && response.body ? response.body : []) {
    bytes += chunk.length
    hash.update(chunk)
    end = (end + decoder.decode(chunk)).slice(-WIDTH - 1)
  }
  return { bytes, sha: hash.digest('hex'), last: Number(end) }
}

/** Hears an answer as it comes. */
function listen(response: Response) {
  let text = ''
  let wake = (): void => {}
  const done = (async () => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk, { stream: true })
        wake()
      }
    } catch {
      // The server was killed.
    }
  })()
  return {
    done,
    async until(words: string): Promise<void> {
      while (!text.includes(words)) {
        const more = new Promise<void>((resolve) => (wake = resolve))
        const ended = done.then(() => assert.ok(text.includes(words), `"${words}" never came`))
        await Promise.race([more, ended])
      }
    },
  }
}

/** The most memory that the process has had, in MiB. */
async function peak({ child }: Started): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
}
