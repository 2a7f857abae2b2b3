/**
 * Set intersection by Curve25519, both parties in threads of one process.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = { name: 'psi-ecdh', run: () => benchPair('ecdh', 20000) }
