/**
 * A flow as far as it can be checked before a runner has it; shared by the surfaces that take flows.
 * @module
 */
import type { Db } from '../db/type.ts'
import { invalid, notFound } from '../domain/error.ts'
import { findFlow, type FlowJob, getFlow, replaceFlow } from '../domain/flow-job.ts'
import { emptyTrace, type FlowTrace, readTrace } from '../domain/flow-trace.ts'
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

/** Starts a flow in place of the one of that name, if there is one, with as many replicas; a bad one changes nothing. */
export async function startFlow(
  db: Db,
  { name, owner }: { name: string; owner: string | null },
  { replicas, ...spec }: FlowSpec & { readonly replicas?: number },
): Promise<FlowJob> {
  const { problems, document, graph } = await checkFlow(db, spec.source, spec.format)
  if (problems.length > 0) throw invalid(problemText(problems))
  const before = await findFlow(db, { surface: FLOW_SURFACE, name })
  return replaceFlow(db, {
    name,
    owner,
    surface: FLOW_SURFACE,
    description: document?.description ?? '',
    spec,
    units: unitsOf(graph),
    replicas: replicas ?? (before?.tasks.length || 1),
    atPort: takesPort(graph),
  })
}

/** Whether a source of the graph takes requests at a port that the graph names. */
function takesPort(graph: FlowGraph | null): boolean {
  return (graph?.nodes ?? []).some(({ unit, inputs, settings }) => {
    if (unit === null || inputs.length > 0) return false
    const option = unit.options.find(({ name }) => name === 'endpoint')
    if (!option) return false
    const endpoint = settings['endpoint'] ?? option.default ?? ''
    return !(URL.canParse(endpoint) && new URL(endpoint).port === '0')
  })
}

/** The trace of a flow's last calls, empty where there were none yet; throws where none is written. */
export async function getTrace(db: Db, name: string): Promise<FlowTrace> {
  const { job } = await getFlow(db, { surface: FLOW_SURFACE, name })
  const trace = await readTrace(db, { jobId: job.id, name })
  if (trace) return trace
  const { source, format } = job.request as { source?: unknown; format?: 'json' | 'toml' }
  const read = readDocument(source, format)
  if ('document' in read && read.document.trace) return emptyTrace({ name, began: job.createdAt })
  throw notFound(`Flow "${name}" has no trace: set "trace" of its [profile] to true and start it`)
}

/** The units of a graph, as runners tell of them. */
export function unitsOf(graph: FlowGraph | null): string[] {
  return (graph?.nodes ?? []).flatMap(({ unit }) => (unit ? [`${unit.name}@${unit.device}`] : []))
}
