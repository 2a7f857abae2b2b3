/**
 * The whole app with a job of task roles: its pages, and who is let in where.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import type { Hono } from 'hono'

import { createApp } from '../../../src/app.ts'
import type { Db } from '../../../src/db/type.ts'
import type { Framework } from '../../../src/domain/framework.ts'
import { createToken } from '../../../src/domain/token.ts'
import { freshDatabase } from '../../helpers/database.ts'
import { quietDeps } from '../../helpers/deps.ts'
import { claim, end, enterHost, submit } from '../../helpers/framework.ts'

describe('the app with a job of task roles', () => {
  let db: Db
  let app: Hono
  let job: Framework
  before(async () => {
    db = await freshDatabase()
    await enterHost(db)
    app = createApp({
      ...quietDeps(db, { bodyLimit: 1024 * 1024, uploadLimit: 1024 }),
      now: () => Date.now(),
    })
    job = await submit(db)
    await end(db, (await claim(db))[0], { code: 1 })
  })
  after(() => db.destroy())

  it('its pages show it', async () => {
    const token = await createToken(db, { kind: 'user', name: 'ops', parties: null }, 0)
    const headers = { authorization: `Bearer ${token}`, accept: 'text/html' }
    for (const path of ['/jobs', `/jobs/${job.jobId}`]) {
      const page = await app.request(path, { headers })
      assert.equal(page.status, 200, path)
      assert.match(await page.text(), /ann~a/, path)
    }
  })

  it('its own API words its refusals, and lets guests log in', async () => {
    for (const base of ['/api/v2', '/api/v1', '/rest-server/api/v2']) {
      const refused = await app.request(`${base}/jobs/a`)
      assert.equal(refused.status, 401)
      assert.equal(((await refused.json()) as { code: string }).code, 'UnauthorizedUserError')
      assert.equal((await app.request(`${base}/info`)).status, 200)
    }
    const other = await app.request('/api/weft/jobs')
    assert.equal(other.status, 401)
  })
})
