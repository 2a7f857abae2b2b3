/**
 * What the samples of FATE 1.0.2 upload and submit, as data: one party in every role, two tables, five components.
 * @module
 */

/** The release's samples name one party in every role, and upload for nobody in particular. */
export const PARTY = 10000
/** Where both tables are. */
export const NAMESPACE = 'fate_flow_test_breast'
/** The table with the label. */
export const GUEST = { name: 'breast_b', namespace: NAMESPACE }
/** The table without. */
export const HOST = { name: 'breast_a', namespace: NAMESPACE }
/** Files under the import root that have the same columns. */
export const FILES = { breast_b: 'example/breast_guest.csv', breast_a: 'example/breast_host.csv' }
/** The model that the job makes. */
export const MODEL_ID = `arbiter-${PARTY}#guest-${PARTY}#host-${PARTY}#model`

/** A component that passes rows on. */
const step = (module: string, data: object, model?: string, more: object = {}) => ({
  module,
  input: { data, ...more },
  output: { data: ['train'], ...(model === undefined ? {} : { model: [model] }) },
})

/** The job, as a graph of components. */
export const DSL = {
  components: {
    dataio_0: {
      ...step('DataIO', { data: ['args.train_data'] }, 'dataio'),
      need_deploy: true,
    },
    hetero_feature_binning_0: step(
      'HeteroFeatureBinning',
      { data: ['dataio_0.train'] },
      'hetero_feature_binning',
    ),
    hetero_feature_selection_0: step(
      'HeteroFeatureSelection',
      { data: ['hetero_feature_binning_0.train'] },
      'selected',
      { isometric_model: ['hetero_feature_binning_0.hetero_feature_binning'] },
    ),
    hetero_lr_0: step(
      'HeteroLR',
      { train_data: ['hetero_feature_selection_0.train'] },
      'hetero_lr',
    ),
    evaluation_0: {
      module: 'Evaluation',
      input: { data: { data: ['hetero_lr_0.train'] } },
      output: { data: ['evaluate'] },
    },
  },
}
/** Their names in the order of the graph. */
export const COMPONENTS = Object.keys(DSL.components)

/** Who takes part, with what. */
export const CONF = {
  initiator: { role: 'guest', party_id: PARTY },
  job_parameters: { work_mode: 0 },
  role: { guest: [PARTY], host: [PARTY], arbiter: [PARTY] },
  role_parameters: {
    guest: {
      args: { data: { train_data: [GUEST] } },
      dataio_0: {
        with_label: [true],
        label_idx: [0],
        label_type: ['int'],
        output_format: ['dense'],
      },
    },
    host: {
      args: { data: { train_data: [HOST] } },
      dataio_0: { with_label: [false], output_format: ['dense'] },
    },
  },
  algorithm_parameters: {
    hetero_lr_0: {
      penalty: 'L2',
      optimizer: 'rmsprop',
      eps: 1e-5,
      alpha: 0.01,
      max_iter: 3,
      converge_func: 'diff',
      batch_size: 320,
      learning_rate: 0.15,
      init_param: { init_method: 'random_uniform' },
    },
  },
}
