/**
 * Refuses jobs of task roles that no runner could ever run, with what is short.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Capacity } from '../db/table/runner.ts'
import type { Db } from '../db/type.ts'
import { type DomainError, forbidden, unavailable } from './error.ts'
import { IMAGE_GPUS_REMEDY, lacksImageGpus, lacksLabels, runsElsewhere } from './fit.ts'
import { requireNodes } from './framework-cluster.ts'
import { type FrameworkPlan, type PlannedRole, totalsOf } from './framework-plan.ts'
import { tooMuchOf } from './pack.ts'
import { liveRunners, noRunner } from './runner.ts'

/** Throws when a live runner would have to be larger, or all of them together, or there would have to be more. */
export async function requireRoom(db: Db, plan: FrameworkPlan): Promise<void> {
  const runners = await openRunners(db)
  const offers = runners.map(({ capacity }) => capacity)
  if (offers.length === 0) throw unavailable(noRunner(null, null))
  for (const role of plan.roles) {
    const allowed = offers.filter((offer) => mayRun(offer, role))
    if (allowed.length === 0) throw notAllowed(role, offers)
    const able = allowed.filter((offer) => !lacksImageGpus(needsOf(role), offer))
    if (able.length === 0)
      throw forbidden(
        `Role "${role.name}" asks for ${needsOf(role).gpus} GPUs an instance in its image, and no live runner can pass GPUs into images: ${IMAGE_GPUS_REMEDY}, or set extras.weft.host to true to run its commands as processes of the host`,
      )
    // A cluster knows its own room, but for the ports, which the runner gives away.
    const sizes = runsElsewhere(role.spec) ? SIZES.filter(([key]) => key === 'ports') : SIZES
    for (const [key, unit, size] of sizes) {
      const asked = role.spec.needs[key] ?? 0
      const most = Math.max(...able.map(size))
      if (asked > most)
        throw forbidden(
          `Role "${role.name}" asks for ${asked} ${unit} an instance, and no live runner has more than ${most}: ask for less, or start a larger runner`,
        )
    }
    const whole = able.some((offer) =>
      sizes.every(([key, , size]) => (role.spec.needs[key] ?? 0) <= size(offer)),
    )
    if (!whole)
      throw forbidden(
        `No live runner has all at once that an instance of role "${role.name}" asks for: ask for less, or start a larger runner`,
      )
  }
  requireNodes(plan, offers)
  if (!plan.gang || plan.roles.some(({ spec }) => runsElsewhere(spec))) return
  const totals = totalsOf(plan)
  for (const [key, unit, size] of SIZES) {
    if (key === 'ports') continue
    // Devices that no role can be given are none.
    const useful = offers.filter(
      (offer) =>
        key !== 'gpus' ||
        plan.roles.some((role) => {
          const needs = needsOf(role)
          return (needs.gpus ?? 0) > 0 && mayRun(offer, role) && !lacksImageGpus(needs, offer)
        }),
    )
    const all = useful.reduce((sum, offer) => sum + size(offer), 0)
    if (totals[key] > all)
      throw forbidden(
        `All instances together ask for ${totals[key]} ${unit}, and the live runners have ${all}: ask for less, start more runners, or set extras.gangAllocation to false`,
      )
  }
  requirePlaces(plan, runners)
}

/** Refuses a gang for which no way of sharing it out is one, however much there is together. */
function requirePlaces({ roles }: FrameworkPlan, runners: readonly OpenRunner[]): void {
  const kinds = roles.map((role) => {
    const needs = needsOf(role)
    const able = runners.map(
      ({ capacity }) =>
        mayRun(capacity, role) &&
        !lacksImageGpus(needs, capacity) &&
        lacksLabels(needs, { labels: capacity.labels ?? {} }).length === 0,
    )
    const size = [...SIZES.map(([key]) => needs[key] ?? 0), 1]
    return { count: role.instances, size, may: (runner: number) => able[runner] }
  })
  const rooms = runners.map(({ capacity, slots }) => [
    ...SIZES.map(([, , size]) => size(capacity)),
    slots,
  ])
  const found = tooMuchOf(kinds, rooms)
  if (!found) return
  const { name, instances } = roles[found.kind]
  throw forbidden(
    `The instances of all roles begin together, and however they are shared out among the live runners there is room for ${found.places} of the ${instances} of role "${name}": ask for less, start more runners, or set extras.gangAllocation to false`,
  )
}

/** Runners with a storage have a label that begins with it and goes on with its name: `rw`, or `ro`. */
export const STORAGE_LABEL = 'storage.'

/** The storages of live runners by name: `rw`, or `ro` where programs may only read. */
export async function openStorages(db: Db): Promise<ReadonlyMap<string, string>> {
  const labels = (await openOffers(db)).flatMap((offer) => Object.entries(offer.labels ?? {}))
  return new Map(
    labels
      .filter(([label]) => label.startsWith(STORAGE_LABEL))
      .map(([label, mode]) => [label.slice(STORAGE_LABEL.length), mode]),
  )
}

/** What runners have that take work of everybody. */
export async function openOffers(db: Db): Promise<Capacity[]> {
  return (await openRunners(db)).map(({ capacity }) => capacity)
}

interface OpenRunner {
  readonly capacity: Capacity
  readonly slots: number
}

async function openRunners(db: Db): Promise<OpenRunner[]> {
  const live = (await liveRunners(db)).filter(({ parties }) => parties === null)
  const rows = await db
    .selectFrom('runner')
    .select(['capacity', 'slots'])
    .where(
      'id',
      'in',
      live.map(({ id }) => id),
    )
    .execute()
  return rows.map(({ capacity, slots }) => ({ capacity: fromJson(capacity), slots }))
}

/** The cores, memory and devices of those runners together. */
export async function offeredUse(
  db: Db,
): Promise<{ cores: number; memoryMb: number; gpus: number }> {
  const offers = await openOffers(db)
  return {
    cores: offers.reduce((sum, one) => sum + (one.cores ?? 0), 0),
    memoryMb: offers.reduce((sum, one) => sum + (one.memoryMb ?? 0), 0),
    gpus: offers.reduce((sum, one) => sum + gpusOf(one), 0),
  }
}

const SIZES = [
  ['gpus', 'GPUs', (offer: Capacity) => gpusOf(offer)],
  ['cores', 'cores', (offer: Capacity) => offer.cores ?? 0],
  ['memoryMb', 'MB of memory', (offer: Capacity) => offer.memoryMb ?? 0],
  ['ports', 'ports', (offer: Capacity) => portsOf(offer)],
] as const

/** Devices that can be given away. */
export function gpusOf({ gpus = [] }: Capacity): number {
  return gpus.filter(({ kind }) => kind === 'cuda').length
}

function portsOf({ ports }: Capacity): number {
  return ports ? ports[1] - ports[0] + 1 : 0
}

function needsOf({ spec }: PlannedRole) {
  return { ...spec.needs, engine: spec.engine }
}

function mayRun({ engines = [], labels = {} }: Capacity, { spec }: PlannedRole): boolean {
  return engines.includes(spec.engine) && (spec.sandbox !== false || labels.processes === 'host')
}

function notAllowed(role: PlannedRole, offers: readonly Capacity[]): DomainError {
  const { engine } = role.spec
  if (!offers.some(({ engines = [] }) => engines.includes(engine)))
    return unavailable(
      `No live runner has engine "${engine}" for role "${role.name}": install bubblewrap on a runner, or set WEFT_PROCESSES=host there`,
    )
  return unavailable(
    `Role "${role.name}" is to run without a sandbox, and no live runner allows that: set WEFT_PROCESSES=host on a runner`,
  )
}
