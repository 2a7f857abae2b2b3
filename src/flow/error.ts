/**
 * Why a graph or its configuration cannot be accepted.
 * @module
 */

/** A failure of the caller's graph, with a sentence that names the place and what was expected there. */
export class FlowError extends Error {
  override readonly name = 'FlowError'
}
