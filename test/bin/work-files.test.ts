import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { workFiles } from '../../src/bin/work-files.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const LIMIT = 1024
const bytes = (text: string) => new Blob([text]).stream()

describe('files of works', () => {
  let folder: string
  let root: string
  const files = () => workFiles(root)

  before(async () => {
    folder = await temporaryFolder()
    root = join(folder, 'works')
    await mkdir(join(folder, 'outside'))
    await writeFile(join(folder, 'outside', 'secret'), 'secret')
  })
  it('are kept, listed by name, read and deleted', async () => {
    const place = { directory: '/ann', name: 'main.sql' }
    await files().put(place, bytes('SELECT 1'), LIMIT)
    const made = await files().put({ ...place, name: '数据 a.csv' }, bytes('1,2'), LIMIT)
    assert.deepEqual([made.name, made.bytes], ['数据 a.csv', 3])
    await files().put(place, bytes('SELECT 22'), LIMIT)
    const list = await files().list('/ann')
    assert.deepEqual(
      list.map((file) => [file.name, file.bytes]),
      [
        ['main.sql', 9],
        ['数据 a.csv', 3],
      ],
    )
    const opened = await files().open(place)
    assert.deepEqual([opened.bytes, await new Response(opened.body).text()], [9, 'SELECT 22'])
    await files().drop(place)
    await assert.rejects(files().open(place), { kind: 'not_found', subject: 'file' })
    await assert.rejects(files().drop(place), { kind: 'not_found' })
  })

  it('past the limit leave nothing behind, and what was there stays', async () => {
    const place = { directory: 'limit', name: 'a' }
    await files().put(place, bytes('old'), LIMIT)
    await assert.rejects(files().put(place, bytes('x'.repeat(LIMIT + 1)), LIMIT), {
      kind: 'limit',
    })
    assert.deepEqual(await readdir(join(root, 'limit')), ['a'])
    assert.equal(await readFile(join(root, 'limit', 'a'), 'utf8'), 'old')
  })

  for (const name of ['..', '.hidden', 'a/b', 'a\\b', '', 'a\nb', 'é'.repeat(200)]) {
    it(`are refused by the name ${JSON.stringify(name.slice(0, 10))}`, async () => {
      await assert.rejects(files().put({ directory: 'n', name }, bytes(''), LIMIT), {
        kind: 'invalid',
      })
      await assert.rejects(files().open({ directory: 'n', name }), { kind: 'invalid' })
    })
  }

  it('never lead out of the works folder, by words or by links', async () => {
    await mkdir(root, { recursive: true })
    await symlink(join(folder, 'outside'), join(root, 'link'))
    for (const directory of ['../outside', 'link', 'link/new', 'a/../../outside']) {
      await assert.rejects(files().list(directory), { kind: 'invalid' }, directory)
    }
    assert.deepEqual(await readdir(join(folder, 'outside')), ['secret'])
    await files().put({ directory: 'own', name: 'real' }, bytes(''), LIMIT)
    await symlink(join(folder, 'outside', 'secret'), join(root, 'own', 'alias'))
    const place = { directory: 'own', name: 'alias' }
    assert.deepEqual(
      (await files().list('own')).map(({ name }) => name),
      ['real'],
    )
    await assert.rejects(files().open(place), { kind: 'not_found' })
    await assert.rejects(files().drop(place), { kind: 'not_found' })
    // A link is replaced, not written through.
    await files().put(place, bytes('mine'), LIMIT)
    assert.equal(await readFile(join(folder, 'outside', 'secret'), 'utf8'), 'secret')
  })
})
