/**
 * A whole FATE-Flow job through a real server and runner: upload, intersection, HeteroLR, evaluation.
 * The large table is read from beside the project when it is there; else one of its shape is generated from a seed.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Bench } from '../../src/cli/bench.ts'
import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { CREDIT_FILES, generateCredit, sharedCredit } from '../helpers/credit-table.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  uploadExample,
} from '../process/cluster.ts'

interface Case {
  readonly data: string
  readonly root: string
  readonly paths: readonly [guest: string, host: string]
  /** A folder to remove afterwards. */
  readonly made?: string
}

const BREAST: Case = {
  data: 'breast (569 × 30)',
  root: join(ROOT, 'public'),
  paths: ['example/breast_guest.csv', 'example/breast_host.csv'],
}

export const bench: Bench = {
  name: 'hetero-lr',
  async *run() {
    for (const one of [BREAST, await credit()]) {
      const { seconds, auc, rows, peakMib } = await runJob(one)
      const params = { data: one.data, key: 2048, iterations: 10 }
      yield { params: { ...params, figure: 'wall time' }, value: seconds, unit: 's' }
      yield { params: { ...params, figure: 'common rows' }, value: rows, unit: 'rows' }
      yield { params: { ...params, figure: 'train AUC' }, value: auc, unit: 'AUC' }
      yield { params: { ...params, figure: "runner's peak memory" }, value: peakMib, unit: 'MiB' }
    }
  },
}

async function credit(): Promise<Case> {
  const paths = CREDIT_FILES
  if (sharedCredit !== undefined) {
    return { data: 'default_credit (30,000 × 23)', root: sharedCredit, paths }
  }
  const root = await freshFolder('credit')
  await generateCredit(root, 30_000)
  return { data: 'generated (30,000 × 23)', root, paths, made: root }
}

async function runJob(
  one: Case,
): Promise<{ seconds: number; auc: number; rows: number; peakMib: number }> {
  const folder = await freshFolder('bench')
  const env = { WEFT_DATA_DIR: folder, WEFT_LOG_LEVEL: 'warn', WEFT_IMPORT_ROOTS: one.root }
  const ready = /^weft listening on (http:\/\/\S+)$/
  const app = await start({ entry: 'serve.ts', env: { ...env, WEFT_PORT: '0' }, ready })
  const runner = await start({ entry: 'runner.ts', env, ready: /weft runner ready/ })
  try {
    const url = app.match[1]
    const client = fateClient(url)
    for (const [index, table] of EXAMPLE_TABLES.entries()) {
      await uploadExample(url, { ...table, path: one.paths[index] })
    }
    const { dsl, conf } = exampleJob()
    const began = performance.now()
    const { jobId } = await client.ok('job/submit', { job_dsl: dsl, job_runtime_conf: conf })
    const rows = await finished(url, jobId ?? '', 3600)
    const seconds = (performance.now() - began) / 1000
    if (rows.some((row) => row.f_status !== 'success')) throw new Error(`Job ${jobId} failed`)
    const metric = async (component: string, name: string): Promise<Map<string, number>> => {
      const { data } = await client.ok<[string, number][]>('tracking/component/metric_data', {
        job_id: jobId,
        role: 'guest',
        party_id: 9999,
        component_name: component,
        metric_namespace: 'train',
        metric_name: name,
      })
      return new Map(data)
    }
    return {
      seconds,
      auc: (await metric('evaluation_0', 'hetero_lr_0')).get('auc') ?? NaN,
      rows: (await metric('intersection_0', 'intersection')).get('intersect_count') ?? NaN,
      peakMib: peakMemory(runner.child.pid),
    }
  } finally {
    await runner.stop()
    await app.stop()
    await removeFolders(one.made === undefined ? [folder] : [folder, one.made])
  }
}

/** High-water mark of a process's resident memory, where the system tells it. */
function peakMemory(pid: number | undefined): number {
  const path = `/proc/${pid}/status`
  const status = existsSync(path) ? readFileSync(path, 'utf8') : ''
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024
}
