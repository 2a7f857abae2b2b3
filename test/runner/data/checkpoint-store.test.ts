/**
 * @module
 */
import assert from 'node:assert/strict'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { diskCheckpoints, dropCheckpoints } from '../../../src/runner/data/checkpoint-store.ts'
import { checkpointFolder } from '../../../src/runner/data/path.ts'
import { temporaryFolder } from '../../helpers/folder.ts'

const KEY = { jobId: 'j1', role: 'guest', party: '9999', node: 'hetero_lr_0' }

describe('diskCheckpoints', () => {
  it('gives back the latest two, latest first, with the types they had', async () => {
    const disk = diskCheckpoints(await temporaryFolder(), KEY)
    assert.deepEqual(await disk.load(), [])
    for (let step = 8; step <= 11; step++) {
      await disk.save(step, { weights: Float64Array.of(step, -0, Number.NaN) })
    }
    assert.deepEqual(await disk.load(), [
      { step: 11, state: { weights: Float64Array.of(11, -0, Number.NaN) } },
      { step: 10, state: { weights: Float64Array.of(10, -0, Number.NaN) } },
    ])
  })

  it('drops later steps when an attempt goes on from an earlier one', async () => {
    const disk = diskCheckpoints(await temporaryFolder(), KEY)
    for (const step of [4, 5, 3]) await disk.save(step, step)
    assert.deepEqual(await disk.load(), [{ step: 3, state: 3 }])
  })

  it('is readable for its owner only', async () => {
    const dataDir = await temporaryFolder()
    await diskCheckpoints(dataDir, KEY).save(1, 'secret')
    const { mode } = await stat(join(dataDir, checkpointFolder(KEY), '1.json'))
    assert.equal(mode & 0o777, 0o600)
  })

  it('passes over what a crash left and what is none of its own', async () => {
    const dataDir = await temporaryFolder()
    const folder = join(dataDir, checkpointFolder(KEY))
    await mkdir(folder, { recursive: true })
    for (const name of ['2.json.0a1b.tmp', '02.json', 'note.txt']) {
      await writeFile(join(folder, name), '{')
    }
    const disk = diskCheckpoints(dataDir, KEY)
    await disk.save(1, null)
    assert.deepEqual(await disk.load(), [{ step: 1, state: null }])
  })

  it('is gone once it is dropped, and keeps the parties of a job apart', async () => {
    const dataDir = await temporaryFolder()
    const other = diskCheckpoints(dataDir, { ...KEY, role: 'host' })
    await diskCheckpoints(dataDir, KEY).save(1, 'guest')
    await other.save(2, 'host')
    await dropCheckpoints(dataDir, KEY)
    assert.deepEqual(await diskCheckpoints(dataDir, KEY).load(), [])
    assert.deepEqual(await other.load(), [{ step: 2, state: 'host' }])
    await assert.rejects(readdir(join(dataDir, checkpointFolder(KEY))))
    await dropCheckpoints(dataDir, KEY)
  })
})
