/**
 * Who gets which tasks: first fit in order, whole groups or nothing, and room kept for the first that has to wait. Pure.
 * @module
 */
import type { Allocation, Needs } from '../db/table/job.ts'
import {
  freePorts,
  give,
  keepApart,
  keepBack,
  mayGo,
  occupy,
  type Room,
  type Rooms,
  runsElsewhere,
  type Seeker,
  shortages,
  withoutNamed,
} from './fit.ts'
import { type Kind, pack } from './pack.ts'

/** A task that waits for a place. */
export interface Member extends Seeker {
  readonly id: string
}

/** A task and where it goes. */
export interface Placement<M extends Member = Member> {
  readonly member: M
  readonly runnerId: string
  readonly allocation: Allocation | null
}

/** What there is, and what there would be if nobody held anything. */
export interface Hall {
  readonly rooms: Rooms
  readonly whole: Rooms
  /** The rooms of runners that live but were drained by the operator. */
  readonly drained?: Rooms
}

/** What a claim comes to. */
export interface Assignment<M extends Member> {
  /** All members of the groups in which the claimer takes part. */
  readonly placed: Placement<M>[]
  /** What is left, without what is kept for those that wait. */
  readonly rooms: Rooms
}

/**
 * Goes through groups in order and places those that fit and in which `claimer` takes part. What fits at others only is
 * theirs to claim. The first group that a runner would have to wait for keeps that runner's free room, so that later
 * ones may pass it only where it gains nothing by their waiting.
 */
export function assign<M extends Member>(
  groups: Iterable<readonly M[]>,
  hall: Hall,
  claimer: string,
): Assignment<M> {
  let { rooms } = hall
  const placed: Placement<M>[] = []
  const waitedFor = new Set<string>()
  const tooMuch = new Set<string>()
  const order = [claimer, ...[...rooms.keys()].filter((id) => id !== claimer)]
  for (const group of groups) {
    if ((rooms.get(claimer)?.slots ?? 0) < 1) break
    // Room only shrinks on the way, so what did not fit before does not fit again.
    const wish = JSON.stringify(group.map(({ party, site, needs }) => [party, site, needs]))
    if (tooMuch.has(wish)) continue
    const plan = placeGroup(group, rooms, order)
    if (plan) {
      rooms = plan.rooms
      const own = plan.placements.some(({ runnerId }) => runnerId === claimer)
      if (own) placed.push(...plan.placements)
    } else {
      tooMuch.add(wish)
      rooms = keepFor(group, { ...hall, rooms }, waitedFor)
    }
  }
  return { placed, rooms }
}

/** Finds room for all members of a group, or undefined; runners are tried in that order. */
export function placeGroup<M extends Member>(
  members: readonly M[],
  rooms: Rooms,
  order: readonly string[] = [...rooms.keys()],
): Placed<M> | undefined {
  return placeFirst(members, rooms, order) ?? placePacked(members, rooms, order)
}

interface Placed<M extends Member> {
  readonly placements: Placement<M>[]
  readonly rooms: Rooms
}

/** Each in the first room that it fits, the hardest first. */
function placeFirst<M extends Member>(
  members: readonly M[],
  rooms: Rooms,
  order: readonly string[],
): Placed<M> | undefined {
  const left = new Map(rooms)
  const placements: Placement<M>[] = []
  let light = members.filter(({ needs }) => needs === null)
  while (light.length > 0) {
    const best = bestForLight(light, left, order)
    if (!best) return undefined
    for (const member of best.members) {
      left.set(best.room.runnerId, occupy(left.get(best.room.runnerId) ?? best.room, NOTHING))
      placements.push({ member, runnerId: best.room.runnerId, allocation: null })
    }
    const gone = new Set<M>(best.members)
    light = light.filter((member) => !gone.has(member))
  }
  for (const member of hardestFirst(members, rooms)) {
    const room = order
      .map((id) => left.get(id))
      .find((one) => one && mayGo(member, one) && shortages(member.needs, one).size === 0)
    if (!room) return undefined
    const { allocation, room: after } = give(member.needs, room)
    left.set(room.runnerId, after)
    keepApart(left, room.runnerId, member.needs)
    if (allocation && !runsElsewhere(member.needs)) shareHost(left, after, allocation)
    placements.push({ member, runnerId: room.runnerId, allocation })
  }
  return { placements, rooms: left }
}

/** Where there are few runners every way is tried, as who waits for room would have waited for ever. */
const FEW_ROOMS = 32
const MOST_STEPS = 500

/** Members of several kinds, for which the first room may be the wrong one. */
function placePacked<M extends Member>(
  members: readonly M[],
  rooms: Rooms,
  order: readonly string[],
): Placed<M> | undefined {
  const there = order.flatMap((id) => rooms.get(id) ?? [])
  const kinds = kindsOf(members)
  if (kinds.length < 2 || there.length < 2 || there.length > FEW_ROOMS) return undefined
  if (members.some(({ needs }) => !needs || needs.apart || runsElsewhere(needs))) return undefined
  const found = pack(
    kinds.map((group) => asKind(group, there)),
    there.map(sizeOfRoom),
    MOST_STEPS,
  )
  if (found.type !== 'fits') return undefined
  const left = new Map(rooms)
  const placements: Placement<M>[] = []
  for (const [number, group] of kinds.entries()) {
    const targets = found.shares[number].flatMap((count, at) =>
      Array.from({ length: count }, () => there[at].runnerId),
    )
    for (const [at, member] of group.entries()) {
      const room = left.get(targets[at])
      // Runners of one host have its devices and ports between them.
      if (!room || shortages(member.needs, room).size > 0) return undefined
      const { allocation, room: after } = give(member.needs, room)
      left.set(room.runnerId, after)
      if (allocation) shareHost(left, after, allocation)
      placements.push({ member, runnerId: room.runnerId, allocation })
    }
  }
  return { placements, rooms: left }
}

/** Members that differ in nothing but their names. */
export function kindsOf<M extends Member>(members: readonly M[]): M[][] {
  const wish = ({ party, site, file, needs }: M) => JSON.stringify([party, site, file, needs])
  return [...Map.groupBy(members, wish).values()]
}

/** Such members, to be packed into rooms of `sizeOfRoom`. */
export function asKind(members: readonly Member[], rooms: readonly Room[]): Kind {
  const [first] = members
  const { cores = 0, memoryMb = 0, gpus = 0, ports = 0 } = first.needs ?? {}
  const able = rooms.map((room) => mayGo(first, room))
  return {
    count: members.length,
    size: [cores, memoryMb, gpus, ports, 1],
    may: (room) => able[room],
  }
}

/** What a room has of everything that its members take. */
export function sizeOfRoom(room: Room): number[] {
  return [room.cores, room.memoryMb, room.gpus.length, freePorts(room.ports), room.slots]
}

/**
 * Where a group that does not fit now waits for room; undefined when it never fits. The choice must not go back and
 * forth, or room that was kept at one runner would be given away again: a task goes where it lacks least, which only
 * ever shrinks where room is kept; a group of several goes to the same runners each time.
 */
export function targetsOf<M extends Member>(
  members: readonly M[],
  { rooms, whole }: Hall,
): Placement<M>[] | undefined {
  const fixed = [...whole.keys()].toSorted()
  const [only, ...others] = members
  if (others.length > 0) return placeGroup(members, whole, fixed)?.placements
  const lack = new Map([...rooms].map(([id, room]) => [id, lackOf(only, room)]))
  const nearest = fixed.toSorted((a, b) => (lack.get(a) ?? 0) - (lack.get(b) ?? 0))
  return placeGroup(members, whole, nearest)?.placements
}

function lackOf({ needs }: Member, room: Room): number {
  return [...shortages(needs, room).values()].reduce((sum, share) => sum + share, 0)
}

const NOTHING = { allocation: null, elsewhere: false } as const

/** The first runner, else the one that takes most of the light members: all it may have, so that few are apart. */
function bestForLight<M extends Member>(
  members: readonly M[],
  rooms: Rooms,
  order: readonly string[],
): { room: Room; members: M[] } | undefined {
  let best: { room: Room; members: M[] } | undefined
  for (const id of order) {
    const room = rooms.get(id)
    if (!room) continue
    const own = members.filter((member) => mayGo(member, room))
    // More than a runner has slots for go to one that holds nothing, as they would wait for ever.
    const fits = own.length <= room.slots || (room.idle && room.slots > 0)
    if (own.length <= (best?.members.length ?? 0) || !fits) continue
    best = { room, members: own }
    // Whoever asks is alive, which is less certain of the others.
    if (id === order[0]) return best
  }
  return best
}

/** Members with needs: those with the fewest choices and the largest wishes first. */
function hardestFirst<M extends Member>(members: readonly M[], rooms: Rooms): M[] {
  const all = [...rooms.values()]
  return members
    .filter((member) => member.needs !== null)
    .map((member) => ({ member, choices: all.filter((room) => mayGo(member, room)).length }))
    .toSorted((a, b) => a.choices - b.choices || bySize(a.member.needs, b.member.needs))
    .map(({ member }) => member)
}

function bySize(a: Needs | null, b: Needs | null): number {
  return (
    (b?.gpus ?? 0) - (a?.gpus ?? 0) ||
    (b?.cores ?? 0) - (a?.cores ?? 0) ||
    (b?.memoryMb ?? 0) - (a?.memoryMb ?? 0)
  )
}

/** Keeps the free room for a group, at the runners at which no earlier one waits. */
function keepFor(members: readonly Member[], hall: Hall, waitedFor: Set<string>): Rooms {
  const targets = targetsOf(members, hall)
  if (!targets) return hall.rooms
  const rooms = new Map(hall.rooms)
  const earlier = new Set(waitedFor)
  for (const { member, runnerId } of targets) {
    const room = rooms.get(runnerId)
    if (!room || earlier.has(runnerId)) continue
    waitedFor.add(runnerId)
    const { part, room: after } = keepBack(member.needs, room)
    rooms.set(runnerId, after)
    shareHost(rooms, after, part)
  }
  return rooms
}

/** Takes devices and ports away from the other runners of the host. */
function shareHost(rooms: Map<string, Room>, from: Room, given: Allocation): void {
  if (given.gpus.length === 0 && given.ports.length === 0) return
  for (const [id, room] of rooms) {
    if (room.host === from.host && room !== from) rooms.set(id, withoutNamed(room, given))
  }
}
