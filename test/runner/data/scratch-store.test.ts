import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { scratchFolder } from '../../../src/runner/data/path.ts'
import { diskScratch, dropScratch } from '../../../src/runner/data/scratch-store.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const KEY = { jobId: 'job', role: 'guest', party: '9999', node: 'intersection_0' }

describe('diskScratch', () => {
  it('gives back what was appended, in order, and nothing for a file that is not there', async () => {
    const scratch = diskScratch(await temporaryFolder(), KEY)
    assert.deepEqual(await scratch.read('own-1'), new Uint8Array(0))
    await scratch.append('own-1', Uint8Array.of(1, 2))
    await scratch.append('own-2', Uint8Array.of(9))
    await scratch.append('own-1', Uint8Array.of(3))
    assert.deepEqual(new Uint8Array(await scratch.read('own-1')), Uint8Array.of(1, 2, 3))
    await scratch.drop('own-1')
    assert.deepEqual(await scratch.read('own-1'), new Uint8Array(0))
    assert.deepEqual(new Uint8Array(await scratch.read('own-2')), Uint8Array.of(9))
  })

  it('is for the owner only and begins without the files of an earlier attempt', async () => {
    const folder = await temporaryFolder()
    await diskScratch(folder, KEY).append('left', Uint8Array.of(1))
    const place = join(folder, scratchFolder(KEY))
    assert.equal((await stat(join(place, 'left'))).mode & 0o777, 0o600)
    await diskScratch(folder, KEY).append('new', Uint8Array.of(1))
    assert.deepEqual(await readdir(place), ['new'])
    await dropScratch(folder, KEY)
    await assert.rejects(readdir(place), { code: 'ENOENT' })
  })
})
