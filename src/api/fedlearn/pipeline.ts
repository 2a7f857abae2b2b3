/**
 * The jobs behind a training and an inference: the nodes of their graphs, and a task of each at every client.
 * @module
 */
import type { JobNode } from '../../db/table/job.ts'
import type { Catalog, CatalogEntry } from '../../domain/catalog.ts'
import { invalid } from '../../domain/error.ts'
import type { NewTask } from '../../domain/job.ts'
import type { ComponentSpec, TableSource } from '../../domain/work.ts'

/** The node of a training that learns. */
export const TRAIN_NODE = 'train'

/** A client in a job: the first has the labels. */
export interface Seat {
  readonly role: 'guest' | 'host'
  readonly party: string
  readonly position: number
  /** The data directory that holds its data set or its part of the model. */
  readonly site: string
}

/** A node of a graph, and what it is given at each client. */
export interface PipelineNode {
  readonly name: string
  readonly module: string
  /** The only role that takes part, where not all that the module has do. */
  readonly only?: Seat['role']
  /** Nodes whose tables and models it reads, by its slots. */
  readonly data?: Readonly<Record<string, readonly TableRef[]>>
  /** Nodes whose models it reads; `job` is the training that made them, where it is another one. */
  readonly model?: { readonly node: string; readonly job?: string }
  params(seat: Seat): Record<string, unknown>
  /** Tables from outside, in the slot `data`. */
  sources?(seat: Seat): readonly TableSource[]
}

/** A table of another node: its first, unless another is named. */
export interface TableRef {
  readonly node: string
  readonly output?: string
}

/** Who is who: the holder of the labels first. */
export function seatsOf(
  clients: readonly { readonly party: string; readonly site: string }[],
): Seat[] {
  return clients.map(({ party, site }, at) => ({
    role: at === 0 ? 'guest' : 'host',
    party,
    site,
    position: Math.max(0, at - 1),
  }))
}

/** Parties by role. */
export function membersOf(seats: readonly Seat[]): Record<string, string[]> {
  const of = (role: Seat['role']) =>
    seats.filter((seat) => seat.role === role).map(({ party }) => party)
  const members = { guest: of('guest'), host: of('host') }
  return Object.fromEntries(Object.entries(members).filter(([, parties]) => parties.length > 0))
}

/** The graph of the nodes, in their order. */
export function graphOf(nodes: readonly PipelineNode[]): JobNode[] {
  return nodes.map(({ name, module, data = {}, model }) => ({
    name,
    module,
    needs: [
      ...Object.values(data)
        .flat()
        .map(({ node }) => ({ node, kind: 'data' as const })),
      ...(model && model.job === undefined ? [{ node: model.node, kind: 'model' as const }] : []),
    ],
  }))
}

/** A task of every node at every seat that its module has a role for. */
export function tasksOf(
  nodes: readonly PipelineNode[],
  job: { readonly seats: readonly Seat[]; readonly catalog: Catalog },
): NewTask[] {
  const members = membersOf(job.seats)
  return nodes.flatMap((node) => {
    const entry = job.catalog.get(node.module)
    if (!entry) throw new Error(`No module ${node.module}`)
    return job.seats
      .filter(({ role }) => entry.roles.includes(role) && (node.only ?? role) === role)
      .map((seat): NewTask => {
        const spec: ComponentSpec = {
          type: 'component',
          module: node.module,
          params: moduleParams(entry, node.params(seat)),
          members,
          data: dataOf(node, seat),
          models: node.model
            ? [
                {
                  slot: 'model',
                  nodes: [node.model.node],
                  ...(node.model.job === undefined ? {} : { job: node.model.job }),
                },
              ]
            : [],
          run: true,
        }
        const { role, party, position, site } = seat
        return { name: node.name, kind: 'component', role, party, position, site, spec }
      })
  })
}

/** Parameters as a module takes them. Throws what is wrong with one as a caller may see it. */
export function moduleParams(
  { parseParams }: Pick<CatalogEntry, 'parseParams'>,
  params: object,
): Record<string, unknown> {
  try {
    return parseParams(params)
  } catch (error) {
    // Its own issues name fields as clients do.
    const issues = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues
    if (!issues) throw error
    throw invalid(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
}

function dataOf({ data = {}, sources }: PipelineNode, seat: Seat): ComponentSpec['data'] {
  const slots = Object.entries(data).map(([slot, refs]) => ({
    slot,
    tables: refs.map((ref): TableSource => ({ type: 'output', ...ref })),
  }))
  const outside = sources?.(seat) ?? []
  return outside.length > 0 ? [{ slot: 'data', tables: outside }, ...slots] : slots
}
