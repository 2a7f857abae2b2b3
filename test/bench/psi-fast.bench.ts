/**
 * Set intersection by oblivious transfer extension, each party a process.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = { name: 'psi-fast', run: () => benchPair({ method: 'kkrt', usual: 1000000 }) }
