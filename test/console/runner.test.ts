import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { redeemInvite } from '../../src/domain/invite.ts'
import { getRunner } from '../../src/domain/runner-control.ts'
import { listRunners } from '../../src/domain/runner.ts'
import { startRunner } from './fake-runner.ts'
import { part, textOf } from './html.ts'
import { seedBusyRunner, type TestConsole, testConsole } from './seed.ts'

/** The card of one runner. */
function card(html: string, id: string): string {
  const start = html.indexOf(`id="runner-${id}"`)
  return html.slice(start, html.indexOf('</article>', start))
}

describe('the page of runners', () => {
  let test: TestConsole
  let busy: Awaited<ReturnType<typeof seedBusyRunner>>

  before(async () => {
    test = await testConsole()
    busy = await seedBusyRunner(test.db)
  })
  after(() => test.close())

  it('shows of each its state, its parties, its slots, what it runs and how busy it is', async () => {
    const { html } = await test.page('/runners')
    const own = card(html, busy.runner.id)
    assert.match(
      textOf(own),
      /runner of 77 live heard of .*party 77 zone=basement .*Slots in use 1 of 8 .*CPU, 16 cores \d+ % .*Memory of 128 GiB/,
    )
    assert.match(own, new RegExp(`href="/jobs/\\d+/tasks/${busy.tasks[0].taskId}"`))
    assert.match(own, /aria-label="CPU of runner of 77 over the last 15 minutes, now \d+ %"/)
    assert.match(own, /class="sparkline-line" d="M[\d.]+ [\d.]+L/)
  })

  it('shows its devices and whom each is given to', async () => {
    const text = textOf(card((await test.page('/runners')).html, busy.runner.id))
    assert.match(
      text,
      /GPU 0 NVIDIA H100 80GB HBM3 · 79\.6 GiB · driver 580\.95\.05 train_0 · local 77 GPU 1 NVIDIA .* free/,
    )
  })

  it('says how to start a runner, here and elsewhere', async () => {
    const text = textOf(part((await test.page('/runners')).html, 'start'))
    assert.match(text, /npm run runner/)
    assert.match(text, /npm run cli -- runner invite --party PARTY/)
    assert.match(text, /weft-runner register --server http:\/\/localhost --code CODE/)
  })

  it('makes a one-time code for chosen parties and shows its command once', async () => {
    const made = await test.post('/runners/invite', { parties: '10000, 77', name: 'of the bank' })
    assert.equal(made.status, 200)
    assert.equal(made.headers.get('cache-control'), 'no-store')
    const [, code] = /--code (\S+) --data-dir/.exec(textOf(await made.text())) ?? []
    const { token: _token, ...got } = await redeemInvite(test.db, code, Date.now())
    assert.deepEqual(got, { name: 'of the bank', parties: ['10000', '77'], trusted: false })
    await assert.rejects(redeemInvite(test.db, code, Date.now()), /used/)
    assert.doesNotMatch((await test.page('/runners/invite')).html, new RegExp(code))
  })

  it('asks for a party where none is given, and keeps what was typed', async () => {
    const refused = await test.post('/runners/invite', { parties: ' , ', name: 'mine' })
    assert.equal(refused.status, 422)
    const html = await refused.text()
    assert.match(textOf(html), /Which party does the runner serve\?/)
    assert.match(html, /value="mine"/)
  })

  it('keeps itself current', async () => {
    assert.match((await test.page('/runners')).html, /hx-get="\/runners\/list" hx-trigger="every/)
    assert.match(
      (await test.page(`/runners/${busy.runner.id}?span=day`)).html,
      new RegExp(`hx-get="/runners/${busy.runner.id}/parts\\?span=day" hx-trigger="every`),
    )
  })

  it('one runner has a page with its charts, its devices, what it offers, runs and ran', async () => {
    const { html } = await test.page(`/runners/${busy.runner.id}`)
    assert.match(
      textOf(part(html, 'now')),
      /train_0 · local 77 Night shift 2 4 cores, 16\.0 GiB, GPU 0 and port 40000 40 %/,
    )
    const use = part(html, 'use')
    for (const title of ['CPU of 16 cores', 'Memory of 128 GiB', 'Tasks on 8 slots', 'GPUs']) {
      assert.ok(textOf(use).includes(title), title)
    }
    assert.match(textOf(part(html, 'gpus')), /GPU 0 NVIDIA .* CUDA 58\.7 GiB of 79\.6 GiB \d+ %/)
    assert.match(
      textOf(part(html, 'offers')),
      /Cores 16 Memory 128 GiB GPUs 2 Engines local, slurm Ports 40 ?000–40 ?099|Ports 40000–40099 \(100\)/u,
    )
    assert.match(textOf(part(html, 'attempts')), /given back Its memory was needed elsewhere/)
  })

  it('does not draw a line through a time of which nothing is known', async () => {
    const { html } = await test.page(`/runners/${busy.runner.id}?span=day`)
    const memory = html.slice(html.indexOf('chart-memory-title'))
    const path = /class="line" d="([^"]*)"/.exec(memory)?.[1] ?? ''
    assert.equal((path.match(/M/g) ?? []).length, 2, 'the host was away once')
    const fine = (await test.page(`/runners/${busy.runner.id}`)).html
    const now = fine.slice(fine.indexOf('chart-memory-title'))
    const line = /class="line" d="([^"]*)"/.exec(now)?.[1] ?? ''
    assert.equal((line.match(/M/g) ?? []).length, 1)
  })

  it('does not show which token a runner of another organisation has', async () => {
    const { id } = await startRunner(test.db, ['5'])
    const facts = JSON.stringify({ host: 'their-host', gateway: 'digest-of-token' })
    await test.db
      .updateTable('runner')
      .set({ facts: facts as never })
      .where('id', '=', id)
      .execute()
    const text = textOf((await test.page(`/runners/${id}`)).html)
    assert.ok(text.includes('their-host'))
    assert.ok(!text.includes('digest-of-token'))
  })
})

describe('draining and removing in the console', () => {
  it('drains, activates, and goes back to the page it was asked from', async () => {
    const test = await testConsole()
    const { id } = await startRunner(test.db)
    const path = `/runners/${id}`
    assert.match((await test.page('/runners')).html, new RegExp(`action="${path}/drain"`))
    const drained = await test.post(`${path}/drain`, { back: '/runners' })
    assert.deepEqual([drained.status, drained.headers.get('location')], [303, '/runners'])
    assert.equal((await getRunner(test.db, id)).state, 'draining')
    const { html } = await test.page(path)
    assert.match(textOf(html), /takes no more work and runs nothing: it can be removed/)
    assert.doesNotMatch(html, /\/drain"/)
    const back = await test.post(`${path}/activate`, { back: 'https://elsewhere.example/' })
    assert.equal(back.headers.get('location'), path)
    assert.equal((await getRunner(test.db, id)).state, 'active')
    await test.close()
  })

  it('asks before it removes, and takes the runner off the list', async () => {
    const test = await testConsole()
    const { id } = await startRunner(test.db)
    await test.post(`/runners/${id}/drain`, {})
    const { html } = await test.page(`/runners/${id}`)
    assert.match(html, new RegExp(`action="/runners/${id}/remove"[^>]*hx-confirm="Remove runner`))
    const removed = await test.post(`/runners/${id}/remove`, {})
    assert.deepEqual([removed.status, removed.headers.get('location')], [303, '/runners'])
    assert.deepEqual(await listRunners(test.db), [])
    const page = (await test.page(`/runners/${id}`)).html
    assert.match(textOf(page), /runner of all removed/)
    assert.ok(!page.includes('hx-trigger="every'), 'it asks after a runner that is no more')
    await test.close()
  })

  it('a live runner is not removed: the page says what to do first', async () => {
    const test = await testConsole()
    const { runner } = await seedBusyRunner(test.db)
    const live = await test.post(`/runners/${runner.id}/remove`, {})
    assert.equal(live.status, 409)
    assert.match(textOf(await live.text()), /it is live; drain it first, or stop its process/)
    await test.post(`/runners/${runner.id}/drain`, {})
    const busy = await test.post(`/runners/${runner.id}/remove`, {})
    assert.equal(busy.status, 409)
    assert.match(textOf(await busy.text()), /it still holds a task; wait until/)
    assert.equal((await test.page('/runners/nobody')).status, 404)
    await test.close()
  })
})
