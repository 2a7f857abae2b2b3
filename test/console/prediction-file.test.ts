import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { getJob } from '../../src/domain/job.ts'
import { listTasks } from '../../src/domain/task.ts'
import type { FakeRunner } from '../helpers/app.ts'
import { part, policyBreaches, textOf } from './html.ts'
import { matched, pair, post, startClients, train } from './seed-project.ts'
import { type TestConsole, testConsole } from './seed.ts'

describe('predictions of files in the console', () => {
  let test: TestConsole
  let runner: FakeRunner
  let files = ''

  before(async () => {
    test = await testConsole({ catalog: catalogOf(COMPONENTS.values()) })
    runner = await startClients(test)
    const match = await matched(test, runner, 12)
    const form = new URLSearchParams(match.split('?')[1])
    form.set('model', 'FederatedGB')
    const training = await post(test, `${match.split('?')[0]}/train`, form)
    assert.equal((await test.page(`${training}/files`)).status, 409)
    await train(runner)
    files = `${training}/files`
  })
  after(() => test.close())

  const asking = (change: Readonly<Record<string, string>> = {}) =>
    new URLSearchParams({ owner: 'right', path: 'in/ids.txt', ...change })

  it('asks whose file, and which; one of the tabs of a model', async () => {
    const { html } = await test.page(files)
    assert.deepEqual(policyBreaches(html), [])
    assert.match(html, /<option value="left" selected/)
    assert.match(html, new RegExp(`href="${files}" aria-current="page"`))
    assert.equal(part(html, 'files'), '')
  })

  it('refuses a path that leads out, none, and somebody else, and keeps what was written', async () => {
    for (const [change, words] of [
      [{ path: ' ' }, 'Which file? Give its path'],
      [{ path: '../secret' }, 'path "../secret" cannot be'],
      [{ owner: 'stranger' }, 'Choose the party that has the file'],
      [{ data: pair('right', 'other.csv') }, 'other.csv'],
    ] as const) {
      const answer = await test.app.request(files, { method: 'POST', body: asking(change) })
      const html = await answer.text()
      assert.equal(answer.status, 422)
      assert.ok(textOf(part(html, 'ask') + html).includes(words), textOf(html))
      if (!('owner' in change)) assert.match(html, /<option value="right" selected/)
    }
  })

  it('follows one to its end, and says where the answers are', async () => {
    const page = await post(test, files, asking())
    const fresh = await test.page(page)
    assert.match(fresh.html, new RegExp(`hx-get="${page}/parts" hx-trigger="every 2s"`))
    assert.ok(!textOf(fresh.html).includes('_result'))
    const tasks = await listTasks(test.db, page.split('/').at(-1) ?? '')
    assert.deepEqual(
      tasks.filter(({ kind }) => kind === 'download').map(({ party }) => party),
      ['right'],
    )
    await runner.work(() => Promise.resolve())
    const { html } = await test.page(page)
    assert.ok(!html.includes('hx-trigger="every'))
    assert.match(textOf(part(html, 'progress')), /Succeeded .*in\/ids\.txt .*in\/ids_result\.txt/)
    const list = textOf(part((await test.page(files)).html, 'files'))
    assert.match(list, /in\/ids\.txt right Succeeded/)
  })

  it('tells why one failed, and shows none of another model', async () => {
    const page = await post(test, files, asking())
    const [task] = await runner.claim()
    await runner.settle(task, { state: 'failed', reason: 'No such file: in/ids.txt' })
    assert.equal((await getJob(test.db, page.split('/').at(-1) ?? '')).state, 'failed')
    const { html } = await test.page(page)
    assert.match(textOf(part(html, 'progress')), /Failed .*No such file: in\/ids\.txt/)
    assert.equal((await test.page(`${files}/nowhere`)).status, 404)
  })
})
