import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { Hono } from 'hono'

import { scryptPasswords } from '../../../src/bin/password.ts'
import { loginRoutes } from '../../../src/console/login.tsx'
import type { Db } from '../../../src/db/type.ts'
import { type Account, createAccount, findAccount } from '../../../src/domain/account.ts'
import { createAccountToken, principalOf } from '../../../src/domain/principal.ts'
import { freshDatabase } from '../../helpers/database.ts'
import { quietDeps } from '../../helpers/deps.ts'

describe('logging in with a name and a password', () => {
  const passwords = scryptPasswords({ logN: 10 })
  let db: Db
  let app: Hono
  before(async () => {
    db = await freshDatabase()
    await createAccount(db, { name: 'eve', password: 'secret1' }, { passwords, at: 0 })
    app = new Hono()
    app.route(
      '/',
      loginRoutes({
        ...quietDeps(db, { bodyLimit: 1024 }),
        passwords,
        now: () => 1000,
      }),
    )
  })
  after(() => db.destroy())
  const login = async (username: string, password: string) =>
    app.request('/login', { method: 'POST', body: new URLSearchParams({ username, password }) })

  it('gives a cookie with a token of that account, for a week', async () => {
    const answer = await login('eve', 'secret1')
    assert.equal(answer.status, 303)
    const cookie = answer.headers.get('set-cookie') ?? ''
    assert.match(cookie, /HttpOnly; SameSite=Lax/)
    const [, token] = /weft_token=([^;]+)/.exec(cookie) ?? []
    const caller = await principalOf(db, `Bearer ${token}`, 2000)
    assert.deepEqual([caller?.name, caller?.admin], ['eve', false])
    await assert.rejects(principalOf(db, `Bearer ${token}`, 8 * 24 * 3_600_000), /invalid/)
  })

  it('is refused in the same words for a wrong password and for a name that is not there', async () => {
    for (const [name, password] of [
      ['eve', 'wrong-one'],
      ['nobody', 'secret1'],
      ['', ''],
    ] as const) {
      const answer = await login(name, password)
      assert.equal(answer.status, 422)
      assert.equal(answer.headers.get('set-cookie'), null)
      assert.match(await answer.text(), /This name and password are not valid/)
    }
  })

  it('leads to the page that was wanted, and to no other site', async () => {
    const to = '/jobs?state=failed&order=longest'
    const asked = await app.request(`/login?${new URLSearchParams({ to })}`)
    const fields = [...(await asked.text()).matchAll(/name="to" value="([^"]*)"/g)]
    assert.deepEqual(
      fields.map(([, value]) => value),
      [to.replace('&', '&amp;'), to.replace('&', '&amp;')],
    )
    for (const [wanted, leads] of [
      [to, to],
      ['//evil.example/', '/'],
      ['https://evil.example/', '/'],
    ]) {
      const form = { username: 'eve', password: 'secret1', to: wanted }
      const answer = await app.request('/login', {
        method: 'POST',
        body: new URLSearchParams(form),
      })
      assert.equal(answer.headers.get('location'), leads)
    }
    const wrong = await app.request('/login', {
      method: 'POST',
      body: new URLSearchParams({ token: 'guess', to }),
    })
    assert.match(await wrong.text(), /name="to" value="\/jobs\?state=failed&amp;order=longest"/)
  })

  it('is over when the browser logs out, but for tokens of programs', async () => {
    const cookie = (await login('eve', 'secret1')).headers.get('set-cookie') ?? ''
    const [, token] = /weft_token=([^;]+)/.exec(cookie) ?? []
    const logout = (text: string) =>
      app.request('/logout', { method: 'POST', headers: { cookie: `weft_token=${text}` } })
    const answer = await logout(token)
    assert.equal(answer.headers.get('location'), '/login')
    assert.match(answer.headers.get('set-cookie') ?? '', /^weft_token=; Max-Age=0; Path=\//)
    await assert.rejects(principalOf(db, `Bearer ${token}`, 2000), /invalid/)

    const account = (await findAccount(db, 'eve')) as Account
    const kept = await createAccountToken(db, { account, application: true }, 1000)
    assert.equal((await logout(kept)).status, 303)
    assert.equal((await principalOf(db, `Bearer ${kept}`, 2000))?.name, 'eve')
    assert.equal((await logout('nonsense')).status, 303)
  })
})
