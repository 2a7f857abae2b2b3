/**
 * What a runner keeps of its registration.
 * @module
 */
import assert from 'node:assert/strict'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { readRegistration, registrationEnv, writeRegistration } from '../../src/bin/registration.ts'
import { readConfig } from '../../src/config.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const ENTRY = { server: 'https://weft.example', token: 'weft_1', parties: ['10000', '10001'] }

describe('the registration', () => {
  it('comes back as it was kept, readable by this user alone, also over an older one', async () => {
    const folder = await temporaryFolder()
    assert.equal(await readRegistration(folder), undefined)
    await writeRegistration(folder, { ...ENTRY, token: null })
    const path = await writeRegistration(folder, ENTRY)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.deepEqual(await readRegistration(folder), ENTRY)
  })

  it('says the same as the variables of the environment', () => {
    const { runner } = readConfig(registrationEnv(ENTRY))
    assert.deepEqual(runner.server, { url: ENTRY.server, token: ENTRY.token })
    assert.deepEqual(runner.parties, ENTRY.parties)
    assert.equal(readConfig(registrationEnv({ ...ENTRY, token: null })).runner.server?.token, null)
    assert.deepEqual(registrationEnv(undefined), {})
  })

  it('keeps what a trusted runner was given as well', async () => {
    const folder = await temporaryFolder()
    const entry = { server: 'https://weft.example', databaseToken: 'weft_2', parties: null }
    await writeRegistration(folder, entry)
    assert.deepEqual(await readRegistration(folder), entry)
    const { database, runner } = readConfig(registrationEnv(entry))
    assert.deepEqual(database, { url: 'https://weft.example/hrana', authToken: 'weft_2' })
    assert.deepEqual(runner.app, { url: 'https://weft.example', token: 'weft_2' })
    assert.deepEqual([runner.server, runner.parties], [null, null])
    const some = readConfig(registrationEnv({ ...entry, parties: ['9999'] }))
    assert.deepEqual(some.runner.parties, ['9999'])
  })

  it('says what is wrong with a data directory that cannot be one', async () => {
    const path = join(await temporaryFolder(), 'file')
    await writeFile(path, '')
    await assert.rejects(
      readRegistration(path),
      /The data directory .*file cannot be used \(ENOTDIR: .*--data-dir DIR or WEFT_DATA_DIR/,
    )
  })

  it('is not read where others can read it, or when it is damaged', async () => {
    const folder = await temporaryFolder()
    const path = await writeRegistration(folder, ENTRY)
    await chmod(path, 0o640)
    await assert.rejects(readRegistration(folder), /Other users can read .*chmod 600/)
    await chmod(path, 0o600)
    for (const text of ['{', '{}', JSON.stringify({ ...ENTRY, parties: [] })]) {
      await writeFile(join(folder, 'runner.json'), text)
      await assert.rejects(readRegistration(folder), /holds no registration: run "weft-runner/)
    }
  })
})
