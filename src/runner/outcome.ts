/**
 * How a task ended, in short.
 * @module
 */
import type { Outcome } from '../domain/work.ts'

/** A failure for this reason, a sentence. */
export function failed(reason: string): Outcome {
  return { state: 'failed', reason }
}
