/**
 * Every `*.test.ts(x)` in one process: the quick suite. `node:test` reports.
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { ROOT } from './helpers/place.ts'

const FOLDER = join(ROOT, 'test')

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.test\.tsx?$/.test(name))
  .toSorted()
for (const file of files) await import(pathToFileURL(join(FOLDER, file)).href)
