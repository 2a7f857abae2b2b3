/**
 * Endpoints of OpenPAI that jobs do not come by: fields of users one by one, groups, virtual clusters, and the paths of
 * older clients beside those of the newest.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { scryptPasswords } from '../../../src/bin/password.ts'
import { sweep } from '../../../src/domain/sweep.ts'
import { testApp, type TestApp } from '../../helpers/app.ts'
import { claim, end, enterHost } from '../../helpers/framework.ts'
import { paiCalls } from '../../helpers/openpai.ts'

const YAML = `protocolVersion: 2
name: once
type: job
prerequisites:
  - { name: img, type: dockerimage, uri: busybox }
taskRoles:
  w:
    dockerImage: img
    resourcePerInstance: { cpu: 1, memoryMB: 100, gpu: 0 }
    commands: [echo]
`

describe('endpoints of OpenPAI', () => {
  let test: TestApp
  before(async () => {
    test = await testApp({ deps: { passwords: scryptPasswords({ logN: 10 }) } })
    await enterHost(test.db)
  })
  after(() => test.close())

  const call = paiCalls(() => test.app)

  async function entered(username: string): Promise<string> {
    const user = { username, password: 'secret1', email: `${username}@x` }
    assert.equal((await call('POST', '/user', user)).status, 201)
    return (await call('POST', '/token', { username, password: 'secret1' })).body.token
  }

  it('say how to log in, and that there is no Kubernetes', async () => {
    const { body } = await call('GET', '/authn/info')
    assert.deepEqual(body, {
      authn_type: 'basic',
      loginURI: '/authn/basic/login',
      loginURIMethod: 'post',
    })
    for (const path of ['/kubernetes/nodes', '/kubernetes/pods']) {
      const none = await call('GET', path)
      assert.deepEqual([none.status, none.body.code], [501, 'NotImplementedError'])
      assert.match(none.body.message, new RegExp(`no ${path.split('/')[2]}`))
    }
    assert.deepEqual((await call('GET', '')).body, (await call('GET', '/info')).body)
  })

  it('list users without what nobody may see, and change one field of one at a time', async () => {
    const token = await entered('ann')
    for (const base of ['/users', '/user'] as const) {
      const grouplist = [`team${base.length}`]
      await call('POST', '/groups', { groupname: grouplist[0] })
      await call('PUT', `/virtual-clusters/vc${base.length}`, { cpu: 2 })
      const changes = {
        grouplist,
        extension: { theme: base },
        virtualCluster: [`vc${base.length}`],
        email: `ann@${base.length}`,
        admin: base === '/user',
      }
      await call('PUT', '/users/ann/admin', { admin: base !== '/user' })
      if (base === '/users') {
        await one('PUT', '/users/ann/grouplist', { grouplist })
        await one('PUT', '/users/ann/extension', { extension: changes.extension })
        await one('PUT', '/users/ann/virtualcluster', { virtualCluster: changes.virtualCluster })
        await one('PUT', '/users/ann/email', { email: changes.email })
        await one('PUT', '/users/ann/admin', { admin: changes.admin })
      } else {
        await one('PUT', '/user/ann/grouplist', { grouplist })
        await one('PUT', '/user/ann/extension', { extension: changes.extension })
        await one('PUT', '/user/ann/virtualcluster', { virtualCluster: changes.virtualCluster })
        await one('PUT', '/user/ann/email', { email: changes.email })
        await one('PUT', '/user/ann/admin', { admin: changes.admin })
      }
      const { body } = await call('GET', base)
      const [listed] = body.filter(({ username }: { username: string }) => username === 'ann')
      const { grouplist: groups, extension, email, admin, virtualCluster } = listed
      assert.deepEqual(
        { grouplist: groups, extension, email, admin },
        { grouplist, extension: changes.extension, email: changes.email, admin: changes.admin },
      )
      // Whoever is an administrator may use all.
      if (!changes.admin) assert.deepEqual(virtualCluster, ['default', ...changes.virtualCluster])
      assert.doesNotMatch(JSON.stringify(body), /scrypt|secret1|password/i)
      assert.deepEqual((await call('GET', `${base}/ann`)).body, listed)
    }
    await one('PUT', '/users/ann/admin', { admin: false })

    const own = await call('PUT', '/users/ann/email', { email: 'own@x' }, token)
    assert.equal(own.status, 201, 'one’s own address is one’s own')
    for (const [path, body] of [
      ['/users/ann/admin', { admin: true }],
      ['/users/ann/virtualcluster', { virtualCluster: ['default'] }],
      ['/users/ann/grouplist', { grouplist: [] }],
      ['/users/ann/password', { password: 'secret9' }],
    ] as const) {
      const refused = await call('PUT', path, body, token)
      assert.deepEqual([refused.status, refused.body.code], [403, 'ForbiddenUserError'], path)
    }
    const bad = await call('PUT', '/users/ann/email', { email: 5 })
    assert.deepEqual([bad.status, bad.body.code], [400, 'InvalidParametersError'])
    assert.match(bad.body.message, /^email: /)
    for (const email of ['nobody', 'a b@x', '@'])
      assert.match(
        (await call('PUT', '/users/ann/email', { email })).body.message,
        /^email: this is no email address/,
      )
    const nothing = await call('PUT', '/users/ann/email', { data: { email: 'a@b' } })
    assert.deepEqual(
      [nothing.status, nothing.body.message],
      [400, 'The body has no "email" to change to'],
    )
    const nobody = await call('PUT', '/users/nobody/email', { email: 'a@b' })
    assert.deepEqual([nobody.status, nobody.body.code], [404, 'NoUserError'])
    const nowhere = await call('PUT', '/users/ann/grouplist', { grouplist: ['none'] })
    assert.deepEqual([nowhere.status, nowhere.body.code], [404, 'NoGroupError'])
    const cluster = await call('PUT', '/users/ann/virtualcluster', { virtualCluster: ['none'] })
    assert.deepEqual([cluster.status, cluster.body.code], [404, 'NoVirtualClusterError'])
  })

  it('change a password, after which the old one and its tokens are worth nothing', async () => {
    const token = await entered('bob')
    const login = (password: string) => call('POST', '/tokens', { username: 'bob', password })
    await one('PUT', '/users/bob/password', { password: 'secret2' })
    assert.equal((await login('secret1')).body.code, 'IncorrectPasswordError')
    assert.equal((await login('secret2')).status, 200)
    assert.equal((await call('GET', '/tokens/check', undefined, token)).status, 401)
    await one('PUT', '/user/bob/password', { password: 'secret3' })
    const { body } = await login('secret3')
    const { tokens } = (await call('GET', '/tokens', undefined, body.token)).body
    assert.equal(tokens.length, 1)
    const other = await call('DELETE', `/tokens/${tokens[0]}`, undefined, await entered('eve'))
    assert.deepEqual([other.status, other.body.code], [400, 'InvalidParametersError'])
    assert.equal((await call('GET', '/tokens/check', undefined, body.token)).status, 200)
    const revoked = await call('DELETE', `/tokens/${tokens[0]}`, undefined, body.token)
    assert.equal(revoked.body.message, 'revoke successfully')
    assert.equal((await call('GET', '/tokens/check', undefined, body.token)).status, 401)
    assert.equal((await call('DELETE', '/user/bob')).status, 200)
    assert.equal((await call('GET', '/user/bob')).body.code, 'NoUserError')
  })

  it('enter groups, tell who is in them, and remove them from their members', async () => {
    await entered('carl')
    await call('POST', '/groups', { groupname: 'one', description: 'first' })
    assert.equal((await call('POST', '/group', { groupname: 'two' })).status, 201)
    assert.equal(
      (await call('POST', '/group', { groupname: 'two' })).body.code,
      'ConflictGroupError',
    )
    const groups = async () => (await call('GET', '/users/carl')).body.grouplist
    await one('PUT', '/users/carl/group', { groupname: 'one' })
    await one('PUT', '/user/carl/group', { groupname: 'two' })
    await one('PUT', '/users/carl/group', { groupname: 'two' })
    assert.deepEqual(await groups(), ['one', 'two'])
    assert.equal((await call('DELETE', '/users/carl/group', { groupname: 'two' })).status, 200)
    assert.equal((await call('DELETE', '/user/carl/group', { groupname: 'one' })).status, 200)
    assert.deepEqual(await groups(), [])
    const unknown = await call('PUT', '/users/carl/group', { groupname: 'none' })
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'NoGroupError'])
    await one('PUT', '/users/carl/grouplist', { grouplist: ['one', 'two'] })
    const all = await call('GET', '/groups')
    const names = all.body.map((group: { groupname: string }) => group.groupname)
    assert.ok(names.includes('one') && names.includes('two'), names)
    assert.deepEqual(await call('GET', '/group'), all)
    const first = await call('GET', '/groups/one')
    assert.equal(first.body.description, 'first')
    assert.deepEqual(await call('GET', '/group/one'), first)
    const members = await call('GET', '/groups/one/userlist')
    assert.deepEqual(members.body, [{ username: 'carl', alias: 'carl' }])
    assert.deepEqual(await call('GET', '/group/one/userlist'), members)
    const none = await call('GET', '/groups/none/userlist')
    assert.deepEqual([none.status, none.body.code], [404, 'NoGroupError'])
    assert.equal((await call('DELETE', '/groups/one')).status, 200)
    assert.equal((await call('DELETE', '/groups/one')).body.code, 'NoGroupError')
    assert.deepEqual((await call('GET', '/users/carl')).body.grouplist, ['two'])
    assert.equal((await call('DELETE', '/group/two')).status, 200)
    assert.deepEqual((await call('GET', '/users/carl')).body.grouplist, [])
  })

  it('stop a virtual cluster, let it run again, and remove it when nothing is in it', async () => {
    const path = '/virtual-clusters/side'
    const job = (name: string) =>
      `${YAML.replace('once', name)}defaults: { virtualCluster: side }\n`
    assert.equal((await call('PUT', path, { cpu: 4, memory: 1000 })).status, 201)
    await one('PUT', '/virtual-clusters/side/status', { vcStatus: 'stopped' })
    assert.equal((await call('GET', path)).body.status, 'STOPPED')
    assert.equal((await call('POST', '/jobs', job('held'))).status, 202)
    assert.deepEqual(await claim(test.db), [], 'nothing new begins')
    const odd = await call('PUT', '/virtual-clusters/side/status', { vcStatus: 'slow' })
    assert.deepEqual([odd.status, odd.body.code], [400, 'InvalidParametersError'])
    const busy = await call('DELETE', '/virtual-clusters/side')
    assert.deepEqual([busy.status, busy.body.code], [403, 'RemoveRunningVcError'])
    await sweep(test.db, Date.now() + 5000)
    assert.deepEqual(await claim(test.db), [], 'nor later')
    await one('PUT', '/virtual-clusters/side/status', { vcStatus: 'running' })
    await sweep(test.db, Date.now() + 10_000)
    const [task] = await claim(test.db)
    await end(test.db, task, { code: 0, words: '' })
    assert.equal((await call('DELETE', '/virtual-clusters/side')).status, 201)
    assert.equal((await call('GET', path)).body.code, 'NoVirtualClusterError')
    const gone = await call('POST', '/jobs', job('late'))
    assert.deepEqual([gone.status, gone.body.code], [404, 'NoVirtualClusterError'])
  })

  it('answer of jobs at the paths of older clients as at their own', async () => {
    assert.equal((await call('POST', '/jobs', YAML)).status, 202)
    for (const [path, old] of [
      ['/jobs/weft~once', '/user/weft/jobs/once'],
      ['/jobs/weft~once/config', '/user/weft/jobs/once/config'],
      ['/jobs/weft~once/ssh', '/user/weft/jobs/once/ssh'],
      ['/jobs/weft~once/attempts/0', '/jobs/weft~once/job-attempts/0'],
    ] as const) {
      assert.deepEqual(await call('GET', old), await call('GET', path), old)
    }
    const ssh = await call('GET', '/user/weft/jobs/once/ssh')
    assert.deepEqual([ssh.status, ssh.body.code], [404, 'NoJobSshInfoError'])
    assert.match((await call('GET', '/user/weft/jobs/once/config')).body, /commands: \[echo\]/)
    const health = await call('GET', '/jobs/once/job-attempts/healthz')
    assert.deepEqual([health.status, health.body], [200, { status: 200, message: 'ok' }])
    const stop = await call('PUT', '/user/weft/jobs/once/executionType', { value: 'STOP' })
    assert.equal(stop.status, 202)
    assert.equal((await call('GET', '/user/weft/jobs/once')).body.jobStatus.executionType, 'STOP')
  })

  async function one(method: string, path: string, body: unknown): Promise<void> {
    const answer = await call(method, path, body)
    assert.equal(answer.status, 201, `${method} ${path}: ${JSON.stringify(answer.body)}`)
  }
})
