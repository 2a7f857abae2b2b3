import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import type { FlowTrace } from '../../src/domain/flow-trace.ts'
import { ROOT } from '../helpers/place.ts'
import { freshFolder, removeFolders, start, type Started } from '../process/cluster.ts'
import { findChromium, fits, openBrowser, type VisitOptions, visitPage } from './browser.ts'

/** Where pictures for looking at go, when they are asked for. */
const PICTURES = process.env['WEFT_PICTURES'] === 'on' ? join(ROOT, 'test/e2e/screenshots') : null

describe('a flow in a browser', { timeout: 240_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let browser: Browser
  let app = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    browser = await openBrowser(executable)
    const dataDir = await freshFolder('flow')
    folders.push(dataDir)
    const env = { WEFT_DATA_DIR: dataDir, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    processes.push(server)
    app = server.match[1]
    processes.push(await start({ entry: 'runner.ts', env, ready: /weft runner ready/ }))
    if (PICTURES) await mkdir(PICTURES, { recursive: true })
  })
  after(async () => {
    await browser.close()
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  const onPage = (visit: (page: Page) => Promise<void>, options: VisitOptions = {}) =>
    visitPage(browser, visit, options)

  async function picture(page: Page, name: string): Promise<void> {
    if (PICTURES)
      await page.screenshot({ path: join(PICTURES, `flow-${name}.png`), fullPage: true })
  }

  it('is edited, run, tried with a request, watched and stopped', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${app}/flows`)
        await page.getByRole('link', { name: 'New flow' }).click()
        const text = page.getByLabel('Graph in DOT')
        await page.getByText('The graph can run.').waitFor()

        // What is written is drawn and checked.
        const first = await text.inputValue()
        await text.fill(first.replace('reply [', 'reply [queue_size=0, '))
        await page.getByRole('link', { name: 'Line 3' }).waitFor()
        await picture(page, 'problem')
        await page.getByRole('link', { name: 'Line 3' }).click()
        assert.match(await selected(page), /^0|queue_size|reply/)
        assert.equal(await page.locator('.gutter .wrong').innerText(), '3')
        await text.fill(first)
        await page.getByText('The graph can run.').waitFor()

        // What is pressed is written.
        await page.getByRole('button', { name: 'buff_meta_mapping' }).click()
        await page.getByRole('heading', { name: 'Node' }).waitFor()
        await page.locator('input[name="opt.src_meta"]').fill('method')
        await page.locator('input[name="opt.dest_meta"]').fill('verb')
        await page.getByRole('button', { name: 'Apply to the text' }).click()
        await page.waitForFunction(() =>
          document.querySelector<HTMLTextAreaElement>('textarea.dot')?.value.includes('verb'),
        )
        await page
          .getByRole('button', { name: 'Remove the edge receive:out_request_info' })
          .or(page.locator('svg a.node[aria-label^="reply"]'))
          .first()
          .click()
        await page.locator('#node-form strong').getByText('httpserver_sync_reply').waitFor()
        await page.getByRole('button', { name: /^Remove the edge/ }).click()
        await page.waitForFunction(
          () => !document.querySelector<HTMLTextAreaElement>('textarea.dot')?.value.includes('->'),
        )
        for (const [from, to] of [
          ['receive:out_request_info', 'buff_meta_mapping:in_data'],
          ['buff_meta_mapping:out_data', 'reply:in_reply_info'],
        ]) {
          await page.getByLabel('Chosen node').selectOption(from.split(':')[0])
          await page.getByRole('button', { name: 'Show' }).click()
          await page
            .locator(`select[name="from"] option[value="${from}"]`)
            .waitFor({ state: 'attached' })
          await page.getByLabel('Edge to').selectOption(to)
          await page.getByRole('button', { name: 'Connect' }).click()
          await page.waitForFunction(
            (edge) =>
              document.querySelector<HTMLTextAreaElement>('textarea.dot')?.value.includes(edge),
            `${from} -> ${to}`,
          )
        }
        await page.getByText('The graph can run.').waitFor()
        assert.equal(await page.locator('#flow-canvas .flow-node').count(), 3)
        await picture(page, 'editor')

        await page.getByRole('button', { name: 'Run' }).click()
        await page.getByText('The name "": ').waitFor()
        await page.getByLabel('Name of the flow').fill('echo')
        await page.getByLabel('Calls of the nodes').selectOption('are noted, for a trace')
        await page.getByLabel('Replicas').fill('none')
        await page.getByRole('button', { name: 'Run' }).click()
        await page.getByText('name a whole number from 1 to 64').waitFor()
        await picture(page, 'refused')
        await page.getByLabel('Replicas').fill('1')
        await page.getByRole('button', { name: 'Run' }).click()
        await page.getByRole('heading', { name: 'echo' }).waitFor()
        await page.getByText('all units are open').waitFor()

        await page.reload()
        await page.getByLabel('Path behind').waitFor()
        await page.getByLabel('Body', { exact: true }).fill('{"hello":"flow"}')
        await page.getByRole('button', { name: 'Send' }).click()
        await page.locator('#answer').waitFor()
        assert.match(
          await page.locator('#answer').innerText(),
          /200 in [\d.]+ ms[\s\S]*\{"hello":"flow"\}/,
        )

        // The page keeps itself current.
        await page
          .locator('#figures-reply')
          .getByRole('cell', { name: '1', exact: true })
          .first()
          .waitFor()
        await picture(page, 'live')

        // A file that Chrome and Perfetto open, with the calls that just were.
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: 'Trace' }).click(),
        ])
        assert.equal(download.suggestedFilename(), 'echo.trace.json')
        const trace = JSON.parse(await readFile(await download.path(), 'utf8')) as FlowTrace
        const named = new Map(
          trace.traceEvents.flatMap(({ ph, tid, name, args }) =>
            ph === 'M' && name === 'thread_name' ? [[tid, args['name']] as const] : [],
          ),
        )
        const calls = trace.traceEvents.filter(({ ph }) => ph === 'X')
        assert.deepEqual([...new Set(calls.map(({ name }) => name))].toSorted(), [
          'buff_meta_mapping',
          'receive',
          'reply',
        ])
        for (const { ts, dur, tid, name, args } of calls) {
          assert.ok((ts ?? -1) >= 0 && (dur ?? -1) >= 0)
          assert.deepEqual([named.get(tid), Number(args['batch_size']) >= 1], [name, true])
        }
        await page.getByRole('heading', { name: 'echo' }).waitFor()
        await page.getByRole('button', { name: 'Stop' }).click()
        await page.locator('#flow-live').getByText('Stopped').first().waitFor()
        assert.equal(await page.locator('#try').count(), 0)

        await page.getByRole('button', { name: 'Start' }).click()
        await page.getByText('all units are open').waitFor()
        await page.getByRole('link', { name: 'Edit', exact: true }).click()
        await page.getByRole('button', { name: 'Run in place of the old one' }).waitFor()
        assert.match(await page.getByLabel('Graph in DOT').inputValue(), /dest_meta=verb/)
      },
      // Pictures are taken with a style that hides the caret.
      { complaints: PICTURES ? /status of 422|inline style/ : /status of 422/ },
    )
  })

  it('is written by keyboard alone, on a phone, in the dark, in Chinese', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${app}/flows`)
        await fits(page)
        await picture(page, 'list-phone')
        await page.goto(`${app}/flows/new`)
        await fits(page)
        await page.locator('svg a.node').first().focus()
        await page.keyboard.press('Enter')
        await page.locator('#node-form strong').waitFor()
        await fits(page)
        await picture(page, 'editor-phone')
        await page.getByLabel('流程名称').focus()
        await page.keyboard.type('phone')
        await page.getByLabel('节点的调用').selectOption('true')
        await page.getByRole('button', { name: '运行' }).focus()
        await page.keyboard.press('Enter')
        await page.getByText('所有单元已打开').waitFor()
        await fits(page)
        await page.goto(`${app}/flows/phone`)
        await page.getByLabel('HTTP 方法').waitFor()
        await fits(page)
        await picture(page, 'live-phone')
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: '跟踪' }).click(),
        ])
        assert.equal(download.suggestedFilename(), 'phone.trace.json')
        await fits(page)
      },
      { viewport: { width: 390, height: 800 }, locale: 'zh-CN', colorScheme: 'dark' },
    )
  })

  it('is written and run without scripts', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${app}/flows/new`)
        await page.getByText('Input', { exact: true }).click()
        await page.getByRole('button', { name: 'httpserver_sync_receive' }).click()
        assert.match(
          await page.getByLabel('Graph in DOT').inputValue(),
          /httpserver_sync_receive \[type=flowunit/,
        )
        await page.getByRole('button', { name: 'Remove the node' }).click()
        await page.getByLabel('Name of the flow').fill('plain')
        await page.getByRole('button', { name: 'Run' }).click()
        await page.getByRole('heading', { name: 'plain' }).waitFor()
      },
      { javaScriptEnabled: false },
    )
  })
})

function selected(page: Page): Promise<string> {
  return page.evaluate(() => {
    const area = document.querySelector<HTMLTextAreaElement>('textarea.dot')
    return area?.value.slice(area.selectionStart, area.selectionEnd) ?? ''
  })
}
