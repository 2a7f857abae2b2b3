/**
 * Why a task is not begun, in words: what is short, where, and whether waiting helps. Pure.
 * @module
 */
import type { Needs } from '../db/table/job.ts'
import { asKind, type Hall, kindsOf, type Member, placeGroup, sizeOfRoom } from './assign.ts'
import {
  freePorts,
  hasEngine,
  IMAGE_GPUS_REMEDY,
  isTooNear,
  lacksImageGpus,
  lacksLabels,
  lacksUnits,
  mayGo,
  noUnits,
  type Room,
  type Rooms,
  shortages,
} from './fit.ts'
import { tooMuchOf } from './pack.ts'
import { noRunner, onlyDrained, serves } from './runner.ts'
import { NO_SPOOL_READER } from './spool.ts'

/** A task that waits, as it is spoken of. */
export interface Waiting extends Member {
  readonly role: string | null
}

/** Why this member of a group is not begun; `ahead` tasks are before it at the runners to which it may go. */
export function whyNot(
  member: Waiting,
  around: { readonly group: readonly Waiting[]; readonly hall: Hall; readonly ahead: number },
): string {
  const { group, hall, ahead } = around
  const never = unplaceable(member, hall)
  if (never !== undefined) return never
  const own = shortOf(member, hall)
  if (own !== undefined) return own + queue(ahead)
  for (const mate of group) {
    if (mate === member) continue
    const theirs = unplaceable(mate, hall) ?? shortOf(mate, hall)
    if (theirs !== undefined) return `Waits for the member of its group ${at(mate)}: ${theirs}`
  }
  if (group.length > 1) {
    if (!placeGroup(group, hall.whole)) return tooLarge(group, hall)
    if (!placeGroup(group, hall.rooms)) {
      return `Its group of ${group.length} tasks begins together; there is not yet room for all of them${queue(ahead)}`
    }
  }
  return ahead === 0 ? 'About to be taken by a runner' : `Waits for ${count(ahead, 'task')} ahead`
}

/** Why no runner that takes work can ever take the task, or undefined. */
function unplaceable(member: Waiting, { whole, drained }: Hall): string | undefined {
  const never = unplaceableIn(member, whole)
  if (never === undefined || drained === undefined) return never
  const able = [...drained.values()].filter(
    (room) => unplaceableIn(member, new Map([[room.runnerId, room]])) === undefined,
  )
  return able.length === 0 ? never : onlyDrained(able.map(({ name }) => name))
}

function unplaceableIn(member: Waiting, whole: Rooms): string | undefined {
  const { needs } = member
  const serving = [...whole.values()].filter((room) => serves(room, member.party))
  if (serving.length === 0) return noRunner(member.role, member.party)
  const near = serving.filter((room) => member.site === null || member.site === room.site)
  if (near.length === 0) {
    return `Waits for the runner that holds its data: ${serving.length} live, none with that data directory`
  }
  const reading = near.filter((room) => (member.file ?? room.site) === room.site || room.fetches)
  if (reading.length === 0) return NO_SPOOL_READER
  const labelled = reading.filter((room) => lacksLabels(needs, room).length === 0)
  if (labelled.length === 0) {
    const asked = Object.entries(needs?.labels ?? {}).map(([key, value]) => `${key}=${value}`)
    const there = new Set(
      reading.flatMap(({ labels }) =>
        Object.entries(labels).map(([key, value]) => `${key}=${value}`),
      ),
    )
    const rest = there.size === 0 ? 'there are no labels' : `there are ${list(there)}`
    const labels = asked.length === 1 ? 'the label' : 'the labels'
    const remedy = `start one with WEFT_LABELS=${asked.join(',')}`
    return `No live runner has ${labels} ${list(asked)} (${rest}): ${remedy}`
  }
  const engined = labelled.filter((room) => hasEngine(needs, room))
  if (engined.length === 0) {
    const there = new Set(labelled.flatMap(({ engines }) => engines))
    const rest = there.size === 0 ? 'there are none' : `there are ${list(there)}`
    return `No live runner has the engine ${needs?.engine}: ${rest}`
  }
  const able = engined.filter((room) => !lacksImageGpus(needs, room))
  if (able.length === 0) return `No live runner can give an image GPUs: ${IMAGE_GPUS_REMEDY}`
  const unitless = noUnits(needs, able)
  if (unitless !== undefined) return unitless
  const fitted = able.filter((room) => lacksUnits(needs, room).length === 0)
  const apart = fitted.filter((room) => !isTooNear(needs, room))
  if (apart.length === 0)
    return `Every ${needs?.apart?.host === true ? 'host' : 'runner'} that could take it has a replica of it already: start another runner${needs?.apart?.host === true ? ' on another host' : ''}`
  if (needs === null || apart.some((room) => shortages(needs, room).size === 0)) return undefined
  const asked = RESOURCES.filter((name) => (needs[name] ?? 0) > 0)
  const beyond = asked.filter((name) => apart.every((room) => shortages(needs, room).has(name)))
  if (beyond.length === 0) return `${NEVER}: none has ${wish(needs, asked)} together`
  const most = beyond.map((name) =>
    amount(name, Math.max(...apart.map((room) => free(name, room)))),
  )
  const who = apart.length === 1 ? 'the only runner' : 'the largest runner'
  return `${NEVER}: needs ${wish(needs, beyond)}, ${who} for it has ${list(most)}`
}

/** What a task lacks now, and of how many runners; undefined when it fits. */
function shortOf(member: Waiting, { rooms, whole }: Hall): string | undefined {
  const { needs } = member
  const able = [...rooms.values()].filter((room) => {
    const all = whole.get(room.runnerId)
    return mayGo(member, room) && all !== undefined && shortages(needs, all).size === 0
  })
  if (able.some((room) => shortages(needs, room).size === 0)) return undefined
  const lacking = RESOURCES.filter((name) => nearest(needs, able).has(name))
  const none = `0 of ${count(able.length, 'runner')} ${able.length === 1 ? 'has' : 'have'}`
  if (needs === null || lacking.length === 0) return `Waits for a free slot; ${none} one`
  const asked = `Needs ${wish(needs, lacking)}; ${none}`
  const [first] = lacking
  if (lacking.length > 1) return `${asked} all of that free`
  if (needs[first] === 1) return `${asked} one free`
  const most = Math.max(...able.map((room) => free(first, room)))
  return `${asked} that much free, the most is ${amount(first, most)}`
}

function tooLarge(group: readonly Waiting[], { whole }: Hall): string {
  const all = [...whole.values()]
  const who = `its group of ${count(group.length, 'task')} begins together and needs`
  for (const name of RESOURCES) {
    const asked = group.reduce((sum, { needs }) => sum + (needs?.[name] ?? 0), 0)
    const there = all.reduce((sum, room) => sum + free(name, room), 0)
    if (asked > there) {
      return `${NEVER}: ${who} ${amount(name, asked)}, all runners together have ${amount(name, there)}`
    }
  }
  const slots = all.reduce((sum, room) => sum + room.slots, 0)
  if (group.length > slots) {
    return `${NEVER}: ${who} ${count(group.length, 'slot')}, all runners together have ${slots}`
  }
  return `${NEVER}: ${who} more than fits on all runners at once${beside(group, all)}`
}

/** Of which members there is no room beside the others; nothing where that is not known. */
function beside(group: readonly Waiting[], rooms: readonly Room[]): string {
  const kinds = kindsOf(group)
  const found = tooMuchOf(
    kinds.map((kind) => asKind(kind, rooms)),
    rooms.map(sizeOfRoom),
  )
  if (!found) return ''
  const kind = kinds[found.kind]
  const [{ needs }] = kind
  const asked = RESOURCES.filter((name) => (needs?.[name] ?? 0) > 0)
  const each = needs && asked.length > 0 ? `, ${wish(needs, asked)} each,` : ''
  return `; of ${count(kind.length, 'task')}${each} there is room for ${found.places}`
}

const NEVER = 'Can never start on the runners that live now'
const RESOURCES = ['gpus', 'cores', 'memoryMb', 'ports'] as const
type Resource = (typeof RESOURCES)[number]

/** What is short where the least is. */
function nearest(needs: Needs | null, rooms: readonly Room[]): ReturnType<typeof shortages> {
  const all = rooms.map((room) => {
    const short = shortages(needs, room)
    return { short, sum: [...short.values()].reduce((sum, share) => sum + share, 0) }
  })
  return all.toSorted((a, b) => a.sum - b.sum)[0].short
}

function free(name: Resource, room: Room): number {
  if (name === 'gpus') return room.gpus.length
  return name === 'ports' ? freePorts(room.ports) : room[name]
}

function wish(needs: Needs, names: readonly Resource[]): string {
  return list(names.map((name) => amount(name, needs[name] ?? 0)))
}

function amount(name: Resource, much: number): string {
  if (name === 'memoryMb') return `${much} MB of memory`
  // Cores may be shared in parts.
  return count(Math.round(much * 100) / 100, { gpus: 'GPU', cores: 'core', ports: 'port' }[name])
}

function count(much: number, noun: string): string {
  return `${much} ${noun}${much === 1 ? '' : 's'}`
}

function list(words: Iterable<string>): string {
  const all = [...words]
  // A reason is read at a glance.
  if (all.length > 8) return `${all.slice(0, 8).join(', ')} and ${all.length - 8} more`
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`
}

function queue(ahead: number): string {
  return ahead === 0 ? '' : `; ${count(ahead, 'task')} ahead of it`
}

function at({ role, party }: Waiting): string {
  if (party === null) return role === null ? '' : `in role ${role}`
  return `on party ${party}`
}
