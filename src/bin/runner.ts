/**
 * The runner, from its sources: takes work for its parties until it is told to stop.
 * @module
 */
import { once } from 'node:events'

import { readConfig } from '../config.ts'
import { runMain, WHILE_HELD } from './process.ts'
import { startRunner } from './start-runner.ts'

runMain(async () => {
  const stop = await startRunner(readConfig(process.env))
  if (!process.argv.includes(WHILE_HELD)) return
  process.stdin.resume()
  await once(process.stdin, 'end')
  stop()
})
