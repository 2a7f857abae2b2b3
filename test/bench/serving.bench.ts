/**
 * Online predictions of single rows: a server, the guest's runner and the host's on this machine, one caller after another.
 * @module
 */
import { readFileSync } from 'node:fs'

import type { Bench } from '../../src/cli/bench.ts'
import { EXAMPLE_TABLES, exampleJob } from '../../src/console/example.ts'
import { secureBoostJob } from '../helpers/sbt-job.ts'
import { call, guestRows, type ServingCluster, startServingCluster } from '../helpers/serving.ts'

const [GUEST, HOST] = EXAMPLE_TABLES
const CALLS = Number(process.env['WEFT_BENCH_CALLS'] ?? 1000)
const WARM_UP = 200

export const bench: Bench = {
  name: 'serving',
  async *run() {
    const cluster = await startServingCluster()
    try {
      const trees = { num_trees: 20, bin_num: 16, tree_param: { max_depth: 3 } }
      const training = {
        task_type: 'classification',
        encrypt_param: { key_length: 1024 },
        ...trees,
      }
      const models = [
        ['HeteroLR', exampleJob({ arbiter: '10001', maxIterations: 3 })],
        ['HeteroSecureBoost', secureBoostJob({ guest: GUEST, host: HOST, training })],
      ] as const
      for (const [model, job] of models) {
        const { model_id: modelId, model_version: modelVersion } = await cluster.train(job)
        await call(cluster.url, 'PUT', '/api/weft/serving/bench', { modelId, modelVersion })
        const before = cpuSeconds(cluster)
        const times = await ask(cluster.url)
        const cpu = ((cpuSeconds(cluster) - before) / (CALLS + WARM_UP)) * 1000
        const params = { model, rows: 1, hosts: 1, runners: 2 }
        for (const [figure, share] of [
          ['p50', 0.5],
          ['p99', 0.99],
        ] as const) {
          yield { params: { ...params, figure }, value: quantile(times, share), unit: 'ms' }
        }
        yield {
          params: { ...params, figure: 'processor time of all three' },
          value: cpu,
          unit: 'ms',
        }
      }
    } finally {
      await cluster.stop()
    }
  },
}

/** Milliseconds of each call. */
async function ask(url: string): Promise<number[]> {
  const rows = [...(await guestRows())]
  const times: number[] = []
  for (let index = 0; index < CALLS + WARM_UP; index++) {
    const [id, features] = rows[index % rows.length]
    const began = performance.now()
    const { status, body } = await call(url, 'POST', '/api/weft/serving/bench', { id, features })
    if (status !== 200) throw new Error(`${id}: ${JSON.stringify(body)}`)
    if (index >= WARM_UP) times.push(performance.now() - began)
  }
  return times.toSorted((a, b) => a - b)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/** User and system time of the server and both runners, where the system tells it. */
function cpuSeconds(cluster: ServingCluster): number {
  return cluster.pids().reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')
    // In hundredths of a second: fields 14 and 15, of which the first three are cut off here.
    return sum + (Number(stat[11]) + Number(stat[12])) / 100
  }, 0)
}
