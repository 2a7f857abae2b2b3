/**
 * The parameters of HomoNN, and its messages.
 * @module
 */
import { z } from 'zod'

import type { Disclosure } from '../../federation/channel.ts'
import { openedMessage } from '../aggregate/opened-sum.ts'
import { secureSumMessages } from '../aggregate/secure-sum.ts'
import { checkpointMessages } from '../checkpoint.ts'
import { CvParam } from '../cross-validation.ts'
import { renamed, word } from '../param.ts'
import { LossParam, MetricsParam, OptimizerParam, PredictParam } from './nn-param.ts'

/** The roles of a training; the first one says where it goes on. */
export const HOMO_NN_ROLES = ['guest', 'host', 'arbiter'] as const

/** Parameters of HomoNN. */
export const HomoNNParam = z.preprocess(
  renamed({ torch_seed: 'random_seed' }),
  z.looseObject({
    /** Models are added up under masks whatever it says. */
    secure_aggregate: z.boolean().default(true),
    /** Epochs of each party on its own rows between two averages. */
    aggregate_every_n_epoch: z.int().positive().default(1),
    /**
     * So many parties with rows have to stay, and always more than half of them: a host that is lost for good is done
     * without. Null: all have to. Not with cross validation.
     */
    min_parties: z.int().min(2).nullable().default(null),
    config_type: word(['nn', 'keras', 'pytorch']).default('nn'),
    nn_define: z.unknown().optional(),
    optimizer: OptimizerParam,
    loss: LossParam,
    metrics: MetricsParam,
    /** Averages at most. */
    max_iter: z.int().positive().default(100),
    batch_size: z.union([z.literal(-1), z.int().positive()]).default(-1),
    early_stop: z.preprocess(
      (value) => (typeof value === 'string' ? { early_stop: value } : value),
      z
        .looseObject({
          early_stop: word(['diff', 'weight_diff', 'abs']).default('diff'),
          eps: z.number().default(1e-4),
        })
        .prefault({}),
    ),
    /** One output for each label value; set by the network's last layer, and checked against it. */
    encode_label: z.boolean().default(false),
    /** First weights and what drops out follow from it. */
    random_seed: z.int().default(100),
    predict_param: PredictParam,
    cv_param: CvParam,
  }),
)

/** Parsed parameters of HomoNN. */
export type HomoNNParam = z.output<typeof HomoNNParam>

const DATA_PARTIES = ['guest', 'host'] as const

/** Messages by tag. */
export const HOMO_NN_MESSAGES: Readonly<Record<string, Disclosure>> = {
  ...checkpointMessages(HOMO_NN_ROLES),
  ...secureSumMessages({ contributors: DATA_PARTIES, server: 'arbiter' }),
  ...openedMessage({ contributors: DATA_PARTIES, server: 'arbiter' }),
  plan: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals:
      "The names of the guest's columns, and the layers of the network as the job defines them.",
  },
  label_values: {
    kind: 'plain',
    from: ['host'],
    to: ['guest'],
    reveals:
      'Which label values the sender has, not of which rows or how often; nothing where numbers are predicted.',
  },
  classes: {
    kind: 'plain',
    from: ['guest'],
    to: ['host'],
    reveals: 'The label values that any party has; nothing where numbers are predicted.',
  },
  size: {
    kind: 'plain',
    from: ['guest'],
    to: ['arbiter'],
    reveals: 'How many weights the network has.',
  },
  all_rows: {
    kind: 'aggregate',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      'How many rows all parties have together; with two data parties, what the other one has, and after one was lost ' +
      'for good (min_parties) what that one had.',
  },
  average: {
    kind: 'aggregate',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals:
      'The mean of the networks of all data parties and of their losses, weighted by rows; with two data parties, also ' +
      "where others were lost for good (min_parties), each can work out the other's. The arbiter sees this mean of every round too, and a network tells something of the " +
      'rows that it was trained on.',
  },
  stop: {
    kind: 'plain',
    from: ['arbiter'],
    to: DATA_PARTIES,
    reveals: 'Whether the training has converged.',
  },
}
