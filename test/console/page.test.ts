import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { getJob, submitJob } from '../../src/domain/job.ts'
import { fakeDocument } from './fake-document.ts'
import { startRunner } from './fake-runner.ts'
import { part, policyBreaches, textOf } from './html.ts'
import {
  seedBusyRunner,
  seedFailed,
  seedFinished,
  seedJob,
  seedRunning,
  seedTables,
  type TestConsole,
  testConsole,
} from './seed.ts'

const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)> " onclick='x' </hx-partial>`

describe('pages', () => {
  let test: TestConsole
  const ids = { finished: '', running: '', failed: '', hostile: '', busy: '' }
  let task = ''
  let busyRunner = ''

  before(async () => {
    test = await testConsole({ docs: [fakeDocument()] })
    await startRunner(test.db, ['9999'])
    await seedTables(test.db, await startRunner(test.db))
    ids.finished = (await seedFinished(test.db)).id
    ids.failed = (await seedFailed(test.db)).id
    ids.hostile = await seedHostile(test)
    ids.running = (await seedRunning(test.db)).job.id
    const busy = await seedBusyRunner(test.db)
    ids.busy = busy.tasks[0].jobId
    task = `/jobs/${ids.busy}/tasks/${busy.tasks[0].taskId}`
    busyRunner = busy.runner.id
  })
  after(() => test.close())

  const all = () => [
    '/',
    '/jobs',
    '/jobs?text=%3Cscript%3E&state=running',
    ...Object.values(ids).map((id) => `/jobs/${id}`),
    `/jobs/${ids.finished}/components/hetero_lr_0`,
    `/jobs/${ids.finished}/components/evaluation_0`,
    `/jobs/${ids.finished}/parties/host/10000`,
    `/jobs/${ids.finished}/rerun`,
    `/compare?job=${ids.finished}&job=${ids.hostile}&job=${ids.running}`,
    `/jobs/${ids.hostile}/components/${encodeURIComponent(HOSTILE)}?tab=parameters`,
    `/jobs/${ids.finished}?text=${encodeURIComponent(HOSTILE)}&task=role:guest`,
    `/jobs/${ids.running}/parties/arbiter/10000`,
    `/jobs/${ids.hostile}/parties/guest/${encodeURIComponent(HOSTILE)}`,
    '/jobs?role=guest&party=9999&component=lr&since=2026-01-01&until=2036-01-01&order=longest',
    `/jobs/${ids.running}/components/hetero_lr_0`,
    '/jobs/new',
    '/jobs/new?mode=json',
    `/jobs/new?from=${ids.hostile}`,
    '/tables',
    '/tables/example/breast_guest',
    '/runners',
    '/runners/invite',
    `/runners/${busyRunner}`,
    `/runners/${busyRunner}?span=day`,
    task,
    `${task}?attempt=1&level=warn&text=%3Cscript%3E`,
    `/jobs/${ids.hostile}/tasks/${encodeURIComponent(`${ids.hostile}_${HOSTILE}_guest_${HOSTILE}`)}`,
    '/parties',
    '/docs',
    '/docs/fake',
    '/docs/security',
    '/docs/coverage',
    '/docs/coverage/fedlearn',
    '/nowhere/<script>',
    `/example?guest=${ids.finished}&since=${HOSTILE}`,
  ]

  it('the check for the content security policy finds what it is for', () => {
    const bad = [
      '<p style="color: red">',
      '<button onclick="x()">',
      '<a href="javascript:x()">',
      '<div hx-on:click="x()">',
      '<div hx-trigger="click[x]">',
      '<div hx-vals="js:{a: 1}">',
      '<script>x()</script>',
      '<script src="https://elsewhere.example/x.js"></script>',
      '<style>p {}</style>',
    ]
    for (const html of bad) assert.notDeepEqual(policyBreaches(html), [], html)
  })

  it('nothing on any page breaks the content security policy', async () => {
    for (const path of all()) {
      const { html } = await test.page(path)
      assert.ok(html.startsWith('<!doctype html>'), path)
      assert.deepEqual(policyBreaches(html), [], path)
    }
  })

  it('names, log lines and parameters that look like markup are shown as text', async () => {
    const { html } = await test.page(`/jobs/${ids.hostile}`)
    assert.ok(!html.includes('<script>alert'), 'a script got through')
    assert.ok(!html.includes('<img src=x'), 'an image got through')
    assert.ok(!html.includes('</hx-partial> '), 'a fragment was closed from outside')
    assert.ok(textOf(html).includes('<script>alert(1)</script>'))
    assert.ok(textOf(part(html, 'log')).includes(`log says ${HOSTILE}`))
  })

  it('every page has a title, a heading and a way past the navigation', async () => {
    for (const path of all()) {
      const { html } = await test.page(path)
      assert.match(html, /<title>[^<]*Weft<\/title>/, path)
      assert.match(html, /<h1>/, path)
      assert.ok(html.includes('href="#main"'), path)
    }
  })

  it('every id on a page is its own, and every label and description points at one', async () => {
    for (const path of all()) {
      const { html } = await test.page(path)
      const found = [...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1])
      assert.deepEqual(
        found.filter((id, index) => found.indexOf(id) !== index),
        [],
        path,
      )
      const used = [...html.matchAll(/ (?:for|aria-labelledby|aria-describedby|list)="([^"]*)"/g)]
      const missing = used
        .flatMap((match) => match[1].split(' '))
        .filter((id) => !found.includes(id))
      assert.deepEqual(missing, [], path)
    }
  })

  it('the overview counts jobs by state and lists runners with their parties', async () => {
    const text = textOf((await test.page('/')).html)
    assert.match(text, /2 Running 0 Waiting 1 Succeeded 2 Failed/)
    assert.match(text, /runner of 9999 live party 9999 8 8 32\.0 GiB/)
    assert.match(text, /2 Tables/)
  })

  it('a finished job shows its scores, its curves and its loss', async () => {
    const { html } = await test.page(`/jobs/${ids.finished}`)
    const results = textOf(part(html, 'results'))
    assert.match(results, /Model Data AUC KS hetero_lr_0 train 0\.98562 0\.91234/)
    for (const title of [
      'Loss of hetero_lr_0',
      'ROC curve of evaluation_0',
      'KS curve',
      'Lift',
      'Gain',
    ]) {
      assert.ok(results.includes(title), title)
    }
    assert.match(results, /The loss goes from 0\.69 to 0\.262\d+ in 10 iterations/)
    assert.match(results, /intersection_0: intersection guest 9999 · host 10000/)
    assert.match(html, /<svg[^>]*role="img"[^>]*aria-labelledby="chart-loss[^"]*-title /)
  })

  it('a finished job shows what crossed between the parties and what that reveals', async () => {
    const ledger = textOf(part((await test.page(`/jobs/${ids.finished}`)).html, 'ledger'))
    assert.match(ledger, /Nothing left a party in readable form except “optimised_gradient”/)
    assert.match(
      ledger,
      /guest 9999 → host 10000 hetero_lr_0 fore_gradient encrypted 10 2\.8 MiB Nothing: encrypted/,
    )
  })

  it('a finished job shows its outputs: rows of tables, weights of models', async () => {
    const { html } = await test.page(`/jobs/${ids.finished}`)
    const outputs = textOf(part(html, 'outputs'))
    assert.match(outputs, /id y mean_radius mean_texture p0001 0/)
    assert.match(outputs, /The first 100 of 569 rows\./)
    assert.match(outputs, /mean_radius 0\.420735 mean_texture 0\.454649/)
    assert.match(outputs, /id y predict_result predict_score predict_detail type/)
  })

  it('a finished job shows what was asked for', async () => {
    const { html } = await test.page(`/jobs/${ids.finished}`)
    const text = textOf(html)
    assert.match(text, /encrypt_param\.key_length 2 ?048/u)
    assert.ok(text.includes('"module": "Intersection"'))
    assert.ok(text.includes('"work_mode": 0'))
  })

  it('a finished job is not asked after any more', async () => {
    const { html } = await test.page(`/jobs/${ids.finished}`)
    assert.ok(!html.includes('hx-sse:connect'))
    assert.ok(!html.includes('/stop"'))
  })

  it('a running job shows who does what, and connects for what comes next', async () => {
    const { html } = await test.page(`/jobs/${ids.running}`)
    const tasks = textOf(part(html, 'tasks'))
    assert.match(tasks, /hetero_lr_0 arbiter 10000 Running Iteration 4 of 10 runner of all/)
    assert.match(tasks, /evaluation_0 guest 9999 Waiting Waits for hetero_lr_0/)
    assert.match(tasks, /4 of 9 tasks done/)
    assert.match(html, new RegExp(`hx-sse:connect="/jobs/${ids.running}/live\\?after=\\d+"`))
    assert.match(html, /<form[^>]*action="\/jobs\/\d+\/stop"/)
  })

  it('a failed job says at its head what failed, where and why', async () => {
    const { html } = await test.page(`/jobs/${ids.failed}`)
    const head = textOf(
      html.slice(html.indexOf('id="job-head"'), html.indexOf('class="section-nav"')),
    )
    assert.match(head, /Failed/)
    assert.match(head, /guest 9999 failed in dataio_0: No column "Y"/)
  })

  it('the graph has a node for each component, in words as well', async () => {
    const { html } = await test.page(`/jobs/${ids.running}`)
    const graph = part(html, 'graph')
    assert.equal((graph.match(/class="node state-/g) ?? []).length, 4)
    assert.match(
      graph,
      /<a [^>]*class="node [^>]*><title>hetero_lr_0, HeteroLR: arbiter 10000 running, guest 9999 running and host 10000 running<\/title>/,
    )
    assert.match(
      textOf(graph),
      /evaluation_0 \(Evaluation\): after hetero_lr_0; guest 9999 waiting/,
    )
  })

  it('a component has a page of its own with its attempts', async () => {
    const path = `/jobs/${ids.finished}/components/hetero_lr_0`
    const attempts = await test.page(`${path}?tab=attempts`)
    assert.match(textOf(part(attempts.html, 'attempts')), /guest 9999 1 runner of all succeeded/)
    const parameters = textOf(part((await test.page(`${path}?tab=parameters`)).html, 'parameters'))
    assert.ok(parameters.includes('penalty L2'))
    assert.ok(!parameters.includes('intersect_method'))
  })

  it('the log can be narrowed to a task and to a level', async () => {
    const task = `${ids.finished}_hetero_lr_0_arbiter_10000`
    const one = await test.page(`/jobs/${ids.finished}?task=${task}&level=info`)
    const log = textOf(part(one.html, 'log').split('id="log-lines"')[1])
    assert.match(log, /iteration 9: loss/)
    assert.ok(!log.includes('flushed buffers'), 'a debug line is shown')
    assert.ok(!log.includes('dataio_0'), 'a line of another task is shown')
  })

  it('narrowing the log while the job runs moves the live connection along', async () => {
    const { html } = await test.page(`/jobs/${ids.running}/log?level=error`, true)
    assert.ok(!html.includes('<html'))
    assert.match(
      html,
      /<hx-partial hx-target="#live" hx-swap="outerHTML"><div id="live" hx-sse:connect="[^"]*level=error/,
    )
  })

  it('a table shows its columns and first rows', async () => {
    const text = textOf((await test.page('/tables/example/breast_guest')).html)
    assert.match(text, /Owner party 9999 Rows 569 Columns 11/)
    assert.match(text, /First rows id y mean_radius/)
    assert.match(text, /The first 100 of 569 rows/)
  })

  it('a party shows the fingerprint of its pinned key and who serves it', async () => {
    const text = textOf((await test.page('/parties')).html)
    assert.match(
      text,
      /9999 ([0-9a-f]{4} ){15}[0-9a-f]{4} runner of all, runner of 9999|9999 ([0-9a-f]{4} ){16}/,
    )
  })

  it('what is not there is a page with status 404 that names it', async () => {
    for (const [path, words] of [
      ['/nowhere', 'no page at /nowhere'],
      ['/jobs/123', 'No job "123"'],
      [
        `/jobs/${ids.finished}/components/nobody`,
        'no component "nobody": its components are dataio_0',
      ],
      ['/tables/a/b', 'No table a.b'],
      ['/docs/nobody', 'No API "nobody"'],
      ['/jobs/123/live', 'No job "123"'],
    ]) {
      const { status, html } = await test.page(path)
      assert.equal(status, 404, path)
      assert.ok(textOf(html).includes(words), `${path}: ${textOf(html).slice(0, 300)}`)
    }
  })

  it('a fragment is asked for and answered without the frame of the page', async () => {
    for (const path of ['/overview', '/jobs/list', '/runners/list']) {
      const { html } = await test.page(path, true)
      assert.ok(!html.includes('<html'), path)
      assert.deepEqual(policyBreaches(html), [], path)
    }
  })

  it('what protocols reveal is in the documentation, one click from the ledger of a job', async () => {
    const { html } = await test.page('/docs/security')
    const text = textOf(html)
    assert.match(text, /semi-honest/)
    assert.match(text, /decisional composite residuosity/)
    assert.match(text, /ecdh_set host → guest blinded How many ids the host has/)
    assert.doesNotMatch(text, /\*\*|\]\(|\|---/, 'a mark of Markdown is left')
    assert.match(html, /<a href="#intersection">Intersection<\/a>/)
    assert.match(html, /<h3 id="intersection">/)
    assert.match((await test.page('/docs')).html, /<a href="\/docs\/security">/)
    const ledger = part((await test.page(`/jobs/${ids.finished}`)).html, 'ledger')
    assert.match(ledger, /<a href="\/docs\/security">/)
  })

  it('which tests cover an endpoint is in the documentation, linked from its first page', async () => {
    const list = await test.page('/docs/coverage')
    const pages = [...list.html.matchAll(/<a href="(\/docs\/coverage\/\w+)">/g)]
    assert.equal(pages.length, 6)
    const texts = new Map<string, string>()
    for (const [, path] of pages) {
      const text = textOf((await test.page(path)).html)
      assert.doesNotMatch(text, /\*\*|\]\(|\|---/, 'a mark of Markdown is left')
      texts.set(path.split('/')[3], text)
    }
    assert.match(texts.get('fate') ?? '', /POST \/job\/submit Submit a job \w+\.test\.ts/)
    assert.match(texts.get('fate') ?? '', /HeteroSecureBoost guest, host/)
    assert.match(texts.get('fedlearn') ?? '', /SecureBoost FederatedGB \w+/)
    assert.match(texts.get('modelbox') ?? '', /httpserver_sync_receive normal cpu \w+/)
    const odd = await test.app.request('/docs/coverage/toString')
    assert.equal(odd.status, 404)
    assert.match(await odd.text(), /No API (&quot;|")toString(&quot;|")/)
    assert.match((await test.page('/docs')).html, /<a href="\/docs\/coverage">/)
  })

  it('the documentation lists operations with nested bodies and a command to try', async () => {
    const text = textOf((await test.page('/docs/fake')).html)
    assert.match(text, /POST \/v9\/thing/)
    assert.match(text, /name string required/)
    assert.match(text, /inner Inner/)
    assert.match(text, /depth integer · from 1 · to 9/)
    assert.match(text, /curl -X POST 'http:\/\/localhost\/v9\/thing\?dry=false'/)
  })
})

describe('an empty server', () => {
  it('offers the example and says what is missing', async () => {
    const test = await testConsole()
    const text = textOf((await test.page('/')).html)
    assert.match(text, /Train a first model together/)
    assert.match(text, /It needs a live runner first/)
    assert.match(textOf((await test.page('/jobs')).html), /No jobs yet/)
    assert.match(textOf((await test.page('/tables')).html), /No tables yet/)
    assert.match(textOf((await test.page('/parties')).html), /No party has registered yet/)
    assert.match(textOf((await test.page('/runners')).html), /No runner has been heard of/)
    await test.close()
  })
})

describe('the list of jobs', () => {
  it('pages by cursor, filters by state and text, and keeps the filter on the way', async () => {
    const test = await testConsole()
    for (let index = 0; index < 30; index += 1)
      await seedJob(test.db, { name: `job ${index} of x` })
    const first = await test.page('/jobs?text=of+x')
    const next = /href="(\/jobs\?[^"]*after=[^"]*)"/.exec(first.html)?.[1].replaceAll('&amp;', '&')
    assert.ok(next !== undefined && next.includes('text=of+x'), next)
    const second = await test.page(next)
    const names = (html: string) =>
      [...html.matchAll(/>(job \d+ of x)<\/a>/g)].map((match) => match[1])
    assert.equal(names(first.html).length, 25)
    assert.deepEqual(
      names(second.html),
      [4, 3, 2, 1, 0].map((index) => `job ${index} of x`),
    )
    const running = await test.page('/jobs?state=running')
    assert.equal(names(running.html).length, 5)
    assert.match(textOf((await test.page('/jobs?text=nobody')).html), /No job matches/)
    await test.close()
  })

  it('says why a job waits, and asks again only while one is active', async () => {
    const test = await testConsole()
    const job = await seedJob(test.db)
    const active = await test.page('/jobs')
    assert.match(active.html, /hx-get="\/jobs\/list\?" hx-trigger="every 2s"/)
    assert.match(
      textOf(active.html),
      /dataio_0 at guest 9999: No live runner serves guest party 9999/,
    )
    const stopped = await test.post(`/jobs/${job.id}/stop`, { back: '/jobs?state=running' })
    assert.equal(stopped.status, 303)
    assert.equal(stopped.headers.get('location'), '/jobs?state=running')
    const idle = await test.page('/jobs')
    assert.ok(!idle.html.includes('hx-trigger="every'))
    assert.match(textOf(idle.html), /Stopped in the console/)
    await test.close()
  })

  it('sets a job aside and takes it up again', async () => {
    const test = await testConsole()
    const job = await seedJob(test.db)
    const page = async () => (await test.page(`/jobs/${job.id}`)).html
    assert.match(await page(), /action="\/jobs\/\d+\/suspend"/)
    const suspended = await test.post(`/jobs/${job.id}/suspend`, {})
    assert.equal(suspended.headers.get('location'), `/jobs/${job.id}`)
    const html = await page()
    assert.match(html, /Suspended in the console: resume it to go on/)
    assert.match(html, /action="\/jobs\/\d+\/resume"/)
    assert.doesNotMatch(html, /\/suspend"/)
    assert.equal((await test.post(`/jobs/${job.id}/resume`, {})).status, 303)
    assert.equal((await getJob(test.db, job.id)).state, 'running')
    await test.close()
  })

  it('stopping never leads to another site', async () => {
    const test = await testConsole()
    for (const back of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'jobs']) {
      const { id } = await seedJob(test.db)
      const answer = await test.post(`/jobs/${id}/stop`, { back })
      assert.equal(answer.headers.get('location'), `/jobs/${id}`, back)
    }
    await test.close()
  })
})

describe('a page that fails', () => {
  it('names the request and leaks nothing', async () => {
    const test = await testConsole()
    await test.close()
    const { status, html } = await test.page('/jobs')
    assert.equal(status, 500)
    const [entry] = test.logged
    assert.equal(entry.level, 'error')
    assert.ok(html.includes(String(entry.fields['requestId'])))
    assert.ok(!/closed|\.ts:|at async/.test(textOf(html)), textOf(html))
    assert.deepEqual(policyBreaches(html), [])
  })
})

async function seedHostile(test: TestConsole): Promise<string> {
  const runner = await startRunner(test.db)
  const job = await submitJob(test.db, {
    surface: 'fate',
    kind: 'train',
    name: HOSTILE,
    description: HOSTILE,
    members: { guest: [HOSTILE] },
    graph: [{ name: HOSTILE, module: HOSTILE, needs: [] }],
    tasks: [
      {
        name: HOSTILE,
        kind: 'component',
        role: 'guest',
        party: HOSTILE,
        position: 0,
        spec: {
          type: 'component',
          module: HOSTILE,
          params: { [HOSTILE]: HOSTILE },
          members: {},
          data: [],
          models: [],
          run: true,
        },
      },
    ],
    request: { [HOSTILE]: { [HOSTILE]: HOSTILE } },
  })
  const [task] = await runner.claim()
  await runner.report(
    task,
    { type: 'log', level: HOSTILE, text: `log says ${HOSTILE}` },
    {
      type: 'metric',
      namespace: HOSTILE,
      name: HOSTILE,
      points: [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
      meta: { name: HOSTILE, metric_type: HOSTILE, unit_name: HOSTILE },
    },
    {
      type: 'ledger',
      receiver: HOSTILE,
      tag: HOSTILE,
      kind: HOSTILE,
      reveals: HOSTILE,
      messages: 1,
      bytes: 1,
    },
    {
      type: 'artifact',
      kind: 'model',
      name: HOSTILE,
      location: '',
      summary: {},
      preview: { param: { weight: { [HOSTILE]: 1 }, [HOSTILE]: HOSTILE }, meta: { a: HOSTILE } },
    },
    {
      type: 'artifact',
      kind: 'table',
      name: HOSTILE,
      location: '',
      summary: { header: [HOSTILE] },
      preview: [[HOSTILE]],
    },
  )
  await runner.settle(task, { state: 'failed', reason: HOSTILE })
  return job.id
}
