/**
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'

import { absent, readIfThere } from '../../src/runner/absent.ts'
import { temporaryFolder } from '../helpers/folder.ts'

it('what is not there reads as nothing, and any other trouble is told', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'file'), 'text')
  await mkdir(join(folder, 'folder'))
  assert.deepEqual(await readIfThere(join(folder, 'file')), Buffer.from('text'))
  assert.equal(await readIfThere(join(folder, 'none')), undefined)
  await assert.rejects(readIfThere(join(folder, 'folder')), { code: 'EISDIR' })
  assert.equal(await readdir(join(folder, 'none')).catch(absent), undefined)
  await assert.rejects(readdir(join(folder, 'file')).catch(absent), { code: 'ENOTDIR' })
})
