import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Room } from '../../src/domain/fit.ts'
import { whyNot, type Waiting } from '../../src/domain/shortage.ts'
import { NO_SPOOL_READER } from '../../src/domain/spool.ts'

function room(name: string, own: Partial<Room>): Room {
  return {
    runnerId: name,
    name,
    site: name,
    parties: null,
    host: name,
    labels: {},
    engines: [],
    units: [],
    fetches: true,
    slots: 4,
    idle: true,
    cores: 8,
    memoryMb: 1024,
    gpus: [],
    ports: { first: 100, last: 200, used: new Set() },
    apart: new Set(),
    ...own,
  }
}

function why(needs: Waiting['needs'], rooms: readonly Room[], file: string | null = null): string {
  const all = new Map(rooms.map((one) => [one.runnerId, one]))
  const task = { id: 't', role: null, party: null, site: null, file, needs }
  return whyNot(task, { group: [task], hall: { whole: all, rooms: all }, ahead: 0 })
}

describe('why a task is not begun', () => {
  it('counts what those runners have that have its units, and no others', () => {
    const sentence = why({ memoryMb: 2048, units: ['resize@cpu'] }, [
      room('small', { units: ['resize@cpu'] }),
      room('without', { memoryMb: 4096 }),
    ])
    assert.equal(
      sentence,
      'Can never start on the runners that live now: needs 2048 MB of memory, the only runner for it has 1024 MB of memory',
    )
  })

  it('counts no runner that has a replica of it already', () => {
    const needs = { memoryMb: 2048, apart: { key: 'k', host: false } }
    const sentence = why(needs, [
      room('small', {}),
      room('taken', { memoryMb: 4096, apart: new Set(['k']) }),
    ])
    assert.equal(
      sentence,
      'Can never start on the runners that live now: needs 2048 MB of memory, the only runner for it has 1024 MB of memory',
    )
  })

  it('says for which of a group there is no room beside the others, though there is enough of everything', () => {
    const rooms = [room('a', { cores: 4 }), room('b', { cores: 4 })]
    const all = new Map(rooms.map((one) => [one.runnerId, one]))
    const group = [3, 3, 2].map((cores, at) => ({
      id: `t${at}`,
      role: null,
      party: null,
      site: null,
      needs: { cores },
    }))
    assert.equal(
      whyNot(group[0], { group, hall: { whole: all, rooms: all }, ahead: 0 }),
      'Can never start on the runners that live now: its group of 3 tasks begins together and needs more than fits on all runners at once; of 1 task, 2 cores each, there is room for 0',
    )
  })

  it('says so where no runner can read the upload', () => {
    assert.equal(why(null, [room('elsewhere', { fetches: false })], 'server'), NO_SPOOL_READER)
  })
})
