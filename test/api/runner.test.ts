import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'

import { Hono } from 'hono'

import type { AppDeps, FileStore } from '../../src/api/deps.ts'
import { runnerGateway } from '../../src/api/runner/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import type { Db } from '../../src/db/type.ts'
import { DomainError, notFound } from '../../src/domain/error.ts'
import { listEvents } from '../../src/domain/event.ts'
import { getJob, type Job, type NewJob, stopJob, submitJob } from '../../src/domain/job.ts'
import { listLedger } from '../../src/domain/ledger.ts'
import { drainRunner, removeRunner } from '../../src/domain/runner-control.ts'
import { listSamples } from '../../src/domain/runner-use.ts'
import { registerRunner } from '../../src/domain/runner.ts'
import { findTable } from '../../src/domain/table.ts'
import { listAttempts } from '../../src/domain/task.ts'
import { createToken } from '../../src/domain/token.ts'
import { submitUpload } from '../../src/domain/upload.ts'
import type { LeasedTask, Needs, Report, RunnerProfile } from '../../src/domain/work.ts'
import { generateIdentity } from '../../src/federation/identity.ts'
import { gatewayStore } from '../../src/runner/store-gateway.ts'
import type { Store } from '../../src/runner/store.ts'
import { quietDeps } from '../helpers/deps.ts'
import { processSpec, submitProcess } from '../helpers/process-jobs.ts'

let db: Db
let app: Hono
let spooled: Map<string, Uint8Array>

beforeEach(async () => {
  db = openDatabase({ url: ':memory:' })
  await migrate(db)
  spooled = new Map()
  app = gateway('token')
})

afterEach(() => db.destroy())

describe('runner gateway', () => {
  it('takes a runner from claim over report to settle', async () => {
    const { guest, host, job } = await twoRunners()
    const [task] = await guest.store.claim(guest.id, 8)
    assert.deepEqual(
      [task.jobId, task.name, task.role, task.party, task.spec.type],
      [job.id, 'lr_0', 'guest', '9999', 'component'],
    )
    assert.deepEqual(await guest.store.claim(guest.id, 8), [])
    const [other] = await host.store.claim(host.id, 8)
    assert.equal(other.party, '10000')

    assert.deepEqual(await guest.store.renew(guest.id, [task.attemptId, 'gone']), [
      { attemptId: 'gone', reason: 'The lease is no longer held' },
    ])
    await guest.store.beat(guest.id, 'active')
    await guest.store.report(guest.id, [
      report(task, { type: 'event', level: 'warning', message: 'a short key' }),
      report(task, {
        type: 'ledger',
        receiver: 'host:10000',
        tag: 'gradient',
        kind: 'ciphertext',
        reveals: 'nothing',
        messages: 3,
        bytes: 300,
      }),
    ])
    const events = await listEvents(db, { jobId: job.id, after: 0, limit: 100 })
    assert.ok(events.some(({ message }) => message === 'a short key'))
    const [line] = await listLedger(db, job.id)
    assert.deepEqual([line.sender, line.messages, line.bytes], ['guest:9999', 3, 300])

    const done = { state: 'succeeded' } as const
    assert.equal(await guest.store.settle(guest.id, task.attemptId, done), true)
    const otherwise = { state: 'failed', reason: 'too late' } as const
    assert.equal(await guest.store.settle(guest.id, task.attemptId, otherwise), false)
    assert.equal(await host.store.settle(host.id, other.attemptId, done), true)
    assert.equal((await getJob(db, job.id)).state, 'succeeded')
  })

  it('keeps room for the runners of other organisations, and gives what a task asks for', async () => {
    const profile = { ...(await profileOf(['9999'])), slots: 1 }
    const guest = storeOf(await token(['9999']))
    await guest.register({
      ...profile,
      capacity: { cores: 4, memoryMb: 4096, ports: [20_000, 20_001], labels: { zone: 'eu' } },
    })
    const host = await newRunner(['10000'])
    const job = newJobOf({ guest: { cores: 2, ports: 1, labels: { zone: 'eu' } } })
    const { id } = await submitJob(db, job)
    await submitJob(db, job)
    const [second] = await host.store.claim(host.id, 8)
    const [first, ...more] = await guest.claim(profile.id, 1)
    assert.deepEqual([second.jobId, first.jobId, more.length], [id, id, 0])
    assert.equal(second.allocation, null)
    assert.deepEqual(first.allocation, { cores: 2, memoryMb: 0, gpus: [], ports: [20_000] })
    // The other job's guest has no slot, so its host does not begin either.
    assert.deepEqual(await host.store.claim(host.id, 8), [])
    await guest.settle(profile.id, first.attemptId, { state: 'succeeded' })
    assert.equal((await host.store.claim(host.id, 8)).length, 1)
    assert.equal((await guest.claim(profile.id, 1)).length, 1)
  })

  it('shows the peers of a job to its members', async () => {
    const { guest, host, job } = await twoRunners()
    await guest.store.claim(guest.id, 8)
    await host.store.claim(host.id, 8)
    const peers = await guest.store.peers(job.id, 'lr_0')
    assert.deepEqual(
      peers.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
      [peer('guest:9999', guest.profile, '9999'), peer('host:10000', host.profile, '10000')],
    )
  })

  it('carries sealed messages byte for byte, once', async () => {
    const { guest, host, job } = await twoRunners()
    const session = `${job.id}/lr_0/1`
    const way = { jobId: job.id, session, sender: 'guest:9999', receiver: 'host:10000' }
    const bodies = [
      Uint8Array.of(0, 255, 10, 13),
      new Uint8Array(0),
      new Uint8Array(3_000_000).fill(7),
    ]
    for (const body of bodies) await guest.store.post({ ...way, body })
    const parcels = await host.store.collect(session, 'host:10000')
    assert.deepEqual(
      parcels.map(({ body }) => body.length),
      bodies.map(({ length }) => length),
    )
    parcels.forEach(({ body }, n) => assert.ok(Buffer.from(body).equals(bodies[n])))
    const { id: _id, body: _body, ...outside } = parcels[0]
    assert.deepEqual(outside, way)
    assert.deepEqual(await host.store.collect(session, 'host:10000'), [])
  })

  it('takes a process from claim over its handle to its ending and what is left of it', async () => {
    const { guest, host } = await twoRunners()
    for (const runner of [guest, host])
      await runner.store.register({ ...runner.profile, capacity: { engines: ['slurm'] } })
    const job = await submitProcess(db, { party: '9999', engine: 'slurm' })
    const tasks = await guest.store.claim(guest.id, 8)
    const task = tasks.find(({ kind }) => kind === 'process')
    assert.ok(task)
    assert.deepEqual(task.spec, processSpec({ engine: 'slurm' }))
    const handle = `slurm:${task.attemptId}`
    const [mine, foreign] = [guest.store.handles, host.store.handles]
    assert.ok(mine && foreign)
    assert.equal(await foreign.hold(host.id, task.attemptId, handle), false)
    await assert.rejects(
      foreign.hold(guest.id, task.attemptId, handle),
      failure('forbidden', /was not registered with this token/),
    )
    await assert.rejects(
      mine.hold(guest.id, task.attemptId, 'slurm:another'),
      failure('invalid', /is no handle of attempt/),
    )
    assert.equal(await mine.hold(guest.id, task.attemptId, handle), true)
    const ending = { type: 'exited', exitCode: 3, signal: null, peakMemoryMb: 7.5 }
    const outcome = { state: 'failed', reason: 'exit code 3', ending } as const
    assert.equal(await guest.store.settle(guest.id, task.attemptId, outcome), true)
    assert.deepEqual((await listAttempts(db, job.id))[0].ending, ending)
    assert.deepEqual(await foreign.leftovers(host.id), [])
    await foreign.clear(host.id, [handle])
    assert.deepEqual(await mine.leftovers(guest.id), [handle])
    await mine.clear(guest.id, [handle])
    assert.deepEqual(await mine.leftovers(guest.id), [])
  })

  it('hands an upload to the runner that leased it, and lets it remove the upload', async () => {
    const runner = await newRunner(['9999'])
    const bytes = new TextEncoder().encode('id,y\n1,0\n')
    spooled.set('f'.repeat(32), bytes)
    await newUpload('f'.repeat(32))
    const [task] = await runner.store.claim(runner.id, 1)
    const stream = await runner.store.openSpool('f'.repeat(32))
    assert.deepEqual(new Uint8Array(await new Response(stream).arrayBuffer()), bytes)
    await runner.store.report(runner.id, [
      report(task, {
        type: 'table',
        location: 'ns/t.arrow',
        columns: ['y'],
        idColumn: 'id',
        rows: 1,
        partitions: 1,
        preview: [['1', 0]],
      }),
    ])
    await runner.store.settle(runner.id, task.attemptId, { state: 'succeeded' })
    assert.equal((await findTable(db, { namespace: 'ns', name: 't' }))?.rows, 1)
    await assert.rejects(runner.store.openSpool('f'.repeat(32)), kind('forbidden'))
    await runner.store.dropSpool('f'.repeat(32))
    assert.equal(spooled.size, 0)
  })

  it('tells a runner that it is drained or removed, and takes in how busy it is', async () => {
    const { guest, host } = await twoRunners()
    const sample = {
      cpu: 0.5,
      memoryMb: 512,
      tasks: 0,
      gpus: [{ id: '0', use: null, memoryMb: 1 }],
    }
    assert.equal(await guest.store.beat(guest.id, 'active', sample), 'active')
    const samples = await listSamples(db, { runnerIds: [guest.id, host.id], since: 0 })
    assert.deepEqual([...samples.keys()], [guest.id])
    const [{ at: _at, ...kept }] = samples.get(guest.id) ?? []
    assert.deepEqual(kept, sample)
    await assert.rejects(
      guest.store.beat(guest.id, 'active', { ...sample, cpu: 1.5 }),
      kind('invalid'),
    )
    await drainRunner(db, guest.id)
    assert.equal(await guest.store.beat(guest.id, 'active'), 'draining')
    assert.deepEqual(await guest.store.claim(guest.id, 8), [])
    await removeRunner(db, guest.id)
    assert.equal(await guest.store.beat(guest.id, 'active', sample), 'gone')
    assert.equal(await host.store.beat(host.id, 'active'), 'active')
  })

  it('waits for a task as long as the claim asks', async () => {
    const runner = await newRunner(['9999'], { claimWaitMs: 20_000 })
    const other = await newRunner(['10000'])
    const claimed = runner.store.claim(runner.id, 1)
    // By the time this later claim has its answer, the first has looked in vain.
    assert.deepEqual(await other.store.claim(other.id, 1), [])
    await newUpload('a'.repeat(32))
    assert.equal((await claimed).length, 1)
  })

  it('trusts every caller without a token where the server does', async () => {
    app = gateway('off')
    const profile = await profileOf(null)
    const store = gatewayStore({
      url: 'http://weft.test',
      fetch: (request) => app.request(request),
    })
    await store.register(profile)
    await newJob()
    assert.equal((await store.claim(profile.id, 8)).length, 2)
  })

  it('describes itself', async () => {
    const response = await app.request('/runner/v1/openapi.json')
    const document = (await response.json()) as { paths: Record<string, object> }
    assert.deepEqual(Object.keys(document.paths), [
      '/join',
      '/register',
      '/beat',
      '/claim',
      '/renew',
      '/report',
      '/settle',
      '/ended',
      '/peers',
      '/calls',
      '/answers',
      '/orders',
      '/hold',
      '/brief',
      '/leftovers',
      '/clear',
      '/post',
      '/collect',
      '/spool/{id}',
      '/logs/{attempt}/{name}',
    ])
  })
})

describe('runner gateway: limits', () => {
  it('refuses a missing, a wrong, an expired and a user token', async () => {
    const expired = await token(['9999'], { expiresAt: 1 })
    const user = await createToken(db, { kind: 'user', name: '', parties: null }, Date.now())
    for (const wrong of [undefined, 'weft_wrong', expired, user]) {
      const store = storeOf(wrong)
      await assert.rejects(
        store.register(await profileOf(['9999'])),
        failure('unauthenticated', /valid runner token is needed/),
      )
    }
    app = gateway('off')
    await assert.rejects(
      storeOf('weft_wrong').register(await profileOf(['9999'])),
      kind('unauthenticated'),
    )
  })

  it('refuses parties beyond the token', async () => {
    const store = storeOf(await token(['9999']))
    await assert.rejects(
      store.register(await profileOf(['9999', '10000'])),
      failure('forbidden', /may not serve party 10000/),
    )
    await assert.rejects(
      store.register(await profileOf(null)),
      failure('forbidden', /may not serve every party/),
    )
    const stray = {
      ...(await profileOf(['9999'])),
      identities: (await profileOf(['1'])).identities,
    }
    await assert.rejects(store.register(stray), failure('forbidden', /a key for party 1/))
  })

  it('refuses the id of a runner that another token or nobody registered here', async () => {
    const { guest, host } = await twoRunners()
    const trusted = await profileOf(['30000'])
    await registerRunner(db, trusted)
    const wide = storeOf(await token(null))
    for (const id of [host.id, trusted.id, 'unknown']) {
      const refused = failure('forbidden', /was not registered with this token/)
      for (const store of [guest.store, wide]) {
        await assert.rejects(store.beat(id, 'gone'), refused)
        await assert.rejects(store.claim(id, 8), refused)
        await assert.rejects(store.renew(id, ['a']), refused)
        await assert.rejects(store.report(id, []), refused)
        await assert.rejects(store.settle(id, 'a', { state: 'succeeded' }), refused)
      }
    }
    for (const id of [host.id, trusted.id]) {
      const profile = { ...guest.profile, id, facts: { gateway: 'forged' } }
      await assert.rejects(
        guest.store.register(profile),
        failure('forbidden', /registered by somebody else/),
      )
    }
  })

  it('does not let a runner choose the owner of its row', async () => {
    const guest = await newRunner(['9999'])
    const row = await db.selectFrom('runner').select('facts').executeTakeFirstOrThrow()
    const owner = (JSON.parse(row.facts) as { gateway: string }).gateway
    const other = await profileOf(['10000'])
    await storeOf(await token(['10000'])).register({ ...other, facts: { gateway: owner } })
    await assert.rejects(guest.store.beat(other.id, 'gone'), kind('forbidden'))
  })

  it('gives a runner only the tasks of its own parties', async () => {
    const { guest, host } = await twoRunners()
    const parties = (tasks: LeasedTask[]) => tasks.map(({ party }) => party)
    assert.deepEqual(parties(await guest.store.claim(guest.id, 64)), ['9999'])
    assert.deepEqual(parties(await host.store.claim(host.id, 64)), ['10000'])
  })

  it('ends no task of another runner', async () => {
    const { guest, host } = await twoRunners()
    const [task] = await host.store.claim(host.id, 8)
    const done = { state: 'succeeded' } as const
    assert.equal(await guest.store.settle(guest.id, task.attemptId, done), false)
    await guest.store.report(guest.id, [
      report(task, { type: 'event', level: 'error', message: 'not mine' }),
    ])
    const events = await listEvents(db, { jobId: task.jobId, after: 0, limit: 100 })
    assert.ok(!events.some(({ message }) => message === 'not mine'))
    assert.equal(await host.store.settle(host.id, task.attemptId, done), true)
  })

  it('shows no peers and no mail of jobs in which the token has no part', async () => {
    const { job } = await twoRunners()
    const stranger = await newRunner(['30000'])
    const session = `${job.id}/lr_0/1`
    const way = { jobId: job.id, session, sender: 'guest:30000', receiver: 'host:10000' }
    const refused = failure('forbidden', /None of this token's parties takes part/)
    await assert.rejects(stranger.store.peers(job.id, 'lr_0'), refused)
    await assert.rejects(stranger.store.post({ ...way, body: Uint8Array.of(1) }), refused)
    await assert.rejects(stranger.store.collect(session, 'host:10000'), refused)
    await assert.rejects(stranger.store.peers('no such job', 'lr_0'), refused)
  })

  it('posts and collects only as its own addresses', async () => {
    const { guest, job } = await twoRunners()
    const session = `${job.id}/lr_0/1`
    const body = Uint8Array.of(1)
    const way = { jobId: job.id, session, sender: 'guest:9999', receiver: 'host:10000', body }
    const refused: [() => Promise<unknown>, DomainError['kind'], RegExp][] = [
      [
        () => guest.store.post({ ...way, sender: 'host:10000' }),
        'forbidden',
        /not send as host:10000/,
      ],
      [
        () => guest.store.post({ ...way, sender: 'arbiter:9999' }),
        'forbidden',
        /not send as arbiter/,
      ],
      [() => guest.store.post({ ...way, receiver: 'host:1' }), 'invalid', /host:1 is no member/],
      [() => guest.store.post({ ...way, session: 'other/lr_0/1' }), 'invalid', /does not belong/],
      [() => guest.store.collect(session, 'host:10000'), 'forbidden', /messages of host:10000/],
    ]
    for (const [call, expected, message] of refused) {
      await assert.rejects(call(), failure(expected, message))
    }
    const large = new Uint8Array(4 * 1024 * 1024 + 1)
    await assert.rejects(guest.store.post({ ...way, body: large }), failure('invalid', /at most/))
    assert.deepEqual(await db.selectFrom('message').selectAll().execute(), [])
    await stopJob(db, { id: job.id, reason: 'enough' })
    await assert.rejects(guest.store.post(way), kind('forbidden'))
  })

  it('reads and removes no upload that another runner was given', async () => {
    const runner = await newRunner(['9999'])
    const other = await newRunner(['10000'])
    spooled.set('b'.repeat(32), Uint8Array.of(1))
    await newUpload('b'.repeat(32))
    const refused = failure('forbidden', /was not given upload/)
    for (const { store } of [runner, other]) {
      await assert.rejects(store.openSpool('b'.repeat(32)), refused)
      await assert.rejects(store.dropSpool('b'.repeat(32)), refused)
    }
    await runner.store.claim(runner.id, 1)
    await assert.rejects(other.store.openSpool('b'.repeat(32)), refused)
    await assert.rejects(other.store.dropSpool('b'.repeat(32)), refused)
    assert.equal(spooled.size, 1)
  })

  it('names the field of a malformed body', async () => {
    const text = await token(['9999'])
    const post = (path: string, body: unknown) =>
      app.request(`/runner/v1/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${text}` },
        body: JSON.stringify(body),
      })
    const profile = await profileOf(['9999'])
    const outcome = { state: 'failed' }
    const settlement = { runnerId: 'a', settlements: [{ attemptId: 'b', outcome }] }
    const wrong: [string, unknown, string][] = [
      ['register', { ...profile, url: 'ftp://host' }, 'url'],
      ['register', { ...profile, slots: 0 }, 'slots'],
      ['register', { ...profile, identities: { 9999: 'short' } }, 'identities'],
      ['claim', { runnerId: 'a', slots: 1, wait_ms: 20_001 }, 'wait_ms'],
      ['report', { runnerId: 'a', reports: [{ type: 'unknown' }] }, 'reports'],
      ['settle', settlement, 'reason'],
    ]
    for (const [path, body, field] of wrong) {
      const response = await post(path, body)
      const { error } = (await response.json()) as { error: { code: string; message: string } }
      assert.deepEqual([response.status, error.code], [422, 'invalid'], error.message)
      assert.ok(error.message.includes(field), error.message)
    }
  })
})

describe('gatewayStore', () => {
  it('sends again what got no answer, and the server does it once', async () => {
    const text = await token(['9999'])
    let lost = 0
    const store = gatewayStore({
      url: 'http://weft.test/',
      token: text,
      async fetch(request) {
        const again = request.clone()
        const response = await app.request(request)
        if (/claim|settle|report/.test(again.url) && lost++ % 2 === 0) throw new TypeError('reset')
        return response
      },
    })
    const profile = await profileOf(['9999'])
    await store.register(profile)
    await newUpload('c'.repeat(32))
    const [task] = await store.claim(profile.id, 1)
    assert.ok(task)
    await store.report(profile.id, [
      report(task, { type: 'event', level: 'info', message: 'only once' }),
    ])
    const events = await listEvents(db, { jobId: task.jobId, after: 0, limit: 100 })
    assert.equal(events.filter(({ message }) => message === 'only once').length, 1)
    assert.equal(await store.settle(profile.id, task.attemptId, { state: 'succeeded' }), true)
    assert.equal(lost, 6)
  })

  it('says which server cannot be reached and what to check', async () => {
    const store = gatewayStore({
      url: 'http://weft.test',
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('refused') })),
    })
    await assert.rejects(
      store.peers('job', 'node'),
      failure('unavailable', /The server http:\/\/weft.test cannot be reached \(refused\): check/),
    )
  })

  it('tries no request again that the server refuses', async () => {
    let calls = 0
    const store = gatewayStore({
      url: 'http://weft.test',
      fetch: (request) => {
        calls++
        return app.request(request)
      },
    })
    await assert.rejects(store.peers('job', 'node'), kind('unauthenticated'))
    assert.equal(calls, 1)
  })
})

interface TestRunner {
  readonly id: string
  readonly profile: RunnerProfile
  readonly store: Store
}

function gateway(auth: 'off' | 'token'): Hono {
  const files: FileStore = {
    checkImport: (path) => Promise.resolve(path),
    spool: () => Promise.reject(new Error('not used')),
    async openSpool(id) {
      const bytes = spooled.get(id)
      if (!bytes) throw notFound(`No spooled upload ${id}`)
      return new Blob([bytes.slice()]).stream()
    },
    async dropSpool(id) {
      spooled.delete(id)
    },
  }
  const deps: AppDeps = {
    ...quietDeps(db, { auth }),
    files,
    now: () => Date.now(),
  }
  return new Hono().route('/runner/v1', runnerGateway(deps))
}

function token(
  parties: readonly string[] | null,
  more: { expiresAt?: number } = {},
): Promise<string> {
  return createToken(db, { kind: 'runner', name: 'test', parties, ...more }, Date.now())
}

function storeOf(text: string | undefined, more: { claimWaitMs?: number } = {}): Store {
  const fetch = (request: Request) => app.request(request)
  return gatewayStore({ url: 'http://weft.test', token: text, fetch, ...more })
}

async function profileOf(parties: readonly string[] | null): Promise<RunnerProfile> {
  const keys = await Promise.all((parties ?? ['*']).map(generateIdentity))
  return {
    id: crypto.randomUUID(),
    name: 'runner',
    site: crypto.randomUUID(),
    parties,
    url: 'http://127.0.0.1:9390',
    slots: 8,
    identities: Object.fromEntries(keys.map(({ party, publicKey }) => [party, publicKey])),
    facts: { cores: 2 },
  }
}

async function newRunner(
  parties: readonly string[],
  more: { claimWaitMs?: number } = {},
): Promise<TestRunner> {
  const profile = await profileOf(parties)
  const store = storeOf(await token(parties), more)
  await store.register(profile)
  return { id: profile.id, profile, store }
}

async function twoRunners(): Promise<{ guest: TestRunner; host: TestRunner; job: Job }> {
  const [guest, host] = [await newRunner(['9999']), await newRunner(['10000'])]
  return { guest, host, job: await newJob() }
}

function newJob(): Promise<Job> {
  return submitJob(db, newJobOf({}))
}

/** One node at a guest and a host; `needs` by role. */
function newJobOf(needs: Record<string, Needs>): NewJob {
  const members = { guest: ['9999'], host: ['10000'] }
  return {
    surface: 'fate',
    kind: 'train',
    members,
    graph: [{ name: 'lr_0', module: 'HeteroLR', needs: [] }],
    tasks: Object.entries(members).map(([role, [party]]) => ({
      name: 'lr_0',
      kind: 'component',
      role,
      party,
      position: 0,
      needs: needs[role],
      spec: {
        type: 'component',
        module: 'HeteroLR',
        params: {},
        members,
        data: [],
        models: [],
        run: true,
      },
    })),
    request: {},
  }
}

function newUpload(spoolId: string): Promise<Job> {
  return submitUpload(db, {
    surface: 'fate',
    party: '9999',
    namespace: 'ns',
    name: 't',
    source: { type: 'spool', id: spoolId },
    head: true,
    delimiter: ',',
    partitions: 1,
    request: {},
  })
}

type Body = Report extends infer R
  ? R extends Report
    ? Omit<R, 'taskId' | 'attemptId' | 'at'>
    : never
  : never

function report({ taskId, attemptId }: LeasedTask, body: Body): Report {
  return { ...body, taskId, attemptId, at: Date.now() } as Report
}

function peer(address: string, profile: RunnerProfile, party: string) {
  return { address, runnerId: profile.id, url: profile.url, identity: profile.identities[party] }
}

function kind(expected: DomainError['kind']): (error: unknown) => boolean {
  return failure(expected, /./)
}

/** A sentence, and nothing of the inside. */
function failure(expected: DomainError['kind'], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof DomainError, String(error))
    assert.equal(error.kind, expected, error.message)
    assert.match(error.message, message)
    return true
  }
}
