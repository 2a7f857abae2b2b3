/**
 * What the editor shows beside a script: its tokens, and what is wrong with it.
 * @module
 */
import type { ShownCheck } from '../../../views/works/shown.ts'
import { tokensOf } from '../../api/works/script.ts'
import type { ConsoleDeps } from '../deps.ts'
import { askWorks } from './ask.ts'

/** Longer scripts are shown without their tokens. */
const LONGEST_COLOURED = 100_000

/** A script as the editor shows it, looked at by the rules of what would run it. */
export async function checkOf(
  deps: ConsoleDeps,
  { script, type }: { script: string; type: string },
): Promise<ShownCheck> {
  const tokens =
    script.length > LONGEST_COLOURED ? [{ kind: 'name', text: script }] : tokensOf(script)
  const { statements, ...check } = await askWorks<
    Omit<ShownCheck, 'tokens' | 'statements'> & { statements: unknown[] }
  >(deps, {
    method: 'POST',
    path: '/check',
    body: { script, type: type === 'STREAMING' ? type : 'BATCH' },
  })
  return { ...check, tokens, statements: statements.length }
}
