/**
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { unavailable } from '../../src/domain/error.ts'
import type { Report } from '../../src/domain/work.ts'
import { createReporter } from '../../src/runner/reporter.ts'
import { createHealth } from '../../src/runner/retry.ts'
import { settle, testClock } from '../helpers/clock.ts'
import { testLog } from '../helpers/runner.ts'

function world(send: (reports: readonly Report[]) => Promise<void>, high?: number) {
  const clock = testClock()
  const log = testLog()
  const stop = new AbortController()
  const reporter = createReporter({
    send,
    clock,
    log,
    health: createHealth(log),
    signal: stop.signal,
    high,
  })
  return { clock, log, reporter, stop }
}

const base = { taskId: 't', attemptId: 'a', at: 1 } as const
const line = (text: string): Report => ({ ...base, type: 'log', level: 'info', text })

describe('a reporter', () => {
  it('waits a quarter of a second for more, then sends all at once', async () => {
    const batches: number[] = []
    const { clock, reporter } = world(async (reports) => void batches.push(reports.length))
    for (let index = 0; index < 10; index++) reporter.add(line(String(index)))
    await clock.advance(249)
    assert.deepEqual(batches, [])
    await clock.advance(1)
    assert.deepEqual(batches, [10])
  })

  it('keeps the order over failures, and sends nothing twice that was taken', async () => {
    const taken: string[] = []
    let call = 0
    const { clock, reporter } = world(async (reports) => {
      if (++call % 3 !== 0) throw Object.assign(new Error('busy'), { code: 'SQLITE_BUSY' })
      taken.push(...reports.map((report) => (report.type === 'log' ? report.text : '')))
    })
    const texts = Array.from({ length: 1700 }, (_value, index) => String(index))
    for (const text of texts) reporter.add(line(text))
    const flushed = reporter.flush()
    await clock.advance(60_000)
    await flushed
    assert.deepEqual(taken, texts)
  })

  it('drops a report that can never be stored, and only that one', async () => {
    const taken: string[] = []
    const { log, reporter } = world(async (reports) => {
      if (reports.some((report) => report.type === 'log' && report.text === 'poison')) {
        throw Object.assign(new Error('not null'), { code: 'SQLITE_CONSTRAINT_NOTNULL' })
      }
      taken.push(...reports.map((report) => (report.type === 'log' ? report.text : '')))
    })
    for (const text of ['1', '2', 'poison', '3', '4']) reporter.add(line(text))
    await reporter.flush()
    assert.deepEqual(taken, ['1', '2', '3', '4'])
    assert.equal(log.lines.filter((entry) => entry.level === 'error').length, 1)
  })

  it('merges progress and ledger counts that wait, never those of different tags', async () => {
    const sent: Report[] = []
    const { reporter } = world(async (reports) => void sent.push(...reports))
    const wire = (tag: string, bytes: number): Report => ({
      ...base,
      type: 'ledger',
      receiver: 'host:1',
      tag,
      kind: 'share',
      reveals: 'nothing',
      messages: 1,
      bytes,
    })
    for (let index = 1; index <= 100; index++) {
      reporter.add({ ...base, type: 'progress', fraction: index / 100 })
      reporter.add(wire('x', 10))
      reporter.add(wire('y', 1))
    }
    await reporter.flush()
    assert.equal(sent.length, 3)
    assert.equal(sent[0].type === 'progress' && sent[0].fraction, 1)
    assert.deepEqual(
      sent.map((report) => report.type === 'ledger' && [report.tag, report.messages, report.bytes]),
      [false, ['x', 100, 1000], ['y', 100, 100]],
    )
  })

  it('holds tasks back while too much waits', async () => {
    let away = true
    const { clock, reporter } = world(async () => {
      if (away) throw unavailable('The server is starting')
    }, 100)
    for (let index = 0; index < 100; index++) reporter.add(line('x'))
    await reporter.room()
    for (let index = 0; index < 50; index++) reporter.add(line('x'))
    let free = false
    void reporter.room().then(() => (free = true))
    await clock.advance(10_000)
    assert.equal(free, false)
    away = false
    await clock.advance(20_000)
    assert.equal(free, true)
  })

  it('gives up when it is told to, and says what was lost', async () => {
    const { clock, log, reporter, stop } = world(() => Promise.reject(unavailable('gone')))
    reporter.add(line('x'))
    const flushed = reporter.flush()
    await clock.advance(1000)
    stop.abort()
    await flushed
    await settle()
    assert.ok(log.lines.some((entry) => entry.message === 'Reports were not delivered'))
  })
})
