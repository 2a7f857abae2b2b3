/**
 * What the nodes of a flow did when, in the Trace Event Format that chrome://tracing and Perfetto open.
 * @module
 */
import { fromJson } from '../db/json.ts'
import type { Db } from '../db/type.ts'

/** Calls of one run of a flow, as its runner tells of them. */
export interface TracePiece {
  /** The attempt: what an earlier one has told is out of date. */
  readonly run: number
  readonly sequence: number
  /** When the run began, in milliseconds since 1970. */
  readonly began: number
  /** The node of each lane; a node with several calls at once has several. */
  readonly lanes: readonly string[]
  /** Times in microseconds since the run began. */
  readonly calls: readonly (readonly [lane: number, at: number, took: number, rows: number])[]
  /** Calls that were too many to be told of. */
  readonly left: number
}

/** An event of the Trace Event Format, as far as it is used here. */
export interface TraceEvent {
  readonly name: string
  /** `X` a call, `M` a name, `i` a remark. */
  readonly ph: 'X' | 'M' | 'i'
  readonly pid: number
  readonly tid: number
  readonly ts?: number
  readonly dur?: number
  readonly cat?: string
  readonly s?: 't'
  readonly args: Readonly<Record<string, string | number>>
}

export interface FlowTrace {
  readonly traceEvents: readonly TraceEvent[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: { readonly flow: string; readonly began: string }
}

const MOST_PIECES = 4096

/** The trace of a flow's last calls, one process a task of it; undefined where none was written. */
export async function readTrace(
  db: Db,
  flow: { readonly jobId: string; readonly name: string },
): Promise<FlowTrace | undefined> {
  const rows = await db
    .selectFrom('task_fact')
    .innerJoin('task', 'task.id', 'task_fact.task_id')
    .select(['task.name', 'task_fact.value'])
    .where('task.job_id', '=', flow.jobId)
    .where('task_fact.key', 'like', 'trace.%')
    .limit(MOST_PIECES)
    .execute()
  const told = rows.map(({ name, value }) => ({
    name,
    piece: fromJson<TracePiece>(value as never),
  }))
  if (told.length === 0) return undefined
  const tasks = [...Map.groupBy(told, ({ name }) => name)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const runs = tasks.map(([name, all]) => {
    const run = Math.max(...all.map(({ piece }) => piece.run))
    const pieces = all.map(({ piece }) => piece).filter((piece) => piece.run === run)
    return { name, pieces: pieces.toSorted((a, b) => a.sequence - b.sequence) }
  })
  const began = Math.min(...runs.map(({ pieces }) => pieces[0].began))
  return {
    traceEvents: runs.flatMap((run, index) => eventsOf(run, { pid: index + 1, began })),
    displayTimeUnit: 'ms',
    otherData: { flow: flow.name, began: new Date(began).toISOString() },
  }
}

/** The trace of a flow none of whose nodes was called yet. */
export function emptyTrace(flow: { readonly name: string; readonly began: number }): FlowTrace {
  return {
    traceEvents: [],
    displayTimeUnit: 'ms',
    otherData: { flow: flow.name, began: new Date(flow.began).toISOString() },
  }
}

function eventsOf(
  { name, pieces }: { readonly name: string; readonly pieces: readonly TracePiece[] },
  { pid, began }: { readonly pid: number; readonly began: number },
): TraceEvent[] {
  // Lanes are only ever added.
  const lanes = pieces.at(-1)?.lanes ?? []
  const calls = pieces.flatMap((piece) => traceCalls(piece, { lanes, pid, began }))
  return [...traceNames({ name, lanes, pid }), ...calls]
}

/** The names of a process and of its lanes. */
export function traceNames(of: {
  readonly name: string
  readonly lanes: readonly string[]
  readonly pid: number
}): TraceEvent[] {
  const { name, lanes, pid } = of
  const named = (kind: string, tid: number, text: string): TraceEvent => ({
    name: kind,
    ph: 'M',
    pid,
    tid,
    args: { name: text },
  })
  return [
    named('process_name', 0, name),
    ...lanes.map((node, lane) => named('thread_name', lane + 1, node)),
  ]
}

/** The calls of a piece, in times since `began`. */
export function traceCalls(
  piece: TracePiece,
  { lanes, pid, began }: { lanes: readonly string[]; pid: number; began: number },
): TraceEvent[] {
  const later = (piece.began - began) * 1000
  const events: TraceEvent[] = piece.calls.map(([lane, at, took, rows]) => ({
    name: lanes[lane],
    cat: 'unit',
    ph: 'X',
    pid,
    tid: lane + 1,
    ts: later + at,
    dur: took,
    args: { batch_size: rows },
  }))
  const last = piece.calls.at(-1)
  if (piece.left > 0 && last)
    events.push({
      name: `${piece.left} calls are left out`,
      ph: 'i',
      s: 't',
      pid,
      tid: last[0] + 1,
      ts: later + last[1] + last[2],
      args: {},
    })
  return events
}
