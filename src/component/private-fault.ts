/**
 * Failures whose full reason is for the owner of the data alone.
 * @module
 */

/**
 * An error whose message names rows, ids, values or counts of a party's own data. What leaves the party is `publicly`: the
 * reason of its task and job, and what its peers hear. The message goes to the log of its runner, and to the task's own
 * log where the owner lets previews out.
 */
export class PrivateFault extends Error {
  override readonly name = 'PrivateFault'
  /** The sentence for everybody. */
  readonly publicly: string

  constructor(message: string, publicly: string) {
    super(message)
    this.publicly = publicly
  }
}
