/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { DomainError } from '../../src/domain/error.ts'
import {
  createInvite,
  INVITE_LONGEST_MS,
  INVITE_MS,
  peekInvite,
  redeemInvite,
} from '../../src/domain/invite.ts'
import { checkToken } from '../../src/domain/token.ts'
import { fileDatabase, freshDatabase } from '../helpers/database.ts'
import { START } from '../helpers/jobs.ts'

const GUEST = { name: 'lab', parties: ['9999'], trusted: false } as const

function failure(kind: DomainError['kind'], message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof DomainError && error.kind === kind && message.test(error.message)
}

describe('an invitation', () => {
  it('gives a token for its parties and nothing else', async () => {
    const db = await freshDatabase()
    const code = await createInvite(db, GUEST, START)
    const { token, ...rest } = await redeemInvite(db, code, START + 1)
    assert.deepEqual(rest, GUEST)
    const authorization = `Bearer ${token}`
    const known = await checkToken(db, { authorization, kind: 'runner' }, START + 2)
    assert.deepEqual([known.name, known.parties], ['lab', ['9999']])
    await assert.rejects(checkToken(db, { authorization, kind: 'database' }, START + 2))
  })

  it('gives the database to a runner that is trusted', async () => {
    const db = await freshDatabase()
    const code = await createInvite(db, { name: '', parties: null, trusted: true }, START)
    assert.deepEqual(await peekInvite(db, code, START), { trusted: true })
    const { token } = await redeemInvite(db, code, START)
    const check = { authorization: `Bearer ${token}`, kind: 'database' } as const
    assert.equal((await checkToken(db, check, START)).readOnly, false)
  })

  it('is kept as a hash only, and has 80 bits in four groups', async () => {
    const db = await freshDatabase()
    const codes = new Set<string>()
    for (let n = 0; n < 50; n++) codes.add(await createInvite(db, GUEST, START))
    assert.equal(codes.size, 50)
    const stored = JSON.stringify(await db.selectFrom('invite').selectAll().execute())
    for (const code of codes) {
      assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
      assert.ok(!stored.includes(code) && !stored.includes(code.replaceAll('-', '')))
    }
  })

  it('is the same code in small letters, with other separators, and with letters for digits', async () => {
    const db = await freshDatabase()
    for (const change of [
      (code: string) => code.toLowerCase(),
      (code: string) => ` ${code.replaceAll('-', ' ')}\n`,
      (code: string) => code.replaceAll('-', '').replaceAll('0', 'o').replaceAll('1', 'l'),
    ]) {
      await redeemInvite(db, change(await createInvite(db, GUEST, START)), START)
    }
  })

  it('says whether a code is unknown, expired or used', async () => {
    const db = await freshDatabase()
    const unknown = failure('not_found', /knows no such code: check it for typing errors/)
    await assert.rejects(redeemInvite(db, 'AAAA-BBBB-CCCC-DDDD', START), unknown)
    await assert.rejects(redeemInvite(db, '', START), unknown)
    const old = await createInvite(db, GUEST, START)
    const expired = failure('conflict', /expired at 2023-.*ask whoever runs the server/)
    await assert.rejects(redeemInvite(db, old, START + INVITE_MS), expired)
    await assert.rejects(peekInvite(db, old, START + INVITE_MS), expired)
    await redeemInvite(db, old, START + INVITE_MS - 1)
    const used = failure('conflict', /was used at 2023-.*each is good for one runner/)
    await assert.rejects(redeemInvite(db, old, START + INVITE_MS - 1), used)
    assert.equal((await db.selectFrom('token').selectAll().execute()).length, 1)
  })

  it('is redeemed by exactly one of many at once, over several connections', async () => {
    const file = await fileDatabase()
    const handles = [file.db, file.again(), file.again(), file.again()]
    for (let round = 0; round < 5; round++) {
      const code = await createInvite(file.db, GUEST, START)
      const tries = Array.from({ length: 12 }, (_, n) => redeemInvite(handles[n % 4], code, START))
      const ends = await Promise.allSettled(tries)
      assert.equal(ends.filter(({ status }) => status === 'fulfilled').length, 1)
      for (const end of ends) {
        if (end.status === 'rejected') assert.match(String(end.reason), /was used at/)
      }
    }
    assert.equal((await file.db.selectFrom('token').selectAll().execute()).length, 5)
    await file.remove()
  })

  it('names parties unless it is trusted, and does not last for ever', async () => {
    const db = await freshDatabase()
    for (const parties of [null, []]) {
      await assert.rejects(createInvite(db, { ...GUEST, parties }, START), /names the parties/)
    }
    for (const lifetimeMs of [0, -1, Number.NaN, INVITE_LONGEST_MS + 1]) {
      await assert.rejects(createInvite(db, { ...GUEST, lifetimeMs }, START), /at most 30 days/)
    }
  })
})
