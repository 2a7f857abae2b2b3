/**
 * Every message of VerticalLinearRegression and VerticalLR, with what its receiver can learn.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { ALIGNMENT_MESSAGES } from '../linear/row-alignment.ts'

/** The roles of a training; the first one says where it goes on. */
export const VERTICAL_ROLES = ['guest', 'host'] as const

const ALL = { from: VERTICAL_ROLES, to: VERTICAL_ROLES }

/** Messages by tag. */
export const VERTICAL_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ALIGNMENT_MESSAGES,
  ...checkpointMessages(VERTICAL_ROLES),
  share_key: {
    ...ALL,
    kind: 'plain',
    reveals: "The sender's key to encrypt with; it says nothing of any data.",
  },
  mask_seed: {
    ...ALL,
    kind: 'plain',
    reveals:
      'A random seed of the masks under which both add to sums for others; it says nothing of any data.',
  },
  width: {
    ...ALL,
    kind: 'plain',
    reveals: "The sender's number of columns.",
  },
  column: {
    ...ALL,
    kind: 'ciphertext',
    reveals: "Nothing: one of the sender's columns under the sender's key, once.",
  },
  column_products: {
    ...ALL,
    kind: 'masked',
    reveals:
      "Nothing: products of the sender's columns with the receiver's, under masks of 80 bits more.",
  },
  weights: {
    ...ALL,
    kind: 'ciphertext',
    reveals: "Nothing: the sender's weights under the sender's key.",
  },
  weight_products: {
    ...ALL,
    kind: 'masked',
    reveals:
      "Nothing: products of the receiver's weights with random shares, under masks of 80 bits more.",
  },
  gradient_part: {
    ...ALL,
    kind: 'aggregate',
    reveals:
      "The receiver's own gradient, summed over all rows, of the training rows and of validation rows if there are " +
      'some, once or twice an epoch; of several senders only the sum of what they send.',
  },
  step_part: {
    kind: 'aggregate',
    from: ['host'],
    to: ['guest'],
    reveals:
      "The host's part of the loss, of the squared length of the gradient and, with NEWTON, of products of directions " +
      'with gradients: some numbers an epoch, each summed over all rows and all its columns.',
  },
  step: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'The sums of these numbers over all parties, of which the loss is one.',
  },
  host_score: {
    kind: 'masked',
    from: ['host'],
    to: ['guest'],
    reveals:
      "The hosts' part of the prediction for every row that is predicted: with several hosts only the sum of theirs, " +
      'with one its own. A training sends none, unless MAE is asked for, of its last weights.',
  },
}
