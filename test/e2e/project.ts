/**
 * Three clients with data sets behind a server and a runner as processes, and a browser that looks at their projects.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Page } from 'playwright-core'

import { freshFolder, removeFolders, start, type Started } from '../process/cluster.ts'
import { findChromium, openBrowser, type VisitOptions, visitPage } from './browser.ts'

export interface ServedProject {
  readonly url: string
  /** Of the server and its runner, with the folders `import` and `export`. */
  readonly dataDir: string
  /** Visits with a fresh page; nothing may be complained about but what `complaints` names. */
  onPage(visit: (page: Page) => Promise<void>, options?: VisitOptions): Promise<void>
  close(): Promise<void>
}

/** Starts them; a page waits as many milliseconds as given. */
export async function serveProject(patience: number): Promise<ServedProject> {
  const executable = findChromium()
  assert.ok(executable, 'no Chromium')
  const browser = await openBrowser(executable)
  const dataDir = await freshFolder('project')
  const processes: Started[] = []
  const env = { WEFT_DATA_DIR: dataDir, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' }
  const ready = /^weft listening on (http:\/\/\S+)$/
  const server = await start({ entry: 'serve.ts', env, ready })
  processes.push(server)
  await mkdir(join(dataDir, 'import'), { recursive: true })
  const list = []
  for (const [name, text] of Object.entries(filesOf())) {
    await writeFile(join(dataDir, name), text)
    const party = `client-${name.replaceAll(/\D/g, '')}`
    list.push({ party, name, source: { type: 'csv', path: name }, index: 'uid', features: '*' })
  }
  await writeFile(join(dataDir, 'datasets.json'), JSON.stringify(list))
  processes.push(
    await start({
      entry: 'runner.ts',
      env: { ...env, WEFT_PREVIEWS: 'on' },
      ready: /weft runner ready/,
    }),
  )

  return {
    url: server.match[1],
    dataDir,
    onPage: (visit, options = {}) => visitPage(browser, visit, { waitMs: patience, ...options }),
    async close() {
      await browser.close()
      for (const one of processes.toReversed()) await one.stop()
      await removeFolders([dataDir])
    },
  }
}

/** Whatever can be pressed or written into lies within the window, or in a part of the page that scrolls by itself. */
export async function reachable(page: Page): Promise<void> {
  const outside = await page.evaluate(() =>
    [...document.querySelectorAll('a:not(.skip), button, input, select, textarea, summary')]
      .filter((one) => {
        const { left, right, width } = one.getBoundingClientRect()
        return one.checkVisibility() && width > 0 && (left < 0 || right > innerWidth)
      })
      .filter((one) => {
        for (let box = one.parentElement; box && box !== document.body; box = box.parentElement)
          if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false
        return true
      })
      .map((one) => one.outerHTML.slice(0, 120)),
  )
  assert.deepEqual(outside, [], page.url())
}

/** Rows of three clients, and a label that depends on columns of all of them. */
function filesOf(): Readonly<Record<string, string>> {
  const at = (row: number, column: number) =>
    ((row * (7919 + column * 1301) + column * 104_729) % 1000) / 1000
  const label = (row: number) => (at(row, 1) + at(row, 2) + at(row, 3) > 1.5 ? 1 : 0)
  return Object.fromEntries(
    [0, 1, 2].map((own) => {
      const lines = Array.from({ length: 200 }, (_, row) =>
        [`r${row}`, at(row, own + 1), row % 7, ...(own === 0 ? [label(row)] : [])].join(','),
      )
      const head = `uid,x${own},noise${own}${own === 0 ? ',Outcome' : ''}`
      return [`train${own}.csv`, [head, ...lines].join('\n')]
    }),
  )
}
