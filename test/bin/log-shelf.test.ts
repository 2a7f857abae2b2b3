/**
 * Logs that runners elsewhere send, against a plain string of what was printed.
 */
import assert from 'node:assert/strict'
import { readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { type LogShelf, logShelf } from '../../src/bin/log-shelf.ts'
import { temporaryFolder } from '../helpers/folder.ts'

const LOG = { jobId: 'j', attemptId: 'a', name: 'stdout' } as const
const bytes = (text: string) => new TextEncoder().encode(text)
const piece = (at: number, text: string, whole = false) => ({ at, bytes: bytes(text), whole })

async function read(shelf: LogShelf): Promise<string | undefined> {
  const kept = await shelf.open(LOG)
  if (!kept) return undefined
  const parts: Uint8Array[] = []
  for await (const part of kept.read(0, Number.MAX_SAFE_INTEGER)) parts.push(part)
  return Buffer.concat(parts).toString()
}

describe('a shelf of logs', () => {
  it('puts pieces where they belong, however often and from whichever process they come', async () => {
    const folder = await temporaryFolder()
    const options = { folder, maxBytes: 800 }
    const text = Array.from({ length: 40 }, (_, at) => `line ${at}\n`).join('')
    const [one, other] = [logShelf(options), logShelf(options)]
    assert.equal(await one.keep(LOG, piece(0, '')), 0)
    assert.equal(await one.open(LOG), undefined)
    const cuts = [0, 7, 99, 100, 101, 250, text.length]
    for (const [index, from] of cuts.slice(0, -1).entries()) {
      const next = cuts[index + 1]
      const shelf = index % 2 === 0 ? one : other
      assert.equal(await shelf.keep(LOG, piece(from, text.slice(from, next))), next)
      // Its answer was lost, so it comes again, and with it something that is known already.
      const again = piece(Math.max(0, from - 50), text.slice(Math.max(0, from - 50), next))
      assert.equal(await other.keep(LOG, again), next)
      assert.equal(await one.keep(LOG, piece(0, 'line 0')), next)
    }
    assert.equal(await read(one), text)
    assert.deepEqual(await readdir(join(folder, 'j', 'a')), [
      'stdout.0',
      'stdout.100',
      'stdout.200',
      'stdout.300',
    ])
  })

  it('takes pieces of one log that come at once one after the other', async () => {
    const shelf = logShelf({ folder: await temporaryFolder(), maxBytes: 8000 })
    const text = 'abcdefghij'.repeat(50)
    const at = Array.from({ length: 50 }, (_, index) => index * 10)
    await Promise.all(at.map((from) => shelf.keep(LOG, piece(from, text.slice(from, from + 10)))))
    assert.equal(await read(shelf), text)
  })

  it('keeps the end of what is too long, within its bound, and says where that begins', async () => {
    const folder = await temporaryFolder()
    const shelf = logShelf({ folder, maxBytes: 800 })
    let text = ''
    for (let at = 0; at < 90; at += 1) {
      const more = `${'x'.repeat(at)}\n`
      assert.equal(await shelf.keep(LOG, piece(text.length, more)), text.length + more.length)
      text += more
      const sizes = await Promise.all(
        (await readdir(join(folder, 'j', 'a'))).map(
          async (name) => (await stat(join(folder, 'j', 'a', name))).size,
        ),
      )
      const sum = sizes.reduce((all, size) => all + size, 0)
      assert.ok(sum <= 900, `${sum} bytes are kept`)
    }
    const kept = await shelf.open(LOG)
    assert.ok(kept && kept.first > 0 && kept.end === text.length && kept.end - kept.first >= 800)
    assert.equal(await read(shelf), text.slice(kept.first))
  })

  it('begins anew behind what its runner has lost, so that what it has is one piece', async () => {
    const shelf = logShelf({ folder: await temporaryFolder(), maxBytes: 800 })
    await shelf.keep(LOG, piece(0, 'the beginning'))
    // Asking for the place to begin changes nothing.
    assert.equal(await shelf.keep(LOG, piece(5000, '')), 13)
    assert.equal(await read(shelf), 'the beginning')
    assert.equal(await shelf.keep(LOG, piece(5000, 'the end')), 5007)
    const kept = await shelf.open(LOG)
    assert.deepEqual([kept?.first, kept?.end], [5000, 5007])
    assert.equal(await read(shelf), 'the end')
  })

  it('waits for more until it is told that there is none, or nothing came for long', async () => {
    const folder = await temporaryFolder()
    const shelf = logShelf({ folder, maxBytes: 800 })
    await shelf.keep(LOG, piece(0, 'one'))
    const state = async () => {
      const { whole, comes } = (await shelf.open(LOG)) ?? {}
      return { whole, comes }
    }
    assert.deepEqual(await state(), { whole: false, comes: true })
    const old = new Date(Date.now() - 60_000)
    await utimes(join(folder, 'j', 'a', 'stdout.0'), old, old)
    assert.deepEqual(await state(), { whole: false, comes: false })
    // Something is missing before it, so it is not whole yet.
    assert.equal(await shelf.keep(LOG, piece(6, '', true)), 3)
    assert.deepEqual(await state(), { whole: false, comes: false })
    await shelf.keep(LOG, piece(3, 'two', true))
    assert.deepEqual(await state(), { whole: true, comes: false })
    const empty = { ...LOG, name: 'stderr' } as const
    await shelf.keep(empty, piece(0, '', true))
    const { first, end, whole } = (await shelf.open(empty)) ?? {}
    assert.deepEqual([first, end, whole], [0, 0, true])
  })

  it('stays in its folder, and goes with its job', async () => {
    const outer = await temporaryFolder()
    const folder = join(outer, 'logs')
    const shelf = logShelf({ folder, maxBytes: 800 })
    await shelf.sweep(async (jobIds) => jobIds)
    await shelf.keep({ ...LOG, jobId: '../../etc', attemptId: '../x' }, piece(0, 'one'))
    await shelf.keep(LOG, piece(0, 'two'))
    assert.deepEqual(await readdir(outer), ['logs'])
    const asked: (readonly string[])[] = []
    await shelf.sweep(async (jobIds) => {
      asked.push(jobIds.toSorted())
      return ['j']
    })
    assert.deepEqual(asked, [['../../etc', 'j']])
    assert.equal(await shelf.open(LOG), undefined)
    assert.equal((await readdir(folder)).length, 1)
  })
})
