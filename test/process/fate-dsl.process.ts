/**
 * What a DSL and a configuration can say, through the API and on a real runner: several tables of one component, several
 * hosts that each read in their own way, several data sets, what does not run, and models of earlier jobs.
 * @module
 */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { listMetrics } from '../../src/domain/metric.ts'
import { guestTable, hostTable, ROWS } from '../helpers/dsl-tables.ts'
import { untarGzip } from '../helpers/untar.ts'
import { fateWorld } from './fate-world.ts'

describe('the DSL', { timeout: 900_000 }, () => {
  let at: Awaited<ReturnType<typeof fateWorld>>
  before(async () => {
    at = await fateWorld()
  })
  after(() => at.close())

  it('several tables of one component reach the components that name them', async () => {
    const table = { name: 'breast_split', namespace: 'split' }
    const tables = { guest: { ...table, name: 'split_b' }, host: { ...table, name: 'split_a' } }
    await at.upload(tables.guest, () => guestTable())
    await at.upload(tables.host, () => hostTable('dense', 0, 10))
    const data = (one: typeof table) => ({ args: { data: { train_data: [one] } } })
    const answer = await at.done('/v1/job/submit', {
      job_dsl: {
        components: {
          dataio_0: {
            module: 'DataIO',
            input: { data: { data: ['args.train_data'] } },
            output: { data: ['out'] },
          },
          split_0: {
            module: 'HeteroDataSplit',
            input: { data: { data: ['dataio_0.out'] } },
            output: { data: ['learn', 'check', 'test'] },
          },
          hetero_lr_0: {
            module: 'HeteroLR',
            input: { data: { train_data: ['split_0.learn'], eval_data: ['split_0.check'] } },
            output: { data: ['out'] },
          },
          evaluation_0: { module: 'Evaluation', input: { data: { data: ['hetero_lr_0.out'] } } },
        },
      },
      job_runtime_conf: {
        initiator: { role: 'guest', party_id: 10000 },
        job_parameters: { work_mode: 0 },
        role: { guest: [10000], host: [10000], arbiter: [10000] },
        role_parameters: {
          guest: { ...data(tables.guest), dataio_0: { with_label: [true], label_idx: [0] } },
          host: { ...data(tables.host), dataio_0: { with_label: [false] } },
        },
        algorithm_parameters: {
          split_0: { train_size: 200, validate_size: 60, stratified: true },
          hetero_lr_0: {
            max_iter: 2,
            optimizer: 'sgd',
            learning_rate: 0.05,
            batch_size: -1,
            init_param: { init_method: 'zeros' },
            encrypt_param: { key_length: 1024 },
          },
        },
      },
    })
    const metrics = await listMetrics(at.test.db, { jobId: answer.jobId ?? '' })
    const aucOf = (type: string) => {
      const found = metrics.find(
        ({ namespace, name }) => namespace === type && name === 'hetero_lr_0',
      )
      return Number(found?.points.find(([name]) => name === 'auc')?.[1])
    }
    const reached = ['train', 'validation'].map(aucOf)
    assert.ok(
      reached.every((area) => area > 0.9),
      `AUC ${reached.join()}`,
    )
    const rows = await at.test.post('/v1/tracking/component/output/data', {
      job_id: answer.jobId,
      component_name: 'split_0',
      role: 'host',
      party_id: 10000,
    })
    const { names, total } = rows.meta as { names: string[]; total: number[] }
    assert.deepEqual(names, ['train', 'validate', 'test'])
    assert.deepEqual(total, [200, 60, 40])
  })

  describe('with three hosts that read in three ways', () => {
    const HOSTS = [10000, 10001, 10002]
    const FORMS = ['dense', 'tag', 'sparse'] as const
    const PARTS = [
      [0, 4],
      [4, 7],
      [7, 10],
    ] as const
    const tables = (of: string) =>
      HOSTS.map((host) => ({ name: `${of}-${host}`, namespace: 'dsl' }))
    const guest = (of: string) => [{ name: `${of}-guest`, namespace: 'dsl' }]
    const args = (role: 'guest' | 'host', keys: Record<string, string>) => ({
      args: {
        data: Object.fromEntries(
          Object.entries(keys).map(([key, of]) => [key, role === 'guest' ? guest(of) : tables(of)]),
        ),
      },
    })
    const role = { guest: [9999], host: HOSTS, arbiter: [10000] }
    const branch = (number: number, key: string, model: object) => ({
      [`dataio_${number}`]: {
        module: 'DataIO',
        input: { data: { data: [`args.${key}`] }, ...model },
        output: { data: ['out'], model: ['dataio'] },
        need_deploy: number === 0,
      },
      [`intersection_${number}`]: {
        module: 'Intersection',
        input: { data: { data: [`dataio_${number}.out`] } },
        output: { data: ['out'] },
        need_deploy: number === 0,
      },
    })
    const LR = {
      max_iter: 3,
      optimizer: 'sgd',
      learning_rate: 0.3,
      batch_size: -1,
      init_param: { init_method: 'zeros' },
      encrypt_param: { key_length: 1024 },
    }
    let trained: { model_id: string; model_version: string }
    let scores: unknown[]

    /** The score of every row that the guest's LR has predicted, by id. */
    async function scoresOf(jobId: string | null): Promise<unknown[]> {
      const { data, meta } = await at.test.post('/v1/tracking/component/output/data', {
        job_id: jobId,
        component_name: 'hetero_lr_0',
        role: 'guest',
        party_id: 9999,
      })
      const { header } = meta as { header: string[] }
      const rows = data as unknown[][]
      assert.ok(rows.length > 0)
      return rows.map((row) => [row[0], row[header.indexOf('predict_score')]])
    }

    it('trains on one data set and validates on another, with parameters by place', async () => {
      for (const [of, seed] of [
        ['learn', 1],
        ['check', 2],
      ] as const) {
        await at.upload(guest(of)[0], () => guestTable(seed))
        for (const [place, table] of tables(of).entries()) {
          const form = FORMS[place]
          const [from, to] = PARTS[place]
          const text = () => hostTable(form, from, to, seed)
          await at.upload(table, text, form === 'dense' ? 1 : 0)
        }
      }
      const { jobId, data } = await at.done('/v1/job/submit', {
        job_dsl: {
          components: {
            ...branch(0, 'train_data', {}),
            ...branch(1, 'eval_data', { model: ['dataio_0.dataio'] }),
            feature_scale_0: {
              module: 'FeatureScale',
              input: { data: { data: ['intersection_0.out'] } },
              output: { data: ['out'], model: ['scale'] },
            },
            hetero_lr_0: {
              module: 'HeteroLR',
              input: {
                data: { train_data: ['feature_scale_0.out'], eval_data: ['intersection_1.out'] },
              },
              output: { data: ['out'], model: ['lr'] },
            },
            evaluation_0: { module: 'Evaluation', input: { data: { data: ['hetero_lr_0.out'] } } },
          },
        },
        job_runtime_conf: {
          initiator: { role: 'guest', party_id: 9999 },
          job_parameters: { work_mode: 1 },
          role,
          role_parameters: {
            guest: {
              ...args('guest', { train_data: 'learn', eval_data: 'check' }),
              dataio_0: { with_label: [true], label_name: ['y'] },
            },
            host: {
              ...args('host', { train_data: 'learn', eval_data: 'check' }),
              dataio_0: { input_format: FORMS, tag_with_value: [false, true, false] },
              evaluation_0: { need_run: [false, false, false] },
            },
          },
          algorithm_parameters: { feature_scale_0: { need_run: false }, hetero_lr_0: LR },
        },
      })
      trained = (data as { model_info: typeof trained }).model_info
      assert.equal(trained.model_id, 'arbiter-10000#guest-9999#host-10000_10001_10002#model')
      const metrics = await listMetrics(at.test.db, { jobId: jobId ?? '' })
      for (const namespace of ['train', 'validation']) {
        const summary = metrics.find(
          (it) => it.namespace === namespace && it.name === 'hetero_lr_0',
        )
        const auc = summary?.points.find(([name]) => name === 'auc')?.[1]
        assert.ok(auc !== undefined && auc > 0.95, `${namespace} AUC ${auc}`)
      }
      const headers = await Promise.all(
        HOSTS.map(async (party_id) => {
          const of = { job_id: jobId, component_name: 'feature_scale_0', role: 'host', party_id }
          const { meta } = await at.test.post('/v1/tracking/component/output/data', of)
          return (meta as { header: string[] }).header.slice(1)
        }),
      )
      assert.deepEqual(headers, [
        ['f0', 'f1', 'f2', 'f3'],
        ['f4', 'f5', 'f6'],
        ['0', '1', '2'],
      ])
    })

    it('lets all rows of a party be downloaded from the disk of its runner', async () => {
      const path = '/v1/tracking/component/output/data/download'
      const query = new URLSearchParams({
        job_id: trained.model_version,
        component_name: 'dataio_0',
        role: 'host',
        party_id: '10001',
      })
      const response = await at.test.app.request(`${path}?${query}`)
      assert.equal(response.status, 200)
      assert.ok(response.body)
      const archive = await untarGzip(response.body)
      const lines = (archive.get('output_data.csv') ?? '').trimEnd().split('\n')
      const given = hostTable('dense', 4, 7).split('\n').slice(1)
      assert.equal(lines.length, ROWS)
      assert.deepEqual(
        lines.map((line) => line.split(',').map(Number)),
        given.map((line) => line.split(',').map(Number)),
      )
      // Nothing of it stays behind.
      assert.equal(at.test.files.spooled.size, 0)
      assert.deepEqual(await readdir(join(at.dataDir, 'fetch')), [])
    })

    it('predicts another data set with the model, without what the DSL does not deploy', async () => {
      const { jobId } = await at.done('/v1/job/submit', {
        job_runtime_conf: {
          initiator: { role: 'guest', party_id: 9999 },
          job_parameters: { work_mode: 1, job_type: 'predict', ...trained },
          role: { guest: [9999], host: HOSTS },
          role_parameters: {
            guest: args('guest', { eval_data: 'check' }),
            host: args('host', { eval_data: 'check' }),
          },
        },
      })
      const config = await at.test.post('/v1/job/config', { job_id: jobId })
      const { dsl } = config.data as { dsl: { components: object } }
      assert.deepEqual(Object.keys(dsl.components).toSorted(), [
        'dataio_0',
        'feature_scale_0',
        'hetero_lr_0',
        'intersection_0',
      ])
      scores = await scoresOf(jobId)
    })

    it('hands its models on to another training, which predicts the same with them', async () => {
      const { jobId } = await at.done('/v1/job/submit', {
        job_dsl: {
          components: {
            ...branch(0, 'other', { model: ['pipeline.dataio_0.dataio'] }),
            hetero_lr_0: {
              module: 'HeteroLR',
              input: {
                data: { eval_data: ['intersection_0.out'] },
                model: ['pipeline.hetero_lr_0.lr'],
              },
              output: { data: ['out'] },
            },
          },
        },
        job_runtime_conf: {
          initiator: { role: 'guest', party_id: 9999 },
          job_parameters: { work_mode: 1, ...trained },
          role,
          role_parameters: {
            guest: args('guest', { other: 'check' }),
            host: args('host', { other: 'check' }),
          },
        },
      })
      assert.deepEqual(await scoresOf(jobId), scores)
    })
  })
})
