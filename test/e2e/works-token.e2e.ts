/**
 * Files of works in a browser, where everybody has to show who they are.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import { ROOT } from '../helpers/place.ts'
import { freshFolder, removeFolders, start, type Started } from '../process/cluster.ts'
import { findChromium, fits, openBrowser, visitPage } from './browser.ts'

const PICTURES = process.env['WEFT_PICTURES']
/** A picture is taken with a style of its own, which the policy of the pages refuses. */
const PICTURED = PICTURES === undefined ? {} : { complaints: /Applying inline style/ }

describe('files of works with WEFT_AUTH=token', { timeout: 240_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let browser: Browser
  let app = ''
  let token = ''
  let upload = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    browser = await openBrowser(executable)
    const folder = await freshFolder('works-token-e2e')
    folders.push(folder)
    upload = join(folder, 'orders of may.csv')
    await writeFile(upload, 'north,1\nsouth,2\n'.repeat(200_000))
    const env = {
      WEFT_DATA_DIR: folder,
      WEFT_LOG_LEVEL: 'warn',
      WEFT_PORT: '0',
      WEFT_AUTH: 'token',
      // A form may have less than the file has.
      WEFT_BODY_LIMIT_MB: '1',
    }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    processes.push(server)
    app = server.match[1] ?? ''
    const made = spawnSync(
      process.execPath,
      ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts'), 'token', 'create', 'user'],
      { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env }, cwd: ROOT },
    )
    assert.equal(made.status, 0, made.stderr)
    token = made.stdout.trim()
  })
  after(async () => {
    await browser?.close()
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  async function logIn(page: Page): Promise<void> {
    await page.goto(`${app}/works`)
    await page.waitForURL(`${app}/login?to=%2Fworks`)
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Log in' }).last().click()
    await page.waitForURL(`${app}/works`)
  }

  async function newWork(page: Page): Promise<string> {
    await page.goto(`${app}/works/new?template=files`)
    await page.getByRole('button', { name: 'Make the work' }).click()
    await page.getByRole('heading', { name: 'daily-sums', exact: true }).waitFor()
    return page.url()
  }

  it('are uploaded, downloaded and deleted by who has logged in, and by nobody else', async () => {
    await visitPage(
      browser,
      async (page) => {
        page.on('dialog', (dialog) => void dialog.accept())
        await logIn(page)
        const work = await newWork(page)
        await page.getByRole('link', { name: 'Files', exact: true }).click()
        await page.getByText('Its folder has no files.').waitFor()
        await page.locator('#file').setInputFiles(upload)
        await page.getByRole('button', { name: 'Upload' }).click()
        const link = page.getByRole('link', { name: 'orders of may.csv' })
        await link.waitFor()
        await page.locator('#files').getByText('3.1 MiB').waitFor()
        await fits(page)
        if (PICTURES !== undefined)
          await page.screenshot({ path: join(PICTURES, 'files-token.png'), fullPage: true })
        const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
        assert.ok((await readFile(upload)).equals(await readFile(await download.path())))

        // Without the cookie the same address gives nothing, takes nothing, and says so in its own words.
        const address = new URL((await link.getAttribute('href')) ?? '', app)
        for (const [method, body] of [
          ['GET', null],
          ['PUT', 'other'],
          ['DELETE', null],
        ] as const) {
          const answer = await fetch(address, { method, body })
          assert.equal(answer.status, 401, method)
          assert.match(((await answer.json()) as { msg: string }).msg, /token/)
        }

        await page.getByRole('button', { name: 'Delete', exact: true }).click()
        await page.getByText('Its folder has no files.').waitFor()
        assert.equal(page.url(), `${work}/files`)
      },
      { viewport: { width: 1280, height: 900 }, ...PICTURED },
    )
  })

  it('are refused once the session is over, with the way to log in', async () => {
    await visitPage(
      browser,
      async (page) => {
        await logIn(page)
        const work = await newWork(page)
        await page.goto(`${work}/files`)
        await page.context().clearCookies()
        await page.locator('#file').setInputFiles(upload)
        await page.getByRole('button', { name: 'Upload' }).click()
        const refused = page.getByRole('alert')
        await refused.getByText('You are not logged in any more').waitFor()
        assert.ok(await page.getByRole('button', { name: 'Upload' }).isEnabled())
        await fits(page)
        if (PICTURES !== undefined)
          await page.screenshot({ path: join(PICTURES, 'files-expired.png'), fullPage: true })
        await refused.getByRole('link', { name: 'log in' }).click()
        await page.getByRole('heading', { name: 'Log in', exact: true }).waitFor()
      },
      { viewport: { width: 390, height: 800 }, complaints: /status of 401/ },
    )
  })

  it('are uploaded without scripts as well, as a form', async () => {
    await visitPage(
      browser,
      async (page) => {
        await logIn(page)
        const work = await newWork(page)
        await page.goto(`${work}/files`)
        await page.locator('#file').setInputFiles({
          name: 'sales.csv',
          mimeType: 'text/csv',
          buffer: Buffer.from('north,1\n'),
        })
        await page.getByRole('button', { name: 'Upload' }).click()
        await page.getByRole('link', { name: 'sales.csv' }).waitFor()
      },
      { javaScriptEnabled: false },
    )
  })
})
