import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'

import { freshFolder, removeFolders, start, type Started, until } from '../process/cluster.ts'
import { findChromium, openBrowser, openPage } from './browser.ts'

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env['WEFT_PICTURES']

describe('works in a browser', { timeout: 240_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let browser: Browser
  let app = ''
  /** The work that most of it is about. */
  let work = ''
  let task = ''
  let upload = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    browser = await openBrowser(executable)
    const folder = await freshFolder('works-e2e')
    folders.push(folder)
    upload = join(folder, 'sales.csv')
    await writeFile(upload, 'north,1\nsouth,2\nnorth,3\n')
    const env = { WEFT_DATA_DIR: folder, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    processes.push(server)
    app = server.match[1]
    processes.push(await start({ entry: 'runner.ts', env, ready: /weft runner ready/ }))
  })
  after(async () => {
    await browser.close()
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  async function onPage(
    visit: (page: Page) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    const session = await browser.newContext(options)
    const { page, complaints } = await openPage(session)
    page.setDefaultTimeout(10_000)
    page.on('dialog', (dialog) => void dialog.accept())
    try {
      await visit(page)
      // A browser complains of every refusal, also of those that a page shows as it should.
      const others = complaints.filter((text) => !/status of (400|422)/.test(text))
      assert.deepEqual(others, [])
    } finally {
      await session.close()
    }
  }

  /** Looks at a page again until something is on it. */
  async function reloaded(page: Page, wanted: Locator): Promise<void> {
    await until(
      'it is on the page',
      async () => {
        await page.reload()
        return wanted.isVisible()
      },
      30,
    )
  }

  it('are made from a template, with faults shown at line and column while they are written', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}/works`)
      await page.getByRole('link', { name: 'Make one from a template' }).click()
      await page.getByRole('link', { name: 'A daily batch from files to files' }).click()
      const script = page.getByRole('textbox', { name: 'Script', exact: true })
      // The page is replaced in place.
      await page.getByText('3 statements; all of it runs without Flink').waitFor()
      const written = await script.inputValue()

      await script.fill(written.replace('sum(amount)', 'nosuch(amount)'))
      await page.getByText(/Line 20, column \d+: the function NOSUCH is not supported/i).waitFor()
      assert.equal(await page.locator('.sql-line.wrong').count(), 1)
      await script.fill("select 'a")
      await page.getByText("Line 1, column 8: the quote ' is not closed").waitFor()
      await script.fill(`${written}\nselect shop, total from sums order by total`)
      await page.getByText('4 statements; all of it runs without Flink').waitFor()
      await page.getByRole('button', { name: 'Format' }).click()
      await page.locator('#script').getByText('ORDER BY total').waitFor()

      await page.getByRole('button', { name: 'Make the work' }).click()
      await page.getByRole('heading', { name: 'daily-sums', exact: true }).waitFor()
      work = new URL(page.url()).pathname
    })
  })

  it('get their files, without which a run fails and says so', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}${work}`)
      await page.getByRole('button', { name: 'Run now' }).click()
      await page.getByText('The path "sales.csv" of table sales is not there').first().waitFor()
      await page.locator('#state').getByText('Failed', { exact: true }).waitFor()

      await page.goto(`${app}${work}/files`)
      await page.getByText('Its folder has no files.').waitFor()
      await page.locator('#file').setInputFiles(upload)
      await page.getByRole('button', { name: 'Upload' }).click()
      await page.getByRole('link', { name: 'sales.csv' }).waitFor()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'sales.csv' }).click(),
      ])
      assert.equal(await readFile(await download.path(), 'utf8'), await readFile(upload, 'utf8'))
      await page.locator('#file').setInputFiles({
        name: '.hidden',
        mimeType: 'text/plain',
        buffer: Buffer.from('x'),
      })
      await page.getByRole('button', { name: 'Upload' }).click()
      await page.getByText('cannot be a file of a work').waitFor()
    })
  })

  it('run, and their task has statements, rows and a log', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}${work}`)
      await page.getByRole('button', { name: 'Run now' }).click()
      await page.locator('#state').getByText('Succeeded', { exact: true }).waitFor()
      task = new URL(page.url()).pathname
      await page.locator('#statements').getByText('FINISHED').first().waitFor()
      assert.match((await page.locator('#rows').textContent()) ?? '', /south.*2.*north.*4/s)
      await page.locator('#log-lines').getByText('Statement 4 of 4').waitFor()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download as CSV' }).click(),
      ])
      assert.match(await readFile(await download.path(), 'utf8'), /^shop,total\r\nsouth,2/)
      await page.goto(`${app}${work}`)
      await page.getByRole('img', { name: '2 runs in the last six weeks' }).waitFor()
    })
  })

  it('have settings, which are refused by name and otherwise kept', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}${work}/settings`)
      await page.getByLabel('Retries').fill('many')
      await page.getByLabel('Webhook that is told').fill('https://hooks.example/secret')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('alert').getByText('retries').waitFor()
      assert.equal(await page.getByLabel('Retries').inputValue(), 'many')

      await page.getByLabel('Retries').fill('2')
      await page.getByLabel('Time limit in seconds').fill('600')
      await page.getByLabel('Time zone').fill('Europe/Berlin')
      await page.getByLabel('Cron, in place of that').fill('0 6 * * 1-5')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.locator('#about').getByText('0 6 * * 1-5 (Europe/Berlin)').waitFor()
      const facts = (await page.locator('#about').textContent()) ?? ''
      assert.match(facts, /Retries\s*2/)
      assert.match(facts, /https:\/\/hooks\.example\/\*\*\*/)
      assert.match(facts, /Time limit\s*10 min/)
      await page.goto(`${app}${work}/settings`)
      await page.getByRole('button', { name: 'Save' }).click()
      await page.locator('#about').getByText('https://hooks.example/***').waitFor()
    })
  })

  it('make up for times that have passed, and need Flink to go on from a savepoint', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}${work}/again`)
      await page.getByText('Its runs wrote no savepoint.').waitFor()
      await page.getByRole('button', { name: 'Run from there' }).click()
      await page.getByText('Say from which savepoint').waitFor()
      const day = new Date(Date.now() - 7 * 86_400_000).toISOString().slice(0, 10)
      const next = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
      await page.getByLabel('From (UTC)').fill(`${day}T00:00`)
      await page.getByLabel('To before (UTC)').fill(`${next}T00:00`)
      await page.getByRole('button', { name: 'Make up for them' }).click()
      await page.waitForURL(`${app}${work}`)
      await reloaded(page, page.locator('#runs').getByText('Made up for').first())
    })
  })

  it('have versions, of which an earlier one comes back', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}${work}`)
      await page.getByRole('textbox', { name: 'Script', exact: true }).fill('SELECT 1 AS one')
      await page.getByText('1 statement; all of it runs without Flink').waitFor()
      await page.getByRole('button', { name: 'Save as a new version' }).click()
      await page.getByRole('link', { name: 'Versions', exact: true }).click()
      await page.locator('#diff').getByText('SELECT 1 AS one').waitFor()
      await page.getByRole('button', { name: 'Go back to version 1' }).click()
      await page.getByRole('heading', { name: 'Version 3 against version 2' }).waitFor()
    })
  })

  it('are chosen in the list, started and stopped together', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}/works/new?template=rows`)
      await page.getByRole('button', { name: 'Make the work' }).click()
      await page.getByRole('heading', { name: 'rows', exact: true }).waitFor()
      await page.goto(`${app}/works?q=row`)
      await page.getByLabel('Choose rows').check()
      await page.getByRole('button', { name: 'Start the chosen ones' }).click()
      await page.waitForURL(`${app}/works`)
      await page.goto(`${app}/works?q=row`)
      await reloaded(page, page.locator('#works').getByText('Succeeded', { exact: true }))
    })
  })

  it('fit a phone in Chinese and a wide window in the dark', async () => {
    const pages = [
      ['list', '/works'],
      ['new', '/works/new?template=files'],
      ['work', work],
      ['settings', `${work}/settings`],
      ['files', `${work}/files`],
      ['versions', `${work}/versions`],
      ['again', `${work}/again`],
      ['task', task],
    ] as const
    const shapes: readonly (readonly [string, BrowserContextOptions])[] = [
      ['phone', { viewport: { width: 390, height: 800 }, locale: 'zh-CN' }],
      ['dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
    ]
    for (const [shape, options] of shapes) {
      await onPage(async (page) => {
        for (const [name, path] of pages) {
          await page.goto(`${app}${path}`)
          const [wide, window] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            innerWidth,
          ])
          assert.ok(wide <= window, `${path} is ${wide} wide in a window of ${window}`)
          if (PICTURES !== undefined)
            await page.screenshot({ path: join(PICTURES, `${name}-${shape}.png`), fullPage: true })
        }
      }, options)
    }
  })
})
