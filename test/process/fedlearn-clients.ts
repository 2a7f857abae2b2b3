/**
 * A server and the clients of FedLearn's API as processes: each client a runner of its own, with its own data directory
 * and list of data sets.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { ROOT } from '../helpers/place.ts'
import { freePort, freshFolder, removeFolders, start, type Started } from './cluster.ts'
import { matched, type Status, trained } from './fedlearn-ask.ts'

/** A client: what it is called, what lies in its data directory, and what of it is offered. */
export interface WorldClient {
  readonly party: string
  /** The addresses by which the API's clients call it. */
  readonly urls: readonly string[]
  /** Texts by their paths in the data directory. */
  readonly files: Readonly<Record<string, string>>
  readonly datasets: readonly {
    readonly name: string
    readonly source: Readonly<Record<string, unknown>>
    readonly index: string
    readonly features: '*' | readonly string[]
  }[]
  readonly env?: Readonly<Record<string, string>>
}

/** An answer of the API. */
export interface Reply<D = unknown> {
  readonly code: number
  readonly status: string
  readonly data?: D
}

export interface World {
  readonly url: string
  /** The data directories of the clients, in their order. */
  readonly folders: readonly string[]
  readonly server: Started
  reply<D>(path: string, body: unknown): Promise<Reply<D>>
  /** The data of an answer that is a success. */
  ask<D>(path: string, body: unknown): Promise<D>
  /** What a refusal says. */
  refusal(path: string, body: unknown): Promise<string>
  /** Starts a match and waits for its end; answers its id. */
  match(body: object): Promise<string>
  /** Waits for the end of a training. */
  trained(modelToken: string): Promise<Status>
  /** Ends the runner of a client. */
  stopClient(at: number): Promise<void>
  /** Ends the server's process and starts another one on the same data and port. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Starts a server and the clients. */
export async function fedlearnWorld(
  name: string,
  clients: readonly WorldClient[],
  env: Readonly<Record<string, string>> = {},
): Promise<World> {
  const dataDir = await freshFolder(name)
  const serving = {
    entry: 'serve.ts',
    env: {
      WEFT_DATA_DIR: dataDir,
      WEFT_LOG_LEVEL: 'warn',
      // One that is still there for a second process.
      WEFT_PORT: String(await freePort()),
      ...env,
    },
    ready: /^weft listening on (http:\/\/\S+)$/,
  }
  const first = await start(serving)
  const url = first.match[1]
  let server: Started = first
  const folders: string[] = []
  const runners: Started[] = []
  for (const client of clients) {
    const folder = await freshFolder(`${name}-${client.party}`)
    folders.push(folder)
    for (const [path, text] of Object.entries(client.files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    await writeFile(join(folder, 'datasets.json'), JSON.stringify(client.datasets))
    for (const address of client.urls) addUrl(dataDir, { party: client.party, url: address })
    const runner = await start({
      entry: 'runner.ts',
      env: {
        WEFT_DATA_DIR: folder,
        WEFT_DATABASE_URL: `file:${join(dataDir, 'weft.db')}`,
        WEFT_LOG_LEVEL: 'warn',
        WEFT_PARTIES: client.party,
        WEFT_PREVIEWS: 'on',
        ...client.env,
      },
      ready: /weft runner ready/,
    })
    runners.push(runner)
  }

  async function reply<D>(path: string, body: unknown): Promise<Reply<D>> {
    const response = await fetch(`${url}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.equal(response.status, 200)
    return (await response.json()) as Reply<D>
  }
  async function ask<D>(path: string, body: unknown): Promise<D> {
    const { code, status, data } = await reply<D>(path, body)
    assert.deepEqual([code, status], [0, 'success'], path)
    return data as D
  }

  return {
    url,
    folders,
    get server() {
      return server
    },
    reply,
    ask,
    async refusal(path, body) {
      const { code, status, data } = await reply(path, body)
      assert.deepEqual([code, data], [-1, undefined], status)
      return status
    },
    async match(body) {
      const { matchId } = await ask<{ matchId: string }>('prepare/match/start', body)
      await matched(ask, matchId)
      return matchId
    },
    trained: (modelToken) => trained(ask, modelToken),
    async stopClient(at) {
      await runners[at].stop()
    },
    async restart() {
      await server.stop('SIGKILL')
      server = await start(serving)
    },
    async close() {
      for (const one of [...runners, server]) await one.stop()
      await removeFolders([dataDir, ...folders])
    },
  }
}

function addUrl(dataDir: string, { party, url }: { party: string; url: string }): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts'), 'party', 'add', party, '--url', url],
    {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], WEFT_DATA_DIR: dataDir },
      encoding: 'utf8',
    },
  )
  assert.equal(status, 0, stderr)
}
