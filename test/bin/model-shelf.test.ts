import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { modelShelf } from '../../src/bin/model-shelf.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const PART = { modelId: 'guest-1#model', version: '20261122', role: 'guest', party: '1' }
const stream = (text: string) => new Blob([text]).stream()

describe('a shelf of models', () => {
  it('keeps archives by model, version and party, the newest of each', async () => {
    const shelf = modelShelf(join(await temporaryFolder(), 'models'))
    assert.deepEqual(await shelf.list(PART), [])
    assert.equal(await shelf.put(PART, stream('first')), 5)
    await shelf.put(PART, stream('second'))
    await shelf.put({ ...PART, role: 'host', party: '2' }, stream('other'))
    const { modelId, version } = PART
    assert.deepEqual(await shelf.list({ modelId, version }), [
      PART,
      { ...PART, role: 'host', party: '2' },
    ])
    assert.equal(await new Response(await shelf.open(PART)).text(), 'second')
    assert.deepEqual(await shelf.list({ ...PART, version: '1' }), [])
  })

  it('stays in its folder, and leaves nothing of what broke off', async () => {
    const folder = await temporaryFolder()
    const shelf = modelShelf(join(folder, 'models'))
    const outside = { ...PART, modelId: '../..', version: '../up' }
    await shelf.put(outside, stream('x'))
    assert.deepEqual(await readdir(folder), ['models'])
    await assert.rejects(shelf.put({ ...PART, role: '../x' }, stream('x')), TypeError)
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new Error('It broke off')),
    })
    await assert.rejects(shelf.put(PART, broken), /broke off/)
    assert.deepEqual(await shelf.list(PART), [])
    const files = await readdir(join(folder, 'models'), { recursive: true })
    assert.equal(files.filter((name) => /gz/.test(name)).length, 1)
  })
})
