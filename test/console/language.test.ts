import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { catalogOf } from '../../src/component/catalog.ts'
import { COMPONENTS } from '../../src/component/registry.ts'
import { stopJob } from '../../src/domain/job.ts'
import { COVERAGE_PAGES } from '../../views/docs/coverage/index.ts'
import { openLive } from './events.ts'
import { fakeDocument } from './fake-document.ts'
import { startRunner } from './fake-runner.ts'
import { foreignTexts } from './foreign.ts'
import { textOf } from './html.ts'
import { seedBatch, seedPeople } from './openpai/seed-batch.ts'
import { seedFlow } from './seed-flow.ts'
import { seedModels } from './seed-models.ts'
import { columnForm, matched, post, search, startClients, train } from './seed-project.ts'
import { seedWorks } from './seed-works.ts'
import {
  seedBusyRunner,
  seedFailed,
  seedFinished,
  seedRunning,
  seedTables,
  type TestConsole,
  testConsole,
} from './seed.ts'

const CHINESE = { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' }

/** What comes from components, jobs and documents of APIs, and stays as it is there. */
const GIVEN = [
  // A value of parameters.
  /^none$/g,
  // Members of jobs.
  /^guest left · host right$/g,
  // Names of jobs and runners, of sources of rows and metrics.
  /Breast cancer, two parties|Every kind of model|Training under way|Wrong label column|Night shift/g,
  /runner of (77|all|9999)/g,
  /^intersect (count|rate)$/g,
  // What messages reveal, as their components declare it.
  /^(The guest’s own gradient|Nothing: encrypted under|How many ids there are).*$/g,
  // What a component or a program said.
  /No column "Y": the table has .*$|^The learning rate was halved$|Step \d+ of \d+/g,
  // A node and its unit.
  /httpserver_sync_\w+|flowunit '\w+'/g,
  /Its memory was needed elsewhere|No such file: rows\.csv|Object 't' not found/g,
  // The document of an API.
  /^(For only|Makes a thing|What it is called|no such place)/g,
]

describe('Chinese pages', () => {
  let test: TestConsole
  const paths: string[] = []

  before(async () => {
    test = await testConsole({
      docs: [fakeDocument()],
      catalog: catalogOf(COMPONENTS.values()),
    })
    paths.push(
      '/',
      '/jobs',
      '/tables',
      '/models',
      '/runners',
      '/parties',
      '/projects',
      '/projects/new',
      '/flows',
      '/flows/new',
      ...(await seedFlow(test)),
      '/works',
      '/works/new',
      '/works/new?template=stream',
    )
    await addWorks()
    await addProject()
    await startRunner(test.db, ['9999'])
    await seedTables(test.db, await startRunner(test.db))
    await seedBatch(test.db)
    await seedPeople(test.db)
    const finished = (await seedFinished(test.db)).id
    const failed = (await seedFailed(test.db)).id
    const running = (await seedRunning(test.db)).job.id
    const models = (await seedModels(test.db)).id
    const busy = await seedBusyRunner(test.db)
    const tabs = ['results', 'model', 'data', 'parameters', 'log', 'messages', 'attempts']
    paths.push(
      ...[finished, failed, running, models].map((id) => `/jobs/${id}`),
      ...tabs.map((tab) => `/jobs/${finished}/components/hetero_lr_0?tab=${tab}`),
      ...tabs.map((tab) => `/jobs/${running}/components/evaluation_0?tab=${tab}`),
      ...[
        'hetero_feature_binning_0',
        'hetero_feature_selection_0',
        'hetero_pearson_0',
        'feature_scale_0',
        'hetero_kmeans_0',
        'secureboost_0',
        'evaluation_0',
      ].flatMap((name) =>
        ['guest:9999', 'host:10000'].flatMap((at) =>
          ['model', 'results'].map(
            (tab) => `/jobs/${models}/components/${name}?tab=${tab}&at=${at}`,
          ),
        ),
      ),
      `/jobs/${finished}/parties/host/10000`,
      `/jobs/${finished}/rerun`,
      `/compare?job=${finished}&job=${running}`,
      '/jobs?text=nobody&role=guest&order=longest',
      '/jobs/new',
      '/jobs/new/template',
      '/jobs/new?mode=json',
      '/tables/example/breast_guest',
      '/runners/invite',
      `/runners/${busy.runner.id}`,
      `/runners/${busy.runner.id}?span=day`,
      `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}`,
      `/jobs/${busy.tasks[0].jobId}/tasks/${busy.tasks[0].taskId}?attempt=1&level=warn`,
      '/batch',
      '/batch?username=nobody&state=FAILED',
      '/batch/new',
      '/batch/new?mode=form',
      '/batch/new?from=ann~a&version=2',
      '/batch/jobs/ann~a',
      '/batch/jobs/ann~a?attempt=0',
      '/batch/jobs/ann~a?version=1',
      '/batch/clusters',
      '/batch/users',
      '/batch/users/kim',
      '/batch/groups',
      '/batch/groups/lab',
      '/batch/me',
      '/docs',
      '/docs/fake',
      '/docs/coverage',
      '/nowhere',
      '/jobs/123',
      `/example?guest=${finished}`,
    )
  })
  after(() => test.close())

  /** Every page of a project, while it runs and afterwards. */
  async function addProject(): Promise<void> {
    const runner = await startClients(test)
    const match = await matched(test, runner, 12)
    const form = new URLSearchParams(match.split('?')[1])
    form.set('model', 'FederatedGB')
    const trained = await post(test, `${match.split('?')[0]}/train`, form)
    await train(runner)
    const file = new URLSearchParams({ owner: 'right', path: 'in/ids.txt' })
    const predicted = await post(test, `${trained}/files`, file)
    await runner.work(() => Promise.resolve())
    const searching = new URLSearchParams([
      ...form,
      ...['maxDepth', 'maxDepth'].map((name, at) => [name, String(3 + at)]),
    ])
    const searched = await post(test, `${match.split('?')[0]}/tune`, searching)
    await search(runner, [0.5, 0.25])
    const waiting = await post(test, `${trained}/files`, file)
    form.set('model', 'VerticalLR')
    const running = await post(test, `${match.split('?')[0]}/train`, form)
    paths.push(
      '/projects/new?task=x',
      `/projects/new/columns?${columnForm()}`,
      '/projects/new/columns',
      match,
      match.replace('?', '/train?'),
      match.replace('?', '/tune?'),
      searched,
      `${trained}/files`,
      predicted,
      waiting,
      trained,
      running,
      ...['model', 'predict'].map((page) => `${trained}/${page}`),
      `${running}/model`,
      `${running}/predict`,
    )
  }

  async function addWorks(): Promise<void> {
    const { done, running, fresh, task, failed, busy } = await seedWorks(test)
    paths.push(
      ...[done, running, fresh].flatMap((id) => [`/works/${id}`, `/works/${id}/versions`]),
      `/works/${done}/tasks/${task}`,
      `/works/${done}/tasks/${failed}`,
      `/works/${running}/tasks/${busy}`,
    )
  }

  it('have no English sentence of the console left', async () => {
    const found = new Map<string, string>()
    for (const path of paths) {
      const { html } = await test.page(path, false, CHINESE)
      assert.match(html, /<html lang="zh-CN">/, path)
      for (const text of foreignTexts(html, GIVEN)) {
        if (!found.has(text)) found.set(text, path)
      }
    }
    assert.deepEqual(Object.fromEntries(found), {})
  })

  it('have no English in forms that refuse, either', async () => {
    for (const [path, fields] of [
      ['/jobs/new', { host: '9999', alpha: 'x', maxIter: '0' }],
      ['/jobs/new', { mode: 'json', dsl: '{}', conf: '' }],
      ['/runners/invite', { parties: '' }],
      ['/batch/new/form', { name: 'a b', command: '', cpu: 'x' }],
      ['/batch/users', { name: 'ann', password: '12345' }],
      ['/models/try', { service: 'credit', id: '', features: '' }],
    ] as const) {
      const answer = await test.app.request(path, {
        method: 'POST',
        headers: CHINESE,
        body: new URLSearchParams(fields),
      })
      const html = await answer.text()
      assert.equal(answer.status, 422, path)
      assert.deepEqual(foreignTexts(html, GIVEN), [], path)
    }
  })

  it('go on in Chinese where parts of them are sent later', async () => {
    const part = await test.page('/jobs/list', true, CHINESE)
    assert.match(textOf(part.html), /作业/)
    const { job } = await seedRunning(test.db)
    const live = await openLive(test, `/jobs/${job.id}/live`, undefined, CHINESE)
    const { data } = await live.next()
    // Log lines are as whoever wrote them left them.
    assert.deepEqual(foreignTexts(data.split('hx-target="#log-lines"')[0], GIVEN), [])
    assert.match(textOf(data), /信息披露账本/)
    await stopJob(test.db, { id: job.id, reason: 'enough' })
    await live.rest()
  })
})

describe('the language of a page', () => {
  let test: TestConsole

  before(async () => {
    test = await testConsole({ docs: [fakeDocument()] })
  })
  after(() => test.close())

  const langOf = async (headers: Readonly<Record<string, string>>) =>
    /<html lang="([^"]*)"/.exec((await test.page('/jobs', false, headers)).html)?.[1]

  it('is what the browser asks for first among those that there are', async () => {
    for (const [accepts, lang] of [
      ['', 'en-GB'],
      ['zh', 'zh-CN'],
      ['zh-TW,en;q=0.5', 'zh-CN'],
      ['fr,zh;q=0.4,en;q=0.9', 'en-GB'],
      ['en-US,zh', 'en-GB'],
      ['fr', 'en-GB'],
      ['zh;q=0, *', 'en-GB'],
    ]) {
      assert.equal(await langOf({ 'accept-language': accepts }), lang, accepts)
    }
  })

  it('is what its reader chose before, with the switch in the head of the page', async () => {
    const { html } = await test.page('/jobs?state=failed')
    assert.match(html, /<form class="language" method="post" action="\/language"/)
    assert.match(html, /name="back" value="\/jobs\?state=failed"/)
    const answer = await test.post('/language', { language: 'zh', back: '/jobs?state=failed' })
    assert.equal(answer.status, 303)
    assert.equal(answer.headers.get('location'), '/jobs?state=failed')
    const cookie = answer.headers.get('set-cookie') ?? ''
    assert.match(cookie, /^language=zh; .*HttpOnly.*SameSite=Lax/)
    assert.equal(await langOf({ cookie: 'language=zh', 'accept-language': 'en' }), 'zh-CN')
    assert.equal(await langOf({ cookie: 'language=en', 'accept-language': 'zh' }), 'en-GB')
    assert.equal(await langOf({ cookie: 'language=xx', 'accept-language': 'zh' }), 'zh-CN')
  })

  it('is that of the headings of pages that scripts write, each of which has one', async () => {
    const headers = { 'accept-language': 'zh' }
    for (const [name, { text }] of Object.entries(COVERAGE_PAGES)) {
      const { html } = await test.page(`/docs/coverage/${name}`, false, headers)
      const heads = [...html.matchAll(/<(h1|h2|th)\b[^>]*>(.*?)<\/\1>/gs)].map(([, , head]) => head)
      assert.ok(heads.length > 4)
      for (const head of heads) assert.match(textOf(head), /\p{Script=Han}/u, `${name}: ${head}`)
      for (const [, id] of html.matchAll(/<a href="#([^"]+)">/g)) {
        assert.ok(html.includes(`id="${id}"`), `${name}: #${id}`)
      }
      assert.match(text, /^# .+: what is there and its tests\n/)
    }
  })

  it('leads to no other site, and takes no language that there is not', async () => {
    const answer = await test.post('/language', { language: 'xx', back: '//evil.example' })
    assert.equal(answer.headers.get('location'), '/')
    assert.equal(answer.headers.get('set-cookie'), null)
  })

  it('is asked for by caches', async () => {
    for (const path of ['/jobs', '/docs', '/nowhere']) {
      const answer = await test.app.request(path)
      assert.match(answer.headers.get('vary') ?? '', /Accept-Language.*Cookie/, path)
    }
  })
})
