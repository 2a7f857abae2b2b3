/**
 * Parties by command line.
 * @module
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'

import { temporaryFolder } from '../helpers/folder.ts'
import { ROOT } from '../helpers/place.ts'

describe('party', () => {
  it('enters the address that clients call a party by, and lists it', async () => {
    const folder = await temporaryFolder()
    const run = (...args: string[]) => {
      const cli = ['--import', 'tsx', join(ROOT, 'src/bin/cli.ts'), 'party', ...args]
      const env = { PATH: process.env['PATH'], WEFT_DATA_DIR: folder }
      const { stdout, stderr } = spawnSync(process.execPath, cli, {
        cwd: ROOT,
        env,
        encoding: 'utf8',
      })
      return { stdout, stderr }
    }
    assert.match(
      run('add', '9999', '--url', 'HTTP://FL.example.com/train1/').stdout,
      /^Clients that say http:\/\/fl\.example\.com\/train1 mean party 9999\n$/,
    )
    assert.equal(run('list').stdout, '9999\t(no key yet)\thttp://fl.example.com/train1\n')
    assert.match(run('add', '9999').stderr, /usage: party add/)
    assert.match(run('add', '9999', '--url', 'ftp://x').stderr, /expected http/)
  })
})
