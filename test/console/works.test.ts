import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { part, policyBreaches, textOf } from './html.ts'
import { type SeededWorks, seedWorks } from './seed-works.ts'
import { type TestConsole, testConsole } from './seed.ts'

describe('works in the console', () => {
  let test: TestConsole
  let seeded: SeededWorks

  before(async () => {
    test = await testConsole()
  })
  after(() => test.close())

  async function page(path: string, status = 200): Promise<string> {
    const answer = await test.page(path)
    assert.equal(answer.status, status, answer.html)
    assert.deepEqual(policyBreaches(answer.html), [])
    return answer.html
  }

  it('begin with a template, where there are none', async () => {
    assert.match(textOf(await page('/works')), /No works yet\./)
    const html = await page('/works/new?template=stream')
    assert.match(html, /<option value="STREAMING" selected/)
    assert.match(html, /<span class="sql-keyword">CREATE<\/span>/)
    seeded = await seedWorks(test)
  })

  it('are listed with state, schedule, last and next run', async () => {
    const text = textOf(await page('/works'))
    assert.match(text, /4 works/)
    assert.match(
      text,
      /nightly-sums BATCH Succeeded Daily (just now|\d+ s ago) Schedule not running/,
    )
    assert.match(text, /clicks STREAMING Running On demand/)
    assert.match(text, /never-run BATCH Not running On demand – –/)
    assert.match(textOf(await page('/works?q=CLICK')), /1 work\b/)
    assert.match(textOf(await page('/works?status=4')), /No work matches/)
    assert.match(textOf(await page('/works?q=CLICK&status=9&page=-1')), /1 work\b/)
  })

  it('are started and stopped together, with what was refused', async () => {
    const { fresh, running, runner } = seeded
    const form = new URLSearchParams([
      ['work', fresh],
      ['work', running],
    ])
    const send = (action: string) =>
      test.app.request(`/works/${action}`, { method: 'POST', body: form })
    const refused = await send('start')
    assert.equal(refused.status, 303)
    const html = await page(refused.headers.get('location') ?? '')
    assert.match(textOf(html), /running already, in task/)
    for (const task of await runner.claim()) await runner.settle(task, { state: 'succeeded' })
    assert.match(textOf(await page('/works')), /never-run BATCH Succeeded/)
    const nothing = await test.post('/works/stop', {})
    assert.equal(nothing.headers.get('location'), '/works')
  })

  it('show their runs by day, and each with its end', async () => {
    const html = await page(`/works/${seeded.done}`)
    assert.match(html, /2 runs in the last six weeks/)
    assert.equal(html.match(/<rect class="day /g)?.length, 42)
    const today = new Date().toISOString().slice(0, 10)
    assert.match(html, new RegExp(`<title>${today}: Failed 1, Succeeded 1</title>`))
    assert.match(textOf(html), /Object 't' not found/)
    assert.doesNotMatch(html, /hx-get="\/works/)
    assert.match(await page(`/works/${seeded.running}`), /hx-get="\/works\/[0-9a-f]+\/runs"/)
    const runs = await test.page(`/works/${seeded.running}/runs`, true)
    assert.match(runs.html, /^<div id="work-runs"/)
  })

  it('have an editor that says what is wrong, with line and column, and keeps what was written', async () => {
    const script = "SELECT 1;\n  SELECT 'open"
    const checked = await test.app.request('/works/check', {
      method: 'POST',
      headers: { 'HX-Request-Type': 'partial' },
      body: new URLSearchParams({ script }),
    })
    const html = await checked.text()
    assert.match(html, /^<div class="sql-check" id="sql-check"/)
    assert.match(textOf(html), /Line 2, column 10: the quote ' is not closed/)
    assert.match(html, /class="sql-line wrong"/)
    const saved = await test.post(`/works/${seeded.fresh}/script`, { script })
    assert.equal(saved.status, 422)
    assert.match(await saved.text(), /SELECT &#39;open<\/textarea>/)
    const laidOut = await test.post('/works/format', { script: 'select a from b' })
    assert.match(await laidOut.text(), />SELECT a\nFROM b\n<\/textarea>/)
  })

  it('have versions with what changed, and go back to one', async () => {
    const path = `/works/${seeded.done}/versions`
    const html = await page(path)
    assert.match(textOf(html), /Version 2 against version 1/)
    assert.match(textOf(part(html, 'diff')), /− INSERT INTO t SELECT 'x';.*\+ SELECT 'x';/s)
    const back = await test.post(`${path}/1/restore`, {})
    assert.equal(back.status, 303)
    assert.match(textOf(await page(path)), /Version 3 against version 2/)
    assert.match(textOf(await page(`${path}?version=3&against=1`)), /Nothing is different/)
    await page(`${path}?version=99`, 404)
  })

  it('have tasks with statements, rows, exceptions and the engine’s own page', async () => {
    const path = `/works/${seeded.done}/tasks/${seeded.task}`
    const html = await page(path)
    const text = textOf(html)
    assert.match(text, /1 SELECT 1 FINISHED 2 2\.0 s/)
    assert.match(html, /href="http:\/\/flink\.example:8081\/#\/job\/f"/)
    assert.match(html, /&lt;b&gt;north&lt;\/b&gt;/)
    const exceptions = part(html, 'exceptions')
    assert.match(textOf(exceptions), /java\.lang\.RuntimeException · .* · Sink: <kept> \(1\/1\)/)
    assert.match(exceptions, /<pre>java\.lang\.RuntimeException: once\n\tat org\.example\.Once/)
    assert.match(textOf(exceptions), /as another runner told it/)
    assert.match(html, /result\?statement=0&amp;format=csv/)
    assert.doesNotMatch(html, /savepoint"/)
    await page(`/works/${seeded.done}/tasks/nothing`, 404)
    assert.match(textOf(await page(`/works/${seeded.done}/tasks/${seeded.failed}`)), /not found/)
  })

  it('have tasks with the job at the cluster, its checkpoints and savepoints', async () => {
    const path = `/works/${seeded.done}/tasks/${seeded.task}`
    const html = await page(path)
    const cluster = textOf(part(html, 'cluster'))
    assert.match(cluster, /State FINISHED Records read 12.000 Records written 7/)
    assert.match(cluster, /Source: <t> FINISHED 3 0 12.000/)
    const checkpoints = textOf(part(html, 'checkpoints'))
    assert.match(checkpoints, /Completed 4 Under way 0 Failed 1/)
    assert.match(checkpoints, /The last completed one 2 min ago Time 1\.5 s Size 2\.0 KiB/)
    assert.match(checkpoints, /The last one that failed 1 min ago Why It took too long/)
    assert.match(checkpoints, /Written to file:\/checkpoints\/chk-4/)
    assert.match(textOf(part(html, 'state')), /Savepoint The disk is full/)

    const again = textOf(part(await page(`/works/${seeded.done}/again`), 'restore'))
    assert.match(again, /savepoints\/newer 1 h ago file:\/savepoints\/older 2 h ago/)
    assert.doesNotMatch(again, /The disk is full/)

    const without = await page(`/works/${seeded.done}/tasks/${seeded.failed}`)
    for (const id of ['cluster', 'checkpoints', 'exceptions'])
      assert.doesNotMatch(without, new RegExp(`id="${id}"`))
  })

  it('have tasks with several jobs, each with its own page, parts and checkpoints', async () => {
    const path = `/works/${seeded.running}/tasks/${seeded.busy}`
    const html = await page(path)
    const list = part(html, 'cluster')
    for (const [index, id] of seeded.jobs.entries()) {
      assert.match(list, new RegExp(`href="http://flink\\.example:8081/#/job/running/${id}"`))
      const own = textOf(part(html, `job-${id}`))
      assert.match(own, new RegExp(`Job of statement ${index + 2} .*State RUNNING`))
      assert.match(own, new RegExp(`Source: s${index} RUNNING`))
      assert.match(own, new RegExp(`Checkpoints .*Written to file:/checkpoints/${id}/chk-9`))
    }
    assert.match(textOf(list), /2 a{32} RUNNING 5 – 1 min ago 3 b{32} RUNNING 6 – 2 min ago/)
    assert.doesNotMatch(html, /id="checkpoints"/)
  })

  it('offer savepoints of every run, a page at a time, and those that are looked for', async () => {
    const path = `/works/${seeded.many}/again`
    const first = await page(path)
    assert.equal(first.match(/type="radio"/g)?.length, 20)
    assert.match(first, /many-24/)
    assert.doesNotMatch(first, /many-4"/)
    assert.doesNotMatch(first, /Previous page/)
    const [, next = ''] = /href="([^"]+)">Next page/.exec(first) ?? []
    const second = await page(next.replaceAll('&amp;', '&'))
    assert.equal(second.match(/type="radio"/g)?.length, 5)
    assert.match(second, /many-0"/)
    assert.match(second, /Previous page/)
    assert.doesNotMatch(second, /Next page/)
    const found = await page(`${path}?q=MANY-7`)
    assert.match(found, /type="radio" name="savepoint" value="file:\/savepoints\/many-7" checked/)
    assert.equal(found.match(/type="radio"/g)?.length, 1)
    assert.match(textOf(await page(`${path}?q=nowhere`)), /No savepoint matches\./)
    assert.match(await page(`${path}?page=-1`), /many-24/)
  })

  it('are stopped with a savepoint or without from the page of the task', async () => {
    const path = `/works/${seeded.running}/tasks/${seeded.busy}`
    assert.match(await page(path), /stop-with-savepoint/)
    assert.equal((await test.post(`${path}/savepoint`, {})).status, 303)
    const orders = await test.db.selectFrom('task_order').select('type').execute()
    assert.deepEqual(orders, [{ type: 'savepoint' }])
    assert.equal((await test.post(`${path}/stop`, {})).status, 303)
    assert.match(textOf(await page(path)), /Stopped/)
    const headers = { 'accept-language': 'zh' }
    const chinese = await test.app.request(`/works/${seeded.running}`, { headers })
    assert.match(part(await chinese.text(), 'runs'), /<span class="why">任务已取消<\/span>/)
    assert.equal((await test.post(`${path}/stop`, {})).status, 409)
    assert.equal((await test.post(`${path}/other`, {})).status, 404)
  })

  it('are copied, scheduled, paused and deleted', async () => {
    const copied = await test.post(`/works/${seeded.done}/do/copy`, {})
    const path = copied.headers.get('location') ?? ''
    assert.notEqual(path, `/works/${seeded.done}`)
    assert.match(textOf(await page(path)), /Start the schedule/)
    await test.post(`${path}/do/resume`, {})
    assert.match(textOf(await page(path)), /Next run in \d+/)
    await test.post(`${path}/do/pause`, {})
    assert.equal((await test.post(`${path}/do/other`, {})).status, 404)
    const gone = await test.post(`${path}/do/delete`, {})
    assert.equal(gone.headers.get('location'), '/works')
    await page(path, 404)
  })

  it('are refused in words where they cannot be, and nothing that was written is lost', async () => {
    const answer = await test.post('/works/new', {
      name: 'odd',
      type: 'STREAMING',
      run_frequency: 'daily',
      script: 'SELECT 7',
    })
    assert.equal(answer.status, 422)
    const html = await answer.text()
    assert.match(textOf(html), /run_frequency: a STREAMING work runs until it is stopped/)
    assert.match(html, /SELECT 7<\/textarea>/)
    assert.match(html, /name="name"[^>]*value="odd"/)
  })
})
