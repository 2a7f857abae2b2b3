/**
 * Logs at the gateway: who may send them, how much at once, and what of them is wanted.
 * @module
 */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'

import { Hono } from 'hono'

import type { LogPiece, ShelvedLog } from '../../../src/api/deps.ts'
import { runnerGateway } from '../../../src/api/runner/index.ts'
import type { Db } from '../../../src/db/type.ts'
import { claimTasks } from '../../../src/domain/lease.ts'
import { settleTasks } from '../../../src/domain/settle.ts'
import { createToken } from '../../../src/domain/token.ts'
import { freshDatabase } from '../../helpers/database.ts'
import { quietDeps } from '../../helpers/deps.ts'
import { profileOf, submit } from '../../helpers/jobs.ts'
import { submitProcess } from '../../helpers/process-jobs.ts'

const SITE = 'site of the server'
const KEEP_MS = 3_600_000
const MIB = 1024 * 1024

let db: Db
let now: number
let token: string
let kept: { log: ShelvedLog; piece: LogPiece }[]
let server: Hono

beforeEach(async () => {
  db = await freshDatabase()
  now = Date.now()
  kept = []
  server = serverWith({})
  token = await createToken(db, { kind: 'runner', name: '', parties: ['9999'] }, now)
})

function serverWith({ disk = true }: { disk?: boolean }): Hono {
  const unused = () => Promise.reject(new Error('not used'))
  const gateway = runnerGateway({
    ...quietDeps(db),
    ...(disk
      ? {
          files: {
            site: SITE,
            checkImport: unused,
            spool: unused,
            openSpool: unused,
            dropSpool: unused,
            keepLogMs: KEEP_MS,
            async keepLog(log, piece) {
              kept.push({ log, piece })
              return piece.at + piece.bytes.length
            },
          },
        }
      : {}),
    now: () => now,
  })
  return new Hono().route('/runner/v1', gateway)
}

async function send(path: string, body: unknown, as = token): Promise<Response> {
  const isBytes = body instanceof Uint8Array
  return server.request(`/runner/v1${path}`, {
    method: isBytes ? 'PUT' : 'POST',
    headers: {
      authorization: `Bearer ${as}`,
      'content-type': isBytes ? 'application/octet-stream' : 'application/json',
    },
    body: isBytes ? new Uint8Array(body).buffer : JSON.stringify(body),
  })
}

/** An attempt at a program by a runner of the token. */
async function attempt(options: { runnerId?: string; site?: string } = {}) {
  const { runnerId = 'r', site = 'site of r' } = options
  const profile = profileOf(runnerId, {
    parties: ['9999'],
    site,
    identities: { 9999: 'k'.repeat(43) },
    capacity: { engines: ['local'] },
  })
  assert.equal((await send('/register', profile)).status, 200)
  await submitProcess(db, { party: '9999' })
  const [task] = await claimTasks(db, { runnerId, slots: 1 })
  return task
}

describe('the gateway takes logs', () => {
  it('of programs, piece by piece, and answers where to go on', async () => {
    const { jobId, attemptId } = await attempt()
    const path = `/logs/${attemptId}/stderr`
    const answer = await send(`${path}?at=7&whole=true`, Buffer.from('the end'))
    assert.equal(answer.status, 200)
    assert.deepEqual(await answer.json(), { end: 14 })
    assert.deepEqual(await (await send(`${path}?at=3`, new Uint8Array())).json(), { end: 3 })
    assert.deepEqual(kept, [
      {
        log: { jobId, attemptId, name: 'stderr' },
        piece: { at: 7, bytes: new Uint8Array(Buffer.from('the end')), whole: true },
      },
      {
        log: { jobId, attemptId, name: 'stderr' },
        piece: { at: 3, bytes: new Uint8Array(), whole: false },
      },
    ])
  })

  it('also when the attempt is over and another runner of the same token sends the rest', async () => {
    const { attemptId } = await attempt()
    await settleTasks(db, {
      runnerId: 'r',
      settlements: [{ attemptId, outcome: { state: 'failed', reason: 'no' } }],
    })
    await attempt({ runnerId: 'next' })
    const answer = await send(`/logs/${attemptId}/all?at=0`, Buffer.from('x'))
    assert.deepEqual(await answer.json(), { end: 1 })
  })

  it('of at most a mebibyte at once, and nothing of more', async () => {
    const { attemptId } = await attempt()
    const path = `/logs/${attemptId}/all?at=0`
    assert.equal((await send(path, new Uint8Array(MIB))).status, 200)
    const refused = await send(path, new Uint8Array(MIB + 1))
    assert.ok(refused.status >= 400 && refused.status < 500, `${refused.status}`)
    assert.match(await refused.text(), /larger than 1048576 bytes: send less at once/)
    assert.deepEqual(
      kept.map(({ piece }) => piece.bytes.length),
      [MIB],
    )
  })

  it('of nothing that its token did not run, in words that tell nothing of it', async () => {
    const { attemptId } = await attempt()
    const theirs = await createToken(db, { kind: 'runner', name: '', parties: ['9999'] }, now)
    const texts: string[] = []
    for (const [id, as] of [
      [attemptId, theirs],
      ['nothing', theirs],
      ['../../x', token],
    ]) {
      const answer = await send(`/logs/${encodeURIComponent(id)}/all?at=0`, Buffer.from('x'), as)
      assert.equal(answer.status, 403)
      const { error } = (await answer.json()) as { error: { message: string } }
      texts.push(error.message.replace(id, 'ID'))
    }
    assert.deepEqual(new Set(texts).size, 1, texts.join('\n'))
    for (const path of [`${attemptId}/others?at=0`, `${attemptId}/all?at=-1`, `${attemptId}/all`]) {
      assert.equal((await send(`/logs/${path}`, Buffer.from('x'))).status, 422, path)
    }
    assert.deepEqual(kept, [])
  })

  it('of programs only', async () => {
    await attempt()
    await submit(db, { members: { guest: ['9999'] }, nodes: ['a'] })
    const [component] = await claimTasks(db, { runnerId: 'r', slots: 1 })
    assert.equal(component.kind, 'component')
    const path = `/logs/${component.attemptId}/all?at=0`
    assert.equal((await send(path, Buffer.from('x'))).status, 403)
  })

  it('not where it has the same disk or none, or the job is long over', async () => {
    const near = await attempt({ runnerId: 'near', site: SITE })
    const { attemptId } = await attempt()
    const end = async (id: string) =>
      (await (await send(`/logs/${id}/all?at=0`, Buffer.from('x'))).json()) as { end: unknown }
    assert.deepEqual(await end(near.attemptId), { end: null })
    await settleTasks(db, {
      runnerId: 'r',
      settlements: [{ attemptId, outcome: { state: 'succeeded' } }],
    })
    assert.deepEqual(await end(attemptId), { end: 1 })
    now += KEEP_MS + 60_000
    assert.deepEqual(await end(attemptId), { end: null })
    now -= KEEP_MS + 60_000
    server = serverWith({ disk: false })
    assert.deepEqual(await end(attemptId), { end: null })
  })
})
