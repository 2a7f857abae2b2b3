/**
 * What nobody sends by accident: bodies that are none, texts that are too deep, paths that cannot be read. Every route of
 * the server is asked; none of them may fail inside, and each refuses in the words of its own API.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Hono } from 'hono'

import type { AppSettings } from '../../src/api/deps.ts'
import { createApp } from '../../src/app.ts'
import { scryptPasswords } from '../../src/bin/password.ts'
import { localPath } from '../../src/console/local-path.ts'
import type { Db } from '../../src/db/type.ts'
import { createToken } from '../../src/domain/token.ts'
import { seedFinished } from '../console/seed.ts'
import { freshDatabase } from '../helpers/database.ts'
import { quietDeps } from '../helpers/deps.ts'
import { profileOf } from '../helpers/jobs.ts'

interface Logged {
  readonly error?: string
}

async function open(settings: Partial<AppSettings> = {}) {
  const db = await freshDatabase()
  const logged: Logged[] = []
  const deps = quietDeps(db, {
    auth: 'off',
    bodyLimit: 4_000_000,
    uploadLimit: 1000,
    flowWaitMs: 0,
    ...settings,
  })
  const app = createApp({
    ...deps,
    log: { ...deps.log, error: (fields) => void logged.push(fields) },
    now: () => Date.now(),
    passwords: scryptPasswords({ logN: 4 }),
  })
  return { db, app, logged, [Symbol.asyncDispose]: () => db.destroy() }
}

/** What was thrown and not foreseen. */
const faultsOf = (logged: readonly Logged[]) => logged.flatMap(({ error }) => error ?? [])

const send = (app: Hono, path: string, body: string, type = 'application/json', method = 'POST') =>
  app.request(path, { method, body, headers: { 'content-type': type } })

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

describe('hostile input', () => {
  let app: Hono
  let db: Db
  let logged: Logged[]
  let job: string
  before(async () => {
    ;({ app, db, logged } = await open())
    job = (await seedFinished(db)).id
  })
  after(() => db.destroy())

  it('fails no route: texts of any kind in paths and queries, bodies that are none', async () => {
    const texts = ['%00', '%FF', '%E0%A4%A', '..%2f..%2fetc%2fpasswd', '-1', '9007199254740993']
    const more = ['__proto__', 'constructor', '1e999', '%0d%0aX-Evil:1', 'a'.repeat(3000), job]
    const bodies = [
      '',
      '{',
      'null',
      '[]',
      '{"__proto__":{"a":1},"page":-1,"limit":1e999}',
      nested(5000),
    ]
    const routes = new Map(
      app.routes
        .filter(({ method, path }) => method !== 'ALL' && !path.startsWith('/rest-server'))
        .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
    )
    for (const [name, { method, path }] of routes) {
      const put = (text: string) =>
        path.replaceAll(/:(id|job|token)\b/g, text === job ? job : text).replaceAll(/:\w+/g, text)
      const asked = [...texts, ...more].flatMap((text) => {
        const query = `page=${text}&limit=${text}&offset=${text}&order=${text}&at=${text}&after=${text}`
        return method === 'GET' ? [put(text), `${put(text)}?${query}`] : [put(text)]
      })
      for (const one of new Set(asked)) await calm(name, one, { method })
      if (method === 'GET') continue
      for (const body of bodies)
        for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/yaml'])
          await calm(name, put(job), { method, body, headers: { 'content-type': type } })
    }
  })

  /** Asks; neither is the server at fault, nor does the answer tell of its inside. */
  async function calm(name: string, path: string, init: RequestInit): Promise<void> {
    const response = await app.request(path, init)
    const isLive = response.headers.get('content-type')?.includes('event-stream')
    const text = isLive ? '' : await response.text()
    if (isLive) await response.body?.cancel()
    const what = `${name}: ${init.method} ${path.slice(0, 200)} ${JSON.stringify(init).slice(0, 200)}`
    assert.deepEqual(faultsOf(logged), [], what)
    const { status } = response
    const isToldSo = status === 501 || status === 503 || /^\/v1\/(modelbox|tracking)\//.test(path)
    assert.ok(status < 500 || isToldSo, `${what}: ${status} ${text.slice(0, 500)}`)
    assert.doesNotMatch(text, /\n\s+at .*:\d|node_modules|SQLITE_|SqliteError/, what)
    assert.equal(response.headers.get('x-evil'), null, what)
  }

  it('that is nested too deeply is refused where it would be written, and stops nobody else', async () => {
    const register = (id: string, levels: number) =>
      send(
        app,
        '/runner/v1/register',
        JSON.stringify(
          profileOf(id, { facts: { deep: '@' }, identities: { '*': 'k'.repeat(43) } }),
        ).replace('"@"', nested(levels)),
      )
    for (const levels of [1000, 5000, 500_000]) {
      const answer = await register('deep', levels)
      assert.equal(answer.status, 422, String(levels))
      assert.match(await answer.text(), /nested more than \d+ levels deep/)
    }
    assert.equal((await register('shallow', 50)).status, 200)
    const claimed = await send(app, '/runner/v1/claim', '{"runnerId":"shallow","slots":1}')
    assert.equal(claimed.status, 200, await claimed.text())
    const flow = `{"job_id":"deep","job_graph":{"x":${nested(500_000)}}}`
    const refused = await send(app, '/v1/modelbox/job', flow, 'application/json', 'PUT')
    assert.equal(refused.status, 400)
    const clusters = 'subgraph { '.repeat(5000)
    const graph = { graph: { format: 'graphviz', graphconf: `digraph { ${clusters}` } }
    const body = JSON.stringify({ job_id: 'nest', job_graph: graph })
    const nest = await send(app, '/v1/modelbox/job', body, 'application/json', 'PUT')
    assert.equal(nest.status, 400)
    assert.match(await nest.text(), /nested too deeply/)
    assert.deepEqual(faultsOf(logged), [])
  })

  it('that is a damaged form is refused as one', async () => {
    for (const path of ['/login', '/language', '/jobs/new', '/batch/check', '/projects/match'])
      for (const type of ['multipart/form-data', 'multipart/form-data; boundary=x']) {
        for (const body of ['', 'x']) {
          const answer = await send(app, path, body, type)
          assert.equal(answer.status, 422, `${path} ${type}`)
          assert.match(await answer.text(), /form cannot be read/)
        }
        // Deno takes this for a form without fields.
        const cut = await send(app, path, '--x\r\nContent-Disposition: nothing', type)
        assert.ok(cut.status < 500, `${path} ${type}: ${cut.status}`)
      }
    for (const type of ['application/json', 'text/plain'])
      assert.equal((await send(app, '/batch/stop', '{}', type)).status, 422)
    assert.deepEqual(faultsOf(logged), [])
  })

  it('asks for nothing that every object has', async () => {
    for (const role of ['constructor', '__proto__', 'toString'])
      assert.equal((await app.request(`/jobs/${job}/parties/${role}/9999`)).status, 404, role)
  })
})

/** A path of each API, and what its refusals have. */
const FORMS: Readonly<Record<string, RegExp>> = {
  '/v1/job/query': /^\{"retcode":1\d\d,"retmsg":".+","data":null,"jobId":null,"meta":null\}$/,
  '/v1/modelbox/job': /^\{"error_code":"MODELBOX_00\d","error_msg":".+/,
  '/api/train/list': /^\{"code":-\d,"status":".+"\}$/,
  '/api/v1/works': /^\{"code":\d{6},"msg":".+"\}$/,
  '/api/v2/jobs': /^\{"code":"\w+","message":".+"\}$/,
  '/rest-server/api/v2/jobs': /^\{"code":"\w+","message":".+"\}$/,
  '/api/weft/jobs': /^\{"error":\{"code":"\w+","message":".+","requestId":"[\w-]+"\}\}$/,
  '/runner/v1/claim': /^\{"error":\{"code":"\w+","message":".+","requestId":"[\w-]+"\}\}$/,
}

describe('refusals before a surface is reached', () => {
  it('are in the words of the API that was asked', async () => {
    await using test = await open({ auth: 'token', hosts: ['weft.example'], bodyLimit: 100 })
    const ask = (path: string, headers: Record<string, string>, body = '{}') =>
      test.app.request(path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', host: 'weft.example', ...headers },
      })
    for (const [path, form] of Object.entries(FORMS)) {
      const answers = {
        401: await ask(path, {}),
        403: await ask(path, { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }),
        421: await ask(path, { host: 'evil.example' }),
        // The gateway counts what streams in by itself.
        413: path.startsWith('/runner') ? undefined : await ask(path, {}, 'x'.repeat(200)),
      }
      for (const [status, answer] of Object.entries(answers)) {
        if (!answer) continue
        assert.equal(answer.status, Number(status), path)
        assert.match(await answer.text(), form, `${path} ${status}`)
      }
    }
  })

  it('say nothing of a fault inside but the id under which the log has it', async () => {
    await using test = await open({ auth: 'token' })
    const token = await createToken(test.db, { kind: 'user', name: '', parties: null }, 0)
    await test.db.schema.dropTable('token').execute()
    for (const [path, form] of Object.entries(FORMS)) {
      const answer = await test.app.request(path, {
        method: 'POST',
        body: '{}',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      })
      const text = await answer.text()
      assert.match(text, form, path)
      assert.match(text, /internal error, request/, path)
      assert.doesNotMatch(text, /token/, path)
    }
    assert.match(faultsOf(test.logged).join('\n'), /no such table: token/)
  })
})

describe('a browser', () => {
  it('is sent nowhere else, however an address is written', () => {
    for (const back of ['//evil', '/\\evil', '/\t/evil', '/\n/evil', '/\r\nx: y', '\t//evil', '/é'])
      assert.equal(localPath(back), undefined, JSON.stringify(back))
    for (const back of ['/', '/jobs?a=b&c=%2F#d', '/tables/a~b/c'])
      assert.equal(localPath(back), back)
  })

  it('sends its token over TLS only, where the public address has it', async () => {
    await using test = await open({ auth: 'token', publicUrl: 'https://weft.example' })
    const token = await createToken(test.db, { kind: 'user', name: '', parties: null }, Date.now())
    const cookie = async (url: string, host: string) => {
      const answer = await test.app.request(url, {
        method: 'POST',
        body: new URLSearchParams({ token }),
        headers: { host },
      })
      assert.equal(answer.status, 303)
      return answer.headers.get('set-cookie') ?? ''
    }
    // A proxy ends TLS, and asks in plain HTTP.
    const proxied = await cookie('http://weft.example/login', 'weft.example')
    assert.match(proxied, /; HttpOnly; Secure; SameSite=Lax/)
    const near = await cookie('http://127.0.0.1:9380/login', '127.0.0.1:9380')
    assert.match(near, /; HttpOnly; SameSite=Lax/)
    assert.doesNotMatch(near, /Secure/)
  })
})
