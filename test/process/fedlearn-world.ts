/**
 * FedLearn's API with three clients, each a runner of its own with its own data directory and list of data sets.
 * @module
 */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { freePort, freshFolder, removeFolders, start, type Started } from './cluster.ts'
import { matched, type Status, trained } from './fedlearn-ask.ts'

/** The files of one client by name. */
export type Files = Readonly<Record<string, string>>

/** An answer of the API. */
export interface Reply<D = unknown> {
  readonly code: number
  readonly status: string
  readonly data: D
}

/** Three clients and a server. */
export interface FedlearnWorld {
  /** Data directories of the clients. */
  readonly folders: readonly string[]
  readonly urls: readonly string[]
  reply<D>(path: string, body: object): Promise<Reply<D>>
  /** The data of an answer that is a success. */
  ask<D>(path: string, body: object): Promise<D>
  /** What a refusal says. */
  refusal(path: string, body: object): Promise<string>
  /** The clients with the data set `name` and their number. */
  clientsOf(name: string): { url: string; dataset: string; index: string }[]
  /** Matches the clients' data sets and waits for it. */
  match(matchAlgorithm: string, name: string): Promise<{ matchId: string; describe: string }>
  /** Trains and waits for the end. */
  train(body: object, path?: 'start' | 'auto'): Promise<{ modelToken: string; status: Status }>
  predict(
    modelToken: string,
    name: string,
    uid: readonly string[],
  ): Promise<{ uid: string; score: unknown[] }[]>
  /** The processes: the server, then the clients. */
  pids(): number[]
  stop(): Promise<void>
}

/** Starts the server and one client for each entry of `files`, with more in the environment of the clients. */
export async function fedlearnWorld(
  files: readonly Files[],
  more: Readonly<Record<string, string>> = { WEFT_PREVIEWS: 'on' },
): Promise<FedlearnWorld> {
  const processes: Started[] = []
  const dataDir = await freshFolder('fedlearn')
  const folders: string[] = []
  const urls: string[] = []
  const server = await start({
    entry: 'serve.ts',
    env: { WEFT_DATA_DIR: dataDir, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' },
    ready: /^weft listening on (http:\/\/\S+)$/,
  })
  processes.push(server)
  const app = server.match[1]
  for (const [at, own] of files.entries()) {
    const folder = await freshFolder(`fedlearn-${at}`)
    folders.push(folder)
    for (const [name, text] of Object.entries(own)) await writeFile(join(folder, name), text)
    const list = Object.keys(own).map((name) => ({
      name,
      source: { type: 'csv', path: name },
      index: 'uid',
      features: '*',
    }))
    await writeFile(join(folder, 'datasets.json'), JSON.stringify(list))
    const port = await freePort()
    const env = {
      WEFT_DATA_DIR: folder,
      WEFT_DATABASE_URL: `file:${join(dataDir, 'weft.db')}`,
      WEFT_LOG_LEVEL: 'warn',
      WEFT_PARTIES: `client-${at}`,
      WEFT_INBOX_PORT: String(port),
      ...more,
    }
    processes.push(await start({ entry: 'runner.ts', env, ready: /weft runner ready/ }))
    urls.push(`http://127.0.0.1:${port}`)
  }

  async function reply<D>(path: string, body: object): Promise<Reply<D>> {
    const response = await fetch(`${app}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as Reply<D>
  }

  async function ask<D>(path: string, body: object): Promise<D> {
    const { code, status, data } = await reply<D>(path, body)
    assert.deepEqual([code, status], [0, 'success'])
    return data
  }

  const clientsOf = (name: string) =>
    urls.map((url, at) => ({ url, dataset: `${name}${at}.csv`, index: 'uid' }))

  return {
    folders,
    urls,
    reply,
    ask,
    async refusal(path, body) {
      const { code, status } = await reply(path, body)
      assert.equal(code, -1, status)
      return status
    },
    clientsOf,
    async match(matchAlgorithm, name) {
      const { matchId } = await ask<{ matchId: string }>('prepare/match/start', {
        taskId: '92',
        matchAlgorithm,
        clientList: clientsOf(name),
      })
      return { matchId, describe: await matched(ask, matchId) }
    },
    async train(body, path = 'start') {
      const { modelToken } = await ask<{ modelToken: string }>(`train/${path}`, body)
      return { modelToken, status: await trained(ask, modelToken) }
    },
    async predict(modelToken, name, uid) {
      const body = { uid, modelToken, clientList: clientsOf(name) }
      const { predict } = await ask<{ predict: { uid: string; score: unknown[] }[] }>(
        'inference/batch',
        body,
      )
      return predict
    },
    pids: () => processes.flatMap(({ child }) => child.pid ?? []),
    async stop() {
      for (const one of processes.toReversed()) await one.stop()
      await removeFolders([dataDir, ...folders])
    },
  }
}
