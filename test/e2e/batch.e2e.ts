import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'

import type { Browser, Page } from 'playwright-core'

import { freshFolder, removeFolders, start, type Started } from '../process/cluster.ts'
import { findChromium, openBrowser, type VisitOptions, visitPage } from './browser.ts'

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
    // The example of several roles asks for four cores at once.
    const host = { ...env, WEFT_PROCESSES: 'host', WEFT_CORES: '8', WEFT_MEMORY_MB: '8192' }
    processes.push(await start({ entry: 'runner.ts', env: host, ready: /weft runner ready/ }))
  })
  after(async () => {
    await browser.close()
    for (const one of processes.toReversed()) await one.stop()
    await removeFolders(folders)
  })

  const onPage = (visit: (page: Page) => Promise<void>, options: VisitOptions = {}) =>
    visitPage(browser, visit, options)

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

  it('is found under filters of the address, which the file and the next visit have as well', async () => {
    const submit = async (name: string, more: string) => {
      const body = `${TALKS.replace('talks', name)}${more}`
      const headers = { 'content-type': 'text/yaml' }
      const answer = await fetch(`${app}/api/v2/jobs`, { method: 'POST', headers, body })
      assert.equal(answer.status, 202, await answer.text())
      const path = `${app}/api/v2/jobs/weft~${name}`
      const json = { 'content-type': 'application/json' }
      const put = (what: string, value: string) =>
        fetch(`${path}/${what}`, { method: 'PUT', headers: json, body: JSON.stringify({ value }) })
      assert.equal((await put('executionType', 'STOP')).status, 202)
      return put
    }
    const tag = await submit('night-one', 'extras: { weft: { host: true } }\n')
    assert.equal((await tag('tag', 'nightly')).status, 200)
    await submit('day-one', 'extras: { weft: { host: true } }\n')
    await onPage(async (page) => {
      await page.goto(`${app}/batch`)
      await page.getByLabel('User, name or cluster').fill('one')
      await page.getByLabel('State').selectOption('STOPPED')
      await page.getByLabel('Order').selectOption('jobName,ASC')
      await page.getByRole('button', { name: 'Filter', exact: true }).click()
      await page.getByText('2 jobs found').waitFor()
      const { searchParams } = new URL(page.url())
      assert.deepEqual(
        ['keyword', 'state', 'order'].map((key) => searchParams.get(key)),
        ['one', 'STOPPED', 'jobName,ASC'],
      )
      await page.getByText('More filters').click()
      await page.getByLabel('Tag').fill('nightly')
      await page.getByRole('button', { name: 'Filter', exact: true }).click()
      await page.getByText('1 job found').waitFor()
      // The address alone is the same list.
      await page.goto(page.url())
      await page.getByRole('link', { name: 'night-one' }).waitFor()
      assert.equal(await page.getByRole('link', { name: 'day-one' }).count(), 0)
      assert.equal(await page.getByLabel('Tag').inputValue(), 'nightly')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Download as CSV' }).click(),
      ])
      const [head, first, ...rest] = (await readFile(await download.path(), 'utf8')).split('\r\n')
      assert.match(head, /^name,user,state,/)
      assert.match(first, /^night-one,weft,STOPPED,default,,nightly,/)
      assert.deepEqual(rest, [''])
    })
  })

  it('is begun from each of the examples', async () => {
    await onPage(async (page) => {
      for (const label of ['one task', 'distributed', 'parameters and secrets']) {
        await page.goto(`${app}/batch/new`)
        await page.getByRole('link', { name: `Example: ${label}` }).click()
        await page.locator('#check').getByText('can be submitted').waitFor()
        await page.getByRole('button', { name: 'Submit the job' }).click()
        await page
          .locator('#batch-head')
          .getByText('Succeeded', { exact: true })
          .waitFor({ timeout: 60_000 })
      }
    })
  })

  it('has users and groups, whose pages change what they may use', async () => {
    await onPage(async (page) => {
      page.on('dialog', (dialog) => void dialog.accept())
      await page.goto(`${app}/batch/clusters`)
      await page.getByLabel('Name', { exact: true }).fill('small')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('link', { name: 'small' }).waitFor()
      await page.getByRole('link', { name: 'Groups' }).click()
      await page.getByRole('heading', { name: 'New group' }).waitFor()
      await page.getByLabel('Name', { exact: true }).fill('lab')
      await page.getByLabel('small').check()
      await page.getByRole('button', { name: 'Add' }).click()
      await page.locator('#group-lab').getByText('small').waitFor()
      await page.getByRole('link', { name: 'Users' }).click()
      await page.getByRole('heading', { name: 'New user' }).waitFor()
      await page.getByLabel('Name', { exact: true }).fill('eve')
      await page.getByLabel('Password').fill('secret 1')
      await page.getByRole('button', { name: 'Add' }).click()
      await page.getByRole('link', { name: 'Change eve' }).click()
      await page.getByRole('heading', { name: 'eve' }).waitFor()
      await page.getByLabel('lab').check()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.locator('#user-eve').getByText('default, small').waitFor()

      await page.goto(`${app}/login`)
      await page.getByLabel('User').fill('eve')
      await page.getByLabel('Password').fill('secret 1')
      await page.getByRole('button', { name: 'Log in' }).first().click()
      await page.waitForURL(`${app}/`)
      await page.goto(`${app}/batch/me`)
      await page.getByLabel('What the token is for').fill('night build')
      await page.getByRole('button', { name: 'New token for a program' }).click()
      const token = await page.locator('#made code').textContent()
      const headers = { authorization: `Bearer ${token ?? ''}` }
      const mine = () => fetch(`${app}/api/v2/tokens/check`, { headers })
      assert.equal((await mine()).status, 200)
      await page.goto(`${app}/batch/me`)
      await page
        .getByRole('row', { name: 'night build' })
        .getByText(/^(just now|\d+ \S+ ago)$/)
        .first()
        .waitFor()
      await page.getByRole('button', { name: 'Revoke all others' }).click()
      await page.getByRole('row', { name: 'night build' }).waitFor({ state: 'detached' })
      assert.equal((await mine()).status, 401)
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
          '/groups',
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
