/**
 * What fits where: the room that runners have, and taking parts of it. Pure.
 * @module
 */
import type { Allocation, Needs } from '../db/table/job.ts'
import type { Capacity } from '../db/table/runner.ts'
import { serves } from './runner.ts'

/** What is free at one runner. */
export interface Room {
  readonly runnerId: string
  readonly name: string
  /** Its data directory. */
  readonly site: string
  /** Null for every party. */
  readonly parties: readonly string[] | null
  /** Runners of one host share its devices and ports. */
  readonly host: string
  readonly labels: Readonly<Record<string, string>>
  readonly engines: readonly string[]
  /** Flow units, as `name@device`. */
  readonly units: readonly string[]
  /** Whether it fetches uploads from the app. */
  readonly fetches: boolean
  readonly slots: number
  /** Whether it holds nothing at all. */
  readonly idle: boolean
  readonly cores: number
  readonly memoryMb: number
  readonly gpus: readonly string[]
  readonly ports: Ports
  /** Keys of tasks that run here and want to be apart from others of theirs. */
  readonly apart: ReadonlySet<string>
}

/** A range of ports without those that are given away. */
export interface Ports {
  readonly first: number
  readonly last: number
  readonly used: ReadonlySet<number>
}

/** Rooms by runner, in the order in which they are tried. */
export type Rooms = ReadonlyMap<string, Room>

/** What decides where a task may go. */
export interface Seeker {
  readonly party: string | null
  /** The data directory that holds its inputs, or null. */
  readonly site: string | null
  /** The data directory where the file of an upload lies, where one has to be fetched. */
  readonly file?: string | null
  /** Null for a light task: a slot and nothing else. */
  readonly needs: Needs | null
}

/** Engines that find room elsewhere: what their tasks ask for is none of the runner's own. */
const ELSEWHERE: ReadonlySet<string> = new Set(['slurm'])
const NOBODY: ReadonlySet<string> = new Set()
/** The label by which runners say whether images can be given their GPUs: `yes`, or `no`. */
export const CONTAINER_GPUS = 'container.gpus'
/** Sums of fractions of cores are not exact. */
const SLACK = 1e-9

/** Whether tasks of that engine leave the host of their runner alone. */
export function runsElsewhere(needs: Pick<Needs, 'engine'> | null): boolean {
  return needs?.engine !== undefined && ELSEWHERE.has(needs.engine)
}

/** The room of a runner that holds nothing. */
export function emptyRoom(runner: {
  readonly id: string
  readonly name: string
  readonly site: string
  readonly parties: readonly string[] | null
  readonly slots: number
  readonly capacity: Capacity
  readonly fetches?: boolean
  /** Its name for its host; a runner without one shares nothing. */
  readonly host: string | null
}): Room {
  const { id, name, site, parties, slots, capacity, host } = runner
  const [first, last] = capacity.ports ?? [1, 0]
  return {
    runnerId: id,
    name,
    site,
    parties,
    host: host === null ? `runner ${id}` : `host ${host}`,
    labels: capacity.labels ?? {},
    engines: capacity.engines ?? [],
    units: capacity.units ?? [],
    fetches: runner.fetches ?? false,
    slots,
    idle: true,
    cores: capacity.cores ?? 0,
    memoryMb: capacity.memoryMb ?? 0,
    // What only a browser's interface can address is shown, but is not something to give to a process.
    gpus: (capacity.gpus ?? []).filter((gpu) => gpu.kind === 'cuda').map((gpu) => gpu.id),
    ports: { first, last, used: new Set() },
    apart: NOBODY,
  }
}

/** How many ports are free. */
export function freePorts({ first, last, used }: Ports): number {
  let taken = 0
  for (const port of used) if (port >= first && port <= last) taken++
  return Math.max(0, last - first + 1 - taken)
}

/** Whether the task may run at that runner at all, however much room it has. */
export function mayGo(task: Seeker, room: Room): boolean {
  return (
    serves(room, task.party) &&
    (task.site === null || task.site === room.site) &&
    ((task.file ?? room.site) === room.site || room.fetches) &&
    lacksLabels(task.needs, room).length === 0 &&
    hasEngine(task.needs, room) &&
    !lacksImageGpus(task.needs, room) &&
    !isTooNear(task.needs, room) &&
    lacksUnits(task.needs, room).length === 0
  )
}

/** Whether a task runs there that this one has to be apart from. */
export function isTooNear(needs: Needs | null, { apart }: Pick<Room, 'apart'>): boolean {
  return needs?.apart !== undefined && apart.has(needs.apart.key)
}

/** Marks rooms into which no other task with the key of this one may go: the one it is in, or all of its host. */
export function keepApart(rooms: Map<string, Room>, at: string, needs: Needs | null): void {
  const room = rooms.get(at)
  if (!room || needs?.apart === undefined) return
  const { key, host } = needs.apart
  for (const [id, other] of rooms)
    if (id === at || (host && other.host === room.host))
      rooms.set(id, { ...other, apart: new Set([...other.apart, key]) })
}

/** The flow units that a task asks for and the runner does not have. */
export function lacksUnits(needs: Needs | null, { units }: Pick<Room, 'units'>): string[] {
  return (needs?.units ?? []).filter((unit) => !units.includes(unit))
}

/** The sentence for a flow whose units none of these runners has together; undefined where one does. */
export function noUnits(
  needs: Needs | null,
  runners: readonly Pick<Room, 'units'>[],
): string | undefined {
  const [fewest] = runners
    .map((runner) => lacksUnits(needs, runner))
    .toSorted((a, b) => a.length - b.length)
  if (fewest === undefined || fewest.length === 0) return undefined
  return `No live runner has all the flow units of the graph: ${fewest.join(', ')} ${fewest.length === 1 ? 'is' : 'are'} missing where the most are there`
}

/** The labels that a task asks for and the runner does not have. */
export function lacksLabels(
  needs: Needs | null,
  room: Pick<Room, 'labels'>,
): [key: string, value: string][] {
  return Object.entries(needs?.labels ?? {}).filter(
    // Labels are people's words: `constructor` is one like any other.
    ([key, value]) => !Object.hasOwn(room.labels, key) || room.labels[key] !== value,
  )
}

/** Whether the runner has the engine that a task asks for. */
export function hasEngine(needs: Needs | null, room: Room): boolean {
  return needs?.engine === undefined || room.engines.includes(needs.engine)
}

/** What helps where images cannot be given GPUs. */
export const IMAGE_GPUS_REMEDY =
  'install nvidia-container-toolkit on a runner with GPUs, where "weft-runner doctor" says what is missing'

/** Whether a task wants GPUs in an image and the runner cannot pass any into one. */
export function lacksImageGpus(
  needs: Pick<Needs, 'engine' | 'gpus'> | null,
  { labels = {} }: Pick<Capacity, 'labels'>,
): boolean {
  return needs?.engine === 'container' && (needs.gpus ?? 0) > 0 && labels[CONTAINER_GPUS] !== 'yes'
}

/** What a task lacks at a runner, each as a share of what it asks for: empty when it fits now. */
export function shortages(needs: Needs | null, room: Room): Map<keyof Needs | 'slots', number> {
  const short = new Map<keyof Needs | 'slots', number>()
  if (room.slots < 1) short.set('slots', 1)
  if (needs === null) return short
  const elsewhere = runsElsewhere(needs)
  const free = {
    cores: room.cores + SLACK,
    memoryMb: room.memoryMb,
    gpus: room.gpus.length,
    ports: needs.ports === undefined ? 0 : freePorts(room.ports),
  }
  for (const name of ['cores', 'memoryMb', 'gpus', 'ports'] as const) {
    if (elsewhere && name !== 'ports') continue
    const asked = needs[name] ?? 0
    if (asked > free[name]) short.set(name, (asked - free[name]) / asked)
  }
  return short
}

/** Gives a slot and what the task needs; throws where it does not fit. */
export function give(
  needs: Needs | null,
  room: Room,
): { allocation: Allocation | null; room: Room } {
  const short = shortages(needs, room)
  if (short.size > 0) throw new RangeError(`No room for ${[...short.keys()].join(', ')}`)
  const allocation = allocate(needs, room)
  return { allocation, room: occupy(room, { allocation, elsewhere: runsElsewhere(needs) }) }
}

/** The room that is left when a task has been given its slot and its allocation. */
export function occupy(
  room: Room,
  held: { readonly allocation: Allocation | null; readonly elsewhere: boolean },
): Room {
  const { allocation, elsewhere } = held
  const left = { ...room, slots: Math.max(0, room.slots - 1), idle: false }
  if (allocation === null) return left
  // Where its programs find each other is agreed on here, whoever gives them the rest.
  if (elsewhere) return withoutNamed(left, { ...allocation, gpus: [] })
  const cores = room.cores - allocation.cores
  return withoutNamed(
    {
      ...left,
      cores: cores < SLACK ? 0 : cores,
      memoryMb: Math.max(0, room.memoryMb - allocation.memoryMb),
    },
    allocation,
  )
}

/** The room without devices and ports that somebody on the same host has. */
export function withoutNamed(
  room: Room,
  { gpus, ports }: Pick<Allocation, 'gpus' | 'ports'>,
): Room {
  if (gpus.length === 0 && ports.length === 0) return room
  return {
    ...room,
    gpus: room.gpus.filter((id) => !gpus.includes(id)),
    ports: { ...room.ports, used: new Set([...room.ports.used, ...ports]) },
  }
}

/** As much of what a task needs as there is, for a task that waits for the rest. */
export function keepBack(needs: Needs | null, room: Room): { part: Allocation; room: Room } {
  const asked = runsElsewhere(needs) ? {} : (needs ?? {})
  const part = {
    cores: Math.min(asked.cores ?? 0, room.cores),
    memoryMb: Math.min(asked.memoryMb ?? 0, room.memoryMb),
    gpus: room.gpus.slice(0, asked.gpus ?? 0),
    ports: pickPorts(room.ports, Math.min(asked.ports ?? 0, freePorts(room.ports))),
  }
  return { part, room: occupy(room, { allocation: part, elsewhere: false }) }
}

function allocate(needs: Needs | null, room: Room): Allocation | null {
  if (needs === null) return null
  const { cores = 0, memoryMb = 0, gpus = 0, ports = 0 } = needs
  if (runsElsewhere(needs)) {
    // The cluster chooses the devices: only their number counts.
    const devices = Array.from({ length: gpus }, (_, at) => String(at))
    return { cores, memoryMb, gpus: devices, ports: pickPorts(room.ports, ports) }
  }
  return { cores, memoryMb, gpus: room.gpus.slice(0, gpus), ports: pickPorts(room.ports, ports) }
}

/** The lowest free ports. */
function pickPorts({ first, last, used }: Ports, count: number): number[] {
  const picked: number[] = []
  for (let port = first; port <= last && picked.length < count; port++) {
    if (!used.has(port)) picked.push(port)
  }
  return picked
}
