/**
 * Set intersection by oblivious transfer extension, both parties in threads of one process.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = { name: 'psi-fast', run: () => benchPair('kkrt', 1000000) }
