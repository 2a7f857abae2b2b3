/**
 * Works on a Flink cluster: SQL through its gateway, JARs through its JobManager.
 * @module
 */
import { type Clock, systemClock } from '../../clock.ts'
import type { WorkEngine } from '../engine.ts'
import type { FollowOptions } from './follow.ts'
import { sqlGateway } from './gateway.ts'
import { type Fetch, service } from './http.ts'
import { runJar } from './jar.ts'
import { jobManager } from './rest.ts'
import { discardJobs, runSql } from './sql.ts'

export interface FlinkOptions {
  /** The REST address of the JobManager. */
  readonly url: string
  /** That of the SQL gateway; null where only JARs are run. */
  readonly gatewayUrl: string | null
  /** How long the cluster may be away before its runs have failed. */
  readonly patienceMs?: number
  readonly clock?: Clock
  readonly fetch?: Fetch
}

const PATIENCE_MS = 5 * 60_000

/** The engine of a cluster. */
export function flinkEngine(options: FlinkOptions): WorkEngine {
  const { clock = systemClock, patienceMs = PATIENCE_MS } = options
  const cluster = jobManager(service(options.url, options.fetch))
  const gateway =
    options.gatewayUrl === null ? null : sqlGateway(service(options.gatewayUrl, options.fetch))
  const follow: FollowOptions = { cluster, clock, patienceMs }
  return {
    name: 'flink',
    async run(run) {
      if (run.spec.category === 'FLNK_JAR') return runJar(run, follow)
      if (gateway) return runSql(run, { ...follow, gateway })
      return {
        state: 'failed',
        reason: 'Its runner knows no SQL gateway: set WEFT_FLINK_GATEWAY_URL there',
      }
    },
    discard: (key) => discardJobs(key, follow),
  }
}
