/**
 * Refuses jobs of task roles that a cluster could never run, by what it has at all: whether there is room now is for the
 * cluster to know.
 * @module
 */
import type { Capacity, ClusterNodes } from '../db/table/runner.ts'
import { forbidden } from './error.ts'
import { runsElsewhere } from './fit.ts'
import type { FrameworkPlan, PlannedRole } from './framework-plan.ts'

const SIZES = [
  ['cores', 'cores'],
  ['memoryMb', 'MB of memory'],
  ['gpus', 'GPUs'],
] as const

/** Throws when no node could take an instance, or all nodes together not the gang. */
export function requireNodes(plan: FrameworkPlan, offers: readonly Capacity[]): void {
  const asking = plan.roles.filter(({ spec }) => runsElsewhere(spec))
  for (const [engine, roles] of Map.groupBy(asking, ({ spec }) => spec.engine)) {
    const able = offers.filter(({ engines }) => engines?.includes(engine))
    const clusters = able.flatMap(({ cluster }) => cluster ?? [])
    // One that has not told how large it is may be large enough.
    if (clusters.length === 0 || clusters.length < able.length) continue
    const apart = new Map(clusters.map(({ name, nodes }) => [name, nodes]))
    const nodes = [...apart.values()].flat()
    for (const role of roles) requireNode(role, nodes)
    if (plan.gang) requireAtOnce(roles, nodes)
  }
}

function requireNode(role: PlannedRole, nodes: readonly ClusterNodes[]): void {
  const asked = askedOf(role)
  for (const [key, unit] of SIZES) {
    const most = Math.max(...nodes.map((node) => node[key]))
    if (asked[key] > most)
      throw forbidden(
        `Role "${role.name}" asks for ${asked[key]} ${unit} an instance, and no node of the cluster has more than ${most}: ask for less${GROWN}`,
      )
  }
  if (!nodes.some((node) => SIZES.every(([key]) => asked[key] <= node[key])))
    throw forbidden(
      `No node of the cluster has all at once that an instance of role "${role.name}" asks for: ask for less${GROWN}`,
    )
}

/** Memory counts for each node alone: many a cluster does not share it out. */
function requireAtOnce(roles: readonly PlannedRole[], nodes: readonly ClusterNodes[]): void {
  const all = sumOf(nodes, ({ count }) => count)
  const cluster =
    all === 1 ? 'the one node of the cluster has' : `the ${all} nodes of the cluster have`
  for (const [key, unit] of SIZES) {
    if (key === 'memoryMb') continue
    const asked = sumOf(roles, (role) => role.instances * askedOf(role)[key])
    const there = sumOf(nodes, (node) => node.count * node[key])
    if (asked > there)
      throw forbidden(
        `All instances together ask for ${asked} ${unit}, and ${cluster} ${there}: ask for less, or set extras.gangAllocation to false${GROWN}`,
      )
  }
  for (const role of roles) {
    const room = sumOf(nodes, (node) => node.count * placesOn(node, role))
    if (role.instances > room)
      throw forbidden(
        `Role "${role.name}" has ${role.instances} instances of ${inWords(role)}, and ${cluster} room for ${room} of them at once: ask for less, or set extras.gangAllocation to false${GROWN}`,
      )
  }
}

const GROWN = ', or start its runner again where the cluster has grown'

/** How many instances of a role a node takes that holds nothing else. */
function placesOn(node: ClusterNodes, role: PlannedRole): number {
  const { cores, gpus, memoryMb } = askedOf(role)
  if (memoryMb > node.memoryMb) return 0
  const byCores = Math.floor(node.cores / cores)
  return gpus === 0 ? byCores : Math.min(byCores, Math.floor(node.gpus / gpus))
}

/** A cluster gives whole cores, and at least one. */
function askedOf({ spec: { needs } }: PlannedRole) {
  return {
    cores: Math.max(1, Math.ceil(needs.cores ?? 0)),
    memoryMb: Math.ceil(needs.memoryMb ?? 0),
    gpus: needs.gpus ?? 0,
  }
}

function inWords(role: PlannedRole): string {
  const { cores, gpus } = askedOf(role)
  const both = `${cores} ${cores === 1 ? 'core' : 'cores'}`
  return gpus === 0 ? both : `${both} and ${gpus} ${gpus === 1 ? 'GPU' : 'GPUs'}`
}

function sumOf<T>(of: readonly T[], size: (one: T) => number): number {
  return of.reduce((sum, one) => sum + size(one), 0)
}
