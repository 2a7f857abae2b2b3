/**
 * Every message of VerticalFDNN, with what its receiver can learn.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { ALIGNMENT_MESSAGES } from '../linear/row-alignment.ts'
import { VERTICAL_MESSAGES, VERTICAL_ROLES } from './vertical-messages.ts'

const ALL = { from: VERTICAL_ROLES, to: VERTICAL_ROLES }
const LATER = { from: VERTICAL_ROLES, to: ['host'] } as const
const BACK = { from: ['host'], to: VERTICAL_ROLES } as const
const TO_GUEST = { from: ['host'], to: ['guest'] } as const

/** Messages by tag. */
export const FDNN_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ALIGNMENT_MESSAGES,
  ...checkpointMessages(VERTICAL_ROLES),
  share_key: VERTICAL_MESSAGES.share_key,
  mask_seed: VERTICAL_MESSAGES.mask_seed,
  width: VERTICAL_MESSAGES.width,
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      'Whether labels are classes or numbers, whether there are rows to validate with, and a random name of the training.',
  },
  weight_cipher: {
    ...ALL,
    kind: 'ciphertext',
    reveals:
      "Nothing: the sender's shares of the weights of the receiver's columns, under the sender's key.",
  },
  unit_share: {
    ...ALL,
    kind: 'masked',
    reveals:
      "Nothing: products of the sender's columns with the receiver's shares of weights, under masks of 80 bits more.",
  },
  unit_cipher: {
    ...LATER,
    kind: 'ciphertext',
    reveals: "Nothing: the sender's shares of what units get of every row, under the sender's key.",
  },
  square_share: {
    ...BACK,
    kind: 'masked',
    reveals: 'Nothing: products of shares of units, under masks of 80 bits more.',
  },
  residual_cipher: {
    ...LATER,
    kind: 'ciphertext',
    reveals: "Nothing: the sender's shares of the residual of every row, under the sender's key.",
  },
  slope_share: {
    ...BACK,
    kind: 'masked',
    reveals: 'Nothing: products of shares of residuals and units, under masks of 80 bits more.',
  },
  loss_share: {
    ...BACK,
    kind: 'masked',
    reveals: 'Nothing: a sum of products of shares of residuals, under a mask of 80 bits more.',
  },
  slope_cipher: {
    ...ALL,
    kind: 'ciphertext',
    reveals:
      "Nothing: the sender's shares of the derivatives by units of every row, under the sender's key.",
  },
  step_share: {
    ...ALL,
    kind: 'masked',
    reveals:
      "Nothing: products of the sender's columns with the receiver's shares of derivatives, under masks of 80 bits more.",
  },
  rounding: {
    ...TO_GUEST,
    kind: 'masked',
    reveals:
      "Nothing: the hosts' shares of units, residuals and steps, of several hosts only the sum, under masks that are 60 " +
      'bits longer than what they hide.',
  },
  loss_sum: {
    ...TO_GUEST,
    kind: 'aggregate',
    reveals:
      'The sum of the squared residuals of all rows, after every epoch: of the training rows, and of validation rows if ' +
      'there are some; of several hosts only what all their shares give together.',
  },
  score_share: {
    ...TO_GUEST,
    kind: 'share',
    reveals:
      'What the guest lacks to open the prediction of every row that is predicted, and of several hosts only the sum of ' +
      'that. A training sends it of validation rows alone, once, of the finished model; no output of a training row ' +
      'is opened.',
  },
}
