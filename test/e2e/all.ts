/**
 * Every `*.e2e.ts` in one process, where there is a Chromium; elsewhere one line says what is missing.
 * @module
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { ROOT } from '../helpers/place.ts'
import { findChromium } from './browser.ts'

const FOLDER = join(ROOT, 'test/e2e')

if (findChromium() === undefined) {
  console.log(
    'e2e skipped: no Chromium on this host (Debian package "chromium", or set CHROMIUM to its path)',
  )
} else {
  const files = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.e2e.ts'))
    .toSorted()
  for (const file of files) await import(pathToFileURL(join(FOLDER, file)).href)
}
