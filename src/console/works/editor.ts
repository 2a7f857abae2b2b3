/**
 * What the editor shows beside a script: its tokens, and what is wrong with it.
 * @module
 */
import type { ShownCheck } from '../../../views/works/shown.ts'
import { checkScript, tokensOf } from '../../api/works/script.ts'

/** Longer scripts are shown without their tokens. */
const LONGEST_COLOURED = 100_000

/** A script as the editor shows it. */
export function checkOf(script: string): ShownCheck {
  const { statements, error } = checkScript(script)
  const tokens =
    script.length > LONGEST_COLOURED ? [{ kind: 'name', text: script }] : tokensOf(script)
  return { tokens, statements: statements.length, error }
}
