/**
 * Boosted trees with fewer messages (FATE's HeteroFastSecureBoost): HeteroSecureBoost in which only some levels or trees
 * are between parties. `layered` gives the upper levels of every tree to the hosts and the lower ones to the guest, `mix`
 * whole trees to one party after another.
 * @module
 */
import { z } from 'zod'

import { component } from '../define.ts'
import { renamed } from '../param.ts'
import { BoostingTreeParam } from './boosting-param.ts'
import { runBoosting } from './hetero-secure-boost.ts'
import { SBT_MESSAGES } from './sbt-messages.ts'

/** Parameters of HeteroFastSecureBoost: those of HeteroSecureBoost with its strategy under the name `work_mode`. */
export const FastBoostingTreeParam = z.preprocess(
  withStrategy,
  BoostingTreeParam.refine(
    ({ boosting_strategy }) => boosting_strategy !== 'std',
    'work_mode must be mix or layered: HeteroSecureBoost grows trees over all parties at every level',
  ),
)

/** Boosted trees between parties that take turns. */
export const heteroFastSecureBoost = component({
  name: 'HeteroFastSecureBoost',
  summary: 'Boosted trees over several parties that take turns by tree or by level',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: FastBoostingTreeParam,
  paramsName: 'HeteroFastSecureBoostParam',
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

function withStrategy(value: unknown): unknown {
  const given = renamed({ work_mode: 'boosting_strategy' })(value)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  return { boosting_strategy: 'layered', ...given }
}
