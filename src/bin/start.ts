/**
 * `npm start`: the app, and a runner beside it as a second process.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type Config, readConfig } from '../config.ts'
import { startApp } from './build-app.ts'
import { onStop, runMain, WHILE_HELD } from './process.ts'

const RUNNER = fileURLToPath(new URL('./runner.ts', import.meta.url))
const RESTART_MS = 1000

runMain(async () => {
  const given = readConfig(process.env)
  const config = { ...given, dataDir: resolve(given.dataDir) }
  const app = await startApp(config)
  const runner = keepRunning(config)
  onStop(async (signal) => {
    await runner.stop(signal)
    await app.close()
  })
  await runner.ready
  console.log(`weft listening on ${app.url}`)
})

/** Starts the runner, and again whenever it dies without being asked to. */
function keepRunning(config: Config): {
  ready: Promise<void>
  stop(signal: NodeJS.Signals): Promise<void>
} {
  let child: ChildProcess
  let stopping = false
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>()
  const launch = () => {
    child = spawn(process.execPath, [...process.execArgv, RUNNER, WHILE_HELD], {
      // A terminal's Ctrl-C is for this process alone, which passes it on in its turn.
      detached: true,
      env: {
        ...process.env,
        WEFT_DATA_DIR: config.dataDir,
        WEFT_DATABASE_URL: config.database.url,
      },
      // The runner drains when this end closes, however this process dies.
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('weft runner ready')) isReady()
      process.stderr.write(text)
    })
    child.on('exit', (code, signal) => {
      if (stopping) return
      console.error(`weft: the runner ended (${signal ?? code}); starting it again`)
      setTimeout(launch, RESTART_MS)
    })
  }
  launch()
  return {
    ready,
    async stop(signal) {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}
