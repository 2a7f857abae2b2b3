/**
 * The invitation that the command prints.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'

import { openDatabase } from '../../src/db/open-file.ts'
import { redeemInvite } from '../../src/domain/invite.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/place.ts'

const CODE = /^weft-runner register --server (\S+) --code (\S+)\n$/

function invite(dataDir: string, args: string[], env: Record<string, string> = {}) {
  const cli = ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts'), 'runner', 'invite', ...args]
  const { stdout, stderr, status } = spawnSync(process.execPath, cli, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], WEFT_DATA_DIR: dataDir, ...env },
    encoding: 'utf8',
  })
  return { stdout, stderr, status }
}

describe('runner invite', () => {
  it('prints one command, whose code is good for the party and the time that were asked for', async () => {
    const folder = await temporaryFolder()
    const made = invite(folder, ['--party', '9999', '--name', 'lab', '--expires', '2d'], {
      WEFT_PUBLIC_URL: 'https://weft.example',
    })
    const [, url, code] = CODE.exec(made.stdout) ?? []
    assert.equal(url, 'https://weft.example', made.stderr)
    const db = openDatabase({ url: `file:${join(folder, 'weft.db')}` })
    const day = 24 * 3_600_000
    await assert.rejects(redeemInvite(db, code, Date.now() + 2 * day), /expired/)
    const { name, parties, trusted } = await redeemInvite(db, code, Date.now() + 1.9 * day)
    assert.deepEqual([name, parties, trusted], ['lab', ['9999'], false])
    await db.destroy()
  })

  it('says what is missing or wrong in a sentence', async () => {
    const folder = await temporaryFolder()
    const wrong: [string[], Record<string, string>, RegExp][] = [
      [[], {}, /Add --party 10000, or --trusted/],
      [['--party', ' ,'], {}, /Add --party 10000, or --trusted/],
      [['--party', '1', '--expires', 'soon'], {}, /--expires is a number with s, m, h or d/],
      [['--party', '1', '--expires', '90d'], {}, /at most 30 days/],
      [['--trusted'], { WEFT_DATABASE_URL: 'https://db.example' }, /not a file of this server/],
    ]
    for (const [args, env, message] of wrong) {
      const { status, stderr, stdout } = invite(folder, args, env)
      assert.equal(status, 1)
      assert.equal(stdout, '')
      assert.match(stderr, message)
    }
  })
})
