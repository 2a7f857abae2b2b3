/**
 * Boosted trees with several outputs, from a configuration in FATE's form: trained, evaluated, shown, and used again.
 * @module
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'

import { listMetrics } from '../../src/domain/metric.ts'
import { secureBoostJob } from '../helpers/sbt-job.ts'
import { treeData } from '../helpers/tree-data.ts'
import { fateWorld } from './fate-world.ts'

const GUEST = { namespace: 'multi', name: 'guest' }
const HOST = { namespace: 'multi', name: 'host' }
/** Tables with all columns, of some of the rows each. */
const FIRST = { namespace: 'multi', name: 'first_rows' }
const LAST = { namespace: 'multi', name: 'last_rows' }
const ROWS = 240

interface Shown {
  readonly treeNum: number
  readonly treeDim: number
  readonly initScore: readonly number[]
  readonly losses: readonly number[]
  readonly trees: readonly {
    readonly tree: readonly { readonly sitename: string; readonly moWeight: readonly number[] }[]
  }[]
}

interface Submitted {
  readonly model_info: { readonly model_id: string; readonly model_version: string }
}

/** A party's columns as a file; all rows of them, unless told otherwise. */
function csv(
  columns: readonly Float64Array[],
  labels?: Float64Array,
  [from, to]: readonly [number, number] = [0, ROWS],
): string {
  const header = ['id', ...(labels ? ['y'] : []), ...columns.map((_, at) => `x${at}`)]
  const lines = Array.from({ length: to - from }, (_, at) => {
    const row = from + at
    const cells = [...(labels ? [labels[row]] : []), ...columns.map((values) => values[row])]
    return [`r${row}`, ...cells].join()
  })
  return [header.join(), ...lines].join('\n')
}

const table = ({ namespace, name }: typeof GUEST, slot: string) => ({
  args: { data: { [slot]: [{ namespace, name }] } },
})

describe('multi_mode multi_output', { timeout: 300_000 }, () => {
  let at: Awaited<ReturnType<typeof fateWorld>>
  before(async () => {
    at = await fateWorld()
    const { columns, labels } = treeData({ rows: ROWS, columns: 5, classes: 3 })
    await at.upload(GUEST, () => csv(columns.slice(0, 2), labels))
    await at.upload(HOST, () => csv(columns.slice(2)))
    await at.upload(FIRST, () => csv(columns, labels, [0, 150]))
    await at.upload(LAST, () => csv(columns, labels, [150, ROWS]))
  })
  after(() => at.close())

  const accuracy = async (id: string, series: string) => {
    const metrics = await listMetrics(at.test.db, { jobId: id })
    const found = metrics.find(({ namespace, name }) => `${namespace}/${name}` === series)
    return Number(found?.points.find(([name]) => name === 'accuracy')?.[1])
  }
  /** All but the last cell, which says what the rows were for. */
  const scores = async (job_id: string, component: object) => {
    const { data: rows } = await at.test.post('/v1/tracking/component/output/data', {
      job_id,
      ...component,
    })
    return (rows as unknown[][]).map((row) => row.slice(0, -1))
  }

  it('HeteroSecureBoost trains through the API, shows leaves of a weight a class, and predicts', async () => {
    const { dsl, conf } = secureBoostJob({
      guest: GUEST,
      host: HOST,
      training: {
        task_type: 'classification',
        multi_mode: 'multi_output',
        learning_rate: 0.5,
        num_trees: 4,
        bin_num: 16,
        tree_param: { max_depth: 4 },
        objective_param: { objective: 'cross_entropy' },
        encrypt_param: { method: 'paillier', key_length: 1024 },
      },
    })
    const roles = (conf as { role_parameters: { guest: Record<string, unknown> } }).role_parameters
    roles.guest['evaluation_0'] = { eval_type: ['multi'] }
    const sent = { job_dsl: dsl, job_runtime_conf: conf }
    const { jobId, data } = await at.done('/v1/job/submit', sent)
    const trainedBy = jobId ?? ''

    const component = { component_name: 'secureboost_0', role: 'guest', party_id: 9999 }
    const answer = await at.test.post('/v1/tracking/component/output/model', {
      job_id: trainedBy,
      ...component,
    })
    const model = answer.data as Shown
    assert.deepEqual([model.treeNum, model.treeDim, model.initScore], [4, 1, [0, 0, 0]])
    const nodes = model.trees.flatMap(({ tree }) => tree)
    assert.ok(nodes.every(({ moWeight }) => moWeight.length === 3))
    const sites = new Set(nodes.map(({ sitename }) => sitename))
    assert.deepEqual([...sites].toSorted(), ['guest', 'host.0'])
    assert.ok(model.losses.every((loss, round) => round === 0 || loss < model.losses[round - 1]))
    assert.ok((await accuracy(trainedBy, 'train/secureboost_0')) > 0.8)

    const again = await at.done('/v1/job/submit', {
      job_dsl: {},
      job_runtime_conf: {
        initiator: { role: 'guest', party_id: 9999 },
        job_parameters: {
          work_mode: 0,
          job_type: 'predict',
          ...(data as Submitted).model_info,
        },
        role: { guest: [9999], host: [10000] },
        role_parameters: { guest: table(GUEST, 'eval_data'), host: table(HOST, 'eval_data') },
      },
    })
    const trained = await scores(trainedBy, component)
    assert.ok(trained.length > 0)
    assert.deepEqual(await scores(again.jobId ?? '', component), trained)
  })

  it('HomoSecureBoost does too, with the same trees at both parties', async () => {
    const role = { guest: [9999], host: [10000], arbiter: [10001] }
    const initiator = { role: 'guest', party_id: 9999 }
    const labelled = { with_label: [true], label_idx: [0], label_type: ['int'] }
    const { jobId, data } = await at.done('/v1/job/submit', {
      job_dsl: {
        components: {
          dataio_0: {
            module: 'DataIO',
            input: { data: { data: ['args.train_data'] } },
            output: { data: ['train'], model: ['dataio'] },
          },
          boost_0: {
            module: 'HomoSecureBoost',
            input: { data: { train_data: ['dataio_0.train'] } },
            output: { data: ['train'], model: ['model'] },
          },
          evaluation_0: { module: 'Evaluation', input: { data: { data: ['boost_0.train'] } } },
        },
      },
      job_runtime_conf: {
        initiator,
        job_parameters: { work_mode: 0 },
        role,
        role_parameters: {
          guest: { ...table(FIRST, 'train_data'), dataio_0: labelled },
          host: { ...table(LAST, 'train_data'), dataio_0: labelled },
        },
        algorithm_parameters: {
          boost_0: {
            multi_mode: 'multi_output',
            learning_rate: 0.5,
            num_trees: 4,
            bin_num: 16,
            tree_param: { max_depth: 4 },
          },
          evaluation_0: { eval_type: 'multi' },
        },
      },
    })
    const trainedBy = jobId ?? ''
    const sides = [
      { component_name: 'boost_0', role: 'guest', party_id: 9999 },
      { component_name: 'boost_0', role: 'host', party_id: 10000 },
    ]
    const shown: object[] = []
    for (const side of sides) {
      const answer = await at.test.post('/v1/tracking/component/output/model', {
        job_id: trainedBy,
        ...side,
      })
      const model = answer.data as Shown
      assert.deepEqual([model.treeNum, model.treeDim, model.initScore], [4, 1, [0, 0, 0]])
      const nodes = model.trees.flatMap(({ tree }) => tree)
      assert.ok(nodes.every(({ moWeight }) => moWeight.length === 3))
      shown.push(nodes.map(({ sitename: _site, ...node }) => node))
    }
    assert.deepEqual(shown[0], shown[1])
    assert.ok((await accuracy(trainedBy, 'train/boost_0')) > 0.8)

    const again = await at.done('/v1/job/submit', {
      job_dsl: {},
      job_runtime_conf: {
        initiator,
        job_parameters: { work_mode: 0, job_type: 'predict', ...(data as Submitted).model_info },
        role,
        role_parameters: { guest: table(FIRST, 'eval_data'), host: table(LAST, 'eval_data') },
      },
    })
    for (const [index, side] of sides.entries()) {
      const trained = await scores(trainedBy, side)
      // No more than 100 rows are shown.
      assert.equal(trained.length, [100, ROWS - 150][index])
      assert.deepEqual(await scores(again.jobId ?? '', side), trained)
    }
  })
})
