/**
 * Where an addon is put before it is loaded.
 * @module
 */
import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import process from 'node:process'
import { describe, it } from 'node:test'

import { unpack } from '../../src/bin/unpack.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const BYTES = new TextEncoder().encode('an addon')
const name = 'a.node'

describe('unpack', () => {
  it('writes a file of this user alone, once for the same bytes', async () => {
    const tempDir = await temporaryFolder()
    const path = unpack(BYTES, { name, tempDir })
    assert.deepEqual(new Uint8Array(await readFile(path)), BYTES)
    assert.equal((await stat(path)).mode & 0o777, 0o500)
    assert.equal((await stat(dirname(path))).mode & 0o777, 0o700)
    await utimes(path, 1, 1)
    assert.equal(unpack(BYTES, { name, tempDir }), path)
    assert.equal((await stat(path)).mtimeMs, 1000)
    assert.deepEqual(await readdir(dirname(path)), [basename(path)])
  })

  it('other bytes lie beside it', async () => {
    const tempDir = await temporaryFolder()
    const other = new TextEncoder().encode('a newer addon')
    assert.notEqual(unpack(BYTES, { name, tempDir }), unpack(other, { name, tempDir }))
  })

  it('replaces a file that holds anything else', async () => {
    const tempDir = await temporaryFolder()
    const path = unpack(BYTES, { name, tempDir })
    await chmod(path, 0o700)
    await writeFile(path, 'half')
    assert.equal(unpack(BYTES, { name, tempDir }), path)
    assert.deepEqual(new Uint8Array(await readFile(path)), BYTES)
  })

  it('uses no folder that somebody else could write to, and no link', async () => {
    const own = `weft-runner-${process.getuid?.()}`
    const open = await temporaryFolder()
    await mkdir(join(open, own))
    await chmod(join(open, own), 0o777)
    const linked = await temporaryFolder()
    await symlink(await temporaryFolder(), join(linked, own))
    for (const tempDir of [open, linked]) {
      assert.throws(() => unpack(BYTES, { name, tempDir }), /somebody else may write.*--temp-dir/)
    }
  })

  it('names the directory that is missing, and the flag for another', async () => {
    const tempDir = join(await temporaryFolder(), 'missing')
    assert.throws(
      () => unpack(BYTES, { name, tempDir }),
      new RegExp(`${tempDir} is not usable \\(ENOENT\\).*--temp-dir DIR, or with TMPDIR`),
    )
  })
})
