/**
 * The calls of a flow's nodes, as they are told to the server: pieces that take the place of the oldest, so that a flow
 * which runs for weeks has the trace of its last calls.
 * @module
 */
import type { TracePiece } from '../../domain/flow-trace.ts'
import type { ReportBody } from '../executor.ts'

/** Calls in a piece. */
const PIECE = 2000
/** Pieces that are kept. */
const KEPT = 32
/** Pieces that are told at once; what is more between two of them is counted, not told. */
const AT_ONCE = 4

export interface Tracer {
  /** A call begins; what it answers is called at its end. */
  call(node: string, rows: number): () => void
  /** Tells what has ended since the last time. */
  tell(): void
}

/** Notes the calls of attempt number `run`. */
export function createTracer(
  run: number,
  report: (body: ReportBody) => void,
  now: () => number = () => performance.now(),
): Tracer {
  const start = now()
  const began = Date.now()
  /** Names of lanes, each a node; one that has several calls at once has several. */
  const lanes: string[] = []
  /** By node: its lanes, and which of them are free. */
  const nodes = new Map<string, number[]>()
  const calls: (readonly [lane: number, at: number, took: number, rows: number])[] = []
  let left = 0
  let sequence = 0

  return {
    call(node, rows) {
      const free = nodes.get(node) ?? []
      nodes.set(node, free)
      // The lowest, so that a node which works alone stays in one line.
      const lane =
        free.length > 0 ? free.splice(free.indexOf(Math.min(...free)), 1)[0] : lanes.length
      if (lane === lanes.length) lanes.push(node)
      const at = now()
      return () => {
        free.push(lane)
        if (calls.length >= PIECE * AT_ONCE) left++
        else calls.push([lane, micros(at - start), micros(now() - at), rows])
      }
    },
    tell() {
      while (calls.length > 0 || left > 0) {
        const piece: TracePiece = {
          run,
          sequence,
          began,
          lanes: [...lanes],
          calls: calls.splice(0, PIECE),
          left: calls.length === 0 ? left : 0,
        }
        if (calls.length === 0) left = 0
        report({ type: 'fact', key: `trace.${sequence++ % KEPT}`, value: piece })
      }
    },
  }
}

function micros(ms: number): number {
  return Math.round(ms * 1000)
}
