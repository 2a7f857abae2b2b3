/**
 * Gradient boosted trees over columns that several parties hold of the same rows (FATE's HeteroSecureBoost).
 *
 * The guest has the labels and draws the key; hosts have columns. A tree:
 *
 * 1. the guest encrypts both derivatives of every row, packed into one ciphertext, for the hosts;
 * 2. for each level it says which rows stand in which node; each host sends encrypted sums left of each of its splits,
 *    without saying which split is which; the guest decrypts them and compares them with its own;
 * 3. where a host's split is best that host keeps what it means, and tells which rows go left.
 *
 * Derivatives are rounded to integers whose sums are exact, so the trees are those of the same learner on all columns
 * in one table, bit for bit (`compute/ml/tree`). After a tree all keep their state, and a later attempt goes on from
 * there to the same bits. The parties are expected to follow the protocol.
 *
 * Sources: K. Cheng et al., "SecureBoost: A Lossless Federated Learning Framework", IEEE Intelligent Systems 36 (2021);
 * W. Chen et al., "SecureBoost+", arXiv 2110.10927.
 * @module
 */
import { crossValidated } from '../cross-validation.ts'
import { component, type TaskContext } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { BoostingTreeParam, warnOfScores } from './boosting-param.ts'
import { runGuest } from './sbt-guest.ts'
import { runHost } from './sbt-host.ts'
import { SBT_MESSAGES, SBT_ROLES } from './sbt-messages.ts'

/** Boosted trees between parties with different columns. */
export const heteroSecureBoost = component({
  name: 'HeteroSecureBoost',
  summary: 'Boosted trees over the columns of several parties',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: BoostingTreeParam,
  paramsName: 'BoostingTreeParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: SBT_MESSAGES,
  run: runBoosting,
})

/** Trains, predicts or cross validates boosted trees in the role of the context. */
export async function runBoosting(context: TaskContext<BoostingTreeParam>): Promise<void> {
  warnOfUnknown(context, BoostingTreeParam)
  warnOfScores(context, context.params)
  return crossValidated(context, {
    roles: SBT_ROLES,
    regression: context.params.task_type === 'regression',
    run: runRole,
  })
}

async function runRole(context: TaskContext<BoostingTreeParam>): Promise<void> {
  if (context.role === 'guest') return runGuest(context)
  if (context.role === 'host') return runHost(context)
  throw new Error(`${context.name} has no role ${context.role}`)
}
