/**
 * Paths that clients name, and uploads that wait for a runner.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { diskFiles, sweepSpool } from '../../src/bin/files.ts'

describe('files on disk', () => {
  let folder: string
  let root: string
  let spool: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-files-'))
    root = join(folder, 'import')
    spool = join(folder, 'spool')
    await mkdir(join(root, 'deep'), { recursive: true })
    await writeFile(join(root, 'deep', 'table.csv'), 'id\n1\n')
    await writeFile(join(folder, 'secret.csv'), 'id\n1\n')
    await symlink(join(folder, 'secret.csv'), join(root, 'link.csv'))
  })
  after(() => rm(folder, { recursive: true }))

  const files = () => diskFiles({ spoolDir: spool, importRoots: [root] })

  it('a file under an import folder may be named, relative or absolute', async () => {
    assert.equal(await files().checkImport('deep/table.csv'), 'deep/table.csv')
    const absolute = join(root, 'deep/table.csv')
    assert.equal(await files().checkImport(absolute), absolute)
  })

  const refused: [name: string, path: () => string, message: RegExp][] = [
    [
      'a file that is not there',
      () => 'deep/other.csv',
      /"deep\/other\.csv" is not in the import folders/,
    ],
    ['a folder', () => 'deep', /"deep" is a folder/],
    ['a way up', () => '../secret.csv', /outside the import folders/],
    ['another absolute path', () => join(folder, 'secret.csv'), /outside the import folders/],
    ['one that does not exist', () => join(folder, 'nothing.csv'), /outside the import folders/],
    ['a link that leaves', () => 'link.csv', /is not in the import folders/],
  ]
  for (const [name, path, message] of refused) {
    it(`refuses ${name}`, async () => {
      await assert.rejects(files().checkImport(path()), message)
    })
  }

  it('an upload is kept until it is dropped, and one that is too large leaves nothing', async () => {
    const body = () => new Blob(['id,x\n1,2\n']).stream() as ReadableStream<Uint8Array>
    const { id, bytes } = await files().spool(body(), 100)
    assert.equal(bytes, 9)
    assert.equal(await new Response(await files().openSpool(id)).text(), 'id,x\n1,2\n')
    await files().dropSpool(id)
    await assert.rejects(files().openSpool(id), /is gone: upload it again/)
    await assert.rejects(files().spool(body(), 5), /larger than 5 bytes/)
    assert.deepEqual(await readdir(spool), [])
    await assert.rejects(files().openSpool('../secret'), /No spooled upload/)
  })

  it('uploads that nobody fetched are given up after their time', async () => {
    const body = new Blob(['x']).stream() as ReadableStream<Uint8Array>
    const { id } = await files().spool(body, 100)
    await sweepSpool(spool, 60_000)
    assert.deepEqual(await readdir(spool), [id])
    const old = new Date(Date.now() - 120_000)
    await utimes(join(spool, id), old, old)
    await sweepSpool(spool, 60_000)
    assert.deepEqual(await readdir(spool), [])
  })
})
