/**
 * A flow as far as it can be checked before a runner has it; shared by the surfaces that take flows.
 * @module
 */
import type { Db } from '../db/type.ts'
import { invalid } from '../domain/error.ts'
import { type FlowJob, replaceFlow } from '../domain/flow-job.ts'
import { listUnits } from '../domain/flow-unit.ts'
import type { FlowSpec } from '../domain/work.ts'
import { type FlowDocument, readDocument } from '../flow/stream/document.ts'
import { buildGraph, type FlowGraph } from '../flow/stream/graph.ts'
import { type FlowProblem, problemText } from '../flow/stream/problem.ts'
import type { UnitDescriptor } from '../flow/stream/unit.ts'

/** Flows are the same, whichever surface they came by. */
export const FLOW_SURFACE = 'modelbox'

export interface CheckedFlow {
  readonly problems: readonly FlowProblem[]
  readonly document: FlowDocument | null
  /** Null also where only a runner can read the graph. */
  readonly graph: FlowGraph | null
}

/** Everything that is wrong with a flow. A graph that lies in a file of the runner's host is checked there. */
export async function checkFlow(
  db: Db,
  source: unknown,
  format: 'json' | 'toml' = 'json',
): Promise<CheckedFlow> {
  const read = readDocument(source, format)
  if ('problems' in read) return { problems: read.problems, document: null, graph: null }
  const { document } = read
  if (document.graphconf === null) return { problems: [], document, graph: null }
  const units = (await listUnits(db)).map(({ descriptor }) => descriptor as unknown)
  const { strict, args } = document
  const built = buildGraph(document.graphconf, {
    units: units as readonly UnitDescriptor[],
    strict,
    args,
    env: null,
  })
  return { problems: built.problems, document, graph: built.graph }
}

/** Starts a flow in place of the one of that name, if there is one; a bad one leaves everything as it is. */
export async function startFlow(
  db: Db,
  { name, owner }: { name: string; owner: string | null },
  spec: FlowSpec,
): Promise<FlowJob> {
  const { problems, document, graph } = await checkFlow(db, spec.source, spec.format)
  if (problems.length > 0) throw invalid(problemText(problems))
  return replaceFlow(db, {
    name,
    owner,
    surface: FLOW_SURFACE,
    description: document?.description ?? '',
    spec,
    units: unitsOf(graph),
  })
}

/** The units of a graph, as runners tell of them. */
export function unitsOf(graph: FlowGraph | null): string[] {
  return (graph?.nodes ?? []).flatMap(({ unit }) => (unit ? [`${unit.name}@${unit.device}`] : []))
}
