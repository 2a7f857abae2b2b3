/**
 * Bundles `src/bin/edge.ts` and drives it in workerd.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import { Miniflare } from 'miniflare'

import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import { type HranaServer, serveHrana } from '../helpers/hrana.ts'
import { ROOT } from '../helpers/place.ts'

/**
 * A bundle past this size costs cold starts; it holds five APIs, the console and all that /docs says in two languages,
 * and every component's parameters.
 */
const MOST_GZIPPED_BYTES = 1024 * 1024

describe('the app at the edge', () => {
  let folder: string
  let db: Db
  let database: HranaServer
  let worker: Miniflare
  let script: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-edge-'))
    const file = join(folder, 'weft.db')
    db = openDatabase({ url: `file:${file}` })
    await migrate(db)
    await registerRunner(db, {
      id: 'r1',
      name: 'test',
      site: 's1',
      parties: null,
      url: null,
      slots: 4,
      identities: { '*': 'key' },
      facts: {},
    })
    database = await serveHrana({ path: file, db })
    script = await bundle()
    worker = new Miniflare({
      modules: true,
      script,
      compatibilityDate: '2026-04-01',
      bindings: { WEFT_DATABASE_URL: `${database.url}/hrana`, WEFT_AUTH: 'off' },
    })
    await worker.ready
  })

  after(async () => {
    await worker.dispose()
    await database.close()
    await db.destroy()
    await rm(folder, { recursive: true })
  })

  it('the bundle needs no Node module and stays small', () => {
    assert.doesNotMatch(script, /from\s*["']node:/)
    assert.ok(gzipSync(script).length < MOST_GZIPPED_BYTES, `${gzipSync(script).length} bytes`)
  })

  it('readyz reads the database over HTTP', async () => {
    const response = await worker.dispatchFetch('http://edge/readyz')
    const body = (await response.json()) as { database: string; runners: number }
    assert.deepEqual([response.status, body.database, body.runners], [200, 'ok', 1])
  })

  it('a job that names a missing table is refused in FATE’s words, after a real query', async () => {
    const response = await worker.dispatchFetch('http://edge/v1/table/table_info', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ namespace: 'nowhere', table_name: 'nothing' }),
    })
    const body = (await response.json()) as { retcode: number; data: { count: number } }
    assert.deepEqual([response.status, body.retcode, body.data.count], [200, 0, 0])
  })

  it('the console renders', async () => {
    const response = await worker.dispatchFetch('http://edge/jobs')
    assert.equal(response.status, 200)
    assert.match(await response.text(), /<html/)
  })
})

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'src/bin/edge.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    logLevel: 'error',
  })
  return outputFiles[0].text
}
