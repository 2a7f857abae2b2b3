/**
 * A neural network over columns that several parties hold of the same rows (FATE's HeteroNN): a bottom network at each party,
 * an interactive layer whose weights are shared, and a top network at the guest.
 * @module
 */
import { crossValidated } from '../cross-validation.ts'
import { component } from '../define.ts'
import { warnOfUnknown } from '../param.ts'
import { runNnGuest } from './hetero-nn-guest.ts'
import { runNnHost } from './hetero-nn-host.ts'
import { HETERO_NN_MESSAGES, HETERO_NN_ROLES } from './hetero-nn-messages.ts'
import { HeteroNNParam } from './hetero-nn-param.ts'

/** A neural network between parties with different columns. */
export const heteroNn = component({
  name: 'HeteroNN',
  summary: 'A neural network over the columns of several parties',
  roles: ['guest', 'host'],
  requires: ['guest', 'host'],
  params: HeteroNNParam,
  paramsName: 'HeteroNNParam',
  inputs: {
    data: ['train_data', 'eval_data', 'data', 'validate_data', 'test_data'],
    model: ['model', 'isometric_model'],
  },
  outputs: { data: true, model: true },
  deployed: true,
  online: 'together',
  messages: HETERO_NN_MESSAGES,
  run(context) {
    warnOfUnknown(context, HeteroNNParam)
    const { encrypted_mode_calculator_param: mode, encrypted_model_calculator_param: misspelt } =
      context.params
    if (context.role === 'guest' && (mode ?? misspelt)) {
      context.warn('encrypted_mode_calculator_param has no effect: every ciphertext is drawn anew')
    }
    return crossValidated(context, {
      roles: HETERO_NN_ROLES,
      regression: context.params.task_type === 'regression',
      run: (fold) => (fold.role === 'guest' ? runNnGuest(fold) : runNnHost(fold)),
    })
  },
})
