/**
 * Set intersection by blind RSA signatures, both parties in threads of one process.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = { name: 'psi-rsa', run: () => benchPair('rsa', 2000) }
