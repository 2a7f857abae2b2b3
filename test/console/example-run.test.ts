import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { listJobs } from '../../src/domain/job.ts'
import { startRunner } from './fake-runner.ts'
import { textOf } from './html.ts'
import { seedTables, testConsole } from './seed.ts'

describe('the example', () => {
  it('uploads the tables for their parties, waits, then submits the job', async () => {
    const test = await testConsole()
    const runner = await startRunner(test.db)
    const started = await test.post('/example', {})
    assert.equal(started.status, 303)
    const address = started.headers.get('location') ?? ''
    const uploads = await listJobs(test.db, { kind: 'upload', limit: 10 })
    assert.deepEqual(uploads.items.map(({ name, members }) => [name, members]).toReversed(), [
      ['Upload of example.breast_guest', { local: ['9999'] }],
      ['Upload of example.breast_host', { local: ['10000'] }],
    ])
    const waiting = await test.page(address)
    assert.match(waiting.html, /hx-get="\/example\/parts\?[^"]*" hx-trigger="every 700ms"/)
    assert.deepEqual(test.submitted, [])

    await runner.work(() => Promise.resolve())
    const ready = await test.page(address.replace('/example?', '/example/parts?'), true)
    assert.ok(!ready.html.includes('every 700ms'), 'it still asks')
    assert.match(
      ready.html,
      /<form method="post" action="\/example\/submit"[^>]*hx-trigger="load, submit"/,
    )
    const submitted = await test.post('/example/submit', {})
    assert.match(submitted.headers.get('location') ?? '', /^\/jobs\/\d+$/)
    assert.equal(test.submitted.length, 1)
    await test.close()
  })

  it('submits at once when the tables are there', async () => {
    const test = await testConsole()
    await seedTables(test.db, await startRunner(test.db))
    const answer = await test.post('/example', {})
    assert.match(answer.headers.get('location') ?? '', /^\/jobs\/\d+$/)
    await test.close()
  })

  it('says so when no runner serves a party', async () => {
    const test = await testConsole()
    const answer = await test.post('/example', {})
    assert.equal(answer.status, 503)
    assert.match(textOf(await answer.text()), /No live runner serves party 9999/)
    await test.close()
  })

  it('an upload that fails ends the wait with its reason', async () => {
    const test = await testConsole()
    const runner = await startRunner(test.db)
    const address = (await test.post('/example', {})).headers.get('location') ?? ''
    const [task] = await runner.claim()
    await runner.settle(task, { state: 'failed', reason: 'no such file' })
    const { html } = await test.page(address)
    assert.match(textOf(html), /failed in upload_0: no such file/)
    assert.match(textOf(html), /Try again/)
    assert.ok(!html.includes('hx-trigger'))
    await test.close()
  })

  it('gives up waiting after a minute and says what it waits for', async () => {
    const test = await testConsole()
    await startRunner(test.db)
    const address = new URL(
      (await test.post('/example', {})).headers.get('location') ?? '',
      'http://x',
    )
    address.searchParams.set('since', String(Date.now() - 61_000))
    const { html } = await test.page(`${address.pathname}${address.search}`)
    assert.match(
      textOf(html),
      /not done after 60 seconds: upload_0 at local 9999: About to be taken by its runner/,
    )
    await test.close()
  })

  it('refused by the surface, it says why', async () => {
    const test = await testConsole({
      submitFate: () =>
        Promise.resolve({ retcode: 100, retmsg: 'unknown module HeteroLR', jobId: null }),
    })
    const answer = await test.post('/example/submit', {})
    assert.equal(answer.status, 503)
    assert.match(textOf(await answer.text()), /could not be submitted: unknown module HeteroLR/)
    await test.close()
  })
})
