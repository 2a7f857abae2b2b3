/**
 * A Flink of one host: JobManager, TaskManagers and SQL gateway as processes, on the loopback interface.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { pause } from '../../domain/pause.ts'

export interface FlinkCluster {
  readonly url: string
  readonly gatewayUrl: string
  /** Ends the JobManager or a TaskManager at once, as a crash would. */
  kill(part: 'jobmanager' | 'taskmanager'): Promise<void>
  /** Starts what was killed again. */
  start(part: 'jobmanager' | 'taskmanager'): Promise<void>
  stop(): Promise<void>
}

export interface ClusterOptions {
  readonly home: string
  /** For configuration, logs and savepoints. */
  readonly folder: string
  /** 0 for any that is free. */
  readonly ports?: { readonly rest: number; readonly gateway: number }
  readonly slots?: number
}

const READY_MS = 120_000

const EXPORTS = [
  'java.base/sun.net.util',
  'java.rmi/sun.rmi.registry',
  ...['api', 'file', 'parser', 'tree', 'util'].map(
    (name) => `jdk.compiler/com.sun.tools.javac.${name}`,
  ),
  'java.security.jgss/sun.security.krb5',
]
const OPENS = [
  'java.lang',
  'java.net',
  'java.io',
  'java.nio',
  'sun.nio.ch',
  'java.lang.reflect',
  'java.text',
  'java.time',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'java.util.concurrent.locks',
].map((name) => `java.base/${name}`)
/** What Flink reaches into of Java 17. */
const MODULES = [
  ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...OPENS.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
]

/** Sizes for a host that does other things as well, in the words of `BashJavaUtils`, which Flink's scripts ask. */
const WORKER_MEMORY = {
  'taskmanager.cpu.cores': '4.0',
  'taskmanager.memory.network.min': '64mb',
  'taskmanager.memory.network.max': '64mb',
  // A shuffle of a batch otherwise wants 512 of the 2048 buffers that fit into that.
  'taskmanager.network.sort-shuffle.min-buffers': '16',
  'taskmanager.memory.framework.heap.size': '128mb',
  'taskmanager.memory.framework.off-heap.size': '64mb',
  'taskmanager.memory.managed.size': '200mb',
  'taskmanager.memory.task.heap.size': '256mb',
  'taskmanager.memory.task.off-heap.size': '0b',
  'taskmanager.memory.jvm-metaspace.size': '256mb',
  'taskmanager.memory.jvm-overhead.min': '192mb',
  'taskmanager.memory.jvm-overhead.max': '192mb',
}

const MAIN = {
  jobmanager: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
  taskmanager: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
  gateway: 'org.apache.flink.table.gateway.SqlGateway',
} as const
type Part = keyof typeof MAIN

/** Starts a cluster; resolves when it takes jobs and statements. */
export async function startCluster(options: ClusterOptions): Promise<FlinkCluster> {
  const { home, folder, slots = 4 } = options
  const rest = options.ports?.rest || (await freePort())
  const gateway = options.ports?.gateway || (await freePort())
  const url = `http://127.0.0.1:${rest}`
  const gatewayUrl = `http://127.0.0.1:${gateway}`
  const conf = join(folder, 'conf')
  await mkdir(join(folder, 'log'), { recursive: true })
  await mkdir(conf, { recursive: true })
  const settings = {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': String(await freePort()),
    'jobmanager.bind-host': '127.0.0.1',
    'jobmanager.memory.process.size': '800m',
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.host': '127.0.0.1',
    'taskmanager.numberOfTaskSlots': String(slots),
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': String(rest),
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': String(gateway),
    'execution.checkpointing.storage': 'filesystem',
    'execution.checkpointing.dir': `file://${join(folder, 'checkpoints')}`,
    'execution.checkpointing.savepoint-dir': `file://${join(folder, 'savepoints')}`,
    'io.tmp.dirs': join(folder, 'tmp'),
  }
  await mkdir(join(folder, 'tmp'), { recursive: true })
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${value}\n`)
  await writeFile(join(conf, 'config.yaml'), lines.join(''))
  await writeFile(join(conf, 'log4j.properties'), LOGGING)
  const libraries = (await readdir(join(home, 'lib'))).map((name) => join(home, 'lib', name))
  const optional = (await readdir(join(home, 'opt'))).map((name) => join(home, 'opt', name))

  const running = new Map<Part, ChildProcess>()

  function launch(part: Part): void {
    const classes = part === 'gateway' ? [...libraries, ...optional] : libraries
    const memory = Object.entries(WORKER_MEMORY).flatMap(([key, value]) => [
      '-D',
      `${key}=${value}`,
    ])
    const args = {
      jobmanager: ['--configDir', conf, '--executionMode', 'cluster'],
      taskmanager: ['--configDir', conf, ...memory],
      gateway: [],
    }[part]
    const child = spawn(
      'java',
      [
        ...MODULES,
        '-Xmx400m',
        `-Dlog4j.configurationFile=${join(conf, 'log4j.properties')}`,
        '-cp',
        classes.join(':'),
        MAIN[part],
        ...args,
      ],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          FLINK_CONF_DIR: conf,
          FLINK_LIB_DIR: join(home, 'lib'),
          FLINK_OPT_DIR: join(home, 'opt'),
          FLINK_PLUGINS_DIR: join(home, 'plugins'),
        },
      },
    )
    const log = createWriteStream(join(folder, 'log', `${part}.log`), { flags: 'a' })
    child.stdout.pipe(log, { end: false })
    child.stderr.pipe(log, { end: false })
    running.set(part, child)
  }

  async function end(part: Part, signal: NodeJS.Signals): Promise<void> {
    const child = running.get(part)
    running.delete(part)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  const stop = async () => {
    await Promise.all((Object.keys(MAIN) as Part[]).map((part) => end(part, 'SIGKILL')))
  }

  async function ready(): Promise<void> {
    const until = performance.now() + READY_MS
    for (;;) {
      for (const [part, child] of running) {
        if (child.exitCode === null) continue
        throw new Error(`Flink's ${part} ended: ${await lastWords(folder, part)}`)
      }
      if ((await slotsAt(url)) > 0 && (await answers(`${gatewayUrl}/info`))) return
      if (performance.now() > until)
        throw new Error(
          `Flink was not ready within ${READY_MS / 1000} s: see ${join(folder, 'log')}`,
        )
      await pause(200)
    }
  }

  try {
    for (const part of Object.keys(MAIN) as Part[]) launch(part)
    await ready()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    gatewayUrl,
    kill: (part) => end(part, 'SIGKILL'),
    async start(part) {
      launch(part)
      await ready()
    },
    stop,
  }
}

const LOGGING = `rootLogger.level = INFO
rootLogger.appenderRef.out.ref = Out
appender.out.name = Out
appender.out.type = CONSOLE
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
`

async function slotsAt(url: string): Promise<number> {
  try {
    const answer = await fetch(`${url}/overview`)
    const overview = (await answer.json()) as { 'slots-total'?: number }
    return overview['slots-total'] ?? 0
  } catch {
    return 0
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  )
}

async function lastWords(folder: string, part: Part): Promise<string> {
  const text = await readFile(join(folder, 'log', `${part}.log`), 'utf8').catch(() => '')
  return text.trim().split('\n').slice(-5).join('\n')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}
