/**
 * Every message of HeteroLR, with what its receiver can learn.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { ALIGNMENT_MESSAGES } from './row-alignment.ts'
import { VALIDATION_MESSAGES } from './validation.ts'

const DATA_PARTIES = ['guest', 'host'] as const

/** The roles of a training; the first one says where it goes on. */
export const LR_ROLES = ['guest', 'host', 'arbiter'] as const

/** Messages by tag. */
export const LR_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...ALIGNMENT_MESSAGES,
  ...checkpointMessages(LR_ROLES),
  ...VALIDATION_MESSAGES,
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host', 'arbiter'],
    reveals:
      'How many rows each batch has, whether a validation table is measured and, for one-vs-rest, which label values ' +
      'there are.',
  },
  public_key: {
    kind: 'plain',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals: 'The key to encrypt with; it says nothing of any data.',
  },
  host_predictor: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals:
      "Nothing: the host's part of the linear predictor, row by row, under the arbiter's key.",
  },
  slopes: {
    kind: 'ciphertext',
    from: ['guest'],
    to: ['host'],
    reveals: "Nothing: the residual of every row under the arbiter's key, freshly randomised.",
  },
  gradient_question: {
    kind: 'masked',
    from: DATA_PARTIES,
    to: ['arbiter'],
    reveals:
      "How many columns the sender has, roughly; the gradient's values are under a one-time mask.",
  },
  gradient_answer: {
    kind: 'masked',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      "The receiver's own gradient, once it takes its mask off: sums over the rows of a batch, which say " +
      'more of single rows the fewer rows there are for each column.',
  },
  loss_part: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['guest'],
    reveals: "Nothing: the host's addend of the batch's loss under the arbiter's key.",
  },
  loss: {
    kind: 'aggregate',
    from: ['guest'],
    to: ['arbiter'],
    reveals: 'The loss of the batch, one number, which the arbiter decrypts and publishes.',
  },
  weight_change: {
    kind: 'aggregate',
    from: DATA_PARTIES,
    to: ['arbiter'],
    reveals:
      "The length of the sender's weights and of their change in the epoch; sent for weight_diff only.",
  },
  stop: {
    kind: 'plain',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals: 'Whether the training has converged.',
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

/** Messages of Poisson regression by tag. */
export const POISSON_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...LR_MESSAGES,
  host_rate: {
    kind: 'ciphertext',
    from: ['host'],
    to: ['host', 'guest'],
    reveals:
      "Nothing: the exponential of the hosts' part of the linear predictor, row by row, under the arbiter's key.",
  },
}
