/**
 * Users, groups, their storages and their tokens over HTTP.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { scryptPasswords } from '../../../src/bin/password.ts'
import { testApp, type TestApp } from '../../helpers/app.ts'
import { enterHost, submit } from '../../helpers/framework.ts'

const yaml = (name: string, storage: string) => `protocolVersion: 2
name: ${name}
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [echo]
extras: { storages: [{ name: ${storage} }] }
`

describe('people of OpenPAI', () => {
  let test: TestApp
  let now = Date.now()
  const tokens: Record<string, string> = {}
  before(async () => {
    test = await testApp({
      deps: { passwords: scryptPasswords({ logN: 10 }), now: () => now },
    })
    await enterHost(test.db)
    for (const username of ['ann', 'bob']) {
      await call('POST', '/users', { username, password: 'secret1' })
      const { body } = await call('POST', '/token', { username, password: 'secret1' })
      tokens[username] = body.token
    }
  })
  after(() => test.close())

  async function call(
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    // What a field holds is for the assertion to say.
  ): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }> {
    const response = await test.app.request(`/api/v2${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  const names = (storages: { name: string }[]) => storages.map(({ name }) => name)

  it('are given a group as a whole, or what changes of it', async () => {
    const group = { groupname: 'team', description: 'us', externalName: 'x', extension: { a: 1 } }
    assert.equal((await call('POST', '/groups', group)).status, 201)
    const put = (data: object, patch?: boolean) =>
      call('PUT', '/groups', { data: { groupname: 'team', ...data }, patch })
    assert.equal((await put({ extension: { b: 2 } }, true)).status, 201)
    const merged = { ...group, extension: { a: 1, b: 2 } }
    assert.deepEqual((await call('GET', '/groups/team')).body, merged)
    await put({ description: 'all of us' })
    const whole = { groupname: 'team', description: 'all of us', externalName: '', extension: {} }
    assert.deepEqual((await call('GET', '/groups/team')).body, whole)
    const none = await call('PUT', '/groups', { data: { groupname: 'none' }, patch: true })
    assert.deepEqual([none.status, none.body.code], [404, 'NoGroupError'])
  })

  it('are changed as a whole, or field by field', async () => {
    const part = { username: 'bob', email: 'b@x' }
    const bad = await call('PUT', '/users', { data: part })
    assert.deepEqual([bad.status, bad.body.code], [400, 'InvalidParametersError'])
    assert.match(bad.body.message, /^data\.virtualCluster is required unless patch is true/)
    await call('PUT', '/users', { data: { ...part, extension: { a: 1 } }, patch: true })
    await call('PUT', '/users', { data: { username: 'bob', extension: { b: 2 } }, patch: true })
    const { email, extension } = (await call('GET', '/users/bob')).body
    assert.deepEqual([email, extension], ['b@x', { a: 1, b: 2 }])
    const all = { email: '', virtualCluster: [], admin: false, password: 'secret1', extension: {} }
    assert.equal((await call('PUT', '/users', { data: { username: 'bob', ...all } })).status, 201)
    assert.deepEqual((await call('GET', '/users/bob')).body.extension, {})
    const { body } = await call('POST', '/token', { username: 'bob', password: 'secret1' })
    tokens['bob'] = body.token
    const me = await call('PUT', '/users/me', { data: part }, tokens['bob'])
    assert.match(me.body.message, /^data\.newPassword is required/)
  })

  it('are administrators while a group of theirs says so', async () => {
    const group = (admin: unknown) =>
      call('PUT', '/groups', {
        data: { groupname: 'operators', extension: { acls: { admin } } },
        patch: true,
      })
    const enter = () => call('POST', '/users', { username: 'eve', password: 'secret1' }, tokens.bob)
    const is = async () => [
      (await call('GET', '/tokens/check', undefined, tokens.bob)).body.admin,
      (await call('GET', '/users/bob')).body.admin,
      (await call('GET', '/users')).body.find((one: { username: string }) => one.username === 'bob')
        .admin,
    ]
    const login = await call('POST', '/token', { username: 'bob', password: 'secret1' })
    tokens.bob = login.body.token
    await call('POST', '/groups', { groupname: 'operators', extension: { acls: { admin: true } } })
    assert.deepEqual(await is(), [false, false, false])
    assert.deepEqual((await enter()).body.code, 'ForbiddenUserError')
    const own = await call('PUT', '/users/bob/group', { groupname: 'operators' }, tokens.bob)
    assert.equal(own.status, 403, 'Nobody makes an administrator of himself')

    await call('PUT', '/users/bob/group', { groupname: 'operators' })
    assert.deepEqual(await is(), [true, true, true])
    const again = await call('POST', '/token', { username: 'bob', password: 'secret1' })
    assert.equal(again.body.admin, true)
    assert.equal((await enter()).status, 201)
    assert.equal((await call('DELETE', '/users/eve', undefined, tokens.bob)).status, 200)
    const less = await call('PUT', '/users/bob/admin', { admin: false })
    assert.deepEqual([less.status, less.body.code], [403, 'RemoveAdminError'])
    assert.match(less.body.message, /as a member of group operators: take it out of that group/)

    // Only what says so says so.
    for (const value of ['true', 1, [], false]) {
      await group(value)
      assert.deepEqual(await is(), [false, false, false], JSON.stringify(value))
    }
    await group(true)
    assert.deepEqual(await is(), [true, true, true])
    await call('DELETE', '/users/bob/group', { groupname: 'operators' })
    assert.deepEqual(await is(), [false, false, false])
    assert.equal((await enter()).status, 403)
  })

  it('have the storages of their groups, and those that no group names', async () => {
    const acls = (storageConfigs: string[]) => ({ acls: { storageConfigs } })
    await call('POST', '/groups', { groupname: 'readers', extension: acls(['models']) })
    await call('PUT', '/users/ann/grouplist', { grouplist: ['readers'] })
    assert.deepEqual((await call('GET', '/users/ann')).body.storageConfig, ['data', 'models'])
    assert.deepEqual((await call('GET', '/users/bob')).body.storageConfig, ['data'])
    const list = async (query: string, who: string) =>
      (await call('GET', `/storages${query}`, undefined, tokens[who])).body.storages
    assert.deepEqual(names(await list('', 'ann')), ['data', 'models'])
    assert.deepEqual(await list('?default=true', 'ann'), [
      { name: 'models', share: true, volumeName: '', default: true },
    ])
    assert.deepEqual(names(await list('', 'bob')), ['data'])
    assert.deepEqual(await list('?default=true', 'bob'), [])
    const one = await call('GET', '/storages/models', undefined, tokens['bob'])
    assert.deepEqual(
      [one.status, one.body],
      [403, { code: 'ForbiddenUserError', message: 'User bob is not allowed to access models.' }],
    )
    assert.equal((await call('GET', '/storages/models', undefined, tokens['ann'])).status, 200)
    assert.equal((await call('GET', '/storages/models')).status, 200)
    const refused = await call('POST', '/jobs', yaml('reads', 'models'), tokens['bob'])
    assert.deepEqual([refused.status, refused.body.code], [403, 'ForbiddenUserError'])
    const taken = await call('POST', '/jobs', yaml('reads', 'models'), tokens['ann'])
    assert.equal(taken.status, 202, taken.body.message)
  })

  it('do not come by the jobs of a removed user with its name', async () => {
    const carl = { username: 'carl', password: 'secret1' }
    assert.equal((await call('POST', '/users', carl)).status, 201)
    assert.equal((await call('DELETE', '/users/carl')).status, 200)
    assert.equal((await call('POST', '/users', carl)).status, 201, 'without jobs it may be reused')
    await submit(test.db, { owner: 'carl', name: 'his' })
    assert.equal((await call('DELETE', '/users/carl')).status, 200)
    const again = await call('POST', '/users', carl)
    assert.deepEqual([again.status, again.body.code], [409, 'ConflictUserError'])
    assert.match(again.body.message, /^User carl was removed and still has jobs/)
    assert.equal((await call('GET', '/users/carl')).body.code, 'NoUserError')
  })

  it('have their programs’ tokens under names', async () => {
    const made = await call('POST', '/tokens/application', { name: 'night build' }, tokens['ann'])
    assert.equal(made.body.application, true)
    const row = await test.db
      .selectFrom('token')
      .selectAll()
      .where('name', '=', 'night build')
      .executeTakeFirstOrThrow()
    assert.equal(row.used_at, null)
    const use = async () => {
      await call('GET', '/tokens/check', undefined, made.body.token)
      const { used_at } = await test.db
        .selectFrom('token')
        .select('used_at')
        .where('hash', '=', row.hash)
        .executeTakeFirstOrThrow()
      return used_at
    }
    const first = now
    assert.equal(await use(), first)
    now += 30_000
    assert.equal(await use(), first, 'it is not written with every request')
    now += 30_000
    assert.equal(await use(), now)
    const long = { name: 'x'.repeat(101) }
    const refused = await call('POST', '/tokens/application', long, tokens['ann'])
    assert.equal(refused.status, 400)
  })
})
