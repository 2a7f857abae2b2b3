import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { stopJob } from '../../src/domain/job.ts'
import { LOG_TAIL } from '../../src/domain/log-tail.ts'
import { openLive, targetsOf } from './events.ts'
import { part, textOf } from './html.ts'
import { seedBusyRunner, seedJob, type TestConsole, testConsole } from './seed.ts'

describe('the page of a task', () => {
  let test: TestConsole
  let busy: Awaited<ReturnType<typeof seedBusyRunner>>
  let path = ''

  before(async () => {
    test = await testConsole()
    busy = await seedBusyRunner(test.db)
    path = `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}`
  })
  after(() => test.close())

  const lines = (html: string) => textOf(html.split('id="log-lines"')[1].split('</ol>')[0])

  it('is led to from the job and from its component', async () => {
    const job = `/jobs/${busy.tasks[0].jobId}`
    for (const page of [job, `${job}/components/train_0`]) {
      const { html } = await test.page(page)
      assert.ok(html.includes(`href="${path}"`), page)
    }
  })

  it('lists its attempts with runner, what each was given, how it ended and why', async () => {
    const { html } = await test.page(path)
    assert.match(
      textOf(part(html, 'attempts')),
      /Attempt 2 · shown below running runner of 77 4 cores, 16\.0 GiB, GPU 0 and port 40000 .*Attempt 1 given back runner of 77 a slot exited \(SIGKILL\) Its memory was needed elsewhere/,
    )
    assert.ok(html.includes(`href="/runners/${busy.runner.id}"`))
  })

  it('shows the last attempt with its own events and its own log', async () => {
    const { html } = await test.page(path)
    const events = textOf(part(html, 'events'))
    assert.match(
      events,
      /The learning rate was halved .*attempt 2 was taken by runner "runner of 77"/,
    )
    assert.match(lines(html), /step 699: loss/)
    assert.ok(!lines(html).includes('first attempt'))
  })

  it('shows an earlier attempt when asked to', async () => {
    const { html } = await test.page(`${path}?attempt=1`)
    assert.match(textOf(part(html, 'given')), /Its process exited \(SIGKILL\) Most memory 8\.8 GiB/)
    assert.match(textOf(part(html, 'events')), /attempt 1 was handed back/)
    assert.match(lines(html), /CUDA out of memory/)
    assert.ok(!lines(html).includes('step'))
    const { status, html: none } = await test.page(`${path}?attempt=7`)
    assert.equal(status, 404)
    assert.match(textOf(none), /has no attempt 7: it has been tried 2 times/)
  })

  it('narrows the log by level and by text', async () => {
    assert.ok(!lines((await test.page(`${path}?level=info`)).html).includes('debug'))
    const { html } = await test.page(`${path}?text=STEP+42%3A`)
    assert.match(lines(html), /step 42: loss/)
    assert.ok(!lines(html).includes('step 43'))
    assert.match(textOf((await test.page(`${path}?text=100%25`)).html), /No line matches/)
  })

  it('pages back to the first line, and forth to the newest', async () => {
    const first = await test.page(path)
    assert.ok(!lines(first.html).includes('step 199:'))
    const back = /hx-get="([^"]*before=\d+)"/.exec(first.html)?.[1].replaceAll('&amp;', '&')
    assert.ok(back, 'there is no way back')
    const { html } = await test.page(back, true)
    assert.match(lines(html), /step 0: loss .*step 199: loss/)
    assert.ok(!lines(html).includes('step 200:'))
    assert.ok(!html.includes('Earlier lines') && html.includes('Newest lines'))
    assert.ok(!html.includes('<html'))
    assert.match(html, /<hx-partial hx-target="#live" hx-swap="outerHTML"><div id="live"/)
  })

  it('gives the log of an attempt as a text file, whole or narrowed', async () => {
    const response = await test.app.request(`${path}/attempts/2/log.txt`)
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /^attachment; filename="\d+_train_0_local_77-attempt-2\.log\.txt"$/,
    )
    const text = await response.text()
    assert.equal(text.split('\n').length, 701)
    assert.match(text, /^\d{4}-\d\d-\d\dT[\d:.]+Z debug step 0: loss 2\.2000\n/)
    const some = await test.app.request(`${path}/attempts/1/log.txt?level=error`)
    assert.match(await some.text(), /^\S+ error first attempt: CUDA out of memory\n$/)
    assert.equal((await test.app.request(`${path}/attempts/9/log.txt`)).status, 404)
  })

  it('shows the newest lines of a program whose log is full, and only of the attempt that runs', async () => {
    const [task] = busy.tasks
    const tell = (attemptId: string) =>
      busy.runner.report(task, {
        type: 'fact',
        key: LOG_TAIL,
        value: { attemptId, left: 1234, lines: [{ level: 'error', text: '<b>newest</b>' }] },
      })
    await tell('another')
    const none = await test.page(path)
    assert.match(none.html, /<div id="log-tail"><\/div>/)
    await tell(task.attemptId)
    const { html } = await test.page(path)
    assert.match(html, /1\s234 lines came between .*&lt;b&gt;newest&lt;/s)
    assert.ok(!html.includes('<b>newest'))
    const earlier = await test.page(`${path}?attempt=1`)
    assert.ok(!earlier.html.includes('&lt;b&gt;newest'))
  })

  it('before its first attempt says what it waits for', async () => {
    const job = await seedJob(test.db)
    const { html } = await test.page(`/jobs/${job.id}/tasks/${job.id}_hetero_lr_0_guest_9999`)
    const text = textOf(html)
    assert.match(text, /hetero_lr_0 at guest 9999 .*Waiting .*Waits for intersection_0/)
    assert.match(text, /No runner has taken this task yet/)
  })

  it('what is not there is a page with status 404', async () => {
    const job = busy.tasks[0].jobId
    for (const missing of [
      `/jobs/1/tasks/x`,
      `/jobs/${job}/tasks/x`,
      `/jobs/${job}/tasks/x/live`,
    ]) {
      assert.equal((await test.page(missing)).status, 404, missing)
    }
  })
})

describe('the live page of a task', () => {
  it('sends what changes and the lines that come, and ends with the job', async () => {
    const test = await testConsole()
    const { runner, tasks } = await seedBusyRunner(test.db)
    const [task] = tasks
    const path = `/jobs/${task.jobId}/tasks/${task.taskId}`
    const live = await openLive(test, `${path}/live?shown=2&after=0&text=late`)
    const first = await live.next()
    assert.deepEqual(targetsOf(first), [
      'task-head',
      'attempts',
      'attempt-facts',
      'attempt-events',
      'log-tail',
    ])
    await runner.report(
      task,
      { type: 'log', level: 'info', text: 'a late line' },
      { type: 'log', level: 'info', text: 'another line' },
      { type: 'event', level: 'info', message: 'half of it is done' },
    )
    // They may come with one look or with two.
    let data = ''
    const changed = new Set<string>()
    while (changed.size < 2) {
      const event = await live.next()
      data += event.data
      for (const target of targetsOf(event)) changed.add(target)
    }
    assert.deepEqual([...changed].toSorted(), ['attempt-events', 'log-lines'])
    assert.ok(data.includes('a late line') && !data.includes('another line'))
    await runner.settle(task)
    const rest = await live.rest()
    assert.equal(rest.at(-1)?.event, 'done')
    assert.match(textOf(rest.map(({ data }) => data).join('')), /Succeeded 100 % last attempt/)
    await test.close()
  })

  it('turns to the next attempt, unless one was chosen', async () => {
    const test = await testConsole()
    const { runner, tasks } = await seedBusyRunner(test.db)
    const [task] = tasks
    const path = `/jobs/${task.jobId}/tasks/${task.taskId}`
    const last = await openLive(test, `${path}/live?shown=2&after=0`)
    const chosen = await openLive(test, `${path}/live?shown=2&attempt=2&after=0`)
    await last.next()
    await chosen.next()
    await runner.settle(task, { state: 'released', reason: 'it shuts down' })
    const [third] = await runner.claim()
    await runner.report(third, { type: 'log', level: 'info', text: 'the third one' })
    await stopJob(test.db, { id: task.jobId, reason: 'enough' })
    const html = (await last.rest()).map(({ data }) => data).join('')
    assert.match(html, /hx-target="#attempt" hx-swap="outerHTML"/)
    assert.match(textOf(html), /What happened to attempt 3 .*the third one/)
    const kept = (await chosen.rest()).map(({ data }) => data).join('')
    assert.ok(!kept.includes('hx-target="#attempt"') && !kept.includes('the third one'))
    assert.match(textOf(kept), /Attempt 3/)
    await test.close()
  })
})
