/**
 * Jobs to start from: a graph of components with parameters that suit it, for tables and parties that somebody chooses.
 * @module
 */
import type { Catalog } from '../domain/catalog.ts'
import type { FateSubmission } from './deps.ts'
import type { TableName } from './hetero-lr-job.ts'

export interface TemplateChoice {
  readonly name: string
  readonly guest: { readonly party: string; readonly table: TableName }
  readonly host: { readonly party: string; readonly table: TableName }
  readonly arbiter: string
  readonly label: string
}

export interface Template {
  readonly id: string
  readonly title: string
  readonly summary: string
  readonly nodes: readonly TemplateNode[]
  readonly hasArbiter: boolean
  /** Both parties have the same columns and labels of their own rows. */
  readonly isHomo?: boolean
  readonly parameters: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

interface TemplateNode {
  readonly name: string
  readonly module: string
  /** The slot and the node that its rows come from. */
  readonly data: readonly [slot: string, from: string]
  /** The node whose model it uses. */
  readonly isometric?: string
  readonly hasModel?: boolean
}

const start: readonly TemplateNode[] = [
  { name: 'dataio_0', module: 'DataIO', data: ['data', 'args'], hasModel: true },
  { name: 'intersection_0', module: 'Intersection', data: ['data', 'dataio_0'] },
]

/** A step that passes its rows on and keeps what it learnt. */
function step(name: string, module: string, from: string): TemplateNode {
  return { name, module, data: ['data', from], hasModel: true }
}

function train(name: string, module: string, from: string): TemplateNode {
  return { name, module, data: ['train_data', from], hasModel: true }
}

function score(from: string): TemplateNode {
  return { name: 'evaluation_0', module: 'Evaluation', data: ['data', from] }
}

const EVALUATE = {
  eval_type: 'binary',
  pos_label: 1,
  metrics: [
    'auc',
    'ks',
    'roc',
    'lift',
    'gain',
    'accuracy',
    'precision',
    'recall',
    'f1_score',
    'confusion_mat',
    'quantile_pr',
  ],
}

const REGRESSION = {
  optimizer: 'rmsprop',
  learning_rate: 0.15,
  alpha: 0.01,
  max_iter: 10,
  batch_size: -1,
  init_param: { init_method: 'zeros' },
}

/** All templates, simplest first. */
export const TEMPLATES: readonly Template[] = [
  {
    id: 'hetero-lr',
    title: 'Logistic regression',
    summary: 'Two parties with different columns of the same people; an arbiter holds the key.',
    nodes: [
      ...start,
      step('feature_scale_0', 'FeatureScale', 'intersection_0'),
      train('hetero_lr_0', 'HeteroLR', 'feature_scale_0'),
      score('hetero_lr_0'),
    ],
    hasArbiter: true,
    parameters: {
      feature_scale_0: { method: 'standard_scale' },
      hetero_lr_0: REGRESSION,
      evaluation_0: EVALUATE,
    },
  },
  {
    id: 'hetero-secureboost',
    title: 'Boosted trees',
    summary: 'SecureBoost over two parties with different columns of the same people.',
    nodes: [
      ...start,
      train('secureboost_0', 'HeteroSecureBoost', 'intersection_0'),
      score('secureboost_0'),
    ],
    hasArbiter: false,
    parameters: {
      secureboost_0: {
        task_type: 'classification',
        objective_param: { objective: 'cross_entropy' },
        num_trees: 5,
        learning_rate: 0.3,
        bin_num: 32,
        tree_param: { max_depth: 3 },
      },
      evaluation_0: EVALUATE,
    },
  },
  {
    id: 'binning-lr',
    title: 'Binning, selection, regression',
    summary: 'Features are binned, chosen by information value and scaled before the regression.',
    nodes: [
      ...start,
      step('hetero_feature_binning_0', 'HeteroFeatureBinning', 'intersection_0'),
      {
        ...step('hetero_feature_selection_0', 'HeteroFeatureSelection', 'intersection_0'),
        isometric: 'hetero_feature_binning_0',
      },
      step('feature_scale_0', 'FeatureScale', 'hetero_feature_selection_0'),
      train('hetero_lr_0', 'HeteroLR', 'feature_scale_0'),
      score('hetero_lr_0'),
    ],
    hasArbiter: true,
    parameters: {
      hetero_feature_selection_0: {
        filter_methods: ['iv_value_thres'],
        iv_value_param: { value_threshold: 0.1 },
      },
      feature_scale_0: { method: 'standard_scale' },
      hetero_lr_0: REGRESSION,
      evaluation_0: EVALUATE,
    },
  },
  {
    id: 'statistics',
    title: 'Statistics',
    summary: 'Statistics, correlations across parties and information values; nothing is trained.',
    nodes: [
      ...start,
      step('data_statistics_0', 'DataStatistics', 'intersection_0'),
      step('hetero_pearson_0', 'HeteroPearson', 'intersection_0'),
      step('hetero_feature_binning_0', 'HeteroFeatureBinning', 'intersection_0'),
    ],
    hasArbiter: false,
    parameters: {},
  },
  {
    id: 'hetero-kmeans',
    title: 'Clusters',
    summary: 'Groups of similar rows over the columns of both parties.',
    nodes: [
      ...start,
      step('feature_scale_0', 'FeatureScale', 'intersection_0'),
      train('hetero_kmeans_0', 'HeteroKmeans', 'feature_scale_0'),
    ],
    hasArbiter: true,
    parameters: {
      feature_scale_0: { method: 'standard_scale' },
      hetero_kmeans_0: { k: 4, max_iter: 20 },
    },
  },
  {
    id: 'homo-lr',
    title: 'Regression over shared columns',
    summary:
      'Two parties with the same columns and labels of different people; models are averaged.',
    nodes: [start[0], train('homo_lr_0', 'HomoLR', 'dataio_0'), score('homo_lr_0')],
    hasArbiter: true,
    isHomo: true,
    parameters: {
      homo_lr_0: { ...REGRESSION, learning_rate: 0.05, max_iter: 20 },
      evaluation_0: EVALUATE,
    },
  },
]

/** The templates of which the server has every component. */
export function templatesIn(catalog: Catalog): Template[] {
  return TEMPLATES.filter(({ nodes }) => nodes.every(({ module }) => catalog.has(module)))
}

/** What FATE-Flow's clients would submit for a template. */
export function jobOf(template: Template, choice: TemplateChoice): FateSubmission {
  const { guest, host } = choice
  const hasScores = template.nodes.some(({ module }) => module === 'Evaluation')
  const labelled = { with_label: [true], label_name: [choice.label], label_type: ['int'] }
  const read = (table: TableName) => ({
    data: { train_data: [{ name: table.name, namespace: table.namespace }] },
  })
  return {
    job_dsl: {
      components: Object.fromEntries(template.nodes.map((node) => [node.name, toDsl(node)])),
    },
    job_runtime_conf: {
      initiator: { role: 'guest', party_id: toPartyId(guest.party) },
      job_parameters: { work_mode: 0, ...(choice.name === '' ? {} : { name: choice.name }) },
      role: {
        guest: [toPartyId(guest.party)],
        host: [toPartyId(host.party)],
        ...(template.hasArbiter ? { arbiter: [toPartyId(choice.arbiter)] } : {}),
      },
      role_parameters: {
        guest: { args: read(guest.table), dataio_0: { ...labelled, output_format: ['dense'] } },
        host: {
          args: read(host.table),
          dataio_0: {
            ...(template.isHomo ? labelled : { with_label: [false] }),
            output_format: ['dense'],
          },
          ...(hasScores && !template.isHomo ? { evaluation_0: { need_run: [false] } } : {}),
        },
      },
      algorithm_parameters: structuredClone(template.parameters) as Record<string, unknown>,
    },
  }
}

function toDsl(node: TemplateNode): Record<string, unknown> {
  const [slot, from] = node.data
  return {
    module: node.module,
    input: {
      data: { [slot]: [from === 'args' ? 'args.train_data' : `${from}.train`] },
      ...(node.isometric === undefined ? {} : { isometric_model: [`${node.isometric}.model`] }),
    },
    output: { data: ['train'], ...(node.hasModel ? { model: ['model'] } : {}) },
  }
}

/** FATE's clients send party ids as numbers. */
function toPartyId(party: string): number | string {
  return /^\d{1,15}$/.test(party) ? Number(party) : party
}
