/**
 * A real Flink, a server, a runner that knows the cluster, and a client of works.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { type FlinkCluster, startCluster } from '../../src/cli/flink/cluster.ts'
import { flinkHome, installFlink } from '../../src/cli/flink/install.ts'
import { freshFolder, removeFolders, start, type Started, until } from '../process/cluster.ts'

export interface WorldTask {
  readonly task_id: string
  readonly status_name: string
  readonly error_message: string | null
  readonly engine: string
  readonly engine_job_id: string | null
  readonly savepoints: readonly { readonly path?: string; readonly error?: string }[]
  readonly savepoint_path: string | null
  readonly exceptions: readonly unknown[]
  readonly statements: readonly {
    readonly status: string
    readonly rows: number | null
    readonly error: string | null
    readonly job_id: string | null
  }[]
}

export interface FlinkWorld {
  readonly flink: FlinkCluster
  /** Where the console and the APIs are. */
  readonly app: string
  /** The folder below which works have theirs. */
  readonly works: string
  runner: Started
  startRunner(): Promise<Started>
  /** Enters a work; answers its id. */
  create(work: object): Promise<string>
  /** Starts a work; answers the id of the task. */
  run(id: string, body?: object): Promise<string>
  call<T>(method: string, path: string, body?: object): Promise<T>
  task(id: string, task: string): Promise<WorldTask>
  /** Waits for the end of a task. */
  ended(id: string, task: string): Promise<WorldTask>
  log(id: string, task: string): Promise<string>
  rows(id: string, task: string): Promise<unknown[][]>
  close(): Promise<void>
}

/** Installs and starts what the tests need; answers what is missing on this host instead, if anything is. */
export async function flinkWorld(): Promise<FlinkWorld> {
  const home = flinkHome(process.env)
  await installFlink(home, (text) => console.log(text))
  const folders: string[] = []
  const fresh = async (name: string) => {
    const folder = await freshFolder(name)
    folders.push(folder)
    return folder
  }
  const flink = await startCluster({ home, folder: await fresh('flink') })
  const folder = await fresh('flink-app')
  const works = join(folder, 'works')
  await mkdir(works)
  const app = await start({
    entry: 'serve.ts',
    env: { WEFT_DATA_DIR: folder, WEFT_PORT: '0', WEFT_FLINK_GATEWAY_URL: flink.gatewayUrl },
    ready: /^weft listening on (http:\/\/\S+)$/,
  })
  const url = `${app.match[1]}/api/v1/works`
  const runners: Started[] = []

  async function startRunner(): Promise<Started> {
    const started = await start({
      entry: 'runner.ts',
      env: {
        WEFT_DATA_DIR: await fresh('flink-runner'),
        WEFT_DATABASE_URL: `file:${join(folder, 'weft.db')}`,
        WEFT_WORKS_DIR: works,
        WEFT_FLINK_URL: flink.url,
        WEFT_FLINK_GATEWAY_URL: flink.gatewayUrl,
        WEFT_LEASE_SECONDS: '2',
      },
      ready: /^weft runner ready/,
    })
    runners.push(started)
    return started
  }

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${url}${path}`, {
      method,
      ...(body
        ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
        : {}),
    })
    const answer = (await response.json()) as { code: number; msg?: string; data: T }
    assert.equal(answer.code, 0, `${method} ${path}: ${answer.msg}`)
    return answer.data
  }

  const world: FlinkWorld = {
    flink,
    app: String(app.match[1]),
    works,
    runner: await startRunner(),
    startRunner,
    call,
    async create(work) {
      const made = await call<{ work_id: string }>('POST', '', {
        user_id: 'tester',
        name: 'a work',
        description: '',
        type: 'BATCH',
        category: 'FLINK_SQL',
        ...work,
      })
      return made.work_id
    },
    async run(id, body = {}) {
      return (await call<{ task_id: string }>('POST', `/${id}/tasks`, body)).task_id
    },
    task: (id, task) => call('GET', `/${id}/tasks/${task}`),
    async ended(id, task) {
      let found: WorldTask | undefined
      await until(
        'the task ends',
        async () => {
          found = await world.task(id, task)
          return ['SUCCEEDED', 'FAILED', 'CANCELED'].includes(found.status_name)
        },
        120,
      )
      assert.ok(found)
      return found
    },
    async log(id, task) {
      const { lines } = await call<{ lines: { text: string }[] }>(
        'GET',
        `/${id}/tasks/${task}/logs`,
      )
      return lines.map(({ text }) => text).join('\n')
    },
    async rows(id, task) {
      return (await call<{ rows: unknown[][] }>('GET', `/${id}/tasks/${task}/result`)).rows
    },
    async close() {
      for (const one of runners.toReversed()) await one.stop('SIGKILL')
      await app.stop('SIGKILL')
      await flink.stop()
      await removeFolders(folders)
    },
  }
  return world
}
