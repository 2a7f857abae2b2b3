/**
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { openImport } from '../../../src/runner/data/import-path.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('openImport', () => {
  let base: string
  let roots: string[]

  before(async () => {
    base = await temporaryFolder()
    roots = [join(base, 'data'), join(base, 'more')]
    await mkdir(join(base, 'data', 'deep'), { recursive: true })
    await mkdir(join(base, 'more'))
    await mkdir(join(base, 'data-secret'))
    await writeFile(join(base, 'secret.csv'), 'secret')
    await writeFile(join(base, 'data-secret', 'a.csv'), 'secret')
    await writeFile(join(base, 'data', 'a.csv'), 'first')
    await writeFile(join(base, 'more', 'a.csv'), 'second')
    await writeFile(join(base, 'more', 'b.csv'), 'only here')
    await symlink(join(base, 'secret.csv'), join(base, 'data', 'out.csv'))
    await symlink(join(base, 'data', 'a.csv'), join(base, 'data', 'in.csv'))
    await symlink(base, join(base, 'data', 'up'))
    await symlink(join(base, 'data'), join(base, 'linked-root'))
  })

  async function read(path: string, under = roots): Promise<string> {
    const { file, bytes } = await openImport(path, under)
    const text = await file.readFile('utf8')
    await file.close()
    assert.equal(bytes, text.length)
    return text
  }

  it('looks under each root in turn', async () => {
    assert.equal(await read('a.csv'), 'first')
    assert.equal(await read('b.csv'), 'only here')
    assert.equal(await read('deep/../a.csv'), 'first')
  })

  it('takes an absolute path under a root, and links that stay under it', async () => {
    assert.equal(await read(join(base, 'more', 'a.csv')), 'second')
    assert.equal(await read('in.csv'), 'first')
    const linked = join(base, 'linked-root')
    assert.equal(await read(join(linked, 'a.csv'), [linked]), 'first')
    assert.equal(await read(join(base, 'data', 'a.csv'), [linked]), 'first')
  })

  it('lets nothing out: not by dots, not by absolute paths, not by links, not by a like name', async () => {
    const ways = [
      '../secret.csv',
      'deep/../../secret.csv',
      join(base, 'secret.csv'),
      '/etc/passwd',
      'out.csv',
      'up/secret.csv',
      '../data-secret/a.csv',
      join(base, 'data-secret', 'a.csv'),
    ]
    for (const way of ways) {
      await assert.rejects(
        read(way, [roots[0]]),
        /lies outside the import directories "data" of this runner/,
        way,
      )
    }
  })

  it('names the roots of a file that is nowhere, without their paths', async () => {
    await assert.rejects(read('none.csv'), (error: Error) => {
      assert.equal(
        error.message,
        'File "none.csv" was not found; looked in the import directories "data", "more" of this runner',
      )
      return true
    })
    await assert.rejects(read(join(base, 'more', 'none.csv')), /was not found/)
  })

  it('refuses directories, empty names and NUL bytes', async () => {
    await assert.rejects(read('deep'), /"deep" is a directory: name a file/)
    await assert.rejects(read(''), /names no file/)
    await assert.rejects(read('a.csv\0.txt'), /names no file/)
  })

  it('reads nothing when there is no root', async () => {
    await assert.rejects(read('a.csv', []), /it has no import directory/)
    await assert.rejects(read('a.csv', [join(base, 'gone')]), /it has no import directory/)
  })
})
