/**
 * A runner of no-op tasks as a process: `noop-process.ts DATABASE_URL`; begins when it is told on its standard input.
 * @module
 */
import { once } from 'node:events'

import { openDatabase } from '../../src/db/open-file.ts'
import { noopRunner } from './noop.ts'

const url = process.argv[2]
const db = openDatabase({ url, busyMs: 30_000 })
const runner = noopRunner({ db, url }, { name: `r${process.pid}`, finished: () => {} })
console.log('ready')
await once(process.stdin, 'data')
await runner.start()
