import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Browser, BrowserContext, Page } from 'playwright-core'

import { start, type Started } from '../process/cluster.ts'
import { findChromium, openBrowser, openPage } from './browser.ts'

/** Real trainings on a machine that may have other things to do. */
const TRAINING = 240_000

describe('a real job in the console', () => {
  let browser: Browser
  let server: Started
  let context: BrowserContext
  let page: Page
  let complaints: string[]
  let folder = ''
  let url = ''
  let first = ''
  let second = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    folder = await mkdtemp(join(tmpdir(), 'weft-board-'))
    const started = await start({
      entry: 'start.ts',
      env: { WEFT_PORT: '0', WEFT_DATA_DIR: join(folder, 'data') },
      ready: /weft listening on (http:\/\/\S+)/,
    })
    server = started
    url = started.match[1]
    browser = await openBrowser(executable)
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    context.setDefaultTimeout(20_000)
    ;({ page, complaints } = await openPage(context))
  })
  after(async () => {
    await browser.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('the example runs, and its page shows its curves and when its tasks ran', async () => {
    await page.goto(url)
    await page.getByRole('button', { name: 'Run the example' }).click()
    await page.waitForURL(/\/jobs\/\d+$/, { timeout: TRAINING })
    await page.locator('#job-head .badge.state-succeeded').waitFor({ timeout: TRAINING })
    first = new URL(page.url()).pathname.split('/')[2]
    for (const name of ['Loss of', 'ROC curve of', 'KS curve of', 'Lift of', 'Gain of']) {
      await page.locator('#results figcaption', { hasText: name }).first().waitFor()
    }
    assert.ok((await page.locator('#chart-durations .gantt-bar').count()) >= 9)
  })

  it('the pointer over a line shows the numbers of the table behind it', async () => {
    const chart = page.locator('.chart', { hasText: 'ROC curve of' }).first()
    await chart
      .locator('svg')
      .first()
      .hover({ position: { x: 200, y: 60 } })
    const [x, line] = (await chart.locator('.chart-tip').innerText()).split('\n')
    const rows = await chart.locator('tbody tr').allTextContents()
    const y = line.replace(/^.*: /, '')
    assert.ok(rows.includes(`${x}${y}`), `${x} ${y} is not in the table`)
  })

  it('the rows of a component are paged to the last one, and downloaded', async () => {
    await page.goto(`${url}/jobs/${first}/components/hetero_lr_0`)
    await page.getByRole('link', { name: 'Data', exact: true }).click()
    await page.getByText('Rows 1 to 50 of 569 rows').waitFor()
    await page.getByRole('link', { name: 'Last', exact: true }).click()
    await page.getByText('Rows 551 to 569 of 569 rows').waitFor()
    assert.equal(await page.locator('#data tbody tr').count(), 19)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download as CSV' }).click(),
    ])
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\n')
    assert.equal(lines.length, 570)
    assert.match(lines[0], /^id,.*predict_score/)
  })

  it('weights are drawn for each party that has any', async () => {
    await page.getByRole('link', { name: 'Model', exact: true }).click()
    await page.locator('#model figcaption', { hasText: 'Weights' }).waitFor()
    const own = await page.locator('#model .bar-body').count()
    await page.getByRole('link', { name: 'host 10000' }).click()
    await page.getByRole('heading', { name: 'Model of host 10000' }).waitFor()
    assert.notEqual(await page.locator('#model .bar-body').count(), own)
  })

  it('the log of the job is narrowed by role and text', async () => {
    await page.goto(`${url}/jobs/${first}`)
    const lines = page.locator('#log-lines li')
    const all = await lines.count()
    assert.ok(all > 0, 'the job has no log')
    await page.getByLabel('Role, component or task').selectOption('role:host')
    await page.waitForFunction(() =>
      [...document.querySelectorAll('#log-lines .log-task')].every((task) =>
        task.textContent.includes('host'),
      ),
    )
    await page.getByLabel('Text in the line').fill('no such words')
    await page.getByText('No line matches.').waitFor()
    assert.equal(await lines.count(), 0)
  })

  it('the job runs again with a changed parameter', async () => {
    await page.getByRole('link', { name: 'Run again' }).click()
    await page.getByLabel('Name of the new job').fill('Two rounds')
    await page.locator('#parameters-hetero_lr_0 summary').click()
    const rounds = page.locator('[id="p:hetero_lr_0:max_iter"]')
    await rounds.fill('-1')
    await page.getByRole('button', { name: 'Submit job' }).click()
    await page.getByText('Nothing was submitted').waitFor()
    assert.equal(await rounds.inputValue(), '-1')
    await rounds.fill('2')
    await page.getByRole('button', { name: 'Show as curl' }).click()
    await page.locator('#curl pre', { hasText: '"max_iter": 2' }).waitFor()
    await page.getByRole('button', { name: 'Submit job' }).click()
    await page.getByRole('heading', { name: 'Two rounds' }).waitFor()
    await page.locator('#job-head .badge.state-succeeded').waitFor({ timeout: TRAINING })
    second = new URL(page.url()).pathname.split('/')[2]
    assert.notEqual(second, first)
    // The refused form was answered with 422, of which the browser tells.
    complaints = complaints.filter((text) => !/status of 422/.test(text))
  })

  it('both jobs are chosen in the list and compared', async () => {
    await page.getByRole('link', { name: 'Jobs', exact: true }).first().click()
    // Listing what matches does not wait for the page.
    await page.locator('input[name=job]').nth(1).waitFor()
    for (const box of await page.locator('input[name=job]').all()) await box.check()
    await page.getByRole('button', { name: 'Compare the chosen ones' }).click()
    await page.getByRole('heading', { name: 'Compare jobs' }).waitFor()
    const row = page.locator('#parameters tbody tr', { hasText: 'max_iter' })
    assert.match((await row.textContent()) ?? '', /hetero_lr_0max_iter/)
    assert.equal(await page.locator('#scores tbody tr').count(), 2)
    const loss = page.locator('#charts .chart', { hasText: 'Loss of hetero_lr_0' })
    assert.equal((await loss.locator('.series > path.line').count()) >= 2, true)
  })

  it('the threshold of a matrix of hits and misses is moved with the keyboard', async () => {
    await page.goto(`${url}/jobs/new/template?template=hetero-lr`)
    await page.getByRole('button', { name: 'Submit job' }).click()
    await page.locator('#job-head .badge.state-succeeded').waitFor({ timeout: TRAINING })
    const matrix = page.locator('[data-confusion]').first()
    const counts = async () => {
      const [tp, fn] = await matrix.locator('tbody tr').first().locator('td').allTextContents()
      return { tp: Number(tp), fn: Number(fn), at: await matrix.locator('output').textContent() }
    }
    const before = await counts()
    await matrix.getByLabel('Threshold').focus()
    await page.keyboard.press('End')
    const end = await counts()
    assert.notEqual(end.at, before.at)
    assert.ok(end.tp < before.tp, 'a higher threshold calls fewer rows positive')
    assert.equal(end.tp + end.fn, before.tp + before.fn)
    assert.deepEqual(complaints, [])
  })
})
