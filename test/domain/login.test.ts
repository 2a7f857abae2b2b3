/**
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'

import type { Db } from '../../src/db/type.ts'
import { createAccount, type Passwords } from '../../src/domain/account.ts'
import { logIn } from '../../src/domain/login.ts'
import { freshDatabase } from '../helpers/database.ts'

describe('logging in', () => {
  let db: Db
  let checks = 0
  const passwords: Passwords = {
    hash: (password) => Promise.resolve(`kept ${password}`),
    check(password, hash) {
      checks += 1
      return Promise.resolve(hash === `kept ${password}`)
    },
  }
  const from = (address: string, name: string, password: string, at: number) =>
    logIn(db, { name, password, address }, { passwords, at })
  before(async () => {
    db = await freshDatabase()
    await createAccount(db, { name: 'ann', password: 'secret-1' }, { passwords, at: 0 })
  })
  beforeEach(async () => {
    await db.deleteFrom('login_failure').execute()
  })
  after(() => db.destroy())

  it('does the same work for a name that is not there', async () => {
    for (const name of ['ann', 'nobody']) {
      checks = 0
      assert.equal(await from('1.1.1.1', name, 'wrong-1', 0), undefined)
      assert.equal(checks, 1, name)
    }
  })

  it('has to wait longer and longer after five failures, with the right password as well', async () => {
    for (let turn = 0; turn < 6; turn += 1) await from('1.1.1.1', 'ann', 'wrong-1', 1000)
    checks = 0
    await assert.rejects(from('1.1.1.1', 'ann', 'secret-1', 1001), /try again in 1 seconds/)
    assert.equal(checks, 0)
    assert.equal(await from('1.1.1.1', 'ann', 'wrong-1', 2000), undefined)
    await assert.rejects(from('1.1.1.1', 'ann', 'secret-1', 2001), /try again in 2 seconds/)
    assert.equal((await from('1.1.1.1', 'ann', 'secret-1', 4001))?.name, 'ann')
    assert.equal(await from('1.1.1.1', 'ann', 'wrong-1', 4002), undefined)
    assert.equal((await from('1.1.1.1', 'ann', 'secret-1', 4003))?.name, 'ann')
  })

  it('never waits more than a quarter of an hour, and forgets after an hour', async () => {
    let at = 0
    for (let turn = 0; turn < 30; turn += 1) {
      await from('1.1.1.1', 'ann', 'wrong-1', at)
      at += 15 * 60_000
    }
    const { until } = await db
      .selectFrom('login_failure')
      .select((one) => one.fn.max('until').as('until'))
      .executeTakeFirstOrThrow()
    assert.equal(until, at)
    at += 61 * 60_000
    for (let turn = 0; turn < 5; turn += 1) await from('1.1.1.1', 'ann', 'wrong-1', at)
    assert.equal((await from('1.1.1.1', 'ann', 'secret-1', at))?.name, 'ann')
  })

  it('counts guesses that come at the same time, and a right one is none', async () => {
    checks = 0
    const turns = await Promise.allSettled(
      Array.from({ length: 30 }, () => from('1.1.1.1', 'ann', 'wrong-1', 1000)),
    )
    assert.equal(checks, 6)
    assert.equal(turns.filter(({ status }) => status === 'rejected').length, 24)
    for (let turn = 0; turn < 60; turn += 1)
      assert.equal((await from('2.2.2.2', 'ann', 'secret-1', 1000))?.name, 'ann')
    const rows = await db.selectFrom('login_failure').select('count').orderBy('count').execute()
    assert.deepEqual(
      rows.map(({ count }) => count),
      [0, 6, 6],
    )
  })

  it('keeps nobody out who comes from elsewhere', async () => {
    for (let turn = 0; turn < 6; turn += 1) await from('6.6.6.6', 'ann', 'wrong-1', 0)
    await assert.rejects(from('6.6.6.6', 'ann', 'secret-1', 1), /Too many/)
    assert.equal((await from('1.1.1.1', 'ann', 'secret-1', 1))?.name, 'ann')
  })

  it('holds back an address that tries many names', async () => {
    for (let turn = 0; turn < 51; turn += 1) await from('6.6.6.6', `n${turn}`, 'wrong-1', 0)
    await assert.rejects(from('6.6.6.6', 'one-more', 'wrong-1', 1), /Too many/)
    await from('1.1.1.1', 'one-more', 'wrong-1', 1)
  })
})
