import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { createRoute, z } from '@hono/zod-openapi'

import { json, jsonBody } from '../../src/api/json.ts'
import { type Failure, surface } from '../../src/api/surface.ts'
import { DomainError } from '../../src/domain/error.ts'
import { FlowError } from '../../src/flow/error.ts'
import { fakeCatalog } from '../helpers/catalog.ts'
import { freshDatabase } from '../helpers/database.ts'

type Seen = { status: number; failure: Failure }

async function ask(
  path: string,
  init: RequestInit,
  thrown?: unknown,
): Promise<Seen & { logged: object[] }> {
  const db = await freshDatabase()
  const logged: object[] = []
  const ignore = () => {}
  const log = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields: object) => logged.push(fields),
  }
  const api = surface(
    {
      base: '/x',
      title: 'X',
      version: '1',
      envelope: (failure) => ({ status: 418, body: failure }),
      routes(routes) {
        const route = createRoute({
          method: 'post',
          path: '/things',
          request: jsonBody(z.object({ name: z.string(), count: z.int().optional() })),
          responses: { 200: json(z.object({ ok: z.boolean() }), 'Fine') },
        })
        routes.openapi(route, (c) => {
          if (thrown !== undefined) throw thrown as Error
          return c.json({ ok: true }, 200)
        })
      },
    },
    {
      db,
      catalog: fakeCatalog(),
      log,
      now: Date.now,
      settings: {
        version: '1',
        publicUrl: null,
        hosts: null,
        auth: 'off',
        bodyLimit: 1000,
        uploadLimit: 1000,
      },
    },
  )
  const response = await api.request(path, init)
  await db.destroy()
  return { status: response.status, failure: (await response.json()) as Failure, logged }
}

function post(body: string | undefined, type?: string): RequestInit {
  return { method: 'POST', body, headers: type === undefined ? {} : { 'content-type': type } }
}

const JSON_TYPE = 'application/json'

describe('surface', () => {
  it('names the fields at fault, with what was expected and what came', async () => {
    const { failure } = await ask('/things', post('{"count":"many"}', JSON_TYPE))
    assert.equal(failure.kind, 'invalid')
    assert.equal(failure.message, 'name: is missing; count: expected number, got "many"')
    assert.deepEqual(
      failure.problems?.map(({ path, missing }) => ({ path, missing })),
      [
        { path: 'name', missing: true },
        { path: 'count', missing: false },
      ],
    )
  })

  it('calls a body that is no JSON malformed', async () => {
    const { failure } = await ask('/things', post('{"name":', JSON_TYPE))
    assert.equal(failure.kind, 'malformed')
    assert.equal(failure.message, 'The request body is not valid JSON')
  })

  it('asks for JSON when the content type is missing or another', async () => {
    for (const type of [undefined, 'text/plain']) {
      const { failure } = await ask('/things', post('{"name":"a"}', type))
      assert.equal(failure.kind, 'unsupported')
      assert.match(failure.message, /Content-Type: application\/json/)
    }
  })

  it('answers an unknown route and a wrong method in its own words', async () => {
    const unknown = await ask('/nothing', { method: 'GET' })
    assert.equal(unknown.failure.kind, 'no_route')
    assert.match(unknown.failure.message, /No route GET \/nothing: see \/x\/openapi\.json/)
    const { failure } = await ask('/things', { method: 'GET' })
    assert.equal(failure.kind, 'no_route')
  })

  it('hands on what a caller may see', async () => {
    const domain = await ask(
      '/things',
      post('{"name":"a"}', JSON_TYPE),
      new DomainError('conflict', 'Taken'),
    )
    assert.deepEqual([domain.failure.kind, domain.failure.message], ['conflict', 'Taken'])
    const flow = await ask('/things', post('{"name":"a"}', JSON_TYPE), new FlowError('A loop'))
    assert.deepEqual([flow.failure.kind, flow.failure.message], ['invalid', 'A loop'])
    assert.deepEqual(flow.logged, [])
  })

  it('keeps a bug to the log and answers with the request id under which it stands there', async () => {
    const bug = new TypeError('secret at /srv/weft/file.ts')
    const { failure, logged } = await ask('/things', post('{"name":"a"}', JSON_TYPE), bug)
    assert.equal(failure.kind, 'internal')
    assert.equal(failure.message, `internal error, request ${failure.requestId}`)
    assert.equal(JSON.stringify(failure).includes('secret'), false)
    assert.equal(logged.length, 1)
    assert.match(JSON.stringify(logged[0]), new RegExp(failure.requestId))
    assert.match(JSON.stringify(logged[0]), /secret at/)
  })

  it('says that the disk is full to the caller and to the log', async () => {
    for (const code of ['ENOSPC', 'SQLITE_FULL']) {
      const full = Object.assign(new Error('at /srv/weft'), { code })
      const { failure, logged } = await ask('/things', post('{"name":"a"}', JSON_TYPE), full)
      assert.deepEqual(
        [failure.kind, failure.message],
        [
          'unavailable',
          'The disk of the server is full: make room in its data directory, then try again',
        ],
      )
      assert.match(JSON.stringify(logged), /at \/srv\/weft/)
    }
  })
})
