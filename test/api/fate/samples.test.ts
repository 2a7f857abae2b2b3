import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { z } from 'zod'

import { FateJobs } from '../../../src/api/fate/schema.ts'
import { catalogOf } from '../../../src/component/catalog.ts'
import { component } from '../../../src/component/define.ts'
import { startRunner, testApp, uploadTable } from '../../helpers/app.ts'
import { fakeCatalog } from '../../helpers/catalog.ts'

const FOLDER = fileURLToPath(
  new URL('../../../../shared/data/fate-confs/v1.0.2/examples', import.meta.url),
)
const LR = 'federatedml-1.0-examples/hetero_logistic_regression'
const skip = existsSync(FOLDER) ? false : 'the published samples are not on this machine'

const SAMPLES: readonly (readonly [dsl: string, conf: string])[] = [
  [
    'min_test_task/config/test_hetero_lr_train_job_dsl.json',
    'min_test_task/config/test_hetero_lr_train_job_conf.json',
  ],
  [
    'min_test_task/config/test_intersect_job_dsl.json',
    'min_test_task/config/test_intersect_job_conf.json',
  ],
  [`${LR}/test_hetero_lr_train_job_dsl.json`, `${LR}/test_hetero_lr_train_job_conf.json`],
  [`${LR}/test_hetero_lr_validate_job_dsl.json`, `${LR}/test_hetero_lr_validate_job_conf.json`],
  [
    `${LR}/test_hetero_lr_one_vs_rest_job_dsl.json`,
    `${LR}/test_hetero_lr_one_vs_rest_job_conf.json`,
  ],
  [`${LR}/test_hetero_lr_cv_job_dsl.json`, `${LR}/test_hetero_lr_cv_job_conf.json`],
  [
    'federatedml-1.0-examples/intersect/test_intersect_job_dsl.json',
    'federatedml-1.0-examples/intersect/test_intersect_job_raw_conf.json',
  ],
  [
    'federatedml-1.0-examples/intersect/test_intersect_job_dsl.json',
    'federatedml-1.0-examples/intersect/test_intersect_job_rsa_conf.json',
  ],
  [
    'federatedml-1.0-examples/multi_model_pipeline/test_multi_pipeline_dsl.json',
    'federatedml-1.0-examples/multi_model_pipeline/test_multi_pipeline_conf.json',
  ],
  [
    'federatedml-1.0-examples/hetero_secureboost/test_secureboost_train_dsl.json',
    'federatedml-1.0-examples/hetero_secureboost/test_secureboost_train_binary_conf.json',
  ],
  [
    'federatedml-1.0-examples/homo_logistic_regression/test_homolr_evaluate_job_dsl.json',
    'federatedml-1.0-examples/homo_logistic_regression/test_homolr_evaluate_job_conf.json',
  ],
  ['toy_example/toy_example_dsl.json', 'toy_example/toy_example_conf.json'],
]

/** Stand-ins for modules that only the samples use; they take any parameters. */
const OTHERS = catalogOf(
  [
    'FeatureScale',
    'FederatedSample',
    'HeteroFeatureBinning',
    'HeteroFeatureSelection',
    'OneHotEncoder',
    'HeteroSecureBoost',
    'HomoLR',
  ].map((name) =>
    component({
      name,
      summary: name,
      roles: ['guest', 'host', 'arbiter'],
      requires: [],
      params: z.looseObject({}),
      paramsName: `${name}Param`,
      inputs: { data: ['data', 'train_data', 'eval_data'], model: ['model', 'isometric_model'] },
      outputs: { data: true, model: true },
      deployed: true,
      messages: {},
      run: () => Promise.resolve(),
    }),
  ),
)

interface Conf {
  readonly role_parameters?: Record<
    string,
    { args?: { data?: Record<string, { namespace: string; name: string }[]> } }
  >
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(join(FOLDER, path), 'utf8')) as T
}

describe('the samples that FATE 1.0.2 published', () => {
  for (const [dsl, conf] of SAMPLES) {
    it(`${conf} is accepted unchanged and runs to its end`, { skip }, async () => {
      const catalog = new Map([...fakeCatalog(), ...OTHERS])
      const test = await testApp({ deps: { catalog } })
      const runner = await startRunner(test.db)
      const sent = { job_dsl: read(dsl), job_runtime_conf: read<Conf>(conf) }
      const tables = Object.values(sent.job_runtime_conf.role_parameters ?? {}).flatMap((role) =>
        Object.values(role.args?.data ?? {}).flat(),
      )
      for (const table of tables) await uploadTable(test, runner, table)
      const answer = await test.post('/v1/job/submit', sent)
      assert.equal(answer.retmsg, 'success')
      const done = await runner.work()
      assert.ok(done.length > 0)
      const found = FateJobs.parse(await test.post('/v1/job/query', { job_id: answer.jobId }))
      assert.deepEqual(new Set(found.data?.map((row) => row.f_status)), new Set(['success']))
      await test.close()
    })
  }

  it('upload.json is accepted unchanged', { skip }, async () => {
    const test = await testApp()
    await startRunner(test.db)
    const body = read<{ file: string }>('min_test_task/config/upload.json')
    test.files.imports.add(body.file)
    const answer = await test.post('/v1/data/upload', body)
    assert.equal(answer.retmsg, 'success')
    await test.close()
  })
})
