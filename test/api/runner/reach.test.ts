/**
 * What a token of one party reaches of another: nothing, by any route. The routes are those of the gateway's own
 * table, so that a new one fails here until it says how it is to be attacked.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { Hono } from 'hono'

import type { AppDeps } from '../../../src/api/deps.ts'
import { runnerGateway } from '../../../src/api/runner/index.ts'
import { orderOf } from '../../../src/domain/fact.ts'
import { submitFetch } from '../../../src/domain/fetch.ts'
import { submitJob } from '../../../src/domain/job.ts'
import { claimTasks } from '../../../src/domain/lease.ts'
import { postParcel } from '../../../src/domain/mailbox.ts'
import { registerRunner } from '../../../src/domain/runner.ts'
import { SPOOL_FACT } from '../../../src/domain/spool.ts'
import { createToken } from '../../../src/domain/token.ts'
import { submitUpload } from '../../../src/domain/upload.ts'
import { freshDatabase } from '../../helpers/database.ts'
import { quietDeps } from '../../helpers/deps.ts'
import { jobOf, profileOf } from '../../helpers/jobs.ts'
import { submitProcess } from '../../helpers/process-jobs.ts'

const SECRET = 'only for party 9999'
/** By which an engine finds what is left of a process of that party. */
const LEFT = `slurm:${SECRET}`
const KEY = 'k'.repeat(43)

/** A server on which party 9999 works with 10000, and a runner of party 30000 that looks around. */
async function scene() {
  const db = await freshDatabase()
  const spooled = new Map([['a'.repeat(32), SECRET]])
  const deps: AppDeps = {
    ...quietDeps(db),
    files: {
      checkImport: (path) => Promise.resolve(path),
      spool: () => Promise.reject(new Error('not used')),
      openSpool: async (id) => new Blob([spooled.get(id) ?? '']).stream(),
      dropSpool: async (id) => void spooled.delete(id),
      fillSpool: async (id) => void spooled.set(id, 'theirs'),
      keepLog: async ({ attemptId }) => {
        spooled.set(attemptId, 'theirs')
        return 1
      },
    },
    now: () => Date.now(),
  }
  const gateway = runnerGateway(deps)
  const app = new Hono().route('/runner/v1', gateway)
  await registerRunner(
    db,
    profileOf('victim', {
      parties: ['9999', '10000'],
      name: SECRET,
      facts: { [SPOOL_FACT]: true },
      capacity: { engines: ['local'] },
    }),
  )
  const job = await submitJob(db, {
    ...jobOf({ nodes: ['a'], params: { secret: SECRET } }),
    name: SECRET,
  })
  await submitUpload(db, {
    surface: 'fate',
    party: '9999',
    namespace: 'ns',
    name: 't',
    source: { type: 'spool', id: 'a'.repeat(32) },
    head: true,
    delimiter: ',',
    partitions: 1,
    request: {},
  })
  const rows = { jobId: job.id, role: 'guest', party: '9999', node: 'a', limit: null }
  const fetch = await submitFetch(db, { surface: 'fate', site: 'site-victim', ...rows })
  await submitProcess(db, { party: '9999' })
  const tasks = await claimTasks(db, { runnerId: 'victim', slots: 8, claim: 'theirs' })
  await db.insertInto('leftover').values({ handle: LEFT, party: '9999', at: 1 }).execute()
  const own = tasks.find(({ jobId, party }) => jobId === job.id && party === '9999')
  const program = tasks.find(({ kind }) => kind === 'process')?.attemptId
  assert.ok(own && program)
  await orderOf(db, { jobId: job.id, type: 'note', body: { text: SECRET }, at: 1 })
  const session = `${job.id}/a/1`
  await postParcel(
    db,
    {
      jobId: job.id,
      session,
      sender: 'host:10000',
      receiver: 'guest:9999',
      body: new TextEncoder().encode(SECRET),
    },
    Date.now(),
  )
  const token = await createToken(db, { kind: 'runner', name: '', parties: ['30000'] }, Date.now())
  const send = (method: string, path: string, body?: unknown) =>
    app.request(`/runner/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type':
          body instanceof Uint8Array ? 'application/octet-stream' : 'application/json',
      },
      ...(body === undefined
        ? {}
        : { body: body instanceof Uint8Array ? body.slice().buffer : JSON.stringify(body) }),
    })
  const profile = profileOf('stranger', { parties: ['30000'], identities: { 30000: KEY } })
  assert.equal((await send('POST', '/register', profile)).status, 200)
  return { db, gateway, send, job, task: own, session, spooled, program, asked: fetch.spool }
}

type Scene = Awaited<ReturnType<typeof scene>>
type Attack = readonly [path: string, body?: unknown]

/** How each route is asked for what belongs to others: as the victim's runner, and as the stranger's own. */
const ATTACKS: Record<string, (on: Scene) => readonly Attack[]> = {
  'POST /join': () => [['/join', { code: 'AAAA-BBBB-CCCC-DDDD' }]],
  'POST /register': () => [
    ['/register', profileOf('victim', { parties: ['30000'], identities: { 30000: KEY } })],
    ['/register', profileOf('new', { parties: ['9999'], identities: { 9999: KEY } })],
    ['/register', profileOf('new', { parties: null, identities: { '*': KEY } })],
    ['/register', profileOf('new', { parties: ['30000'], identities: { 9999: KEY } })],
  ],
  'POST /beat': () => [['/beat', { runnerId: 'victim', state: 'gone' }]],
  'POST /claim': () =>
    ['victim', 'stranger'].flatMap((runnerId): Attack[] => [
      ['/claim', { runnerId, slots: 64 }],
      ['/claim', { runnerId, slots: 64, claim: 'theirs' }],
    ]),
  'POST /renew': ({ task }) =>
    ['victim', 'stranger'].map((runnerId): Attack => [
      '/renew',
      { runnerId, attemptIds: [task.attemptId] },
    ]),
  'POST /report': ({ task: { taskId, attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => [
      '/report',
      {
        runnerId,
        reports: [{ taskId, attemptId, at: 1, type: 'log', level: 'info', text: 'forged' }],
      },
    ]),
  'POST /settle': ({ task: { attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => [
      '/settle',
      { runnerId, settlements: [{ attemptId, outcome: { state: 'failed', reason: 'forged' } }] },
    ]),
  'POST /hold': ({ task: { attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => [
      '/hold',
      { runnerId, attemptId, handle: `slurm:${attemptId}` },
    ]),
  'POST /brief': ({ task: { attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => ['/brief', { runnerId, attemptId }]),
  'POST /orders': ({ task: { attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => [
      '/orders',
      { runnerId, attemptId, after: 0 },
    ]),
  'POST /leftovers': () => [
    ['/leftovers', { runnerId: 'victim' }],
    ['/leftovers', { runnerId: 'stranger' }],
  ],
  'POST /clear': () => [
    ['/clear', { runnerId: 'victim', handles: [LEFT] }],
    ['/clear', { runnerId: 'stranger', handles: [LEFT] }],
  ],
  'POST /calls': ({ task: { attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => ['/calls', { runnerId, attemptId, after: 0 }]),
  'POST /answers': ({ task: { attemptId } }) =>
    ['victim', 'stranger'].map((runnerId): Attack => [
      '/answers',
      { runnerId, attemptId, answers: [{ id: 1, results: [{ id: 'a', values: { forged: 1 } }] }] },
    ]),
  'POST /ended': ({ job }) => [['/ended', { jobIds: [job.id] }]],
  'POST /peers': ({ job }) => [['/peers', { jobId: job.id, node: 'a' }]],
  'POST /post': ({ job, session }) =>
    ['guest:30000', 'host:10000'].map((sender): Attack => [
      `/post?${new URLSearchParams({ jobId: job.id, session, sender, receiver: 'guest:9999' })}`,
      Uint8Array.of(1),
    ]),
  'POST /collect': ({ session }) => [
    ['/collect', { session, receiver: 'guest:9999' }],
    ['/collect', { session, receiver: 'guest:30000' }],
  ],
  'GET /spool/{id}': () => spoolAttacks(),
  'DELETE /spool/{id}': () => spoolAttacks(),
  'PUT /logs/{attempt}/{name}': ({ program, task: { attemptId } }) =>
    [program, attemptId, 'none'].flatMap((attempt): Attack[] => [
      [`/logs/${attempt}/stdout?at=0`, Uint8Array.of(1)],
      [`/logs/${attempt}/stdout?at=0&whole=true`, Uint8Array.of()],
    ]),
  'PUT /spool/{id}': ({ asked }) => [...spoolAttacks(), ...spoolAttacks(asked)],
}

function spoolAttacks(id = 'a'.repeat(32)): Attack[] {
  return ['victim', 'stranger'].map((runnerId) => [`/spool/${id}?runnerId=${runnerId}`])
}

/** Everything that the database holds, but for the stranger's own row. */
async function everything({ db, spooled }: Scene): Promise<string> {
  const tables = await db.introspection.getTables()
  const rows = await Promise.all(
    tables.map(async ({ name }) => [
      name,
      await db
        .selectFrom(name as 'runner')
        .selectAll()
        .execute(),
    ]),
  )
  const text = JSON.stringify([rows, [...spooled]], (_, value: unknown) =>
    (value as { id?: unknown } | null)?.id === 'stranger' ? 'the stranger' : value,
  )
  assert.ok(text.includes(SECRET))
  return text
}

describe('a token of another party', () => {
  it('is tried on every route that there is', async () => {
    const { gateway } = await scene()
    const response = await gateway.request('/openapi.json')
    const { paths } = (await response.json()) as { paths: Record<string, object> }
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual(Object.keys(ATTACKS).toSorted(), routes.toSorted())
    // A route that is not in the document would escape the list above.
    const served = gateway.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '/openapi.json')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`)
    assert.deepEqual([...new Set(served)].toSorted(), routes.toSorted())
  })

  for (const [route, attacks] of Object.entries(ATTACKS)) {
    it(`reads and changes nothing by ${route}`, async () => {
      const on = await scene()
      const before = await everything(on)
      const [method] = route.split(' ')
      for (const [path, body] of attacks(on)) {
        const response = await on.send(method, path, body)
        const text = await response.text()
        const what = `${path}: ${response.status} ${text}`
        assert.ok(response.status < 500, what)
        for (const secret of [SECRET, 'key-of-', 'site-victim']) {
          assert.ok(!text.includes(secret), what)
        }
        // Where it is answered at all, the answer is empty.
        if (response.status === 200) assert.match(text, EMPTY, what)
        assert.equal(await everything(on), before, what)
      }
    })
  }

  it('is worth nothing where it is missing: no route but the one for codes answers', async () => {
    const on = await scene()
    for (const [route, attacks] of Object.entries(ATTACKS)) {
      const [method] = route.split(' ')
      for (const [path, body] of attacks(on)) {
        const response = await on.gateway.request(path, {
          method,
          headers: { 'content-type': 'application/json' },
          ...(body === undefined || body instanceof Uint8Array
            ? {}
            : { body: JSON.stringify(body) }),
        })
        const expected = route === 'POST /join' ? [404] : [401]
        assert.ok(expected.includes(response.status), `${route}: ${response.status}`)
      }
    }
  })
})

/** A renewal names the leases that the caller does not hold: the ids are its own words, the reason says nothing. */
const EMPTY =
  /^(\{\}|\{"held":false\}|\{"\w+":\[\]\}|\{"lost":\[\{"attemptId":"\w+","reason":"The lease is no longer held"\}\]\})$/
