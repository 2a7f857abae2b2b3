import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'

import { fits } from './browser.ts'
import { type ServedProject, serveProject } from './project.ts'

/** A page that was refused has a status of its own, which browsers mention. */
const REFUSED = { complaints: /status of 422/ }

/** A training crosses three parties. */
const LONG = 60_000

describe('a project in a browser', { timeout: 240_000 }, () => {
  let project: ServedProject
  let app = ''
  before(async () => {
    project = await serveProject(LONG)
    app = project.url
  })
  after(() => project.close())

  it('goes from data sets to predictions, with the way back always open', async () => {
    await project.onPage(async (page) => {
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
    await project.onPage(async (page) => {
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
    await project.onPage(async (page) => {
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
    await project.onPage(
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
    await project.onPage(
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
