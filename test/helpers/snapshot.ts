/**
 * Compares a value with a file of `test/snapshots`, so that a change of a contract shows as a diff.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../snapshots', import.meta.url))

/** Fails when `value` is not what the file holds. `WEFT_UPDATE_SNAPSHOTS=1` writes the file instead. */
export function matchSnapshot(name: string, value: unknown): void {
  const path = join(FOLDER, name)
  const text = `${JSON.stringify(value, null, 2)}\n`
  if (process.env['WEFT_UPDATE_SNAPSHOTS'] === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return
  }
  assert.ok(existsSync(path), `There is no ${name}: write it with WEFT_UPDATE_SNAPSHOTS=1`)
  assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(path, 'utf8')))
}
