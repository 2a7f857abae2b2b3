/**
 * Logs on their way to a server elsewhere: every byte arrives, in its place, whatever happens to the server.
 * @module
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, it } from 'node:test'

import { logShelf } from '../../src/bin/log-shelf.ts'
import { forbidden, unavailable } from '../../src/domain/error.ts'
import {
  attemptLogFolder,
  createAttemptLog,
  LOG_ROWS,
  type LogRow,
} from '../../src/runner/attempt-log.ts'
import { systemClock } from '../../src/runner/clock.ts'
import { createLogSender, type LogOf, type LogSender } from '../../src/runner/log-sender.ts'
import type { SentPiece } from '../../src/runner/store.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { testLog } from '../helpers/runner.ts'
import { until } from '../helpers/until.ts'

const ONE: LogOf = { jobId: 'j', attemptId: 'one' }
const PIECE = 1000

let dataDir: string
let shelf: ReturnType<typeof logShelf>
let sent: SentPiece[]
/** What goes wrong at the server with the next pieces. */
let trouble: ((piece: SentPiece) => Error | null | undefined)[]

beforeEach(async () => {
  dataDir = await temporaryFolder()
  shelf = logShelf({ folder: await temporaryFolder(), maxBytes: 1_000_000 })
  sent = []
  trouble = []
})

function sender(): LogSender {
  return createLogSender({
    dataDir,
    clock: systemClock,
    log: testLog(),
    pieceBytes: PIECE,
    async send(piece) {
      sent.push(piece)
      const fault = trouble.shift()?.(piece)
      if (fault === null) return null
      if (fault) throw fault
      return shelf.keep({ ...ONE, attemptId: piece.attemptId, name: piece.name }, piece)
    },
  })
}

/** Writes lines, every third to the other stream; answers what each row has then. */
async function print(of: LogOf, count: number, maxBytes = 1_000_000) {
  const log = await createAttemptLog(attemptLogFolder(dataDir, of.jobId, of.attemptId), maxBytes)
  const texts: Record<LogRow, string> = { all: '', stdout: '', stderr: '' }
  for (let at = 0; at < count; at += 1) {
    const stream = at % 3 === 0 ? 'stderr' : 'stdout'
    const line = `line ${at} of ${of.attemptId} ä`
    void log.write(stream, line)
    texts.all += `${line}\n`
    texts[stream] += `${line}\n`
  }
  await log.close()
  return texts
}

async function arrived(of: LogOf) {
  const texts: Record<LogRow, string> = { all: '', stdout: '', stderr: '' }
  for (const name of LOG_ROWS) {
    const kept = await shelf.open({ ...of, name })
    if (!kept?.whole) return undefined
    const parts: Uint8Array[] = []
    for await (const part of kept.read(kept.first, kept.end)) parts.push(part)
    texts[name] = Buffer.concat(parts).toString()
  }
  return texts
}

/** Waits until the server has so much of both rows that have something. */
async function grownTo(end: number): Promise<void> {
  for (const name of ['all', 'stdout'] as const)
    await until(
      `${end} bytes of ${name}`,
      async () => (await shelf.open({ ...ONE, name }))?.end === end,
    )
}

const isSent = (of: LogOf) =>
  existsSync(join(attemptLogFolder(dataDir, of.jobId, of.attemptId), 'sent'))

describe('a log that is sent', () => {
  it('arrives whole, in pieces, and is not sent again', async () => {
    const texts = await print(ONE, 500)
    await sender().finish(ONE)
    assert.deepEqual(await arrived(ONE), texts)
    assert.ok(sent.every(({ bytes }) => bytes.length <= PIECE))
    assert.ok(isSent(ONE))
    const before = sent.length
    await sender().resume()
    assert.equal(sent.length, before)
  })

  it('grows at the server while it grows here, and is asked about only when it does', async () => {
    const log = await createAttemptLog(attemptLogFolder(dataDir, 'j', 'one'), 1000, () =>
      own.grew(ONE),
    )
    const own = sender()
    void log.write('stdout', 'first')
    await grownTo(6)
    const kept = await shelf.open({ ...ONE, name: 'stdout' })
    assert.deepEqual([kept?.end, kept?.whole], [6, false])
    void log.write('stdout', 'second')
    await grownTo(13)
    // Three questions where to begin, and every byte of both rows once.
    assert.equal(sent.filter((piece) => piece.bytes.length === 0).length, 3)
    assert.equal(
      sent.reduce((sum, piece) => sum + piece.bytes.length, 0),
      2 * 13,
    )
    await log.close()
    await own.finish(ONE)
    assert.equal((await arrived(ONE))?.all, 'first\nsecond\n')
  })

  it('goes on where the server is after it was away, lost an answer, or was started anew', async () => {
    const texts = await print(ONE, 300)
    const gone = () => unavailable('The server cannot be reached')
    trouble = [gone, gone, () => undefined, gone]
    for (let at = 0; at < 12; at += 1) {
      trouble.push((piece) => {
        // It was taken, and the answer lost.
        void shelf.keep({ ...ONE, name: piece.name }, piece)
        return at % 2 === 0 ? new TypeError('fetch failed') : undefined
      })
    }
    await sender().finish(ONE)
    assert.deepEqual(await arrived(ONE), texts)
  })

  it('of a runner that died is finished by the next one', async () => {
    const texts = await print(ONE, 400)
    const died = sender()
    trouble = Array.from({ length: 6 }, () => () => undefined)
    trouble.push(() => {
      died.close()
      return unavailable('The server cannot be reached')
    })
    await died.finish(ONE)
    assert.equal(await arrived(ONE), undefined)
    assert.ok(!isSent(ONE))
    const done = { ...ONE, attemptId: 'done' }
    await print(done, 3)
    const next = sender()
    await next.skip(done)
    sent = []
    await next.resume()
    await next.finish(ONE)
    assert.deepEqual(await arrived(ONE), texts)
    assert.ok(sent.every(({ attemptId }) => attemptId === 'one'))
    const again = sent.reduce(
      (sum, { name, bytes }) => sum + (name === 'all' ? bytes.length : 0),
      0,
    )
    assert.ok(again < Buffer.byteLength(texts.all), 'what was there is not sent again')
  })

  it('has its turn beside a long one', async () => {
    const long = { ...ONE, attemptId: 'long' }
    const others = ['a', 'b', 'c'].map((attemptId) => ({ ...ONE, attemptId }))
    await print(long, 3000)
    for (const other of others) await print(other, 5)
    const own = sender()
    const ends: string[] = []
    await Promise.all(
      [long, ...others].map((of) => own.finish(of).then(() => ends.push(of.attemptId))),
    )
    assert.equal(ends.at(-1), 'long')
  })

  it('that lost its beginning arrives with what is left', async () => {
    const texts = await print(ONE, 2000, 8000)
    await shelf.keep({ ...ONE, name: 'all' }, { at: 0, bytes: Buffer.from('line'), whole: false })
    await sender().finish(ONE)
    const there = await arrived(ONE)
    assert.ok(there)
    for (const name of LOG_ROWS) {
      assert.ok(there[name].length >= 7900 && there[name].length < 10_000)
      assert.ok(Buffer.from(texts[name]).toString().endsWith(there[name].slice(5)))
    }
  })

  it('is given up where the server wants none of it or refuses it, or its job was removed', async () => {
    await print(ONE, 10)
    trouble = [() => null]
    await sender().finish(ONE)
    assert.ok(isSent(ONE))
    const two = { ...ONE, attemptId: 'two' }
    await print(two, 10)
    trouble = [() => forbidden('no')]
    await sender().finish(two)
    // Another server may take it.
    assert.ok(!isSent(two))
    await rm(join(dataDir, 'jobs'), { recursive: true })
    await sender().finish(two)
    assert.equal(sent.length, 2)
  })
})
