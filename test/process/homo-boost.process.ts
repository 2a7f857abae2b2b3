/**
 * HomoSecureBoost between two parties with rows and an arbiter, submitted as a FATE client does.
 * @module
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { EXAMPLE_TABLES } from '../../src/console/example.ts'
import { ROOT } from '../helpers/place.ts'
import {
  fateClient,
  finished,
  freshFolder,
  removeFolders,
  start,
  uploadExample,
} from './cluster.ts'

describe('HomoSecureBoost through FATE-Flow', () => {
  const folders: string[] = []
  after(() => removeFolders(folders))

  it('trains at three parties and shows the same trees at both', { timeout: 300_000 }, async () => {
    const folder = await freshFolder('homo')
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
      const [table] = EXAMPLE_TABLES
      const other = { ...table, name: 'breast_host_rows', role: 'host', party: '10000' }
      for (const each of [table, other]) await uploadExample(url, each)
      const sideOf = ({ namespace, name }: { namespace: string; name: string }) => ({
        args: { data: { train_data: [{ namespace, name }] } },
        dataio_0: { with_label: [true], label_idx: [0], label_type: ['int'] },
      })
      const { jobId } = await client.ok('job/submit', {
        job_dsl: {
          components: {
            dataio_0: {
              module: 'DataIO',
              input: { data: { data: ['args.train_data'] } },
              output: { data: ['train'], model: ['dataio'] },
            },
            // Its name in FATE 1.4.
            homo_secureboost_0: {
              module: 'HomoSecureboost',
              input: { data: { train_data: ['dataio_0.train'] } },
              output: { data: ['train'], model: ['model'] },
            },
            evaluation_0: {
              module: 'Evaluation',
              input: { data: { data: ['homo_secureboost_0.train'] } },
            },
          },
        },
        job_runtime_conf: {
          initiator: { role: 'guest', party_id: 9999 },
          job_parameters: { work_mode: 0 },
          role: { guest: [9999], host: [10000], arbiter: [10001] },
          role_parameters: { guest: sideOf(table), host: sideOf(other) },
          algorithm_parameters: {
            homo_secureboost_0: { num_trees: 3, n_iter_no_change: false, bin_num: 16 },
            evaluation_0: { eval_type: 'binary', pos_label: 1 },
          },
        },
      })
      const rows = await finished(url, jobId ?? '')
      assert.deepEqual([...new Set(rows.map((row) => row.f_status))], ['success'])
      const modelAt = async (role: string, party_id: number) => {
        const { data } = await client.ok<{
          treeNum: number
          trees: { tree: { weight: number; fid: number }[] }[]
        }>('tracking/component/output/model', {
          job_id: jobId,
          role,
          party_id,
          component_name: 'homo_secureboost_0',
        })
        return data
      }
      const [guest, host] = [await modelAt('guest', 9999), await modelAt('host', 10000)]
      assert.equal(guest.treeNum, 3)
      const shape = ({ trees }: typeof guest) =>
        trees.map(({ tree }) => tree.map(({ weight, fid }) => [weight, fid]))
      assert.deepEqual(shape(host), shape(guest))
      const { data: points } = await client.ok<[string, number][]>(
        'tracking/component/metric_data',
        {
          job_id: jobId,
          role: 'guest',
          party_id: 9999,
          component_name: 'evaluation_0',
          metric_namespace: 'train',
          metric_name: 'homo_secureboost_0',
        },
      )
      assert.ok((new Map(points).get('auc') ?? 0) > 0.97, JSON.stringify(points))
    } finally {
      await runner.stop()
      await app.stop()
    }
  })
})
