/**
 * The processes of the chaos test: runners that are killed and come back, the app, who holds the lock.
 * @module
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from '../helpers/place.ts'
import { start, type Started } from '../process/cluster.ts'
import type { ChaosRunner } from './fixtures/runner.ts'

/** Somebody who is killed and started again. */
export interface Actor {
  readonly name: string
  /** Whether it is up. */
  readonly alive: boolean
  rise(): Promise<void>
  /** SIGKILL; nothing when it is down already. */
  kill(): Promise<void>
  /** What the process that runs now, or ran last, has printed. */
  output(): string
}

/** A runner of the chaos test; `died` hears of every death with the id that the runner had. */
export function runnerActor(
  options: ChaosRunner,
  died: (runnerId: string, at: number) => void,
): Actor {
  mkdirSync(options.dataDir, { recursive: true })
  let id = ''
  return actor(
    options.name,
    async () => {
      const started = await start({
        entry: '../../test/chaos/fixtures/runner.ts',
        env: { CHAOS_RUNNER: JSON.stringify(options) },
        ready: /^chaos runner ready (\w+)$/,
      })
      id = started.match[1]
      return started
    },
    (at) => died(id, at),
  )
}

/** The app on a port of its own. */
export function appActor(options: { database: string; dataDir: string; port: number }): Actor {
  return actor('app', () =>
    start({
      entry: 'serve.ts',
      env: {
        WEFT_DATABASE_URL: options.database,
        WEFT_DATA_DIR: options.dataDir,
        WEFT_PORT: String(options.port),
        WEFT_LOG_LEVEL: 'warn',
      },
      ready: /^weft listening on /,
    }),
  )
}

/** Locks the database file for `ms` and answers from when to when nobody else could write. */
export async function lockDatabase(
  path: string,
  ms: number,
): Promise<{ from: number; to: number }> {
  const script = join(ROOT, 'test/chaos/fixtures/lock.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, path, String(ms)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), gone])
  const from = Date.now()
  await gone
  return { from, to: Date.now() }
}

function actor(
  name: string,
  begin: () => Promise<Started>,
  died: (at: number) => void = () => {},
): Actor {
  let current: Started | undefined
  let last = ''
  return {
    name,
    get alive() {
      return current !== undefined
    },
    async rise() {
      current = await begin()
    },
    async kill() {
      const victim = current
      if (!victim) return
      current = undefined
      const at = Date.now()
      const code = await victim.stop('SIGKILL')
      last = victim.output()
      if (code !== 'SIGKILL') throw new Error(`${name} had ended with ${code} by itself:\n${last}`)
      died(at)
    },
    output: () => current?.output() ?? last,
  }
}
