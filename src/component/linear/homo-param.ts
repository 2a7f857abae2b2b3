/**
 * The parameters of HomoLR, and its messages.
 * @module
 */
import { z } from 'zod'

import type { Disclosure } from '../../federation/channel.ts'
import { openedMessage } from '../aggregate/opened-sum.ts'
import { secureSumMessages } from '../aggregate/secure-sum.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { FirstOrder, laterNames, LogisticShape } from './logistic-param.ts'
import { LR_ROLES } from './lr-messages.ts'
import { VALIDATION_MESSAGES } from './validation.ts'

/** Parameters of HomoLR: those of HeteroLR, how often models are averaged and how far they go. */
export const HomoLogisticParam = z.preprocess(
  laterNames,
  LogisticShape.extend({
    optimizer: FirstOrder,
    /** A party's rows count so much in the average. */
    party_weight: z.number().positive().max(1000).default(1),
    /** Epochs of each party on its own rows between two averages. */
    aggregate_iters: z.int().positive().default(1),
    /**
     * Whether every step is followed by one back towards the last average, by the share `mu` of the way (FATE's proximal
     * term, after T. Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020). The intercept is free.
     */
    use_proximal: z.boolean().default(false),
    mu: z.number().min(0).max(1, 'mu must be at most 1: it is a share of the way').default(0.1),
    /**
     * So many parties with rows have to stay, and always more than half of them: a host that is lost for good is done
     * without. Null: all have to. Not with cross validation.
     */
    min_parties: z.int().min(2).nullable().default(null),
  }).loose(),
)

/** Parsed parameters of HomoLR. */
export type HomoLogisticParam = z.output<typeof HomoLogisticParam>

const DATA_PARTIES = ['guest', 'host'] as const

/** Messages by tag. */
export const HOMO_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...checkpointMessages(LR_ROLES),
  ...secureSumMessages({ contributors: DATA_PARTIES, server: 'arbiter' }),
  ...openedMessage({ contributors: DATA_PARTIES, server: 'arbiter' }),
  validation_verdict: VALIDATION_MESSAGES.validation_verdict,
  label_values: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals: 'Which label values the sender has, not of which rows or how often.',
  },
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      "The names of the guest's columns, the label values that any party has, and whether the guest's validation table may " +
      'end the training.',
  },
  size: {
    kind: 'plain',
    from: ['guest'],
    to: ['arbiter'],
    reveals: 'How many columns there are and which models are trained.',
  },
  all_rows: {
    kind: 'aggregate',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      'How many rows all parties have together, each weighted by its party_weight; with two data parties, what the ' +
      'other one has, and after one was lost for good (min_parties) what that one had.',
  },
  average: {
    kind: 'aggregate',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      'The weighted mean of the models of all data parties and of their losses; with two data parties, also where ' +
      "others were lost for good (min_parties), each can work out the other's.",
  },
  stop: {
    kind: 'plain',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals: 'Whether the training has converged.',
  },
}
