/**
 * A server, a runner of a guest and one of a host on this machine, and models that they put online.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { EXAMPLE_TABLES } from '../../src/console/example.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  type Started,
  uploadExample,
} from '../process/cluster.ts'
import { ROOT } from './place.ts'

/** A model as a training names it. */
export interface TrainedName {
  readonly model_id: string
  readonly model_version: string
}

/** The cluster; the two runners share the database and nothing else. */
export interface ServingCluster {
  readonly url: string
  readonly dataDir: string
  /** Replace it when it was started anew: `stop` ends it. */
  host: Started
  startHost(): Promise<Started>
  train(job: { dsl: object; conf: object }): Promise<TrainedName>
  /** Process ids of the app, the guest's runner and the host's. */
  pids(): number[]
  stop(): Promise<void>
}

/** Starts it all, with the example's tables uploaded. */
export async function startServingCluster(): Promise<ServingCluster> {
  const dataDir = await freshFolder('serving')
  const hostDir = await freshFolder('serving-host')
  const env = {
    WEFT_DATA_DIR: dataDir,
    WEFT_LOG_LEVEL: 'warn',
    WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
  }
  const ready = /^weft listening on (http:\/\/\S+)$/
  const app = await start({ entry: 'serve.ts', env: { ...env, WEFT_PORT: '0' }, ready })
  const url = app.match[1]
  const guest = await start({
    entry: 'runner.ts',
    env: {
      ...env,
      WEFT_PARTIES: '9999,10001',
      WEFT_PREVIEWS: 'on',
    },
    ready: /weft runner ready/,
  })
  const startHost = async () =>
    start({
      entry: 'runner.ts',
      env: {
        ...env,
        WEFT_DATA_DIR: hostDir,
        WEFT_DATABASE_URL: `file:${join(dataDir, 'weft.db')}`,
        WEFT_PARTIES: '10000',
        WEFT_LEASE_SECONDS: '3',
      },
      ready: /weft runner ready/,
    })
  const cluster: ServingCluster = {
    url,
    dataDir,
    host: await startHost(),
    startHost,
    async train({ dsl, conf }) {
      const { jobId, data } = await fateClient(url).ok<{ model_info: TrainedName }>('job/submit', {
        job_dsl: dsl,
        job_runtime_conf: conf,
      })
      const rows = await finished(url, jobId ?? '')
      assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
      return data.model_info
    },
    pids: () => [app, guest, cluster.host].map((one) => one.child.pid ?? 0),
    async stop() {
      await cluster.host.stop()
      await guest.stop()
      await app.stop()
      await removeFolders([dataDir, hostDir])
    },
  }
  for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
  return cluster
}

/** The guest's rows of the example: features by id, the label left out. */
export async function guestRows(): Promise<Map<string, Record<string, string>>> {
  const text = await readFile(join(ROOT, 'public', EXAMPLE_TABLES[0].path), 'utf8')
  const [head, ...lines] = text.trimEnd().split(/\r?\n/)
  const names = head.split(',')
  return new Map(
    lines.map((line) => {
      const cells = line.split(',')
      const features = names.map((name, at): [string, string] => [name, cells[at]])
      return [cells[0], Object.fromEntries(features.filter(([name]) => !/^(id|y)$/.test(name)))]
    }),
  )
}

/** Speaks JSON with a path of the server. */
export async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}
