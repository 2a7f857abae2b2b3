/**
 * The app alone, on Node.
 * @module
 */
import { readConfig } from '../config.ts'
import { startApp } from './build-app.ts'
import { onStop, runMain } from './process.ts'

runMain(async () => {
  const app = await startApp(readConfig(process.env))
  onStop(() => app.close())
  console.log(`weft listening on ${app.url}`)
})
