/**
 * @module
 */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { writeAtomically } from '../../../src/runner/data/file.ts'

describe('writeAtomically', () => {
  it('keeps the old file when the disk is full, and says whose disk it is and what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-file-'))
    try {
      const path = join(folder, 'table')
      await writeAtomically(path, (file) => file.write('old'))
      const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
        code: 'ENOSPC',
      })
      await assert.rejects(
        writeAtomically(path, async (file) => {
          await file.write('half')
          throw full
        }),
        (error: Error) =>
          error.message.includes(`The disk that holds ${folder} is full: make room`) &&
          error.cause === full,
      )
      assert.equal(await readFile(path, 'utf8'), 'old')
      assert.deepEqual(await readdir(folder), ['table'])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
