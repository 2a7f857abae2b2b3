/**
 * What an attempt printed, from lines and from a file, against the plain text of it.
 * @module
 */
import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'

import type { FileStore, KeptLog } from '../../src/api/deps.ts'
import { openPrinted, type PrintedSlice } from '../../src/api/printed.ts'
import type { Db } from '../../src/db/type.ts'
import { claimTasks } from '../../src/domain/lease.ts'
import { applyReports } from '../../src/domain/report.ts'
import { settleTask } from '../../src/domain/settle.ts'
import type { LeasedTask } from '../../src/domain/work.ts'
import { freshDatabase } from '../helpers/database.ts'
import { enterRunner } from '../helpers/jobs.ts'
import { submitProcess } from '../helpers/process-jobs.ts'

let db: Db
let task: LeasedTask
/** The file: its text, what of the beginning is gone, and how it stands. */
let file: { text: string; first: number; whole: boolean; comes: boolean } | undefined

beforeEach(async () => {
  db = await freshDatabase()
  await enterRunner(db, 'r', { capacity: { engines: ['local'] } })
  await submitProcess(db)
  ;[task] = await claimTasks(db, { runnerId: 'r', slots: 1 })
  file = undefined
})

const files = {
  async openLog(): Promise<KeptLog | undefined> {
    if (!file) return undefined
    const bytes = Buffer.from(file.text)
    return {
      ...file,
      end: bytes.length,
      async *read(from, to) {
        for (let at = from; at < to; at += 5) yield bytes.subarray(at, Math.min(to, at + 5))
        return undefined
      },
    }
  },
} satisfies Partial<FileStore>

function open() {
  const { jobId, attemptId } = task
  const deps = { db, files: files as unknown as FileStore }
  return openPrinted(deps, { jobId, attemptId, name: 'stdout' })
}

async function read(slice: Partial<PrintedSlice> = {}): Promise<string> {
  const parts: Uint8Array[] = []
  const printed = await open()
  for await (const part of printed.read({ from: 0, to: null, follow: false, ...slice }))
    parts.push(part)
  return Buffer.concat(parts).toString()
}

function print(...lines: string[]): Promise<void> {
  const { taskId, attemptId } = task
  const log = { type: 'log' as const, level: 'info', at: 1, taskId, attemptId }
  return applyReports(
    db,
    'r',
    lines.map((text) => ({ ...log, text })),
  )
}

const end = () =>
  settleTask(db, { runnerId: 'r', attemptId: task.attemptId, outcome: { state: 'succeeded' } })

describe('what an attempt printed', () => {
  it('is the same from any place of a file that lost its beginning, with a line that says so', async () => {
    const text = Array.from({ length: 20 }, (_, at) => `line ${at}\n`).join('')
    file = { text, first: 40, whole: true, comes: false }
    const whole = await read()
    assert.match(whole, /^\[The first 40 bytes are not kept: .*WEFT_LOG_MB.*\]\n/)
    assert.ok(whole.endsWith(`]\n${text.slice(40)}`))
    assert.equal(await (await open()).total(), whole.length)
    for (let from = 0; from < whole.length; from += 7)
      for (const to of [from + 1, from + 90, whole.length])
        assert.equal(await read({ from, to }), whole.slice(from, to), `${from}–${to}`)
  })

  it('comes from the lines as long as a file that is on its way has less', async () => {
    await print('one', 'two')
    file = { text: 'on', first: 0, whole: false, comes: true }
    assert.equal(await read(), 'one\ntwo\n')
    file = { text: 'one\ntwo\nthree\n', first: 0, whole: false, comes: true }
    assert.equal(await read(), 'one\ntwo\nthree\n')
    // What says that it is whole needs no counting.
    file = { text: 'on', first: 0, whole: true, comes: false }
    assert.equal(await read(), 'on')
  })

  it('is followed from the lines into the file, and until all of that has come', async () => {
    await print('one', 'two')
    const printed = await open()
    const pieces = printed.read({ from: 0, to: null, follow: true })
    let heard = Buffer.from((await pieces.next()).value ?? '').toString()
    assert.equal(heard, 'one\ntwo\n')
    file = { text: 'one\ntwo\nthree\n', first: 0, whole: false, comes: true }
    // These follow in the log of the database only.
    await print('[9 lines are left out]', 'last')
    await end()
    while (!heard.endsWith('three\n'))
      heard += Buffer.from((await pieces.next()).value ?? '').toString()
    // The attempt is over, its file is not.
    file = { text: 'one\ntwo\nthree\nlast\n', first: 0, whole: true, comes: false }
    for (let next = await pieces.next(); !next.done; next = await pieces.next())
      heard += Buffer.from(next.value).toString()
    assert.equal(heard, 'one\ntwo\nthree\nlast\n')
  })

  it('says to whoever follows what was gone before it could be read', async () => {
    file = { text: 'one\ntwo\n', first: 0, whole: true, comes: false }
    const pieces = (await open()).read({ from: 0, to: null, follow: true })
    let heard = ''
    while (heard !== 'one\ntwo\n')
      heard += Buffer.from((await pieces.next()).value ?? '').toString()
    file = { text: 'one\ntwo\nthree\nfour\n', first: 14, whole: true, comes: false }
    await end()
    for (let next = await pieces.next(); !next.done; next = await pieces.next())
      heard += Buffer.from(next.value).toString()
    assert.equal(heard, 'one\ntwo\n\n[6 bytes were gone before they could be read]\nfour\n')
  })
})
