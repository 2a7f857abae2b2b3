/**
 * The app as a whole: who may call, which pages and headers there are, how large a body may be.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { AppSettings } from '../src/api/deps.ts'
import { createApp } from '../src/app.ts'
import { createToken } from '../src/domain/token.ts'
import { freshDatabase } from './helpers/database.ts'
import { quietDeps } from './helpers/deps.ts'

async function appWith(settings: Partial<AppSettings> = {}) {
  const db = await freshDatabase()
  const app = createApp({
    ...quietDeps(db, {
      version: '1.2.3',
      auth: 'off',
      bodyLimit: 1000,
      uploadLimit: 1000,
      ...settings,
    }),
    now: () => Date.now(),
  })
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    })
  return { app, db, post, [Symbol.asyncDispose]: () => db.destroy() }
}

describe('app', () => {
  it('is healthy by itself and ready only with a live runner', async () => {
    await using test = await appWith()
    assert.equal((await test.app.request('/healthz')).status, 200)
    const ready = await test.app.request('/readyz')
    assert.equal(ready.status, 503)
    assert.deepEqual(await ready.json(), { status: 'not ready', database: 'ok', runners: 0 })
    assert.match(await (await test.app.request('/metrics')).text(), /^weft_runners_live 0$/m)
  })

  it('serves pages under a policy without inline code, and every API in the documentation', async () => {
    await using test = await appWith()
    const page = await test.app.request('/docs')
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    const html = await page.text()
    for (const title of ['FATE-Flow', 'FedLearn', 'Weft', 'Runner gateway']) {
      assert.ok(html.includes(title))
    }
    for (const name of ['fate', 'fedlearn', 'weft', 'runner']) {
      const document = await test.app.request(`/${name}/openapi.json`)
      assert.equal(document.status, 200, name)
      assert.match(((await document.json()) as { openapi: string }).openapi, /^3\.1/)
    }
  })

  it('carries a request id through', async () => {
    await using test = await appWith()
    const response = await test.app.request('/healthz', { headers: { 'x-request-id': 'abc-1' } })
    assert.equal(response.headers.get('x-request-id'), 'abc-1')
  })

  it('refuses changes that a page of another origin asks for, and takes those of tools', async () => {
    await using test = await appWith()
    const foreign: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]
    for (const headers of foreign) {
      assert.equal((await test.post('/v1/job/query', '{}', headers)).status, 403)
    }
    assert.equal((await test.post('/v1/job/query', '{}')).status, 200)
    const own = { 'sec-fetch-site': 'same-origin' }
    assert.equal((await test.post('/v1/job/query', '{}', own)).status, 200)
  })

  it('answers to its own names only where it trusts its machine', async () => {
    await using test = await appWith({ hosts: ['localhost', '127.0.0.1'] })
    const ask = (host: string) => test.app.request('/healthz', { headers: { host } })
    assert.equal((await ask('localhost:9380')).status, 200)
    assert.equal((await ask('127.0.0.1')).status, 200)
    assert.equal((await ask('rebound.example:9380')).status, 421)
  })

  it('refuses a body over the limit', async () => {
    await using test = await appWith()
    const response = await test.post('/v1/job/query', JSON.stringify({ name: 'x'.repeat(2000) }))
    assert.equal(response.status, 413)
  })

  it('answers for ModelBox with the headers of the original', async () => {
    await using test = await appWith({})
    for (const [method, path, status] of [
      ['GET', '/job/list/all', 200],
      ['GET', '/job/nobody', 404],
      ['PATCH', '/job', 404],
      ['PUT', '/job', 400],
    ] as const) {
      const answer = await test.app.request(`/v1/modelbox${path}`, { method })
      assert.equal(answer.status, status)
      assert.equal(answer.headers.get('referrer-policy'), 'strict-origin-when-cross-origin')
      assert.equal(answer.headers.get('x-frame-options'), 'DENY')
      assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
    }
  })

  it('with tokens, nothing but health and login is open', async () => {
    await using test = await appWith({ auth: 'token' })
    assert.equal((await test.app.request('/healthz')).status, 200)
    assert.equal((await test.app.request('/login')).status, 200)
    assert.equal((await test.post('/v1/job/query', '{}')).status, 401)
    const own = await test.app.request('/api/weft/jobs/1')
    assert.equal(own.status, 401)
    const { error } = (await own.json()) as { error: { code: string; message: string } }
    assert.equal(error.code, 'unauthenticated')
    assert.match(error.message, /make one with "npm run cli -- token create user"/)
    const fedlearn = await test.post('/api/match/list', '{}')
    assert.equal(fedlearn.status, 401)
    const { code, status } = (await fedlearn.json()) as { code: number; status: string }
    assert.equal(code, -1)
    assert.match(status, /valid user token/)
    const page = await test.app.request('/jobs', { headers: { accept: 'text/html' } })
    assert.equal(page.headers.get('location'), '/login?to=%2Fjobs')
    for (const [path, init] of [
      ['/', {}],
      ['/jobs/1/stop', { method: 'POST' }],
      ['/runners', { headers: { 'HX-Request-Type': 'partial' } }],
    ] as const) {
      const headers = { accept: 'text/html', ...('headers' in init ? init.headers : {}) }
      const { headers: answered } = await test.app.request(path, { ...init, headers })
      assert.equal(answered.get('location'), '/login', path)
    }
  })

  it('with tokens, a program sends one and a browser exchanges it for a cookie', async () => {
    await using test = await appWith({ auth: 'token' })
    const text = await createToken(test.db, { kind: 'user', name: '', parties: null }, Date.now())
    const bearer = { authorization: `Bearer ${text}` }
    assert.equal((await test.post('/v1/job/query', '{}', bearer)).status, 200)
    const wrong = { authorization: 'Bearer weft_00' }
    assert.equal((await test.post('/v1/job/query', '{}', wrong)).status, 401)
    const login = await test.app.request('/login', {
      method: 'POST',
      body: new URLSearchParams({ token: text }),
    })
    assert.equal(login.status, 303)
    const cookie = login.headers.get('set-cookie') ?? ''
    assert.match(cookie, /HttpOnly/)
    const page = await test.app.request('/jobs', { headers: { cookie: cookie.split(';')[0] } })
    assert.equal(page.status, 200)
    assert.match(await page.text(), /action="\/logout"/)
    const stranger = await test.app.request('/login', { headers: { cookie: 'weft_token=old' } })
    assert.doesNotMatch(await stranger.text(), /action="\/logout"/)
    const bad = await test.app.request('/login', {
      method: 'POST',
      body: new URLSearchParams({ token: 'guess' }),
    })
    assert.equal(bad.status, 422)
  })

  it('a runner token opens the gateway and nothing else', async () => {
    await using test = await appWith({ auth: 'token' })
    const runner = { kind: 'runner', name: '', parties: ['1'] } as const
    const bearer = { authorization: `Bearer ${await createToken(test.db, runner, Date.now())}` }
    assert.equal((await test.post('/v1/job/query', '{}', bearer)).status, 401)
    const beat = await test.post('/runner/v1/beat', '{}', bearer)
    assert.notEqual(beat.status, 401)
    assert.equal((await test.post('/runner/v1/beat', '{}')).status, 401)
  })

  it('the console submits a job although its own calls carry no token', async () => {
    await using test = await appWith({ auth: 'token' })
    const token = await createToken(test.db, { kind: 'user', name: '', parties: null }, Date.now())
    const response = await test.app.request('/jobs/new', {
      method: 'POST',
      headers: { cookie: `weft_token=${token}` },
      body: new URLSearchParams({ mode: 'json', dsl: '{"components":{}}', conf: '{}' }),
    })
    assert.equal(response.status, 422)
    assert.doesNotMatch(await response.text(), /valid user token is needed/)
  })
})
