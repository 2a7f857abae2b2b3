/**
 * Placing tasks: nothing twice, nothing beyond what there is, groups whole, nobody passed for ever.
 * @module
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'

import type { Allocation, Needs } from '../../src/db/table/job.ts'
import { assign, type Hall, type Member, placeGroup } from '../../src/domain/assign.ts'
import { emptyRoom, freePorts, occupy, type Room, withoutNamed } from '../../src/domain/fit.ts'

interface Host {
  readonly id: string
  readonly host: string | null
  readonly slots: number
  readonly cores: number
  readonly memoryMb: number
  readonly gpus: number
  readonly ports: readonly [number, number]
  readonly parties: readonly string[] | null
}

/** What runs: the allocations by task. */
type Held = Map<string, { runnerId: string; needs: Needs | null; allocation: Allocation | null }>

const small = { minLength: 1, maxLength: 4 }
const aHost = fc.record({
  host: fc.constantFrom(null, 'x', 'y'),
  slots: fc.integer({ min: 1, max: 6 }),
  cores: fc.constantFrom(0, 1, 2.5, 4, 8),
  memoryMb: fc.constantFrom(0, 1024, 4096),
  gpus: fc.integer({ min: 0, max: 4 }),
  ports: fc.constantFrom([100, 105] as const, [103, 120] as const, [200, 200] as const),
  parties: fc.constantFrom(null, ['p'], ['q'], ['p', 'q']),
})
const hosts = fc
  .array(aHost, small)
  .map((all) => all.map((host, index) => ({ ...host, id: `r${index}` })))
const needs: fc.Arbitrary<Needs | null> = fc.option(
  fc.record(
    {
      cores: fc.constantFrom(0.1, 0.5, 1, 2, 4),
      memoryMb: fc.constantFrom(0, 512, 2048),
      gpus: fc.integer({ min: 0, max: 3 }),
      ports: fc.integer({ min: 0, max: 3 }),
    },
    { requiredKeys: [] },
  ),
)
const groups = fc.array(
  fc.array(fc.record({ party: fc.constantFrom(null, 'p', 'q'), needs }), small),
  { minLength: 1, maxLength: 12 },
)

describe('assign', () => {
  it('never gives away more than there is, nothing twice, and groups whole', () => {
    fc.assert(
      fc.property(
        hosts,
        groups,
        fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
        (all, shapes, dice) => {
          const held: Held = new Map()
          let waiting = numbered(shapes)
          for (const die of dice) {
            // Sometimes something ends, sometimes somebody claims.
            if (die % 3 === 0 && held.size > 0) {
              held.delete([...held.keys()][die % held.size])
              continue
            }
            const hall = hallOf(all, held)
            const claimer = all[die % all.length].id
            const { placed } = assign(waiting, hall, claimer)
            const ids = new Set(placed.map(({ member }) => member.id))
            for (const group of waiting) {
              const begun = group.filter(({ id }) => ids.has(id)).length
              assert.ok(begun === 0 || begun === group.length, 'a part of a group was begun')
            }
            for (const { member, runnerId, allocation } of placed) {
              held.set(member.id, { runnerId, needs: member.needs, allocation })
            }
            waiting = waiting.filter((group) => !group.some(({ id }) => ids.has(id)))
            checkHeld(all, held)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('begins every group that fits at all, while tasks end one after another and new small ones come', () => {
    fc.assert(
      fc.property(hosts, groups, fc.array(fc.nat(), small), (all, shapes, dice) => {
        const held: Held = new Map()
        const whole = hallOf(all, held).whole
        const old = numbered(shapes)
        let waiting = old.filter((group) => placeGroup(group, whole))
        const ends = new Map<string, number>()
        let serial = 0
        for (let turn = 0; waiting.length > 0; turn++) {
          assert.ok(turn < 1000, `${waiting.length} groups wait for ever`)
          // The stream never ends: small tasks want every bit of room that is left open.
          const stream: Member[][] = ['p', 'q', null].map((party) => [
            { id: `s${serial++}`, party, site: null, needs: { cores: 0.5, gpus: turn % 2 } },
          ])
          const claimer = all[turn % all.length].id
          const { placed } = assign([...waiting, ...stream], hallOf(all, held), claimer)
          for (const { member, runnerId, allocation } of placed) {
            held.set(member.id, { runnerId, needs: member.needs, allocation })
          }
          const begun = new Set(placed.map(({ member }) => member.id))
          waiting = waiting.filter((group) => !group.some(({ id }) => begun.has(id)))
          // Whatever runs ends some time, in any order.
          for (const id of begun) ends.set(id, turn + 1 + (dice[serial++ % dice.length] % 7))
          for (const id of held.keys()) if ((ends.get(id) ?? 0) <= turn) held.delete(id)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('lets later ones pass only where the first gains nothing by their waiting', () => {
    const all = [host('a', { cores: 4, slots: 8 }), host('b', { cores: 2, slots: 8 })]
    const held: Held = new Map([['x', holding('a', { cores: 1 })]])
    const waiting = [
      [task('big', { cores: 4 })],
      [task('small', { cores: 1 })],
      [task('light', null)],
    ]
    const names = (claimer: string) =>
      assign(waiting, hallOf(all, held), claimer).placed.map(({ member }) => member.id)
    // Only the first runner can ever take it: what is free there stays free, the second is open to all.
    assert.deepEqual(names('a'), ['light'])
    assert.deepEqual(names('b'), ['small', 'light'])
    held.clear()
    assert.deepEqual(names('a'), ['big', 'light'])
  })

  it('keeps no room for what fits nowhere', () => {
    const all = [host('a', { cores: 4 })]
    const waiting = [[task('huge', { cores: 64 })], [task('small', { cores: 4 })]]
    const { placed } = assign(waiting, hallOf(all, new Map()), 'a')
    assert.deepEqual(
      placed.map(({ member }) => member.id),
      ['small'],
    )
  })

  it('gives devices and ports once on a host, however many runners it has', () => {
    const one = host('a', { host: 'x', gpus: 1, ports: [100, 100] })
    const all = [one, { ...one, id: 'b' }]
    const held: Held = new Map()
    const waiting = [[task('t', { gpus: 1 })], [task('u', { ports: 1 })], [task('v', { gpus: 1 })]]
    for (const { member, runnerId, allocation } of assign(waiting, hallOf(all, held), 'a').placed) {
      held.set(member.id, { runnerId, needs: member.needs, allocation })
    }
    assert.deepEqual([...held.keys()], ['t', 'u'])
    assert.deepEqual(assign([waiting[2]], hallOf(all, held), 'b').placed, [])
    held.delete('t')
    assert.equal(assign([waiting[2]], hallOf(all, held), 'b').placed.length, 1)
  })

  it('spreads a gang over runners, and asks nothing of the host for an engine with room of its own', () => {
    const all = [host('a', { gpus: 2 }), host('b', { gpus: 2 })]
    const gang = [1, 2, 3, 4].map((n) => task(`t${n}`, { gpus: 1 }))
    const { placed } = assign([gang], hallOf(all, new Map()), 'b')
    assert.deepEqual(
      placed.map(({ runnerId, allocation }) => [runnerId, allocation?.gpus]),
      [
        ['b', ['0']],
        ['b', ['1']],
        ['a', ['0']],
        ['a', ['1']],
      ],
    )
    const cluster: Member = task('c', { gpus: 64, cores: 1000, engine: 'slurm' })
    const room = emptyRoom({ ...runnerOf(all[0]), capacity: { engines: ['slurm'] } })
    const rooms = new Map([['a', room]])
    const plan = placeGroup([cluster], rooms)
    assert.equal(plan?.placements[0].allocation?.gpus.length, 64)
    assert.equal(placeGroup([cluster], hallOf(all, new Map()).rooms), undefined)
  })
})

function host(id: string, options: Partial<Host> = {}): Host {
  const none = { host: null, slots: 8, cores: 0, memoryMb: 0, gpus: 0, parties: null }
  return { ...none, ports: [1, 1], id, ...options }
}

function task(id: string, wish: Needs | null): Member {
  return { id, party: null, site: null, needs: wish }
}

function holding(runnerId: string, wish: Needs) {
  const allocation = { cores: wish.cores ?? 0, memoryMb: wish.memoryMb ?? 0, gpus: [], ports: [] }
  return { runnerId, needs: wish, allocation }
}

function numbered(shapes: readonly (readonly Omit<Member, 'id' | 'site'>[])[]): Member[][] {
  return shapes.map((group, at) =>
    group.map((member, seat) => ({ ...member, id: `g${at}.${seat}`, site: null })),
  )
}

function runnerOf({ id, host: name, slots, parties }: Host) {
  return { id, name: id, site: id, parties, slots, host: name, capacity: {} }
}

function hallOf(all: readonly Host[], held: Held): Hall {
  const whole = new Map(
    all.map((one): [string, Room] => {
      const capacity = {
        cores: one.cores,
        memoryMb: one.memoryMb,
        gpus: Array.from({ length: one.gpus }, (_, index) => ({
          id: String(index),
          name: 'GPU',
          memoryMb: null,
          driver: null,
          kind: 'cuda' as const,
        })),
        ports: one.ports,
      }
      return [one.id, emptyRoom({ ...runnerOf(one), capacity })]
    }),
  )
  const rooms = new Map(whole)
  for (const { runnerId, allocation } of held.values()) {
    const room = rooms.get(runnerId)
    assert.ok(room)
    rooms.set(runnerId, occupy(room, { allocation, elsewhere: false }))
    if (!allocation) continue
    for (const [id, other] of rooms) {
      if (other.host === room.host) rooms.set(id, withoutNamed(other, allocation))
    }
  }
  return { rooms, whole }
}

/** Counts anew, from nothing but what was given out. */
function checkHeld(all: readonly Host[], held: Held): void {
  const taken = new Set<string>()
  for (const one of all) {
    const own = [...held.values()].filter(({ runnerId }) => runnerId === one.id)
    const sum = (name: 'cores' | 'memoryMb') =>
      own.reduce((total, { allocation }) => total + (allocation?.[name] ?? 0), 0)
    assert.ok(sum('cores') <= one.cores + 1e-6, `${sum('cores')} of ${one.cores} cores`)
    assert.ok(sum('memoryMb') <= one.memoryMb)
    const heavy = own.filter(({ needs: wish }) => wish !== null).length
    assert.ok(heavy <= one.slots, 'more heavy tasks than slots')
    for (const { needs: wish, allocation } of own) {
      assert.equal(allocation === null, wish === null)
      if (!wish || !allocation) continue
      assert.equal(allocation.cores, wish.cores ?? 0)
      assert.equal(allocation.gpus.length, wish.gpus ?? 0)
      assert.equal(allocation.ports.length, wish.ports ?? 0)
      const where = one.host ?? one.id
      const named = [
        ...allocation.gpus.map((id) => {
          assert.ok(Number(id) < one.gpus)
          return `${where} gpu ${id}`
        }),
        ...allocation.ports.map((port) => {
          assert.ok(port >= one.ports[0] && port <= one.ports[1])
          return `${where} port ${port}`
        }),
      ]
      for (const name of named) {
        assert.ok(!taken.has(name), `${name} was given twice`)
        taken.add(name)
      }
    }
  }
}

describe('freePorts', () => {
  it('counts only what lies in the range', () => {
    assert.equal(freePorts({ first: 10, last: 12, used: new Set([9, 11, 13]) }), 2)
    assert.equal(freePorts({ first: 1, last: 0, used: new Set() }), 0)
  })
})
