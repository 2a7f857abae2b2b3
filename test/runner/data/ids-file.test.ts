import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { answerPath, readIds } from '../../../src/runner/data/ids-file.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

describe('a file of ids', () => {
  let folder: string
  let root: string
  before(async () => {
    folder = await temporaryFolder()
    root = join(folder, 'import')
    await mkdir(join(root, 'batch'), { recursive: true })
    await writeFile(join(root, 'batch/a.csv'), '\ufeffuid\r\n7,x\r\n\r\n"8"\r\n7\r\n')
    await writeFile(join(root, 'empty.csv'), '\n\n')
    await writeFile(join(root, 'latin.csv'), Buffer.from([0x66, 0xfc, 0x0a]))
    await writeFile(join(folder, 'secret.csv'), '1\n')
    await symlink(join(folder, 'secret.csv'), join(root, 'link.csv'))
  })
  const read = (path: string, heading = 'uid') => readIds({ path, heading }, [root])

  it('has what stands before the first comma, in its order, and a heading where it is one', async () => {
    const expected = { ids: ['7', '8', '7'], headed: true }
    for (const path of ['batch/a.csv', '/batch/a.csv', join(root, 'batch/a.csv')]) {
      assert.deepEqual(await read(path), expected, path)
    }
    assert.deepEqual((await read('batch/a.csv', 'id')).ids[0], 'uid')
  })

  it('lies under an import root, whatever is named, and no error tells where that is', async () => {
    for (const path of [
      '../secret.csv',
      '/../secret.csv',
      'link.csv',
      join(folder, 'secret.csv'),
    ]) {
      await assert.rejects(read(path), (error: Error) => {
        assert.match(error.message, /outside the import directories|was not found/)
        assert.ok(path.includes(folder) || !error.message.includes(folder))
        return true
      })
    }
  })

  it('has to have ids, as UTF-8', async () => {
    await assert.rejects(read('empty.csv'), /"empty.csv" has no ids/)
    await assert.rejects(read('latin.csv'), /"latin.csv" is not UTF-8/)
  })

  it('has its answers under the same name, relative to its root', () => {
    assert.equal(answerPath('/batch/a.csv', [root]), 'batch/a_result.txt')
    assert.equal(answerPath(join(root, 'batch/a.b.csv'), [root]), 'batch/a.b_result.txt')
    assert.equal(answerPath('a', [root]), 'a_result.txt')
  })
})
