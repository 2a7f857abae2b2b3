/**
 * Paths that clients name, and uploads that wait for a runner.
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { diskFiles, sweepSpool } from '../../src/bin/files.ts'
import type { Frame } from '../../src/compute/ml/frame.ts'
import { saveFrame } from '../../src/runner/data/frame-store.ts'
import { outputLocation } from '../../src/runner/data/path.ts'
import { temporaryFolder } from '../helpers/folder.ts'

describe('files on disk', () => {
  let folder: string
  let root: string
  let spool: string
  before(async () => {
    folder = await temporaryFolder()
    root = join(folder, 'import')
    spool = join(folder, 'spool')
    await mkdir(join(root, 'deep'), { recursive: true })
    await writeFile(join(root, 'deep', 'table.csv'), 'id\n1\n')
    await writeFile(join(folder, 'secret.csv'), 'id\n1\n')
    await symlink(join(folder, 'secret.csv'), join(root, 'link.csv'))
  })
  const files = () => diskFiles({ spoolDir: spool, importRoots: [root] })

  it('a file under an import folder may be named, relative or absolute', async () => {
    assert.equal(await files().checkImport('deep/table.csv'), 'deep/table.csv')
    const absolute = join(root, 'deep/table.csv')
    assert.equal(await files().checkImport(absolute), absolute)
  })

  it('a file may be written below the export folder, and nowhere else', () => {
    const exports = join(folder, 'export')
    const { checkExport } = diskFiles({ spoolDir: spool, importRoots: [], exportDir: exports })
    assert.ok(checkExport)
    checkExport('a/b.csv')
    checkExport(join(exports, 'b.csv'))
    for (const path of ['../b.csv', 'a/../../b.csv', '/b.csv', `${exports}-2/b.csv`, '.', 'a\0b']) {
      assert.throws(() => checkExport(path), /outside the export folder.*WEFT_EXPORT_DIR/)
    }
  })

  it("rows of a component are read from this host's own data directory only", async () => {
    const dataDir = join(folder, 'data')
    const output = { jobId: 'j', role: 'guest', party: '1', node: 'n_0' }
    const frame = { kind: 'raw', idName: 'id', ids: ['a', 'b'], columns: [] } as const
    await saveFrame(dataDir, outputLocation(output, 'table'), { ...frame, ids: [...frame.ids] })
    const { openRows } = diskFiles({ spoolDir: spool, importRoots: [], dataDir, site: 'here' })
    assert.ok(openRows)
    const read = async (place: Parameters<typeof openRows>[0], limit?: number) => {
      const rows = await openRows(place, { limit })
      if (!rows) return undefined
      const chunks: Uint8Array[] = []
      for await (const chunk of rows.lines()) chunks.push(chunk)
      return Buffer.concat(chunks).toString()
    }
    assert.equal(await read({ ...output, site: 'here' }), 'a\nb\n')
    assert.equal(await read({ ...output, site: 'here' }, 1), 'a\n')
    assert.equal(await read({ ...output, site: 'there' }), undefined)
    assert.equal(await read({ ...output, site: 'here', node: 'n_1' }), undefined)
  })

  it('pages of rows are those that the file has there, in the order of its heading', async () => {
    const dataDir = join(folder, 'paged')
    const output = { jobId: 'j', role: 'guest', party: '1', node: 'n_0' }
    const ids = Array.from({ length: 250 }, (_, row) => `é${row}`)
    const frame: Frame = {
      kind: 'data',
      idName: 'id',
      ids,
      labelName: 'y',
      columns: [
        { name: 'x', type: 'number', values: Float64Array.from(ids, (_, row) => row / 2) },
        { name: 'y', type: 'text', values: ids.map((id) => `of ${id}`) },
      ],
    }
    await saveFrame(dataDir, outputLocation(output, 'table', 'train'), frame)
    const { readRows } = diskFiles({ spoolDir: spool, importRoots: [], dataDir, site: 'here' })
    assert.ok(readRows)
    const place = { ...output, site: 'here', output: 'train' }
    assert.deepEqual(await readRows(place, { offset: 100, limit: 2 }), [
      ['é100', 'of é100', 50],
      ['é101', 'of é101', 50.5],
    ])
    assert.equal((await readRows(place, { offset: 240, limit: 50 }))?.length, 10)
    assert.deepEqual(await readRows(place, { offset: 1000, limit: 50 }), [])
    const other = { offset: 0, limit: 1 }
    assert.equal(await readRows({ ...place, site: 'there' }, other), undefined)
    assert.equal(await readRows({ ...place, output: 'test' }, other), undefined)
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
