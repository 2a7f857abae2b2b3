/**
 * Every message of HeteroSSHELR, with what its receiver can learn.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { ALIGNMENT_MESSAGES } from './row-alignment.ts'

/** The roles of a training; the first one says where it goes on. */
export const SSHE_ROLES = ['guest', 'host'] as const

const BOTH = { from: SSHE_ROLES, to: SSHE_ROLES }

/** Messages by tag. */
export const SSHE_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ALIGNMENT_MESSAGES,
  ...checkpointMessages(SSHE_ROLES),
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      "How many rows each batch has, the guest's number of columns, and how many epochs a model has that the training " +
      'goes on from.',
  },
  share_key: {
    ...BOTH,
    kind: 'plain',
    reveals: "The sender's key to encrypt with; it says nothing of any data.",
  },
  first_share: {
    ...BOTH,
    kind: 'masked',
    reveals: "Nothing but their number: uniform shares of the sender's first weights.",
  },
  weight_share: {
    ...BOTH,
    kind: 'ciphertext',
    reveals: "Nothing: the sender's shares of the receiver's weights, under the sender's key.",
  },
  predictor_share: {
    ...BOTH,
    kind: 'masked',
    reveals:
      "A share of the sender's part of the linear predictor, hidden by a mask of 80 bits more.",
  },
  slope_share: {
    ...BOTH,
    kind: 'ciphertext',
    reveals: "Nothing: the sender's shares of the residuals, under the sender's key.",
  },
  gradient_share: {
    ...BOTH,
    kind: 'masked',
    reveals:
      "Shares of the sender's gradient and, from the guest, of the loss, hidden by masks of 80 bits more.",
  },
  loss_share: {
    kind: 'aggregate',
    from: ['host'],
    to: ['guest'],
    reveals:
      'The mean squared residual of the batch, one number, from which the guest has the loss.',
  },
  stop: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'Whether the training has converged.',
  },
  last_share: {
    ...BOTH,
    kind: 'plain',
    reveals:
      "The sender's shares of the receiver's weights: the receiver learns its own weights, once, at the end.",
  },
  host_score: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      "The host's part of the linear predictor for every row, readable: a weighted sum of its columns " +
      'under the finished model, from which the guest computes the predictions.',
  },
}
