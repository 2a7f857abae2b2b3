/**
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { scryptPasswords } from '../../../src/bin/password.ts'
import { applyReports } from '../../../src/domain/report.ts'
import { createToken } from '../../../src/domain/token.ts'
import { testApp, type TestApp } from '../../helpers/app.ts'
import { claim, end, enterHost, RUNNER } from '../../helpers/framework.ts'
import { paiCalls } from '../../helpers/openpai.ts'
import { matchSnapshot } from '../../helpers/snapshot.ts'

const yaml = (name: string, more = '') => `protocolVersion: 2
name: ${name}
type: job
jobRetryCount: 2
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
taskRoles:
  w:
    instances: 1
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 1, ports: { tb: 1 } }
    commands: [echo <% $secrets.k %>]
secrets: { k: hidden }
${more}`

describe('OpenPAI', () => {
  let app: TestApp
  before(async () => {
    app = await testApp({ deps: { passwords: scryptPasswords({ logN: 10 }) } })
    await enterHost(app.db)
  })
  after(() => app.close())

  const call = paiCalls(() => app.app)
  const get = (path: string) => call('GET', path)

  it('tells of a job that failed, was tried again twice and succeeded', async () => {
    const submitted = await call('POST', '/jobs', yaml('thrice'))
    assert.deepEqual(
      [submitted.status, submitted.body],
      [202, { status: 202, message: 'Update job thrice for user weft successfully.' }],
    )
    assert.equal((await get('/jobs/thrice')).body.jobStatus.state, 'WAITING')
    const used = async () => (await get('/virtual-clusters/default')).body.resourcesUsed
    const none = { cpu: 0, memory: 0, gpu: 0, vCores: 0, GPUs: 0 }
    assert.deepEqual(await used(), none)
    for (const code of [1, 1, 0]) {
      const [task] = await claim(app.db)
      assert.deepEqual(await used(), { cpu: 1, memory: 100, gpu: 1, vCores: 1, GPUs: 1 })
      assert.equal((await get('/jobs/thrice')).body.jobStatus.state, 'RUNNING')
      await end(app.db, task, { code, words: `It ended with exit code ${code}.` })
    }
    const { jobStatus, taskRoles } = (await get('/jobs/weft~thrice')).body
    assert.deepEqual(
      [jobStatus.name, jobStatus.username, jobStatus.state, jobStatus.attemptState],
      ['thrice', 'weft', 'SUCCEEDED', 'SUCCEEDED'],
    )
    assert.deepEqual([jobStatus.attemptId, jobStatus.retries, jobStatus.version], [2, 2, 1])
    assert.deepEqual(jobStatus.retryDetails, { user: 2, platform: 0, resource: 0, unknown: 2 })
    assert.deepEqual([jobStatus.appExitCode, jobStatus.appProgress], [0, 1])
    const [task] = taskRoles.w.taskStatuses
    assert.deepEqual([task.taskIndex, task.taskState, task.containerExitCode], [0, 'SUCCEEDED', 0])
    assert.deepEqual(Object.keys(task.containerPorts), ['ssh', 'http', 'tb'])
    assert.equal(task.containerGpus, 1)

    const attempts = await get('/frameworks/thrice/attempts')
    assert.deepEqual(attempts.body, { FrameworkAttempts: [0, 1, 2], attempts: [0, 1, 2] })
    const first = (await get('/frameworks/thrice/attempts/0?version=1')).body
    const status = first.frameworkFullDetail.jobStatus
    assert.deepEqual(
      [status.attemptId, status.attemptState, status.state, status.appExitCode],
      [0, 'FAILED', 'SUCCEEDED', 255],
    )
    assert.equal(status.appExitSpec.phrase, 'PAIRuntimeUnknownFailed')
    assert.equal(status.appExitMessages.runtime.originalUserExitCode, 1)
    assert.deepEqual([status.appExitTriggerTaskRoleName, status.appExitTriggerTaskIndex], ['w', 0])
    const [failed] = first.frameworkFullDetail.taskRoles.w.taskStatuses
    assert.deepEqual(
      [failed.taskState, failed.containerExitCode, failed.containerExitType],
      ['FAILED', 255, 'UNKNOWN'],
    )
    const info = first.frameworkInfo.jobStatus
    assert.deepEqual([info.latestAttemptId, info.totalGpuNumber, info.runningContianers], [3, 1, 0])
    assert.deepEqual((await get('/frameworks/thrice/versions')).body, {
      FrameworkVersions: [1],
      versions: [1],
    })
    assert.equal((await get('/jobs/thrice/job-attempts')).body.length, 3)
    assert.equal((await get('/jobs/thrice/attempts/9')).body.code, 'NoJobError')
  })

  it('has every key of the document', async () => {
    const { jobStatus, taskRoles } = (await get('/jobs/thrice')).body
    for (const key of JOB_KEYS) assert.ok(key in jobStatus, key)
    for (const key of TASK_KEYS) assert.ok(key in taskRoles.w.taskStatuses[0], key)
    const { frameworkInfo } = (await get('/frameworks/thrice/attempts/latest')).body
    for (const key of INFO_KEYS) assert.ok(key in frameworkInfo.jobStatus, key)
  })

  it('has versions, each with attempts of its own', async () => {
    await call('POST', '/jobs', yaml('twice'))
    assert.equal((await call('POST', '/jobs', yaml('twice'))).body.code, 'ConflictJobError')
    assert.equal((await call('POST', '/jobs', yaml('twice', 'version: 2\n'))).status, 202)
    assert.deepEqual((await get('/frameworks/twice/versions')).body.versions, [1, 2])
    assert.equal((await get('/jobs/twice?version=1')).body.jobStatus.state, 'STOPPED')
    assert.equal((await get('/jobs/twice')).body.jobStatus.version, 2)
    const stop = await call('PUT', '/jobs/weft~twice/executionType', { value: 'STOP' })
    assert.equal(stop.status, 202)
    const { jobStatus } = (await get('/jobs/twice')).body
    assert.deepEqual(
      [jobStatus.state, jobStatus.executionType, jobStatus.appExitCode, jobStatus.subState],
      ['STOPPED', 'STOP', -210, 'Completed'],
    )
  })

  it('answers with the codes of the document', async () => {
    const cases: [path: string, code: string][] = [
      ['/jobs/none', 'NoJobError'],
      ['/frameworks/none/attempts/0?version=1', 'NoJobAttemptError'],
      ['/frameworks/thrice/attempts/7', 'NoJobAttemptError'],
      ['/frameworks/none/attempts', 'NoJobAttemptsError'],
      ['/frameworks/none/versions', 'NoJobVersionsError'],
      ['/jobs/none/config', 'NoJobError'],
      ['/jobs/thrice/ssh', 'NoJobSshInfoError'],
      ['/jobs/thrice/attempts/0/taskRoles/x/taskIndex/0/attempts', 'NoTaskError'],
      ['/jobs/thrice/attempts/0/taskRoles/w/taskIndex/0/attempts/5/logs', 'NoTaskLogError'],
      ['/virtual-clusters/none', 'NoVirtualClusterError'],
      ['/users/none', 'NoUserError'],
      ['/groups/none', 'NoGroupError'],
      ['/storages/none', 'NoStorageError'],
      ['/nothing/here', 'NoApiError'],
    ]
    for (const [path, code] of cases) {
      const { status, body } = await get(path)
      assert.deepEqual([status, body.code], [404, code], path)
      assert.ok(body.message.length > 0)
    }
    assert.equal((await get('/jobs/none')).body.message, 'Job none is not found.')
    const nowhere = (await get('/nothing/here')).body.message
    assert.equal(nowhere, 'API /api/v2/nothing/here is not found.')
    for (const path of [
      '/jobs/thrice',
      '/frameworks/thrice/attempts',
      '/frameworks/none/attempts/0',
    ]) {
      const { status, body } = await get(`${path}?version=x`)
      assert.deepEqual(
        [status, body],
        [400, { code: 'InvalidParametersError', message: 'version is a whole number, not "x"' }],
        path,
      )
    }
    assert.deepEqual((await get('/frameworks/thrice/attempts?version=')).body.attempts, [0, 1, 2])
    assert.equal(
      (await get('/frameworks/none/attempts/3?version=2')).body.message,
      '[Version: 2][AttemptId: 3] attempt of job none is not found.',
    )
  })

  it('refuses what cannot be, and says why', async () => {
    const wrong = await call('POST', '/jobs', yaml('bad').replace('cpu: 1', 'cpu: 0.5'))
    assert.deepEqual([wrong.status, wrong.body.code], [400, 'InvalidProtocolError'])
    assert.match(wrong.body.message, /taskRoles\.w\.resourcePerInstance\.cpu \(line 11\)/)
    const large = await call('POST', '/jobs', yaml('bad').replace('gpu: 1', 'gpu: 64'))
    assert.deepEqual([large.status, large.body.code], [403, 'NoEnoughQuotaError'])
    assert.match(large.body.message, /asks for 64 GPUs.*no live runner has more than 2/)
    const nowhere = await call('POST', '/jobs', yaml('bad', 'defaults: { virtualCluster: x }\n'))
    assert.deepEqual([nowhere.status, nowhere.body.code], [404, 'NoVirtualClusterError'])
    for (const query of ['limit=50001', 'order=colour,ASC', 'order=state,UP', 'offset=x'])
      assert.equal((await get(`/jobs?${query}`)).body.code, 'InvalidParametersError', query)
    const value = await call('PUT', '/jobs/thrice/executionType', { value: 'PAUSE' })
    assert.equal(value.body.code, 'InvalidParametersError')
  })

  it('shows what was submitted with its secrets hidden', async () => {
    const { body } = await get('/jobs/thrice/config')
    assert.equal(body, yaml('thrice').replace('{ k: hidden }', '"******"'))
  })

  it('lists with filters, orders and counts', async () => {
    const names = async (query: string) =>
      (await get(`/jobs?${query}`)).body.map((one: { name: string }) => one.name)
    assert.deepEqual(await names('order=jobName,ASC'), ['thrice', 'twice'])
    assert.deepEqual(await names('order=jobName,DESC&limit=1'), ['twice'])
    assert.deepEqual(await names('state=SUCCEEDED'), ['thrice'])
    assert.deepEqual(await names('state=SUCCEEDED,STOPPED&order=retries,DESC'), ['thrice', 'twice'])
    assert.deepEqual(await names('keyword=HRI'), ['thrice'])
    assert.deepEqual(await names('username=nobody'), [])
    assert.deepEqual(await names('jobPriority=default&offset=1&order=jobName,ASC'), ['twice'])
    await call('PUT', '/jobs/thrice/tag', { value: 'good' })
    assert.deepEqual(await names('tagsContain=good'), ['thrice'])
    assert.deepEqual(await names('tagsNotContain=good'), ['twice'])
    assert.equal(
      (await call('DELETE', '/jobs/thrice/tag', { value: 'bad' })).body.code,
      'NoTagError',
    )
    assert.equal((await call('DELETE', '/jobs/thrice/tag', { value: 'good' })).status, 200)
    const { body } = await get('/jobs?withTotalCount=true&limit=1')
    assert.deepEqual([body.totalCount, body.data.length], [2, 1])
  })

  it('gives logs whole, at their end, and in ranges', async () => {
    await call('POST', '/jobs', yaml('talks'))
    const [task] = await claim(app.db)
    const { taskId, attemptId } = task
    const lines = Array.from({ length: 2500 }, (_, at) => `line ${at} ä`)
    await applyReports(
      app.db,
      RUNNER,
      [...lines, 'oops'].map((text) => ({
        type: 'log' as const,
        level: text === 'oops' ? ('error' as const) : ('info' as const),
        text,
        at: 1,
        taskId,
        attemptId,
      })),
    )
    await end(app.db, task)
    const path = '/jobs/talks/attempts/0/taskRoles/w/taskIndex/0/attempts/0/logs'
    const { locations } = (await get(path)).body
    assert.deepEqual(
      locations.map(({ name }: { name: string }) => name),
      ['all', 'stdout', 'stderr'],
    )
    const whole = `${lines.join('\n')}\n`
    assert.equal((await get(`${path}/stdout`)).body, whole)
    assert.equal((await get(`${path}/stderr?follow=true`)).body, 'oops\n')
    const bytes = Buffer.from(whole)
    const tail = Buffer.from((await get(`${path}/stdout?tail-mode=true`)).body)
    assert.equal(tail.length, 16_384)
    assert.ok(bytes.subarray(-16_384).equals(tail))
    // The original's client asks in these words, and follows the address it is told.
    assert.equal((await get(`${path}/stdout?tailMode=true`)).body, tail.toString())
    const told = (await get(`${path}?tailMode=true`)).body.locations
    assert.match(told[0].uri, /&tail-mode=true$/)
    for (const [range, from, to] of [
      ['bytes=3-5', 3, 6],
      ['bytes=20000-29999', 20_000, 30_000],
      ['bytes=-10', bytes.length - 10, bytes.length],
    ] as const) {
      const part = await app.app.request(`/api/v2${path}/stdout`, { headers: { range } })
      assert.equal(part.status, 206)
      assert.equal(part.headers.get('content-range'), `bytes ${from}-${to - 1}/${bytes.length}`)
      assert.ok(bytes.subarray(from, to).equals(Buffer.from(await part.arrayBuffer())), range)
    }
    const beyond = await app.app.request(`/api/v2${path}/stdout`, {
      headers: { range: 'bytes=9999999-' },
    })
    assert.equal(beyond.status, 416)
  })

  it('tells what happened, newest first', async () => {
    const { body } = await get('/jobs/thrice/events')
    assert.equal(body.data.at(-1).reason, 'job.submitted')
    assert.equal(body.totalCount, body.data.length)
    const warnings = (await get('/jobs/thrice/events?type=Warning')).body.data
    assert.ok(warnings.some((one: { reason: string }) => one.reason === 'framework.retried'))
    assert.ok(warnings.every((one: { type: string }) => one.type === 'Warning'))
  })

  it('has the routes that it had', async () => {
    matchSnapshot('openpai.openapi.json', (await get('/openapi.json')).body)
  })

  it('keeps the address of a webhook to itself where it is a secret, and takes only one of the web', async () => {
    const extras = (address: string) => `extras:
  weft: { webhook: "${address}" }
  jobStatusChangeNotification: { failed: true, retried: true, running: false }
`
    const text = yaml('hooked', extras('https://hooks.example/<% $secrets.k %>'))
    assert.equal((await call('POST', '/jobs', text)).status, 202)
    const [row] = await app.db.selectFrom('framework_webhook').selectAll().execute()
    assert.deepEqual(
      [row.url, row.events],
      ['https://hooks.example/hidden', '["failed","retried"]'],
    )
    assert.doesNotMatch((await get('/jobs/hooked/config')).body, /hidden/)
    await call('PUT', '/jobs/hooked/executionType', { value: 'STOP' })
    const bad = await call('POST', '/jobs', yaml('bad-hook', extras('ftp://hooks.example')))
    assert.deepEqual([bad.status, bad.body.code], [400, 'InvalidProtocolError'])
    assert.match(bad.body.message, /^extras\.weft\.webhook is no address/)
    const signed = (name: string, secret: string) =>
      yaml(
        name,
        `extras:\n  weft: { webhook: "https://hooks.example/", webhookSecret: "${secret}" }\n`,
      )
    const open = await call('POST', '/jobs', signed('open-key', `whsec_${btoa('k'.repeat(32))}`))
    assert.match(open.body.message, /^extras\.weft\.webhookSecret \(line \d+\) should be <% \$sec/)
    const weak = await call('POST', '/jobs', signed('weak-key', '<% $secrets.k %>'))
    assert.match(weak.body.message, /^extras\.weft\.webhookSecret should be whsec_/)
    assert.doesNotMatch(weak.body.message, /hidden/)
  })

  it('takes from a job how long it may run, in whole minutes', async () => {
    const extras = (minutes: string) => `extras: { weft: { runMinutes: ${minutes} } }\n`
    assert.equal((await call('POST', '/jobs', yaml('short', extras('20')))).status, 202)
    const [task] = await claim(app.db)
    const { plan } = await app.db
      .selectFrom('framework')
      .select('plan')
      .where('name', '=', 'short')
      .executeTakeFirstOrThrow()
    assert.equal((JSON.parse(plan) as { runMs: number }).runMs, 1_200_000)
    await end(app.db, task)
    for (const minutes of ['0', '1.5', 'long']) {
      const bad = await call('POST', '/jobs', yaml('bad', extras(minutes)))
      assert.deepEqual([bad.status, bad.body.code], [400, 'InvalidProtocolError'])
      assert.match(bad.body.message, /runMinutes/)
    }
  })

  it('has the storages of its runners, and gives a job those that it names', async () => {
    const all = (await get('/storages')).body.storages
    assert.deepEqual(
      all.map(({ name }: { name: string }) => name),
      ['data', 'models'],
    )
    const models = (await get('/storages/models')).body
    assert.deepEqual([models.readOnly, models.type, models.share], [true, 'other', true])
    assert.equal((await get('/storages/none')).body.code, 'NoStorageError')
    const extras = (storages: string) => `extras: { storages: [${storages}] }\n`
    const named = '{ name: data }, { name: models, mountPath: /models }'
    assert.equal((await call('POST', '/jobs', yaml('stores', extras(named)))).status, 202)
    const [task] = await claim(app.db)
    assert.deepEqual(task.spec.type === 'process' && task.spec.storages, [
      { name: 'data', mountPath: '/mnt/data' },
      { name: 'models', mountPath: '/models' },
    ])
    await end(app.db, task)
    const none = await call('POST', '/jobs', yaml('none', extras('{ name: none }')))
    assert.deepEqual([none.status, none.body.code], [404, 'NoStorageError'])
    for (const path of ['/mnt/../..', '/']) {
      const out = extras(`{ name: data, mountPath: ${path} }`)
      const bad = await call('POST', '/jobs', yaml('bad', out))
      assert.deepEqual([bad.status, bad.body.code], [400, 'InvalidProtocolError'])
    }
  })

  it('serves the same where other clients look for it', async () => {
    assert.equal((await get('/rest-server/api/v2/jobs/thrice')).status, 200)
    assert.equal((await get('/rest-server/api/v1/user/weft/jobs/thrice')).body.name, 'thrice')
    assert.equal((await get('/info')).body.name, 'PAI RESTful API')
    assert.equal((await get('/virtual-clusters')).body.default.resourcesTotal.gpu, 2)
    const [sku] = Object.values((await get('/cluster/sku-types')).body)
    assert.deepEqual(sku, { cpu: 8, memory: 8000, gpu: 2 })
  })

  describe('accounts', () => {
    it('log in with a name and a password, and out again', async () => {
      const user = {
        username: 'ann',
        password: 'secret1',
        email: 'a@b',
        virtualCluster: [],
        admin: false,
      }
      assert.equal((await call('POST', '/users', user)).status, 201)
      assert.equal((await call('POST', '/users', user)).body.code, 'ConflictUserError')
      const login = async (password: string, username = 'ann') =>
        call('POST', '/authn/basic/login', { username, password, expiration: 4000 })
      assert.equal((await login('wrong-one')).body.code, 'IncorrectPasswordError')
      assert.equal((await login('secret1', 'bob')).body.code, 'NoUserError')
      const { user: name, token, admin } = (await login('secret1')).body
      assert.deepEqual([name, admin], ['ann', false])
      const check = await call('GET', '/tokens/check', undefined, token)
      assert.deepEqual(check.body, { username: 'ann', application: false, admin: false })
      const kept = await app.db.selectFrom('token').selectAll().execute()
      assert.ok(!JSON.stringify(kept).includes(token), 'its text is kept nowhere')
      const { password_hash } = await app.db
        .selectFrom('account')
        .select('password_hash')
        .executeTakeFirstOrThrow()
      assert.match(password_hash ?? '', /^scrypt\$10\$8\$1\$/)
      assert.equal((await call('GET', '/tokens', undefined, token)).body.tokens.length, 1)
      assert.equal((await call('DELETE', '/authn/basic/logout', undefined, token)).status, 200)
      const gone = await call('GET', '/tokens/check', undefined, token)
      assert.deepEqual([gone.status, gone.body.code], [401, 'UnauthorizedUserError'])
    })

    it('may change their own jobs only, and only what they are allowed', async () => {
      const token = (await call('POST', '/token', { username: 'ann', password: 'secret1' })).body
        .token
      assert.equal((await call('POST', '/jobs', yaml('hers'), token)).status, 202)
      assert.equal((await get('/jobs/ann~hers')).body.jobStatus.username, 'ann')
      const stop = { value: 'STOP' }
      const path = '/jobs/weft~thrice/executionType'
      assert.equal((await call('PUT', path, stop, token)).body.code, 'ForbiddenUserError')
      assert.equal((await call('PUT', '/jobs/ann~hers/executionType', stop, token)).status, 202)
      const users = await call('POST', '/users', { username: 'x', password: 'secret1' }, token)
      assert.equal(users.body.message, 'Non-admin is not allow to do this operation.')
      await call('PUT', '/virtual-clusters/closed', { cpu: 4 })
      const closed = yaml('there', 'defaults: { virtualCluster: closed }\n')
      assert.equal((await call('POST', '/jobs', closed, token)).body.code, 'ForbiddenUserError')
      await call('POST', '/groups', {
        groupname: 'insiders',
        extension: { acls: { virtualClusters: ['closed'] } },
      })
      await call('PUT', '/users/ann/grouplist', { grouplist: ['insiders'] })
      assert.deepEqual((await get('/users/ann')).body.virtualCluster, ['default', 'closed'])
      assert.equal((await call('POST', '/jobs', closed, token)).status, 202)
    })

    it('give programs tokens that do not log in for them', async () => {
      const own = (await call('POST', '/token', { username: 'ann', password: 'secret1' })).body
        .token
      const { token } = (await call('POST', '/tokens/application', {}, own)).body
      const again = await call('POST', '/tokens/application', {}, token)
      assert.equal(again.body.message, 'Applications are not allowed to do this operation.')
      const basic = await app.app.request('/api/v2/tokens/check', {
        headers: { authorization: `Basic ${btoa(`ann:${token}`)}` },
      })
      assert.equal(((await basic.json()) as { application: boolean }).application, true)
      await call(
        'PUT',
        '/users/me',
        {
          data: { username: 'ann', oldPassword: 'secret1', newPassword: 'secret2' },
          patch: true,
        },
        own,
      )
      assert.equal((await call('GET', '/tokens/check', undefined, own)).status, 401)
      assert.equal((await call('GET', '/tokens/check', undefined, token)).status, 200)
    })
  })
})

describe('OpenPAI where tokens are asked for', () => {
  it('turns guests away, and takes the tokens of the operator', async () => {
    const app = await testApp({ settings: { auth: 'token' } })
    const guest = await app.app.request('/api/v2/jobs')
    assert.deepEqual(
      [guest.status, await guest.json()],
      [
        401,
        { code: 'UnauthorizedUserError', message: 'Guest is not allowed to do this operation.' },
      ],
    )
    assert.equal((await app.app.request('/api/v2/info')).status, 200)
    const token = await createToken(app.db, { kind: 'user', name: 'ops', parties: null }, 0)
    const headers = { authorization: `Bearer ${token}` }
    const known = await app.app.request('/api/v2/tokens/check', { headers })
    assert.deepEqual(await known.json(), { username: 'ops', application: false, admin: true })
    await app.close()
  })
})

const JOB_KEYS =
  'name username state attemptState virtualCluster subState executionType version attemptId retries retryDetails createdTime completedTime appLaunchedTime appId appProgress appTrackingUrl appExitCode appExitDiagnostics appliedCpuNumber appliedMemoryMB appExitSpec appExitMessages appExitTriggerMessage appExitTriggerTaskRoleName appExitTriggerTaskIndex'.split(
    ' ',
  )
const TASK_KEYS =
  'taskIndex taskState containerId containerIp containerHostName containerPorts containerGpus containerLog containerExitCode containerLaunchedTimestamp containerCompletedTimestamp containerExitDiagnostics containerExitType retryDetails'.split(
    ' ',
  )
const INFO_KEYS =
  'name appId username state attemptState executionType version attemptId retries retryDetails createdTime completedTime appExitCode virtualCluster totalGpuNumber totalTaskNumber totalTaskRoleNumber jobType jobDetailLink runningDataCenter appTrackingUrl appExitDiagnostics appTag allocatedMB allocatedVCores priority applicationProgress queuePercentageUseage reservcedMB utilizedMB reservcedVCores utilizedVCores reservedContainers runningContianers pendingContaines preemptedResourceMB preemptedResourceVCores numNonAMContainerPreempted numAMContainerPreempted latestAttemptId jobFullDetailUrl amContainerLogs webportalLink groupId'.split(
    ' ',
  )
