/**
 * Set intersection through the component, with its checks and its output: `--params method=kkrt` for another method.
 * @module
 */
import { benchPair } from './psi-pair.ts'

export const bench = {
  name: 'psi-whole',
  run: ({ method = 'ecdh' }: Readonly<Record<string, string>> = {}) =>
    benchPair({ method, usual: 20000, whole: true }),
}
