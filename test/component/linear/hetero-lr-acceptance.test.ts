import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { Component } from '../../../src/component/define.ts'
import { LogisticParam } from '../../../src/component/linear/logistic-param.ts'
import { COMPONENTS } from '../../../src/component/registry.ts'
import { column, features, label, type Frame } from '../../../src/compute/ml/frame.ts'
import { auc } from '../../../src/compute/ml/metric.ts'
import { runComponent } from '../../helpers/parties.ts'
import { trainPlain } from '../../helpers/plain-lr.ts'
import { rawTable, sharedData } from '../../helpers/shared-data.ts'

/** The parameters of FATE's own acceptance job (min_test_task). */
const PARAMS = {
  penalty: 'L2',
  optimizer: 'rmsprop',
  eps: 1e-5,
  alpha: 0.01,
  max_iter: 10,
  converge_func: 'diff',
  batch_size: -1,
  learning_rate: 0.15,
  init_param: { init_method: 'random_uniform' },
  cv_param: { n_splits: 5, shuffle: false, random_seed: 103, need_cv: false },
}

function module(name: string): Component {
  const found = COMPONENTS.get(name)
  assert.ok(found, name)
  return found
}

/** What DataIO makes of both parties' files. */
async function read(files: {
  guest: string
  host: string
}): Promise<{ guest: Frame; host: Frame }> {
  const { parties } = await runComponent(module('DataIO'), {
    members: { guest: ['10000'], host: ['10000'] },
    paramsAt: { 'guest:10000': { with_label: true, label_idx: 0, label_type: 'int' } },
    tables: {
      'guest:10000': { data: rawTable(files.guest) },
      'host:10000': { data: rawTable(files.host) },
    },
  })
  return { guest: parties['guest:10000'].tables[0], host: parties['host:10000'].tables[0] }
}

describe(
  'FATE acceptance jobs',
  { skip: sharedData === undefined && 'needs the shared data' },
  () => {
    it('breast: the AUC of training is above 0.98', async () => {
      const { guest, host } = await read({
        guest: 'v1.0.2/breast_b.csv',
        host: 'v1.0.2/breast_a.csv',
      })
      const run = await runComponent(module('HeteroLR'), {
        members: { guest: ['10000'], host: ['10000'], arbiter: ['10000'] },
        name: 'hetero_lr_0',
        params: { ...PARAMS, encrypt_param: { key_length: 1024 } },
        tables: { 'guest:10000': { train_data: guest }, 'host:10000': { train_data: host } },
      })
      const [frame] = run.parties['guest:10000'].tables
      assert.equal(frame.ids.length, 569)
      const { parties } = await runComponent(module('Evaluation'), {
        members: { guest: ['10000'], host: ['10000'] },
        params: { eval_type: 'binary', pos_label: 1 },
        tables: { 'guest:10000': { data: [{ source: 'hetero_lr_0', frame }] } },
      })
      const summary = Object.fromEntries(parties['guest:10000'].metrics[0].points)
      assert.ok(summary.auc > 0.98, `AUC ${summary.auc}`)
      assert.equal(summary.auc, Math.round(aucOf(frame) * 1e6) / 1e6)
    })

    it('default credit: the same arithmetic on plain numbers gives an AUC above 0.70', async () => {
      const { guest, host } = await read({
        guest: 'default_credit_hetero_guest.csv',
        host: 'default_credit_hetero_host.csv',
      })
      assert.deepEqual(guest.ids, host.ids)
      const labels = label(guest) ?? new Float64Array()
      const { scores } = trainPlain(LogisticParam.parse(PARAMS), {
        guest: features(guest).map(({ values }) => values),
        hosts: [features(host).map(({ values }) => values)],
        labels: labels.map((value) => (value === 1 ? 1 : -1)),
      })
      const area = auc(labels, scores)
      assert.ok(area > 0.7, `AUC ${area}`)
    })
  },
)

function aucOf(frame: Frame): number {
  const values = (name: string): Float64Array => column(frame, name).values as Float64Array
  return auc(values('label'), values('predict_score'))
}
