/**
 * @module
 */
import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import {
  attemptLogExtent,
  attemptLogFolder,
  createAttemptLog,
  type LogRow,
  readAttemptLog,
} from '../../src/runner/attempt-log.ts'
import { temporaryFolder } from '../helpers/folder.ts'

describe('the log of an attempt', () => {
  it('has both streams, and the two as they came', async () => {
    const folder = await place()
    const log = await createAttemptLog(folder, 1000)
    void log.write('stdout', 'one ä')
    void log.write('stderr', 'oops')
    void log.write('stdout', 'two')
    await log.close()
    assert.equal(await whole(folder, 'all'), 'one ä\noops\ntwo\n')
    assert.equal(await whole(folder, 'stdout'), 'one ä\ntwo\n')
    assert.equal(await whole(folder, 'stderr'), 'oops\n')
    assert.deepEqual(await attemptLogExtent(folder, 'stdout'), { first: 0, end: 11 })
  })

  it('is read while it is written, at any place', async () => {
    const folder = await place()
    const log = await createAttemptLog(folder, 800)
    const printed = Array.from({ length: 60 }, (_, at) => `line ${at}`)
    for (const line of printed) await log.write('stdout', line)
    let extent = await attemptLogExtent(folder, 'stdout')
    while ((extent?.end ?? 0) === 0) {
      await new Promise(setImmediate)
      extent = await attemptLogExtent(folder, 'stdout')
    }
    await log.close()
    const text = `${printed.join('\n')}\n`
    for (const [from, to] of [
      [0, 7],
      [95, 105],
      [99, 301],
      [400, 10_000],
    ])
      assert.equal(await read(folder, { from, to }), text.slice(from, to))
  })

  it('keeps the end of what is longer than it may be, and says from where on', async () => {
    const folder = await place()
    const log = await createAttemptLog(folder, 8000)
    const lines = Array.from({ length: 2000 }, (_, at) => `this is line number ${at}`)
    for (const line of lines) await log.write('stdout', line)
    await log.close()
    const text = `${lines.join('\n')}\n`
    const { first, end } = (await attemptLogExtent(folder, 'stdout')) ?? { first: 0, end: 0 }
    assert.equal(end, text.length)
    assert.ok(end - first >= 8000 && end - first <= 9000, `${end - first} bytes are kept`)
    assert.equal(await whole(folder, 'stdout'), text.slice(first))
    for (const name of await readdir(folder)) {
      const { size } = await stat(join(folder, name))
      assert.ok(size <= 1000, `${name} has ${size} bytes`)
    }
  })

  it('that the disk does not take ends without the program, and says so at its end', async () => {
    const folder = await place()
    const log = await createAttemptLog(folder, 1000)
    await writeFile(join(folder, 'stdout.0'), 'taken')
    await log.write('stdout', 'one')
    await assert.rejects(log.close(), /EEXIST/)
  })

  it('of names that lead elsewhere stays below its data directory', () => {
    const folder = attemptLogFolder('/data', '../../etc', '../x')
    assert.ok(folder.startsWith('/data/jobs/'))
    assert.ok(!folder.includes('..'))
  })
})

async function place(): Promise<string> {
  return attemptLogFolder(await temporaryFolder(), 'j', 'a')
}

function whole(folder: string, name: LogRow): Promise<string> {
  return read(folder, { name, from: 0, to: Number.MAX_SAFE_INTEGER })
}

async function read(
  folder: string,
  { name = 'stdout', from, to }: { name?: LogRow; from: number; to: number },
): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of readAttemptLog(folder, { name, from, to })) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}
