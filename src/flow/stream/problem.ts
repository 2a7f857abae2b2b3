/**
 * What is wrong with a flow, each with its place in the graph's text.
 * @module
 */

/** The words of the original for how an operation ended. */
export const STATUS_TEXT = {
  STATUS_FAULT: 'Fault',
  STATUS_NOTFOUND: 'Not found',
  STATUS_BADCONF: 'Bad config',
  STATUS_EXIST: 'Already exists',
  STATUS_PERMIT: 'Operation not permitted',
  STATUS_NOTSUPPORT: 'Not supported',
  STATUS_INVALID: 'Invalid argument',
} as const

export type FlowStatus = keyof typeof STATUS_TEXT

/** A place in a text, both counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** One fault of a flow. */
export interface FlowProblem {
  readonly status: FlowStatus
  /** A chain of causes from the outermost to the innermost, joined with ` -> `. */
  readonly message: string
  /** Where in `graphconf` (or in the document, when that cannot be read); null where it has no place. */
  readonly place: Place | null
  /** The node at fault. */
  readonly node: string | null
}

/** A problem of these causes. */
export function problem(
  status: FlowStatus,
  causes: readonly string[],
  at: { readonly place?: Place | null; readonly node?: string | null } = {},
): FlowProblem {
  return { status, message: causes.join(' -> '), place: at.place ?? null, node: at.node ?? null }
}

/** All problems as one text: the first as the original words it, then every one with its place. */
export function problemText(problems: readonly FlowProblem[]): string {
  if (problems.length === 0) return ''
  const [first] = problems
  const head = `${STATUS_TEXT[first.status]}, ${first.message}`
  if (problems.length === 1) return first.place ? `${head} (line ${at(first.place)})` : head
  const lines = problems.map(
    ({ place, message }) => `${place ? `line ${at(place)}: ` : ''}${message}`,
  )
  return `${head}\n${lines.join('\n')}`
}

function at({ line, column }: Place): string {
  return `${line}:${column}`
}
