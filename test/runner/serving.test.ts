import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Frame } from '../../src/compute/ml/frame.ts'
import { createRng } from '../../src/compute/ml/rng.ts'
import type { ServingResult, ServingRow } from '../../src/domain/work.ts'
import { randomColumns } from '../helpers/frames.ts'
import { type PipelineNode, type PipelineOptions, trainPipeline } from '../helpers/online.ts'

const ROWS = 40
const rng = createRng(77)
const GUEST = randomColumns('g', { columns: 3, rows: ROWS, seed: 71 })
const HOST = randomColumns('h', { columns: 2, rows: ROWS, seed: 72 })
const OTHER = randomColumns('k', { columns: 2, rows: ROWS, seed: 73 })
const SIGNAL = GUEST['g0'].map((value, row) => value - HOST['h1'][row] + OTHER['k0'][row])
const BINARY = SIGNAL.map((value) => Number(value + 0.3 * rng.normal() > 0))
const COUNTS = SIGNAL.map((value) => Math.round(Math.exp(value / 2)))
const IDS = Array.from({ length: ROWS }, (_, row) => `p${row}`)
/** Words of three kinds, for encoders. */
const KINDS = IDS.map((_, row) => row % 3)

/** An uploaded table: texts, its rows in an order of its own. */
function uploaded(columns: Readonly<Record<string, readonly number[]>>, turn = 0): Frame {
  const order = IDS.map((_, at) => (at * 7 + turn) % ROWS)
  return {
    kind: 'raw',
    idName: 'id',
    ids: order.map((row) => IDS[row]),
    columns: Object.entries(columns).map(([name, values]) => {
      return { name, type: 'text', values: order.map((row) => String(values[row])) }
    }),
  }
}

const TWO = { guest: ['1'], host: ['2', '3'] }
const ALL = { ...TWO, arbiter: ['4'] }
const HETERO = (y: readonly number[], more: Record<string, readonly number[]> = {}) => ({
  'guest:1': uploaded({ y, ...GUEST, ...more }),
  'host:2': uploaded(HOST, 3),
  'host:3': uploaded(OTHER, 5),
})
const READ: PipelineNode = {
  name: 'dataio_0',
  module: 'DataIO',
  paramsAt: { 'guest:1': { with_label: true, label_name: 'y', label_type: 'float' } },
}
const SMALL = { encrypt_param: { key_length: 1024 } }
const LINEAR = { ...SMALL, max_iter: 2, learning_rate: 0.1, optimizer: 'rmsprop' }

/** Rows as a caller sends them: what the guest's table holds, without the label. */
function rowsOf(frame: Frame, known: boolean): ServingRow[] {
  return frame.ids.map((id, row) => {
    const features = frame.columns.flatMap(({ name, values }) =>
      name === 'y' ? [] : [[name, String(values[row])]],
    )
    return known ? { id, features: Object.fromEntries(features) as Record<string, string> } : { id }
  })
}

function told(results: readonly ServingResult[], name: string): Map<string, unknown> {
  return new Map(
    results.map((result) => [
      result.id,
      'error' in result ? result.error.message : result.values[name],
    ]),
  )
}

/** Asserts that a batch, single rows, and rows that are looked up are answered as a prediction of the whole table. */
async function same(
  options: PipelineOptions,
  { members, column = 'predict_score' }: { members: PipelineOptions['members']; column?: string },
): Promise<void> {
  const trained = await trainPipeline(options)
  const batch = await trained.batch()
  const values = batch.columns.find(({ name }) => name === column)?.values
  assert.ok(values)
  const expected = new Map(batch.ids.map((id, row) => [id, values[row]]))
  assert.ok(new Set(expected.values()).size > 2, 'rows are told apart')
  const service = await trained.online(members)
  try {
    const sent = rowsOf(options.tables['guest:1'], true)
    assert.deepEqual(sorted(told(await service.ask(sent), column)), sorted(expected))
    const looked = rowsOf(options.tables['guest:1'], false)
    assert.deepEqual(sorted(told(await service.ask(looked), column)), sorted(expected))
    for (const row of sent.slice(0, 3)) {
      const [[id, value]] = told(await service.ask([row]), column)
      assert.equal(value, expected.get(id))
    }
  } finally {
    await service.stop()
  }
}

function sorted(map: ReadonlyMap<string, unknown>): [string, unknown][] {
  return [...map].toSorted(([a], [b]) => a.localeCompare(b))
}

describe('online predictions are those of a whole table', () => {
  const models: Record<string, { module: string; params: object; labels?: readonly number[] }> = {
    'HeteroLR of two hosts': { module: 'HeteroLR', params: LINEAR },
    'HeteroLinR of two hosts': { module: 'HeteroLinR', params: LINEAR, labels: SIGNAL },
    'HeteroPoisson of two hosts': {
      module: 'HeteroPoisson',
      params: { ...LINEAR, encrypt_param: { key_length: 1408 }, learning_rate: 0.01 },
      labels: COUNTS,
    },
    'HeteroSecureBoost of two hosts': {
      module: 'HeteroSecureBoost',
      params: { ...SMALL, num_trees: 3, bin_num: 8, subsample_feature_rate: 1 },
    },
    'HeteroFastSecureBoost of two hosts': {
      module: 'HeteroFastSecureBoost',
      params: { ...SMALL, num_trees: 4, bin_num: 8, work_mode: 'mix', tree_num_per_party: 1 },
    },
    'HeteroKmeans of two hosts': { module: 'HeteroKmeans', params: { k: 4 } },
    'HeteroSecureBoost of three classes': {
      module: 'HeteroSecureBoost',
      params: { ...SMALL, num_trees: 2, bin_num: 8, subsample_feature_rate: 1 },
      labels: KINDS,
    },
    'HeteroSecureBoost of one tree for three classes': {
      module: 'HeteroSecureBoost',
      params: { ...SMALL, num_trees: 3, bin_num: 8, multi_mode: 'multi_output' },
      labels: KINDS,
    },
  }
  for (const [name, { module, params, labels = BINARY }] of Object.entries(models)) {
    it(name, async () => {
      const learner = { name: 'model_0', module, params, from: 'dataio_0', learns: true }
      await same({ members: ALL, nodes: [READ, learner], tables: HETERO(labels) }, { members: TWO })
    })
  }

  it('HeteroPoisson with an exposure that the caller tells', async () => {
    const params = { ...LINEAR, encrypt_param: { key_length: 1408 }, learning_rate: 0.01 }
    const exposed = { ...params, exposure_colname: 'months' }
    const module = 'HeteroPoisson'
    const model = { name: 'model_0', module, params: exposed, from: 'dataio_0', learns: true }
    const months = IDS.map((_, row) => 1 + (row % 4))
    await same(
      { members: ALL, nodes: [READ, model], tables: HETERO(COUNTS, { months }) },
      { members: TWO },
    )
  })

  it('HeteroSSHELR', async () => {
    const members = { guest: ['1'], host: ['2'] }
    const params = { ...SMALL, max_iter: 2, learning_rate: 0.1, optimizer: 'sgd' }
    const model = { name: 'lr_0', module: 'HeteroSSHELR', params, from: 'dataio_0', learns: true }
    await same({ members, nodes: [READ, model], tables: HETERO(BINARY) }, { members })
  })

  it('HeteroNN of two hosts, whose layers stay shared', async () => {
    const layer = (units: number, activation: string) => ({ layer: 'Dense', units, activation })
    const params = {
      ...SMALL,
      config_type: 'nn',
      bottom_nn_define: [layer(2, 'tanh')],
      interactive_layer_define: [layer(2, 'tanh')],
      top_nn_define: [layer(1, 'sigmoid')],
      loss: 'binary_crossentropy',
      epochs: 1,
    }
    const model = { name: 'nn_0', module: 'HeteroNN', params, from: 'dataio_0', learns: true }
    await same({ members: TWO, nodes: [READ, model], tables: HETERO(BINARY) }, { members: TWO })
  })

  it('a host under EINI sees no row stand anywhere, and answers the same', async () => {
    const members = { guest: ['1'], host: ['2'] }
    const own = { num_trees: 3, bin_num: 8, subsample_feature_rate: 1 }
    const params = { ...SMALL, ...own, EINI_inference: true, EINI_complexity_check: false }
    const module = 'HeteroSecureBoost'
    const nodes = [READ, { name: 'sbt_0', module, params, from: 'dataio_0', learns: true }]
    const trained = await trainPipeline({ members, nodes, tables: HETERO(BINARY) })
    const batch = await trained.batch()
    const service = await trained.online(members)
    try {
      const rows = batch.ids.slice(0, 4).map((id) => ({ id }))
      const scores = batch.columns.find(({ name }) => name === 'predict_score')?.values ?? []
      assert.deepEqual(
        [...told(await service.ask(rows), 'predict_score').values()],
        [...scores].slice(0, 4),
      )
    } finally {
      await service.stop()
    }
    const tags = new Set(service.ledger.map(({ tag }) => tag))
    assert.ok(tags.has('sbt_0.leaf_weights') && !tags.has('sbt_0.online_sides'), [...tags].join())
  })
})

describe('the steps before and behind a model are those of its training', () => {
  const lr = (from: string): PipelineNode => {
    return { name: 'hetero_lr_0', module: 'HeteroLR', params: LINEAR, from, learns: true }
  }
  const steps: Record<string, PipelineNode[]> = {
    FeatureScale: [
      { name: 'scale_0', module: 'FeatureScale', params: { method: 'standard_scale' } },
    ],
    FeatureImputation: [
      { name: 'fill_0', module: 'FeatureImputation', params: { missing_fill_method: 'mean' } },
    ],
    'HeteroFeatureBinning to numbers of bins': [
      {
        name: 'binning_0',
        module: 'HeteroFeatureBinning',
        params: { ...SMALL, bin_num: 5, transform_param: { transform_type: 'bin_num' } },
      },
    ],
    'HeteroFeatureBinning to weights of evidence at the guest': [
      {
        name: 'binning_0',
        module: 'HeteroFeatureBinning',
        params: { ...SMALL, bin_num: 4 },
        paramsAt: { 'guest:1': { transform_param: { transform_type: 'woe' } } },
      },
    ],
    'HeteroFeatureBinning and HeteroFeatureSelection by its values': [
      { name: 'binning_0', module: 'HeteroFeatureBinning', params: { ...SMALL, bin_num: 5 } },
      {
        name: 'selection_0',
        module: 'HeteroFeatureSelection',
        isometric: ['binning_0'],
        params: {
          filter_methods: ['unique_value', 'iv_percentile'],
          iv_percentile_param: { percentile_threshold: 0.7 },
        },
      },
    ],
    OneHotEncoder: [
      {
        name: 'onehot_0',
        module: 'OneHotEncoder',
        params: { transform_col_indexes: null },
        paramsAt: { 'guest:1': { transform_col_names: ['kind'] } },
      },
    ],
    'ColumnExpand, DataStatistics and SampleWeight': [
      {
        name: 'expand_0',
        module: 'ColumnExpand',
        paramsAt: { 'guest:1': { append_header: ['more'], fill_value: 0.5 } },
      },
      { name: 'statistics_0', module: 'DataStatistics' },
      { name: 'weight_0', module: 'SampleWeight', params: { class_weight: 'balanced' } },
    ],
  }
  for (const [name, list] of Object.entries(steps)) {
    it(name, async () => {
      const chain = list.map((step, at) => {
        return { ...step, from: at === 0 ? 'dataio_0' : list[at - 1].name }
      })
      const nodes = [READ, ...chain, lr(chain.at(-1)?.name ?? '')]
      await same({ members: ALL, nodes, tables: HETERO(BINARY, { kind: KINDS }) }, { members: TWO })
    })
  }

  it('Scorecard', async () => {
    const card = { name: 'card_0', module: 'Scorecard', from: 'hetero_lr_0' }
    await same(
      { members: ALL, nodes: [READ, lr('dataio_0'), card], tables: HETERO(BINARY) },
      { members: TWO, column: 'credit_score' },
    )
  })
})

describe('models of which every party has all need no other party online', () => {
  const half = (from: number, to: number, y = BINARY) => {
    const cut = Object.entries({ y, ...GUEST }).map(([name, values]) => ({
      name,
      type: 'text' as const,
      values: values.slice(from, to).map(String),
    }))
    return { kind: 'raw', idName: 'id', ids: IDS.slice(from, to), columns: cut } as const
  }
  const members = { guest: ['1'], host: ['2'], arbiter: ['4'] }
  const tables = { 'guest:1': half(0, 24), 'host:2': half(24, ROWS) }
  const read = { ...READ, params: { with_label: true, label_name: 'y' } }
  const layer = (units: number, activation: string) => ({ layer: 'Dense', units, activation })
  const models: Record<string, object> = {
    HomoLR: { max_iter: 2 },
    HomoSecureBoost: { num_trees: 3, bin_num: 8, subsample_feature_rate: 1 },
    HomoNN: {
      nn_define: [layer(3, 'tanh'), layer(1, 'sigmoid')],
      loss: 'binary_crossentropy',
      max_iter: 2,
    },
    LocalBaseline: {},
  }
  for (const [module, params] of Object.entries(models)) {
    it(module, async () => {
      const model = { name: 'model_0', module, params, from: 'dataio_0', learns: true }
      await same({ members, nodes: [read, model], tables }, { members: { guest: ['1'] } })
    })
  }

  it('HomoSecureBoost of one tree for several classes', async () => {
    const params = { ...models['HomoSecureBoost'], multi_mode: 'multi_output' }
    const module = 'HomoSecureBoost'
    const model = { name: 'model_0', module, params, from: 'dataio_0', learns: true }
    const several = { 'guest:1': half(0, 24, KINDS), 'host:2': half(24, ROWS, KINDS) }
    await same({ members, nodes: [read, model], tables: several }, { members: { guest: ['1'] } })
  })
})

describe('what answers no single rows', () => {
  it('is refused by name when a party loads it', async () => {
    const params = { fractions: 0.5, random_state: 1 }
    const model = { name: 'sample_0', module: 'FederatedSample', params, from: 'dataio_0' }
    const options = { members: ALL, nodes: [READ, model], tables: HETERO(BINARY) }
    const trained = await trainPipeline(options)
    await assert.rejects(
      trained.online(TWO),
      /cannot go online: sample_0 \(FederatedSample\) cannot answer single rows: predict with a job/,
    )
  })
})
