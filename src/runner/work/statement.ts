/**
 * A statement of a script as its run tells of it.
 * @module
 */
import type { Statement } from '../../flow/sql/split.ts'
import type { StatementFact, WorkRun } from './engine.ts'
import { firstLine } from './first-line.ts'

/** Tells that the statement at `index` begins, and answers what was told. */
export function beginStatement(
  run: WorkRun,
  statements: readonly Statement[],
  index: number,
): StatementFact {
  const { text, line } = statements[index]
  const begun: StatementFact = {
    index,
    sql: text,
    line,
    status: 'RUNNING',
    rows: null,
    startedAt: Date.now(),
    endedAt: null,
    error: null,
    jobId: null,
  }
  run.statement(begun)
  run.log('info', `Statement ${index + 1} of ${statements.length}: ${firstLine(text)}`)
  return begun
}
