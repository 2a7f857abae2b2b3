/**
 * What Flink says of a script before it runs: its tables are made in a session of their own, its queries explained.
 * Nothing is done that would be seen outside of the session but an empty folder where a sink of files has none.
 * @module
 */
import { pause } from '../../../domain/pause.ts'
import { type Statement, splitStatements } from '../../../flow/sql/split.ts'
import { firstLine } from '../first-line.ts'
import type { SqlGateway, SqlSession } from './gateway.ts'
import { FlinkError } from './http.ts'

export interface FlinkCheck {
  readonly faults: readonly {
    readonly message: string
    readonly line: number
    readonly column: number
  }[]
  /** Why not all of it was looked at, or null. */
  readonly note: string | null
}

/** Statements that are looked at; more are no script that somebody types. */
const MOST_STATEMENTS = 200

/** What becomes a job: its plan is asked for instead. */
const PLANNED =
  /^(?:SELECT|WITH|VALUES|INSERT|DELETE|UPDATE|EXECUTE\s+(?:STATEMENT\s+SET|INSERT)|BEGIN\s+STATEMENT\s+SET|\()/i
/** What changes nothing but the session: tables of its own catalog in memory, its settings, looking. */
const NAME = String.raw`(?:\x60?default_catalog\x60?\s*\.\s*)?(?:\x60?default_database\x60?\s*\.\s*)?(?:[\p{L}_][\p{L}\p{N}_$]*|\x60[^\x60]+\x60)(?!\s*\.)`
const OWN = new RegExp(
  String.raw`^(?:(?:CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMPORARY\s+)?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?|DROP\s+(?:TEMPORARY\s+)?(?:TABLE|VIEW)\s+(?:IF\s+EXISTS\s+)?)${NAME}(?![\p{L}\p{N}_$.])|SET\b|RESET\b|SHOW\b|DESC(?:RIBE)?\b|EXPLAIN\b)`,
  'iu',
)
const CREATES_AND_FILLS =
  /^CREATE\s+(?:OR\s+REPLACE\s+)?TABLE\b[\s\S]*\bAS\s+(?:SELECT|WITH|VALUES)\b/i

/** Looks at a script. Rejects with FlinkError or TypeError where the gateway is not there. */
export async function checkAtFlink(
  gateway: SqlGateway,
  { script, mode, signal }: { script: string; mode: 'BATCH' | 'STREAMING'; signal: AbortSignal },
): Promise<FlinkCheck> {
  const statements = splitStatements(script)
  const session = await gateway.open('check', { 'execution.runtime-mode': mode.toLowerCase() })
  try {
    return await look(statements, { session, signal })
  } finally {
    await session.close().catch(() => undefined)
  }
}

async function look(
  statements: readonly Statement[],
  { session, signal }: { session: SqlSession; signal: AbortSignal },
): Promise<FlinkCheck> {
  const faults: FlinkCheck['faults'][number][] = []
  for (const [index, statement] of statements.entries()) {
    const { text, line, column } = statement
    const isPlanned = PLANNED.test(text)
    const isOwn = OWN.test(text) && !CREATES_AND_FILLS.test(text)
    if (index >= MOST_STATEMENTS || (!isPlanned && !isOwn)) {
      const note = `From line ${line} on it is checked when it runs: "${firstLine(text).slice(0, 60)}" is not done for a look`
      return { faults, note }
    }
    try {
      await perform(session, { text: isPlanned ? explained(statement) : padded(statement), signal })
    } catch (error) {
      if (!(error instanceof FlinkError)) throw error
      faults.push(faultOf(error, { statement, before: isPlanned ? 1 : 0 }))
      // What comes after a table that was not made would only be said to miss it.
      if (/^CREATE\b/i.test(text)) {
        const rest = statements.length - index - 1
        const note =
          rest === 0
            ? null
            : `What follows line ${line}, column ${column} is checked once that is right`
        return { faults, note }
      }
    }
  }
  return { faults, note: null }
}

async function perform(
  session: SqlSession,
  { text, signal }: { text: string; signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted()
  const operation = await session.execute(text)
  for (let ready = false; !ready;) {
    signal.throwIfAborted()
    ;({ ready } = await session.result(operation, null, signal))
    if (!ready) await pause(20)
  }
}

/** The statement where it stands in its line, so that Flink's columns are those of the script. */
function padded({ text, column }: Statement): string {
  return `${' '.repeat(column - 1)}${text}`
}

function explained(statement: Statement): string {
  const plain = statement.text
    .replace(/^EXECUTE\b/i, '       ')
    .replace(/^BEGIN\s+STATEMENT\s+SET\s*;/i, 'STATEMENT SET BEGIN')
  return `EXPLAIN\n${padded({ ...statement, text: plain })}`
}

/** What Flink refused, at the place in the script. */
function faultOf(
  { message, details }: FlinkError,
  { statement, before }: { statement: Statement; before: number },
): FlinkCheck['faults'][number] {
  const place =
    /\bline (\d+), column (\d+)/.exec(message) ?? /\bline (\d+), column (\d+)/.exec(details)
  const words = message
    .split(/\n|\bWas expecting\b/)[0]
    ?.replace(/\s*(?:From|at|At) line \d+, column \d+(?: to line \d+, column \d+)?:?\s*/, ' ')
    .trim()
  const line = Number(place?.[1] ?? 0) - 1 - before
  if (!place || line < 0)
    return { message: words ?? message, line: statement.line, column: statement.column }
  return { message: words ?? message, line: statement.line + line, column: Number(place[2]) }
}
