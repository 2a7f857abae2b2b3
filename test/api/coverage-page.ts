/**
 * `src/api/<api>/COVERAGE.md` of every documented API: its endpoints and what is behind them, each with the tests that
 * cover it, found in the code. Run this file to write them anew.
 * @module
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { ROOT } from '../helpers/place.ts'
import { type ApiPage, asModule, moduleOf, pageOf, pageText, sectionsOf } from './coverage/page.ts'
import { FATE } from './fate/coverage.ts'
import { FEDLEARN } from './fedlearn/coverage.ts'
import { MODELBOX } from './modelbox/coverage.ts'
import { OPENPAI } from './openpai/coverage.ts'
import { WEFT } from './weft/coverage.ts'
import { WORKS } from './works/coverage.ts'

/** Every API with such a page. */
export const PAGES: readonly ApiPage[] = [FATE, FEDLEARN, MODELBOX, OPENPAI, WORKS, WEFT]

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const page of PAGES) {
    const text = pageText(page, await sectionsOf(page, PAGES))
    await writeFile(join(ROOT, pageOf(page)), text)
    await writeFile(join(ROOT, moduleOf(page)), asModule(page, text))
  }
}
