import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { activateRunner, drainRunner } from '../../src/domain/runner-control.ts'
import { beatRunner } from '../../src/domain/runner.ts'
import { fakeDocument } from '../console/fake-document.ts'
import { startRunner } from '../console/fake-runner.ts'
import { seedModels } from '../console/seed-models.ts'
import {
  iterate,
  perform,
  seedBusyRunner,
  seedFailed,
  seedFinished,
  seedJob,
  seedRunning,
  seedTables,
  type TestConsole,
  testConsole,
} from '../console/seed.ts'
import type { FakeRunner } from '../helpers/fake-runner.ts'
import { findChromium, openBrowser, openPage, type ServedConsole, serveConsole } from './browser.ts'

const SHORT = 15_000

describe('console in a browser', () => {
  let browser: Browser
  let test: TestConsole
  let served: ServedConsole
  let runner: FakeRunner
  const ids = { finished: '', failed: '', models: '' }
  let busy: Awaited<ReturnType<typeof seedBusyRunner>>
  let task = ''

  before(async () => {
    const executable = findChromium()
    assert.ok(executable, 'no Chromium')
    browser = await openBrowser(executable)
    test = await testConsole({
      docs: [fakeDocument()],
      liveMs: 50,
      catalog: catalogOf(COMPONENTS.values()),
    })
    await startRunner(test.db, ['9999'])
    runner = await startRunner(test.db)
    await seedTables(test.db, runner)
    ids.finished = (await seedFinished(test.db)).id
    ids.failed = (await seedFailed(test.db)).id
    ids.models = (await seedModels(test.db)).id
    busy = await seedBusyRunner(test.db)
    task = `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}`
    served = await serveConsole(test)
  })
  after(async () => {
    await browser.close()
    await served.close()
    await test.close()
  })

  /** Runs `visit` on a page of its own and then asks what the browser complained about. */
  async function onPage(
    visit: (page: Page) => Promise<void>,
    options: BrowserContextOptions & { complaints?: RegExp } = {},
  ): Promise<void> {
    const { complaints: expected, ...context } = options
    const session = await browser.newContext(context)
    session.setDefaultTimeout(SHORT)
    const { page, complaints } = await openPage(session)
    try {
      await visit(page)
      assert.deepEqual(
        complaints.filter((text) => !expected?.test(text)),
        [],
      )
    } finally {
      await session.close()
    }
  }

  const paths = () => [
    '/',
    '/jobs',
    `/jobs/${ids.finished}`,
    `/jobs/${ids.failed}`,
    `/jobs/${ids.finished}/components/hetero_lr_0`,
    ...['binning', 'selection'].map(
      (name) => `/jobs/${ids.models}/components/hetero_feature_${name}_0?tab=model`,
    ),
    ...['secureboost_0', 'hetero_pearson_0', 'hetero_kmeans_0'].map(
      (name) => `/jobs/${ids.models}/components/${name}?tab=model`,
    ),
    `/jobs/${ids.models}/components/evaluation_0?tab=results`,
    `/jobs/${ids.finished}/components/dataio_0?tab=data`,
    `/jobs/${ids.finished}/components/hetero_lr_0?tab=log`,
    `/jobs/${ids.finished}/parties/guest/9999`,
    `/jobs/${ids.finished}/rerun?component=hetero_lr_0`,
    '/jobs/new/template',
    `/compare?job=${ids.finished}&job=${ids.failed}`,
    '/jobs?party=9999',
    '/jobs/new',
    '/jobs/new?mode=json',
    '/tables',
    '/tables/example/breast_guest',
    '/runners',
    '/runners/invite',
    `/runners/${busy.runner.id}`,
    `/runners/${busy.runner.id}?span=day`,
    task,
    `${task}?attempt=1`,
    '/parties',
    '/docs',
    '/docs/fake',
    '/docs/security',
    '/docs/coverage',
    '/docs/coverage/fedlearn',
    '/docs/coverage/works',
  ]

  it('no page makes the browser complain, and none is wider than its window', async () => {
    for (const width of [1280, 390]) {
      await onPage(
        async (page) => {
          for (const path of paths()) {
            await page.goto(`${served.url}${path}`)
            const surplus = await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            )
            assert.equal(surplus, 0, `${path} at ${width} px`)
          }
        },
        { viewport: { width, height: 800 } },
      )
    }
  })

  it('a runner is drained, activated and, once confirmed, removed without a reload', async () => {
    const idle = await startRunner(test.db, ['4711'])
    await onPage(async (page) => {
      await page.goto(`${served.url}/runners`)
      await page.evaluate(() => document.documentElement.setAttribute('data-same', 'yes'))
      const card = page.locator(`#runner-${idle.id}`)
      const button = (name: string) =>
        card.getByRole('button', { name: `${name} runner runner of 4711` })
      await button('Drain').press('Enter')
      await card.getByText('draining').waitFor()
      await button('Activate').click()
      await card.getByText('live', { exact: true }).waitFor()
      await button('Drain').click()
      page.once('dialog', (dialog) => void dialog.dismiss())
      await button('Remove').click()
      await card.getByText('draining').waitFor()
      page.once('dialog', (dialog) => void dialog.accept())
      await button('Remove').click()
      await card.waitFor({ state: 'detached' })
      assert.equal(await page.getAttribute('html', 'data-same'), 'yes')
    })
  })

  it('the runner page keeps its time span while it refreshes, and follows what the runner runs', async () => {
    const worker = await startRunner(test.db, ['4712'])
    await onPage(async (page) => {
      await page.goto(`${served.url}/runners/${worker.id}?span=day`)
      await page.locator('#use').getByText('has not told how busy').waitFor()
      await beatRunner(test.db, {
        id: worker.id,
        state: 'active',
        sample: { cpu: 0.5, memoryMb: 1024, tasks: 0, gpus: [] },
      })
      await drainRunner(test.db, worker.id)
      await page.getByText('runs nothing: it can be removed').waitFor()
      const tab = page.locator('#use .tabs a[aria-current]')
      assert.equal(await tab.textContent(), '24 hours')
    })
    // A drain is for the data directory, which the runners of these tests share.
    await activateRunner(test.db, worker.id)
  })

  it('a task page follows its log and its next attempt; search and paging stay on the page', async () => {
    const { runner: worker, tasks } = await seedBusyRunner(test.db)
    const [held] = tasks
    await onPage(async (page) => {
      await page.goto(`${served.url}/jobs/${held.jobId}/tasks/${held.taskId}`)
      await page.evaluate(() => document.documentElement.setAttribute('data-same', 'yes'))
      const log = page.locator('#log-lines')
      await worker.report(held, { type: 'log', level: 'warn', text: 'it gets warm' })
      await log.getByText('it gets warm').waitFor()
      await page.getByLabel('Text in the line').fill('step 42:')
      await log.getByText('step 42: loss').waitFor()
      assert.equal(await log.locator('li').count(), 1)
      assert.equal(
        await page.evaluate(() => document.activeElement?.id),
        'log-text',
        'the search lost the focus while somebody typed',
      )
      await worker.report(
        held,
        { type: 'log', level: 'info', text: 'step 42: again' },
        { type: 'log', level: 'info', text: 'step 43: not asked for' },
      )
      await log.getByText('step 42: again').waitFor()
      assert.equal(await log.locator('li').count(), 2)
      await page.getByLabel('Text in the line').fill('')
      await log.getByText('step 43: not asked for').waitFor()
      await page.getByRole('link', { name: 'Earlier lines' }).click()
      await log.getByText('step 0: loss').waitFor()
      await page.getByRole('link', { name: 'Newest lines' }).click()
      await log.getByText('it gets warm').waitFor()
      await worker.settle(held, { state: 'released', reason: 'it shuts down' })
      const [third] = await worker.claim()
      await worker.report(third, { type: 'log', level: 'info', text: 'the third attempt' })
      await page.getByRole('heading', { name: 'What happened to attempt 3' }).waitFor()
      await log.getByText('the third attempt').waitFor()
      await worker.report(third, { type: 'log', level: 'info', text: 'and it goes on' })
      await log.getByText('and it goes on').waitFor()
      await worker.settle(third)
      await page.locator('#task-head .badge.state-succeeded').waitFor()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download as text' }).click(),
      ])
      assert.match(download.suggestedFilename(), /attempt-3\.log\.txt$/)
      assert.equal(await page.getAttribute('html', 'data-same'), 'yes')
    })
  })

  it('links replace the page without loading it anew, and back leads back', async () => {
    await onPage(async (page) => {
      await page.goto(served.url)
      await page.evaluate(() => document.documentElement.setAttribute('data-same', 'yes'))
      await page.getByRole('link', { name: 'Jobs', exact: true }).click()
      await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
      assert.equal(new URL(page.url()).pathname, '/jobs')
      assert.equal(await page.title(), 'Jobs · Weft')
      await page.goBack()
      await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
      assert.equal(await page.getAttribute('html', 'data-same'), 'yes')
    })
  })

  it('a running job grows on its page without a reload: log, loss, states, end', async () => {
    const { job, runner: worker, tasks } = await seedRunning(test.db)
    await onPage(async (page) => {
      await page.goto(`${served.url}/jobs/${job.id}`)
      await page.evaluate(() => document.documentElement.setAttribute('data-same', 'yes'))
      await page.locator('#parameters summary').first().click()
      const arbiter = tasks.find((task) => task.role === 'arbiter')
      assert.ok(arbiter)
      const points = page.locator('#results .chart').first().locator('.marker')
      assert.equal(await points.count(), 4)
      await iterate(worker, arbiter, 4)
      await page.locator('#log-lines').getByText('iteration 4: loss').waitFor()
      await page.locator('#tasks').getByText('Iteration 5 of 10').waitFor()
      await page.waitForFunction(
        () => document.querySelectorAll('#results .chart:first-child .marker').length === 5,
      )
      for (const task of tasks) await worker.settle(task)
      await page.locator('#graph .node.state-succeeded').nth(2).waitFor({ state: 'attached' })
      await worker.work((task) => perform(worker, task))
      await page.locator('#job-head .badge.state-succeeded').waitFor()
      await page.locator('#results').getByText('ROC curve of evaluation_0').first().waitFor()
      assert.equal(await page.getByRole('button', { name: 'Stop job' }).count(), 0)
      assert.equal(await page.getAttribute('html', 'data-same'), 'yes')
      const isOpen = await page.locator('#parameters details').first().getAttribute('open')
      assert.notEqual(isOpen, null, 'what the reader had opened was closed')
    })
  })

  it('the live connection is made even when its script comes late', async () => {
    const { job, runner: worker, tasks } = await seedRunning(test.db)
    await onPage(async (page) => {
      await page.route('**/hx-sse.min.js', async (route) => {
        // No frame is drawn before the scripts are there, so it cannot be asked at every frame.
        await page.waitForFunction(() => 'htmx' in window, undefined, { polling: 20 })
        // Timers of the page have their turn before the script comes.
        await page.evaluate(() => new Promise((done) => setTimeout(done, 20)))
        await route.continue()
      })
      await page.goto(`${served.url}/jobs/${job.id}`)
      await worker.report(tasks[0], { type: 'log', level: 'info', text: 'heard all the same' })
      await page.locator('#log-lines').getByText('heard all the same').waitFor()
    })
    for (const task of tasks) await worker.settle(task)
    await worker.work(() => Promise.resolve())
  })

  it('the page keeps the newest five hundred lines', async () => {
    const { job, runner: worker, tasks } = await seedRunning(test.db)
    await onPage(async (page) => {
      await page.goto(`${served.url}/jobs/${job.id}`)
      const lines = Array.from({ length: 700 }, (_, index) => ({
        type: 'log' as const,
        level: 'info',
        text: `burst ${index};`,
      }))
      await worker.report(tasks[0], ...lines)
      await page.locator('#log-lines').getByText('burst 699;').waitFor()
      await page.waitForFunction(() => document.querySelectorAll('#log-lines > li').length === 500)
      // The box shows its end, where the new lines come.
      assert.ok(await page.locator('#log-lines').getByText('burst 699;').isVisible())
      const gap = await page.locator('.log').evaluate((box) => Math.abs(box.scrollTop))
      assert.ok(gap < 4, `scrolled away from the end by ${gap} px`)
    })
    for (const task of tasks) await worker.settle(task)
    await worker.work(() => Promise.resolve())
  })

  it('the log is narrowed in place and goes on narrowed', async () => {
    const { job, runner: worker, tasks } = await seedRunning(test.db)
    await onPage(async (page) => {
      await page.goto(`${served.url}/jobs/${job.id}`)
      await page.getByLabel('Level').selectOption('error')
      await page.getByText('No line matches.').waitFor()
      await worker.report(
        tasks[0],
        { type: 'log', level: 'info', text: 'too quiet' },
        { type: 'log', level: 'error', text: 'loud enough' },
      )
      await page.locator('#log-lines').getByText('loud enough').waitFor()
      assert.equal(await page.getByText('too quiet').count(), 0)
    })
    for (const task of tasks) await worker.settle(task)
    await worker.work(() => Promise.resolve())
  })

  it('a job that was chosen for comparison stays chosen while the list refreshes', async () => {
    const { runner: worker, tasks } = await seedRunning(test.db)
    await onPage(async (page) => {
      await page.goto(`${served.url}/jobs`)
      const box = page.locator('input[name=job]').first()
      await box.check()
      await Promise.all([
        page.waitForResponse((response) => response.url().includes('/jobs/list')),
        worker.report(tasks[0], { type: 'progress', fraction: 0.9, note: 'Iteration 9 of 10' }),
      ])
      await page.getByText('Iteration 9 of 10').first().waitFor()
      assert.equal(await box.isChecked(), true)
    })
    for (const task of tasks) await worker.settle(task)
    await worker.work(() => Promise.resolve())
  })

  it('a job is stopped from the list, after a question', async () => {
    const { job } = await seedRunning(test.db)
    await onPage(async (page) => {
      const questions: string[] = []
      page.on('dialog', (dialog) => {
        questions.push(dialog.message())
        void dialog.accept()
      })
      await page.goto(`${served.url}/jobs`)
      const row = page.getByRole('row').filter({ hasText: job.id })
      await row.getByRole('button', { name: /Stop/ }).click()
      await row.getByText('Stopped', { exact: true }).waitFor()
      assert.deepEqual(questions, ['Stop Training under way?'])
    })
  })

  it('a wrong form comes back with the message in focus, a right one leads to the job', async () => {
    await onPage(
      async (page) => {
        await page.goto(`${served.url}/jobs/new`)
        await page.getByLabel('Most iterations').fill('none')
        await page.getByRole('button', { name: 'Submit job' }).click()
        await page.getByText('Write a whole number, such as 10.').waitFor()
        assert.equal(
          await page.evaluate(() => document.activeElement?.getAttribute('role')),
          'alert',
        )
        await page.getByLabel('Most iterations').fill('5')
        await page.getByRole('button', { name: 'Submit job' }).click()
        await page.waitForURL(/\/jobs\/\d+$/)
        await page.getByRole('heading', { level: 1 }).waitFor()
      },
      { complaints: /status of 422/ },
    )
  })

  it('the example goes from the button to its job by itself', async () => {
    const fresh = await testConsole()
    const worker = await startRunner(fresh.db)
    const home = await serveConsole(fresh)
    try {
      await onPage(async (page) => {
        await page.goto(home.url)
        await page.getByRole('button', { name: 'Run the example' }).click()
        await page.getByRole('heading', { name: 'Example' }).waitFor()
        await worker.work(() => Promise.resolve())
        await page.waitForURL(/\/jobs\/\d+$/)
        await page.getByRole('heading', { name: 'Tasks' }).waitFor()
        assert.equal(fresh.submitted.length, 1)
      })
    } finally {
      await home.close()
      await fresh.close()
    }
  })

  it('everything that can be clicked can be reached with the keyboard, and shows that it is', async () => {
    await onPage(async (page) => {
      for (const path of [
        `/jobs/${ids.finished}`,
        `${task}?attempt=1`,
        '/runners',
        `/jobs/${ids.models}/components/secureboost_0?tab=model`,
        `/jobs/${ids.models}/components/evaluation_0?tab=results`,
        `/jobs/${ids.finished}/components/dataio_0?tab=data`,
        `/compare?job=${ids.finished}&job=${ids.failed}`,
        '/jobs?party=9999',
      ]) {
        await page.goto(`${served.url}${path}`)
        await page.keyboard.press('Tab')
        assert.equal(
          await page.evaluate(() => document.activeElement?.textContent?.trim()),
          'Skip to content',
        )
        const blind: string[] = []
        for (let step = 0; step < 400; step += 1) {
          await page.keyboard.press('Tab')
          const found = await page.evaluate(() => {
            const element = document.activeElement
            if (!element || element === document.body) return undefined
            const style = getComputedStyle(element)
            const box = element.querySelector('.node-box')
            const isShown =
              style.outlineStyle !== 'none' ||
              (box !== null && getComputedStyle(box).strokeWidth === '3px')
            // A date has several parts, each with a stop of its own.
            const isDate = element instanceof HTMLInputElement && element.type === 'date'
            const isNew = isDate || !element.hasAttribute('data-reached')
            element.setAttribute('data-reached', '')
            return { name: element.outerHTML.slice(0, 120), isShown, isNew }
          })
          if (!found?.isNew) break
          if (!found.isShown) blind.push(found.name)
        }
        assert.deepEqual(blind, [])
        const missed = await page.evaluate(() =>
          [...document.querySelectorAll('a[href]:not(.skip), button, select, input, summary')]
            .filter((element) => element.checkVisibility() && !element.hasAttribute('data-reached'))
            .map((element) => element.outerHTML.slice(0, 120)),
        )
        assert.deepEqual(missed, [], path)
      }
    })
  })

  it('dark and light follow the reader, and text stands out from its ground in both', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await onPage(
        async (page) => {
          for (const path of [
            '/',
            `/jobs/${ids.finished}`,
            '/docs/fake',
            '/jobs/new',
            '/runners',
            `/runners/${busy.runner.id}`,
            `${task}?attempt=1`,
            `/jobs/${ids.models}/components/hetero_feature_binning_0?tab=model`,
            `/jobs/${ids.models}/components/evaluation_0?tab=results`,
            `/jobs/${ids.finished}/rerun?component=hetero_lr_0`,
            `/compare?job=${ids.finished}&job=${ids.failed}`,
          ]) {
            await page.goto(`${served.url}${path}`)
            const ground = await page.evaluate(
              () => getComputedStyle(document.body).backgroundColor,
            )
            const [red] = ground.match(/\d+/g)?.map(Number) ?? []
            assert.ok(colorScheme === 'dark' ? red < 60 : red > 200, `${colorScheme}: ${ground}`)
            // The loader of TypeScript wraps inner functions in a helper that the page does not have.
            await page.evaluate('globalThis.__name = (value) => value')
            const weak = await page.evaluate(weakTexts)
            assert.deepEqual(weak, [], `${path} ${colorScheme}`)
          }
        },
        { colorScheme },
      )
    }
  })

  it('reads well without scripts', async () => {
    const job = await seedJob(test.db, { name: 'Plain HTML' })
    await onPage(
      async (page) => {
        await page.goto(`${served.url}/jobs/${ids.finished}`)
        await page.getByText('ROC curve of evaluation_0').first().waitFor()
        await page.getByRole('link', { name: 'Jobs', exact: true }).first().click()
        await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
        await page.getByLabel('State').selectOption('failed')
        await page.getByRole('button', { name: 'Filter' }).click()
        await page.getByRole('link', { name: 'Wrong label column' }).waitFor()
        assert.equal(await page.getByRole('link', { name: 'Plain HTML' }).count(), 0)
        await page.goto(`${served.url}/jobs/${job.id}`)
        await page.getByRole('button', { name: 'Stop job' }).click()
        await page.locator('#job-head .badge.state-canceled').waitFor()
      },
      { javaScriptEnabled: false },
    )
  })
})

/** Texts whose contrast with their ground is below 4.5 to 1; runs in the page. */
function weakTexts(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const parse = (color: string): [number, number, number, number] => {
    if (!canvas) return [0, 0, 0, 0]
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha]
  }
  const light = ([red, green, blue]: number[]) => {
    const part = (value: number) => {
      const share = value / 255
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    }
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
  }
  const weak: string[] = []
  for (const element of document.querySelectorAll('main *, header *, footer *')) {
    const isText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && (node.textContent ?? '').trim() !== '',
    )
    if (!isText || !element.checkVisibility() || element instanceof SVGElement) continue
    let around: Element | null = element
    let ground = parse(getComputedStyle(element).backgroundColor)
    while (ground[3] < 255 && around) {
      around = around.parentElement
      if (around) ground = parse(getComputedStyle(around).backgroundColor)
    }
    const text = light(parse(getComputedStyle(element).color))
    const behind = light(ground)
    const contrast = (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05)
    if (contrast < 4.5) weak.push(`${contrast.toFixed(2)} ${element.outerHTML.slice(0, 90)}`)
  }
  return weak
}
