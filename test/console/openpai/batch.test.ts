import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { scryptPasswords } from '../../../src/bin/password.ts'
import { csvCell } from '../../../src/console/openpai/list.tsx'
import { toJson } from '../../../src/db/json.ts'
import { createAccount, getAccount } from '../../../src/domain/account.ts'
import { findFramework } from '../../../src/domain/framework.ts'
import { createAccountToken } from '../../../src/domain/principal.ts'
import { claim, enterHost, submit } from '../../helpers/framework.ts'
import { openLive } from '../events.ts'
import { part, policyBreaches, textOf } from '../html.ts'
import { type TestConsole, testConsole } from '../seed.ts'
import { print, seedBatch, tellNewest } from './seed-batch.ts'

const passwords = scryptPasswords({ logN: 10 })

const YAML = (name: string, more = '') => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
taskRoles:
  main:
    instances: 2
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands:
      - echo hello
extras: { weft: { host: true } }
${more}`

describe('pages of jobs of task roles', () => {
  let test: TestConsole
  before(async () => {
    test = await testConsole({ passwords })
    await seedBatch(test.db)
  })
  after(() => test.close())

  it('list them under filters of the address, which the file has as well', async () => {
    const { html } = await test.page('/batch?username=bob&order=jobName,ASC')
    assert.deepEqual(policyBreaches(html), [])
    assert.match(html, /href="\/batch\/jobs\/bob~waits"/)
    assert.ok(!html.includes('/batch/jobs/ann~a'))
    assert.match(html, /name="username"[^>]*value="bob"/)
    const [, file] = /href="(\/batch\/jobs\.csv[^"]*)"/.exec(html) ?? []
    const csv = (await test.page(file.replaceAll('&amp;', '&'))).html.split('\r\n')
    assert.match(csv[0], /^name,user,state,virtualCluster,priority,tags,/)
    assert.match(csv[1], /^waits,bob,WAITING,default,oppo,,1,0,0,,20\d\d-/)
    assert.deepEqual(csv.slice(2), [''])
    assert.equal((await test.page('/batch?state=FAILED')).html.includes('ann~a'), false)
    assert.equal((await test.page('/batch?order=height,ASC')).status, 422)
  })

  it('never let a name of a file begin a formula', () => {
    assert.equal(csvCell('=1+1'), "'=1+1")
    assert.equal(csvCell('a "b", c'), '"a ""b"", c"')
    assert.equal(csvCell(-1), '-1')
  })

  it('show versions, attempts, instances and why an attempt failed, in words', async () => {
    const { html } = await test.page('/batch/jobs/ann~a')
    assert.deepEqual(policyBreaches(html), [])
    const text = textOf(html)
    assert.match(text, /Version 2 · by ann/)
    assert.match(textOf(part(html, 'role-worker')), /worker\[0\].*worker\[1\]/)
    assert.match(textOf(part(html, 'attempts')), /Attempt 1.*Attempt 0 255 · ps\[0\]/)
    assert.match(part(html, 'log'), /second try/)
    assert.ok(!part(html, 'log').includes('first try'), 'the log of another attempt')

    const earlier = (await test.page('/batch/jobs/ann~a?attempt=0')).html
    assert.match(textOf(part(earlier, 'batch-head')), /255 PAIRuntimeUnknownFailed/)
    assert.match(textOf(earlier), /Look at its log: .*No such file: rows\.csv/)
    assert.match(part(earlier, 'log'), /first try/)
    assert.match((await test.page('/batch/jobs/ann~a?version=1')).html, /aria-current="page"/)
    for (const path of ['nobody~a', 'ann~a?version=9', 'ann~a?attempt=7'])
      assert.equal((await test.page(`/batch/jobs/${path}`)).status, 404, path)
  })

  it('say what is short where a document asks for too much, while it is being written', async () => {
    const check = async (text: string) => {
      const answer = await test.post('/batch/check', { text })
      return textOf(await answer.text())
    }
    assert.match(await check(YAML('fine')), /fine can be submitted: 2 tasks, 0 GPUs\./)
    const unused = YAML('o')
      .replace('taskRoles:', '  - { name: o, type: output, uri: /out }\ntaskRoles:')
      .replace('dockerImage:', 'output: o\n    dockerImage:')
    assert.match(
      await check(unused),
      /o can be submitted.*output "o" has the uri "\/out", which no command of role "main" names/,
    )
    assert.match(await check(YAML('x').replace('cpu: 1', 'cpu: 1.5')), /taskRoles\.main.*cpu/)
    assert.match(await check(YAML('x').replace('gpu: 0', 'gpu: 9')), /asks for 9 GPUs/)
    assert.match(await check(YAML('a b')), /name.*line 2/)
    assert.match(await check('a: ['), /not one valid YAML/)
    assert.equal(await findFramework(test.db, { owner: 'weft', name: 'fine' }), undefined)
  })

  it('say that a job waits of which nothing runs, as the list does', async () => {
    const { html } = await test.page('/batch/jobs/bob~waits')
    assert.match(textOf(html), /waits by bob Clone Stop Waiting/)
  })

  it('submit a document, and keep one that is refused', async () => {
    const answer = await test.post('/batch/new', { text: YAML('fresh').replaceAll('\n', '\r\n') })
    assert.equal(answer.headers.get('location'), '/batch/jobs/weft~fresh')
    const twice = await test.post('/batch/new', { text: YAML('fresh') })
    assert.equal(twice.status, 422)
    const html = await twice.text()
    assert.match(textOf(html), /Job weft~fresh already exists/)
    assert.match(html, /<textarea[^>]*>protocolVersion: 2/)
    const clone = (await test.page('/batch/new?from=weft~fresh&version=1')).html
    assert.match(clone, /<textarea[^>]*>protocolVersion: 2\nname: fresh_2\n/)
    assert.match(textOf(clone), /fresh_2 can be submitted/)
    await test.post('/batch/new', { text: YAML('fresh_2') })
    const second = (await test.page('/batch/new?from=weft~fresh_2&version=1')).html
    assert.match(second, /\nname: fresh_3\n/)
    const again = (await test.page('/batch/new?from=weft~fresh&version=1&again=1')).html
    assert.match(again, /<textarea[^>]*>version: 2\nprotocolVersion: 2\nname: fresh\n/)
  })

  it('have a form for the common case, which marks the fields at fault', async () => {
    const bad = await test.post('/batch/new/form', { name: 'a b', command: '', cpu: 'x' })
    const html = await bad.text()
    assert.equal(bad.status, 422)
    assert.equal([...html.matchAll(/aria-invalid="true"/g)].length, 3)
    const fields = { name: 'common', command: 'echo "a: b"\r\necho c', instances: '2' }
    const shown = await test.post('/batch/new/form', { ...fields, show: '1' })
    assert.match(await shown.text(), /<textarea[^>]*>protocolVersion: 2/)
    const made = await test.post('/batch/new/form', fields)
    assert.equal(made.headers.get('location'), '/batch/jobs/weft~common')
    const job = await findFramework(test.db, { owner: 'weft', name: 'common' })
    assert.equal(job?.totalTasks, 2)
    const { command } = job?.plan.roles[0].spec ?? {}
    assert.match(toJson(command as object), /echo \\"a: b\\"\\necho c/)
  })

  it('examples can be submitted as they are', async () => {
    for (const example of ['single', 'distributed', 'parameters']) {
      const { html } = await test.page(`/batch/new?example=${example}`)
      assert.match(textOf(part(html, 'document')), /can be submitted/, example)
    }
  })

  it('stop several at once, and nobody else’s where one may not', async () => {
    await submit(test.db, { owner: 'weft', name: 'one' })
    await submit(test.db, { owner: 'ann', name: 'two' })
    await createAccount(
      test.db,
      { name: 'weft', password: 'secret1' },
      { passwords, at: Date.now() },
    )
    const account = await getAccount(test.db, 'weft')
    const token = await createAccountToken(test.db, { account, application: false }, Date.now())
    const stop = (names: readonly string[], headers: Record<string, string> = {}) =>
      test.app.request('/batch/stop', {
        method: 'POST',
        headers,
        body: new URLSearchParams([
          ...names.map((name): [string, string] => ['job', name]),
          ['back', '/batch?keyword=o'],
        ]),
      })
    const both = ['weft~one', 'ann~two']
    const refused = await stop(both, { authorization: `Bearer ${token}` })
    assert.equal(refused.status, 403)
    const stateOf = async (owner: string, name: string) =>
      (await findFramework(test.db, { owner, name }))?.state
    assert.equal(await stateOf('weft', 'one'), 'active')
    assert.equal((await stop([])).status, 422)
    const done = await stop(both)
    assert.equal(done.headers.get('location'), '/batch?keyword=o')
    assert.equal(await stateOf('weft', 'one'), 'STOPPED')
    assert.equal(await stateOf('ann', 'two'), 'STOPPED')
  })

  it('run a job again as a new version; one with secrets is shown to be filled in', async () => {
    await test.post('/batch/new', { text: YAML('again') })
    assert.equal((await test.post('/batch/jobs/weft~again/resubmit', {})).status, 409)
    await test.post('/batch/jobs/weft~again/stop', {})
    const answer = await test.post('/batch/jobs/weft~again/resubmit', { version: '1' })
    assert.equal(answer.headers.get('location'), '/batch/jobs/weft~again')
    const job = await findFramework(test.db, { owner: 'weft', name: 'again' })
    assert.deepEqual([job?.version, job?.state], [2, 'active'])

    await test.post('/batch/new', { text: YAML('hides', 'secrets: { key: abcdef }\n') })
    await test.post('/batch/jobs/weft~hides/stop', {})
    const hidden = await test.post('/batch/jobs/weft~hides/resubmit', {})
    const to = hidden.headers.get('location') ?? ''
    assert.equal(to, '/batch/new?from=weft%7Ehides&version=1&again=1')
    const { html } = await test.page(to)
    assert.ok(!html.includes('abcdef'))
    assert.match(textOf(html), /write them in again/)
  })

  it('put tags on and take them off', async () => {
    await test.post('/batch/jobs/ann~a/tag', { tag: 'night' })
    assert.match(part((await test.page('/batch/jobs/ann~a')).html, 'tags'), /night/)
    assert.match((await test.page('/batch?tagsContain=night')).html, /ann~a/)
    await test.post('/batch/jobs/ann~a/tag', { tag: 'night', off: '1' })
    assert.ok(!part((await test.page('/batch/jobs/ann~a')).html, 'tags').includes('night'))
  })
})

describe('the page of a job of task roles that runs', () => {
  it('is sent its lines and its end', async () => {
    const test = await testConsole()
    await enterHost(test.db)
    await submit(test.db)
    const [task] = await claim(test.db)
    const live = await openLive(test, '/batch/jobs/ann~a/live')
    assert.match((await live.next()).data, /id="batch-head"/)
    await print(test.db, task, 'one line')
    assert.match((await live.next()).data, /hx-target="#log-lines"[\s\S]*one line/)
    const tell = (attemptId: string, text: string) =>
      tellNewest(test.db, task, { attemptId, left: 1234, lines: [{ level: 'info', text }] })
    await tell('an earlier one', 'nothing of it')
    await tell(task.attemptId, '<b>newest</b>')
    const { data } = await live.next()
    assert.match(data, /hx-target="#log-tail"[\s\S]*1\s234 lines came.*&lt;b&gt;newest/s)
    const { html } = await test.page('/batch/jobs/ann~a')
    assert.match(html, /Newest lines of .*href="\/jobs\/[^"]+#log">Whole log<.*&lt;b&gt;newest/s)
    assert.deepEqual(policyBreaches(html), [])
    const [path] = /\/jobs\/[^"]+(?=#log">Whole log)/.exec(html) ?? []
    const whole = await test.page(`${path}/attempts/1/printed.txt`)
    assert.deepEqual([whole.status, whole.html], [200, 'one line\n'])
    assert.ok((await test.page(path ?? '')).html.includes(`${path}/attempts/1/printed.txt"`))
    await tell('an earlier one', 'nothing of it')
    assert.match((await live.next()).data, /<div id="log-tail"><\/div>/)
    await test.post('/batch/jobs/ann~a/stop', {})
    const rest = await live.rest()
    assert.match(rest.map(({ data }) => data).join(''), /Stopped by weft/)
    await test.close()
  })
})

describe('pages of clusters and people', () => {
  let test: TestConsole
  let headers: Record<string, string> = {}
  before(async () => {
    test = await testConsole({ passwords })
    await enterHost(test.db)
  })
  after(() => test.close())

  const post = async (path: string, fields: Record<string, string>, as = {}) => {
    const body = new URLSearchParams(fields)
    return test.app.request(path, { method: 'POST', headers: as, body })
  }

  it('enter, stop and remove virtual clusters', async () => {
    await post('/batch/clusters', { name: 'small', cores: '2', memoryMb: '', gpus: '0' })
    const { html } = await test.page('/batch/clusters')
    assert.deepEqual(policyBreaches(html), [])
    assert.match(textOf(part(html, 'cluster-small')), /small 0 % 0 of 2/)
    await post('/batch/clusters/status', { name: 'small', status: 'stopped' })
    assert.match(textOf((await test.page('/batch/clusters')).html), /small Stopped/)
    const bad = await post('/batch/clusters', { name: 'small', cores: '-1' })
    assert.equal(bad.status, 422)
    await post('/batch/clusters/remove', { name: 'small' })
    assert.ok(!(await test.page('/batch/clusters')).html.includes('cluster-small'))
  })

  it('enter people, who have tokens and a password of their own', async () => {
    const made = await post('/batch/users', { name: 'eve', password: 'secret1', email: 'e@x' })
    assert.equal(made.status, 303)
    assert.equal((await post('/batch/users', { name: 'eve', password: 'secret1' })).status, 422)
    const account = await getAccount(test.db, 'eve')
    const token = await createAccountToken(test.db, { account, application: false }, Date.now())
    headers = { cookie: `weft_token=${token}` }
    const me = await test.page('/batch/me', false, headers)
    assert.match(textOf(me.html), /eve.*this session/)
    const fresh = await post('/batch/me/tokens', {}, headers)
    const html = await fresh.text()
    assert.equal(fresh.headers.get('cache-control'), 'no-store')
    const [, text] = /<code class="break">([^<]+)<\/code>/.exec(part(html, 'made')) ?? []
    const other = { authorization: `Bearer ${text}` }
    assert.match((await test.page('/batch/me', false, other)).html, /eve/)
    const ids = [...html.matchAll(/name="id" value="([^"]+)"/g)].map(([, id]) => id)
    // The session itself comes first in the list, so last here.
    for (const id of ids.toReversed()) await post('/batch/me/tokens/revoke', { id }, headers)
    assert.equal((await test.page('/batch/me', false, other)).status, 401)
  })

  it('let nobody but administrators change others', async () => {
    const account = await getAccount(test.db, 'eve')
    const token = await createAccountToken(test.db, { account, application: false }, Date.now())
    headers = { cookie: `weft_token=${token}` }
    for (const [path, fields] of [
      ['/batch/users', { name: 'mal', password: 'secret1' }],
      ['/batch/users/eve', { email: 'm@x' }],
      ['/batch/users/eve/admin', { admin: '1' }],
      ['/batch/users/eve/remove', {}],
      ['/batch/groups', { name: 'mine' }],
      ['/batch/groups/mine', { cluster: 'default' }],
      ['/batch/groups/mine/remove', {}],
      ['/batch/clusters', { name: 'mine', cores: '9' }],
    ] as const)
      assert.equal((await post(path, fields, headers)).status, 403, path)
    for (const path of ['/batch/users', '/batch/groups']) {
      const { status, html } = await test.page(path, false, headers)
      assert.equal(status, 200)
      assert.ok(!html.includes('name="name"'), path)
    }
    assert.equal((await test.page('/batch/users/eve', false, headers)).status, 403)
  })

  it('change a password only for who knows the old one', async () => {
    const change = (oldPassword: string) =>
      post('/batch/me/password', { oldPassword, newPassword: 'secret2' }, headers)
    assert.equal((await change('wrong1')).status, 422)
    assert.equal((await change('secret1')).status, 303)
  })
})
