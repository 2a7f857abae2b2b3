/**
 * Paillier encryption: operations a second.
 * @module
 */
import { openFresh, overCores, timeScheme } from './he-cases.ts'

export const bench = { name: 'he-paillier', run }

async function* run() {
  for (const bits of [2048, 3072]) {
    const opened = openFresh('paillier', { bits })
    yield* overCores((parallel) => timeScheme(opened(parallel), { parallel, share: 0.5 }))
  }
}
