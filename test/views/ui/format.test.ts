import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  countOf,
  formatAgo,
  formatBytes,
  formatDuration,
  formatNumber,
  formatTime,
  listOf,
} from '../../../views/ui/format.ts'

describe('format', () => {
  it('numbers keep their digits where they are few and lose them where they are many', () => {
    assert.deepEqual(
      [0, 569, 1234567, 0.1 + 0.2, 0.00001234, -3.14159265, 1e12, NaN].map((value) =>
        formatNumber(value),
      ),
      [
        '0',
        '569',
        '1\u202f234\u202f567',
        '0.3',
        '1.234e-5',
        '-3.14159',
        '1\u202f000\u202f000\u202f000\u202f000',
        'NaN',
      ],
    )
  })

  it('bytes use binary units', () => {
    assert.deepEqual([0, 1023, 1024, 1536, 5 * 2 ** 30].map(formatBytes), [
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '5.0 GiB',
    ])
  })

  it('durations show their two largest units', () => {
    assert.deepEqual([-1, 0, 450, 12_000, 185_000, 7_800_000, 90_000_000].map(formatDuration), [
      '0 s',
      '0.0 s',
      '0.4 s',
      '12 s',
      '3 min 05 s',
      '2 h 10 min',
      '1 d 1 h',
    ])
  })

  it('times are relative to a given now, in both directions', () => {
    const now = Date.UTC(2026, 0, 2, 3, 4, 5)
    assert.equal(formatAgo(now - 1000, now), 'just now')
    assert.equal(formatAgo(now - 59_000, now), '59 s ago')
    assert.equal(formatAgo(now - 3_600_000, now), '1 h ago')
    assert.equal(formatAgo(now + 120_000, now), 'in 2 min')
    assert.equal(formatTime(now), '2026-01-02 03:04:05 UTC')
  })

  it('words agree with their number and lists end in and', () => {
    assert.equal(countOf(1, 'row'), '1 row')
    assert.equal(countOf(0, 'row'), '0 rows')
    assert.equal(listOf(['a', 'b', 'c']), 'a, b and c')
    assert.equal(listOf([]), '')
  })
})
