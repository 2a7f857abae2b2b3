import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Locator, Page } from 'playwright-core'

import { fits } from './browser.ts'
import { reachable, type ServedProject, serveProject } from './project.ts'

/** A page that was refused has a status of its own, which browsers mention. */
const REFUSED = { complaints: /status of 422/ }

/** A search is some trainings, one after the other. */
const LONG = 90_000

const PHONE = { viewport: { width: 390, height: 800 }, locale: 'zh-CN', hasTouch: true } as const

describe('a search and predictions of files in a browser', { timeout: 300_000 }, () => {
  let project: ServedProject
  let app = ''
  /** The form of a training over rows that are aligned already. */
  let form = ''
  /** The page of the search, whose best model is kept. */
  let searched = ''

  before(async () => {
    project = await serveProject(LONG)
    app = project.url
    await writeFile(join(project.dataDir, 'import', 'wanted.txt'), 'uid\nr0\nr7\nnobody\n')
    await project.onPage(async (page) => {
      await page.goto(`${app}/projects/new`)
      await page.getByLabel('Name of the project').fill('credit')
      for (const at of [0, 1, 2]) {
        await page.getByLabel(`Party client-${at}`).selectOption({ index: 1 })
      }
      await page.getByRole('button', { name: 'Go on to the columns' }).click()
      await page.getByRole('button', { name: 'Align the rows' }).click()
      await page.getByText('Rows in common').waitFor()
      form = await page
        .getByRole('link', { name: 'Choose how to train' })
        .evaluate((link: HTMLAnchorElement) => link.href)
    })
  })
  after(() => project.close())

  it('goes from the form of a training to ranges, and over trials as they come to the best', async () => {
    await project.onPage(async (page) => {
      await page.goto(form)
      await page.getByRole('link', { name: 'Search ranges instead' }).click()
      const depths = page.getByRole('group', { name: 'maxDepth' })
      await depths.getByLabel('to').fill('21')
      await page.getByLabel('Sets of parameters').fill('3')
      await page.getByRole('button', { name: 'Start the search' }).click()
      // The field says what is wrong with it, and nothing is lost.
      await depths.getByText('within 2, 20').waitFor()
      assert.equal(await page.getByLabel('Sets of parameters').inputValue(), '3')
      await depths.getByLabel('from').fill('2')
      await depths.getByLabel('to').fill('4')
      await page.getByLabel('numBoostRound').fill('4')
      await page.getByRole('button', { name: 'Start the search' }).click()

      await page.getByRole('heading', { name: 'credit · FederatedGB' }).waitFor()
      searched = page.url()
      const trials = page.locator('#trials tbody tr')
      // What has been read stays in place: the page brings each trial without being loaded again.
      await page.evaluate(() => document.body.setAttribute('data-loaded', 'once'))
      await page.locator('#trial-1').waitFor()
      await page.locator('#progress').getByText('Succeeded', { exact: true }).waitFor()
      assert.equal(await page.locator('body').getAttribute('data-loaded'), 'once')
      assert.ok((await trials.count()) >= 3, `${await trials.count()} trials`)

      const best = trials.filter({ hasText: 'best' })
      assert.equal(await best.count(), 1)
      const words = await best.innerText()
      const [, depth] = /maxDepth\s+(\d+)/.exec(words) ?? []
      assert.ok(['2', '3', '4'].includes(depth), words)
      await page.getByRole('link', { name: 'Train with the best set' }).click()
      await page.getByRole('button', { name: 'Start the training' }).waitFor()
      assert.equal(await page.getByLabel('maxDepth').inputValue(), depth)
      await page.goBack()
      await page.getByRole('link', { name: 'Model', exact: true }).click()
      await page.getByText('Each party keeps its part of the model.').waitFor()
    }, REFUSED)
  })

  it('predicts the ids of a file, and says where the answers are', async () => {
    await project.onPage(async (page) => {
      await page.goto(searched)
      await page.getByRole('link', { name: 'Predict a file' }).click()
      await page.getByLabel('Party that has the file').selectOption('client-1')
      await page.getByLabel('Path of the file').fill('../datasets.json')
      await page.getByRole('button', { name: 'Predict the file' }).click()
      await page.getByRole('alert').getByText('path "../datasets.json" cannot be').waitFor()
      assert.equal(await page.getByLabel('Party that has the file').inputValue(), 'client-1')

      await page.getByLabel('Path of the file').fill('wanted.txt')
      await page.getByRole('button', { name: 'Predict the file' }).click()
      await page.locator('#progress').getByText('Succeeded', { exact: true }).waitFor()
      await page.getByText('Party client-1 finds the answers').waitFor()
      assert.deepEqual(await answers(page, 'Answers'), ['r0', 'r7', 'nobody'])

      await page.getByRole('link', { name: 'Predict a file' }).last().click()
      await page.locator('#files').getByRole('link', { name: 'wanted.txt' }).waitFor()
    }, REFUSED)
  })

  it('is searched by keyboard alone, on a phone in the dark, in Chinese', async () => {
    await project.onPage(
      async (page) => {
        await page.goto(form)
        await press(page, page.getByRole('link', { name: '改为搜索范围' }))
        await page.getByRole('button', { name: '开始搜索' }).waitFor()
        await fits(page)
        await reachable(page)
        await write(page, { at: page.getByLabel('参数组数'), text: '2' })
        await write(page, { at: page.getByLabel('numBoostRound'), text: '2' })
        await press(page, page.getByRole('button', { name: '开始搜索' }))
        await page.locator('#trial-1').waitFor()
        await fits(page)
        await page.locator('#progress').getByText('成功', { exact: true }).waitFor()
        await fits(page)
        await reachable(page)
        assert.match(await page.locator('#trial-1').innerText(), /[\d.]+/)
        await press(page, page.getByRole('link', { name: '用第 1 次试验的参数组训练' }))
        await page.getByRole('button', { name: '开始训练' }).waitFor()
        await fits(page)
      },
      { ...PHONE, colorScheme: 'dark' },
    )
  })

  it('has a file predicted by keyboard alone, on a phone, in Chinese', async () => {
    await project.onPage(
      async (page) => {
        await page.goto(searched)
        await press(page, page.getByRole('link', { name: '预测文件' }))
        await page.getByLabel('文件路径').waitFor()
        await fits(page)
        await reachable(page)
        await page.getByLabel('拥有该文件的参与方').focus()
        await page.keyboard.press('ArrowDown')
        await page.keyboard.press('ArrowDown')
        await page.keyboard.press('Tab')
        await page.keyboard.type('missing.txt')
        await page.keyboard.press('Enter')
        // Who has no such file says so, on the page of that prediction.
        await page.locator('#progress').getByText('失败', { exact: true }).waitFor()
        assert.match(await page.locator('#progress').innerText(), /没有找到文件“missing\.txt”/)
        await fits(page)
        await page.goBack()
        await write(page, { at: page.getByLabel('文件路径'), text: 'wanted.txt' })
        await page.keyboard.press('Enter')
        await page.locator('#progress').getByText('成功', { exact: true }).waitFor()
        assert.deepEqual(await answers(page, '结果'), ['r0', 'r7', 'nobody'])
        await fits(page)
        await reachable(page)
      },
      { ...PHONE, ...REFUSED },
    )
  })

  /** The ids of the file of answers that the page names; each has a score, but who is not known. */
  async function answers(page: Page, name: string): Promise<string[]> {
    const row = page
      .locator('#progress dl > div')
      .filter({ has: page.getByText(name, { exact: true }) })
    const path = await row.locator('code').innerText()
    const [heading, ...lines] = (await readFile(join(project.dataDir, 'export', path), 'utf8'))
      .trim()
      .split('\n')
    assert.match(heading, /^uid,/)
    const cells = lines.map((line) => line.split(','))
    for (const [id, score] of cells) {
      assert.equal(Number.isFinite(Number(score)), id !== 'nobody', `${id}: ${score}`)
    }
    return cells.map(([id]) => id)
  }
})

/** Goes to an element by the Tab key from where the focus is, and presses Enter on it. */
async function press(page: Page, element: Locator): Promise<void> {
  await tabTo(page, element)
  await page.keyboard.press('Enter')
}

/** Goes to a field by the Tab key, and writes over what it has. */
async function write(page: Page, { at, text }: { at: Locator; text: string }): Promise<void> {
  await tabTo(page, at)
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type(text)
}

async function tabTo(page: Page, element: Locator): Promise<void> {
  await element.waitFor()
  const reached = () => element.evaluate((one) => one === document.activeElement)
  for (let steps = 0; steps < 200; steps += 1) {
    if (await reached()) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`${String(element)} is not reached by the Tab key`)
}
