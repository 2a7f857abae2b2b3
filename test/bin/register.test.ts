/**
 * Joining a server with a one-time code.
 * @module
 */
import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { register } from '../../src/bin/register.ts'
import { readRegistration, registrationEnv } from '../../src/bin/registration.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import { createInvite, type Invite } from '../../src/domain/invite.ts'
import { fileDatabase, type FileDatabase } from '../helpers/database.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { type HranaServer, serveHrana } from '../helpers/hrana.ts'

describe('register with a code', () => {
  let file: FileDatabase
  let server: HranaServer

  before(async () => {
    file = await fileDatabase()
    server = await serveHrana({ path: file.url.slice('file:'.length), db: file.db, auth: 'token' })
  })
  after(async () => {
    await server.close()
    await file.remove()
  })

  function code(invite: Partial<Invite> = {}): Promise<string> {
    const whole = { name: 'lab', parties: ['9999'], trusted: false, ...invite }
    return createInvite(file.db, whole, Date.now())
  }

  function configOf(folder: string) {
    return readConfig({ WEFT_DATA_DIR: folder, WEFT_SERVER_URL: server.url })
  }

  it('keeps the token for this user alone, pins the keys, and "run" needs nothing else', async () => {
    const folder = await temporaryFolder()
    const { path, fingerprints, trusted } = await register(configOf(folder), { code: await code() })
    assert.equal(trusted, false)
    assert.deepEqual(
      fingerprints.map(({ party }) => party),
      ['9999'],
    )
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const { runner } = readConfig(registrationEnv(await readRegistration(folder)))
    assert.deepEqual(runner.parties, ['9999'])
    assert.equal(runner.server?.url, server.url)
    assert.match(runner.server?.token ?? '', /^weft_[0-9a-f]{64}$/)
    const { identity_key: key } = await file.db
      .selectFrom('party')
      .select('identity_key')
      .where('id', '=', '9999')
      .executeTakeFirstOrThrow()
    assert.match(key ?? '', /^[\w-]{43}$/)
  })

  it('gives a trusted runner a token with which the database opens, and the address of the app', async () => {
    const folder = await temporaryFolder()
    const done = await register(configOf(folder), {
      code: await code({ trusted: true, parties: null }),
    })
    assert.equal(done.trusted, true)
    assert.equal((await stat(done.path)).mode & 0o777, 0o600)
    const { database, runner } = readConfig(registrationEnv(await readRegistration(folder)))
    assert.deepEqual([runner.server, runner.parties], [null, null])
    assert.equal(runner.app?.url, server.url)
    assert.equal(runner.app?.token, database.authToken)
    const db = openDatabase(database)
    assert.equal((await db.selectFrom('invite').selectAll().execute()).length > 0, true)
    await db.destroy()
  })

  it('keeps nothing when the code is wrong, used or expired, and says which', async () => {
    const used = await code()
    await register(configOf(await temporaryFolder()), { code: used }).catch(() => {})
    const old = await createInvite(
      file.db,
      { name: '', parties: ['9999'], trusted: false, lifetimeMs: 1000 },
      Date.now() - 2000,
    )
    const wrong: [string, RegExp][] = [
      ['AAAA-BBBB-CCCC-DDDD', /knows no such code/],
      [used, /was used at/],
      [old, /expired at/],
    ]
    for (const [text, message] of wrong) {
      const folder = await temporaryFolder()
      await assert.rejects(register(configOf(folder), { code: text }), message)
      assert.equal(await readRegistration(folder), undefined)
    }
  })

  it('uses no code up when the data directory is not usable', async () => {
    const path = join(await temporaryFolder(), 'file')
    await writeFile(path, '')
    const text = await code({ parties: ['20000'] })
    await assert.rejects(
      register(configOf(path), { code: text }),
      /The data directory .*file cannot be used \(EEXIST: it is no directory\).*--data-dir DIR/,
    )
    await register(configOf(await temporaryFolder()), { code: text })
  })

  it('keeps the token when the server refuses the runner afterwards, and says so', async () => {
    const folder = await temporaryFolder()
    await register(configOf(await temporaryFolder()), { code: await code({ parties: ['30000'] }) })
    // Another data directory has another key for the same party.
    await assert.rejects(
      register(configOf(folder), { code: await code({ parties: ['30000'] }) }),
      /kept in .*runner\.json, but the server refused this runner: Party 30000 is pinned/,
    )
    assert.match(await readFile(join(folder, 'runner.json'), 'utf8'), /weft_/)
  })

  it('asks for what is missing', async () => {
    const folder = await temporaryFolder()
    await assert.rejects(register(readConfig({ WEFT_DATA_DIR: folder })), /Add --server URL/)
    await assert.rejects(register(configOf(folder)), /Add --code CODE, or --parties/)
    const away = readConfig({ WEFT_DATA_DIR: folder, WEFT_SERVER_URL: 'http://127.0.0.1:9' })
    await assert.rejects(register(away, { code: 'x' }), /cannot be reached .*check --server/)
  })
})
