/**
 * The ways to match ids by the names that FedLearn's clients know, and what runs under each name here. Where the
 * original's protocol protects nothing, its name stands for one that does.
 * @module
 */

/** What a match is made of. */
export interface MatchMethod {
  readonly module: 'Intersection' | 'MixedMatch' | 'Reader'
  /** Parameters of the module; `secret` is random and known to the clients of this match alone. */
  params(secret: string): Record<string, unknown>
  /** What really runs, in words for people. */
  readonly protocol: string
}

const ecdh: Omit<MatchMethod, 'protocol'> = {
  module: 'Intersection',
  params: () => ({ intersect_method: 'ecdh', only_output_key: true }),
}

/** The method that keeps all rows of every client, and says who has which. */
export const MIXED = 'MIX_MD5'

const METHODS: Readonly<Record<string, MatchMethod>> = {
  MD5: {
    module: 'Intersection',
    params: (secret) => ({
      intersect_method: 'raw',
      only_output_key: true,
      with_encode: true,
      encode_params: { encode_method: 'sha256', salt: secret },
    }),
    protocol:
      'SHA-256 of ids with a salt of this match; whoever receives the hashes can find ids by trying all that there may be',
  },
  RSA: {
    module: 'Intersection',
    params: () => ({ intersect_method: 'rsa', only_output_key: true }),
    protocol: 'blind RSA signatures, 2048 bits',
  },
  DH: {
    module: 'Intersection',
    params: () => ({ intersect_method: 'dh', only_output_key: true }),
    protocol: 'Diffie-Hellman in a 2048-bit safe-prime group',
  },
  ECDH: { ...ecdh, protocol: 'Diffie-Hellman on Curve25519' },
  FREEDMAN: {
    ...ecdh,
    protocol:
      'Diffie-Hellman on Curve25519, as the polynomials that FREEDMAN stands for cost far more and protect no better',
  },
  [MIXED]: {
    module: 'MixedMatch',
    params: () => ({}),
    protocol:
      'SHA-256 of ids with a salt of this match, for clients who share some rows only; the first client can find ids by trying ' +
      'all that there may be',
  },
  EMPTY: {
    module: 'Reader',
    params: () => ({}),
    protocol: 'none: every client keeps its own rows',
  },
}

/** Names of version 0.8, and which they are now. */
export const MATCH_ALIASES: Readonly<Record<string, string>> = {
  VERTICAL_MD5: 'MD5',
  VERTICAL_RSA: 'RSA',
  VERTICAL_DH: 'DH',
  MIX_LIN_TRAIN: MIXED,
  MIX_LIN_INFER: MIXED,
  MIX_LIN_INFER_DEBUG: MIXED,
}

/** The names that a client may give. */
export const MATCH_NAMES: readonly string[] = Object.keys(METHODS)

/** The method that a client means, capitals or not, with the name that its ids carry; undefined for an unknown one. */
export function matchMethod(name: string): (MatchMethod & { readonly name: string }) | undefined {
  const word = name.toUpperCase()
  const known = Object.hasOwn(MATCH_ALIASES, word) ? MATCH_ALIASES[word] : word
  return Object.hasOwn(METHODS, known) ? { ...METHODS[known], name: known } : undefined
}
