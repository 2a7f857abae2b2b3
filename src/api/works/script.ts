/**
 * What can be said of a script before it runs: its statements, what the engine that would run it refuses, and where; how
 * it would look laid out.
 * @module
 */
import type { WorkType } from '../../domain/works.ts'
import { layOut } from '../../flow/sql/layout.ts'
import { createScript } from '../../flow/sql/script.ts'
import { SqlError, type Statement, splitStatements } from '../../flow/sql/split.ts'
import type { FlinkScripts } from '../deps.ts'

export { type Token, tokensOf } from '../../flow/sql/tokens.ts'

export interface ScriptFault {
  readonly message: string
  /** From 1. */
  readonly line: number
  readonly column: number
}

export interface ScriptCheck {
  readonly statements: readonly { readonly line: number; readonly column: number; text: string }[]
  /** The first of them. */
  readonly error: ScriptFault | null
  readonly errors: readonly ScriptFault[]
  /** By whose rules it was looked at; null where only its statements were told apart. */
  readonly engine: 'flink' | 'local' | null
  /** What was not looked at, and why. */
  readonly note: string | null
}

/** How a script is looked at: by the engine that would run it, and Flink's own words where this server reaches it. */
export interface ScriptRules {
  readonly type: WorkType
  readonly engine: 'flink' | 'duckdb' | null
  readonly flink?: FlinkScripts | undefined
}

/** Looks at a script as the engine would that runs it. */
export async function checkScript(script: string, rules: ScriptRules): Promise<ScriptCheck> {
  const found = split(script)
  const { statements } = found
  const answer = (
    errors: readonly ScriptFault[],
    engine: ScriptCheck['engine'],
    note: string | null = null,
  ): ScriptCheck => ({
    statements: statements.map(({ line, column, text }) => ({ line, column, text })),
    error: errors[0] ?? null,
    errors,
    engine,
    note,
  })
  if (found.error !== null) return answer([found.error], null)
  if (rules.engine !== 'flink') {
    if (rules.type === 'BATCH') return answer(refusals(statements), 'local')
    return answer([], null, 'A STREAMING work needs Flink, and no live runner has a cluster')
  }
  if (!rules.flink) {
    const note =
      'What Flink makes of it is seen when it runs: WEFT_FLINK_GATEWAY_URL lets this server ask it'
    return answer([], null, note)
  }
  try {
    const { faults, note } = await rules.flink.check({ script, mode: rules.type })
    return answer(faults, 'flink', note)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return answer([], null, `Flink could not be asked: ${why}`)
  }
}

function split(script: string): { statements: readonly Statement[]; error: ScriptFault | null } {
  try {
    const statements = splitStatements(script)
    if (statements.length > 0) return { statements, error: null }
    return { statements, error: { message: 'The script has no statement', line: 1, column: 1 } }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    return { statements: [], error: faultOf(error) }
  }
}

/** What the engine that is built in refuses, statement by statement. */
function refusals(statements: readonly Statement[]): ScriptFault[] {
  const script = createScript()
  const faults: ScriptFault[] = []
  for (const statement of statements) {
    try {
      script.plan(statement)
    } catch (error) {
      const { line, column, text } = statement
      if (error instanceof SqlError) faults.push(faultOf(error))
      else if (error instanceof RangeError)
        faults.push({ message: 'the statement is too long, or too deep in itself', line, column })
      else throw error
      // What comes after a table that was not made would only be said to miss it.
      if (/^CREATE\b/i.test(text)) break
    }
  }
  return faults
}

function faultOf({ message, line, column }: SqlError): ScriptFault {
  return { message: message.replace(/^Line \d+, column \d+: /, ''), line, column }
}

/** The script laid out; one that cannot be split stays as it is. */
export function formatScript(script: string): string {
  return split(script).error === null ? layOut(script) : script
}
