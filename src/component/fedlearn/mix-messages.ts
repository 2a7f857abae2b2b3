/**
 * Every message of MixGBoost, with what its receiver can learn, and their forms.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { blob, int32s, parts, rows, uint32s } from '../../federation/codec.ts'
import { checkpointMessages } from '../checkpoint.ts'

/** The roles of a training; the first one says where it goes on. */
export const MIX_ROLES = ['guest', 'host'] as const

const ALL = { from: MIX_ROLES, to: MIX_ROLES }
const UP = { from: ['host'], to: ['guest'] }
const DOWN = { from: ['guest'], to: ['host'] }

/** Messages by tag. */
export const MIX_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...checkpointMessages(MIX_ROLES),
  mix_key: {
    ...DOWN,
    kind: 'plain',
    reveals: 'A random key, drawn for this task, under which names of columns are digested.',
  },
  mix_header: {
    ...ALL,
    kind: 'plain',
    reveals:
      "Whether the sender has labels, how many columns it has, and a keyed digest of each one's name: which of its " +
      'columns the receiver has too, and names that can be guessed.',
  },
  mix_cuts: {
    ...ALL,
    kind: 'aggregate',
    reveals: "Quantiles of the sender's columns that the receiver has too.",
  },
  mix_bounds: {
    ...ALL,
    kind: 'aggregate',
    reveals: 'Thresholds of a common column, out of the quantiles of all who have it.',
  },
  mix_bins: {
    ...ALL,
    kind: 'plain',
    reveals: 'How many bins each common column of others has.',
  },
  mask_seed: {
    ...ALL,
    kind: 'plain',
    reveals:
      'A random seed of the masks under which both add to sums for the guest; it says nothing of any data.',
  },
  public_key: {
    ...ALL,
    kind: 'plain',
    reveals: "The sender's key to encrypt with; it says nothing of any data.",
  },
  mix_scale: {
    ...UP,
    kind: 'aggregate',
    reveals: "The power of two above the sender's greatest residual.",
  },
  mix_order: {
    ...DOWN,
    kind: 'plain',
    reveals:
      'What is to be done next: which nodes are open, which party or which common column splits them at which ' +
      'threshold, what leaves weigh, or which rows of a prediction stand at which split.',
  },
  mix_width: {
    ...ALL,
    kind: 'plain',
    reveals: "How many splits the sender's own columns of a tree allow.",
  },
  gradients: {
    ...ALL,
    kind: 'ciphertext',
    reveals:
      "Nothing: both derivatives of the rows that both have and the sender has the label of, under the sender's key.",
  },
  candidates: {
    ...ALL,
    kind: 'aggregate',
    reveals:
      "Sums of the receiver's own derivatives over the rows of each node that the sender's splits part, those of its own " +
      'columns in an order shuffled anew for every node; of small nodes they tell how the sender would part single rows.',
  },
  mix_sums: {
    ...UP,
    kind: 'masked',
    reveals:
      'For every split of every node the sums of both derivatives and the number of rows, over the rows of all hosts ' +
      'together: with several hosts nothing of each, with one host its own, which of small nodes tell of single labels.',
  },
  directions: {
    ...ALL,
    kind: 'plain',
    reveals: 'Which of the rows that both have go left at the splits that the sender decides.',
  },
  mix_scores: {
    ...UP,
    kind: 'masked',
    reveals:
      'Sums over rows that metrics are made of: with several hosts of all of them together, with one host its own.',
  },
  kept: { ...UP, kind: 'plain', reveals: 'That the host has kept its state.' },
  mix_have: {
    ...UP,
    kind: 'plain',
    reveals: 'Which of the ids that are predicted the host has.',
  },
  query_rows: {
    ...DOWN,
    kind: 'plain',
    reveals: "Which rows stand at which of the host's splits while they are predicted.",
  },
  answers: {
    ...UP,
    kind: 'plain',
    reveals: 'Which of the rows that were asked for go left.',
  },
}

/** A node that is open: `vertical` where columns of single parties are tried too. */
export interface MixNode {
  readonly id: number
  readonly vertical: boolean
}

/** A split that was taken: the first part are rows of which its decider says so, all others are the second. */
export interface MixChoice {
  readonly node: number
  readonly left: number
  readonly right: number
  readonly gain: number
  readonly by:
    | { readonly party: number; readonly at: number }
    | { readonly column: number; readonly bin: number; readonly above: boolean }
}

/** What the guest has all parties do. */
export type MixOrder =
  | { readonly do: 'scale' }
  | { readonly do: 'tree'; readonly tree: number; readonly exponents: { g: number; h: number } }
  | { readonly do: 'level'; readonly nodes: readonly MixNode[] }
  | { readonly do: 'split'; readonly choices: readonly MixChoice[] }
  | { readonly do: 'end'; readonly weights: readonly (readonly [node: number, weight: number])[] }
  | { readonly do: 'save'; readonly step: number }
  | {
      readonly do: 'answer'
      readonly stops: readonly {
        readonly tree: number
        readonly node: number
        readonly rows: number
      }[]
    }
  | { readonly do: 'finish' }

/** How many sums each node has, and their ciphertexts. */
export const MIX_CANDIDATES = parts({ counts: uint32s, sums: rows })

/** Bits, with their number. */
export const MIX_BITS = parts({ count: int32s, bits: blob })
