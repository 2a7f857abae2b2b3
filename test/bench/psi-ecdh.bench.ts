/**
 * Set intersection by Curve25519, each party a process.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = { name: 'psi-ecdh', run: () => benchPair({ method: 'ecdh', usual: 20000 }) }
