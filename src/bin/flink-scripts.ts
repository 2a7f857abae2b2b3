/**
 * Has the app ask the SQL gateway that it is told of what it makes of scripts.
 * @module
 */
import type { AppDeps } from '../api/deps.ts'
import type { Config } from '../config.ts'
import { checkAtFlink } from '../runner/work/flink/check.ts'
import { sqlGateway } from '../runner/work/flink/gateway.ts'
import { service } from '../runner/work/flink/http.ts'

/** Somebody types meanwhile. */
const PATIENCE_MS = 20_000

/** What asks it; nothing where no gateway is configured. */
export function flinkScripts({ runner }: Config): Pick<AppDeps, 'flinkScripts'> {
  const url = runner.works.gatewayUrl
  if (url === null) return {}
  const gateway = sqlGateway(service(url))
  return {
    flinkScripts: {
      check: (asked) =>
        checkAtFlink(gateway, { ...asked, signal: AbortSignal.timeout(PATIENCE_MS) }),
    },
  }
}
