/**
 * Every message of LinearRegression, with what its receiver can learn.
 * @module
 */
import type { Disclosure } from '../../federation/channel.ts'
import { MIX_MESSAGES } from './mix-messages.ts'
import { VERTICAL_MESSAGES } from './vertical-messages.ts'

/** The roles of a training; the first one says where it goes on. */
export const MIX_LINEAR_ROLES = ['guest', 'host'] as const

const ALL = { from: MIX_LINEAR_ROLES, to: MIX_LINEAR_ROLES }
const UP = { from: ['host'], to: ['guest'] }
const DOWN = { from: ['guest'], to: ['host'] }

const { saved_steps, resume_step, mix_key, mix_header, mix_have } = MIX_MESSAGES
const { share_key, mask_seed, width, column, column_products, weights, weight_products } =
  VERTICAL_MESSAGES

/** Messages by tag. */
export const MIX_LINEAR_MESSAGES: Readonly<Record<string, Disclosure>> = {
  saved_steps,
  resume_step,
  mix_key,
  mix_header,
  mix_have,
  share_key,
  mask_seed,
  width,
  column,
  column_products,
  weights,
  weight_products,
  column_part: {
    ...ALL,
    kind: 'aggregate',
    reveals:
      'Of each column that the receiver has as the first: how many values it has at all parties and their sum, once, and ' +
      'its gradient over all rows, of the training rows and of validation rows if there are some, once or twice an ' +
      'epoch; of several senders only the sum of what they send.',
  },
  mix_range: {
    ...ALL,
    kind: 'aggregate',
    reveals: "The least and the greatest value of the sender's columns that the receiver has too.",
  },
  mix_centre: {
    ...ALL,
    kind: 'aggregate',
    reveals: "The mean and the extent of the receiver's columns, over all parties that have them.",
  },
  shared_weights: {
    ...ALL,
    kind: 'aggregate',
    reveals:
      'The weights of columns that both have, once or twice an epoch; how they change is their gradient over all rows.',
  },
  sum_part: {
    ...UP,
    kind: 'masked',
    reveals:
      "The hosts' labels' number and, after every epoch, their parts of the loss, of the squared length of the gradient " +
      'and, with NEWTON, of products of directions with gradients: of several hosts only the sums of theirs, of one its own.',
  },
  average: {
    ...DOWN,
    kind: 'aggregate',
    reveals: 'The sums of these numbers over all parties, of which the loss is one.',
  },
  mix_held: {
    ...DOWN,
    kind: 'plain',
    reveals: "Which parties have each of the receiver's rows that are predicted.",
  },
  host_score: {
    ...UP,
    kind: 'masked',
    reveals:
      "The hosts' part of the prediction for every id that is predicted: with several hosts only the sum of theirs, with " +
      'one its own. A training sends none.',
  },
}
