/**
 * Boosted trees between two parties, submitted as a FATE client does.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { EXAMPLE_TABLES } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import { secureBoostJob } from '../helpers/sbt-job.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  uploadExample,
} from './cluster.ts'

interface SbtModel {
  readonly treeNum: number
  readonly losses: readonly number[]
  readonly trees: readonly { readonly tree: readonly { readonly sitename: string }[] }[]
}

describe('HeteroSecureBoost through FATE-Flow', () => {
  const folders: string[] = []
  after(() => removeFolders(folders))

  it('trains, evaluates, shows its model and predicts', { timeout: 300_000 }, async () => {
    const folder = await freshFolder('sbt')
    folders.push(folder)
    const env = {
      WEFT_DATA_DIR: folder,
      WEFT_LOG_LEVEL: 'warn',
      WEFT_IMPORT_ROOTS: join(ROOT, 'public'),
    }
    const ready = /^weft listening on (http:\/\/\S+)$/
    const app = await start({ entry: 'serve.ts', env: { ...env, WEFT_PORT: '0' }, ready })
    const runner = await start({ entry: 'runner.ts', env, ready: /weft runner ready/ })
    try {
      const url = app.match[1]
      const client = fateClient(url)
      for (const table of EXAMPLE_TABLES) await uploadExample(url, table)
      const [guest, host] = EXAMPLE_TABLES
      const { dsl, conf } = secureBoostJob({
        guest,
        host,
        validate: true,
        training: {
          task_type: 'classification',
          learning_rate: 0.3,
          num_trees: 3,
          subsample_feature_rate: 1,
          n_iter_no_change: false,
          tol: 0.0001,
          bin_num: 16,
          tree_param: { max_depth: 3 },
          objective_param: { objective: 'cross_entropy' },
          encrypt_param: { method: 'paillier', key_length: 1024 },
          predict_param: { with_proba: true, threshold: 0.5 },
          cv_param: { n_splits: 5, shuffle: false, random_seed: 103, need_cv: false },
        },
      })
      const { jobId } = await client.ok('job/submit', { job_dsl: dsl, job_runtime_conf: conf })
      const rows = await finished(url, jobId ?? '')
      assert.deepEqual(
        rows.map((row) => row.f_status),
        ['success', 'success'],
      )
      const at = { job_id: jobId, role: 'guest', party_id: 9999 }
      const metric = async (component: string, namespace: string, name: string) => {
        const { data } = await client.ok<[string | number, number][]>(
          'tracking/component/metric_data',
          {
            ...at,
            component_name: component,
            metric_namespace: namespace,
            metric_name: name,
          },
        )
        return data
      }
      for (const namespace of ['train', 'validation']) {
        const scores = new Map(await metric('evaluation_0', namespace, 'secureboost_0'))
        assert.ok((scores.get('auc') ?? 0) > 0.98, `${namespace}: ${scores.get('auc')}`)
      }
      const losses = await metric('secureboost_0', 'train', 'loss')
      assert.deepEqual(
        losses.map(([round]) => round),
        [0, 1, 2],
      )
      const { data: model } = await client.ok<SbtModel>('tracking/component/output/model', {
        ...at,
        component_name: 'secureboost_0',
      })
      assert.equal(model.treeNum, 3)
      assert.deepEqual(
        model.losses,
        losses.map(([, loss]) => loss),
      )
      const sites = new Set(model.trees.flatMap(({ tree }) => tree.map((node) => node.sitename)))
      assert.deepEqual([...sites].toSorted(), ['guest', 'host.0'])
    } finally {
      await runner.stop()
      await app.stop()
    }
  })
})
