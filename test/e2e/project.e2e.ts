import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import { freshFolder, removeFolders, start, type Started } from '../process/cluster.ts'
import { findChromium, fits, openBrowser, type VisitOptions, visitPage } from './browser.ts'

/** A page that was refused has a status of its own, which browsers mention. */
const REFUSED = { complaints: /status of 422/ }

/** A training crosses three parties. */
const LONG = 60_000

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

describe('a project in a browser', { timeout: 240_000 }, () => {
  const folders: string[] = []
  const processes: Started[] = []
  let browser: Browser
  let app = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    browser = await openBrowser(executable)
    const dataDir = await freshFolder('project')
    folders.push(dataDir)
    const env = { WEFT_DATA_DIR: dataDir, WEFT_LOG_LEVEL: 'warn', WEFT_PORT: '0' }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const server = await start({ entry: 'serve.ts', env, ready })
    processes.push(server)
    app = server.match[1]
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
  })
  after(async () => {
    await browser.close()
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  const onPage = (visit: (page: Page) => Promise<void>, options: VisitOptions = {}) =>
    visitPage(browser, visit, { waitMs: LONG, ...options })

  it('goes from data sets to predictions, with the way back always open', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}/projects`)
      await page.getByRole('link', { name: 'New project' }).click()
      await page.getByLabel('Name of the project').fill('credit')
      for (const at of [0, 1, 2]) {
        await page.getByLabel(`Party client-${at}`).selectOption({ index: 1 })
      }
      await page.getByRole('button', { name: 'Go on to the columns' }).click()

      // The column that is usually the label is chosen already; noise is left out.
      await page.getByLabel('Column of the label').waitFor()
      assert.match(
        await page.getByLabel('Column of the label').inputValue(),
        /\["client-0","Outcome"\]/,
      )
      await page.getByRole('checkbox', { name: 'noise1' }).uncheck()
      await page.getByRole('button', { name: 'Align the rows' }).click()

      await page.getByText('Rows in common').waitFor()
      assert.match(await page.locator('#alignment').innerText(), /Rows in common\s+200/)
      await page.getByRole('link', { name: 'Choose how to train' }).click()

      await page.getByRole('link', { name: 'FederatedGB' }).waitFor()
      await page.getByLabel('numBoostRound').fill('1000')
      await page.getByRole('button', { name: 'Start the training' }).click()
      await page.getByText('expected a number from 1 to 100').first().waitFor()
      assert.equal(await page.getByLabel('numBoostRound').inputValue(), '1000')
      await page.getByLabel('numBoostRound').fill('3')
      await page.getByLabel('objective').selectOption('regLogistic')
      await page.getByRole('checkbox', { name: 'MAPE' }).uncheck()
      await page.getByRole('checkbox', { name: 'AUC' }).check()
      await page.getByRole('button', { name: 'Start the training' }).click()

      await page.getByRole('heading', { name: 'credit · FederatedGB' }).waitFor()
      const training = page.url()
      await page.locator('#progress .actions').getByRole('link', { name: 'Predict' }).waitFor()
      const metrics = await page.locator('#metrics').innerText()
      assert.match(metrics, /AUC\s+3\s+0\.\d+/)
      const importance = await page.locator('#importance').innerText()
      for (const column of ['x0', 'x1', 'x2']) assert.ok(importance.includes(column), importance)
      assert.ok(!importance.includes('noise1'), 'a column that was left out matters')

      // The way back leads to the forms with what was chosen, and on again.
      await page.goBack()
      await page.getByRole('button', { name: 'Start the training' }).waitFor()
      await page.goForward()
      await page
        .getByRole('navigation', { name: 'Steps' })
        .getByRole('link', { name: 'Train' })
        .click()
      await page.getByRole('button', { name: 'Start the training' }).waitFor()
      await page.goto(training)

      await page.getByRole('link', { name: 'Model', exact: true }).click()
      await page.getByText('Each party keeps its part of the model.').waitFor()
      const parts = await page.locator('#parts').innerText()
      assert.match(parts, /client-0\s+train0\.csv\s+Outcome/)
      assert.ok(!parts.includes('noise1'))

      await page.getByRole('link', { name: 'Predict', exact: true }).last().click()
      await page.getByLabel('Ids').fill('r0, r1\nr2 nobody')
      await page.getByRole('button', { name: 'Predict' }).click()
      await page.locator('#answer').waitFor()
      const rows = await page.locator('#answer tbody tr').count()
      assert.equal(rows, 4)
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download as CSV' }).click(),
      ])
      const csv = await readFile(await download.path(), 'utf8')
      const lines = csv.trim().split('\r\n')
      assert.equal(lines.length, 5)
      assert.match(lines[1], /^r0,[\d.eE-]+/)
      assert.match(lines[4], /^nobody,NaN/)
    }, REFUSED)
  })

  it('refuses in words, where nothing is lost of what was written', async () => {
    await onPage(async (page) => {
      await page.goto(`${app}/projects/new`)
      await page.getByLabel('Name of the project').fill('alone')
      await page.getByLabel('Party client-0').selectOption({ index: 1 })
      const answer = page.waitForResponse((response) => response.url().includes('/columns'))
      await page.getByRole('button', { name: 'Go on to the columns' }).click()
      assert.equal((await answer).status(), 422)
      await page.getByText('Choose data sets of two parties or more.').waitFor()
      assert.equal(await page.getByLabel('Name of the project').inputValue(), 'alone')
    }, REFUSED)
  })

  it('is suspended, resumed and stopped from its page and from the list', async () => {
    await onPage(async (page) => {
      const [, match] =
        /\/projects\/match\/([^/?"]+)/.exec(await (await fetch(`${app}/projects`)).text()) ?? []
      const label = encodeURIComponent(JSON.stringify(['client-0', 'Outcome']))
      await page.goto(`${app}/projects/match/${match}/train?label=${label}`)
      await page.getByLabel('numBoostRound').fill('100')
      await page.getByLabel('maxDepth').fill('9')
      await page.getByRole('button', { name: 'Start the training' }).click()
      await page.getByRole('button', { name: 'Suspend' }).click()
      await page.getByRole('button', { name: 'Resume' }).waitFor()
      await page.goto(`${app}/projects`)
      await page.getByRole('button', { name: 'Resume' }).click()
      await page.getByRole('button', { name: 'Suspend' }).waitFor()
      page.on('dialog', (dialog) => void dialog.accept())
      await page.getByRole('button', { name: 'Stop' }).click()
      await page.locator('#trainings').getByText('Stopped').waitFor()
    })
  })

  it('is done by keyboard alone, on a phone, in Chinese', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${app}/projects/new`)
        await fits(page)
        await page.getByLabel('项目名称').focus()
        await page.keyboard.type('phone')
        for (const _ of [0, 1]) {
          await page.keyboard.press('Tab')
          await page.keyboard.press('ArrowDown')
        }
        await page.keyboard.press('Tab')
        await page.keyboard.press('Tab')
        await page.keyboard.press('Enter')
        await page.getByLabel('标签列').waitFor()
        await fits(page)
        await page.getByRole('button', { name: '对齐数据行' }).focus()
        await page.keyboard.press('Enter')
        await page.getByText('共有的行数').waitFor()
        await fits(page)
        await page.getByRole('link', { name: '选择训练方式' }).focus()
        await page.keyboard.press('Enter')
        await page.getByRole('button', { name: '开始训练' }).waitFor()
        await fits(page)
      },
      { viewport: { width: 390, height: 800 }, locale: 'zh-CN' },
    )
  })

  it('is in the language of the browser, until another is chosen in the head of the page', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${app}/projects?after=`)
        assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN')
        await page.getByRole('button', { name: 'English' }).click()
        await page.getByRole('heading', { name: 'Projects' }).waitFor()
        assert.equal(await page.locator('html').getAttribute('lang'), 'en-GB')
        assert.match(page.url(), /\/projects\?after=$/)
        await page.getByRole('link', { name: 'Jobs', exact: true }).click()
        await page.getByRole('heading', { name: 'Jobs' }).waitFor()
        await page.getByRole('button', { name: '中文' }).click()
        await page.getByRole('heading', { name: '作业' }).waitFor()
        // Clocks that the page's script keeps follow the language.
        await page
          .getByText(/\d+ (秒|分钟)前|刚刚/)
          .first()
          .waitFor()
      },
      { locale: 'zh-CN' },
    )
  })
})
