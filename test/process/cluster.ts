/**
 * Starts servers and runners as real processes on free ports, and speaks FATE-Flow with them.
 * @module
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createServer, connect, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { ROOT } from '../helpers/place.ts'
import { until } from '../helpers/until.ts'

export { until }

/** A process that was started and is known to be ready. */
export interface Started {
  readonly child: ChildProcess
  /** Everything it printed, both streams. */
  output(): string
  /** Sends a signal and waits for the end; answers the exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

export interface StartOptions {
  readonly entry: string
  readonly env: Record<string, string>
  readonly ready: RegExp
  /** What runs the entry; this Node with tsx when it is not given. */
  readonly command?: readonly string[]
  /** Runs it as another user of this system. */
  readonly uid?: number
}

/** Starts an entry of `src/bin` and waits for the line that says it is ready. */
export function start(options: StartOptions): Promise<Started & { match: RegExpExecArray }> {
  const command = options.command ?? [process.execPath, '--import', 'tsx']
  return launch({
    ...options,
    command: [...command, join(ROOT, 'src/bin', options.entry)],
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'] ?? '',
      WEFT_LOG_LEVEL: 'info',
      WEFT_CONTAINERS: 'off',
      ...options.env,
    },
  })
}

export interface LaunchOptions {
  readonly command: readonly string[]
  readonly cwd: string
  /** All of its environment. */
  readonly env: Record<string, string>
  readonly ready: RegExp
  /** Runs it as another user of this system. */
  readonly uid?: number
}

/** Starts any program and waits for the line that says it is ready. */
export async function launch(
  options: LaunchOptions,
): Promise<Started & { match: RegExpExecArray }> {
  const { command, cwd, env, ready, uid } = options
  const [program, ...args] = command
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const lines: string[] = []
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      const match = ready.exec(line)
      if (match) resolve(match)
    })
  }
  child.once('exit', (code) =>
    reject(new Error(`${command.join(' ')} ended with ${code}:\n${lines.join('\n')}`)),
  )
  const match = await promise
  return {
    child,
    match,
    output: () => lines.join('\n'),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit')
        child.kill(signal)
        await gone
      }
      return child.exitCode ?? child.signalCode
    },
  }
}

/** A fresh folder, owned by `uid` and closed to everybody else. */
export async function freshFolder(name: string, uid?: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `weft-${name}-`))
  if (uid !== undefined) await chown(folder, uid, uid)
  return folder
}

/** Removes folders made by `freshFolder`. */
export async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
}

const PORTS = { first: 10_000, count: 10_000 }
let lastPort = Math.floor(Math.random() * PORTS.count)

/** A port that was free a moment ago; of those that no system gives to who asks for any, and never the same twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    lastPort = (lastPort + 1) % PORTS.count
    const port = PORTS.first + lastPort
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}

/** Passes TCP connections on to `target` and keeps every byte that crosses, both ways. */
export async function tap(target: number): Promise<{
  port: number
  recorded(): Buffer
  close(): Promise<void>
}> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk: Buffer) => chunks.push(chunk))
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    recorded: () => Buffer.concat(chunks),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Answer<T = unknown> {
  readonly retcode: number
  readonly retmsg: string
  readonly jobId: string | null
  readonly data: T
  readonly meta: unknown
}

/** A FATE-Flow client as scripts write them. */
export function fateClient(url: string): {
  post<T = unknown>(path: string, body: object): Promise<Answer<T>>
  ok<T = unknown>(path: string, body: object): Promise<Answer<T>>
} {
  const post = async <T>(path: string, body: object): Promise<Answer<T>> => {
    const response = await fetch(`${url}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as Answer<T>
  }
  return {
    post,
    async ok<T>(path: string, body: object) {
      const answer = await post<T>(path, body)
      assert.equal(answer.retcode, 0, `${path}: ${answer.retmsg}`)
      return answer
    },
  }
}

/** Uploads one of the example tables by its path on the runner's host, and waits for its rows. */
export async function uploadExample(
  url: string,
  table: { name: string; role: string; party: string; path: string; namespace: string },
): Promise<void> {
  const client = fateClient(url)
  await client.ok('data/upload', {
    local: { role: table.role, party_id: Number(table.party) },
    work_mode: 0,
    head: 1,
    partition: 1,
    namespace: table.namespace,
    table_name: table.name,
    file: table.path,
  })
  await until(`table ${table.name}`, async () => {
    const { data } = await client.ok<{ count: number }>('table/table_info', {
      namespace: table.namespace,
      table_name: table.name,
    })
    return data.count > 0
  })
}

/** Waits for the end of a job and answers its rows. */
export async function finished(
  url: string,
  jobId: string,
  seconds = 180,
): Promise<{ f_status: string; f_role: string; f_party_id: string }[]> {
  const client = fateClient(url)
  return until(
    `job ${jobId}`,
    async () => {
      const { data } = await client.ok<{ f_status: string; f_role: string; f_party_id: string }[]>(
        'job/query',
        { job_id: jobId },
      )
      return data.every((row) => ['success', 'failed', 'canceled'].includes(row.f_status)) && data
    },
    seconds,
  )
}

/** A token for a runner of `parties`, a list with commas, made in the database of `dataDir`. */
export function runnerToken(dataDir: string, parties: string): string {
  const cli = ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts')]
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...cli, 'token', 'create', 'runner', '--parties', parties],
    {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], WEFT_DATA_DIR: dataDir },
      encoding: 'utf8',
    },
  )
  assert.equal(status, 0, stderr)
  return stdout.trim()
}
