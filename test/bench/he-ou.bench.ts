/**
 * Okamoto–Uchiyama encryption: operations a second, the key with a short decryption exponent too.
 * @module
 */
import { openFresh, overCores, timeScheme } from './he-cases.ts'

export const bench = { name: 'he-ou', run }

async function* run() {
  for (const options of [{ bits: 2048 }, { bits: 2048, subgroupBits: 256 }, { bits: 3072 }]) {
    const opened = openFresh('okamoto-uchiyama', options)
    const key = options.subgroupBits === undefined ? 'full' : `subgroup ${options.subgroupBits}`
    yield* overCores(async function* (parallel) {
      for await (const figure of timeScheme(opened(parallel), { parallel })) {
        yield { ...figure, params: { ...figure.params, key } }
      }
    })
  }
}
