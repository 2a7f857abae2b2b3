/**
 * What can be said of a script before it runs: its statements, where it cannot be split, how it would look laid out.
 * @module
 */
import { layOut } from '../../flow/sql/layout.ts'
import { SqlError, splitStatements } from '../../flow/sql/split.ts'

export { type Token, tokensOf } from '../../flow/sql/tokens.ts'

export interface ScriptCheck {
  readonly statements: readonly { readonly line: number; readonly column: number; text: string }[]
  readonly error: {
    readonly message: string
    readonly line: number
    readonly column: number
  } | null
}

/** The statements of a script, or what keeps it from being split, with the place. */
export function checkScript(script: string): ScriptCheck {
  try {
    const statements = splitStatements(script).map(({ line, column, text }) => ({
      line,
      column,
      text,
    }))
    if (statements.length > 0) return { statements, error: null }
    return { statements, error: { message: 'The script has no statement', line: 1, column: 1 } }
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    const { message, line, column } = error
    return { statements: [], error: { message, line, column } }
  }
}

/** The script laid out; one that cannot be split stays as it is. */
export function formatScript(script: string): string {
  const { error } = checkScript(script)
  return error === null ? layOut(script) : script
}
