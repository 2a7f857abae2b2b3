import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'

import { writeNew } from '../../src/bin/new-file.ts'
import { temporaryFolder } from '../helpers/folder.ts'

describe('a new file', () => {
  let folder = ''
  before(async () => {
    folder = await temporaryFolder()
  })
  const write = (name: string, text: string, limit = 4) =>
    writeNew(join(folder, name), new Blob([text]).stream(), {
      limit,
      mode: 0o600,
      refusal: 'It is too large',
    })

  it('has what was sent, and its size is told', async () => {
    assert.equal(await write('whole', 'abcd'), 4)
    assert.equal(await readFile(join(folder, 'whole'), 'utf8'), 'abcd')
    await rm(join(folder, 'whole'))
  })

  it('of more than its limit is refused, and none of many stays', async () => {
    const names = Array.from({ length: 50 }, (_, at) => `large-${at}`)
    await Promise.all(names.map((name) => assert.rejects(write(name, 'abcde'), /too large/)))
    assert.deepEqual(await readdir(folder), [])
  })

  it('takes the place of no other, and leaves that as it is', async () => {
    await write('other', 'here')
    await assert.rejects(write('other', 'new'), /EEXIST/)
    assert.equal(await readFile(join(folder, 'other'), 'utf8'), 'here')
  })
})
