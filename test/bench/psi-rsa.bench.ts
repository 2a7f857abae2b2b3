/**
 * Set intersection by blind RSA signatures, each party a process.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = { name: 'psi-rsa', run: () => benchPair({ method: 'rsa', usual: 2000 }) }
