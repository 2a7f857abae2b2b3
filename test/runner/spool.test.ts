/**
 * Uploads for runners that are trusted with the database and have another disk than the app.
 * @module
 */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { Hono } from 'hono'

import { runnerGateway } from '../../src/api/runner/index.ts'
import { diskFiles } from '../../src/bin/files.ts'
import { notFound } from '../../src/domain/error.ts'
import { submitFetch } from '../../src/domain/fetch.ts'
import { getJob } from '../../src/domain/job.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { beatRunner, registerRunner } from '../../src/domain/runner.ts'
import { settleTask } from '../../src/domain/settle.ts'
import { PLACEMENT_MS, sweep } from '../../src/domain/sweep.ts'
import { listTasks } from '../../src/domain/task.ts'
import { createToken } from '../../src/domain/token.ts'
import { submitUpload } from '../../src/domain/upload.ts'
import { createSpool, spoolFacts } from '../../src/runner/spool.ts'
import { freshDatabase } from '../helpers/database.ts'
import { quietDeps } from '../helpers/deps.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { profileOf } from '../helpers/jobs.ts'

const CSV = 'id,y\n1,0\n'

/** An app with a disk, an upload that waits on it, and a spool of a runner with a disk of its own. */
async function scene(
  options: { kind?: 'database' | 'user'; readOnly?: boolean; uploadLimit?: number } = {},
) {
  const db = await freshDatabase()
  const folder = await temporaryFolder()
  const files = diskFiles({ spoolDir: folder, importRoots: [], site: 'app' })
  const gateway = runnerGateway({
    ...quietDeps(db, { uploadLimit: options.uploadLimit ?? 1 }),
    files,
    now: () => Date.now(),
  })
  const app = new Hono().route('/runner/v1', gateway)
  const { kind = 'database', readOnly = false } = options
  const token = await createToken(db, { kind, name: '', parties: null, readOnly }, Date.now())
  const place = { url: 'http://weft.test', token }
  const spool = createSpool({
    local: diskFiles({ spoolDir: join(folder, 'elsewhere'), importRoots: [] }),
    app: place,
    runnerId: 'far',
    fetch: (request) => app.request(request),
  })
  const { id, site } = await files.spool(new Blob([CSV]).stream(), 100)
  const upload = () =>
    submitUpload(db, {
      surface: 'fate',
      party: null,
      namespace: 'ns',
      name: 't',
      source: { type: 'spool', id, site },
      head: true,
      delimiter: ',',
      partitions: 1,
      request: {},
    })
  return { db, folder, files, spool, id, upload, facts: spoolFacts({ app: place }) }
}

describe('an upload on the disk of the app', () => {
  it('is fetched by a runner with another data directory, and removed when it is read', async () => {
    const { db, folder, spool, id, upload, facts } = await scene()
    await registerRunner(db, profileOf('far', { facts }))
    await upload()
    const [task] = await claimTasks(db, { runnerId: 'far', slots: 1 })
    assert.equal(await new Response(await spool.openSpool(id)).text(), CSV)
    await settleTask(db, {
      runnerId: 'far',
      attemptId: task.attemptId,
      outcome: { state: 'succeeded' },
    })
    await spool.dropSpool(id)
    assert.deepEqual(await readdir(folder), [])
  })

  it('goes to the app’s own data directory, and to no other that cannot fetch it', async () => {
    const { db, upload } = await scene()
    await registerRunner(db, profileOf('far'))
    await registerRunner(db, profileOf('near', { site: 'app' }))
    await upload()
    assert.deepEqual(await claimTasks(db, { runnerId: 'far', slots: 1 }), [])
    assert.equal((await claimTasks(db, { runnerId: 'near', slots: 1 })).length, 1)
  })

  it('is refused at once when no runner could read it, and later when the last one is gone', async () => {
    const { db, upload, facts } = await scene()
    await registerRunner(db, profileOf('far'))
    await assert.rejects(
      upload(),
      /No live runner of its party can read the uploaded file.*WEFT_APP_URL/,
    )
    await registerRunner(db, profileOf('fetching', { facts }))
    const job = await upload()
    const late = Date.now() + PLACEMENT_MS + 1000
    await beatRunner(db, { id: 'fetching', state: 'gone' })
    const [task] = await listTasks(db, job.id)
    assert.match(task.reason ?? '', /can read the uploaded file/)
    await registerRunner(db, profileOf('far'), late)
    await sweep(db, late + 1)
    assert.match((await getJob(db, job.id)).reason ?? '', /can read the uploaded file/)
  })

  it('is read with no lesser token, and not before it was leased', async () => {
    for (const options of [{ kind: 'user' }, { readOnly: true }] as const) {
      const { db, spool, id, upload, facts } = await scene(options)
      await registerRunner(db, profileOf('far', { facts }))
      await upload()
      await claimTasks(db, { runnerId: 'far', slots: 1 })
      await assert.rejects(spool.openSpool(id), /valid runner token is needed/)
    }
    const { db, spool, id, upload, facts } = await scene()
    await registerRunner(db, profileOf('far', { facts }))
    await upload()
    await assert.rejects(spool.openSpool(id), /was not given upload/)
  })

  it('is taken from the own disk where it lies there, and nowhere else without an app', async () => {
    const { spool: remote, id } = await scene()
    const local = {
      openSpool: async () => new Blob(['own']).stream(),
      dropSpool: () => Promise.resolve(),
    }
    const app = { url: 'http://weft.test', token: null }
    const own = createSpool({ local, app, runnerId: 'r', fetch: () => assert.fail('asked') })
    assert.equal(await new Response(await own.openSpool(id)).text(), 'own')
    const none = createSpool({
      local: { ...local, openSpool: () => Promise.reject(notFound('It is gone')) },
      app: null,
      runnerId: 'r',
    })
    await assert.rejects(none.openSpool(id), /It is gone/)
    await assert.rejects(remote.openSpool(id), /was not registered/)
  })
})

describe('rows that the app has asked for', () => {
  const wanted = {
    surface: 'fate',
    site: 'site-far',
    jobId: '1',
    role: 'guest',
    party: '9999',
    node: 'dataio_0',
    limit: null,
  }
  const rows = new Blob([CSV])

  it('are taken from the runner that holds the lease, whole, and again', async () => {
    const { db, files, spool, facts } = await scene({ uploadLimit: 100 })
    await registerRunner(db, profileOf('far', { facts }))
    const asked = await submitFetch(db, wanted)
    assert.ok(spool.fillSpool)
    await assert.rejects(spool.fillSpool(asked.spool, rows), /was not asked for rows/)
    const [task] = await claimTasks(db, { runnerId: 'far', slots: 1 })
    assert.equal(task.jobId, asked.job.id)
    await assert.rejects(spool.fillSpool('0'.repeat(32), rows), /was not asked for rows/)
    await spool.fillSpool(asked.spool, new Blob(['half']))
    await spool.fillSpool(asked.spool, rows)
    assert.equal(await new Response(await files.openSpool(asked.spool)).text(), CSV)
  })

  it('are refused past the limit of uploads, and nothing of them stays', async () => {
    const { db, folder, id, spool, facts } = await scene({ uploadLimit: 4 })
    await registerRunner(db, profileOf('far', { facts }))
    const asked = await submitFetch(db, wanted)
    await claimTasks(db, { runnerId: 'far', slots: 1 })
    await assert.rejects(async () => spool.fillSpool?.(asked.spool, rows), /larger than 4 bytes/)
    assert.deepEqual(await readdir(folder), [id])
  })

  it('go to no runner of another party, nor to one that cannot send them', async () => {
    const { db, facts } = await scene()
    await registerRunner(db, profileOf('far', { facts, parties: ['10000'] }))
    await assert.rejects(submitFetch(db, wanted), /which is not running: start it again/)
    await registerRunner(db, profileOf('own', { site: 'site-far', parties: ['9999'] }))
    await assert.rejects(submitFetch(db, wanted), /start it with WEFT_APP_URL/)
  })
})
