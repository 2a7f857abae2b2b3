/**
 * Matching over FedLearn's API with three clients, each a runner of its own with its own data directory and list of data
 * sets, over sealed channels.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { freePort, freshFolder, removeFolders, start, type Started } from './cluster.ts'
import { readFrame } from './frame.ts'

const SHARED = new URL('../../../shared/data/fedlearn/classificationA_IDMatch/', import.meta.url)

/** Three tables with nine ids in common, should the shared ones not be there. */
const OWN = ['A', 'B', 'C'].map((own) =>
  ['uid,x', ...Array.from({ length: 9 }, (_, row) => `id${row},${row}`), `only${own},9`].join('\n'),
)

interface Reply<D> {
  readonly code: number
  readonly status: string
  readonly data: D
}

describe('matching over FedLearn’s API', { timeout: 300_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  const clients: { url: string; dataset: string; index: string }[] = []
  let app: string

  before(async () => {
    const dataDir = await freshFolder('fedlearn')
    folders.push(dataDir)
    const env = { WEFT_DATA_DIR: dataDir, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    processes.push(server)
    app = server.match[1]
    for (const at of [0, 1, 2]) {
      const own = await freshFolder(`fedlearn-${at}`)
      folders.push(own)
      const text = existsSync(SHARED)
        ? await readFile(new URL(`train${at}.csv`, SHARED), 'utf8')
        : OWN[at]
      const dataset = `train${at}.csv`
      await writeFile(join(own, dataset), text)
      const source = { type: 'csv', path: dataset }
      await writeFile(
        join(own, 'datasets.json'),
        JSON.stringify([{ name: dataset, source, index: 'uid', features: '*' }]),
      )
      const port = await freePort()
      processes.push(
        await start({
          entry: 'runner.ts',
          env: {
            WEFT_DATA_DIR: own,
            WEFT_DATABASE_URL: `file:${join(dataDir, 'weft.db')}`,
            WEFT_LOG_LEVEL: 'warn',
            WEFT_PARTIES: `client-${at}`,
            WEFT_INBOX_PORT: String(port),
          },
          ready: /weft runner ready/,
        }),
      )
      clients.push({ url: `http://127.0.0.1:${port}`, dataset, index: 'uid' })
    }
  })
  after(async () => {
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  async function ask<D>(path: string, body: object): Promise<D> {
    const response = await fetch(`${app}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const { code, status, data } = (await response.json()) as Reply<D>
    assert.deepEqual([code, status], [0, 'success'])
    return data
  }

  async function match(matchAlgorithm: string): Promise<{ matchId: string; describe: string }> {
    const { matchId } = await ask<{ matchId: string }>('prepare/match/start', {
      taskId: '92',
      matchAlgorithm,
      clientList: clients,
    })
    const seen: number[] = []
    for (;;) {
      const { percent, describe: text } = await ask<{ percent: number; describe: string }>(
        'prepare/match/progress',
        { matchId },
      )
      seen.push(percent)
      if (percent === 100) {
        assert.deepEqual(
          seen,
          seen.toSorted((a, b) => a - b),
          'progress never goes back',
        )
        return { matchId, describe: text }
      }
      assert.match(text, /^正在对齐/)
      await delay(50)
    }
  }

  it('tells what each client offers', async () => {
    const { list } = await ask<{ list: { dataset: string; features: { name: string }[] }[] }>(
      'system/query/dataset',
      { url: clients[0].url },
    )
    assert.deepEqual(
      list.map(({ dataset }) => dataset),
      ['train0.csv'],
    )
    assert.equal(list[0].features[0].name, 'uid')
  })

  for (const algorithm of ['MD5', 'RSA', 'DH', 'ECDH', 'FREEDMAN']) {
    it(`finds the nine common ids of three clients by ${algorithm}`, async () => {
      const { matchId, describe: text } = await match(algorithm)
      assert.match(text, algorithm === 'DH' ? /matched size is 9$/ : /Match num is 9$/)
      const tables = await Promise.all(
        [0, 1, 2].map((at) =>
          readFrame(folders[at + 1], {
            jobId: matchId,
            role: at === 0 ? 'guest' : 'host',
            party: `client-${at}`,
            node: 'match',
          }),
        ),
      )
      assert.equal(tables[0].ids.length, 9)
      // The same order everywhere, so that rows of one id lie side by side in a training.
      for (const { ids, columns } of tables) {
        assert.deepEqual([ids, columns.length], [tables[0].ids, 0])
      }
    })
  }

  it('lets clients keep their own rows by EMPTY', async () => {
    const { describe: text } = await match('EMPTY')
    assert.equal(text, 'Match type is EMPTY!! \n ')
  })
})
