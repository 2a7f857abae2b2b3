/**
 * The runner, from its sources: takes work for its parties until it is told to stop.
 * @module
 */
import { readConfig } from '../config.ts'
import { runMain } from './process.ts'
import { startRunner } from './start-runner.ts'

runMain(() => startRunner(readConfig(process.env)))
