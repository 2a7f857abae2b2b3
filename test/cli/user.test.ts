/**
 * Accounts by command line.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'

import { scryptPasswords } from '../../src/bin/password.ts'
import { openDatabase } from '../../src/db/open-file.ts'
import { checkPassword, createAccount, removeAccount } from '../../src/domain/account.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { enterHost, submit } from '../helpers/framework.ts'
import { ROOT } from '../helpers/place.ts'

describe('user', () => {
  it('enters the first administrator, its password from standard input', async () => {
    const folder = await temporaryFolder()
    const run = (input: string, ...args: string[]) => {
      const cli = ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts'), 'user', ...args]
      const env = { PATH: process.env['PATH'], WEFT_DATA_DIR: folder }
      return spawnSync(process.execPath, cli, { cwd: ROOT, env, input, encoding: 'utf8' })
    }
    const made = run('secret 1\nand more\n', 'add', 'root', '--admin', '--email', 'r@x')
    assert.equal(made.stdout, 'Administrator root can log in\n', made.stderr)
    const db = openDatabase({ url: `file:${folder}/weft.db` })
    const passwords = scryptPasswords()
    const login = { name: 'root', password: 'secret 1' }
    const account = await checkPassword(db, login, passwords)
    assert.deepEqual([account?.admin, account?.email], [true, 'r@x'])

    for (const [input, args, words] of [
      ['secret 1\n', ['add', 'root'], /User name root already exists/],
      ['short\n', ['add', 'ann'], /A password has 6 to 1024 characters/],
      ['', ['add', 'ann'], /No password: write it to standard input/],
      ['secret 1\n', ['add', 'ann', 'secret 1'], /usage: user add NAME/],
      ['secret 1\n', ['add', 'ann', '--password', 'secret 1'], /Unknown option '--password'/],
    ] as const) {
      const { status, stderr } = run(input, ...args)
      assert.equal(status, 1, stderr)
      assert.match(stderr, words)
    }

    const quick = scryptPasswords({ logN: 10 })
    await createAccount(db, { name: 'ann', password: 'secret1' }, { passwords: quick, at: 0 })
    await enterHost(db)
    await submit(db, { owner: 'ann', name: 'hers' })
    await removeAccount(db, 'ann', 0)
    assert.match(run('secret 2\n', 'add', 'ann').stderr, /User ann was removed and still has jobs/)
    assert.equal(run('secret 2\n', 'add', 'ann', '--inherit').stdout, 'User ann can log in\n')
    await db.destroy()
  })
})
