/**
 * Every message of HeteroSecureBoost, with what its receiver can learn, and their forms.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { blob, parts, rows, uint32s } from '../../federation/codec.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { ALIGNMENT_MESSAGES } from '../linear/row-alignment.ts'
import type { LeafGroup } from './eini.ts'

/** The roles of a training; the first one says where it goes on. */
export const SBT_ROLES = ['guest', 'host'] as const

/** Messages by tag. */
export const SBT_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ALIGNMENT_MESSAGES,
  ...checkpointMessages(SBT_ROLES),
  public_key: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'The key that gradients are encrypted with; it says nothing of any data.',
  },
  order: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      'What the host is to do next: which tree, how many outputs it has and how many columns it sees, which nodes it has, which of its own shuffled offers was the best of a ' +
      'node (with the gain, where importances go by it), or which of its splits rows are to be sent through. Under ' +
      'EINI_inference which of its splits lie before the leaves of each tree.',
  },
  gradients: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals:
      "Nothing: both derivatives of every row, of all outputs where a tree has several, packed, under the guest's key.",
  },
  sample: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      'Which rows a tree learns from; with one-side sampling most of them are rows that are still predicted badly.',
  },
  positions: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      'Which rows stand together in which node of a tree: rows of one leaf have similar labels, though not which.',
  },
  candidates: {
    kind: 'aggregate',
    from: ['host'],
    to: ['guest'],
    reveals:
      "Sums of the guest's own derivatives over the rows left of each of the host's splits, in an order shuffled anew " +
      'for every node and without feature or value, and how many different splits there are; of small nodes they ' +
      'tell how the host would part single rows.',
  },
  directions: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      "For each node that is split by the host: which of its rows go left, and the split's number in the host's table.",
  },
  leaf_weights: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals:
      "Nothing: what the leaves of every row weigh that the guest's splits allow, under the guest's key.",
  },
  score_sums: {
    kind: 'aggregate',
    from: ['host'],
    to: ['guest'],
    reveals:
      "The host's part of every row's score, once the guest opens it: the sum over all trees of the leaves that both " +
      "sides' splits allow, one for each output. Of few trees it may tell these leaves, of fewer the more outputs a tree has.",
  },
  kept: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals: 'That the host has kept its state.',
  },
  query_rows: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: "Which rows stand at which of the host's splits while they are predicted.",
  },
  online_sides: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      "Online: for each of the rows that were asked for, to which side it goes at every one of the host's splits of the " +
      'model, also where the row does not come by; nothing of features or values.',
  },
  answers: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals: 'Which of the rows that were asked for go left.',
  },
}

/** What the guest has a host do. What a verb needs besides follows under tags of its own. */
export type Order =
  | {
      readonly do: 'tree'
      readonly tree: number
      readonly sampled: boolean
      /**
       * What is encrypted of the tree's rows: absent for gradients of the sampled rows, `all` for those of every row,
       * `kept` where those of the tree before stand.
       */
      readonly ciphers?: 'all' | 'kept'
      /** How many outputs the tree has, where there are several. */
      readonly outputs?: number
      /** How many columns to draw, where the guest says it. */
      readonly columns?: number
    }
  | {
      readonly do: 'level'
      readonly nodes: readonly {
        readonly id: number
        readonly parent: number | null
        readonly open: boolean
      }[]
    }
  | {
      readonly do: 'divide'
      readonly choices: readonly {
        readonly node: number
        readonly ties: readonly number[]
        readonly gain?: number
      }[]
    }
  | { readonly do: 'save'; readonly step: number }
  | {
      readonly do: 'answer'
      /** The table's place among those that were aligned. */
      readonly table: number
      readonly keys: readonly number[]
      /** How many of the rows belong to each key. */
      readonly counts: readonly number[]
    }
  | {
      readonly do: 'eini'
      readonly groups: readonly LeafGroup[]
      readonly outputs: number
    }
  | { readonly do: 'finish' }

/** How many splits each open node has, and the ciphertexts of their left sums. */
export const CANDIDATES = parts({ counts: uint32s, sums: rows })

/** The number of each split in the host's table, and one bit for each row of the nodes, in their order. */
export const DIRECTIONS = parts({ keys: uint32s, bits: blob })

/** Zeros and ones as bits, eight to a byte, the first the lowest. */
export function packBits(flags: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(flags.length / 8))
  flags.forEach((flag, at) => (bytes[at >> 3] |= flag << (at & 7)))
  return bytes
}

/** The first `count` bits. Throws RangeError unless there are exactly so many bytes as they take. */
export function unpackBits(bytes: Uint8Array, count: number): Uint8Array {
  if (bytes.length !== Math.ceil(count / 8)) {
    throw new RangeError(`${bytes.length} bytes do not hold ${count} bits`)
  }
  return Uint8Array.from({ length: count }, (_, at) => (bytes[at >> 3] >> (at & 7)) & 1)
}
