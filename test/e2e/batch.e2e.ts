import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

import { freshFolder, removeFolders, start, type Started } from '../process/cluster.ts'
import { findChromium, openBrowser, openPage } from './browser.ts'

/** Talks until it is stopped. */
const TALKS = `protocolVersion: 2
name: talks
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
taskRoles:
  main:
    instances: 2
    dockerImage: img
    resourcePerInstance: { cpu: 0, memoryMB: 64, gpu: 0 }
    commands:
      - |
        for step in $(seq 100000); do
          echo "main $PAI_CURRENT_TASK_ROLE_CURRENT_TASK_INDEX step $step"; sleep 0.3
        done
`

describe('a job of task roles in a browser', { timeout: 180_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let browser: Browser
  let app = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    browser = await openBrowser(executable)
    const folder = await freshFolder('batch')
    folders.push(folder)
    const env = { WEFT_DATA_DIR: folder, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    processes.push(server)
    app = server.match[1]
    const host = { ...env, WEFT_PROCESSES: 'host' }
    processes.push(await start({ entry: 'runner.ts', env: host, ready: /weft runner ready/ }))
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
    try {
      await visit(page)
      assert.deepEqual(complaints, [])
    } finally {
      await session.close()
    }
  }

  it('is checked while it is written, submitted, watched, and stopped', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}/batch`)
      await page.getByRole('link', { name: 'Submit one' }).click()
      const text = page.getByRole('textbox', { name: 'Job document' })
      await text.fill(TALKS.replace('cpu: 0', 'cpu: many'))
      await page.locator('#check').getByText('cpu').waitFor()
      await text.fill(TALKS)
      await page.getByText('talks can be submitted: 2 tasks, 0 GPUs.').waitFor()
      await page.getByRole('button', { name: 'Submit the job' }).click()

      await page.waitForURL(/\/batch\/jobs\/weft(~|%7E)talks$/)
      await page.locator('#batch-head').getByText('Running').waitFor()
      await page.locator('#log-lines').getByText('main 0 step 3').first().waitFor()
      await page.locator('#log-lines').getByText('main 1 step 3').first().waitFor()
      page.on('dialog', (dialog) => void dialog.accept())
      await page.locator('#batch-head').getByRole('button', { name: 'Stop' }).click()
      await page.locator('#batch-head').getByText('It was stopped on purpose').waitFor()

      await page.getByRole('button', { name: 'Resubmit' }).click()
      await page.locator('#batch-head').getByRole('link', { name: 'Version 1' }).waitFor()
      await page.goto(`${app}/batch?state=RUNNING`)
      await page.getByLabel('Choose talks').check()
      await page.getByRole('button', { name: 'Stop the chosen ones' }).click()
      await page.getByText('No job matches.').waitFor()
      await page.goto(`${app}/batch`)
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download as CSV' }).click(),
      ])
      assert.match(await readFile(await download.path(), 'utf8'), /\r\ntalks,weft,STOPPED,/)
    })
  })

  it('is described by a form on a phone, in Chinese, and no page is wider than the window', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${app}/batch/new?mode=form`)
        await page.getByLabel('名称').fill('phone')
        await page.getByLabel('命令').fill('echo done')
        await page.getByRole('button', { name: '提交作业' }).click()
        await page.locator('#batch-head').getByText('成功').waitFor()
        for (const path of [
          '',
          '/new',
          '/new?mode=form',
          '/jobs/weft~phone',
          '/clusters',
          '/users',
          '/me',
        ]) {
          await page.goto(`${app}/batch${path}`)
          const [wide, window] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            innerWidth,
          ])
          assert.ok(wide <= window, `${path} is ${wide} wide in a window of ${window}`)
        }
      },
      { viewport: { width: 390, height: 800 }, locale: 'zh-CN' },
    )
  })
})
