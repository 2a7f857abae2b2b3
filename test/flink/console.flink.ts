/**
 * Streams on the real Flink as somebody at the console has them: made, watched, stopped with a savepoint, run again
 * from the one that was chosen, and failing.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import { fits, findChromium, openBrowser, type VisitOptions, visitPage } from '../e2e/browser.ts'
import { until } from '../process/cluster.ts'
import { type FlinkWorld, flinkWorld } from './world.ts'

/** Where pictures of the pages go, when somebody wants to look at them. */
const PICTURES = process.env['WEFT_PICTURES']
/** A picture is taken with a style of its own, which the policy of the pages refuses. */
const PICTURED = PICTURES === undefined ? {} : { complaints: /Applying inline style/ }

const ENDLESS = `SET 'execution.checkpointing.interval' = '1s';
CREATE TABLE numbers (n BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '50',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000');
CREATE TABLE sums (odd BOOLEAN, total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO sums SELECT MOD(n, 2) = 1, SUM(n) FROM numbers GROUP BY MOD(n, 2) = 1;`

/** Its 20th number is none that fits. */
const FAILING = `CREATE TABLE numbers (n BIGINT) WITH (
  'connector' = 'datagen', 'rows-per-second' = '50',
  'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '100000');
CREATE TABLE kept (n INT) WITH ('connector' = 'blackhole');
INSERT INTO kept SELECT CAST(CASE WHEN n < 20 THEN '1' ELSE 'twenty' END AS INT) FROM numbers;`

const executable = findChromium()

describe(
  'streams on a real Flink, at the console',
  {
    timeout: 600_000,
    skip: executable === undefined && 'no Chromium on this host (Debian package "chromium")',
  },
  () => {
    let world: FlinkWorld
    let browser: Browser
    /** The page of the work, of its first run, and of the run that fails. */
    let work = ''
    let first = ''
    let failing = ''

    before(async () => {
      assert.ok(executable)
      browser = await openBrowser(executable)
      world = await flinkWorld()
    })
    after(async () => {
      await browser?.close()
      await world?.close()
    })

    const onPage = (visit: (page: Page) => Promise<void>, options: VisitOptions = {}) =>
      visitPage(
        browser,
        async (page) => {
          page.on('dialog', (dialog) => void dialog.accept())
          await visit(page)
        },
        { viewport: { width: 1280, height: 900 }, ...PICTURED, ...options },
      )

    async function picture(page: Page, name: string): Promise<void> {
      if (PICTURES === undefined) return
      await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
    }

    /** Makes a stream by the form; answers the address of its page. */
    async function make(page: Page, name: string, script: string): Promise<string> {
      await page.goto(`${world.app}/works`)
      await page.getByRole('link', { name: 'New work' }).click()
      await page.getByRole('link', { name: 'A stream, on Flink only' }).click()
      // The page is replaced in place.
      await page.locator('.tabs [aria-current=page]').getByText('A stream, on Flink only').waitFor()
      await page.getByLabel('Name', { exact: true }).fill(name)
      await page.getByRole('textbox', { name: 'Script', exact: true }).fill(script)
      await page.getByText(/^\d statements; Flink takes them all$/).waitFor()
      await picture(page, `new-${name}`)
      await page.getByRole('button', { name: 'Make the work' }).click()
      await page.getByRole('heading', { name, exact: true }).waitFor()
      return new URL(page.url()).pathname
    }

    const state = (page: Page, words: string) =>
      page.locator('#state').getByText(words, { exact: true }).waitFor()
    const fact = (page: Page, section: string, name: string) =>
      page
        .locator(`${section} .facts > div`)
        .filter({ has: page.locator('dt').getByText(name, { exact: true }) })
        .locator('dd')

    /** The job at the cluster, by the link of the page. */
    async function jobOf(page: Page): Promise<{ id: string; url: string }> {
      const link = fact(page, '#state', 'Flink job').getByRole('link')
      await link.waitFor()
      const url = (await link.getAttribute('href')) ?? ''
      const id = (await link.textContent()) ?? ''
      assert.match(id, /^[0-9a-f]{32}$/)
      assert.ok(url.startsWith(world.flink.url) && url.includes(id), url)
      return { id, url }
    }

    const atCluster = async <T>(path: string): Promise<T> => {
      const answer = await fetch(`${world.flink.url}${path}`)
      assert.equal(answer.status, 200, path)
      return answer.json() as Promise<T>
    }

    it('are made from a template, run, and show parts and checkpoints while they do', async () => {
      await onPage(async (page) => {
        work = await make(page, 'sums', ENDLESS)
        await page.getByRole('button', { name: 'Run now' }).click()
        await page.getByRole('heading', { name: 'Run of sums' }).waitFor()
        first = new URL(page.url()).pathname
        await state(page, 'Running')
        // The page asks for itself: nothing is loaded again here.
        const completed = fact(page, '#checkpoints', 'Completed')
        await until('two checkpoints', async () => Number(await completed.textContent()) >= 2, 60)
        await fact(page, '#checkpoints', 'Written to')
          .getByText(/^file:.*chk-\d+$/)
          .waitFor()
        const parts = page.locator('#cluster tbody')
        await parts.getByText('RUNNING').first().waitFor()
        await parts.getByText(/Source: numbers/).waitFor()
        await fits(page)
        await picture(page, 'task-running')
        const { id } = await jobOf(page)
        const told = await atCluster<{ counts: { completed: number } }>(`/jobs/${id}/checkpoints`)
        assert.ok(told.counts.completed >= Number(await completed.textContent()))
      })
    })

    it('lead to Flink’s own page of their job', async () => {
      await onPage(async (page) => {
        await page.goto(`${world.app}${first}`)
        const { id, url } = await jobOf(page)
        assert.equal((await fetch(url)).status, 200)
        const opened = page.waitForResponse(
          (answer) => answer.url() === `${world.flink.url}/` && answer.status() === 200,
        )
        await fact(page, '#state', 'Flink job').getByRole('link').click()
        await opened
        await page.getByText(id).first().waitFor()
        await page.getByText('sums (statement 4)').first().waitFor()
        assert.ok(page.url().includes(id), page.url())
        await picture(page, 'flink')
      })
    })

    it('write a savepoint and go on, and stop with another', async () => {
      await onPage(async (page) => {
        await page.goto(`${world.app}${first}`)
        await page.getByRole('button', { name: 'Write a savepoint' }).click()
        const savepoints = fact(page, '#state', 'Savepoint')
        await savepoints.getByText(/^file:.*savepoint-/).waitFor()
        await state(page, 'Running')
        await page.getByRole('button', { name: 'Stop with a savepoint' }).click()
        await state(page, 'Succeeded')
        await until('both are told', async () => (await savepoints.count()) === 2)
        await page.locator('#statements').getByText('FINISHED').nth(3).waitFor()
        assert.equal(await page.getByRole('button', { name: 'Stop with a savepoint' }).count(), 0)
        await picture(page, 'task-stopped')
        const { id } = await jobOf(page)
        assert.equal((await atCluster<{ state: string }>(`/jobs/${id}`)).state, 'FINISHED')
        // Where it runs no more the link still leads to it.
        await fact(page, '#state', 'Flink job').getByRole('link').click()
        await page.getByText(id).first().waitFor()
        await page.getByText('FINISHED').first().waitFor()
        await picture(page, 'flink-over')
      })
    })

    it('run again from the savepoint that is chosen of those the work has', async () => {
      await onPage(async (page) => {
        await page.goto(`${world.app}${work}`)
        await page.getByRole('link', { name: 'Savepoints and past times' }).click()
        const choices = page.locator('#restore').getByRole('radio')
        await choices.first().waitFor()
        assert.equal(await choices.count(), 2)
        assert.ok(await choices.first().isChecked(), 'the newest is offered')
        await fits(page)
        await picture(page, 'again')
        // Not the one that is offered.
        const older = (await choices.nth(1).getAttribute('value')) ?? ''
        await choices.nth(1).check()
        await page.getByRole('button', { name: 'Run from there' }).click()
        await page.getByRole('heading', { name: 'Run of sums' }).waitFor()
        await fact(page, '#state', 'Went on from').getByText(older, { exact: true }).waitFor()
        const { id } = await jobOf(page)
        await page.locator('#cluster tbody').getByText('RUNNING').first().waitFor()
        const { latest } = await atCluster<{ latest: { restored?: { external_path: string } } }>(
          `/jobs/${id}/checkpoints`,
        )
        assert.equal(latest.restored?.external_path, older.replace('file:///', 'file:/'))

        await page.getByRole('button', { name: 'Stop', exact: true }).click()
        await state(page, 'Stopped')
        await until(
          'the job is canceled',
          async () => (await atCluster<{ state: string }>(`/jobs/${id}`)).state === 'CANCELED',
          60,
        )
      })
    })

    it('say with the exception of the cluster why they failed', async () => {
      await onPage(async (page) => {
        await make(page, 'falls', FAILING)
        await page.getByRole('button', { name: 'Run now' }).click()
        await page.getByRole('heading', { name: 'Run of falls' }).waitFor()
        failing = new URL(page.url()).pathname
        await state(page, 'Failed')
        await page
          .locator('#state .reason')
          .getByText(/twenty/)
          .waitFor()
        const exceptions = page.locator('#exceptions')
        await exceptions
          .getByText(/NumberFormatException/)
          .first()
          .waitFor()
        const trace = (await exceptions.locator('pre').first().textContent()) ?? ''
        assert.match(trace, /^\s+at org\.apache\.flink\./m, 'a stack, line by line')
        assert.doesNotMatch(trace, /\\n|\\t/)
        await page.locator('#statements').getByText('FAILED').waitFor()
        await fits(page)
        await picture(page, 'task-failed')
      })
    })

    it('show what fails in them while Flink starts them over', async () => {
      await onPage(async (page) => {
        await make(page, 'stumbles', `SET 'execution.checkpointing.interval' = '1s';\n${FAILING}`)
        await page.getByRole('button', { name: 'Run now' }).click()
        await page.getByRole('heading', { name: 'Run of stumbles' }).waitFor()
        await page
          .locator('#exceptions')
          .getByText(/NumberFormatException/)
          .first()
          .waitFor()
        await page
          .locator('#log-lines')
          .getByText(/failed in part: .*'twenty'/)
          .first()
          .waitFor()
        await state(page, 'Running')
        await picture(page, 'task-restarting')
        await page.getByRole('button', { name: 'Stop', exact: true }).click()
        await state(page, 'Stopped')
      })
    })

    it('fit a phone in Chinese', async () => {
      const pages = [
        [work, '任务已取消'],
        [`${work}/again`, '它的运行的保存点'],
        [first, '检查点'],
        [failing, '异常'],
      ] as const
      await onPage(
        async (page) => {
          for (const [at, [path, words]] of pages.entries()) {
            await page.goto(`${world.app}${path}`)
            await page.getByText(words).first().waitFor()
            await fits(page)
            await picture(page, `phone-${at}`)
          }
        },
        { viewport: { width: 390, height: 800 }, locale: 'zh-CN' },
      )
    })
  },
)
