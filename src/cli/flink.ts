/**
 * `flink [--install]`: a Flink for development and tests, until a signal ends it.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { startCluster } from './flink/cluster.ts'
import { FLINK_VERSION, flinkHome, installFlink } from './flink/install.ts'

/** Flink's own ports. */
const PORTS = { rest: 8081, gateway: 8083 }

/** Runs the command. */
export async function flink(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { install: { type: 'boolean', default: false } },
  })
  const home = flinkHome(process.env)
  await installFlink(home, (text) => console.log(text))
  if (values.install) {
    console.log(`Flink ${FLINK_VERSION} is in ${home}`)
    return
  }
  const folder = await mkdtemp(join(tmpdir(), 'weft-flink-'))
  const cluster = await startCluster({ home, folder, ports: PORTS })
  console.log(`Flink ${FLINK_VERSION} is ready:
  WEFT_FLINK_URL=${cluster.url} WEFT_FLINK_GATEWAY_URL=${cluster.gatewayUrl} npm start
Logs and savepoints are in ${folder}; Ctrl-C ends it.`)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await cluster.stop()
  await rm(folder, { recursive: true, force: true })
}
