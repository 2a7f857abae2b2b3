import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { scryptPasswords } from '../../../src/bin/password.ts'
import { getGroup } from '../../../src/domain/account-group.ts'
import { checkPassword, createAccount, getAccount } from '../../../src/domain/account.ts'
import { createAccountToken, listAccountTokens } from '../../../src/domain/principal.ts'
import { saveCluster } from '../../../src/domain/virtual-cluster.ts'
import { enterHost } from '../../helpers/framework.ts'
import { part, policyBreaches, textOf } from '../html.ts'
import { type TestConsole, testConsole } from '../seed.ts'

const passwords = scryptPasswords({ logN: 10 })
const FREE = { cores: null, memoryMb: null, gpus: null }

describe('pages of people', () => {
  let test: TestConsole
  before(async () => {
    test = await testConsole({ passwords })
    await enterHost(test.db)
    for (const name of ['small', 'large']) await saveCluster(test.db, { name, quota: FREE }, 0)
  })
  after(() => test.close())

  const post = async (path: string, fields: [string, string][], headers = {}) =>
    test.app.request(path, { method: 'POST', headers, body: new URLSearchParams(fields) })

  it('have groups with what their members may use; what others keep there stays', async () => {
    const made = await post('/batch/groups', [
      ['name', 'lab'],
      ['description', 'The lab'],
      ['cluster', 'small'],
      ['cluster', 'large'],
      ['storage', 'data'],
      ['storage', 'models'],
      ['default', 'models'],
    ])
    assert.equal(made.headers.get('location'), '/batch/groups')
    const lab = await getGroup(test.db, 'lab')
    assert.deepEqual(lab.virtualClusters, ['small', 'large'])
    assert.deepEqual(lab.storages, ['models', 'data'])
    const list = (await test.page('/batch/groups')).html
    assert.deepEqual(policyBreaches(list), [])
    assert.match(textOf(part(list, 'group-lab')), /lab The lab – small, large models, data Change/)
    const twice = await post('/batch/groups', [['name', 'lab']])
    assert.equal(twice.status, 422)
    assert.match(textOf(await twice.text()), /Group name lab already exists/)

    await test.db
      .updateTable('account_group')
      .set({ extension: JSON.stringify({ note: 1, acls: { admin: false } }) as never })
      .execute()
    await post('/batch/groups/lab', [
      ['description', ''],
      ['externalName', 'cn=lab'],
      ['cluster', 'small'],
    ])
    const { extension, externalName, description } = await getGroup(test.db, 'lab')
    assert.deepEqual([externalName, description], ['cn=lab', ''])
    assert.deepEqual(extension, {
      note: 1,
      acls: { admin: false, virtualClusters: ['small'], storageConfigs: [] },
    })
    const page = (await test.page('/batch/groups/lab')).html
    assert.deepEqual(policyBreaches(page), [])
    assert.match(page, /name="cluster" value="small" checked/)
    assert.doesNotMatch(page, /name="cluster" value="large" checked/)
    assert.equal((await test.page('/batch/groups/none')).status, 404)
  })

  it('change a user’s groups, virtual clusters, email and password', async () => {
    await post('/batch/users', [
      ['name', 'eve'],
      ['password', 'secret1'],
      ['group', 'lab'],
    ])
    const before = (await test.page('/batch/users/eve')).html
    assert.deepEqual(policyBreaches(before), [])
    assert.match(before, /name="group" value="lab" checked/)
    assert.match(textOf(part(before, 'rights')), /Virtual clusters default, small/)
    assert.match(textOf((await test.page('/batch/groups/lab')).html), /Members .*eve/)
    await post('/batch/users/eve', [
      ['email', 'e@x'],
      ['newPassword', ''],
      ['cluster', 'large'],
    ])
    const { groups, virtualClusters, email } = await getAccount(test.db, 'eve')
    assert.deepEqual([groups, virtualClusters, email], [[], ['large'], 'e@x'])
    const login = { name: 'eve', password: 'secret1' }
    assert.ok(await checkPassword(test.db, login, passwords), 'an empty one leaves it as it is')
    const short = await post('/batch/users/eve', [['newPassword', 'x']])
    assert.equal(short.status, 422)
    assert.match(textOf(await short.text()), /A password has 6 to 1024 characters/)
    assert.deepEqual((await getAccount(test.db, 'eve')).virtualClusters, ['large'])
    await post('/batch/users/eve', [['newPassword', 'secret2']])
    assert.equal(await checkPassword(test.db, login, passwords), undefined)
    await post('/batch/users/eve/admin', [['admin', '1']])
    assert.equal((await getAccount(test.db, 'eve')).admin, true)
    const kept = await post('/batch/users/eve/remove', [])
    assert.match(textOf(await kept.text()), /Admin eve can/)
    await post('/batch/users/eve/admin', [['admin', '']])
    assert.equal((await post('/batch/users/eve/remove', [])).status, 303)
    assert.equal((await test.page('/batch/users/eve')).status, 404)
  })

  it('remove a group, whose members keep nothing of it', async () => {
    await createAccount(
      test.db,
      { name: 'kim', password: 'secret1', groups: ['lab'] },
      { passwords, at: 0 },
    )
    assert.equal((await post('/batch/groups/lab/remove', [])).status, 303)
    // One of that name that is made later is another.
    await post('/batch/groups', [
      ['name', 'lab'],
      ['cluster', 'large'],
    ])
    assert.deepEqual((await getAccount(test.db, 'kim')).groups, [])
    const { html } = await test.page('/batch/users/kim')
    assert.match(textOf(part(html, 'rights')), /Virtual clusters default Make/)
  })

  it('name tokens, say when they were used, and revoke all others', async () => {
    const account = await getAccount(test.db, 'kim')
    const token = await createAccountToken(test.db, { account, application: false }, Date.now())
    const headers = { cookie: `weft_token=${token}` }
    for (const label of ['night build', ''])
      assert.equal((await post('/batch/me/tokens', [['label', label]], headers)).status, 200)
    const long = await post('/batch/me/tokens', [['label', 'x'.repeat(101)]], headers)
    assert.equal(long.status, 422)
    const { html } = await test.page('/batch/me', false, headers)
    assert.deepEqual(policyBreaches(html), [])
    const words = textOf(part(html, 'tokens'))
    assert.match(words, /Session \w{12} · this session/)
    assert.match(words, /night build \w{12} .*never never Revoke night build/)
    assert.match(words, /For a program/)
    const answer = await post('/batch/me/tokens/revoke-all', [], headers)
    assert.equal(answer.headers.get('location'), '/batch/me')
    const left = await listAccountTokens(test.db, account, Date.now())
    assert.deepEqual(
      left.map(({ application, label }) => [application, label]),
      [[false, '']],
    )
    const alone = (await test.page('/batch/me', false, headers)).html
    assert.doesNotMatch(alone, /Revoke all others/)
  })
})
