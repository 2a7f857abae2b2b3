/**
 * Set intersection of a guest with a thousandth of the host's ids: the method made for it, and the two for equal sets.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = {
  name: 'psi-unbalanced',
  async *run() {
    for (const method of ['unbalanced', 'ecdh', 'kkrt']) {
      yield* benchPair({ method, usual: 200_000, share: 0.001 })
    }
  },
}
