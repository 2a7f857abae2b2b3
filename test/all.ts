/**
 * Every `*.test.ts(x)` in one process: the quick suite. `node:test` reports.
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.test\.tsx?$/.test(name))
  .toSorted()
for (const file of files) await import(pathToFileURL(join(import.meta.dirname, file)).href)
